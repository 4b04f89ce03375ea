"""17.04(5) at the ciphers: what is called encrypted cannot be read without the key."""

from checks.check import check, given
from checks.portable.cipher_strength import weakness
from checks.portable.machines import spared
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.host.chassis import Chassis
from collectors.host.opened_volumes import OpenedVolume

_LAPTOP = Chassis(10, battery=True)
_SERVER = Chassis(23)
_AES = OpenedVolume.of("aes-xts-plain64", 512)


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[
        (_AES, _LAPTOP),
        (OpenedVolume.of("aes-cbc-essiv:sha256", 256), _LAPTOP),
        (OpenedVolume.of("capi:adiantum(xchacha12,aes)-plain64", 256), _LAPTOP),
        given(_AES, _SERVER, everywhere=True),
    ],
    fails=[
        (OpenedVolume.of("cipher_null-ecb", 0), _LAPTOP),
        (OpenedVolume.of("des-cbc-essiv:md5", 64), _LAPTOP),
        (OpenedVolume.of("aes-cbc-plain", 256), _LAPTOP),
        given(_AES, _LAPTOP, bits=512),
    ],
    not_applicable=[(OpenedVolume.of("des-cbc-plain", 64), _SERVER)],
)
def encrypted_volumes_use_strong_ciphers(
    volume: OpenedVolume, chassis: Chassis, *, bits: int = 128, everywhere: bool = False
) -> Verdict:
    """An encrypted volume that a portable computer has open is encrypted with a strong cipher and a long key.

    Why: the statute behind the regulation calls data encrypted where the process has 128 bits or more; a null cipher or DES
        in a LUKS volume does not come up to that.
    Fix: `cryptsetup reencrypt --cipher aes-xts-plain64 --key-size 512 DEVICE` (LUKS2, after a backup); for swap that crypttab
        opens, change its options to `cipher=aes-xts-plain64,size=512`.
    Settings:
        bits: how strong at least; 128, since M.G.L. c. 93H s. 1 says so. XTS has two keys in one, each of half its length.
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    judged = [(one, weakness(one, bits)) for one in volume.ciphers or ()]
    weak = [(one, reason) for one, reason in judged if reason]
    untold = [one.name for one, reason in judged if reason is None]
    told = False if weak else True if judged and not untold else None
    if (verdict := spared(chassis, told, everywhere=everywhere)) is not None:
        return verdict
    for one, reason in weak:
        return failed(f"it is encrypted with {one.name}: {reason}", cipher=one.name, key_bits=one.key_bits)
    if volume.ciphers is None:
        return unknown("dmsetup is not installed, or shows its table to root only")
    if untold or not judged:
        return unknown(f"this version does not know how strong {untold[0] if untold else 'its cipher'} is")
    return passed(ciphers=[one.name for one, _ in judged], key_bits=[one.key_bits for one, _ in judged])
