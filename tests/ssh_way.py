"""The way to a server on loopback, and what may be wrong with it.

``Way`` is a TCP proxy that counts connections and bytes, and does to the answers what a test asks for; ``black_hole`` is an
address that drops every SYN; ``speaking`` is a port behind which something else sits than was thought.
"""

import contextlib
import fcntl
import socket
import struct
import termios
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
_CHUNK = 65536
_BEGINNING = 4096


@dataclass
class Fault:
    """What happens to the answers of a connection once so many bytes of them have passed."""

    after: int
    then: str
    """``end``: both sides are closed once those bytes have come; ``reset``: the same with an RST; ``silence``: nothing passes any more; ``drip``: one
    byte in ``seconds``."""
    seconds: float = 1.0
    times: int | None = None
    """Of how many connections; all where nothing is given."""


class Way:
    """A proxy in front of a port. Closes everything at its end."""

    def __init__(self, port: int, address: str = LOOPBACK) -> None:
        self._behind = (address, port)
        self._listening = socket.create_server((address, 0), backlog=256)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._fault: Fault | None = None
        self._open: set[socket.socket] = set()
        self.port: int = self._listening.getsockname()[1]
        self.connections = 0
        self.up = 0
        """Bytes to the server."""
        self.down = 0
        """Bytes from the server that were passed on."""
        self.beginning = b""
        """The first of them, a few thousand."""
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._lock:
            for one in self._open:
                _close(one)

    def fault(self, then: str, after: int = 0, *, seconds: float = 1.0, times: int | None = None) -> None:
        """From now on, connections end up so."""
        with self._lock:
            self._fault = Fault(after, then, seconds, times)

    def forget(self) -> None:
        """No fault any more, and nothing counted."""
        with self._lock:
            self._fault = None
            self.connections = self.up = self.down = 0
            self.beginning = b""

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                fault = self._fault
                if fault is not None and fault.times is not None:
                    fault.times -= 1
                    if fault.times < 0:
                        fault = None
                self._open.add(client)
            threading.Thread(target=self._serve, args=(client, fault), daemon=True).start()

    def _serve(self, client: socket.socket, fault: Fault | None) -> None:
        if fault is not None and not fault.after and fault.then in {"end", "reset"}:
            self._end(client, client, reset=fault.then == "reset")
            return
        try:
            server = socket.create_connection(self._behind)
        except OSError:
            self._end(client, client, reset=True)
            return
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(server)
        threading.Thread(target=self._pass_up, args=(client, server), daemon=True).start()
        self._pass_down(client, server, fault)

    def _pass_up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := client.recv(_CHUNK):
                server.sendall(chunk)
                with self._lock:
                    self.up += len(chunk)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _pass_down(self, client: socket.socket, server: socket.socket, fault: Fault | None) -> None:
        passed = 0
        reset = False
        with contextlib.suppress(OSError):
            while chunk := server.recv(_CHUNK):
                if fault is not None and passed + len(chunk) > fault.after:
                    before = max(0, fault.after - passed)
                    self._pass(client, chunk[:before])
                    passed += before
                    rest = chunk[before:]
                    if fault.then in {"end", "reset"}:
                        reset = fault.then == "reset"
                        while not reset and _on_its_way(client) and not self._stopped.wait(0.01):
                            pass
                        break
                    if fault.then == "silence":
                        self._stopped.wait()
                        break
                    for byte in rest:
                        self._pass(client, bytes([byte]))
                        if self._stopped.wait(fault.seconds):
                            return
                    passed += len(rest)
                else:
                    self._pass(client, chunk)
                    passed += len(chunk)
        self._end(client, server, reset=reset)

    def _pass(self, client: socket.socket, part: bytes) -> None:
        with self._lock:  # before they are there, so that whoever has them finds them counted
            self.down += len(part)
            self.beginning += part[: _BEGINNING - len(self.beginning)]
        client.sendall(part)

    def _end(self, client: socket.socket, server: socket.socket, *, reset: bool) -> None:
        if reset:
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                # Wakes the thread that reads, whose call would keep the socket open; a FIN is not sent by it.
                client.shutdown(socket.SHUT_RD)
            client.close()
        for one in (client, server):
            _close(one)
        with self._lock:
            self._open -= {client, server}


def _on_its_way(one: socket.socket) -> int:
    """Bytes that the other side has not taken in yet (SIOCOUTQ in tcp(7)): a socket that is closed drops them where the other
    side goes on sending.
    """
    (count,) = struct.unpack("i", fcntl.ioctl(one, termios.TIOCOUTQ, bytes(4)))
    return int(count)


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def black_hole(address: str = LOOPBACK, port: int = 0) -> Iterator[int]:
    """A port that drops every SYN: nobody accepts, and Linux drops what finds the queue of a listener full (tcp(7),
    tcp_abort_on_overflow).
    """
    kept: list[socket.socket] = []
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(0)
        try:
            for _ in range(10):
                one = socket.socket()
                kept.append(one)
                one.settimeout(0.3)
                try:
                    one.connect(listening.getsockname())
                except TimeoutError:
                    break
            else:
                raise AssertionError("the queue was never full")
            yield listening.getsockname()[1]
        finally:
            for one in kept:
                one.close()


@contextlib.contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A port behind which each connection is spoken to so, and closed."""
    stopped = threading.Event()
    listening = socket.create_server((LOOPBACK, 0))
    taken: list[socket.socket] = []

    def serve(one: socket.socket) -> None:
        with contextlib.suppress(OSError), one:
            speak(one)

    def accept() -> None:
        while not stopped.is_set():
            try:
                one, _ = listening.accept()
            except OSError:
                return
            taken.append(one)
            threading.Thread(target=serve, args=(one,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        stopped.set()
        _close(listening)
        for one in taken:
            _close(one)
