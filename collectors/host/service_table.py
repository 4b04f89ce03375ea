"""The table beside this module: services that ship open or with a published password, and what in their configuration says so.

The table's head tells what its fields mean; the classes here are its schema. All faults of it are told at once, each with
its place.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, get_args, get_origin

from collectors.shipped import shipped

_FILE = "service_defaults.toml"

KINDS = ("config", "marker", "authorized_key")
GROUPS = ("database", "broker", "console", "management")
READERS = ("argv", "env", "exists", "hcl", "ini", "json", "kv", "php", "props", "xml", "yaml")
MEANS = ("login", "open", "default", "unclear")
REACHES = ("nowhere", "loopback", "everywhere")
_PATH = re.compile(r"/([A-Za-z0-9/._*?@+~\-]|\[0-9\])*")
_NAME = re.compile(r"[A-Za-z0-9._+\-]+")
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


class TableError(ValueError):
    """The table is not as its schema wants it; the message has one line for each fault."""


@dataclass(frozen=True, slots=True)
class Part:
    """Files of one format."""

    reader: str
    files: tuple[str, ...]
    key: str = ""
    """For ``exists``: the key that then has the value ``yes``."""


@dataclass(frozen=True, slots=True)
class Unset:
    """What a product does where a key is not written."""

    key: str
    value: str
    since: str = ""
    """The first version that does so."""
    before: str = ""
    """The first version that no longer does so."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What it means when all of its conditions hold."""

    means: str
    all: Mapping[str, Any] = field(default_factory=dict)
    """Key to the words of which the last value in force is one; ``set``, ``unset``, and ``!word`` for any other than it."""
    any: Mapping[str, Any] = field(default_factory=dict)
    """The same, of any of the key's values."""
    since: str = ""
    before: str = ""
    why: str = ""
    """For a report: what is bad, or why it cannot be told."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One product."""

    id: str
    product: str
    kind: str
    source: str
    remedy: str
    group: str = ""
    programs: tuple[str, ...] = ()
    read: tuple[Part, ...] = ()
    secret: Mapping[str, Any] = field(default_factory=dict)
    versions: str = ""
    version_files: tuple[str, ...] = ()
    version_packages: tuple[str, ...] = ()
    unset: tuple[Unset, ...] = ()
    rules: tuple[Rule, ...] = ()
    otherwise: str = "open"
    otherwise_why: str = ""
    listen: tuple[tuple[str, ...], ...] = ()
    reach: tuple[Rule, ...] = ()
    open_schemes: tuple[str, ...] = ()
    login_schemes: tuple[str, ...] = ()
    same: Mapping[str, Any] = field(default_factory=dict)
    adds: tuple[str, ...] = ()
    each: bool = False
    alternatives: bool = False
    processes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    getopt: str = ""
    only_named: bool = False
    argument: str = ""
    command_lines: tuple[str, ...] = ()
    older_than_hours: int = 0
    fingerprints: tuple[str, ...] = ()

    @property
    def plain_keys(self) -> tuple[str, ...]:
        """Keys whose value may leave the target: those that conditions and addresses name, but for the secret ones."""
        keys = dict.fromkeys(self.same)
        for rule in (*self.rules, *self.reach):
            keys.update(dict.fromkeys((*rule.all, *rule.any)))
        for chain in self.listen:
            keys.update(dict.fromkeys(chain))
        return tuple(key for key in keys if key not in self.secret)


def entries_of(text: str) -> tuple[Entry, ...]:
    """The entries of a table's text; ``TableError`` with every fault."""
    faults: list[str] = []
    table = tomllib.loads(text)
    faults += [f"{key}: is not a part of the table" for key in table if key != "service"]
    made: list[Entry] = []
    for number, raw in enumerate(table.get("service", []), 1):
        place = f"entry {number} ({raw.get('id', 'without id')})"
        found = _made(Entry, raw, place, faults)
        if found is not None:
            faults += [f"{place}: {fault}" for fault in _faults(found)]
            made.append(found)
    ids = [one.id for one in made]
    faults += [f"{one}: there are two entries of this id" for one in sorted({one for one in ids if ids.count(one) > 1})]
    if faults:
        raise TableError("\n".join(faults))
    return tuple(made)


