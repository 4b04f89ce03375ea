"""The listener: a small HTTP/1.1 server for ``/metrics``, the status page and the health endpoints.

Why not the standard library's: there one client that connects and says nothing blocks the TLS handshake of all others, and
nothing bounds how long a request may take to arrive. Here every connection has a thread of its own, in which the handshake is
made too; the time for a whole request is bounded, and so are the bytes of it and the number of connections. When all are
taken, the one that has been idle for longest makes room. Answers are bytes that were made when the last scan ended.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

from agent.web.connection import Connection, Respond
from agent.web.web_config import Watched

CONNECTIONS = 128
"""At the same time."""


class Server:
    """Listens from the start on; ``start`` begins to answer, ``stop`` ends it."""

    def __init__(self, listen: str, watched: Watched, log: Callable[[str], None]) -> None:
        """Bind. ``OSError`` where the address cannot be had."""
        self.watched = watched
        """TLS and passwords; may be replaced while it runs."""
        self._log = log
        self._lock = threading.Lock()
        self._open: dict[Connection, None] = {}
        self._stopping = False
        self._listener = _bound(listen)

    @property
    def address(self) -> str:
        """Where it listens, e.g. ``127.0.0.1:9817``."""
        host, port = self._listener.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def start(self, respond: Respond) -> None:
        """Answer from now on, in threads of its own."""
        threading.Thread(target=self._accept, args=(respond,), name="listener", daemon=True).start()

    def stop(self) -> None:
        """End every connection and listen no more."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            remaining = list(self._open)
        for connection in remaining:
            connection.drop()

    def _accept(self, respond: Respond) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError as fault:
                if self._stopping:
                    return
                self._log(f"a connection was not taken: {fault.strerror}")
                time.sleep(0.2)  # out of file descriptors: there is nothing to do but wait
                continue
            connection = Connection(client, self.watched, respond)
            if self._admit(connection):
                try:
                    threading.Thread(target=self._serve, args=(connection,), name="client", daemon=True).start()
                except RuntimeError as fault:  # no more threads: the next client may be luckier
                    self._log(f"a connection was not taken: {fault}")
                    self._leave(connection)

    def _admit(self, connection: "Connection") -> bool:
        with self._lock:
            if len(self._open) >= CONNECTIONS:
                idle = [one for one in self._open if not one.busy]
                if not idle:
                    connection.refuse()
                    return False
                oldest = min(idle, key=lambda one: one.since)
                del self._open[oldest]
                oldest.drop()
            self._open[connection] = None
            return True

    def _serve(self, connection: "Connection") -> None:
        try:
            connection.serve()
        except (OSError, ValueError) as fault:  # a client that went away or spoke no TLS
            if not self._stopping and not isinstance(fault, ConnectionError | TimeoutError):
                self._log(f"a connection ended: {fault}")
        finally:
            self._leave(connection)

    def _leave(self, connection: "Connection") -> None:
        with self._lock:
            self._open.pop(connection, None)
        connection.close()


def _bound(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(("", int(port)), family=socket.AF_INET6, backlog=128, dualstack_ipv6=True)
    if not host:
        return socket.create_server(("", int(port)), backlog=128)
    family, _, _, _, address = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=128)
