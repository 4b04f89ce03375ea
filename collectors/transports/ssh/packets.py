"""SSH's packets (RFC 4253, section 6), taken from a connection with few system calls and in a bounded size."""

import time
from typing import Protocol

from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

LARGEST = 256 << 10
"""Bytes of a packet, as OpenSSH has it (PACKET_MAX_SIZE). Its length is told before anybody has shown who it is."""
_CHUNK = 65536


class Connection(Protocol):
    """A socket, or a channel of the machine before."""

    def recv(self, size: int, /) -> bytes:
        """What has come, at most so many bytes; nothing at the end."""
        ...

    def send(self, data: bytes, /) -> int:
        """Returns how much of it went."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Packets(Packetizer):
    """Paramiko's, which would wait for four gigabytes where a packet is said to have them."""

    def __init__(self, connection: Connection) -> None:
        self._ahead = _Ahead(connection)
        self._shaking_hands = False
        super().__init__(self._ahead)  # type: ignore[arg-type] # of a socket it needs no more

    def rest(self, seconds: float) -> None:
        """From now on, let come for so long what comes, before it is taken: a packet that wakes its reader for itself costs
        more than it costs to read.
        """
        self._ahead.rest = seconds

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """So many bytes. ``SSHException`` where no honest packet has them."""
        if n > LARGEST:
            raise SSHException(f"a packet that is said to have {n} bytes")
        taken: bytes = super().read_all(n, check_rekey)
        return taken

    def start_handshake(self, timeout: float) -> None:
        """Start the clock."""
        self._shaking_hands = True
        super().start_handshake(timeout)

    def complete_handshake(self) -> None:
        """Stop the clock; told with every packet, and of use with the first."""
        if self._shaking_hands:
            self._shaking_hands = False
            super().complete_handshake()


class _Ahead:
    """Takes all that has come at once, and hands it out in the pieces that are asked for: two or three a packet."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._taken = b""
        self._at = 0
        self.rest = 0.0
        self.send = connection.send
        self.close = connection.close

    def recv(self, size: int) -> bytes:
        """As that of a socket; only one thread may."""
        at = self._at
        if at == len(self._taken):
            if self.rest and at < _CHUNK:  # after a whole chunk more is there already
                time.sleep(self.rest)
            self._taken = self._connection.recv(_CHUNK)
            at = 0
        piece = self._taken[at : at + size]
        self._at = at + len(piece)
        return piece
