"""17.04(5) at swap, as it is configured: encryption of the disk is not undone beside it."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.crypttab import Crypttab, Mapped, StoredSwap

_ROOT = Mapped("root_crypt", "UUID=0f2a", "none")
_SWAP = Mapped("swap_crypt", "/dev/sda3", "/dev/urandom", random=True)


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[Crypttab((_ROOT, _SWAP), (StoredSwap("/dev/mapper/swap_crypt", encrypted=True),))],
    fails=[Crypttab((_ROOT,), (StoredSwap("/dev/sda3", encrypted=False),))],
    not_applicable=[Crypttab(), Crypttab((_ROOT,)), Crypttab((), (StoredSwap("/dev/sda3", encrypted=False),))],
)
def swap_beside_encrypted_disks_is_encrypted(crypttab: Crypttab) -> Verdict:
    """Where disks are encrypted, /etc/fstab turns on no swap in the clear.

    Why: what was read from an encrypted disk is written to swap when memory is short, and its key on hibernation.
    Fix: add `swap_crypt /dev/... /dev/urandom swap,cipher=aes-xts-plain64,size=256` to /etc/crypttab and use
        /dev/mapper/swap_crypt in /etc/fstab.
    """
    if not crypttab.mapped:
        return not_applicable("crypttab opens no encrypted disk")
    if not crypttab.swaps:
        return not_applicable("fstab turns on no swap on a disk")
    plain = [one.device for one in crypttab.swaps if one.encrypted is False]
    if plain:
        return failed("swap is written in the clear beside encrypted disks", devices=plain)
    if any(one.encrypted is None for one in crypttab.swaps):
        return not_applicable(
            "fstab alone does not tell what swap stands on; swap-in-use-is-encrypted looks at the system"
        )
    return passed(devices=[one.device for one in crypttab.swaps])
