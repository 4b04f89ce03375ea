"""Services that ship open or with a published password: what their configuration says of it.

One script reads the files of every product of ``service_defaults.toml`` that is installed, and one awk program keeps the keys
that the table names (``service_awk``). Where the daemon runs, its environment and its arguments come last and override the
files. Only processes
with the same root directory count: those of containers have files of their own, and a directory tree has none, even where it
is looked into on a machine that runs the same program.

What an entry of the table says becomes a fact here: whether one has to log in, and whether other machines get that far.
"""

import ipaddress
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from collectors.collector import Fact, collector
from collectors.host.service_awk import program
from collectors.host.service_table import Entry, Rule, Unset, service_defaults
from collectors.sources import KIB, Command

_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_LOCAL_NAMES = {"localhost", "_local_", "ip6-localhost", "localhost.localdomain", "localhost4", "localhost6"}
_EVERYWHERE = {"", "*", "0", "+", "_site_", "_global_"}

_FUNCTIONS = r"""
newline="
"
list= running= said= some=
found() { for one; do if [ -e "$one" ]; then return 0; fi; done; return 1; }
say() { printf "%s\t%s\t%s\t%s\n" "$1" "$entry" "$2" "$3"; }
way() {
  need=$1; shift
  for place; do
    if [ -d "$place" ] && { [ ! -x "$place" ] || { [ "$need" = r ] && [ ! -r "$place" ]; }; }; then say "$place" "!closed"; fi
  done
}
part() {
  list="$list${newline}E=$entry${newline}R=$1"; shift
  for place; do
    if [ -f "$place" ]; then
      if [ ! -r "$place" ]; then say "$place" "!denied"; continue; fi
      case $place in *"$newline"*) say "" "!a name of two lines"; continue;; esac
      list="$list$newline$place" some=1
    elif [ -L "$place" ] && [ ! -e "$place" ]; then
      case $(ls -L "$place" 2>&1) in *ermission*) say "$place" "!denied";; esac
    fi
  done
}
exists() { key=$1; shift; for place; do if [ -e "$place" ]; then say "$place" "$key" yes; fi; done; }
older() {
  minutes=$1; shift
  for place; do
    [ -f "$place" ] || continue
    late=$place
    [ "$minutes" = 0 ] || late=$(find "$place" -prune -mmin "+$minutes") || say "$place" "!its age"
    if [ "$late" ]; then say "$place" marker old; else say "$place" marker new; fi
  done
}
versions() { for place; do if [ -e "$place" ]; then say "$place" @version "${place##*/}"; fi; done; }
"""

_PROCESSES = r"""
if [ "$running" ]; then
  for place in /proc/[0-9]*; do
    { read -r name <"$place/comm"; } 2>/dev/null || continue
    case "$running " in *" $name="*|*" $name:"*) ;; *) continue;; esac
    { words=$(tr "\000\t" "\n " <"$place/cmdline"); } 2>/dev/null || continue
    [ "$words" ] || continue
    entry=
    for one in $running; do
      wanted=${one%%=*}
      [ "${wanted%%:*}" = "$name" ] || continue
      case $wanted in *:*) case $words in *"${wanted#*:}"*) ;; *) continue;; esac;; esac
      entry=${one#*=}
    done
    [ "$entry" ] || continue
    if [ ! -e "$place/root/." ]; then say "pid:${place#/proc/}" "!denied"; continue; fi
    [ "$place/root" -ef / ] || continue
    { around=$(tr "\000\t" "\n " <"$place/environ"); } 2>/dev/null || { say "pid:${place#/proc/}" "!denied"; continue; }
    set -f; IFS=$newline
    line="$entry	pid:${place#/proc/}"
    said="$said$line	$newline"
    for word in $around; do said="$said$line	environment $word$newline"; done
    for word in $words; do said="$said$line	$word$newline"; done
    set +f; unset IFS
  done
fi
[ -z "$said" ] || list="$list${newline}R=process$newline-"
"""

_END = r"""
[ "$some$said" ] || exit 0
set -f; IFS=$newline
set -- $list
unset IFS
printf "%s" "$said" | awk "$reduce" "$@"
"""


def script(root: str = "") -> str:
    """The shell script for the table; below ``root`` no process is looked at."""
    entries = tuple(one for one in service_defaults().values() if one.kind != "authorized_key")
    blocks = "".join(_block(one, root) for one in entries)
    return "\n".join(
        [
            f"reduce={shlex.quote(program(entries))}",
            _FUNCTIONS,
            blocks,
            "" if root else _PROCESSES,
            _END,
        ]
    )


