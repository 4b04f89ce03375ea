"""What OpenSSL allows to every program that does not ask for something else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.sources import File, Mode, Stat

# Sections for requests may hold pass phrases: headings and the keys of a policy leave the target.
_AWK = r"""
{ sub(/\r$/, "") }
/^[ \t]*\[[^]]*\]/ { gsub(/[ \t]/, ""); sub(/\].*/, "]"); out($0); next }
/^[ \t]*\.include[ \t=]/ { sub(/^[ \t]*\.include[ \t]*=?[ \t]*/, ""); out("include " $0); next }
match($0, /=/) {
  key = substr($0, 1, RSTART - 1); gsub(/[ \t]/, "", key); value = substr($0, RSTART + 1)
  sub(/[ \t]*#.*/, "", value); gsub(/^[ \t]+|[ \t]+$/, "", value)
  if (tolower(key) ~ /^(openssl_conf|ssl_conf|system_default|(tls\.)?minprotocol|ciphers?string)$/) out(tolower(key) "=" value)
}
"""

ORDER = ("None", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
"""Versions from the weakest on."""


@dataclass(frozen=True)
class OpensslPolicy(Fact):
    """The system-wide defaults of libssl."""

    libraries: tuple[str, ...] = ()
    """Versions of libssl that are installed, as their file names tell: ``3``, ``1.1``."""
    min_protocol: str = ""
    """``MinProtocol`` of the section that holds for all programs; empty where it is not set."""
    security_level: int | None = None
    """``@SECLEVEL`` of its ``CipherString``; None where it is not set."""
    refusing_level: int | None = None
    """The security level from which on the library itself refuses what came before TLS 1.2; None where it never does."""

    def refuses_old_versions(self, level: int | None = None) -> bool:
        """Whether SSL 3, TLS 1.0 and 1.1 fail whatever a program asks for, at its own security level or the system's.

        A level that nothing sets is high enough: the refusing level is at most the one that is built in.
        """
        level = self.security_level if level is None else level
        return self.refusing_level is not None and (level is None or level >= self.refusing_level)

    @property
    def lowest(self) -> str:
        """The lowest version that a program gets by default; without any limit, TLS 1.0."""
        floor = self.min_protocol or "TLSv1"
        if self.refuses_old_versions() and ORDER.index(floor) < ORDER.index("TLSv1.2"):
            return "TLSv1.2"
        return floor


_CONFIGURATION = excerpt(
    "openssl configuration",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/etc/pki/tls/openssl.d/*.conf",
    "/etc/ssl/openssl.d/*",
    "/etc/crypto-policies/back-ends/opensslcnf.config",
    awk=_AWK,
)


@collector(
    _CONFIGURATION,
    Stat(
        "/usr/lib/*-linux-*/libssl.so.*",
        "/lib/*-linux-*/libssl.so.*",
        "/usr/lib64/libssl.so.*",
        "/usr/lib/libssl.so.*",
        "/lib/libssl.so.*",
    ),
    File("/etc/os-release"),
)
def openssl_policy(text: str, libraries: tuple[Mode, ...], release: str | None) -> OpensslPolicy:
    """config(5ssl): the section that ``openssl_conf`` names has an ``ssl_conf``, whose ``system_default`` names the one
    that counts; the last of a key wins.
    """
    files = by_file(text)
    main = next((path for path in ("/etc/pki/tls/openssl.cnf", "/etc/ssl/openssl.cnf") if path in files), "")
    sections: dict[str, dict[str, str]] = {"": {}}
    section = ""
    for line in _unfolded(main, files, 0) if main else ():
        if line.startswith("["):
            section = line.strip("[]")
            sections.setdefault(section, {})
        else:
            key, _, value = line.partition("=")
            sections[section][key] = value
    policy = sections.get(
        sections.get(sections.get(sections[""].get("openssl_conf", "-"), {}).get("ssl_conf", "-"), {}).get(
            "system_default", "-"
        ),
        {},
    )
    level = re.search(r"@SECLEVEL=(\d)", policy.get("cipherstring", ""))
    found = {match.group(1) for mode in libraries if (match := re.search(r"libssl\.so\.(\d+(?:\.\d+)?)", mode.path))}
    if not found:
        raise ValueError("no version of libssl")
    return OpensslPolicy(
        libraries=tuple(sorted(found)),
        min_protocol=_version(policy.get("tls.minprotocol") or policy.get("minprotocol", "")),
        security_level=int(level.group(1)) if level else None,
        refusing_level=_refusing_level(found, release or ""),
    )


def _refusing_level(libraries: set[str], release: str) -> int | None:
    """From OpenSSL 3 on, level 1 rules out the signatures of old versions (MD5 with SHA-1), and level 1 or 2 is built in.
    Ubuntu's 1.1.1 refuses them at level 2, its default since 20.04.
    """
    if all(int(version.partition(".")[0]) >= 3 for version in libraries):
        return 1
    ubuntu = re.search(r"^ID=ubuntu$", release, re.MULTILINE)
    year = re.search(r'^VERSION_ID="(\d+)\.', release, re.MULTILINE)
    return 2 if ubuntu and year and int(year.group(1)) >= 20 else None


def _unfolded(path: str, files: dict[str, list[str]], depth: int) -> Iterator[str]:
    if depth > 5:
        raise RecursionError("includes in a circle")
    for line in files[path]:
        if not line.startswith("include "):
            yield line
            continue
        wanted = line.removeprefix("include ").strip().strip("\"'")
        inside = [one for one in files if one == wanted or one.rpartition("/")[0] == wanted.rstrip("/")]
        if (
            not inside
            and not wanted.startswith(("/etc/pki/tls/openssl.d", "/etc/ssl/openssl.d"))
            and "fips" not in wanted
        ):
            raise LookupError("an include that was not read")
        for one in inside:
            yield from _unfolded(one, files, depth + 1)


def _version(written: str) -> str:
    """``TLSv1.0`` is another name of ``TLSv1``. A version that is not known, or of DTLS, raises."""
    if not written:
        return ""
    version = {"TLSv1.0": "TLSv1"}.get(written, written)
    ORDER.index(version)
    return version
