"""The PAM stacks as the library resolves them: ``@include``, ``include`` and ``substack`` taken apart.

The reading follows Linux-PAM's own (pam.conf(5), pam.d(5), libpam/pam_handlers.c): ``/etc/pam.d`` before the vendor's
directories, ``/etc/pam.conf`` only where there is no such directory, the stack of ``other`` where a service has no line of
a type. What a stack *does* is asked in ``pam_walk``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from collectors.collector import Fact, collector
from collectors.sources import Files, Mode, Stat

TYPES = ("auth", "account", "password", "session")
_DIRECTORIES = ("/etc/pam.d/", "/usr/lib/pam.d/", "/usr/share/pam.d/", "/usr/etc/pam.d/")
_DEEPEST = 16
"""Includes within includes; libpam would recurse until it dies."""

PAM_FILES = Files(
    "/etc/pam.d/*",
    "/usr/lib/pam.d/*",
    "/usr/share/pam.d/*",
    "/usr/etc/pam.d/*",
    "/etc/pam.conf",
    most=300,
    secrets=True,
)
PAM_MODULES = Stat("/lib/*/security/pam_*.so", "/lib64/security/pam_*.so", "/lib/security/pam_*.so")

_SHORT_CONTROLS = {
    "required": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "bad"},
    "requisite": {"success": "ok", "new_authtok_reqd": "ok", "ignore": "ignore", "default": "die"},
    "optional": {"success": "ok", "new_authtok_reqd": "ok", "default": "ignore"},
    "sufficient": {"success": "done", "new_authtok_reqd": "done", "default": "ignore"},
}
_ACTION = re.compile(r"(\w+)\s*=\s*(ignore|ok|done|bad|die|reset|\d+)\s*")
_TOKEN = re.compile(r"\[((?:\\\]|[^\]])*)\]|(\S+)")
# Left behind by editors and package managers; no program asks for such a service.
_LEFTOVER = re.compile(r"~$|\.(?:dpkg-\w+|ucf-\w+|rpm\w+|pam-old|bak|old|orig|save|swp)$|^\.|[^\w.+\-]")
# Files that exist to be included (Debian, Red Hat, SUSE, Arch, Alpine).
_FRAGMENT = re.compile(
    r"^(?:common-.*|(?:system|password|fingerprint|smartcard|config-util|postlogin|base)(?:-.*)?"
    r"|su-.*-auth|.*-auth-a[cn]|.*-auth-pc)$"
)

# Services that others include whole, e.g. su-l includes su.
_INCLUDED_SERVICES = frozenset({"login", "passwd", "runuser", "sshd", "su", "sudo", "gdm-password"})


@dataclass(frozen=True)
class Rule:
    """One line of a stack."""

    module: str
    """Base name without ``.so``, e.g. ``pam_unix``; empty where the line is faulty and always denies."""
    actions: tuple[tuple[str, str], ...] = ()
    """Return value of the module (or ``default``) to ``ok``, ``done``, ``bad``, ``die``, ``ignore``, ``reset`` or a jump."""
    arguments: tuple[str, ...] = ()
    level: int = 0
    """How many substacks it is in."""
    substack: bool = False
    """It only marks where a substack begins."""
    installed: bool = True
    """Whether the module is on the disk; libpam answers ``module_unknown`` for one that is not."""

    def action(self, returned: str) -> str:
        """What the stack does when the module returns this."""
        actions = dict(self.actions)
        return actions.get(returned, actions.get("default", "bad"))

    def option(self, name: str) -> str | None:
        """The value of ``name=value``, the last one given; None where there is none."""
        values = [
            value for key, mark, value in (word.partition("=") for word in self.arguments) if mark and key == name
        ]
        return values[-1] if values else None


Stack = tuple[Rule, ...]


@dataclass(frozen=True)
class Pam(Fact):
    """The stacks of every service."""

    stacks: tuple[tuple[str, str, Stack], ...] = ()
    """Service, type (``auth``, ``account``, ``password``, ``session``) and its rules; only where it has any."""
    fragments: frozenset[str] = frozenset()
    """Files that are there to be included, and that no program asks for."""

    def stack(self, service: str, kind: str) -> Stack:
        """The rules that run for a service: its own, else those of ``other``."""
        stacks = {(name, type_): rules for name, type_, rules in self.stacks}
        return stacks.get((service, kind)) or stacks.get(("other", kind), ())

    def services(self, kind: str) -> tuple[str, ...]:
        """Services that have rules of this type, in order; files that are only included are none."""
        return tuple(name for name, type_, _ in self.stacks if type_ == kind and name not in self.fragments)

    @staticmethod
    def of(**services: str) -> "Pam":
        """An example: the text of ``/etc/pam.d/<service>`` for each service, every module installed."""
        return resolve({f"/etc/pam.d/{name}": text for name, text in services.items()}, None)


@collector(PAM_FILES, PAM_MODULES)
def pam(files: dict[str, str], modules: tuple[Mode, ...] | None) -> Pam:
    """Resolve every service's file."""
    return resolve(files, modules)


def resolve(files: Mapping[str, str], modules: tuple[Mode, ...] | None) -> Pam:
    """Every service's stacks from the files (path to text); ``modules`` are those on the disk, None where that is unknown.

    ``ValueError`` for a file that includes itself, or one with bytes that no text has.
    """
    return _resolved(tuple(files.items()), modules)


