"""17.04(5) on real block devices: LUKS, LVM, RAID, loop devices, swap and hibernation of Linux 6.1."""

import contextlib
from collections.abc import Iterator

import pytest

from collectors.host.opened_volumes import OpenedVolume, opened_volumes
from tests.machine import Machine

pytestmark = pytest.mark.vm

SYSTEM = "system-volume-is-encrypted"
DATA = "data-volumes-are-encrypted"
SWAP = "swap-in-use-is-encrypted"
CIPHER = "encrypted-volumes-use-strong-ciphers"
HIBERNATION = "hibernation-writes-to-an-encrypted-disk"
KEYS = "keys-of-disks-lie-on-encrypted-disks"

LUKS = """
luks() {
  name=$1 device=$2; shift 2
  printf pass | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$@" "$device" -
  printf pass | cryptsetup open --key-file - "$device" "$name"
}
plain() { printf pass | cryptsetup open -q --type plain --key-file - --key-size "$4" --cipher "$3" "$2" "$1" 2>/dev/null; }
set -e
"""


@contextlib.contextmanager
def made(machine: Machine, script: str, *undo: str) -> Iterator[None]:
    """Do something, and put it back afterwards, whatever happens."""
    try:
        machine.run(LUKS + script)
        yield
    finally:
        machine.run(
            "exec 2>&1\n"
            + "".join(f"{one} || true\n" for one in undo)
            + "wipefs -aq /dev/vd[d-g]; udevadm trigger --settle /dev/vd[d-g]"
        )


def wiped(names: str) -> str:
    return f"for name in {names}; do cryptsetup close $name; done"


def test_the_machine_as_it_is_installed(machine: Machine) -> None:
    told = machine.statuses(SYSTEM, SWAP, HIBERNATION, DATA, KEYS)
    assert told == {SYSTEM: "pass", SWAP: "pass", HIBERNATION: "pass", DATA: "fail", KEYS: "pass"}
    assert {one.subject: one.status.value for one in machine.findings(CIPHER)} == {"root": "pass", "swap": "pass"}
    with made(machine, "umount /srv", "mount /srv"):
        assert machine.status(DATA) == "not_applicable"


def test_ciphers(machine: Machine) -> None:
    script = """
    luks old /dev/vdd --type luks1 --cipher aes-cbc-plain --key-size 256
    luks none /dev/vde --type luks2 --cipher cipher_null-ecb --key-size 256
    luks essiv /dev/vdf --type luks1 --cipher aes-cbc-essiv:sha256 --key-size 128
    plain adiantum /dev/vdg xchacha12,aes-adiantum-plain64 256
    """
    with made(machine, script, wiped("old none essiv adiantum")):
        found = {one.subject: (one.status.value, one.verdict.reason) for one in machine.findings(CIPHER)}
        assert {name: status for name, (status, _) in found.items()} == {
            "root": "pass",
            "swap": "pass",
            "old": "fail",
            "none": "fail",
            "essiv": "pass",
            "adiantum": "pass",
        }
        assert "changes nothing" in found["none"][1]
        assert machine.status(CIPHER, "essiv", bits=256) == "fail"
        seen = opened_volumes.outcome(machine.transport.read(opened_volumes.sources))
        assert isinstance(seen, tuple)
        bits = {one.name: one.ciphers[0].key_bits for one in seen if isinstance(one, OpenedVolume) and one.ciphers}
        assert bits == {"root": 512, "swap": 512, "old": 256, "none": 0, "essiv": 128, "adiantum": 256}


def test_a_key_that_also_sums_up_is_not_taken_for_longer(machine: Machine) -> None:
    script = "luks summed /dev/vdd --type luks2 --integrity hmac-sha256 --integrity-no-wipe --key-size 256"
    with made(machine, script, wiped("summed")):
        assert machine.status(CIPHER, "summed") == "pass"
        assert machine.status(CIPHER, "summed", bits=129) == "fail"  # 256 bits of XTS are two keys of 128


def test_no_key_leaves_the_machine(machine: Machine) -> None:
    key = machine.run("dmsetup table --showkeys swap").split()[4]
    assert len(key) == 128
    assert set(key) != {"0"}
    assert key not in repr(machine.transport.read(opened_volumes.sources))


def test_a_volume_with_a_null_cipher_is_not_encrypted(machine: Machine) -> None:
    script = "luks none /dev/vde --type luks2 --cipher cipher_null-ecb; mkfs.ext4 -q /dev/mapper/none; mount /dev/mapper/none /mnt; umount /srv"
    with made(machine, script, "umount /mnt", wiped("none"), "mount /srv"):
        assert machine.status(DATA) == "fail"


def test_an_encryption_that_has_not_ended(machine: Machine) -> None:
    script = """
    umount /srv
    mkfs.ext4 -q /dev/vdd 32M
    printf pass | cryptsetup reencrypt -q --encrypt --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
      --init-only --reduce-device-size 16M --key-file - /dev/vdd
    printf pass | cryptsetup open --key-file - /dev/vdd begun
    udevadm settle
    mount /dev/mapper/begun /mnt
    """
    with made(machine, script, "umount /mnt", wiped("begun"), "mount /srv"):
        assert "begun" in machine.run("lsblk -rno NAME,TYPE | grep crypt")
        assert machine.status(DATA) in {"fail", "unknown"}, machine.run("dmsetup table")


