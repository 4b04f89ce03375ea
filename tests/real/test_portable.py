import pytest

from collectors.host.crypttab import CRYPTTAB
from collectors.readings import Text
from tests.blocks import block, chassis, mounted_from
from tests.hosts import RunningHost, Tree

pytestmark = pytest.mark.real

SYSTEM = "system-volume-is-encrypted"
DATA = "data-volumes-are-encrypted"
SWAP = "swap-in-use-is-encrypted"
LUKS = "CRYPT-LUKS2-0f2a61-"


def disk(host: Tree) -> None:
    block(host, "sda")
    block(host, "sda1", part_of="sda")
    block(host, "sda2", part_of="sda")


def test_a_notebook_with_luks_passes(tree: Tree) -> None:
    with mounted_from(tree, "/dev/mapper/root") as host:
        disk(host)
        block(host, "dm-0", on="sda2", uuid=f"{LUKS}root")
        chassis(host, 10)
        assert host.status(SYSTEM) == "pass"


def test_a_notebook_with_a_logical_volume_on_luks_passes(tree: Tree) -> None:
    with mounted_from(tree, "/dev/mapper/root") as host:
        disk(host)
        block(host, "dm-0", on="sda2", uuid=f"{LUKS}pv")
        block(host, "dm-1", on="dm-0", uuid="LVM-Z9x-root")
        chassis(host, 10)
        assert host.status(SYSTEM) == "pass"


def test_a_plain_notebook_fails_and_a_plain_server_is_not_asked(tree: Tree) -> None:
    with mounted_from(tree, "/dev/sda2") as host:
        disk(host)
        assert host.status(SYSTEM) == "unknown"
        chassis(host, 10)
        assert host.status(SYSTEM) == "fail"
        chassis(host, 23)
        assert host.status(SYSTEM) == "not_applicable"
        assert host.status(SYSTEM, everywhere=True) == "fail"


def test_a_battery_makes_it_portable_where_firmware_says_nothing(tree: Tree) -> None:
    with mounted_from(tree, "/dev/sda2") as host:
        disk(host)
        host.write("/sys/class/power_supply/BAT0/type", "Battery\n")
        assert host.status(SYSTEM) == "fail"


def test_a_logical_volume_over_two_disks_with_one_plain_fails(tree: Tree) -> None:
    with mounted_from(tree, "/dev/mapper/root") as host:
        disk(host)
        block(host, "sdb")
        block(host, "dm-0", on="sda2", uuid=f"{LUKS}pv")
        block(host, "dm-1", on="dm-0 sdb", uuid="LVM-Z9x-root")
        chassis(host, 10)
        assert host.status(SYSTEM) == "fail"


def test_verity_is_not_encryption(tree: Tree) -> None:
    with mounted_from(tree, "/dev/mapper/root") as host:
        disk(host)
        block(host, "dm-0", on="sda2", uuid="CRYPT-VERITY-77aa-root")
        chassis(host, 10)
        assert '"crypt"' in host.run("lsblk", "-J")
        assert host.status(SYSTEM) == "fail"


def test_a_root_that_is_no_block_device_is_unknown(host: RunningHost) -> None:
    assert host.status(SYSTEM) == "unknown"  # no /sys at all
    disk(host)
    chassis(host, 10)
    status, reason = host.verdict(SYSTEM)
    assert (status, "overlay" in reason) == ("unknown", True)


def test_homes_and_sticks(host: RunningHost) -> None:
    disk(host)
    block(host, "dm-0", on="sda2", uuid=f"{LUKS}home")
    chassis(host, 10)
    assert host.status(DATA) == "not_applicable"
    host.run("mount", "-t", "tmpfs", "/dev/mapper/home", "/home")
    assert host.status(DATA) == "pass"
    block(host, "sdc", removable=True)
    host.run("mount", "-t", "tmpfs", "/dev/sdc", "/mnt")
    assert host.status(DATA) == "fail"
    chassis(host, 23)
    assert host.status(DATA) == "not_applicable"


def test_a_plain_home_with_fscrypt_is_unknown(host: RunningHost) -> None:
    disk(host)
    chassis(host, 10)
    host.run("mount", "-t", "tmpfs", "/dev/sda2", "/home")
    assert host.status(DATA) == "fail"
    host.path("/home/.fscrypt")
    host.run("mkdir", "/home/.fscrypt")
    assert host.status(DATA) == "unknown"


def swaps(host: RunningHost, *rows: str) -> None:
    head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
    host.write("/root/swaps", head + "".join(f"{row}\t\t975868\t\t0\t\t-2\n" for row in rows))
    host.run("mount", "--bind", "/root/swaps", "/proc/swaps")


def test_swap_in_use(host: RunningHost) -> None:
    disk(host)
    block(host, "dm-0", on="sda1", uuid="CRYPT-PLAIN-swap")
    chassis(host, 10)
    swaps(host, "/dev/zram0                             partition")
    assert host.status(SWAP) == "not_applicable"
    swaps(host, "/dev/dm-0                              partition", "/dev/zram0                             partition")
    assert host.status(SWAP) == "pass"
    swaps(host, "/dev/sda2                              partition")
    assert host.status(SWAP) == "fail"
    swaps(host, "/swap\\040file                         file")
    assert host.status(SWAP) == "unknown"


