"""What the script of ``shell`` says, taken apart into readings. Nothing here trusts the target: a source without both its
frames on both streams is ``Unread``, and "not there" must have been said of that very path.
"""

import bisect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command, File, Files, Source, Stat
from collectors.transports.shell import STAT_TAKEN, Request, asked

_STDERR_KEPT = 400
"""Characters of a complaint that a reason quotes."""
_NO_HEAD = frozenset({"126", "127"})
"""Statuses that mean the reading program itself could not be run."""
_NOT_THERE = re.compile(
    r"(: open)?: (no such file( or directory)?|not a directory|nonexistent directory)$", re.IGNORECASE
)


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
            readings[source.key] = _reading(asked(source), payload, status, said, mark)
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


def clock(request: Request, stdout: bytes) -> int | None:
    """What the target's clock said, in seconds since the epoch."""
    told = re.search(rb"\n" + request.mark.encode() + rb" @ (\d{1,12})\n", stdout)
    return int(told.group(1)) if told else None


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
    pieces = _together(source, payload, mark) if payload.startswith(b"\n" + mark + b" * ") else _apart(payload, mark)
    texts: dict[str, str] = {}
    for path, text, ended in pieces:
        if not path:
            why = "the answer is not in the form that was asked for"
            return Unread(f"{' '.join(source.patterns)}: {_why(said, why)}")
        if ended != b"0":
            return Unread(f"{shown(path)}: {_denial(said)}")
        if len(text) > source.limit:
            return Unread(f"{shown(path)} is longer than {source.limit} bytes")
        if path in texts:
            return Unread(f"two files are called {shown(path)}")
        texts[path] = _decode(text)
    if not texts:
        return Absent(" ".join(source.patterns))
    return Text(json.dumps(texts, sort_keys=True))


_Piece = tuple[str, bytes, bytes]
"""Path, content and status of one file; no path where the answer makes no sense."""


def _apart(payload: bytes, mark: bytes) -> Iterator[_Piece]:
    position = 0
    framed = payload + b"\n"
    frame = re.compile(rb"\n" + mark + rb" \+ ([^\0]*)\0(.*?)\n" + mark + rb" - (\d+)\n", re.DOTALL)
    while part := frame.match(framed, position):
        position = part.end()
        yield _decode(part.group(1)), part.group(2), part.group(3)
    if framed[position:].strip():
        yield "", b"", b"1"


def _together(source: Files, payload: bytes, mark: bytes) -> Iterator[_Piece]:
    """By the sizes that were told before the contents: a file that changed meanwhile leaves too much or too little."""
    head, nul, rest = payload.partition(b"\0")
    ended = re.search(rb"\n" + mark + rb" - 0\n?\Z", rest)
    counted, *lines = head.split(b"\n")[1:-1]
    rows = [line.partition(b" ") for line in lines]
    if (
        not nul
        or not ended
        or counted.split()[-1] != b"%d" % len(rows)
        or not all(size.isdigit() for size, _, _ in rows)
    ):
        yield "", b"", b"1"
        return
    position = 0
    found = []
    for size, _, path in rows:
        taken = min(int(size), source.limit + 1)
        found.append((_decode(path), rest[position : position + taken], b"0"))
        position += taken
    if position != ended.start():
        yield "", b"", b"1"
        return
    yield from found


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
    if len(payload) >= STAT_TAKEN:
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
    if status.isdigit() and int(status) in source.absent:
        return Absent(_why(said, source.name or source.line))
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
