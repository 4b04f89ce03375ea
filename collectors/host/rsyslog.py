"""rsyslog: where messages about logins are written, and where messages are sent."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt

# One line of output a statement, comments gone. Quoted text and what stands in parentheses stay on the target, but for the
# parameters of an allow list; so do the arguments of output modules and of directives. Database passwords are among these.
_AWK = r"""
function in_condition() { return text ~ /^([ \t{}]|else)*if[ \t($]/ }
function in_statement() { return text != "" || depth || quote != "" || comment }
function quoted(   key) {
  if (!depth) text = text "\"\""
  else {
    if (quote == "\"" && match(tail, /[A-Za-z0-9_.]+[ \t]*=[ \t]*(\[[" \t,]*)?$/)) {
      key = tolower(substr(tail, RSTART)); sub(/[ \t]*=.*/, "", key)
      if (key ~ /^(type|target|protocol|streamdriver|streamdriver\.name|streamdrivermode|streamdriver\.mode|tls|file|defaultnetstreamdriver)$/)
        text = text " " key "=\"" value "\""
    }
    tail = tail "\"\""
  }
  quote = ""
}
function stated() {
  sub(/[ \t]+$/, "", text)
  if (in_condition()) sub(/>[^,]*,.*/, ":other:", text); else sub(/(^|[ \t&])>.*/, " :other:", text)
  sub(/:omrelp:/, "\001", text); sub(/:om[a-z0-9]+:.*/, ":other:", text); sub(/\001/, ":omrelp:", text)
  if (text != "") out(text)
  text = ""
}
FNR == 1 {
  if (in_statement()) print last "\tunfinished"
  text = tail = quote = ""; depth = comment = directive = 0; last = FILENAME
}
{ sub(/\r$/, "") }
directive { directive = /\\$/; next }
!in_statement() && /^[ \t]*\$/ {
  if (tolower($1) ~ /^\$(includeconfig|actionsendstreamdrivermode|actionsendstreamdriver|defaultnetstreamdriver)$/) out(tolower($1) " " $2)
  directive = /\\$/; next
}
{
  before = " "
  for (at = 1; at <= length($0); at++) {
    c = substr($0, at, 1); two = substr($0, at, 2)
    if (comment) { if (two == "*/") { comment = 0; at++; c = " " } }
    else if (quote != "") {
      if (c == "\\") { value = value two; at++ } else if (c == quote) quoted(); else value = value c
    }
    else if (c == "#" && (depth || before ~ /[ \t]/)) break
    else if (two == "/*" && (depth || before ~ /[ \t]/)) { comment = 1; at++ }
    else if (c ~ /["\047`]/) { quote = c; value = "" }
    else if (c == "(") { if (depth++) tail = tail c; else { text = text c; tail = "" } }
    else if (c == ")" && depth) { if (--depth) tail = tail c; else text = text c }
    else if (depth) tail = tail c
    else if (c !~ /[ \t]/ || text !~ /(^|[;,])$/) text = text c
    before = c
  }
  if (quote != "") value = value " "
  else if (depth) tail = tail " "
  else if (comment) text = text (text == "" ? "" : " ")
  else if (sub(/[ \t]*\\$/, "", text)) text = text (text ~ /[;,]$/ ? "" : " ")
  else if (text ~ /(^|[ \t}])else[ \t]*$/ || (in_condition() && text !~ /[ \t)"]then[ \t]*([{]|[ \t][^ \t])/)) text = text " "
  else stated()
}
END { if (in_statement()) print last "\tunfinished" }
"""

_STRING = r'"(?:[^"\\]|\\.)*"'
_PARENTHESES = rf'\(((?:[^"()]|{_STRING})*)\)'
_PIECE = re.compile(rf"[{{}}]|(?:[^{{}}(]|{_PARENTHESES})+")
_OBJECT = re.compile(rf"\b(action|global|include)\s*{_PARENTHESES}", re.IGNORECASE)
_VALUE = re.compile(rf"([a-z.]+)=({_STRING})")
_SELECTOR = re.compile(
    r"^([a-z0-9*,]+\.[!=]*[a-z0-9*]+(?:;[a-z0-9*,]+\.[!=]*[a-z0-9*]+)*;?)(?:\s+(.*))?$", re.IGNORECASE
)
_CONDITION = re.compile(r'^(?:(?:else\b\s*)?if\b.*?\bthen\b|then\b|else\b|:[^,]*,[^,]*,\s*"")\s*(.*)$', re.IGNORECASE)
_TO_HOST = re.compile(r"(@@?|:omrelp:)(?:\([^)]*\))?(?:\[([^\]]+)\]|([^:@;\s\[\]]+))(?:[:;\s].*)?")
_LOGINS = frozenset({"auth", "authpriv"})
_WHOLE = frozenset({"*", "debug", "info"})
"""Priorities from which on the messages of every login are there."""

_Chosen = frozenset[str] | None
"""Which facilities of those about logins come by a place; None where a condition decides that is not understood here."""


@dataclass(frozen=True)
class LogForward(Fact):
    """One place that rsyslog sends to."""

    target: str
    """Host name or address."""
    protocol: str = "udp"
    """``udp``, ``tcp`` or ``relp``."""
    encrypted: bool = False
    """Whether TLS is required on the way there."""

    @property
    def subject(self) -> str:
        """Where the logs go."""
        return f"{self.target} by {self.protocol}"

    @property
    def local(self) -> bool:
        """Whether it stays on this machine."""
        name = self.target.lower()
        return name in ("", "localhost", "::1", "0.0.0.0") or name.startswith(("127.", "localhost."))  # noqa: S104 - compared


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


_CONFIGURATION = excerpt("rsyslog configuration", "/etc/rsyslog.conf", "/etc/rsyslog.d/*", awk=_AWK, needs="rsyslogd")


@collector(_CONFIGURATION)
def rsyslog(text: str) -> Rsyslog:
    """``selector action`` (rsyslog.conf(5)) as well as RainerScript's ``action(...)``, in blocks or not."""
    unseen: list[str] = []
    files: list[str] = []
    hosts: list[str] = []
    some: list[str] = []
    for chosen, outcome in _outcomes(list(_unfolded("/etc/rsyslog.conf", by_file(text), unseen))):
        if isinstance(outcome, LogForward):
            if not outcome.local and chosen != frozenset():
                (some if chosen is None else hosts).append(outcome.target)
        elif chosen:
            files.append(outcome)
    return Rsyslog(tuple(files), tuple(hosts), tuple(some), tuple(unseen))


@collector(_CONFIGURATION)
def log_forwards(text: str) -> tuple[LogForward, ...]:
    """rsyslog.conf(5): ``@host`` is UDP, ``@@host`` TCP, encrypted when ``$ActionSendStreamDriverMode 1`` and a TLS driver
    stand before it; ``omfwd`` needs ``StreamDriverMode`` and a driver, its own or the global one; ``omrelp`` has ``tls``.
    """
    unseen: list[str] = []
    statements = list(_unfolded("/etc/rsyslog.conf", by_file(text), unseen))
    if unseen:
        raise LookupError("an include that was not read")
    return tuple(dict.fromkeys(one for _, one in _outcomes(statements) if isinstance(one, LogForward)))


def encrypts(driver: str) -> bool:
    """Whether a network stream driver speaks TLS: GnuTLS, OpenSSL, mbed TLS; ``ptcp`` is plain."""
    return driver.lower() in ("gtls", "ossl", "mbedtls")


def _unfolded(path: str, files: Mapping[str, list[str]], unseen: list[str], depth: int = 0) -> Iterator[str]:
    """Statements in the order of rsyslogd, included files at their place."""
    if depth > 5:
        raise RecursionError("includes in a circle")
    for line in files.get(path, []):
        found = _OBJECT.search(line)
        if line.startswith("$includeconfig "):
            wanted = line.split(None, 1)[1]
        elif found and found.group(1).lower() == "include":
            wanted = _parameters(found.group(2)).get("file", [""])[0] if found.group(0) == line else ""
        else:
            yield line
            continue
        folder, _, name = wanted.rpartition("/")
        if wanted == "/etc/rsyslog.d":
            folder, name = wanted, ""
        if folder != "/etc/rsyslog.d" or "{" in name:
            unseen.append(wanted or "include")
            continue
        for one in sorted(files):
            if fnmatchcase(one, f"{folder}/{name or '*'}"):
                yield from _unfolded(one, files, unseen, depth + 1)


def _outcomes(statements: list[str]) -> Iterator[tuple[_Chosen, str | LogForward]]:
    """What comes by, and the file or the host it goes to."""
    driver = _global_driver(statements)
    legacy = {"$actionsendstreamdrivermode": "0", "$actionsendstreamdriver": driver}
    blocks: list[_Chosen] = []
    gone: frozenset[str] = frozenset()
    chosen: _Chosen = _LOGINS
    for statement in statements:
        if statement == "unfinished":
            raise ValueError("a statement that does not end")
        if statement.startswith("$"):
            name, _, value = statement.partition(" ")
            legacy[name] = value
            continue
        for piece in _PIECE.finditer(statement):
            part = piece.group().strip()
            if part == "{":
                blocks.append(chosen)
            elif part == "}":
                chosen = blocks.pop()
            elif part:
                chosen, rest = _chosen(part, chosen, blocks[-1] if blocks else _LOGINS)
                left = chosen - gone if chosen is not None else None if _LOGINS - gone else gone - gone
                for outcome in _done(rest, driver, legacy):
                    yield left, outcome
                if rest.split()[-1:] in (["stop"], ["~"]):
                    gone |= chosen or frozenset()
    if blocks:
        raise ValueError("a brace that is not closed")


def _global_driver(statements: list[str]) -> str:
    driver = ""
    for statement in statements:
        if statement.startswith("$defaultnetstreamdriver "):
            driver = statement.split()[1]
        for found in _OBJECT.finditer(statement):
            if found.group(1).lower() == "global":
                driver = _parameters(found.group(2)).get("defaultnetstreamdriver", [driver])[-1]
    return driver


def _chosen(part: str, before: _Chosen, around: _Chosen) -> tuple[_Chosen, str]:
    """What comes by an action, and the action: ``&`` goes on with what the statement before it chose."""
    if part.startswith("&"):
        return before, part[1:].strip()
    if selected := _SELECTOR.match(part):
        own = _selected(selected.group(1))
        return (own & around if around is not None else None if own else own), (selected.group(2) or "").strip()
    if conditional := _CONDITION.match(part):
        return None, conditional.group(1)
    plain = part.lower().startswith(("action", "stop", "~", "@", "/", "-/", ":omrelp:"))
    return (around if plain else None), part


def _selected(selector: str) -> frozenset[str]:
    """Facilities about logins that are taken from ``info`` on; of several parts the last that names a facility decides."""
    level = dict.fromkeys(_LOGINS, "none")
    for part in selector.lower().rstrip(";").split(";"):
        facilities, _, priority = part.partition(".")
        for name in level:
            if name in facilities.split(",") or "*" in facilities.split(","):
                level[name] = priority
    return frozenset(name for name, priority in level.items() if priority in _WHOLE)


def _done(action: str, driver: str, legacy: Mapping[str, str]) -> Iterator[str | LogForward]:
    """The files and hosts of an action; there are none where it does something else."""
    for found in _OBJECT.finditer(action):
        if found.group(1).lower() == "action":
            yield from _of_object(_parameters(found.group(2)), driver)
    if action.startswith(("@", ":omrelp:")):
        parsed = _TO_HOST.fullmatch(action)
        if not parsed:
            raise ValueError("not a place to forward to")
        protocol = {"@": "udp", "@@": "tcp", ":omrelp:": "relp"}[parsed.group(1)]
        secured = legacy["$actionsendstreamdrivermode"] == "1" and encrypts(legacy["$actionsendstreamdriver"])
        yield LogForward(parsed.group(2) or parsed.group(3), protocol, protocol == "tcp" and secured)
    elif written := re.match(r"-?(/[^\s;]+)", action):
        yield written.group(1)


def _of_object(said: Mapping[str, list[str]], driver: str) -> Iterator[str | LogForward]:
    def value(*names: str, default: str = "") -> str:
        return next((said[name][-1] for name in names if name in said), default)

    kind = value("type").lower()
    if kind == "omfile" and "file" in said:
        yield value("file")
    elif kind == "omfwd":
        tcp = value("protocol", default="udp").lower() == "tcp"
        mode = value("streamdrivermode", "streamdriver.mode", default="0")
        secured = mode == "1" and encrypts(value("streamdriver", "streamdriver.name", default=driver))
        yield from (LogForward(target, "tcp" if tcp else "udp", tcp and secured) for target in said["target"])
    elif kind == "omrelp":
        yield from (
            LogForward(target, "relp", value("tls", default="off").lower() == "on") for target in said["target"]
        )


def _parameters(text: str) -> dict[str, list[str]]:
    """Parameters of an object; a list has several values."""
    found: dict[str, list[str]] = {}
    for name, value in _VALUE.findall(text):
        found.setdefault(name, []).append(value[1:-1])
    return found
