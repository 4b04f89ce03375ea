r"""All host sources as one POSIX ``sh`` script, and its answers as readings.

The script goes to ``sh -s`` on standard input and writes nothing on the target. Its answers are framed by a mark of 128
random bits, made anew for every run, so that no file or command can forge a frame. Standard output carries::

    \nMARK <index>\n payload \nMARK = <status>\n

and standard error carries ``\nMARK <index>\n`` before and ``\nMARK =\n`` behind what the source said there. A source of
many files frames each file inside its section (``\nMARK + <path>\0`` payload ``\nMARK - <status>\n``). ``\nMARK .\n``
ends the answer. What lacks an end frame on either stream was cut off and is ``Unread``: half of what was said on standard
error could otherwise turn "denied" into "not there".

It holds on dash, bash, busybox and mksh, and where ``timeout`` is missing or does not make a process group.
"""

import bisect
import json
import re
import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command, File, Files, Native, Source, Stat

_STDERR_KEPT = 400
_STDERR_TAKEN = 8192
"""Bytes of a command's standard error that come back, as in ``_BOUNDED``."""
_STAT_TAKEN = 524288
"""Bytes of what ``stat`` says that come back, as in ``modes``."""
_LONGEST_PATH = 4096
_NO_HEAD = frozenset({"126", "127"})
"""Statuses that mean the reading program itself could not be run."""
_LARGEST_ANSWER = 64 << 20
"""Bytes that are kept of one target, however much was asked."""
_NOT_THERE = re.compile(
    r"(: open)?: (no such file( or directory)?|not a directory|nonexistent directory)$", re.IGNORECASE
)

# Runs below ``sh -c`` with the output limit and the command: gives it a bounded standard output and a bounded standard
# error, and ends with its status. Whoever kills this and its group also kills the two that write for it.
_BOUNDED = r"""
size=$1; shift
exec 5>&1
status=$({ { { "$@" 3>&- 4>&- 5>&-; echo $? >&3; } 2>&4 | head -c "$size" >&5 3>&- 4>&- || echo lost >&3; } 4>&1 | head -c 8192 >&2 3>&- 5>&-; } 3>&1)
case $status in *lost*) echo "its output was lost on the way" >&2; exit 125;; esac
exit "${status:-125}"
"""

_FUNCTIONS = r"""
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C LANG=C TZ=UTC0 HOME=/ TERM=dumb
export PATH LC_ALL LANG TZ HOME TERM
unset ENV BASH_ENV CDPATH GLOBIGNORE
set +efu
umask 077
exec </dev/null
begin() { printf '\n%s %s\n' "$M" "$1"; printf '\n%s %s\n' "$M" "$1" >&2; }
end() { printf '\n%s = %s\n' "$M" "$1"; printf '\n%s =\n' "$M" >&2; }
file() {
  begin "$1"
  if [ -e "$3" ] && [ ! -f "$3" ]; then end irregular; return; fi
  { head -c "$2"; } <"$3"
  end $?
}
closed() {
  need=$1; shift
  for place; do
    if [ ! -d "$place" ]; then
      # A link that leads nowhere, or to where we may not look: stat says which.
      if [ -L "$place" ] && [ ! -e "$place" ]; then stat -L "$place" >/dev/null; fi
      continue
    fi
    if [ -x "$place" ] && { [ "$need" = x ] || [ -r "$place" ]; }; then continue; fi
    printf '%s: Permission denied\n' "$place" >&2
    shut=1
  done
}
files() {
  size=$1 left=$2; shift 2
  for path; do
    if [ ! -f "$path" ]; then
      if [ -L "$path" ] && [ ! -e "$path" ]; then stat -L "$path" >/dev/null; fi
      continue
    fi
    if [ "$left" -le 0 ]; then end many; return; fi
    left=$((left - 1))
    printf '\n%s + %s\000' "$M" "$path"
    { head -c "$size"; } <"$path"
    printf '\n%s - %s\n' "$M" "$?"
  done
  end "$shut"
}
modes() {
  most=$1; shift
  if [ "$#" -gt "$most" ]; then end many; return; fi
  case $* in *'
'*) end broken; return;; esac
  [ "$#" -eq 0 ] || stat -L -c '%f:%u:%g:%U:%G:%s:%Y:%n' "$@" | head -c 524288 || shut=1
  printf '= %s\n' "$#"
  end "$shut"
}
"""

