"""A connection to a host: its own socket, its key verified, logged in.

Each step says what went wrong and whether another try may help: a refused, silent or torn connection may come back, a key
that is not the host's or a login that is denied will not.
"""

import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko
from paramiko.ssh_exception import ChannelException, IncompatiblePeer, SSHException

from collectors.transports.answers import shown
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.addresses import addresses_of
from collectors.transports.ssh.bounds import hold
from collectors.transports.ssh.faults import SshFault
from collectors.transports.ssh.host_keys import algorithms_for, verify
from collectors.transports.ssh.identities import NO_SESSION, log_in
from collectors.transports.ssh.known_hosts import known_hosts
from collectors.transports.ssh.transport import Transport

_USUAL = (Path("~/.ssh/known_hosts").expanduser(), Path("/etc/ssh/ssh_known_hosts"))
_TO_END = 2.0
"""Seconds that a connection's thread has to end once its socket is shut, which takes it none."""
_PROHIBITED = 1
"""SSH_OPEN_ADMINISTRATIVELY_PROHIBITED (RFC 4254, section 5.1)."""
_PAUSE = 0.5
"""Seconds before the second try; each further one waits twice as long, and all of them a little more or less: those whom a
busy server turned away together must not come back together."""
_BEFORE = re.compile(r"Error reading SSH protocol banner|\[Errno \d+\] ")
"""What paramiko puts before a reason."""


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
        self._timer.join()

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
            if fault.transient and watch.rang:
                raise SshFault(f"{access.place}: not reached within the time limit of the scan") from fault
            if not fault.transient or tried == access.retries or watch.left < pause:
                again = f" ({tried + 1} tries)" if fault.transient and tried else ""
                raise SshFault(f"{fault.reason}{again}") from fault
        time.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
        pause *= 2
    raise AssertionError("the last try returns or raises")


def _opened(access: Access, watch: Watch) -> list[Transport]:
    """Connections from the first machine on the way to the last, all of them open."""
    opened: list[Transport] = []
    try:
        for hop in _way(access):
            opened.append(_hop(hop, opened[-1] if opened else None, watch, last=hop is access))
    except BaseException:
        _close(opened)
        raise
    return opened


def _way(access: Access) -> list[Access]:
    """The machines on the way, the nearest first."""
    before = [] if access.through is None else _way(access.through)
    return [*before, access]


def _close(opened: list[Transport]) -> None:
    """From the far end; what they have started has ended then. A socket that is shut first wakes paramiko's thread, which
    otherwise looks every 100 ms; and no machine on the way can keep us by not listening to a farewell.
    """
    for one in opened:
        if isinstance(one.sock, socket.socket):
            _shut(one.sock)
    for one in reversed(opened):
        with suppress(Exception):
            one.close()
        if one.is_alive():
            one.join(_TO_END)
        with suppress(Exception):
            one.sock.close()
        one.let_go()


def _hop(access: Access, before: Transport | None, watch: Watch, *, last: bool) -> Transport:
    seconds = min(access.connect_seconds, watch.left)
    deadline = time.monotonic() + seconds
    known = known_hosts(access.known_hosts, usual=_USUAL).about(access.name, access.name_without_port)
    stream = _socket(access, seconds) if before is None else _channel(access, before, seconds)
    if isinstance(stream, socket.socket):
        watch.over(stream)
    transport = Transport(stream)
    transport.kinds = algorithms_for(known)
    transport.compresses = last
    transport.deadline = deadline
    transport.banner_timeout = transport.left + 1  # ``start_client`` knows when it is too late
    try:
        _shake_hands(transport, access)
        verify(transport, access, known)
        log_in(transport, access)
    except SshFault:
        _close([transport])
        raise
    except Exception as fault:  # paramiko raises again what its thread has met, whatever that was
        told = _told(transport.saved_exception or fault)
        _close([transport])
        raise SshFault(f"{access.place}: no SSH connection: {told}", transient=True) from fault
    except BaseException:
        _close([transport])
        raise
    return transport


def _shake_hands(transport: Transport, access: Access) -> None:
    try:
        transport.start_client(timeout=transport.left)
    except IncompatiblePeer as fault:
        raise SshFault(f"{access.place}: no SSH connection: {_told(fault)}") from fault
    except Exception as fault:
        told = transport.farewell or _no_server(transport) or _told(fault)
        raise SshFault(f"{access.place}: no SSH connection: {told}", transient=True) from fault
    if not transport.initial_kex_done:
        raise SshFault(
            f"{access.place}: the SSH connection was not made within {access.connect_seconds:g} s", transient=True
        )


def _no_server(transport: Transport) -> str:
    """What answered instead of an SSH server, if that is what it was."""
    said = transport.packets.greeting
    if not said or transport.remote_version or said.startswith(b"SSH-"):
        return ""
    first = said.split(b"\n")[0].strip()[:100].decode("utf-8", "backslashreplace")
    return f"no SSH server answers there, but something that says: {shown(first)[:200]}"


def _told(fault: BaseException) -> str:
    """Some of what paramiko raises says nothing, or nothing that anybody understands."""
    if isinstance(fault, ChannelException):
        return str(fault.text)[:200]
    if not isinstance(fault, SSHException | OSError | EOFError):
        return f"the server does not keep to the protocol ({type(fault).__name__})"
    said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return _BEFORE.sub("", said).replace(NO_SESSION, "")[:200] or "it was closed"


def _socket(access: Access, seconds: float) -> socket.socket:
    """The first of the host's addresses that answers. Small packets go at once: the talk is question and answer."""
    deadline = time.monotonic() + seconds
    found = addresses_of(access.host, access.port, seconds)
    why: OSError = TimeoutError()
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        try:
            one = socket.socket(family, kind, protocol)
        except OSError as fault:  # e.g. a machine without IPv6
            why = fault
            continue
        # One that does not answer leaves the others their share.
        one.settimeout(max(0.1, (deadline - time.monotonic()) / (len(found) - tried)))
        try:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.connect(address)
        except OSError as fault:
            one.close()
            why = fault
        else:
            return one
    told = f"no answer within {seconds:.3g} s" if isinstance(why, TimeoutError) else str(why.strerror or why)
    raise SshFault(f"{access.place}: not reached: {told}", transient=True) from why


class _Way(paramiko.Channel):
    """A way on, which the thread of the connection over it closes, too, when the machine before may have gone already."""

    def close(self) -> None:
        """Nobody is left to be told about a fault."""
        with suppress(Exception):
            super().close()


def _channel(access: Access, before: Transport, seconds: float) -> Any:
    """The way on from the machine before, as ``ssh -J`` makes it."""
    way = access.through.place if access.through is not None else "the host before"
    try:
        channel = before.open_channel("direct-tcpip", (access.host, access.port), ("127.0.0.1", 0), timeout=seconds)
    except ChannelException as fault:
        refused = fault.code == _PROHIBITED
        told = "forwards no connections" if refused else _told(fault)
        raise SshFault(f"{access.place}: not reached by way of {way}: {told}", transient=not refused) from fault
    except Exception as fault:
        raise SshFault(f"{access.place}: not reached by way of {way}: {_told(fault)}", transient=True) from fault
    hold(channel.in_buffer)
    channel.__class__ = _Way
    return channel
