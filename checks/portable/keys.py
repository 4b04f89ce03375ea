"""17.04(5) at the keys: an encrypted disk's key does not lie beside it in the clear."""

from checks.check import check
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.crypttab import Crypttab, Mapped
from collectors.host.volumes import Volumes


def _with(key: str, mode: int | None = None, owner: int = 0) -> Crypttab:
    return Crypttab((Mapped("data_crypt", "/dev/sdb1", key, mode, owner),))


@check(
    "17.04(5)",
    severity=HIGH,
    passes=[_with("/etc/keys/data.key", 0o400), _with("none")],
    fails=[_with("/etc/keys/data.key", 0o644), _with("/etc/keys/data.key", 0o600, owner=1000)],
    not_applicable=[Crypttab()],
)
def keys_of_disks_are_private(crypttab: Crypttab) -> Verdict:
    """A file with the key of an encrypted disk is open to root only.

    Why: the item asks for encryption with a confidential key; one that every user can read is not confidential.
    Fix: run `chown root:root` and `chmod 0400` on the file.
    """
    if not crypttab.mapped:
        return not_applicable("crypttab opens no encrypted disk")
    files = [one for one in crypttab.mapped if one.key_file and one.mode is not None]
    shown = [one.key_file for one in files if (one.mode or 0) & 0o077 or one.owner != 0]
    if shown:
        return failed("others than root may read or replace the key", files=shown)
    if not files:
        return passed("no key lies in a file")
    return passed(files=[one.key_file for one in files])


@check(
    "17.04(5)",
    severity=CRITICAL,
    passes=[(_with("/etc/keys/data.key", 0o400), Volumes.of(root=True)), (_with("none"), Volumes.of(root=False))],
    fails=[(_with("/etc/keys/data.key", 0o400), Volumes.of(root=False))],
    not_applicable=[(Crypttab(), Volumes.of(root=False))],
)
def keys_of_disks_lie_on_encrypted_disks(crypttab: Crypttab, volumes: Volumes) -> Verdict:
    """No key of an encrypted disk lies in a file on a disk that is not encrypted.

    Why: whoever has the machine then has the key with it, and the encryption protects nothing.
    Fix: use a passphrase or the TPM (`none` in the third field of crypttab, `systemd-cryptenroll`), remove the key with
        `cryptsetup luksRemoveKey` and delete the file; or encrypt the disk that it lies on.
    """
    if not crypttab.mapped:
        return not_applicable("crypttab opens no encrypted disk")
    files = [one.key_file for one in crypttab.mapped if one.key_file and one.mode is not None]
    for path in files:
        if volumes.holding(path).encrypted is False:
            return failed("a key lies in the clear", file=path, device=volumes.holding(path).device)
    for path in files:
        if volumes.holding(path).encrypted is None:
            return unknown(f"it cannot be told what {path} lies on: {volumes.holding(path).why}")
    return passed(files=files) if files else passed("no key lies in a file")
