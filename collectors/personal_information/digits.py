"""What the digits of a number say by themselves."""

from itertools import pairwise

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
"""Twice each digit, with the digits of the result added up."""
_ZERO = 48


def luhn(digits: bytes) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1, annex B."""
    total = sum(digits[-1::-2]) + sum(digits[-2::-2].translate(_DOUBLED)) - _ZERO * len(digits)
    return total % 10 == 0


def monotonous(digits: bytes) -> bool:
    """Whether one digit stands there more than seven times, or two of them more than four times each: made up, or no card."""
    counts = sorted(digits.count(digit) for digit in set(digits))
    return counts[-1] > 7 or (len(counts) > 1 and counts[-2] > 4)


def counted(digits: bytes) -> bool:
    """Whether it is one digit all along, or counts up or down: what people write as an example."""
    return len({(later - earlier) % 10 for earlier, later in pairwise(digits)}) == 1 and (
        (digits[1] - digits[0]) % 10 in {0, 1, 9}
    )
