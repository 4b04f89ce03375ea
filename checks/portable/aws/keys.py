"""The keys that records are encrypted with."""

from checks.check import SUPPORTING, check
from checks.verdict import LOW, Verdict, failed, passed
from collectors.aws.kms import KeyRotation


@check(
    "17.04(5)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[KeyRotation(enabled=True)],
    fails=[KeyRotation(enabled=False)],
)
def kms_keys_are_rotated(key_rotation: KeyRotation) -> Verdict:
    """AWS makes new material for the key from time to time.

    Why: less is encrypted with each material, and less is lost with one. Asked of keys that AWS can rotate: symmetric ones
    with its own material, in use.
    Fix: switch on automatic rotation of the key; what was encrypted before can still be read.
    """
    return passed() if key_rotation.enabled else failed("the key is not rotated")
