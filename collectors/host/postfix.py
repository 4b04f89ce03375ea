"""How Postfix encrypts mail: what comes in, who logs in, what it sends."""

import ipaddress
import re
import shlex
from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.host.openssl_policy import ORDER
from collectors.sources import Command

_SERVER = (
    "smtpd_tls_security_level",
    "smtpd_use_tls",
    "smtpd_enforce_tls",
    "smtpd_tls_wrappermode",
    "smtpd_tls_auth_only",
    "smtpd_sasl_auth_enable",
    "smtpd_tls_protocols",
    "smtpd_tls_mandatory_protocols",
    "smtpd_tls_cert_file",
    "smtpd_tls_eccert_file",
    "smtpd_tls_chain_files",
)
_CLIENT = ("smtp_tls_security_level", "smtp_use_tls", "smtp_enforce_tls")
_ALSO = ("mail_version", "inet_interfaces", "default_transport")
_ALLOWED = (*_SERVER, *_CLIENT, *_ALSO)

# postconf knows what is built in, resolves what refers to others, and warns of what this version does not have.
# Commands of master.cf may hold passwords: of each service its name, kind and program leave the target.
_SCRIPT = rf"""
postconf -x {" ".join(_ALLOWED)} || exit
echo services
all=$(postconf -M) || exit
printf "%s\n" "$all" | awk '{{ print $1, $2, $8 }}'
echo overrides
all=$(postconf -P -x) || exit
printf "%s\n" "$all" | awk '{{ split($1, part, "/"); if (part[3] ~ /^({"|".join(_ALLOWED)})$/) print }}'
"""


@dataclass(frozen=True)
class PostfixService:
    """One line of master.cf for a port on which Postfix takes mail, with what holds there."""

    port: str
    """As master.cf has it: ``smtp``, ``587``, ``127.0.0.1:10025``."""
    settings: dict[str, str] = field(default_factory=dict)
    """main.cf's, built-in ones included, and over them those of master.cf."""

    @property
    def beyond_loopback(self) -> bool:
        """Whether other machines can reach it."""
        host, _, _ = self.port.rpartition(":")
        hosts = [host.strip("[]")] if host else self.settings.get("inet_interfaces", "all").replace(",", " ").split()
        return not all(_is_loopback(one.strip("[]")) for one in hosts)

    @property
    def level(self) -> str:
        """``smtpd_tls_security_level``, or what stood for it before 2.3: ``none``, ``may`` or ``encrypt``. Without any
        certificate ``may`` comes to ``none``.
        """
        level = self.settings.get("smtpd_tls_security_level", "")
        if self._is("smtpd_tls_wrappermode") or (not level and self._is("smtpd_enforce_tls")):
            return "encrypt"
        level = level or ("may" if self._is("smtpd_use_tls") else "none")
        files = ("smtpd_tls_cert_file", "smtpd_tls_eccert_file", "smtpd_tls_chain_files")
        return level if level == "encrypt" or any(self.settings.get(one) for one in files) else "none"

    @property
    def takes_logins(self) -> bool:
        """Whether users may log in here."""
        return self._is("smtpd_sasl_auth_enable")

    @property
    def logins_only_encrypted(self) -> bool:
        """Whether it offers logins only once TLS has begun."""
        return self.level == "encrypt" or self._is("smtpd_tls_auth_only")

    @property
    def lowest(self) -> str:
        """The lowest version of TLS it offers."""
        mandatory = self.level == "encrypt"
        return _lowest(self.settings["smtpd_tls_mandatory_protocols" if mandatory else "smtpd_tls_protocols"])

    def _is(self, name: str) -> bool:
        return self.settings.get(name, "no").lower() == "yes"


@dataclass(frozen=True)
class Postfix(Fact):
    """What postconf(1) says is in force."""

    services: tuple[PostfixService, ...] = ()
    """Where smtpd or postscreen waits."""
    sends: str = "may"
    """``smtp_tls_security_level``, or what stood for it before 2.3."""
    delivers_elsewhere: bool = True
    """Whether it sends mail to other machines at all."""

    @property
    def reachable(self) -> tuple[PostfixService, ...]:
        """Services that other machines can reach."""
        return tuple(one for one in self.services if one.beyond_loopback)


def _is_loopback(host: str) -> bool:
    if host in ("localhost", "loopback-only"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name, "all", or $myhostname


def _lowest(written: str) -> str:
    """From postconf(5): ``>=TLSv1.2``, or versions to offer, or versions with ``!`` that are not; nothing means all."""
    words = re.split(r"[\s,:]+", written.strip().replace(">= ", ">=").replace("<= ", "<="))
    known = {one.lower(): one for one in ORDER[1:]} | {"tlsv1.0": "TLSv1", "0301": "TLSv1", "0302": "TLSv1.1"}
    known |= {"0303": "TLSv1.2", "0304": "TLSv1.3", "0300": "SSLv3", "sslv2": "SSLv3"}
    offered: set[str] = set()
    refused: set[str] = set()
    floor = "SSLv3"
    for word in (one.lower() for one in words if one):
        if word.startswith(">="):
            floor = known[word[2:]]
        elif word.startswith("!"):
            refused |= {known[word[1:]]} - ({"SSLv3"} if word == "!sslv2" else set())
        elif not word.startswith("<="):
            offered.add(known[word])
    left = [one for one in ORDER[ORDER.index(floor) :] if one in (offered or ORDER[1:]) and one not in refused]
    return left[0]


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="postfix configuration", needs="postconf"))
def postfix(said: str) -> Postfix:
    """Lines ``name = value``, services as ``name type program``, overrides as ``name/type/parameter = value``."""
    main_, mark, rest = said.partition("services\n")
    listed, second, overrides = rest.partition("overrides\n")
    settings = dict(_pair(line) for line in main_.splitlines())
    if not mark or not second or "mail_version" not in settings:
        raise ValueError("not what postconf says")
    own: dict[tuple[str, str], dict[str, str]] = {}
    for line in overrides.splitlines():
        place, value = _pair(line)
        name, kind, parameter = place.rsplit("/", 2)
        own.setdefault((name, kind), {})[parameter] = value
    services, senders = [], []
    for line in listed.splitlines():
        name, kind, program = line.split(" ")
        held = settings | own.get((name, kind), {})
        if kind == "inet" and program in ("smtpd", "postscreen"):
            services.append(PostfixService(name, held))
        if kind == "unix" and name == settings["default_transport"].partition(":")[0]:
            senders.append((program, held))
    program, held = senders[0] if senders else ("smtp", settings)
    return Postfix(tuple(services), _sends(held), program in ("smtp", "lmtp"))


def _pair(line: str) -> tuple[str, str]:
    name, mark, value = line.partition(" =")
    if not mark:
        raise ValueError("not a line of postconf")
    return name, value.strip()


def _sends(settings: dict[str, str]) -> str:
    if level := settings.get("smtp_tls_security_level", ""):
        return level
    if settings.get("smtp_enforce_tls", "no") == "yes":
        return "encrypt"
    return "may" if settings.get("smtp_use_tls", "no") == "yes" else "none"
