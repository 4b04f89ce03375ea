"""One command on a connection: the script goes in, its answers come out, and nothing waits for longer than it may."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import paramiko
from paramiko.ssh_exception import ChannelException, MessageOrderError

from collectors.transports.shell import Request
from collectors.transports.ssh.bounds import Held, Packets
from collectors.transports.ssh.connecting import Watch
from collectors.transports.ssh.faults import SshFault
from collectors.transports.ssh.transport import Transport

_CHUNK = 65536
_FAREWELL = 0.5
"""Seconds that the shell has to end once all is said; a child that keeps the streams open is not waited for."""
_LONGEST_FAREWELL = 5.0
"""Seconds for the rest of standard error after the last words of standard output: it has a way of its own, and either machine
may be too busy to see to it at once.
"""
_TURN = 0.1
"""Seconds that sending waits for room before listening has its turn."""
_REST = 0.03
"""Seconds that answers may come together before they are taken: so fine are the durations, and so late may be the end."""
_TOO_LATE = "no answer within the time limit of the scan"
_TORN = "the connection ended before the answer"
_FLOODED = "it sends more than the connection lets it"
_MOMENT = 0.005
"""Seconds: what comes within them has come at once. A byte at a time must not fill lists."""


@dataclass
class Said:
    """What came back."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    cut: str = ""
    """Why it is not whole; empty where the other side ended it."""
    arrivals: list[tuple[int, float]] = field(default_factory=list)
    """How much of the output, in bytes, was there at which moment of the monotonic clock."""


def exchange(transport: Transport, command: str, request: Request, watch: Watch) -> Said:
    """Run a command with the script as its input. ``SshFault`` where it cannot even be started."""
    said = Said()
    bell = threading.Event()
    heard = _Heard(bell, transport.packets, said.stdout, request.largest_answer, request.last_words)
    heard.arrivals = said.arrivals
    complaints = _Heard(bell, transport.packets, said.stderr, request.largest_complaint)
    try:
        channel = transport.open_session(timeout=max(0.1, watch.left))
        channel.in_buffer, channel.in_stderr_buffer = heard, complaints
        channel.event = _Patience(watch)
        channel.exec_command(command)
    except Exception as fault:  # paramiko raises again what its thread has met, whatever that was
        raise SshFault(_not_started(transport, watch, fault)) from fault
    try:
        _talk(channel, request, said, watch, (heard, complaints))
    except Exception as fault:  # noqa: BLE001 - as above; what came until then has come
        said.cut = _TOO_LATE if watch.rang else _ended(transport, fault)
        for one in (heard, complaints):
            while len(one):
                one.read(_CHUNK, 0.0)
    return said


class _Patience(threading.Event):
    """Waits for an answer as long as the scan may take; paramiko would wait for ever where the connection ends meanwhile."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def wait(self, timeout: float | None = None) -> bool:
        """Until it is set or too late."""
        left = self._watch.left + 0.1
        if not super().wait(left if timeout is None else min(timeout, left)):
            raise TimeoutError
        return True


def _not_started(transport: Transport, watch: Watch, fault: Exception) -> str:
    if watch.rang or not watch.left:
        return _TOO_LATE
    if not transport.is_active():
        return _ended(transport, fault)
    why = f" ({fault.text[:200]})" if isinstance(fault, ChannelException) else ""
    return f"the login works, but no command may be run there{why}"


def _ended(transport: Transport, fault: Exception | None = None) -> str:
    """Why there is no connection any more: the other side ended it; or it sent a gigabyte, was asked for new keys, and went on
    sending, which nobody may meanwhile (RFC 4253, 7.1): then paramiko did.
    """
    met = (fault, transport.saved_exception)
    is_flood = any(isinstance(one, MessageOrderError) or "rekey" in str(one) for one in met)
    return _FLOODED if is_flood else _TORN


class _Heard(Held):
    """What comes on one of the two streams, with the moments at which it came. The target's shell says what it has to say in
    hundreds of pieces: nobody is woken for each, but for all that are there once it matters.
    """

    def __init__(
        self, bell: threading.Event, packets: Packets, kept: bytearray, most: int, last_words: bytes = b""
    ) -> None:
        super().__init__()
        self.arrivals: list[tuple[int, float]] = []
        """How much had come at which moment."""
        self.bell = bell
        self.packets = packets
        self._kept = kept
        self._most = most
        self._last_words = last_words
        self._end = b""
        self._length = 0
        self._rung_at = 0

    def feed(self, data: bytes) -> None:
        """Take a piece; called by the connection's own thread."""
        super().feed(data)
        self._length += len(data)
        moment = time.monotonic()
        if self.arrivals and moment - self.arrivals[-1][1] < _MOMENT:
            self.arrivals[-1] = (self._length, self.arrivals[-1][1])
        else:
            self.arrivals.append((self._length, moment))
        if self.flooded or self._length - self._rung_at >= _CHUNK or self._ends(data):
            self._rung_at = self._length
            self.bell.set()

    def read(self, nbytes: int, timeout: float | None = None) -> bytes:
        """What has come, kept as far as it may be long. It is kept here, because a channel that takes some, and then cannot say
        that there is room for more, since its connection has ended, drops what it took.
        """
        taken: bytes = super().read(nbytes, timeout)
        self._kept += taken[: max(0, self._most - len(self._kept))]
        return taken

    def _ends(self, data: bytes) -> bool:
        if not self._last_words:
            return False
        said = self._end + data
        self._end = said[-len(self._last_words) :]
        if self._last_words not in said:
            return False
        self.packets.rest(0.0)  # the little that follows is waited for
        return True

    def close(self) -> None:
        """Nothing more will come."""
        super().close()
        self.bell.set()


