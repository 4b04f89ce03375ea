"""One document from a web server: over HTTPS (or from this machine), bounded in size and time, from nowhere but where it was asked.

What it lists is logged in to. So its server must show a certificate, a redirect may lead to the same server only, and no proxy is
asked.
"""

import http.client
import socket
import ssl
import threading
import time
import urllib.parse
from contextlib import closing, suppress
from pathlib import Path

from agent.errors import InventoryError
from agent.inventories.listed import LARGEST
from agent.inventories.settings import fault_of_url
from agent.printable import printable

SECONDS = 30.0
"""For everything, from the first packet to the last byte."""
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset([301, 302, 303, 307, 308])
_LONGEST_TOKEN = 8192
_CHUNK = 65536


def fetched(url: str, token_file: Path | None, ca_file: Path | None, seconds: float = SECONDS) -> str:
    """The text of a document. ``InventoryError`` where there is none."""
    deadline = time.monotonic() + seconds
    token = _token(token_file)
    asked = url
    for _ in range(_MOST_REDIRECTS + 1):
        if wrong := fault_of_url(asked):
            raise InventoryError(f"{printable(asked, 200)}: {wrong}")
        try:
            answer = _Request(asked, token, ca_file, deadline).answer()
        except (OSError, http.client.HTTPException, ValueError) as fault:
            late = time.monotonic() >= deadline
            told = f"no whole answer within {seconds:g} s" if late else _told(fault)
            raise InventoryError(f"{printable(asked, 200)}: {told}") from fault
        if isinstance(answer, str):
            return answer
        asked = _elsewhere(url, urllib.parse.urljoin(asked, answer[0]))
    raise InventoryError(f"{url}: redirects more than {_MOST_REDIRECTS} times")


def _elsewhere(url: str, target: str) -> str:
    """Where a redirect leads, which must be the same server: another one is not given the token, nor believed."""
    before, after = urllib.parse.urlsplit(url), urllib.parse.urlsplit(target)
    if (before.scheme, before.netloc.lower()) != (after.scheme, after.netloc.lower()):
        raise InventoryError(
            f"{url}: redirects to another server, {printable(target, 200)!r}; name that one if it is right"
        )
    return target


def _token(file: Path | None) -> str:
    """The first line of a file; never shown."""
    if file is None:
        return ""
    try:
        with file.open(encoding="ascii") as kept:
            token = kept.readline(_LONGEST_TOKEN).strip("\r\n ")
    except OSError as fault:
        raise InventoryError(f"{file}: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise InventoryError(f"{file}: is no token: it is not ASCII") from fault
    if not token or not token.isprintable() or " " in token:
        raise InventoryError(f"{file}: its first line is no token")
    return token


def _told(fault: Exception) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({fault.verify_message}); name its authority as ca_file"
    said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return printable(said, 200) or type(fault).__name__


class _Request:
    """One request on a connection of its own, which is cut when the time is over, whatever waits for it then."""

    def __init__(self, url: str, token: str, ca_file: Path | None, deadline: float) -> None:
        self._parts = urllib.parse.urlsplit(url)
        self._token = token
        self._ca_file = ca_file
        self._deadline = deadline

    def answer(self) -> str | tuple[str]:
        """The text; or, as a tuple, where it is instead."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        with self._connected(left) as plain:
            # A timeout of a socket is for each packet; a server that sends one byte a second would outlive all of them.
            timer = threading.Timer(left, _shut, [plain])
            timer.daemon = True
            timer.start()
            try:
                with self._secured(plain) as connection:
                    return self._ask(connection)
            finally:
                timer.cancel()

    def _connected(self, left: float) -> socket.socket:
        default = 443 if self._parts.scheme == "https" else 80
        return socket.create_connection((self._parts.hostname, self._parts.port or default), timeout=left)

    def _secured(self, plain: socket.socket) -> socket.socket:
        # A socket of its own for the same connection, so that the other one can still be shut.
        own = plain.dup()
        own.settimeout(plain.gettimeout())
        if self._parts.scheme == "http":
            return own
        try:
            context = ssl.create_default_context(cafile=str(self._ca_file) if self._ca_file else None)
        except OSError as fault:
            own.close()
            what = "is no file of certificates" if isinstance(fault, ssl.SSLError) else fault.strerror
            raise InventoryError(f"{self._ca_file}: {what}") from fault
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context.wrap_socket(own, server_hostname=self._parts.hostname)

    def _ask(self, connection: socket.socket) -> str | tuple[str]:
        host = self._parts.hostname or ""
        asking = http.client.HTTPConnection(host, self._parts.port)
        asking.sock = connection
        headers = {"Host": self._parts.netloc, "Accept": "application/json", "Connection": "close"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        path = self._parts.path or "/"
        asking.request("GET", f"{path}?{self._parts.query}" if self._parts.query else path, headers=headers)
        with closing(asking), asking.getresponse() as answer:
            if answer.status in _REDIRECTS and answer.getheader("Location"):
                return (str(answer.getheader("Location")),)
            content = _content(answer)
        if time.monotonic() >= self._deadline:
            raise TimeoutError
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise ValueError(f"is not UTF-8 text (byte {fault.start})") from fault


def _content(answer: http.client.HTTPResponse) -> bytes:
    """The whole body. ``ValueError`` says why there is none."""
    if answer.status != http.client.OK:
        raise ValueError(f"was answered with {answer.status} {answer.reason}")
    if answer.getheader("Content-Encoding", "identity") != "identity":
        raise ValueError("the answer is packed, which was not asked for")
    content = bytearray()
    while chunk := answer.read(_CHUNK):
        content += chunk
        if len(content) > LARGEST:
            raise ValueError(f"is longer than {LARGEST} bytes")
    if answer.length:
        raise ValueError("the answer is not whole")
    return bytes(content)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
