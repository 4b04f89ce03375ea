"""Odd and hostile input to the parsers of volumes and crypttab. Block trees have the shape of ``lsblk -J`` (util-linux 2.38);
made by hand.
"""

import json
from typing import Any

import pytest

from collectors.host.crypttab import Crypttab, crypttab
from collectors.host.hibernation import Hibernation, hibernation
from collectors.host.usb_storage import UsbStorage, usb_storage
from collectors.host.volumes import Volumes, volumes
from collectors.readings import Absent, Text, Unread


def node(name: str, kind: str = "part", *children: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": f"/dev/{name}", "kname": f"/dev/{name}", "type": kind, "fstype": None, "rm": False, "tran": None,
            "pkname": None, "uuid": None, "mountpoints": [None], **more, **({"children": list(children)} if children else {})}  # fmt: skip


def seen(
    *nodes: dict[str, Any], mounts: str = "/dev/sda2 / ext4", swaps: str = "", zfs: str | None = None, below: str = ""
) -> Volumes:
    said = "".join(f"mount {line}\n" for line in mounts.splitlines()) + below
    made = volumes.parse(json.dumps({"blockdevices": list(nodes)}), said, f"Filename\n{swaps}", None, zfs, None)
    assert isinstance(made, Volumes)
    return made


def test_a_raid_of_which_one_half_is_plain_is_plain() -> None:
    raid = node("md0", "raid1")
    luks = node("sda2", "part", node("dm-0", "crypt", raid))
    assert seen(luks, mounts="/dev/md0 / ext4").holding("/").encrypted is True
    assert seen(luks, node("sdb2", "part", raid), mounts="/dev/md0 / ext4").holding("/").encrypted is False


def test_a_btrfs_over_two_devices_needs_both() -> None:
    luks = node("sda2", "part", node("dm-0", "crypt", fstype="btrfs", uuid="aa"))
    plain = node("sdb", "disk", fstype="btrfs", uuid="aa")
    assert seen(luks, mounts="/dev/dm-0 / btrfs").holding("/").encrypted is True
    assert seen(luks, plain, mounts="/dev/dm-0 / btrfs").holding("/").encrypted is False


def test_a_mount_by_another_name_is_found_by_its_place() -> None:
    tree = node("sda2", "part", node("dm-0", "crypt", mountpoints=["/"]))
    assert seen(tree, mounts="/dev/root / ext4").holding("/").encrypted is True
    older = node("sda2", "part", node("dm-0", "crypt", mountpoint="/", mountpoints=None))
    assert seen(older, mounts="/dev/root / ext4").holding("/").encrypted is True


@pytest.mark.parametrize(
    ("mount", "zfs", "told"),
    [
        ("rpool/ROOT / zfs", "rpool/ROOT\taes-256-gcm", True),
        ("rpool/ROOT / zfs", "rpool/ROOT\toff", False),
        ("rpool/ROOT / zfs", None, None),
        ("overlay / overlay", None, None),
        ("host:/root / nfs4", None, None),
        ("/dev/sdz9 / ext4", None, None),
    ],
)
def test_what_is_no_block_device(mount: str, zfs: str | None, told: bool | None) -> None:
    system = seen(node("sda2"), mounts=mount, zfs=zfs).holding("/")
    assert system.encrypted is told
    assert told is not None or system.why


def test_a_swap_file_is_as_its_volume() -> None:
    tree = node("sda2", "part", node("dm-0", "crypt"))
    found = seen(
        tree,
        node("sda3"),
        mounts="/dev/dm-0 / ext4\n/dev/sda3 /var ext4",
        swaps="/var/swap file 1 0 -2\n/s file 1 0 -2\n",
    )
    assert [one.encrypted for one in found.swaps] == [False, True]


def test_a_path_is_not_held_by_a_place_of_a_longer_name() -> None:
    found = seen(node("sda2"), node("sda3"), mounts="/dev/sda2 / ext4\n/dev/sda3 /home ext4")
    assert found.holding("/homework").place == "/"


@pytest.mark.parametrize(
    "tree", ["", "[]", "{}", '{"blockdevices": [{}]}', "lsblk: no", '{"blockdevices": [{"kname": 1, "name": 2}]}']
)
def test_a_tree_that_is_none_is_not_understood(tree: str) -> None:
    said = {source.key: Absent() for source in volumes.sources}
    keys = [source.key for source in volumes.sources]
    outcome = volumes.outcome({**said, keys[0]: Text(tree), keys[1]: Text("mount /dev/sda2 / ext4\n")})
    assert isinstance(outcome, Unread)


def test_nothing_at_the_root_is_not_understood() -> None:
    with pytest.raises(ValueError, match="nothing is mounted"):
        seen(node("sda2"), mounts="/dev/sda2 /mnt ext4")


@pytest.mark.parametrize("listing", ["crypttab a", "nonsense", "crypttab a b /k 99x:0 -", "fstab"])
def test_a_crypttab_that_is_none_is_not_understood(listing: str) -> None:
    there, script = (source.key for source in crypttab.sources)
    assert isinstance(crypttab.outcome({there: Text(""), script: Text(listing)}), Unread)


