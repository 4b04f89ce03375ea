"""The CRC-32 of two texts together, from those of each: as ``crc32_combine`` of zlib, which Python does not offer.

A CRC is the remainder of a polynomial over GF(2). A text of ``n`` bytes behind another multiplies the other's by ``x`` to the
power of ``8 n``, modulo the polynomial; then both are added, which is exclusive or. Bits are in reflected order.
"""

from functools import lru_cache

_POLYNOMIAL = 0xEDB88320
_ONE = 1 << 31


def combined(first: int, second: int, length: int) -> int:
    """The CRC-32 of a text whose first part has the CRC-32 ``first``, and whose second part, of so many bytes, ``second``."""
    return _product(_shift(length), first) ^ second


def _product(a: int, b: int) -> int:
    """Of two polynomials, modulo that of the CRC."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = (a << 1) & 0xFFFFFFFF
        b = (b >> 1) ^ _POLYNOMIAL if b & 1 else b >> 1
    return product


@lru_cache(maxsize=16384)
def _shift(length: int) -> int:
    """``x`` to the power of eight times the length."""
    power = _ONE
    square = _ONE >> 8
    while length:
        if length & 1:
            power = _product(square, power)
        length >>= 1
        square = _product(square, square)
    return power
