"""A server for what is pushed, which answers as a test tells it to and remembers what it was sent.

Its reader of snappy and protobuf is its own: cramjam's for the one, a general walk over fields for the other.
"""

import contextlib
import http.server
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from cramjam import snappy

STALE = 0x7FF0000000000002
Series = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Told:
    """How to answer one request."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    ahead: float = 0.0
    """By how many seconds the server's clock is ahead."""
    dated: bool = True
    seconds: float = 0.0
    """How long it takes to answer."""


@dataclass(frozen=True)
class Sent:
    """One request."""

    headers: Mapping[str, str]
    body: bytes
    path: str
    connection: int
    """Which of the connections it came by."""

    @property
    def samples(self) -> list[tuple[Series, float, int, bool]]:
        """Labels, value, milliseconds, and whether it marks the end of the series."""
        found = []
        for one in _fields(bytes(snappy.decompress_raw(self.body)), 1):
            labels = tuple((_text(label, 1), _text(label, 2)) for label in _fields(one, 1))
            for sample in _fields(one, 2):
                (value,), (stamp,) = _fields(sample, 1), _fields(sample, 2)
                (bits,) = struct.unpack("<Q", value)
                found.append((labels, struct.unpack("<d", value)[0], stamp, bits == STALE))
        return found

    @property
    def stamps(self) -> set[int]:
        """Milliseconds since the epoch."""
        return {stamp for _, _, stamp, _ in self.samples}


def _fields(message: bytes, number: int) -> list[Any]:
    """All values of a field, of whatever wire type."""
    at, found = 0, []
    while at < len(message):
        tag, at = _varint(message, at)
        if tag & 7 == 0:
            value, at = _varint(message, at)
        elif tag & 7 == 1:
            value, at = message[at : at + 8], at + 8
        else:
            assert tag & 7 == 2
            length, at = _varint(message, at)
            assert at + length <= len(message)
            value, at = message[at : at + length], at + length
        if tag >> 3 == number:
            found.append(value)
    return found


def _text(message: bytes, number: int) -> str:
    (value,) = _fields(message, number)
    return str(value.decode())


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while message[at] & 0x80:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1


@dataclass
class Receiver:
    """The server. ``answer`` is asked for each request; those without samples only tell the time."""

    port: int
    answer: Callable[[Sent], Told] = lambda _: Told()
    sent: list[Sent] = field(default_factory=list)
    """Requests that had samples."""
    asked: int = 0
    """Requests that had none."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v1/write"


@contextlib.contextmanager
def receiver(
    answer: Callable[[Sent], Told] = lambda _: Told(), tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Run one on a port of its own."""
    numbers = iter(range(1_000_000))

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.number = next(numbers)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            sent = Sent(dict(self.headers.items()), body, self.path, self.number)
            if len(body) > 1:
                running.sent.append(sent)
            else:
                running.asked += 1
            told = running.answer(sent)
            time.sleep(told.seconds)
            with contextlib.suppress(OSError):
                self.send_response_only(told.status)
                if told.dated:
                    self.send_header("Date", formatdate(time.time() + told.ahead, usegmt=True))
                for name, value in {"Content-Length": str(len(told.body)), **told.headers}.items():
                    if told.status != 204 or name != "Content-Length":
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(told.body)

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    running = Receiver(server.server_address[1], answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
