"""Programs that ask an LDAP server who people are and whether their passwords are right, and how they reach it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.loopback import is_loopback
from collectors.host.os_release import OS_RELEASE, parse_os_release
from collectors.sources import Command

# A file counts where its program is installed; sssd_be is in a folder of its own on some systems.
_INSTALLED = r"""
count=$#
while [ "$count" -gt 0 ]; do
  file=$1 wanted=; shift; count=$((count - 1))
  case $file in /etc/sssd/*) wanted=sssd;; /etc/nslcd.conf) wanted=nslcd;; esac
  if [ -z "$wanted" ] || command -v "$wanted" >/dev/null 2>&1; then set -- "$@" "$file"; fi
done
"""
# These files also hold the password that the program binds with: only the keys named here leave the target.
_AWK = r"""
{ sub(/\r$/, "") }
/^[ \t]*([#;]|$)/ { next }
FILENAME ~ /^\/etc\/sssd\// {
  if (/^[ \t]*\[/) { sub(/^[ \t]*\[[ \t]*/, ""); sub(/[ \t]*\].*/, ""); out("section " $0); next }
  key = tolower($0); sub(/[ \t]*=.*/, "", key); gsub(/^[ \t]+/, "", key); value = $0; sub(/^[^=]*=[ \t]*/, "", value)
  if (key ~ /^(domains|enabled|(id|auth)_provider|ldap_uri|ldap_backup_uri|ldap_id_use_start_tls|ldap_tls_reqcert|ldap_sasl_mech|ldap_sasl_minssf|ldap_auth_disable_tls_never_use_in_production)$/) out(key " " value)
  next
}
{
  key = tolower($1); value = $0; sub(/^[ \t]*[^ \t]+[ \t]*/, "", value)
  if (key ~ /^(uri|host|ssl|tls_reqcert|tls_checkpeer|sasl_mech)$/) out(key " " value)
}
"""
_BLIND = ("never", "allow")
_REQCERT = ("never", "allow", "try", "demand", "hard")
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_LIBRARY = ("/etc/ldap/ldap.conf", "/etc/openldap/ldap.conf")


@dataclass(frozen=True)
class LdapClient(Fact):
    """One program, or one domain of it, with the servers that it asks."""

    name: str
    servers: tuple[str, ...] = ()
    """Addresses beyond this machine; ``DNS`` where the domain's records name them. None is an answer."""
    encrypted: bool | None = True
    """Whether it asks them only encrypted; None where that is not told."""
    verifies: bool = True
    """Whether it turns away a server whose certificate is not right."""
    library: bool = False
    """Whether it is the library's own file, beside which each program decides for itself how it asks."""

    @property
    def subject(self) -> str:
        """Its name."""
        return self.name


@collector(
    excerpt(
        "ldap clients",
        "/etc/sssd/sssd.conf",
        "/etc/sssd/conf.d/*.conf",
        "/etc/nslcd.conf",
        *_LIBRARY,
        "/etc/pam_ldap.conf",
        "/etc/libnss-ldap.conf",
        "/etc/ldap.conf",
        awk=_AWK,
        first=_INSTALLED,
    ),
    Command("sssd --version"),
    OS_RELEASE,
)
def ldap_clients(text: str, version: str | None, release: dict[str, str] | None) -> tuple[LdapClient, ...]:
    """sssd-ldap(5), nslcd.conf(5), ldap.conf(5), pam_ldap(5): the last of a key wins, but for ``uri``, which adds."""
    files = by_file(text)
    in_sssd = [line for path, lines in files.items() if path.startswith("/etc/sssd/") for line in lines]
    found = list(_sssd(in_sssd, _starts_tls(version or "", parse_os_release(release).id)))
    for path, lines in files.items():
        if not path.startswith("/etc/sssd/"):
            found.append(_program(path, lines))
    return tuple(found)


def _starts_tls(version: str, system: str) -> bool | None:
    """The default for lookups: off, from version 2.10 on it is on. Red Hat turned it off again in a release of its own."""
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if not numbers:
        return None
    if (int(numbers[1]), int(numbers[2])) < (2, 10):
        return False
    return True if system.startswith(("debian", "ubuntu", "arch", "fedora", "opensuse")) else None