def _talk(
    channel: paramiko.Channel, request: Request, said: Said, watch: Watch, streams: tuple[_Heard, _Heard]
) -> None:
    """Send and listen until all is said. Who does not listen to the script may still have something to say, and who talks
    before it listens must not block both sides.
    """
    channel.settimeout(_TURN)
    unsent = memoryview(request.script)
    deadline = watch.deadline
    most = request.largest_answer
    turn = watch.left
    while not _is_over(channel):
        left = deadline - time.monotonic()
        if left <= 0:
            _take(channel, said, most)
            said.cut = "" if deadline < watch.deadline else _TOO_LATE
            return
        if unsent:
            unsent = _send(channel, unsent)
            if not unsent:
                streams[0].packets.rest(_REST)
        else:
            streams[0].bell.wait(min(left, turn))
        streams[0].bell.clear()
        _take(channel, said, most)
        if any(one.flooded for one in streams):
            said.cut = _FLOODED
            return
        if len(said.stdout) >= most:
            said.cut = "the answer is longer than everything that was asked"
            return
        if request.last_words in said.stdout[-_CHUNK - len(request.last_words) :]:
            farewell = _FAREWELL if request.has_told_all(said.stderr) else _LONGEST_FAREWELL
            deadline = min(deadline, time.monotonic() + farewell)
            turn = _FAREWELL  # nobody is woken for standard error
    if watch.rang:
        said.cut = _TOO_LATE
    elif not channel.eof_received and channel.exit_status < 0:  # a shell that ends does not end the connection
        transport: Any = channel.get_transport()
        said.cut = _ended(transport)


def _send(channel: paramiko.Channel, unsent: memoryview) -> memoryview:
    """Send what the other side has room for, and say that it is all once it is. Nothing is left where it no longer listens."""
    try:
        left = unsent[channel.send(bytes(unsent[:_CHUNK])) :]
        if not left:
            channel.shutdown_write()
    except TimeoutError:
        return unsent
    except Exception:  # noqa: BLE001 - as above
        return unsent[:0]
    return left


def _is_over(channel: paramiko.Channel) -> bool:
    """Whether nothing more will come: it was closed, or its connection lost, and all that came was taken."""
    ended = channel.eof_received or channel.closed or not channel.get_transport().is_active()
    return bool(ended) and not channel.recv_ready() and not channel.recv_stderr_ready()


def _take(channel: paramiko.Channel, said: Said, most: int) -> None:
    """Take what is there, which is kept as it is read; past its bound, standard error is taken and dropped."""
    while channel.recv_ready() and len(said.stdout) < most:
        channel.recv(_CHUNK)
    while channel.recv_stderr_ready():
        channel.recv_stderr(_CHUNK)
