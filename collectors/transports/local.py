"""A shell on this machine: directly, below another root directory, or through a command that gives one.

All three run the same script; they differ in how they get a shell. ``chroot`` reads a directory tree as a host: whatever
asks the running system is ``Unread`` there, because a directory does not run; only that a program is missing can be told.
Beware: it runs the tree's own ``sh`` and programs, as root.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from collectors.readings import Absent, Answers, Reading, Text, Unread
from collectors.sources import Command, Native, Source
from collectors.transports import answers, shell

_CHUNK = 65536
_FAREWELL = 0.5
"""Seconds that the shell has to end after its last words; a child that keeps the pipe open is not waited for."""
_LONGEST_FAREWELL = 5.0
"""Seconds after which a child that keeps writing is no longer listened to, either; and seconds for the rest of standard error
after the last words of standard output, where both are passed on by somebody who may be busy.
"""


@dataclass(frozen=True)
class Shell:
    """A shell that ``command`` starts, e.g. ``("docker", "exec", "-i", "web")`` or nothing at all for this machine."""

    command: tuple[str, ...] = ()
    seconds: float = 60.0
    """For the whole answer; what has not come by then is ``Unread``."""
    native: bool = False
    """Whether psutil may answer for the target, which it may when the target is this machine."""

    def read(self, sources: Sequence[Source]) -> Answers:
        """Run the script and take its answers apart."""
        readings: dict[str, Reading] = {}
        if self.native:
            readings.update(_native(sources))
        asked = [source for source in sources if source.key not in readings]
        request = shell.render(asked)
        arrivals: list[tuple[int, float]] = []
        stdout, stderr, cut = run([*self.command, "sh", "-s"], request, self.seconds, arrivals)
        readings.update(answers.parse(request, stdout, stderr, cut or _last_complaint(stderr, request.mark)))
        return Answers(readings, answers.durations(request, stdout, arrivals), answers.clock(request, stdout))


@dataclass(frozen=True)
class Chroot:
    """A directory tree that holds a host's files."""

    directory: Path
    seconds: float = 60.0

    def read(self, sources: Sequence[Source]) -> Answers:
        """Run the script below the directory; what is live is ``Unread``, or ``Absent`` where its program is not there."""
        if os.geteuid() != 0:
            return Answers(answers.every(sources, "entering a directory tree as a host needs root"))
        asked = [_is_installed(source) if source.live else source for source in sources]
        within = Shell(("chroot", str(self.directory)), self.seconds).read([one for one in asked if one is not None])
        readings = {**answers.every(sources, "a directory tree does not run"), **within}
        for source in sources:
            if source.live and not isinstance(readings[source.key], Absent):
                readings[source.key] = Unread("a directory tree does not run")
        return Answers(readings, within.seconds)


def _is_installed(source: Source) -> Source | None:
    """In place of a live command: a question whether its program is there, under the same key. None for what else is live,
    and where a missing program would say nothing.
    """
    if not isinstance(source, Command) or source.instrument:
        return None
    return Command("sh -c :", needs=source.program, name=source.name or source.line, reads_only=True)


def _last_complaint(stderr: bytes, mark: str) -> str:
    """Why the shell may have ended early: the last it said, frames left out."""
    lines = stderr.decode("utf-8", "backslashreplace").splitlines()
    said = [line.strip() for line in lines if line.strip() and not line.startswith(mark)]
    return f"the shell ended before the answer{': ' + answers.shown(said[-1])[:300] if said else ''}"


def _native(sources: Sequence[Source]) -> dict[str, Reading]:
    """What psutil answers; a question it cannot answer goes to the shell."""
    readings: dict[str, Reading] = {}
    for source in sources:
        if isinstance(source, Native) and source.name in _ANSWERS:
            try:
                readings[source.key] = _ANSWERS[source.name]()
            except Exception as fault:  # noqa: BLE001 - psutil raises what the platform raises
                readings[source.key] = Unread(f"psutil: {type(fault).__name__}")
    return readings


def _battery() -> Reading:
    """In the form of ``cat /sys/class/power_supply/*/type``."""
    import psutil  # noqa: PLC0415 - only a local scan pays for it

    return Text("Battery\n" if psutil.sensors_battery() is not None else "")


