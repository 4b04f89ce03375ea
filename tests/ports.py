"""Ports of loopback for servers that do not choose their own, and one at which nobody is."""

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

LOOPBACK = "127.0.0.1"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_MANY = 10_000


def free_port() -> int:
    """A port on which nobody listens. It is none of those that the kernel hands out by itself: clients, and servers that let it
    choose, do not take it before the server that it is for.
    """
    first = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 0
    draw = random.SystemRandom()
    while first > _MANY + 1024:
        port = draw.randrange(first - _MANY, first)
        with contextlib.suppress(OSError), socket.create_server((LOOPBACK, port)):
            return port
    with socket.create_server((LOOPBACK, 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def nobody_listens() -> Iterator[int]:
    """A port that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        yield int(taken.getsockname()[1])
