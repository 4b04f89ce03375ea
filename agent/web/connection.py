"""One client of the listener: its TLS handshake, its requests within bounds of time and bytes, and their answers."""

import base64
import binascii
import contextlib
import itertools
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol

from agent.web.web_config import Access

if TYPE_CHECKING:
    import ssl

REQUEST_SECONDS = 10.0
"""For the handshake, and again from a request's first byte to its last."""
IDLE_SECONDS = 120.0
"""Between two requests of a connection; longer than most scrape intervals, so that a connection is used again."""
SEND_SECONDS = 30.0
"""For a whole answer, and more for a long one:"""
SLOWEST = 1_000_000
"""Bytes a second that a client must take of it."""
_BATCH = 65536
"""Bytes that are sent together, where an answer comes in smaller pieces."""
HEAD_BYTES = 16384
"""Of a request line and all its headers."""
_ONCE = frozenset({"content-length", "transfer-encoding", "host"})

_LINE = re.compile(rb"([A-Z]{1,16}) (?:https?://[!-.0-~]*)?(/[!-~]{0,4095}) HTTP/1\.([01])")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}):([ -~\t\x80-\xff]*)")
_PAGE_ENDS = re.compile(rb"\r?\n\r?\n")
_NO_GZIP = re.compile(r"\s*;\s*q=0(\.0*)?\s*$")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Body(Protocol):
    """A body that is put together when somebody asks for it: how many bytes it has, and the bytes in pieces."""

    def plain(self) -> tuple[int, Iterable[bytes]]:
        """As it is."""

    def zipped(self) -> tuple[int, Iterable[bytes]]:
        """As gzip."""


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes | Body
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False
    """Whether the connection ends with it."""


def text(status: int, told: str, *, close: bool = False, headers: Mapping[str, str] | None = None) -> Answer:
    """A short answer in words."""
    return Answer(status, f"{told}\n".encode(), headers=headers or {}, close=close)


@dataclass(frozen=True)
class Request:
    """What a client asks for."""

    method: str
    path: str
    """Without the query."""
    headers: Mapping[str, str]
    """By lower-case name; of a repeated one the last."""
    keep: bool
    """Whether the client would use the connection again."""
    query: str = ""
    """What stands behind the question mark, as it came."""


class _Refused(Exception):  # noqa: N818 - it carries the answer
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


Respond = Callable[[Request], Answer]


