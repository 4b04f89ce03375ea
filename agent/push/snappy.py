"""Snappy's block format, as remote write asks for it: https://github.com/google/snappy/blob/main/format_description.txt.

Packed by cramjam (the extra ``push``) or by Debian's python3-snappy where one of them is installed, to a thirteenth; otherwise as it is,
in literals, which the format allows and every reader takes.
"""

from collections.abc import Callable
from functools import cache

from agent.push.messages import varint

_PIECE = 65536
_SHORT = 60
"""Bytes of a literal whose tag says its length, less one; of longer ones two bytes behind the tag do."""
_TWO_BYTES = 61 << 2


def packed(raw: bytes) -> bytes:
    """One block."""
    return _packer()(raw)


def literal(raw: bytes) -> bytes:
    """One block in which nothing is shorter than it was."""
    told = [varint(len(raw))]
    for start in range(0, len(raw), _PIECE):
        piece = raw[start : start + _PIECE]
        more = len(piece) - 1
        told += [bytes([more << 2]) if more < _SHORT else bytes([_TWO_BYTES]) + more.to_bytes(2, "little"), piece]
    return b"".join(told)


@cache
def _packer() -> Callable[[bytes], bytes]:
    try:
        from cramjam import snappy  # noqa: PLC0415 - an extra
    except ImportError:
        try:
            import snappy as debian  # noqa: PLC0415 - same
        except ImportError:
            return literal
        return lambda raw: bytes(debian.compress(raw))
    return lambda raw: bytes(snappy.compress_raw(raw))