def _processes() -> Reading:
    """In the form of ``ps -A -o comm=``: the kernel's name of each process, which it cuts after 15 bytes."""
    import psutil  # noqa: PLC0415

    names = {process.pid: process.info["name"] for process in psutil.process_iter(["name"])}
    if not names.get(1):
        # Mounted with hidepid, /proc shows an ordinary user only what is the user's own: that is no list of what runs.
        return Unread("the processes of other users are hidden: /proc is mounted with hidepid")
    return Text("".join(f"{name[:15]}\n" for name in names.values() if name))


_ANSWERS: Mapping[str, Callable[[], Reading]] = {"battery": _battery, "processes": _processes}


def run(
    command: Sequence[str], request: shell.Request, seconds: float, arrivals: list[tuple[int, float]] | None = None
) -> tuple[bytes, bytes, str]:
    """Feed a request's script to a command and return its output, its standard error, and why it was cut off (or nothing).

    ``arrivals`` is given what there was of the output, in bytes, at which moment, in seconds of the monotonic clock.
    Both outputs are bounded: past the largest honest answer, or past ``seconds``, the whole process group is killed.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )
    except OSError as fault:
        return b"", b"", f"{command[0]}: {fault.strerror}"
    with process:
        try:
            return _exchange(process, request, time.monotonic() + seconds, [] if arrivals is None else arrivals)
        finally:
            # It was not waited for yet, so the number is still its own, also when it has ended and left children behind.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _has_ended(pid: int) -> bool:
    """Whether a child has ended; it stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _exchange(
    process: "subprocess.Popen[bytes]", request: shell.Request, deadline: float, arrivals: list[tuple[int, float]]
) -> tuple[bytes, bytes, str]:
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("all three streams must be pipes")
    stdin, out, err = process.stdin.fileno(), process.stdout.fileno(), process.stderr.fileno()
    outputs = {out: bytearray(), err: bytearray()}
    bounds = {out: request.largest_answer, err: request.largest_complaint}
    unsent = memoryview(request.script)
    ended = False
    os.set_blocking(stdin, False)
    with selectors.DefaultSelector() as selector:
        selector.register(stdin, selectors.EVENT_WRITE)
        for stream in outputs:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            ready = selector.select(max(0.0, min(left, _FAREWELL)))
            # A busy machine may let the farewell pass before what is already in the pipe was taken.
            if left <= 0 and not (ended and ready and left > -_LONGEST_FAREWELL):
                return (
                    bytes(outputs[out]),
                    bytes(outputs[err]),
                    "" if ended else "no answer within the time limit of the scan",
                )
            for key, _ in ready:
                if key.fd == stdin:
                    unsent = _send(stdin, unsent)
                    if not unsent:
                        selector.unregister(stdin)
                        _close(process.stdin)
                elif chunk := os.read(key.fd, _CHUNK):
                    _keep(outputs[key.fd], chunk, bounds[key.fd])
                else:
                    selector.unregister(key.fd)
            arrivals.append((len(outputs[out]), time.monotonic()))
            if len(outputs[out]) >= bounds[out]:
                return bytes(outputs[out]), bytes(outputs[err]), "the answer is longer than everything that was asked"
            said_all = request.last_words in outputs[out][-_CHUNK - len(request.last_words) :]
            lacks = said_all and not request.has_told_all(outputs[err])
            if said_all or ended or _has_ended(process.pid):
                farewell = _LONGEST_FAREWELL if lacks else _FAREWELL
                ended, deadline = True, min(deadline, time.monotonic() + farewell)
    return bytes(outputs[out]), bytes(outputs[err]), ""


def _keep(kept: bytearray, chunk: bytes, bound: int) -> None:
    """Keep what fits; the rest is read, so that the other side does not block, and dropped."""
    kept += chunk[: max(0, bound - len(kept))]


def _send(stdin: int, unsent: memoryview) -> memoryview:
    """Send what goes through; nothing is left when the other side no longer listens."""
    try:
        return unsent[os.write(stdin, unsent[:_CHUNK]) :]
    except BlockingIOError:
        return unsent
    except BrokenPipeError:
        return unsent[:0]


def _close(stdin: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):
        stdin.close()