def _sssd(lines: Iterable[str], starts_tls: bool | None) -> Iterable[LdapClient]:
    """Files of conf.d come after sssd.conf and win; only domains that are switched on count."""
    sections: dict[str, dict[str, str]] = {}
    for line in lines:
        key, _, value = line.partition(" ")
        if key == "section":
            section = sections.setdefault(value, {})
        else:
            section[key] = value.strip()
    listed = re.split(r"[ ,]+", sections.get("sssd", {}).get("domains", ""))
    for name, said in sections.items():
        if name.startswith("domain/") and _BOOLEANS[said.get("enabled", str(name[7:] in listed)).lower()]:
            yield _domain(name[7:], said, starts_tls)


def _domain(name: str, said: dict[str, str], starts_tls: bool | None) -> LdapClient:
    """The providers for Active Directory and FreeIPA sign and seal with Kerberos. Logins always go over TLS, lookups only
    if that is said.
    """
    provider = said.get("id_provider", "").lower()
    login = said.get("auth_provider", provider).lower()
    named = " ".join(said.get(key, "") for key in ("ldap_uri", "ldap_backup_uri")).replace(",", " ")
    lookups = provider == "ldap"
    if not lookups and login != "ldap":
        kerberos = provider in ("ad", "ipa")
        return LdapClient(
            f"sssd domain {name}", ("DNS",) if kerberos else (), verifies=_verifies(said, "ldap_tls_reqcert")
        )
    remote, clear = _servers(named.strip() or "_srv_")
    if "ldap_id_use_start_tls" in said:
        starts_tls = _BOOLEANS[said["ldap_id_use_start_tls"].lower()]
    sealed = "ldap_sasl_mech" in said and int(said.get("ldap_sasl_minssf", "0")) > 1
    logins = not _BOOLEANS[said.get("ldap_auth_disable_tls_never_use_in_production", "false").lower()]
    encrypted = True if not clear or ((sealed or not lookups) and (logins or login != "ldap")) else starts_tls
    return LdapClient(f"sssd domain {name}", remote, encrypted, _verifies(said, "ldap_tls_reqcert"))


def _program(path: str, lines: Iterable[str]) -> LdapClient:
    said: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition(" ")
        said[key] = f"{said.get('uri', '')} {value}".strip() if key == "uri" else value.strip()
    name = "nslcd" if path == "/etc/nslcd.conf" else path
    remote, clear = _servers(said.get("uri") or said.get("host", ""))
    verifies = _verifies(said, "tls_reqcert") and _BOOLEANS[said.get("tls_checkpeer", "yes").lower()]
    if path in _LIBRARY:
        return LdapClient(name, remote, None, verifies, library=True)
    ssl = said.get("ssl", "off").lower()
    if ssl not in ("start_tls", *_BOOLEANS):
        raise ValueError("a way to encrypt that is not known")
    return LdapClient(name, remote, not clear or ssl == "start_tls" or _BOOLEANS[ssl], verifies)


def _verifies(said: dict[str, str], key: str) -> bool:
    told = said.get(key, "hard").lower()
    if told not in _REQCERT:
        raise ValueError("a way to verify that is not known")
    return told not in _BLIND


def _servers(named: str) -> tuple[tuple[str, ...], bool]:
    """Those beyond this machine, and whether one of them is asked by ``ldap://``."""
    remote: list[str] = []
    clear = False
    for word in named.split():
        scheme, mark, rest = word.lower().partition("://")
        if not mark:
            scheme, rest = "ldap", word.lower()  # a name, or DNS with or without a domain
        if scheme == "ldapi":
            continue
        if scheme not in ("ldap", "ldaps"):
            raise ValueError("a scheme that is not known")
        host = re.sub(r":\d+$", "", rest.partition("/")[0]).strip("[]")
        if not host or is_loopback(host):
            continue
        service = re.match(r"dns(:|$)|_srv_$", host)
        remote.append("DNS" if service else f"{scheme}://{host}")
        clear |= scheme == "ldap"
    return tuple(dict.fromkeys(remote)), clear
