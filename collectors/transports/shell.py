r"""All host sources as one POSIX ``sh`` script, and its answers as readings.

The script goes to ``sh -s`` on standard input and writes nothing on the target. Its answers are framed by a mark of 128
random bits, made anew for every run, so that no file or command can forge a frame. Standard output carries::

    \nMARK <index>\n payload \nMARK = <status>\n

and standard error carries ``\nMARK <index>\n`` before what the source said there. A source of many files frames
each file inside its section (``\nMARK + <path>\0`` payload ``\nMARK - <status>\n``). ``\nMARK .\n`` ends the answer:
without it, the connection was cut and whatever has no end frame is ``Unread``.

It holds on dash, bash and busybox, and where ``timeout`` is missing.
"""

import json
import re
import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command, File, Files, Native, Source, Stat

_STDERR_KEPT = 400
_NOT_THERE = re.compile(r"no such file|not a directory|nonexistent", re.IGNORECASE)

_FUNCTIONS = r"""
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C LANG=C TZ=UTC0 HOME=/ TERM=dumb
export PATH LC_ALL LANG TZ HOME TERM
unset ENV BASH_ENV CDPATH
umask 077
exec 5>&1 6>&2 </dev/null
if command -v timeout >/dev/null 2>&1; then
  limit() { timeout -k 1 "$@"; }
else
  limit() {
    seconds=$1; shift
    "$@" & child=$!
    (sleep "$seconds"; kill -9 "$child") >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- & watch=$!
    wait "$child"; answer=$?
    kill "$watch" 2>/dev/null
    return "$answer"
  }
fi
begin() { printf '\n%s %s\n' "$M" "$1"; printf '\n%s %s\n' "$M" "$1" >&2; }
end() { printf '\n%s = %s\n' "$M" "$1"; }
file() {
  begin "$1"
  if [ -e "$3" ] && [ ! -f "$3" ]; then end irregular; return; fi
  { head -c "$2"; } <"$3"
  end $?
}
closed() {
  need=$1; shift
  for place; do
    [ -d "$place" ] || continue
    if [ -x "$place" ] && { [ "$need" = x ] || [ -r "$place" ]; }; then continue; fi
    printf '%s: Permission denied\n' "$place" >&2
    shut=1
  done
}
files() {
  size=$1 left=$2; shift 2
  for path; do
    if [ ! -f "$path" ]; then
      # A link that leads nowhere, or to where we may not look: stat says which.
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
  [ "$#" -eq 0 ] || stat -L -c '%f %u %g %U %G %s %Y %n' "$@" | head -c 524288
  end "$shut"
}
command_() {
  begin "$1"
  if ! command -v "$4" >/dev/null 2>&1; then end none; return; fi
  size=$2 seconds=$3; shift 4
  status=$({ { { limit "$seconds" "$@" </dev/null 3>&- 4>&- 5>&- 6>&-; echo $? >&3; } 2>&4 | head -c "$size" >&5 3>&- 4>&-; } 4>&1 | head -c 400 >&6 3>&-; } 3>&1)
  end "$status"
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
        return sum(_largest(source) for source in self.sources) + 1024 * len(self.sources) + 65536


def _largest(source: Source) -> int:
    match source:
        case File() | Command():
            return source.limit + 1
        case Files():
            return source.limit * min(source.most, 64)
        case Stat():
            return 524288
        case _:
            return 65536


def _asked(source: Source) -> Source:
    """What the shell is asked for a source: itself, or the command that stands for a native one."""
    return source.otherwise if isinstance(source, Native) else source


def render(sources: Iterable[Source], mark: str | None = None) -> Request:
    """Write the script that reads all sources in one go. ``mark`` is for tests; otherwise 128 random bits."""
    mark = mark or secrets.token_hex(16)
    ordered = tuple(sources)
    body = "".join(_section(index, _asked(source)) for index, source in enumerate(ordered))
    # A function that is called on the last line: a script cut off on its way runs nothing.
    script = f"wispwatch() {{\nM={mark}\n{_FUNCTIONS}\n{body}printf '\\n%s .\\n' \"$M\"\n}}\nwispwatch\n"
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
        if section is None:
            readings[source.key] = Unread(cut)
        else:
            payload, status = section
            readings[source.key] = _reading(_asked(source), payload, status, complaints.get(index, ""), mark)
    return readings


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
    """Index to what the source said on standard error, shortened."""
    pieces = re.split(rb"\n" + mark + rb" (\d{1,6})\n", stderr)
    return {int(index): _decode(said).strip() for index, said in zip(pieces[1::2], pieces[2::2], strict=True)}


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _why(said: str, otherwise: str) -> str:
    """The last telling line of standard error, or the given reason."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (lines[-1][:_STDERR_KEPT] if lines else "") or otherwise


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
        if _NOT_THERE.search(said):
            return Absent(source.path)
        return Unread(f"{source.path}: {_denial(said)}")
    if len(payload) > source.limit:
        return Unread(f"{source.path} is longer than {source.limit} bytes")
    return Text(_decode(payload))


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
    for part in re.finditer(
        rb"\n" + mark + rb" \+ ([^\0]*)\0(.*?)\n" + mark + rb" - (\d+)\n", payload + b"\n", re.DOTALL
    ):
        path = _decode(part.group(1))
        if part.group(3) != b"0":
            return Unread(f"{path}: {_denial(said)}")
        if len(part.group(2)) > source.limit:
            return Unread(f"{path} is longer than {source.limit} bytes")
        texts[path] = _decode(part.group(2))
    if not texts:
        return Absent(" ".join(source.patterns))
    return Text(json.dumps(texts, sort_keys=True))


def _denied_place(said: str) -> str:
    for line in said.splitlines():
        if "permission denied" in line.lower():
            return line.strip()[:_STDERR_KEPT]
    return ""


def _unseen(said: str) -> str:
    """The first complaint that is not "there is no such file"."""
    complaints = (line.strip() for line in said.splitlines() if line.strip() and not _NOT_THERE.search(line))
    return next(complaints, "")[:_STDERR_KEPT]


def _modes(source: Stat, payload: bytes, status: str, said: str) -> Reading:
    if status == "many":
        return Unread(f"more than {source.most} paths match {' '.join(source.patterns)}")
    if status != "0":
        return Unread(_denied_place(said) or f"{' '.join(source.patterns)}: could not be listed")
    if unseen := _unseen(said):
        return Unread(unseen)
    if len(payload) >= 524288:
        return Unread(f"too many paths match {' '.join(source.patterns)}")
    if not payload.strip():
        return Absent(" ".join(source.patterns))
    return Text(_decode(payload))


def _command(source: Command, payload: bytes, status: str, said: str) -> Reading:
    if status == "none":
        return Absent(f"{source.program} is not installed")
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
