"""Services that ship open or with a published password: what their configuration says of it.

One script reads the files of every product of ``service_defaults.toml`` that is installed, and one awk program keeps the keys
that the table names (``service_script``, ``service_awk``). Where the daemon runs, its environment and its arguments come last and
override the files. Only processes with the same root directory count: those of containers have files of their own, and a
directory tree has none, even where it is looked into on a machine that runs the same program.

What an entry of the table says becomes a fact here: whether one has to log in, and whether other machines get that far
(``service_rules``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from collectors.collector import Fact, collector
from collectors.host.service_rules import Judgement, judged
from collectors.host.service_script import SERVICES
from collectors.host.service_table import Entry, service_defaults


@dataclass(frozen=True)
class Service(Fact):
    """One configured service of the table."""

    product: str = ""
    path: str = ""
    """The configuration file, the first of several; ``arguments`` where there is none."""
    login: bool | None = True
    """Whether whoever comes has to log in, with something that the vendor did not publish; None where that is not told."""
    default: bool = False
    """Whether a password in force is one that the vendor published."""
    network: tuple[str, ...] = ()
    """Where other machines reach it without a login, as configured; ``*`` is every address."""
    unclear: str = ""
    """Why it cannot be told; empty where it can."""
    why: str = ""
    """What the configuration says or leaves out, in words."""
    remedy: str = ""
    settings: tuple[str, ...] = ()
    """What was read, as ``key = value``."""

    @property
    def subject(self) -> str:
        """Product and configuration file."""
        return f"{self.product}: {self.path}"


class Database(Service):
    """A database, cache or search engine."""


class MessageBroker(Service):
    """A message broker."""


class WebConsole(Service):
    """A console that people administer something with, over the web."""


class ManagementInterface(Service):
    """An interface that programs manage a machine or a cluster with."""


@dataclass(frozen=True)
class FirstRunFile(Fact):
    """A password that a product wrote for its first administrator, still in its file."""

    product: str
    path: str
    old: bool = True
    """Whether it is older than the product itself would keep it."""
    unclear: str = ""
    remedy: str = ""

    @property
    def subject(self) -> str:
        """Product and file."""
        return f"{self.product}: {self.path}"


@dataclass
class _Said:
    """What was read of one entry in one file or of one process."""

    values: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def _by_place(text: str) -> dict[str, dict[str, _Said]]:
    """Entry to file to what it says."""
    told: dict[str, dict[str, _Said]] = {}
    for line in text.splitlines():
        place, entry, *rest = line.split("\t")
        if entry not in service_defaults() or (rest and len(rest) != 2):
            raise ValueError("not a line of the script")
        same = service_defaults()[entry].same
        said = told.setdefault(entry, {}).setdefault(place, _Said())
        if rest:
            key, value = rest
            if key.startswith("!"):
                said.faults.append(key[1:])
            else:
                said.values.setdefault(same.get(key, (key,))[0], []).append(value)
    return told


_Kind = TypeVar("_Kind", bound=Service)


def _services(text: str, group: str, kind: type[_Kind]) -> tuple[_Kind, ...]:
    made: dict[str, _Kind] = {}
    for name, places in _by_place(text).items():
        entry = service_defaults()[name]
        if entry.kind != "config" or entry.group != group:
            continue
        for path, said in _instances(entry, places):
            one = _judged(entry, said)
            fact = kind(
                product=entry.product,
                path=path,
                login=one.login,
                default=one.default,
                network=one.network,
                unclear=one.unclear,
                why=one.why,
                remedy=entry.remedy,
                settings=_settings(said),
            )
            number = 1
            while made.get(fact.subject, fact) != fact:
                number += 1
                fact = replace(fact, path=f"{path} ({number})")
            made[fact.subject] = fact
    return tuple(made.values())


def _settings(said: _Said) -> tuple[str, ...]:
    return tuple(
        f"{key} = {', '.join(values) or 'empty'}" for key, values in sorted(said.values.items()) if key[0] != "@"
    )


def _instances(entry: Entry, places: dict[str, _Said]) -> list[tuple[str, _Said]]:
    """One for each process; where none runs, one for each file, or one for all of them."""
    shared = [said for said in places.values() if set(said.values) == {"@version"} or "closed" in said.faults]
    rest = {path: said for path, said in places.items() if not any(said is one for one in shared)}
    files = {path: said for path, said in rest.items() if not path.startswith(("pid:", "env:"))}
    running = [path for path in rest if path.startswith("pid:")]
    if running:
        return [
            _running(entry, rest[path], rest.get(path.replace("pid:", "env:"), _Said()), files, shared)
            for path in running
        ]
    if entry.each and files:
        return [(path, _together(entry, [*shared, said])) for path, said in files.items()]
    if entry.alternatives and len(files) > 1:
        shared.append(_Said(faults=["which of several files is in force"]))
    if files or any(said.faults for said in shared):
        return [(next(iter(files), next(iter(places))), _together(entry, [*shared, *files.values()]))]
    return []


def _running(
    entry: Entry, arguments: _Said, environment: _Said, files: dict[str, _Said], shared: list[_Said]
) -> tuple[str, _Said]:
    """A process with the files that it has read: those that its arguments name, or the usual ones."""
    named = arguments.values.get("@config", [])
    read = {path: said for path, said in files.items() if any(_beneath(path, one) for one in named)}
    unread = [one for one in named if not any(_beneath(path, one) for path in read)]
    if named and not entry.alternatives:
        # What the named file includes lies beside it.
        folders = tuple(f"{path.rpartition('/')[0]}/" for path in read)
        read = {path: said for path, said in files.items() if folders and path.startswith(folders)}
    elif not named and not entry.only_named and not entry.each:
        read = files
    whole = _together(entry, [*shared, *read.values()])
    for said in (environment, arguments):
        whole.values.update(said.values)
        whole.faults += said.faults
    whole.values["@process"] = ["yes"]
    whole.faults += ["a configuration file that was not read"] if unread else []
    return next(iter(read), "arguments"), whole


def _beneath(path: str, named: str) -> bool:
    return path == named or path.startswith(f"{named.rstrip('/')}/")


def _together(entry: Entry, parts: Iterable[_Said]) -> _Said:
    """Several files as one: what a later one says takes the place of what an earlier one said, or adds to it."""
    whole = _Said()
    for part in parts:
        whole.faults += part.faults
        for key, values in part.values.items():
            before = whole.values.get(key, []) if key in entry.adds else []
            whole.values[key] = [*before, *values]
    return whole


_UNREAD = {"denied": "not readable", "closed": "in a folder that may not be looked into"}


def _judged(entry: Entry, said: _Said) -> Judgement:
    """What the rules make of it, where all of it was read and understood."""
    if said.faults:
        told = "; ".join(dict.fromkeys(_UNREAD.get(one) or f"not understood: {one}" for one in said.faults))
        return Judgement(login=None, unclear=f"its configuration is {told}")
    return judged(entry, said.values)


@collector(SERVICES)
def logins_of_databases(text: str) -> tuple[Database, ...]:
    """Databases, caches and search engines of the table."""
    return _services(text, "database", Database)


@collector(SERVICES)
def message_brokers(text: str) -> tuple[MessageBroker, ...]:
    """Message brokers of the table."""
    return _services(text, "broker", MessageBroker)


@collector(SERVICES)
def web_consoles(text: str) -> tuple[WebConsole, ...]:
    """Web consoles of the table."""
    return _services(text, "console", WebConsole)


@collector(SERVICES)
def management_interfaces(text: str) -> tuple[ManagementInterface, ...]:
    """Management interfaces of the table."""
    return _services(text, "management", ManagementInterface)


@collector(SERVICES)
def first_run_files(text: str) -> tuple[FirstRunFile, ...]:
    """Files of a first run that are still there."""
    found = []
    for name, places in _by_place(text).items():
        entry = service_defaults()[name]
        if entry.kind == "marker":
            for path, said in places.items():
                unclear = "it may not be looked for" if said.faults else ""
                found.append(
                    FirstRunFile(entry.product, path, said.values.get("marker") == ["old"], unclear, entry.remedy)
                )
    return tuple(found)