# What is needed once a command is to be run, and costs two forks to find out.
_COMMANDS = r"""
again=1
if timeout 5 sh -c '[ "$PPID" != "$1" ] && kill -0 "-$PPID"' sh $$ >/dev/null 2>&1; then
  # It makes a process group of its own, and so kills what the command has started with it.
  limit() { timeout -s KILL "$@"; }
elif command -v setsid >/dev/null 2>&1; then
  limit() {
    seconds=$1; shift
    setsid "$@" & child=$!
    setsid sh -c 'sleep "$1"; kill -9 "-$2"' sh "$seconds" "$child" >/dev/null 2>&1 & watch=$!
    wait "$child"; answer=$?
    { kill -9 "$watch" "-$watch"; wait "$watch"; } 2>/dev/null
    return "$answer"
  }
else
  limit() {
    seconds=$1; shift
    "$@" & child=$!
    (sleep "$seconds"; kill -9 "$child") >/dev/null 2>&1 & watch=$!
    wait "$child"; answer=$?
    { kill -9 "$watch"; wait "$watch"; } 2>/dev/null
    # What it has started lives on, and may write into the answers of others: there must be none.
    [ "$answer" -ne 137 ] || again=0
    return "$answer"
  }
fi
missing() {
  # Why a program is not found: it is not there, or we may not run it or look for it.
  gone=none
  case $1 in /*) places=${1%/*};; *) places='/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin';; esac
  for place in $places; do
    if [ -e "$place/${1##*/}" ]; then gone=denied; return; fi
    while [ -n "$place" ]; do
      if [ -d "$place" ] && [ ! -x "$place" ]; then gone=denied; return; fi
      place=${place%/*}
    done
  done
}
script() {
  # Its end goes the same way as its output: what does not fit takes the end with it, and the second end holds.
  begin "$1"
  if ! command -v "$3" >/dev/null 2>&1; then missing "$3"; end "$gone"; return; fi
  size=$2 code=$4
  { (set --; eval "$code"); printf '\n%s = %s\n' "$M" "$?"; } | head -c "$((size + 100))"
  end many
}
command_() {
  begin "$1"
  if ! command -v "$4" >/dev/null 2>&1; then missing "$4"; end "$gone"; return; fi
  size=$2 seconds=$3; shift 4
  limit "$seconds" sh -c "$B" sh "$size" "$@"
  end $?
  [ "$again" = 1 ] || exit
}
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One script and what is needed to take its answer apart."""

    script: bytes
    mark: str
    sources: tuple[Source, ...]
    """In the order of their index in the script."""

    @property
    def last_words(self) -> bytes:
        """What ends a whole answer; whatever holds the pipe open after it is not waited for."""
        return f"\n{self.mark} .\n".encode()

    @property
    def largest_answer(self) -> int:
        """Bytes that standard output may have at most; more means a target that does not keep to the script."""
        honest = sum(_largest(source) for source in self.sources) + 1024 * len(self.sources) + 65536
        return min(honest, _LARGEST_ANSWER)

    @property
    def largest_complaint(self) -> int:
        """Bytes that standard error may have at most; what comes after them is not kept."""
        return sum(_largest_complaint(source) for source in self.sources) + 65536


def _largest(source: Source) -> int:
    match source:
        case File() | Command():
            return source.limit + 1
        case Files():
            return (source.limit + 1 + _LONGEST_PATH) * source.most
        case Stat():
            return _STAT_TAKEN
        case _:
            return 65536


def _largest_complaint(source: Source) -> int:
    """A path in a message may be quoted, four characters for a byte."""
    return source.most * 4 * _LONGEST_PATH if isinstance(source, Files | Stat) else 2 * _STDERR_TAKEN


def _asked(source: Source) -> Source:
    """What the shell is asked for a source: itself, or the command that stands for a native one."""
    return source.otherwise if isinstance(source, Native) else source


def render(sources: Iterable[Source], mark: str | None = None) -> Request:
    """Write the script that reads all sources in one go. ``mark`` is for tests; otherwise 128 random bits."""
    mark = mark or secrets.token_hex(16)
    ordered = tuple(sources)
    body = "".join(_section(index, _asked(source)) for index, source in enumerate(ordered))
    # A function that is called on the last line: a script cut off on its way runs nothing.
    commands = (
        f"B={shlex.quote(_BOUNDED)}\n{_COMMANDS}" if any(isinstance(_asked(one), Command) for one in ordered) else ""
    )
    script = f"wispwatch() {{\nM={mark}\n{_FUNCTIONS}\n{commands}\n{body}printf '\\n%s .\\n' \"$M\"\n}}\nwispwatch\n"
    return Request(script.encode(), mark, ordered)


def _section(index: int, source: Source) -> str:
    match source:
        case File(path, limit):
            return f"file {index} {limit + 1} {shlex.quote(path)}\n"
        case Files():
            return (
                _opening(index, source.patterns)
                + f"files {source.limit + 1} {source.most} {' '.join(source.patterns)}\n"
            )
        case Stat():
            # A pattern that matches nothing stays as it is and stat says "No such file", which is the exact answer.
            return _opening(index, source.patterns) + f"modes {source.most} {' '.join(source.patterns)}\n"
        case Command(reads_only=True):
            script = shlex.quote(source.words[2])
            return f"script {index} {source.limit + 1} {shlex.quote(source.program)} {script}\n"
        case Command():
            words = " ".join(shlex.quote(word) for word in source.words)
            return f"command_ {index} {source.limit + 1} {source.seconds} {shlex.quote(source.program)} {words}\n"
        case _:
            raise TypeError(f"{source.key} is no source of a host")


