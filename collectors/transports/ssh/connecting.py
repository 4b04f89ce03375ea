"""A connection to a host: its own socket, its key verified, logged in.

Each step says what went wrong and whether another try may help: a refused, silent or torn connection may come back, a key
that is not the host's or a login that is denied will not.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko
from paramiko.ssh_exception import IncompatiblePeer, SSHException

from collectors.transports.answers import shown
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.faults import SshFault
from collectors.transports.ssh.host_keys import algorithms_for, verify
from collectors.transports.ssh.identities import log_in
from collectors.transports.ssh.known_hosts import known_hosts

_USUAL = (Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts"))
_WEAK = {
    "ciphers": ("3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc"),
    "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96"),
}
_PAUSE = 0.5
"""Seconds before the second try; each further one waits twice as long."""


class Transport(paramiko.Transport):
    """Paramiko's, which offers the kinds of host keys in the order in which the host is known by them."""

    kinds: tuple[str, ...] = ()

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """As ``algorithms_for`` orders them."""
        return self.kinds


class Watch:
    """A moment at which a connection is cut, whatever waits for it then."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        """Of the monotonic clock."""
        self.rang = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._ring)
        self._timer.daemon = True
        self._timer.start()

    def over(self, connection: socket.socket) -> None:
        """Cut this connection, too."""
        self._sockets.append(connection)
        if self.rang:
            _shut(connection)

    def stop(self) -> None:
        """It is over in time."""
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        for one in self._sockets:
            _shut(one)

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self.deadline - time.monotonic())


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def connected(access: Access, watch: Watch) -> Iterator[Transport]:
    """A connection that is logged in; closed afterwards. ``SshFault`` where there is none after all tries."""
    opened = _with_retries(access, watch)
    try:
        yield opened[-1]
    finally:
        _close(opened)


def _with_retries(access: Access, watch: Watch) -> list[Transport]:
    pause = _PAUSE
    for tried in range(access.retries + 1):
        try:
            return _opened(access, watch)
        except SshFault as fault:
            if not fault.transient or tried == access.retries or watch.left < pause:
                again = f" ({tried + 1} tries)" if fault.transient and tried else ""
                raise SshFault(f"{fault.reason}{again}") from fault
        time.sleep(pause)
        pause *= 2
    raise AssertionError("the last try returns or raises")


def _opened(access: Access, watch: Watch) -> list[Transport]:
    """Connections from the first machine on the way to the last, all of them open."""
    opened: list[Transport] = []
    try:
        for hop in _way(access):
            opened.append(_hop(hop, opened[-1] if opened else None, watch))
    except BaseException:
        _close(opened)
        raise
    return opened


def _way(access: Access) -> list[Access]:
    """The machines on the way, the nearest first."""
    before = [] if access.through is None else _way(access.through)
    return [*before, access]


def _close(opened: list[Transport]) -> None:
    """From the far end. A socket that is shut first lets paramiko's thread end at once."""
    for one in reversed(opened):
        if isinstance(one.sock, socket.socket):
            _shut(one.sock)
        with suppress(Exception):
            one.close()


def _hop(access: Access, before: Transport | None, watch: Watch) -> Transport:
    seconds = min(access.connect_seconds, watch.left)
    deadline = time.monotonic() + seconds
    known = known_hosts(access.known_hosts, usual=_USUAL).about(access.name)
    stream = _socket(access, seconds) if before is None else _channel(access, before, seconds)
    if isinstance(stream, socket.socket):
        watch.over(stream)
    transport = Transport(stream, disabled_algorithms={name: list(weak) for name, weak in _WEAK.items()})
    transport.kinds = algorithms_for(known)
    transport.daemon = True
    transport.set_log_channel("wispwatch.ssh")
    try:
        left = max(0.1, deadline - time.monotonic())
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = left
        _shake_hands(transport, access, left)
        verify(transport, access, known)
        log_in(transport, access)
    except SshFault:
        _close([transport])
        raise
    except (SSHException, OSError, EOFError) as fault:
        _close([transport])
        raise SshFault(f"{access.place}: {_told(fault)}", transient=True) from fault
    return transport


def _shake_hands(transport: Transport, access: Access, seconds: float) -> None:
    try:
        transport.start_client(timeout=seconds)
    except IncompatiblePeer as fault:
        raise SshFault(f"{access.place}: {_told(fault)}") from fault
    except (SSHException, OSError, EOFError) as fault:
        raise SshFault(f"{access.place}: no SSH connection: {_told(fault)}", transient=True) from fault
    if not transport.initial_kex_done:
        raise SshFault(
            f"{access.place}: the SSH connection was not made within {access.connect_seconds:g} s", transient=True
        )


def _told(fault: BaseException) -> str:
    """In one line; some of what paramiko raises says nothing."""
    said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return shown(said)[:200] or "the connection was closed"


def _socket(access: Access, seconds: float) -> socket.socket:
    """The first of the host's addresses that answers. Small packets go at once: the talk is question and answer."""
    deadline = time.monotonic() + seconds
    try:
        found = socket.getaddrinfo(access.host, access.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise SshFault(f"{access.host}: its address is not found ({_told(fault)})", transient=True) from fault
    why: OSError = TimeoutError()
    for family, kind, protocol, _, address in found:
        one = socket.socket(family, kind, protocol)
        one.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.connect(address)
        except OSError as fault:
            one.close()
            why = fault
        else:
            return one
    told = f"no answer within {seconds:.3g} s" if isinstance(why, TimeoutError) else str(why.strerror or why)
    raise SshFault(f"{access.place}: {told}", transient=True) from why


def _channel(access: Access, before: Transport, seconds: float) -> Any:
    """The way on from the machine before, as ``ssh -J`` makes it."""
    try:
        return before.open_channel("direct-tcpip", (access.host, access.port), ("127.0.0.1", 0), timeout=seconds)
    except (SSHException, OSError, EOFError) as fault:
        raise SshFault(
            f"{access.place}: not reached by way of the jump host: {_told(fault)}", transient=True
        ) from fault
