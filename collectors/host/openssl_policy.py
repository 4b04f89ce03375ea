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
    built_in: str = "TLSv1"
    """The lowest version of a library that no file limits: upstream's is TLS 1.0 in 1.1, and Ubuntu's is 1.2."""

    @property
    def blocks_old_versions(self) -> bool:
        """Whether the security level rules out what came before TLS 1.2: from OpenSSL 3 on, level 1 and above do, since
        the signatures that those need (MD5 with SHA-1) are below it; the level is 1 or 2 unless a file lowers it.
        """
        level = 1 if self.security_level is None else self.security_level
        return bool(self.libraries) and all(_major(one) >= 3 for one in self.libraries) and level >= 1

    @property
    def lowest(self) -> str:
        """The lowest version that a program gets by default."""
        floor = self.min_protocol or self.built_in
        if self.blocks_old_versions and ORDER.index(floor) < ORDER.index("TLSv1.2"):
            return "TLSv1.2"
        return floor


def _major(version: str) -> int:
    return int(version.partition(".")[0])


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
        built_in="TLSv1.2" if re.search(r"^ID=ubuntu$", release or "", re.MULTILINE) else "TLSv1",
    )


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