def test_logical_volumes_and_raid(machine: Machine) -> None:
    script = """
    umount /srv
    luks pv /dev/vdd --type luks2
    pvcreate -q /dev/mapper/pv; vgcreate -q clients /dev/mapper/pv; lvcreate -q -y -L 12M -n records clients
    mkfs.ext4 -q /dev/clients/records; mount /dev/clients/records /mnt
    """
    close = ("umount /mnt", "vgremove -q -f clients", "pvremove -q /dev/mapper/pv", wiped("pv"), "mount /srv")
    with made(machine, script, *close):
        assert machine.status(DATA) == "pass"
        machine.run("pvcreate -q /dev/vde; vgextend -q clients /dev/vde; lvextend -q -l 100%FREE /dev/clients/records")
        assert machine.status(DATA) == "fail"  # it now reaches over to a plain disk
        machine.run("umount /mnt; vgremove -q -f clients; pvremove -q /dev/vde")
    script = """
    umount /srv
    luks one /dev/vdd --type luks2; luks two /dev/vde --type luks2
    modprobe raid1
    yes | mdadm --create --run --metadata=1.2 --level=1 --raid-devices=2 /dev/md7 /dev/mapper/one /dev/mapper/two >/dev/null 2>&1
    udevadm settle; mkfs.ext4 -q /dev/md7; mount /dev/md7 /mnt
    """
    close = ("umount /mnt", "mdadm --stop /dev/md7", wiped("one two"), "wipefs -aq /dev/vdf", "mount /srv")
    with made(machine, script, *close):
        assert machine.status(DATA) == "pass"
        machine.run("mdadm --add /dev/md7 /dev/vdf && mdadm --grow /dev/md7 --raid-devices=3 2>&1; udevadm settle")
        assert machine.status(DATA) == "fail"  # the third half is plain


def test_loop_devices_are_what_their_file_lies_on(machine: Machine) -> None:
    loop = "head -c 8388608 /dev/zero >{0}; mkfs.ext4 -q {0}; mount -o loop {0} /mnt"
    with made(machine, f"umount /srv; {loop.format('/root/image')}", "umount /mnt", "rm -f /root/image", "mount /srv"):
        assert machine.run("lsblk -rno TYPE | sort -u | head -3").split() == ["crypt", "disk", "loop"]
        assert machine.status(DATA) == "pass"
        machine.run("rm /root/image")
        assert machine.status(DATA) == "unknown"
    with made(machine, loop.format("/srv/image"), "umount /mnt", "rm -f /srv/image"):
        assert next(one.verdict.observed["places"] for one in machine.findings(DATA)) == "/srv, /mnt"


def test_a_place_of_the_system_volume_is_no_volume_of_its_own(machine: Machine) -> None:
    script = "umount /srv; ip netns add one; mount --bind /home /mnt; mount --bind /run/netns /srv"
    with made(machine, script, "umount /mnt", "umount /srv", "ip netns delete one", "mount /srv"):
        assert machine.status(DATA) == "not_applicable"


def test_swap_and_hibernation(machine: Machine) -> None:
    with made(machine, "mkswap -q /dev/vdd 2>/dev/null || mkswap /dev/vdd; swapon /dev/vdd", "swapoff /dev/vdd"):
        assert machine.statuses(SWAP, HIBERNATION) == {SWAP: "fail", HIBERNATION: "fail"}
        machine.run("swapoff /dev/vdd")
        assert machine.status(HIBERNATION) == "pass"
        machine.run(
            "printf S1SUSPEND | dd of=/dev/vdd bs=1 seek=4086 conv=notrunc 2>/dev/null; udevadm trigger --settle /dev/vdd"
        )
        assert machine.run("lsblk -no FSTYPE /dev/vdd").strip() == "swsuspend"
        assert machine.verdict(HIBERNATION)[1] == "a hibernated system lies on a disk in the clear"
    plain = "lsblk -dno MAJ:MIN /dev/vde | tr -d ' ' >/sys/power/resume"
    with made(machine, plain, "echo 0:0 >/sys/power/resume"):
        assert machine.status(HIBERNATION) == "fail"
        machine.run("lsblk -dno MAJ:MIN /dev/mapper/swap | tr -d ' ' >/sys/power/resume")
        assert machine.status(HIBERNATION) == "pass"
    masked = "hibernate.target hybrid-sleep.target suspend-then-hibernate.target"
    with made(machine, f"systemctl --no-reload mask {masked} 2>&1", f"systemctl --no-reload unmask {masked}"):
        assert machine.status(HIBERNATION) == "not_applicable"


def test_a_swap_file_is_as_its_volume(machine: Machine) -> None:
    create = "head -c 8388608 /dev/zero >{0}; chmod 600 {0}; mkswap {0}; swapon {0}"
    with made(machine, create.format("/root/swap"), "swapoff /root/swap", "rm /root/swap"):
        assert machine.status(SWAP) == "pass"
    with made(machine, create.format("/srv/swap"), "swapoff /srv/swap", "rm /srv/swap"):
        assert machine.status(SWAP) == "fail"


def test_keys_in_files(machine: Machine) -> None:
    add = "cp /etc/crypttab /root/; (umask 077; echo k >{0}); echo 'more /dev/vdd {0} luks,noauto' >>/etc/crypttab"
    with made(machine, add.format("/etc/more.key"), "cp /root/crypttab /etc/", "rm /etc/more.key"):
        assert machine.status(KEYS) == "pass"
    with made(machine, add.format("/srv/more.key"), "cp /root/crypttab /etc/", "rm /srv/more.key"):
        assert machine.status(KEYS) == "fail"


def test_swap_beside_encrypted_disks(machine: Machine) -> None:
    check = "swap-beside-encrypted-disks-is-encrypted"
    assert machine.status(check) == "pass"
    with made(machine, "cp /etc/fstab /root/; echo '/dev/vdd none swap sw 0 0' >>/etc/fstab", "cp /root/fstab /etc/"):
        assert machine.status(check) == "fail"
