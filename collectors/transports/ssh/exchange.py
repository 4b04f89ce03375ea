"""One command on a connection: the script goes in, its answers come out, and nothing waits for longer than it may."""

import threading
import time
from dataclasses import dataclass, field

import paramiko
from paramiko.ssh_exception import SSHException

from collectors.transports.shell import Request
from collectors.transports.ssh.connecting import Watch
from collectors.transports.ssh.faults import SshFault

_CHUNK = 65536
_FAREWELL = 0.5
"""Seconds for the standard error after the last words of standard output: it has a way of its own."""
_TURN = 0.1
"""Seconds that sending waits for room before listening has its turn."""
_TOO_LATE = "no answer within the time limit of the scan"


@dataclass
class Said:
    """What came back."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    cut: str = ""
    """Why it is not whole; empty where the other side ended it."""
    arrivals: list[tuple[int, float]] = field(default_factory=list)
    """How much of the output, in bytes, was there at which moment of the monotonic clock."""


def exchange(transport: paramiko.Transport, command: str, request: Request, watch: Watch) -> Said:
    """Run a command with the script as its input. ``SshFault`` where it cannot even be started."""
    try:
        channel = transport.open_session(timeout=max(0.1, watch.left))
        channel.exec_command(command)
    except Exception as fault:  # paramiko raises again what its thread has met, whatever that was
        raise SshFault(_not_started(transport, watch)) from fault
    said = Said()
    _talk(channel, request, said, watch)
    return said


def _not_started(transport: paramiko.Transport, watch: Watch) -> str:
    if watch.rang or not watch.left:
        return _TOO_LATE
    if not transport.is_active():
        return "the connection ended after the login"
    return "the login works, but no command may be run there"


class _Bell(threading.Event):
    """Rings for two buffers, of which one that is empty must not silence it for the other."""

    def clear(self) -> None:
        """What a buffer does once it is empty."""

    def rest(self) -> None:
        """Wait for the next."""
        super().clear()


def _talk(channel: paramiko.Channel, request: Request, said: Said, watch: Watch) -> None:
    """Send and listen until all is said. Who does not listen to the script may still have something to say, and who talks
    before it listens must not block both sides.
    """
    bell = _Bell()
    channel.in_buffer.set_event(bell)
    channel.in_stderr_buffer.set_event(bell)
    channel.settimeout(_TURN)
    unsent = memoryview(request.script)
    deadline = watch.deadline
    most, most_complaint = request.largest_answer, request.largest_complaint
    while not _is_over(channel):
        left = deadline - time.monotonic()
        if left <= 0:
            said.cut = "" if deadline < watch.deadline else _TOO_LATE
            return
        if unsent:
            unsent = _send(channel, unsent)
        else:
            bell.wait(left)
        bell.rest()
        _take(channel, said, most, most_complaint)
        if len(said.stdout) >= most:
            said.cut = "the answer is longer than everything that was asked"
            return
        if request.last_words in said.stdout[-_CHUNK - len(request.last_words) :]:
            deadline = min(deadline, time.monotonic() + _FAREWELL)
    said.cut = _TOO_LATE if watch.rang else ""


def _send(channel: paramiko.Channel, unsent: memoryview) -> memoryview:
    """Send what the other side has room for, and say that it is all once it is. Nothing is left where it no longer listens."""
    try:
        left = unsent[channel.send(bytes(unsent[:_CHUNK])) :]
        if not left:
            channel.shutdown_write()
    except TimeoutError:
        return unsent
    except (SSHException, OSError, EOFError):
        return unsent[:0]
    return left


def _is_over(channel: paramiko.Channel) -> bool:
    """Whether nothing more will come: it was closed, or its connection lost, and all that came was taken."""
    ended = channel.eof_received or channel.closed or not channel.get_transport().is_active()
    return bool(ended) and not channel.recv_ready() and not channel.recv_stderr_ready()


def _take(channel: paramiko.Channel, said: Said, most: int, most_complaint: int) -> None:
    """Take what is there; past its bound, standard error is taken and dropped."""
    while channel.recv_ready() and len(said.stdout) < most:
        said.stdout += channel.recv(_CHUNK)
        said.arrivals.append((len(said.stdout), time.monotonic()))
    while channel.recv_stderr_ready():
        chunk = channel.recv_stderr(_CHUNK)
        said.stderr += chunk[: max(0, most_complaint - len(said.stderr))]
