"""The four protobuf messages of remote write 1.0, written by hand.

``WriteRequest { repeated TimeSeries = 1 }``, ``TimeSeries { repeated Label = 1; repeated Sample = 2 }``, ``Label { string name = 1;
string value = 2 }``, ``Sample { double value = 1; int64 timestamp = 2 }``. Fields: https://prometheus.io/docs/specs/prw/remote_write_spec/,
their encoding: https://protobuf.dev/programming-guides/encoding/.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache

STALE = struct.pack("<Q", 0x7FF0000000000002)
"""The value that says that a series has ended: a NaN of its own, told from others by its bits."""
VALUE = 8
"""Bytes of a value, which is a double in little endian."""
_FIRST, _SECOND = b"\x0a", b"\x12"
"""The tags of the fields 1 and 2, where they are strings or messages."""


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte, the lowest first."""
    told = bytearray()
    while number > 0x7F:
        told.append(number & 0x7F | 0x80)
        number >>= 7
    told.append(number)
    return bytes(told)


@lru_cache(maxsize=65536)
def label(name: str, value: str) -> bytes:
    """One label, as a field of its series."""
    first, second = name.encode(), value.encode()
    told = _FIRST + varint(len(first)) + first + _SECOND + varint(len(second)) + second
    return _FIRST + varint(len(told)) + told


def request(series: Sequence[bytes], values: Sequence[bytes], milliseconds: int) -> bytes:
    """A whole request: series, each as its labels in the order of their names, and a value for each, all of one moment since
    the epoch.
    """
    end = b"\x10" + varint(milliseconds)
    start = b"\x09"
    sample = _SECOND + varint(len(start) + VALUE + len(end)) + start
    more = len(sample) + VALUE + len(end)
    lengths = {length: _FIRST + varint(length + more) for length in set(map(len, series))}
    return b"".join(
        [
            part
            for labels, value in zip(series, values, strict=True)
            for part in (lengths[len(labels)], labels, sample, value, end)
        ]
    )
