"""Compression of what goes over a connection, ``zlib@openssh.com`` (OpenSSH, PROTOCOL, section 1.2): from the end of the login
on, where the server has it.

The script is a quarter as long then, and the same for all hosts but for its mark. Each packet is compressed for itself, so that
a packet that was sent to one host need not be compressed for the next. A decoder sees one stream: RFC 1951 lets blocks follow
each other that refer to nothing before them.
"""

import zlib
from functools import lru_cache

from paramiko.ssh_exception import SSHException

NAME = "zlib@openssh.com"
LARGEST = 256 << 10
"""Bytes that a packet may become: OpenSSH's PACKET_MAX_SIZE, as for one that is not compressed."""
_HEADER = b"\x78\x9c"
"""Of a stream with a window of 32 kB (RFC 1950, section 2.2)."""
_WORTH_KEEPING = 8192
"""Bytes: what is shorter is no part of a script."""


class Compressor:
    """What goes out."""

    def __init__(self) -> None:
        self._header = _HEADER

    def __call__(self, packet: bytes) -> bytes:
        """A packet's next piece of the stream."""
        header, self._header = self._header, b""
        return header + (_kept(packet) if len(packet) >= _WORTH_KEEPING else _compressed(packet))


def _compressed(packet: bytes) -> bytes:
    one = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return one.compress(packet) + one.flush(zlib.Z_SYNC_FLUSH)


_kept = lru_cache(maxsize=64)(_compressed)


class Decompressor:
    """What comes in; ``SSHException`` where little becomes more than any packet has."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()

    def __call__(self, piece: bytes) -> bytes:
        """The packet of a piece of the stream."""
        try:
            packet = self._stream.decompress(piece, LARGEST)
        except zlib.error as fault:
            raise SSHException("a packet that is not compressed as was agreed") from fault
        if self._stream.unconsumed_tail:
            raise SSHException(f"a packet that becomes more than {LARGEST} bytes")
        return packet
