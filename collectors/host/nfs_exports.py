"""What is exported over NFS, and to whom."""

import ipaddress
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from collectors.collector import Fact, collector
from collectors.sources import File, Files

_CLIENT = re.compile(r"([^()]*)(?:\(([^()]*)\))?")
_KERBEROS_CLIENT = "gss/"
_WIDEST = {4: 8, 6: 16}
"""Bits that a network must fix to be one: wider ones hold addresses of everyone."""


@dataclass(frozen=True)
class NfsExport(Fact):
    """One folder for one kind of client, as exports(5) understands its line."""

    path: str
    client: str
    """Host name, network or pattern; ``*`` where nobody is named."""
    options: tuple[str, ...] = ()
    """In lower case, the line's defaults first."""
    only_now: bool = False
    """Whether it is exported at the moment, and differs from what the files say."""

    @property
    def subject(self) -> str:
        """The folder and its clients."""
        return f"{self.path} to {self.client}" + (", as exported now" if self.only_now else "")

    @property
    def flavours(self) -> tuple[str, ...]:
        """The ways in which a client may say who its users are (``sec=``); none named is ``sys``, the client's word."""
        if self.client.startswith(_KERBEROS_CLIENT):
            return (self.client.removeprefix(_KERBEROS_CLIENT),)
        named = [flavour for option in self.options if option.startswith("sec=") for flavour in option[4:].split(":")]
        return tuple(dict.fromkeys(named)) or ("sys",)

    @property
    def kerberos(self) -> bool:
        """Whether users must prove who they are."""
        return all(flavour.startswith("krb5") for flavour in self.flavours)

    @property
    def transports(self) -> tuple[str, ...]:
        """What the last ``xprtsec=`` allows: ``none``, ``tls``, or ``mtls`` with a certificate of the client."""
        named = [option[8:].split(":") for option in self.options if option.startswith("xprtsec=")]
        return tuple(named[-1]) if named else ("none",)

    @property
    def encrypted(self) -> bool:
        """Whether no client gets it in clear."""
        return set(self.flavours) == {"krb5p"} or "none" not in self.transports

    @property
    def to_everyone(self) -> bool:
        """Whether any address may mount it without proving who it is (Kerberos and a certificate do prove it)."""
        everyone = self.client.startswith(_KERBEROS_CLIENT) or _is_everyone(self.client)
        return everyone and not self.kerberos and set(self.transports) != {"mtls"}

    @property
    def writable(self) -> bool:
        """``rw`` was given; the default is ``ro``, and the last one wins."""
        return self._last("rw", "ro")

    @property
    def keeps_root(self) -> bool:
        """Whether the client's root is root here: ``no_root_squash``, or who is squashed is made user 0."""
        if "anonuid=0" in self.options:
            return True
        return self._last("no_root_squash", "root_squash") and "all_squash" not in self.options

    @property
    def takes_any_port(self) -> bool:
        """``insecure``: the client's programs, and not only its root, may speak for any user."""
        return self._last("insecure", "secure")

    def _last(self, yes: str, no: str) -> bool:
        said = [option for option in self.options if option in (yes, no)]
        several = sum(option.startswith("sec=") for option in self.options) > 1
        return yes in said if several else bool(said) and said[-1] == yes


def _is_everyone(client: str) -> bool:
    """A pattern with nothing but wildcards and dots matches every name, as ``*.*`` does."""
    try:
        network = ipaddress.ip_network(client, strict=False)
    except ValueError:
        return not re.search(r"[A-Za-z0-9@]", re.sub(r"\[[^]]*\]", "", client))
    return network.prefixlen < _WIDEST[network.version]


@collector(Files("/etc/exports", "/etc/exports.d/*.exports"), File("/var/lib/nfs/etab"))
def nfs_exports(files: dict[str, str] | None, current: str | None) -> tuple[NfsExport, ...]:
    """exports(5): a line continues after a backslash; ``-options`` are defaults for what follows; a client without a name
    is everyone, so that ``host (rw)`` gives everyone what was meant for the host. exportfs(8) keeps what is exported at the
    moment in etab, in the same form: it also has what was exported by hand, or before the files were changed.
    """
    written = [one for text in (files or {}).values() for one in _exports(text)]
    same = {_meaning(one) for one in written}
    now = [replace(one, only_now=True) for one in _exports(current or "") if _meaning(one) not in same]
    return tuple(dict.fromkeys([*written, *now]))


def _meaning(one: NfsExport) -> tuple[object, ...]:
    """What checks ask of an export, however it was written."""
    try:
        client = str(ipaddress.ip_network(one.client, strict=False))
    except ValueError:
        client = one.client.lower()
    told = (one.flavours, one.transports, one.writable, one.keeps_root, one.takes_any_port)
    return (one.path.rstrip("/"), client, *told)


def _exports(text: str) -> Iterable[NfsExport]:
    for line in re.sub(r"\\\n", " ", text).splitlines():
        words = shlex.split(re.sub(r"\\([0-7]{3})", r"\\\\\1", line), comments=True)
        if words:
            yield from _line(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), words[0]), words[1:])


def _line(path: str, words: list[str]) -> list[NfsExport]:
    if not path.startswith("/"):
        raise ValueError("an export is an absolute path")
    defaults: list[str] = []
    exports = []
    for word in words if any(not word.startswith("-") for word in words) else [*words, ""]:
        if word.startswith("-"):
            defaults = word[1:].lower().split(",")
            continue
        parsed = _CLIENT.fullmatch(word)
        if not parsed:
            raise ValueError("not a client of an export")
        client = parsed.group(1) or "*"
        own = [option.strip().lower() for option in (parsed.group(2) or "").split(",") if option.strip()]
        exports.append(NfsExport(path, client, (*defaults, *own)))
    return exports