def _made(kind: Any, raw: Any, place: str, faults: list[str]) -> Any:
    """A dataclass of a TOML table, or None where it has a fault."""
    if not isinstance(raw, dict):
        faults.append(f"{place}: is no table")
        return None
    known = {one.name: one for one in fields(kind)}
    found = [f"{place}.{key}: is not a field" for key in raw if key not in known]
    required = [one.name for one in known.values() if one.default is MISSING and one.default_factory is MISSING]
    found += [f"{place}: has no {name}" for name in required if name not in raw]
    values = {}
    for name, value in raw.items():
        if name in known:
            values[name] = _value(known[name].type, value, f"{place}.{name}", found)
    faults += found
    return None if found else kind(**values)


def _value(kind: Any, value: Any, place: str, faults: list[str]) -> Any:
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            faults.append(f"{place}: is no list")
            return ()
        inner = get_args(kind)[0]
        return tuple(_value(inner, one, f"{place}[{index}]", faults) for index, one in enumerate(value))
    if kind in (Part, Unset, Rule):
        return _made(kind, value, place, faults)
    if get_origin(kind) is not None:
        return _words(value, place, faults)
    if type(value) is not kind:
        faults.append(f"{place}: is no {kind.__name__}")
    return value


def _words(value: Any, place: str, faults: list[str]) -> dict[str, tuple[str, ...]]:
    """A mapping of a name to one word or several."""
    if not isinstance(value, dict):
        faults.append(f"{place}: is no table")
        return {}
    told: dict[str, tuple[str, ...]] = {}
    for key, words in value.items():
        several = words if isinstance(words, list) else [words]
        if not all(isinstance(word, str) for word in several):
            faults.append(f"{place}.{key}: is neither a word nor a list of words")
        told[key] = tuple(several)
    return told


def _faults(entry: Entry) -> list[str]:
    """What is wrong with an entry whose fields have the right types."""
    found = []
    for name, value, among in (
        ("kind", entry.kind, KINDS),
        ("otherwise", entry.otherwise, MEANS),
        *(("read.reader", part.reader, READERS) for part in entry.read),
        *(("rules.means", rule.means, MEANS) for rule in entry.rules),
        *(("reach.means", rule.means, REACHES) for rule in entry.reach),
    ):
        if value not in among:
            found.append(f"{name} is {value!r}, not one of {', '.join(among)}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id):
        found.append("its id has other than lower-case letters, digits and single dashes")
    patterns = [one for part in entry.read for one in part.files] + list(entry.version_files)
    found += [f"{one!r} is no plain absolute path or pattern" for one in patterns if not _PATH.fullmatch(one)]
    found += [f"{one!r} is no program" for one in entry.programs if not (_NAME.fullmatch(one) or _PATH.fullmatch(one))]
    found += [f"{one!r} is no SHA-256 fingerprint" for one in entry.fingerprints if not _FINGERPRINT.fullmatch(one)]
    found += [f"{one!r} is no version" for one in _versions(entry) if not re.fullmatch(r"\d+(\.\d+)*", one)]
    if entry.kind == "config":
        if entry.group not in GROUPS:
            found.append(f"group is {entry.group!r}, not one of {', '.join(GROUPS)}")
        if not (entry.programs and entry.read):
            found.append("a config entry needs programs and read")
    elif entry.kind == "marker" and not (entry.programs and entry.read):
        found.append("a marker entry needs programs and read")
    elif entry.kind == "authorized_key" and not entry.fingerprints:
        found.append("an authorized_key entry needs fingerprints")
    if _versions(entry) and not (entry.version_files or entry.version_packages):
        found.append("it depends on the version, and says not where that is seen")
    if any(part.reader == "exists" and not part.key for part in entry.read if entry.kind == "config"):
        found.append("a part of the reader exists needs a key")
    return found


def _versions(entry: Entry) -> list[str]:
    ranged: tuple[Unset | Rule, ...] = (*entry.unset, *entry.rules, *entry.reach)
    return [version for one in ranged for version in (one.since, one.before) if version]


@cache
def service_defaults() -> Mapping[str, Entry]:
    """By id, in the order of the table."""
    text = shipped(__package__, _FILE)
    return {one.id: one for one in entries_of(text)}