def _block(entry: Entry, root: str) -> str:
    """What is done for one product, where it is installed."""
    programs = [
        f"{root}{place}"
        for name in entry.programs
        for place in ([name] if name.startswith("/") else [f"{folder}/{name}" for folder in _FOLDERS])
    ]
    patterns = [one for part in entry.read for one in part.files]
    search, look = _ways(patterns)
    lines = [f"if found {_quoted(programs)}; then", f"entry={entry.id}"]
    lines += [f"way x {_quoted(root + one for one in search)}"] if search else []
    lines += [f"way r {_quoted(root + one for one in look)}"] if look else []
    for part in entry.read:
        files = _quoted(root + one for one in part.files)
        if entry.kind == "marker":
            lines.append(f"older {60 * entry.older_than_hours} {files}")
        elif part.reader == "exists":
            lines.append(f"exists {part.key} {files}")
        else:
            lines.append(f"part {part.reader} {files}")
    if entry.version_files:
        lines.append(f"versions {_quoted(root + one for one in entry.version_files)}")
    if entry.version_packages:
        lines.append(f"part dpkg {root}/var/lib/dpkg/status")
    for named in entry.processes:
        name, mark, word = named.partition(":")
        lines.append(f'running="$running {name[:15]}{mark}{word}={entry.id}"')
    return "\n".join([*lines, "fi\n"])


def _quoted(patterns: Iterable[str]) -> str:
    """Patterns as they stand: none has a character that a shell would take for more than a pattern."""
    return " ".join(patterns)


def _ways(patterns: list[str]) -> tuple[list[str], list[str]]:
    """The folders on the way that must be searched, and those that must also be listed."""
    search: dict[str, None] = {}
    look: dict[str, None] = {}
    for pattern in patterns:
        parts = pattern.split("/")[1:]
        for depth in range(1, len(parts)):
            place = "/" + "/".join(parts[:depth])
            (look if any(mark in parts[depth] for mark in "*?[") else search)[place] = None
    return list(search), list(look)


SERVICES = Command(shlex.join(["sh", "-c", script()]), name="defaults of services", limit=256 * KIB, reads_only=True)


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
        said = told.setdefault(entry, {}).setdefault(place, _Said())
        if rest:
            key, value = rest
            if key.startswith("!"):
                said.faults.append(key[1:])
            else:
                said.values.setdefault(key, []).append(value)
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
    files = {path: said for path, said in rest.items() if not path.startswith("pid:")}
    running = [said for path, said in rest.items() if path.startswith("pid:")]
    if running:
        return [_running(entry, one, files, shared) for one in running]
    if entry.each and files:
        return [(path, _together([*shared, said])) for path, said in files.items()]
    if files or any(said.faults for said in shared):
        return [(next(iter(files), next(iter(places))), _together([*shared, *files.values()]))]
    return []


def _running(entry: Entry, process: _Said, files: dict[str, _Said], shared: list[_Said]) -> tuple[str, _Said]:
    """A process with the files that it has read: those that its arguments name, or the usual ones."""
    process.values["@process"] = ["yes"]
    named = process.values.get("@config", [])
    read = {
        path: said
        for path, said in files.items()
        if any(path == one or path.startswith(f"{one.rstrip('/')}/") for one in named)
    }
    if any(one not in read and not any(path.startswith(f"{one.rstrip('/')}/") for path in read) for one in named):
        process.faults.append("a configuration file that was not read")
    if named:
        # What the named file includes lies beside it.
        folders = tuple(f"{path.rpartition('/')[0]}/" for path in read)
        read = {path: said for path, said in files.items() if path in read or (folders and path.startswith(folders))}
    elif not entry.only_named and not entry.each:
        read = files
    return next(iter(read), "arguments"), _together([*shared, *read.values(), process])


def _together(parts: list[_Said]) -> _Said:
    whole = _Said()
    for part in parts:
        whole.faults += part.faults
        for key, values in part.values.items():
            whole.values[key] = [*whole.values.get(key, []), *values]
    return whole


_UNREAD = {"denied": "not readable", "closed": "in a folder that may not be looked into"}


def _judged(entry: Entry, said: _Said) -> Service:
    """What an entry's rules make of what was read."""
    if said.faults:
        told = "; ".join(dict.fromkeys(_UNREAD.get(one) or f"not understood: {one}" for one in said.faults))
        return Service(login=None, unclear=f"its configuration is {told}")
    version = _version(said.values.get("@version", []))
    values: dict[str, list[str]] = {}
    for key, words in said.values.items():
        values.setdefault(entry.same[key][0] if key in entry.same else key, []).extend(words)
    for key in dict.fromkeys(one.key for one in entry.unset):
        if key not in values:
            values[key] = _default([one for one in entry.unset if one.key == key], version)
    means, why = entry.otherwise, entry.otherwise_why
    for rule in entry.rules:
        holds = _holds(rule, values, version)
        if holds is None:
            return Service(login=None, unclear=_doubt(rule, values))
        if holds:
            means, why = rule.means, rule.why
            break
    if means == "default":
        return Service(login=False, default=True, why=why)
    return _reached(entry, values, version, means, why)