@lru_cache(maxsize=2)
def _resolved(files: tuple[tuple[str, str], ...], modules: tuple[Mode, ...] | None) -> Pam:
    """Four collectors ask it of each host, and many hosts have the same files."""
    present = frozenset(_base(mode.path) for mode in modules or ())
    reader = _Reader(dict(_by_name(dict(files))), present)
    found: list[tuple[str, str, Stack]] = []
    for service in sorted(reader.texts):
        rules = reader.rules(service, "", 0, 0)
        by_type = [(kind, tuple(rule for type_, rule in rules if type_ == kind)) for kind in TYPES]
        found.extend((service, kind, own) for kind, own in by_type if own)
    included = _included(reader.texts) - _INCLUDED_SERVICES
    return Pam(tuple(found), frozenset(name for name in reader.texts if name in included or _FRAGMENT.match(name)))


def _included(texts: Mapping[str, str]) -> frozenset[str]:
    lines = [line.split() for text in texts.values() for line in logical_lines(text)]
    at = {words[1] for words in lines if len(words) > 1 and words[0] == "@include"}
    return frozenset(at | {words[2] for words in lines if len(words) > 2 and words[1] in ("include", "substack")})


def _by_name(files: Mapping[str, str]) -> Mapping[str, str]:
    """Service to text: the first directory that has it wins."""
    named: dict[str, str] = {}
    for directory in _DIRECTORIES:
        for path, text in files.items():
            name = path.removeprefix(directory)
            if path.startswith(directory) and not _LEFTOVER.search(name):
                named.setdefault(name, text)
    if named or any(path.startswith(_DIRECTORIES) for path in files):
        return named
    for line in logical_lines(files.get("/etc/pam.conf", "")):
        service, _, rest = line.strip().partition(" ")
        named[service.lower()] = named.get(service.lower(), "") + rest + "\n"
    return named


def logical_lines(text: str) -> list[str]:
    """Lines without comments, continued where they end in a backslash, blank ones left out (``_pam_assemble_line``)."""
    if "\0" in text:
        raise ValueError("a NUL in a PAM file")
    lines: list[str] = []
    begun = ""
    for raw in text.splitlines():
        line = raw.strip(" \t\n")
        if not line or line.startswith("#"):
            continue
        plain, comment, _ = line.partition("#")
        if not comment and plain.endswith("\\"):
            begun += plain[:-1] + " "
            continue
        lines.append((begun + plain).replace("\t", " ").strip())
        begun = ""
    if begun:
        raise ValueError("the last line of a PAM file goes on")
    return [line for line in lines if line]


@dataclass(frozen=True)
class _Reader:
    texts: Mapping[str, str]
    present: frozenset[str]
    words: dict[str, list[list[str]]] = field(default_factory=dict)

    def rules(self, service: str, only: str, level: int, depth: int) -> list[tuple[str, Rule]]:
        """Type and rule for each line, includes in their place. ``only`` is the type that an include asks for, or empty."""
        if depth > _DEEPEST:
            raise ValueError("a PAM file includes itself")
        found: list[tuple[str, Rule]] = []
        for tokens in self._tokens(service):
            found.extend(self._line(tokens, only, level, depth))
        return found

    def _tokens(self, service: str) -> list[list[str]]:
        """The words of each line of a file, which is read again wherever it is included."""
        lines = self.words.get(service)
        if lines is None:
            lines = self.words[service] = [_words(line) for line in logical_lines(self.texts[service])]
        return lines

    def _line(self, tokens: list[str], only: str, level: int, depth: int) -> list[tuple[str, Rule]]:
        kind = tokens[0].lower().removeprefix("-")
        if kind == "@include":
            return self._include(tokens[1:2], only, only, level, depth)
        if kind not in TYPES:
            return [(only or "auth", Rule("", level=level))]
        if only and kind != only:
            return []
        control = tokens[1] if len(tokens) > 1 else ""
        if control.lower() == "include":
            return self._include(tokens[2:3], kind, kind, level, depth)
        if control.lower() == "substack":
            marker = (kind, Rule("", level=level, substack=True))
            return [marker, *self._include(tokens[2:3], kind, kind, level + 1, depth)]
        if len(tokens) < 3:
            return [(kind, Rule("", level=level))]
        module = _base(tokens[2])
        return [
            (
                kind,
                Rule(
                    module=module,
                    actions=_actions(control),
                    arguments=tuple(tokens[3:]),
                    level=level,
                    installed=not self.present or module in self.present,
                ),
            )
        ]

    def _include(self, names: list[str], only: str, kind: str, level: int, depth: int) -> list[tuple[str, Rule]]:
        """The included file's rules; a file that is not there denies (in every type where all were asked for)."""
        name = names[0].removeprefix("/etc/pam.d/") if names else ""
        if name in self.texts:
            return self.rules(name, only, level, depth + 1)
        if name.startswith("/"):
            raise ValueError("a PAM file includes one from elsewhere")
        return [(one, Rule("", level=level)) for one in ((kind,) if kind else TYPES)]


def _words(line: str) -> list[str]:
    return [bracketed if plain == "" else plain for bracketed, plain in _TOKEN.findall(line)]


def _base(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".so")


@lru_cache(maxsize=256)
def _actions(control: str) -> tuple[tuple[str, str], ...]:
    """A control's actions; what is not understood of one makes every return value bad, as in libpam."""
    short = _SHORT_CONTROLS.get(control.lower())
    if short is not None:
        return tuple(short.items())
    rest = control.strip()
    actions: dict[str, str] = {}
    while rest:
        found = _ACTION.match(rest)
        if found is None:
            return (("default", "bad"),)
        actions[found.group(1)] = found.group(2)
        rest = rest[found.end() :]
    return tuple(actions.items())
