"""How Dovecot encrypts logins and mail that is read."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.openssl_policy import ORDER
from collectors.sources import Command

_KEYS = "ssl|ssl_min_protocol|ssl_protocols|ssl_cipher_list|disable_plaintext_auth|auth_allow_cleartext|auth_mechanisms|protocols|port|imap|pop3|submission|sieve"

# doveconf knows what is built in, and prints passwords and keys too: blocks by name, and the keys of a list, leave the target.
_SCRIPT = rf"""
all=$(doveconf -a) || exit
printf "%s\n" "$all" | awk '
NR == 1 {{ print "version", $2; next }}
/^ *#/ {{ next }}
/\{{ *$/ {{ sub(/^ +/, ""); sub(/ *\{{ *$/, ""); print "begin", ($1 ~ /^(service|inet_listener|protocols|protocol|local|local_name|remote)$/ ? $0 : "other"); next }}
/^ *\}} *$/ {{ print "end"; next }}
{{ sub(/^ +/, ""); key = $1; if (key ~ /^({_KEYS})$/) print "set", $0 }}
'
echo all
"""

_OPEN = frozenset({"plain", "login", "oauthbearer", "xoauth2", "anonymous", "external"})
"""Mechanisms that a server which allows no clear text offers only after TLS; others hide the password alone."""


@dataclass(frozen=True)
class Dovecot(Fact):
    """What doveconf(1) says is in force."""

    protocols: tuple[str, ...] = ("imap",)
    """Which it serves to mail programs: ``imap``, ``pop3``, ``submission``, ``sieve``."""
    ssl: str = "yes"
    """``no``, ``yes`` (for who wants it) or ``required``."""
    cleartext: bool = False
    """Whether it takes passwords in clear without TLS from other machines."""
    mechanisms: tuple[str, ...] = ("plain",)
    """How users may log in."""
    lowest: str = "TLSv1.2"
    """The lowest version of TLS."""
    security_level: int | None = None
    """``@SECLEVEL`` of ``ssl_cipher_list``, where it says one."""
    plain: tuple[str, ...] = ("imap on 143",)
    """Listeners for logins that begin without TLS."""
    otherwise: tuple[str, ...] = ()
    """Blocks that set some of this differently, for a protocol, an address or a name."""

    @property
    def challenges(self) -> tuple[str, ...]:
        """Mechanisms by which a whole session may go on without TLS, only the password being hidden."""
        return tuple(one for one in self.mechanisms if one not in _OPEN)


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="dovecot configuration", needs="doveconf"))
def dovecot(said: str) -> Dovecot:
    """Lines ``begin NAME``, ``end`` and ``set KEY = VALUE`` in the order of ``doveconf -a``."""
    lines = said.splitlines()
    if not lines or lines[-1] != "all" or not lines[0].startswith("version "):
        raise ValueError("an answer that is cut off")
    held: dict[str, str] = {}
    blocks: list[str] = []
    listeners: dict[tuple[str, str], dict[str, str]] = {}
    otherwise: list[str] = []
    served: list[str] = []
    for line in lines[1:-1]:
        what, _, rest = line.partition(" ")
        if what == "begin":
            blocks.append(rest)
            if rest.startswith("inet_listener "):
                listeners[(blocks[0].removeprefix("service "), rest.split()[1])] = {}
        elif what == "end":
            blocks.pop()
        else:
            key, _, value = (part.strip() for part in rest.partition("="))
            inside = [one for one in blocks if one.startswith("inet_listener ")]
            if not blocks:
                held[key] = value
            elif blocks == ["protocols"]:
                served += [key] if value == "yes" else []
            elif inside:
                listeners[(blocks[0].removeprefix("service "), inside[0].split()[1])][key] = value
            elif blocks[0].startswith(("protocol", "local", "remote")):
                otherwise.append(f"{blocks[0]}: {key}")
    if "protocols" in held:  # before 2.4
        served = [one for one in held["protocols"].strip('" ').split() if one not in ("none", "lmtp", "doveadm")]
    elif "auth_allow_cleartext" not in held:
        raise ValueError("no protocols")
    protocols = tuple(served)
    return Dovecot(
        protocols=protocols,
        ssl=held["ssl"],
        cleartext=_cleartext(held),
        mechanisms=tuple(held["auth_mechanisms"].lower().split()) or ("plain",),
        lowest=_lowest(held),
        security_level=_level(held.get("ssl_cipher_list", "")),
        plain=tuple(_plain(listeners, protocols)),
        otherwise=tuple(dict.fromkeys(otherwise)),
    )


def _cleartext(held: dict[str, str]) -> bool:
    """Dovecot 2.4 says ``auth_allow_cleartext``, which before was ``disable_plaintext_auth``."""
    if "auth_allow_cleartext" in held:
        return held["auth_allow_cleartext"] == "yes"
    return {"yes": False, "no": True}[held["disable_plaintext_auth"]]


def _lowest(held: dict[str, str]) -> str:
    """``ssl_min_protocol``; before 2.3 there was ``ssl_protocols``, a list of versions to offer or, with ``!``, to refuse."""
    if "ssl_min_protocol" in held:
        written = held["ssl_min_protocol"]
        return {"ANY": "SSLv3", "LATEST": "TLSv1.3"}.get(written) or ORDER[ORDER.index(written)]
    words = held["ssl_protocols"].split()
    refused = {one[1:] for one in words if one.startswith("!")}
    offered = {one for one in words if not one.startswith("!")} or set(ORDER[1:])
    return next(one for one in ORDER[1:] if one in offered - refused)


def _level(ciphers: str) -> int | None:
    _, mark, level = ciphers.partition("@SECLEVEL=")
    return int(level[0]) if mark else None


_BEGIN_PLAIN = {"imap": "143", "pop3": "110", "submission": "587", "sieve": "4190"}
_BEGIN_WITH_TLS = ("imaps", "pop3s", "submissions")


def _plain(listeners: dict[tuple[str, str], dict[str, str]], protocols: tuple[str, ...]) -> list[str]:
    """Of the services that take logins. With port 0 a listener is none; Dovecot 2.4 does not tell the port and the TLS that
    a listener has by its name.
    """
    serves = {f"{one}-login": one for one in protocols} | {"managesieve-login": "sieve"}
    return [
        f"{name} on {port}"
        for (service, name), one in listeners.items()
        if serves.get(service) in protocols
        and (port := one.get("port", _BEGIN_PLAIN.get(name, "0"))) != "0"
        and one.get("ssl", "yes" if name in _BEGIN_WITH_TLS else "no") != "yes"
    ]