def _opening(index: int, patterns: Sequence[str]) -> str:
    """Say which directories on the way to a pattern may not be looked into: a pattern there silently matches nothing."""
    search: list[str] = []
    look: list[str] = []
    for pattern in patterns:
        parts = pattern.split("/")[1:]
        for depth in range(1, len(parts)):
            place = "/" + "/".join(parts[:depth])
            lists = any(mark in parts[depth] for mark in "*?[")
            (look if lists else search).append(place)
    lines = [f"begin {index}; shut=0\n"]
    for need, places in (("x", search), ("r", look)):
        if places:
            lines.append(f"closed {need} {' '.join(dict.fromkeys(places))}\n")
    return "".join(lines)


def parse(
    request: Request, stdout: bytes, stderr: bytes, cut: str = "the connection ended before the answer"
) -> dict[str, Reading]:
    """Take the script's answers apart. Every source of the request gets a reading; ``cut`` is the reason for those that
    have no whole answer.
    """
    mark = request.mark.encode()
    answers = _sections(stdout, mark)
    complaints = _complaints(stderr, mark)
    readings: dict[str, Reading] = {}
    for index, source in enumerate(request.sources):
        section = answers.get(index)
        said = complaints.get(index)
        if section is None or said is None:
            readings[source.key] = Unread(cut)
        else:
            payload, status = section
            readings[source.key] = _reading(_asked(source), payload, status, said, mark)
    return readings


def durations(request: Request, stdout: bytes, arrivals: Sequence[tuple[int, float]]) -> dict[str, float]:
    """How long the target took over each source, in seconds, by when the two frames of its answer came in.

    ``arrivals`` are lengths of the output and the moments at which it had them. What came in one piece took no time.
    """
    lengths = [length for length, _ in arrivals]
    taken: dict[str, float] = {}
    begun = None
    for frame in re.finditer(rb"\n" + request.mark.encode() + rb" (?:(\d{1,6})|= [a-z0-9]{0,12})\n", stdout):
        place = bisect.bisect_left(lengths, frame.end())
        moment = arrivals[min(place, len(arrivals) - 1)][1]
        if frame.group(1) is not None:
            begun = (int(frame.group(1)), moment)
        elif begun is not None and begun[0] < len(request.sources):
            taken[request.sources[begun[0]].key] = moment - begun[1]
            begun = None
    return taken


def _sections(stdout: bytes, mark: bytes) -> dict[int, tuple[bytes, str]]:
    """Index to payload and status, for every section that has both its frames."""
    sections: dict[int, tuple[bytes, str]] = {}
    begin = re.compile(rb"\n" + mark + rb" (\d{1,6})\n")
    end = re.compile(rb"\n" + mark + rb" = ([a-z0-9]{0,12})\n")
    position = 0
    while opened := begin.search(stdout, position):
        closed = end.search(stdout, opened.end() - 1)
        if closed is None:
            break
        payload = stdout[opened.end() : closed.start()] if closed.start() >= opened.end() else b""
        sections[int(opened.group(1))] = (payload, closed.group(1).decode())
        position = closed.end() - 1
    return sections


def _complaints(stderr: bytes, mark: bytes) -> dict[int, str]:
    """Index to what the source said on standard error, for every source whose both frames are there."""
    frames = re.finditer(rb"\n" + mark + rb" (\d{1,6})\n(.*?)\n" + mark + rb" =\n", stderr, re.DOTALL)
    return {int(frame.group(1)): _decode(frame.group(2)).strip() for frame in frames}


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def shown(text: str) -> str:
    """For a reason that people read in a terminal: one line, and no control characters."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _why(said: str, otherwise: str) -> str:
    """The last telling line of standard error, or the given reason."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (shown(lines[-1])[:_STDERR_KEPT] if lines else "") or otherwise


def _reading(source: Source, payload: bytes, status: str, said: str, mark: bytes) -> Reading:
    match source:
        case File():
            return _file(source, payload, status, said)
        case Files():
            return _files(source, payload, status, said, mark)
        case Stat():
            return _modes(source, payload, status, said)
        case Command():
            return _command(source, payload, status, said)
        case _:
            return Unread("is no source of a host")