def test_swap_beside_encrypted_disks(tree: Tree) -> None:
    check = "swap-beside-encrypted-disks-is-encrypted"
    tree.write("/etc/fstab", "/dev/mapper/root / ext4 defaults 0 1\n/dev/sda3 none swap sw 0 0\n")
    assert tree.status(check) == "not_applicable"  # nothing is encrypted: no business of this check
    tree.write("/etc/crypttab", "# <target> <source> <key> <options>\nroot UUID=0f2a none luks,discard\n")
    assert tree.status(check) == "fail"
    tree.append("/etc/crypttab", "swap /dev/sda3 /dev/urandom swap,cipher=aes-xts-plain64,size=256")
    tree.replace("/etc/fstab", "/dev/sda3", "/dev/mapper/swap")
    assert tree.status(check) == "pass"
    tree.write("/etc/fstab", "/dev/mapper/root / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n")
    assert tree.status(check) == "pass"
    tree.write("/etc/fstab", "/dev/sda2 / ext4 defaults 0 1\n/swapfile none swap sw 0 0\n")
    assert tree.status(check) == "fail"
    tree.write("/etc/fstab", "UUID=77 none swap sw 0 0\n")
    assert tree.status(check) == "not_applicable"


def test_keys_of_disks_are_private(tree: Tree) -> None:
    check = "keys-of-disks-are-private"
    assert tree.status(check) == "not_applicable"
    tree.write("/etc/crypttab", "data /dev/sdb1 /etc/keys/data.key luks\n")
    tree.write("/etc/keys/data.key", b"\0\1\2", mode=0o400)
    assert tree.status(check) == "pass"
    tree.path("/etc/keys/data.key").chmod(0o644)
    assert tree.status(check) == "fail"
    tree.write("/etc/crypttab", "data /dev/sdb1 none luks\nswap /dev/sdb2 /dev/urandom swap\n")
    assert tree.status(check) == "pass"
    tree.write("/etc/cryptsetup-keys.d/data.key", "k", mode=0o640)  # systemd takes it where no key is named
    assert tree.status(check) == "fail"


def test_keys_lie_on_encrypted_disks(tree: Tree) -> None:
    check = "keys-of-disks-lie-on-encrypted-disks"
    with mounted_from(tree, "/dev/sda2") as host:
        assert host.status(check) == "not_applicable"
        host.write("/etc/crypttab", "data /dev/sdb1 /etc/keys/data.key luks\n")
        host.write("/etc/keys/data.key", "k", mode=0o400)
        assert host.status(check) == "unknown"
        disk(host)
        assert host.status(check) == "fail"
        block(host, "dm-0", on="sda1", uuid=f"{LUKS}keys")
        host.run("mount", "-t", "tmpfs", "/dev/mapper/keys", "/etc/keys")
        host.run("sh", "-c", "umask 077; echo k > /etc/keys/data.key")
        assert host.status(check) == "pass"


def test_usb_storage(host: RunningHost) -> None:
    check = "usb-storage-is-blocked"
    assert host.status(check) == "not_applicable"
    assert host.status(check, required=True) == "unknown"
    chassis(host, 23)
    assert host.status(check, required=True) == "not_applicable"
    chassis(host, 10)
    assert host.status(check, required=True) == "fail"
    host.write("/etc/modprobe.d/usb.conf", "blacklist usb-storage\n")
    assert host.status(check, required=True) == "fail"  # uas would load it
    host.append("/etc/modprobe.d/usb.conf", "blacklist uas\n")
    assert host.status(check, required=True) == "pass"
    host.write("/etc/modprobe.d/usb.conf", "install usb_storage /bin/false\n")
    assert host.status(check, required=True) == "pass"
    host.write("/etc/modprobe.d/usb.conf", "# install usb_storage /bin/false\n")
    assert host.status(check, required=True) == "fail"


def test_no_passphrase_in_crypttab_leaves_the_host(tree: Tree) -> None:
    tree.write("/etc/crypttab", "data /dev/sdb1 hunter2 luks\n")
    found = tree.findings("keys-of-disks-are-private")
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(tree.transport.read(crypttab_sources()))


def crypttab_sources() -> list:  # type: ignore[type-arg]
    from collectors.host.crypttab import crypttab

    return list(crypttab.sources)


def test_a_password_in_a_device_of_fstab_does_not_leave_the_target(tree: Tree) -> None:
    tree.write("/etc/crypttab", "root UUID=0f2a none luks\n")
    tree.write(
        "/etc/fstab",
        "curlftpfs#ann:hunter2-Tr0ub4dor@ftp.example.org /mnt fuse ro 0 0\n/dev/sda2 / ext4 defaults 0 1\n",
    )
    reading = tree.transport.read([CRYPTTAB])[CRYPTTAB.key]
    assert isinstance(reading, Text)
    assert "/dev/sda2 /" in reading.text
    assert "hunter2" not in reading.text
