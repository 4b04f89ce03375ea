"""The addresses of a host, in bounded time: a name server that is silent may take a minute to be given up."""

import socket
import threading
from collections.abc import Sequence
from typing import Any

from collectors.transports.answers import shown
from collectors.transports.ssh.faults import SshFault

_MOST = 8
"""Addresses of one name that are tried."""
Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
"""As ``getaddrinfo`` gives it."""


def addresses_of(host: str, port: int, seconds: float) -> Sequence[Address]:
    """Where a host is, the preferred address first. ``SshFault`` where nobody knows, which may pass unless it is said that
    there is no such name.
    """
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass  # a name, then
    found: list[Address] = []
    faults: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as fault:
            faults.append(fault)

    asking = threading.Thread(target=ask, name="resolve", daemon=True)  # it cannot be broken off, only left behind
    asking.start()
    asking.join(seconds)
    if found:
        return found[:_MOST]
    if not faults:
        raise SshFault(f"{host}: its address is not found (no answer within {seconds:.3g} s)", transient=True)
    fault = faults[0]
    said = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    passing = isinstance(fault, socket.gaierror) and fault.errno == socket.EAI_AGAIN
    raise SshFault(f"{host}: its address is not found ({shown(said)[:200]})", transient=passing) from fault