def _file(source: File, payload: bytes, status: str, said: str) -> Reading:
    if status == "irregular":
        return Unread(f"{source.path} is not a regular file")
    if status != "0":
        if _says_not_there(said, source.path) and status not in _NO_HEAD:
            return Absent(source.path)
        return Unread(f"{source.path}: {_denial(said)}")
    if len(payload) > source.limit:
        return Unread(f"{source.path} is longer than {source.limit} bytes")
    return Text(_decode(payload))


def _says_not_there(said: str, path: str) -> bool:
    """Whether the shell's last word is that this very path is not there."""
    last = (said.splitlines() or [""])[-1]
    found = _NOT_THERE.search(last)
    return found is not None and last[: found.start()].endswith(path)


def _denial(said: str) -> str:
    return "permission denied" if "permission denied" in said.lower() else _why(said, "could not be read")


def _files(source: Files, payload: bytes, status: str, said: str, mark: bytes) -> Reading:
    if status == "many":
        return Unread(f"more than {source.most} files match {' '.join(source.patterns)}")
    if status != "0":
        return Unread(_denied_place(said) or f"{' '.join(source.patterns)}: could not be listed")
    if unseen := _unseen(said):
        return Unread(unseen)
    texts: dict[str, str] = {}
    position = 0
    framed = payload + b"\n"
    frame = re.compile(rb"\n" + mark + rb" \+ ([^\0]*)\0(.*?)\n" + mark + rb" - (\d+)\n", re.DOTALL)
    while part := frame.match(framed, position):
        position = part.end()
        path = _decode(part.group(1))
        if part.group(3) != b"0":
            return Unread(f"{shown(path)}: {_denial(said)}")
        if len(part.group(2)) > source.limit:
            return Unread(f"{shown(path)} is longer than {source.limit} bytes")
        if path in texts:
            return Unread(f"two files are called {shown(path)}")
        texts[path] = _decode(part.group(2))
    if framed[position:].strip():
        return Unread(f"{' '.join(source.patterns)}: the answer is not in the form that was asked for")
    if not texts:
        return Absent(" ".join(source.patterns))
    return Text(json.dumps(texts, sort_keys=True))


def _denied_place(said: str) -> str:
    for line in said.splitlines():
        if "permission denied" in line.lower():
            return shown(line.strip())[:_STDERR_KEPT]
    return ""


def _unseen(said: str) -> str:
    """The first complaint that is not "there is no such file"."""
    complaints = (line.strip() for line in said.splitlines() if line.strip() and not _NOT_THERE.search(line.strip()))
    return shown(next(complaints, ""))[:_STDERR_KEPT]


def _modes(source: Stat, payload: bytes, status: str, said: str) -> Reading:
    if status == "many":
        return Unread(f"more than {source.most} paths match {' '.join(source.patterns)}")
    if status == "broken":
        return Unread(f"{' '.join(source.patterns)}: a path has a line break in its name")
    if status != "0":
        return Unread(_denied_place(said) or f"{' '.join(source.patterns)}: could not be listed")
    if unseen := _unseen(said):
        return Unread(unseen)
    if len(payload) >= _STAT_TAKEN:
        return Unread(f"too many paths match {' '.join(source.patterns)}")
    *lines, asked = [line for line in _decode(payload).split("\n") if line] or [""]
    missing = sum(1 for line in said.splitlines() if _NOT_THERE.search(line.strip()))
    if not asked.startswith("= ") or len(lines) + missing < int(asked[2:]):
        # stat that died half way, or said nothing at all, has not said that anything is not there.
        return Unread(f"stat did not answer for every path of {' '.join(source.patterns)}")
    if not lines:
        return Absent(" ".join(source.patterns))
    return Text("".join(f"{_mode(line)}\n" for line in lines))


def _mode(line: str) -> str:
    """From colons, which no name of an owner has, to the blanks that ``Stat`` takes: those in a name are escaped."""
    *fields, path = line.split(":", 7)
    return " ".join([*(field.replace(" ", "\\x20") for field in fields), path])


def _command(source: Command, payload: bytes, status: str, said: str) -> Reading:
    if status == "none":
        if source.instrument:
            return Unread(f"{source.program} is not installed, and without it this cannot be looked at")
        return Absent(source.program)
    if status == "denied":
        return Unread(f"{source.program}: permission denied, or in a directory that may not be entered")
    if len(payload) > source.limit:
        return Unread(f"{source.name or source.line}: more than {source.limit} bytes of output")
    if status in {"124", "137"} and int(status) not in source.ok:
        return Unread(f"{source.name or source.line}: no answer within {source.seconds} s")
    if not status.isdigit() or int(status) not in source.ok:
        return Unread(f"{source.name or source.line}: {_why(said, f'ended with status {status}')}")
    return Text(_decode(payload))


def every(sources: Iterable[Source], reason: str) -> Mapping[str, Reading]:
    """``Unread`` for every source: what a transport that died has to say."""
    return {source.key: Unread(reason) for source in sources}
