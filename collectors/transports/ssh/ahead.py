"""What comes over a connection, taken with few system calls and few wake-ups."""

import time
from typing import Any

_CHUNK = 65536


class Ahead:
    """Takes all that has come at once, and hands it out in the pieces that are asked for: two or three a packet.
    ``connection`` is a socket, or a channel of the machine before.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._taken: bytes = b""
        self._at = 0
        self.rest = 0.0
        """Seconds to let come what comes before it is taken: a packet that wakes its reader for itself costs more than it costs
        to read.
        """
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
