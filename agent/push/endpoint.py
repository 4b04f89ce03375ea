"""One request at a time to the server that takes the metrics: bounded in time as a whole, and cut off from another thread.

The standard library's client bounds each packet, not the whole; so a timer shuts the connection when the time is over, whatever
waits for it then. A connection is kept while there is more to send.
"""

import http.client
import socket
import ssl
import threading
import time
import urllib.parse
from contextlib import suppress

from agent import __version__
from agent.printable import printable
from agent.push.answers import Answer, moment, wait
from agent.push.errors import NoIdentityError
from agent.push.identity import Signer, signer_of
from agent.push.proxies import Proxy, proxy_for
from agent.push.settings import Push
from agent.push.trust import Trust

SECONDS = 30.0
"""For a request, from the first packet to the last byte."""
_READ = 4096
"""Bytes of an answer's body that are looked at: it is for logs only."""
_TOLD = 300
_OURS = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "User-Agent": f"wispwatch/{__version__}",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}
_PORTS = {"https": 443, "http": 80}


class Endpoint:
    """Where to push to. ``post`` and ``close`` belong to one thread; ``cut`` may be called from any."""

    def __init__(self, push: Push, seconds: float = SECONDS) -> None:
        self._push = push
        self._seconds = seconds
        self._parts = urllib.parse.urlsplit(push.url)
        self._trust = Trust(push) if self._parts.scheme == "https" else None
        self._signer: Signer | None = None
        self._plain: socket.socket | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._is_cut = False

    def post(self, body: bytes) -> Answer:
        """Send a request, and return what became of it. Nothing that a network, a server or a file does makes it raise."""
        deadline = time.monotonic() + self._seconds
        try:
            if self._signer is None:
                self._signer = signer_of(self._push)
            headers = {**self._push.headers, **_OURS, "Host": self._host}
            headers |= self._signer(body, headers)
            kept = self._connection is not None
            try:
                return self._asked(body, headers, deadline)
            except (OSError, http.client.HTTPException):
                self.close()
                if not kept or self._is_cut:
                    raise
                return self._asked(body, headers, deadline)  # the server had closed a connection that was kept
        except (OSError, http.client.HTTPException, NoIdentityError, ValueError) as fault:
            self.close()
            late = time.monotonic() >= deadline
            return Answer(None, f"no whole answer within {self._seconds:g} s" if late else _told(fault))

    def close(self) -> None:
        """Let go of the connection."""
        connection, plain = self._connection, self._plain
        self._connection = self._plain = None
        if connection is not None:
            connection.close()
        if plain is not None:
            plain.close()

    def cut(self) -> None:
        """End what is under way, at once and for good."""
        self._is_cut = True
        plain = self._plain
        if plain is not None:
            _shut(plain)

    @property
    def _host(self) -> str:
        """As the header has it: without a port that goes without saying."""
        host = self._parts.hostname or ""
        named = f"[{host}]" if ":" in host else host
        port = self._parts.port
        return named if port in (None, _PORTS[self._parts.scheme]) else f"{named}:{port}"

    def _asked(self, body: bytes, headers: dict[str, str], deadline: float) -> Answer:
        proxy = proxy_for(self._parts)
        if self._connection is None:
            self._plain = self._connected(proxy, deadline)
        if self._is_cut or self._plain is None:
            raise ConnectionAbortedError("it was cut off")
        # A timeout of a socket is for each packet; a server that sends one byte a second would outlive all of them.
        timer = threading.Timer(max(0.0, deadline - time.monotonic()), _shut, [self._plain])
        timer.daemon = True
        timer.start()
        try:
            if self._connection is None:
                self._connection = self._secured(self._plain, proxy)
            answer = self._answer(self._connection, body, headers, proxy)
        finally:
            timer.cancel()
        if self._is_cut or time.monotonic() >= deadline:
            raise TimeoutError  # what was cut off looks like what has come to its end
        return answer

    def _connected(self, proxy: Proxy | None, deadline: float) -> socket.socket:
        left = max(0.1, deadline - time.monotonic())
        host, port = self._parts.hostname or "", self._parts.port or _PORTS[self._parts.scheme]
        return socket.create_connection((proxy.host, proxy.port) if proxy else (host, port), timeout=left)

    def _secured(self, plain: socket.socket, proxy: Proxy | None) -> http.client.HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port or _PORTS[self._parts.scheme]
        # A socket of its own for the same connection, so that the other one can still be shut.
        own = plain.dup()
        own.settimeout(plain.gettimeout())
        try:
            if self._trust is not None:
                if proxy is not None:
                    proxy.tunnel(own, host, port)
                own = self._trust.context().wrap_socket(own, server_hostname=host)
        except BaseException:
            own.close()
            raise
        connection = http.client.HTTPConnection(host, port)
        connection.auto_open = 0  # it would speak without TLS
        connection.sock = own
        return connection

    def _answer(
        self, connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str], proxy: Proxy | None
    ) -> Answer:
        target = self._parts._replace(scheme="", netloc="", path=self._parts.path or "/").geturl()
        if proxy is not None and self._trust is None:
            target = self._push.url
            headers = {**headers, **proxy.headers}
        connection.request("POST", target, body, headers)
        with connection.getresponse() as answer:
            said = answer.read(_READ)
            whole = answer.read(1) == b"" and not answer.will_close
            date = moment(answer.getheader("Date"))
            retry = wait(answer.getheader("Retry-After"), date)
            status, reason = answer.status, answer.reason
        if not whole:
            self.close()
        told = said.decode("utf-8", "replace").strip().replace("\n", " ")
        return Answer(status, printable(f"{status} {reason}{f': {told}' if told else ''}", _TOLD), date, retry)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _told(fault: Exception) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({fault.verify_message}); name its authority as push.ca_file"
    said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return printable(said, _TOLD) or type(fault).__name__
