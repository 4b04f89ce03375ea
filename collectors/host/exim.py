"""How Exim encrypts mail that comes in, and logins."""

import ipaddress
import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

# Authenticators hold secrets, and conditions look them up: of each only its name and the kind of its condition leave.
_KIND = r"""
function kind(text) {
  if (text == "") return "empty"
  if (text == "*") return "all"
  if (text ~ /^"?\$\{if *eq *\{\$tls_(in_)?cipher\} *\{\} *\{(no|false|0)?\} *\{[^{}]+\} *\}"?$/) return "tls"
  if (text ~ /^"?\$\{if *def:tls_(in_)?cipher *(\{[^{}]+\} *(\{(no|false|0)?\})?)? *\}"?$/) return "tls"
  return "other"
}
"""
_MAIN = r"""
{ name = $1; sub(/^[^=]*= */, ""); print "main " name " " (name == "local_interfaces" ? $0 : kind($0)) }
"""
_LOGINS = r"""
function tell() { if (serves) print "login " who " " condition }
/ authenticator:$/ { tell(); who = $1; serves = 0; condition = "empty"; next }
{ name = $1; sub(/^[^=]*=? */, "") }
name ~ /^server_(condition|secret|socket|password|service)$/ && $0 != "" { serves = 1 }
name == "server_advertise_condition" { condition = kind($0) }
END { tell() }
"""
_SCRIPT = f"""
all=$(exim -bP tls_advertise_hosts auth_advertise_hosts local_interfaces) || exit
printf "%s\\n" "$all" | awk {shlex.quote(_KIND + _MAIN)}
all=$(exim -bP authenticators) || exit
printf "%s\\n" "$all" | awk {shlex.quote(_KIND + _LOGINS)}
echo all
"""


@dataclass(frozen=True)
class Exim(Fact):
    """What ``exim -bP`` says is in force."""

    interfaces: tuple[str, ...] = ()
    """Where it listens; nothing means everywhere."""
    offers_tls: str = "all"
    """To whom: ``all``, ``empty`` for nobody, ``tls`` or ``other`` for a condition."""
    offers_logins: str = "all"
    """The same of ``auth_advertise_hosts``."""
    logins: tuple[tuple[str, str], ...] = ()
    """Authenticators by which users log in, and when they are offered: ``tls`` after TLS has begun, ``empty`` always,
    ``other`` for a condition that is not understood.
    """

    @property
    def beyond_loopback(self) -> bool:
        """Whether other machines can reach it."""
        return not self.interfaces or not all(_is_loopback(one) for one in self.interfaces)

    def of_kind(self, kind: str) -> list[str]:
        """Names of the authenticators that are offered so."""
        return [name for name, condition in self.logins if condition == kind]


def _is_loopback(written: str) -> bool:
    """``127.0.0.1``, ``127.0.0.1.25`` (with a port), ``[127.0.0.1]:25``, ``::1``."""
    host = re.sub(r"^\[(.*)\](:\d+)?$", r"\1", written)
    host = re.sub(r"^(\d+\.\d+\.\d+\.\d+)\.\d+$", r"\1", host)
    return ipaddress.ip_address(host).is_loopback


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="exim configuration", needs="exim"))
def exim(said: str) -> Exim:
    """Lines ``main NAME KIND``, with the value itself for ``local_interfaces``, then ``login NAME KIND``."""
    lines = said.splitlines()
    if not lines or lines[-1] != "all":
        raise ValueError("an answer that is cut off")
    held: dict[str, str] = {}
    logins: list[tuple[str, str]] = []
    for line in lines[:-1]:
        what, name, value = (*line.split(" ", 2), "")[:3]
        if what == "main":
            held[name] = value
        elif what == "login" and value in ("tls", "empty", "all", "other"):
            logins.append((name, "empty" if value == "all" else value))
        else:
            raise ValueError("not a line about Exim")
    return Exim(
        _listed(held["local_interfaces"]), held["tls_advertise_hosts"], held["auth_advertise_hosts"], tuple(logins)
    )


def _listed(written: str) -> tuple[str, ...]:
    """A list of Exim: parts between colons, doubled within addresses, or between what stands behind a leading ``<``."""
    text = written.strip()
    if text.startswith("<"):
        return tuple(one.strip() for one in text[2:].split(text[1]) if one.strip())
    return tuple(one.replace("\0", ":").strip() for one in text.replace("::", "\0").split(":") if one.strip())
