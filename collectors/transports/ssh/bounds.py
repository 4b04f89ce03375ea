"""What a server can make us hold: paramiko takes whatever it sends, and anybody may sit behind a port.

Before the keys are exchanged not even an SSH server has been seen, and a login that works makes no server honest.
"""

from typing import Any

from paramiko.buffered_pipe import BufferedPipe
from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

from collectors.transports.ssh.ahead import Ahead

_LARGEST_PACKET = 256 << 10
"""Bytes; OpenSSH's own bound (PACKET_MAX_SIZE). RFC 4253, 6.1 asks for 35,000."""
_LONGEST_GREETING = 16 << 10
"""Bytes before the server's version (RFC 4253, 4.2: other lines may come first); OpenSSH's client reads a little more."""
_WINDOW = 4 << 20
"""Bytes that may wait to be taken: twice the window that paramiko opens."""


class Packets(Packetizer):
    """Paramiko's, which takes no packet that is too long, and no greeting that does not end."""

    def __init__(self, stream: Any) -> None:
        self._ahead = Ahead(stream)
        super().__init__(self._ahead)  # type: ignore[arg-type] # of a socket it needs no more
        self.greeting = b""
        """What was said first: the version of a server, or of what is none."""

    def rest(self, seconds: float) -> None:
        """From now on, let come for so long what comes, before it is taken."""
        self._ahead.rest = seconds

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """So many bytes; ``n`` is what the other side says that a packet has."""
        if not 0 <= n <= _LARGEST_PACKET:
            raise SSHException(f"a packet claims to have {n} bytes")
        return super().read_all(n, check_rekey)

    def start_handshake(self, timeout: float) -> None:
        """Whoever waits for the handshake has a clock: one timer for each connection is saved."""

    def _read_timeout(self, timeout: float) -> bytes:
        """The next bytes of the greeting."""
        if len(self.greeting) > _LONGEST_GREETING:
            raise SSHException("the greeting does not end")
        said: bytes = super()._read_timeout(timeout)  # type: ignore[misc]
        self.greeting += said
        return said


class Held(BufferedPipe):  # type: ignore[type-arg] # which it has for type checkers only
    """What came and was not taken yet: no more than the window lets through. "Both parties MAY ignore all extra data sent
    after the allowed window is empty" (RFC 4254, 5.2), and with it everything that follows: a gap must not look whole.
    """

    flooded = False

    def feed(self, data: Any) -> None:
        """Take it in, if there may be so much."""
        if self.flooded or len(self) + len(data) > _WINDOW:
            self.flooded = True
            data = b""
        super().feed(data)


def hold(pipe: Any) -> None:
    """Bound what waits in a pipe from now on. It may hold something already, which another one in its place would lose: the
    greeting of a host behind a jump host comes together with the way to it.
    """
    pipe.__class__ = Held
