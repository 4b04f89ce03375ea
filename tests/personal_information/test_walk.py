import os
import socket
from pathlib import Path

from collectors.personal_information.mounts import Mount, mounts
from collectors.personal_information.opening import Opened, ahead, opened
from collectors.personal_information.walk import Found, Unseen, walk
from collectors.personal_information.where import where
from tests.descriptors import descriptors


def paths(*roots: Path, exclude: tuple[str, ...] = ()) -> list[str]:
    """What is found, relative to the first root; nothing is unseen."""
    found = list(walk(roots, exclude=exclude))
    assert not [one for one in found if isinstance(one, Unseen)]
    return [os.path.relpath(one.path, roots[0]) for one in found]


def filled(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_regular_files_are_found_and_nothing_else(tmp_path: Path) -> None:
    filled(tmp_path, "a", "b/c", "b/d/e")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "b" / "up").symlink_to("..")
    (tmp_path / "broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        assert sorted(paths(tmp_path)) == ["a", "b/c", "b/d/e"]


def test_the_files_of_a_directory_follow_each_other(tmp_path: Path) -> None:
    filled(tmp_path, *(f"{folder}/{name}" for folder in ("a", "a/b", "a/b/c", "d") for name in "123"))
    folders = [str(Path(one).parent) for one in paths(tmp_path)]
    assert len([one for at, one in enumerate(folders) if not at or folders[at - 1] != one]) == 4


def test_a_file_is_found_once_whatever_it_is_called(tmp_path: Path) -> None:
    filled(tmp_path, "a/one", "a/two")
    (tmp_path / "b").mkdir()
    os.link(tmp_path / "a/one", tmp_path / "b/again")
    os.link(tmp_path / "a/one", tmp_path / "a/also")
    assert len(paths(tmp_path)) == 2
    assert len(paths(tmp_path, tmp_path / "a", tmp_path)) == 2
    assert len(paths(tmp_path / "a", tmp_path)) == 2
    assert len(paths(tmp_path, tmp_path / "a/two")) == 2
    assert len(paths(tmp_path / "a/two", tmp_path)) == 2


def test_what_a_pattern_matches_is_left_out_with_all_below_it(tmp_path: Path) -> None:
    filled(tmp_path, "a/keep.txt", "a/cache/x", "b/cache/y/z", "b/one.iso", "b/two.txt")
    assert sorted(paths(tmp_path, exclude=("*/cache", "*.iso"))) == ["a/keep.txt", "b/two.txt"]


def test_names_that_are_no_utf_8_or_hold_line_ends_are_found(tmp_path: Path) -> None:
    for name in (b"caf\xe9", b"two\nlines", b"-rf", b"\x1b[2J"):
        Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_bytes(name)
    found = [one for one in walk([tmp_path]) if isinstance(one, Found)]
    assert sorted(os.fsencode(Path(one.path).name) for one in found) == [
        b"\x1b[2J",
        b"-rf",
        b"caf\xe9",
        b"two\nlines",
    ]
    for one in found:
        file = opened(one)
        assert isinstance(file, Opened)
        assert file.file.read() == os.fsencode(Path(one.path).name)
        file.close()


def test_a_root_may_be_a_file_or_a_link_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    filled(tmp_path, "real/a")
    (tmp_path / "link").symlink_to("real")
    assert paths(tmp_path / "real/a") == ["."]
    assert [one.path for one in walk([tmp_path / "link"])] == [str(tmp_path / "real/a")]
    assert list(walk([tmp_path / "none"])) == [Unseen(str(tmp_path / "none"), "No such file or directory")]
    assert list(walk([Path("/dev/null")])) == [Unseen("/dev/null", "neither a file nor a directory")]


def test_a_very_deep_tree_is_walked_as_far_as_it_can_be_named(tmp_path: Path) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(60):
            os.mkdir("d" * 100)  # noqa: PTH102
            os.chdir("d" * 100)
            Path("file").touch()
    finally:
        os.chdir(before)
    found = list(walk([tmp_path]))
    assert 30 < len([one for one in found if isinstance(one, Found)]) < 60
    unseen = [one for one in found if isinstance(one, Unseen)]
    assert {one.why for one in unseen} == {"File name too long"}


def test_a_directory_that_was_replaced_by_a_link_is_not_followed(tmp_path: Path) -> None:
    filled(tmp_path / "tree", "a", "sub/b", "sub/c/d")
    filled(tmp_path / "elsewhere", "c/secret")
    walking = walk([tmp_path / "tree"])
    assert next(walking).path.endswith("/tree/a")
    assert next(walking).path.endswith("/sub/b")
    (tmp_path / "tree/sub").rename(tmp_path / "tree/moved")
    (tmp_path / "tree/sub").symlink_to(tmp_path / "elsewhere")
    assert list(walking) == [Unseen(str(tmp_path / "tree/sub/c"), "something else was put in its place")]
    walking = walk([tmp_path / "tree"])
    assert next(walking).path.endswith("/tree/a")
    (tmp_path / "tree/moved").rename(tmp_path / "tree/gone")
    (tmp_path / "tree/moved").symlink_to(tmp_path / "elsewhere")
    assert list(walking) == [Unseen(str(tmp_path / "tree/moved"), "Not a directory")]


def test_a_file_that_was_replaced_is_not_opened(tmp_path: Path) -> None:
    filled(tmp_path, "a", "b")
    found = next(walk([tmp_path / "a"]))
    assert isinstance(found, Found)
    (tmp_path / "a").unlink()
    assert opened(found) == Unseen(found.path, "No such file or directory")
    (tmp_path / "a").symlink_to("b")
    assert opened(found) == Unseen(found.path, "Too many levels of symbolic links")
    (tmp_path / "a").unlink()
    os.mkfifo(tmp_path / "a")
    assert opened(found) == Unseen(found.path, "something else was put in its place")
    (tmp_path / "a").unlink()
    (tmp_path / "b").rename(tmp_path / "a")
    assert opened(found) == Unseen(found.path, "something else was put in its place")


def test_reading_leaves_the_access_time_as_it_is(tmp_path: Path) -> None:
    filled(tmp_path, "a")
    os.utime(tmp_path / "a", (0, 0))
    (file,) = ahead(walk([tmp_path]))
    assert isinstance(file, Opened)
    assert file.file.read() == b"a"
    file.close()
    assert (tmp_path / "a").stat().st_atime == 0


def test_files_that_are_opened_ahead_come_in_order_and_are_closed(tmp_path: Path) -> None:
    filled(tmp_path, *(f"{number:03}" for number in range(300)))
    before = descriptors()
    found = [one for one in walk([tmp_path]) if isinstance(one, Found)]
    read = []
    for file in ahead(found, 16):
        assert isinstance(file, Opened)
        assert len(descriptors() - before) <= 18
        read.append(file.file.read().decode())
        file.close()
    assert read == [Path(one.path).name for one in found]
    taking = ahead(found)
    file = next(taking)
    assert isinstance(file, Opened)
    file.close()
    taking.close()  # type: ignore[attr-defined]
    assert descriptors() <= before


MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:20 / /proc rw - proc proc rw
24 22 0:30 / /mnt/two\040words rw master:1 propagate_from:2 - nfs4 server:/x rw
25 22 8:1 /srv /data rw - ext4 /dev/sda1 rw
26 22 0:31 / /mnt/cloud rw - fuse.rclone remote: rw
27 22 8:2 / /mnt/disk rw - fuseblk /dev/sdb1 rw
not a line
28 22 8:3 / /data rw - xfs /dev/sdc rw
"""


def test_the_table_of_mounts_is_understood() -> None:
    found = mounts(MOUNTS.splitlines())
    assert found.of("/etc/passwd") == Mount("/", "ext4", "8:1")
    assert found.of("/mnt/two words/a/b") == Mount("/mnt/two words", "nfs4", "0:30")
    assert found.of("/data") == Mount("/data", "xfs", "8:3")
    assert found.of("/database") == Mount("/", "ext4", "8:1")
    assert [one.place for one in found.by_place.values() if one.is_remote] == ["/mnt/two words", "/mnt/cloud"]
    assert [one.place for one in found.by_place.values() if one.is_pseudo] == ["/proc"]


def test_file_systems_of_others_and_of_the_kernel_are_left_out_unless_they_are_named(tmp_path: Path) -> None:
    filled(tmp_path, "here/a", "server/b", "server/kernel/c", "kernel/d")
    table = tmp_path / "here/table"
    lines = [
        ("/", "ext4"),
        (f"{tmp_path}/server", "nfs4"),
        (f"{tmp_path}/server/kernel", "sysfs"),
        (f"{tmp_path}/kernel", "proc"),
    ]
    table.write_text("".join(f"1 0 8:{at} / {place} rw - {kind} x rw\n" for at, (place, kind) in enumerate(lines)))

    def seen(*roots: str) -> list[str]:
        told = walk([tmp_path / root for root in roots], table=table)
        return sorted(one.why if isinstance(one, Unseen) else Path(one.path).name for one in told)

    assert seen(".") == ["a", "on another machine (nfs4)", "table"]
    assert seen("server") == ["b"]
    assert seen("server/kernel") == ["c"]
    assert seen("kernel", "here") == ["a", "d", "table"]


def test_where_mounts_are_not_known_no_file_system_is_left(tmp_path: Path) -> None:
    found = list(walk([Path("/dev")], table=tmp_path / "none"))
    assert found[0] == Unseen(
        f"{tmp_path}/none", "which file systems are mounted is not known (No such file or directory)"
    )
    assert Unseen("/dev/pts", "another file system") in found


def test_owner_mode_and_volume_of_a_file(tmp_path: Path) -> None:
    filled(tmp_path, "a")
    (tmp_path / "a").chmod(0o2640)
    about = (tmp_path / "a").stat()
    told = where(f"{tmp_path}/a", about, mounts(["1 0 8:1 / / rw - ext4 x rw", f"2 1 8:2 / {tmp_path} rw - xfs x rw"]))
    assert (told.mode, told.volume) == ("2640", str(tmp_path))
    strange = os.stat_result((0o100644, 1, 2, 1, 4_000_001, 4_000_002, 0, 0, 0, 0))
    assert (where("/a", strange, mounts([])).owner, where("/a", strange, mounts([])).group) == ("4000001", "4000002")
    assert where("/a", os.stat_result((0o100644, 1, 2, 1, 0, 0, 0, 0, 0, 0)), mounts([])).owner == "root"