class Connection:
    """One client."""

    def __init__(self, client: socket.socket, access: Callable[[], Access], respond: Respond) -> None:
        """``access`` is asked for each request what is wanted of its client then."""
        self._socket: socket.socket | ssl.SSLSocket = client
        self._access = access
        self._respond = respond
        self._kept = b""
        """What has arrived and is not yet used."""
        self.busy = False
        """Whether a whole request is being answered."""
        self.since = time.monotonic()
        """When it last did something."""

    def serve(self) -> None:
        """Answer requests until the client goes, is silent for too long, or does not keep to the rules."""
        access = self._access()
        context = access.context
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if access.context is not None:
            self._handshake(access)
        patience = REQUEST_SECONDS
        while True:
            try:
                request = self._request(patience)
            except _Refused as refused:
                self._send(refused.answer, None, access)
                return
            if request is None:
                return
            self.busy, self.since = True, time.monotonic()
            if (access := self._access()).context is not context:
                return  # what is asked of clients has changed: it may come again, and be asked
            answer = self._answer(request, access)
            self._send(answer, request, access)
            if answer.close or not request.keep:
                return
            self.busy, self.since = False, time.monotonic()
            patience = IDLE_SECONDS

    def _handshake(self, access: Access) -> None:
        if access.context is None:
            return
        self._socket.settimeout(REQUEST_SECONDS)  # for the handshake as a whole
        wrapped = access.context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._socket = wrapped
        wrapped.do_handshake()
        certificate = wrapped.getpeercert()
        if access.allowed_sans and certificate:
            names = certificate.get("subjectAltName", ())
            if not any(str(name[-1]) in access.allowed_sans for name in names):
                raise ConnectionAbortedError

    def _request(self, patience: float) -> Request | None:
        """The next request; None where the client has gone or said nothing."""
        head = self._head(patience)
        if head is None:
            return None
        lines = head.replace(b"\r\n", b"\n").split(b"\n")
        first = _LINE.fullmatch(lines[0])
        headers: dict[str, str] = {}
        for line in lines[1:]:
            matched = _HEADER.fullmatch(line)
            if matched is None:
                raise _Refused(text(400, "This is no HTTP request.", close=True))
            name = matched[1].decode().lower()
            if name in headers and name in _ONCE:  # two that differ are read differently by a proxy before us
                raise _Refused(text(400, "This is no HTTP request.", close=True))
            headers[name] = matched[2].strip(b" \t").decode("latin-1")
        if first is None or (first[3] == b"1" and "host" not in headers):
            raise _Refused(text(400, "This is no HTTP request.", close=True))
        wished = headers.get("connection", "").lower()
        body = headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers
        keep = not body and (wished != "close" if first[3] == b"1" else wished == "keep-alive")
        path, _, query = first[2].decode().partition("?")
        return Request(first[1].decode(), path, headers, keep, query)

    def _head(self, patience: float) -> bytes | None:
        """Request line and headers without the empty line. The clock runs from the first byte."""
        deadline = time.monotonic() + (REQUEST_SECONDS if self._kept else patience)
        begun = bool(self._kept)
        while True:
            self._kept = self._kept.lstrip(b"\r\n")
            if end := _PAGE_ENDS.search(self._kept):
                head, self._kept = self._kept[: end.start()], self._kept[end.end() :]
                return head
            if len(self._kept) > HEAD_BYTES:
                raise _Refused(text(431, "The request is too long.", close=True))
            left = deadline - time.monotonic()
            if left <= 0:
                if begun:
                    raise _Refused(text(408, "The request took too long.", close=True))
                return None
            self._socket.settimeout(left)
            try:
                chunk = self._socket.recv(4096)
            except TimeoutError:
                continue
            if not chunk:
                return None
            if not begun:
                begun, deadline = True, time.monotonic() + REQUEST_SECONDS
            self._kept += chunk

    def _answer(self, request: Request, access: Access) -> Answer:
        if access.passwords is not None and not _authorized(request, access):
            wanted = {"WWW-Authenticate": 'Basic realm="wispwatch", charset="UTF-8"'}
            return text(401, "A name and a password are needed.", headers=wanted)
        return self._respond(request)

    def _send(self, answer: Answer, request: Request | None, access: Access) -> None:
        asked = request.headers if request is not None else {}
        keep = request is not None and request.keep and not answer.close
        can_be_packed = not isinstance(answer.body, bytes)
        packed = can_be_packed and _takes_gzip(asked.get("accept-encoding", ""))
        length, pieces = _body_of(answer, packed=packed)
        told = {
            "Date": formatdate(usegmt=True),
            "Content-Type": answer.content_type,
            "Content-Length": str(length),
            "Connection": "keep-alive" if keep else "close",
            "Content-Security-Policy": POLICY,
            **HEADERS,
            **answer.headers,
            **access.headers,
        }
        if can_be_packed:
            told["Vary"] = "Accept-Encoding"
        if packed:
            told["Content-Encoding"] = "gzip"
        lines = [f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}", *(f"{name}: {told[name]}" for name in told)]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        no_body = request is not None and request.method == "HEAD"
        self._write([head] if no_body else itertools.chain([head], pieces), length)
        if not keep:
            self._linger()

    def _write(self, pieces: Iterable[bytes], length: int) -> None:
        deadline = time.monotonic() + SEND_SECONDS + length / SLOWEST
        for piece in _batches(pieces):
            unsent = memoryview(piece)
            while unsent:
                self._socket.settimeout(max(0.001, deadline - time.monotonic()))
                unsent = unsent[self._socket.send(unsent[:65536]) :]

    def _linger(self) -> None:
        """Let the client read the answer before what it still sends makes the kernel reset the connection."""
        with contextlib.suppress(OSError):
            # Below TLS, where there is any: what is still to come is not read but thrown away.
            socket.socket.shutdown(self._socket, socket.SHUT_WR)
            self._socket.settimeout(0.5)
            for _ in range(16):
                if not socket.socket.recv(self._socket, 4096):
                    return

    def refuse(self) -> None:
        """There is no room."""
        with contextlib.suppress(OSError):
            self._socket.settimeout(0)
            self._socket.send(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.close()

    def drop(self) -> None:
        """End it from another thread: whatever waits for it wakes up."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket."""
        with contextlib.suppress(OSError):
            self._socket.close()


def _body_of(answer: Answer, *, packed: bool) -> tuple[int, Iterable[bytes]]:
    """Bytes and pieces of what is sent."""
    if isinstance(answer.body, bytes):
        return len(answer.body), [answer.body]
    return answer.body.zipped() if packed else answer.body.plain()


def _batches(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces that are worth a packet."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _BATCH:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _takes_gzip(accepted: str) -> bool:
    told = {}
    for one in accepted.split(","):
        name, _, rest = one.strip().partition(";")
        told[name.strip().lower()] = not _NO_GZIP.match(f";{rest}")
    return told.get("gzip", told.get("*", False))


def _authorized(request: Request, access: Access) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if access.passwords is None or scheme.lower() != "basic":
        return False
    try:
        user, colon, password = base64.b64decode(given.strip(), validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return bool(colon) and access.passwords.accept(user, password)