def _reached(entry: Entry, values: dict[str, list[str]], version: tuple[int, ...], means: str, why: str) -> Service:
    """Who gets to a service that asks, or not, as its rules say."""
    network, local, doubt = [], [], False
    for address in _addresses(entry, values, version):
        state = _asks(entry, address, means)
        beyond = _beyond(address)
        if state == "login":
            continue
        if beyond is False:
            local.append(state)
        elif beyond and state == "open":
            network.append(address or "*")
        else:
            doubt = True
    if network:
        return Service(login=False, network=tuple(network), why=why)
    if doubt and means == "unclear":
        return Service(login=None, unclear=why)
    if doubt:
        return Service(login=None, unclear="it asks for no login, and the configuration does not tell who can reach it")
    return Service(login=(None if "unclear" in local else False) if local else True, why=why)


def _asks(entry: Entry, address: str, means: str) -> str:
    """What whoever comes to this address meets; its scheme may settle it."""
    scheme = address.partition("://")[0] if "://" in address else ""
    if scheme in entry.open_schemes:
        return "open"
    return "login" if scheme in entry.login_schemes else means


def _doubt(rule: Rule, values: dict[str, list[str]]) -> str:
    asked = [key for key in (*rule.all, *rule.any) if "?" in values.get(key, [])]
    if asked:
        return f"what {asked[0]} means was not understood, or depends on a version that was not seen"
    return "it depends on a version that was not seen"


def _version(told: list[str]) -> tuple[int, ...]:
    """The lowest of those that were seen: of two installed ones it is not known which runs."""
    found = []
    for one in told:
        number = re.match(r"(?:\d+:)?(\d+(?:\.\d+)*)", one) or re.search(r"-(\d+(?:\.\d+)*)", one)
        if number:
            found.append(_number(number.group(1)))
    return min(found, default=())


def _within(since: str, before: str, version: tuple[int, ...]) -> bool | None:
    if not since and not before:
        return True
    if not version:
        return None
    return (not since or version >= _number(since)) and (not before or version < _number(before))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _default(means: list[Unset], version: tuple[int, ...]) -> list[str]:
    """What an unset key means in this version; ``?`` where the version decides and was not seen."""
    for one in means:
        within = _within(one.since, one.before, version)
        if within is None:
            return ["?"]
        if within:
            return [one.value]
    return []


def _holds(rule: Rule, values: dict[str, list[str]], version: tuple[int, ...]) -> bool | None:
    """Whether all conditions hold; None where that was not understood."""
    told: list[bool | None] = [_within(rule.since, rule.before, version)]
    told += [_matches(words, values.get(key, [])[-1:]) for key, words in rule.all.items()]
    told += [_matches(words, values.get(key, [])) for key, words in rule.any.items()]
    if False in told:
        return False
    return None if None in told else True


def _matches(words: tuple[str, ...], values: list[str]) -> bool | None:
    if not values:
        return "unset" in words
    found = False
    for value in values:
        for word in words:
            if word == "set":
                found = found or value not in ("", "empty", "published")
            elif word.startswith("!"):
                found = found or (value not in ("", "?") and value.lower() != word[1:].lower())
            else:
                found = found or value.lower() == word.lower()
    return None if not found and "?" in values else found


def _addresses(entry: Entry, values: dict[str, list[str]], version: tuple[int, ...]) -> list[str]:
    """Every address that is listened on: of each chain of keys, what the first that is set says. ``?`` is any."""
    for rule in entry.reach:
        holds = _holds(rule, values, version)
        if holds is None:
            return ["?"]
        if holds:
            return {"nowhere": ["/"], "loopback": ["127.0.0.1"], "everywhere": ["*"]}[rule.means]
    found = []
    for chain in entry.listen:
        for key in chain:
            if values.get(key):
                found += [word.strip() for value in values[key] for word in value.split(",")]
                break
    return list(dict.fromkeys(found)) or ["?" if entry.listen else "*"]


def _beyond(address: str) -> bool | None:
    """Whether other machines reach an address; None where it is a name, or was not understood."""
    rest = address.partition("://")[2] if "://" in address else address
    port = re.fullmatch(r"(\d+)(?: +(\S+))?", rest)
    if port:  # a listener of Mosquitto, or a port alone
        rest = port.group(2) or ("/" if port.group(1) == "0" else "*")
        if rest.startswith("/"):
            return False
    if rest.startswith(("/", "unix:")):
        return False
    rest = rest.partition("/")[0]
    named = re.fullmatch(r"\[([^\]]*)\](?::\d+)?|([^:]*)(?::\d*)?|([0-9a-fA-F:.]*)", rest)
    if not named:
        return None
    host = next((one for one in named.groups() if one is not None), "").lower()
    if host in _EVERYWHERE:
        return True
    if host in _LOCAL_NAMES:
        return False
    try:
        named_address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = named_address.ipv4_mapped if isinstance(named_address, ipaddress.IPv6Address) else None
    return not (mapped or named_address).is_loopback


@collector(SERVICES)
def databases(text: str) -> tuple[Database, ...]:
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
