"""rsyslog: where messages about logins are written, and whether they are sent to another host."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Command

# Of quoted values only those leave the target that say where messages go; database passwords, customers' tokens in
# templates and the arguments of other output modules do not.
_SCRIPT = r"""
if [ -d /etc/rsyslog.d ] && [ ! -r /etc/rsyslog.d ]; then echo "/etc/rsyslog.d: Permission denied" >&2; exit 1; fi
set --
for path in /etc/rsyslog.conf /etc/rsyslog.d/*.conf; do if [ -f "$path" ]; then set -- "$@" "$path"; fi; done
if [ $# -eq 0 ]; then exit 0; fi
exec awk '
  function bare(text) {
    gsub(/"[^"]*"/, "\001", text); sub(/".*/, "", text); gsub(/\001/, "\"\"", text)
    gsub(/\047[^\047]*\047/, "\"\"", text); return text
  }
  FNR == 1 { print "file " FILENAME }
  /^[ \t]*#/ || !NF || (/^[ \t]*\$/ && tolower($1) != "$includeconfig") { next }
  {
    line = $0; out = ""
    if (line !~ /:om(usrmsg|relp|fwd):/) { sub(/:om[a-z0-9]+:.*/, ":other:", line) }
    sub(/[ \t]>.*/, " :other:", line)
    while (match(line, /[A-Za-z0-9_.]+[ \t]*=[ \t]*"[^"]*"/)) {
      piece = substr(line, RSTART, RLENGTH); key = tolower(piece); sub(/[ \t]*=.*/, "", key)
      if (key !~ /^(type|target|file|load|protocol)$/) { sub(/=.*/, "=\"\"", piece) }
      out = out bare(substr(line, 1, RSTART - 1)) piece
      line = substr(line, RSTART + RLENGTH)
    }
    print "line " out bare(line)
  }' "$@"
"""

_SELECTOR = re.compile(r"^([a-z0-9*,]+\.[!=]*[a-z0-9*]+(?:;[a-z0-9*,]+\.[!=]*[a-z0-9*]+)*)\s+(.*)$", re.IGNORECASE)
_ACTION = re.compile(r"\baction\s*\(([^)]*)\)", re.IGNORECASE)
_VALUE = re.compile(r'([A-Za-z0-9_.]+)\s*=\s*"([^"]*)"')
_HERE = re.compile(r"^(127\.|localhost|::1$|0\.0\.0\.0$|$)", re.IGNORECASE)
_WHOLE = frozenset({"*", "debug", "info"})
"""Priorities from which on the messages of every login are there."""


@dataclass(frozen=True)
class Rsyslog(Fact):
    """What rsyslog does with messages of the facilities auth and authpriv."""

    files: tuple[str, ...] = ()
    """Files that get all of them."""
    hosts: tuple[str, ...] = ()
    """Other hosts that get all of them."""
    hosts_of_some: tuple[str, ...] = ()
    """Other hosts that get messages which a condition chooses that is not understood here."""
    unseen: tuple[str, ...] = ()
    """Includes of files elsewhere, which were not read."""


@collector(Command(shlex.join(["sh", "-c", _SCRIPT]), name="rsyslog configuration", needs="rsyslogd"))
def rsyslog(listing: str) -> Rsyslog:
    """Both syntaxes: ``selector action`` with ``@`` and ``@@`` (rsyslog.conf(5)), and RainerScript's ``action(...)``."""
    files: dict[str, list[str]] = {}
    for line in listing.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "file":
            files[rest] = []
        elif kind == "line":
            files[list(files)[-1]].append(re.sub(r"\s#.*$", "", rest).strip())
        else:
            raise ValueError("a line that the script does not print")
    unseen: list[str] = []
    lines = _with_includes("/etc/rsyslog.conf", files, unseen)
    kept, hosts, some = _actions(_statements(lines))
    return Rsyslog(tuple(kept), tuple(hosts), tuple(some), tuple(unseen))


def _with_includes(path: str, files: Mapping[str, list[str]], unseen: list[str]) -> list[str]:
    lines = []
    for line in files.get(path, []):
        found = re.match(r'^(?:\$IncludeConfig\s+(\S+)|include\s*\(.*file="([^"]+)")', line, re.IGNORECASE)
        place = (found.group(1) or found.group(2)).rstrip("/") if found else ""
        if not found:
            lines.append(line)
        elif place in {"/etc/rsyslog.d/*.conf", "/etc/rsyslog.d"}:
            for inner in sorted(one for one in files if one.startswith("/etc/rsyslog.d/")):
                lines += _with_includes(inner, files, unseen)
        else:
            unseen.append(place)
    return lines


def _statements(lines: list[str]) -> list[str]:
    """Lines, those of one pair of parentheses joined."""
    joined: list[str] = []
    for line in lines:
        if joined and joined[-1].count("(") > joined[-1].count(")"):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _actions(statements: list[str]) -> tuple[list[str], list[str], list[str]]:
    """Files with all messages about logins, hosts with all, hosts with some."""
    kept: list[str] = []
    hosts: list[str] = []
    some: list[str] = []
    depth = 0
    whole = False
    for statement in statements:
        selected = _SELECTOR.match(statement)
        rest = selected.group(2) if selected else statement
        if selected:
            whole = _takes_logins(selected.group(1)) and depth == 0
        elif statement.startswith("&"):
            rest = statement[1:].strip()
        else:
            whole = depth == 0 and statement.lower().startswith("action")
        if whole and rest in {"stop", "~"} and not statement.startswith("&"):
            break
        file, host = _outcome(rest)
        if file and whole:
            kept.append(file)
        if host and not _HERE.match(host):
            (hosts if whole else some if not selected else []).append(host)
        depth += statement.count("{") - statement.count("}")
    return kept, hosts, some


def _takes_logins(selector: str) -> bool:
    """Whether auth or authpriv is selected from ``info`` on; of several parts the last that names a facility decides."""
    level = {"auth": "none", "authpriv": "none"}
    for part in selector.lower().split(";"):
        facilities, _, priority = part.partition(".")
        for name in level:
            if name in facilities.split(",") or "*" in facilities.split(","):
                level[name] = priority
    return any(priority in _WHOLE for priority in level.values())


def _outcome(action: str) -> tuple[str, str]:
    """File and host of an action, each empty where it has none."""
    if found := _ACTION.search(action):
        values = {name.lower(): value for name, value in _VALUE.findall(found.group(1))}
        match values.get("type", "").lower():
            case "omfile":
                return values.get("file", ""), ""
            case "omfwd" | "omrelp":
                listed = re.search(r"target\s*=\s*\[", found.group(1), re.IGNORECASE)
                return "", "several hosts" if listed else values.get("target", "")
        return "", ""
    if found := re.match(r"^(?:@@?(?:\([^)]*\))?|:omrelp:)(\[[^\]]+\]|[^:;\s]+)", action):
        return "", found.group(1).strip("[]")
    if found := re.match(r"^-?(/[^\s;]+)", action):
        return found.group(1), ""
    if found := re.search(r"@@?(?:\([^)]*\))?([A-Za-z0-9][^:;\s]*)", action):
        return "", found.group(1)
    return "", ""