def test_crypttab_with_a_logical_volume_for_swap_does_not_tell() -> None:
    made = crypttab.parse((), "crypttab pv /dev/sda2 none prompt luks\nfstab /dev/mapper/vg-swap none swap\n")
    assert isinstance(made, Crypttab)
    assert [one.encrypted for one in made.swaps] == [None]


def test_a_driver_file_in_etc_hides_one_of_the_same_name() -> None:
    files = {"/lib/modprobe.d/a.conf": "install usb-storage /bin/false\n", "/etc/modprobe.d/a.conf": "\n"}
    assert usb_storage.parse(files) == UsbStorage()
    assert usb_storage.parse({"/etc/modprobe.d/a.conf": "install usb-storage \\\n /bin/true\n"}).blocked
    assert not usb_storage.parse(
        {"/etc/modprobe.d/a.conf": "install usb-storage /sbin/modprobe --ignore-install\n"}
    ).blocked


def test_a_loop_device_is_what_its_file_lies_on() -> None:
    luks = node("sda2", "part", node("dm-0", "crypt"))
    loops = node("loop0", "loop"), node("loop1", "loop")
    mounts = "/dev/dm-0 / ext4\n/dev/loop0 /a ext4\n/dev/loop1 /b ext4\n/dev/sdb /plain ext4"
    below = "loop loop0 /a file\nloop loop1 /a/image\n"
    found = seen(luks, *loops, node("sdb", "disk"), mounts=mounts, below=below.replace("/a file", "/image"))
    assert [found.holding(place).encrypted for place in ("/", "/a", "/b")] == [True, True, True]
    found = seen(luks, *loops, node("sdb", "disk"), mounts=mounts, below=below.replace("/a file", "/plain/image"))
    assert [found.holding(place).encrypted for place in ("/", "/a", "/b")] == [True, False, False]
    found = seen(luks, *loops, node("sdb", "disk"), mounts=mounts, below="loop loop1 /image (deleted)\n")
    assert [found.holding(place).encrypted for place in ("/a", "/b")] == [None, None]
    assert found.holding("/b").why


def test_loop_devices_in_a_circle_are_told_of_none() -> None:
    below = "loop loop0 /b/image\nloop loop1 /a/image\n"
    mounts = "/dev/sda2 / ext4\n/dev/loop0 /a ext4\n/dev/loop1 /b ext4"
    found = seen(node("sda2"), node("loop0", "loop"), node("loop1", "loop"), mounts=mounts, below=below)
    assert [found.holding(place).encrypted for place in ("/a", "/b")] == [None, None]


def test_a_null_cipher_or_one_that_has_not_reached_the_end_is_not_encryption() -> None:
    tree = node("sda2", "part", node("mapper/root", "crypt", kname="/dev/dm-0"))
    mounts = "/dev/mapper/root / ext4"

    def told(below: str) -> bool | None:
        return seen(tree, mounts=mounts, below=below).holding("/").encrypted

    assert told("cipher root aes-xts-plain64 512\n") is True
    assert told("unseen\n") is True  # that it is of device-mapper's kind crypt is seen; its cipher is another check's
    assert told("cipher root cipher_null-ecb 0\n") is False
    assert told("cipher root aes-xts-plain64 512\nlinear root\n") is None
    assert told("linear root\n") is False
    assert told("linear other\ncipher root aes-xts-plain64 512\n") is True


@pytest.mark.parametrize(
    "line", ["cipher root", "loop", "mount /dev/sda2 /", "cipher a b c", "linear", "/dev/sda2 / ext4"]
)
def test_lines_that_the_script_does_not_print_are_not_understood(line: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        seen(node("sda2"), below=f"{line}\n")


def hibernates(said: str, *nodes: dict[str, Any], below: str = "") -> Hibernation:
    tree = json.dumps({"blockdevices": list(nodes)})
    made = hibernation.parse(tree, f"mount /dev/sda2 / ext4\n{below}", None, said)
    assert isinstance(made, Hibernation)
    return made


def test_where_to_hibernate() -> None:
    swap = node("sda3", uuid="0f-2a", **{"maj:min": "  8:3  "})
    secret = node("sda4", "part", node("dm-1", "crypt", **{"maj:min": "252:1"}))
    able = "state freeze mem disk\ndisk [platform] shutdown\nresume 0:0\n"
    assert hibernates(able, swap) == Hibernation(possible=True)
    assert not hibernates(able.replace("[platform] shutdown", "[disabled]"), swap).possible
    assert not hibernates("state freeze mem\nresume 0:0\n", swap).possible
    assert hibernates(able.replace("0:0", "252:1"), swap, secret).encrypted is True
    assert hibernates(able.replace("0:0", "8:3"), swap, secret).encrypted is False
    for name in ("UUID=0f-2a", "/dev/sda3", "/dev/disk/by-uuid/0f-2a"):
        assert hibernates(f"{able}option resume={name}\n", swap).encrypted is False
    unknown = hibernates(f"{able}option resume=PARTLABEL=x\n", swap)
    assert (unknown.encrypted, bool(unknown.why)) == (None, True)
    assert hibernates(able, node("sda3", fstype="swsuspend")).held == ("/dev/sda3",)
    assert hibernates(able, node("sda3", "part", node("dm-1", "crypt", fstype="swsuspend"))).held == ()
    with pytest.raises(ValueError, match="does not print"):
        hibernates("garbage\n", swap)
