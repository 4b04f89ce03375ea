"""Walks over file systems that are really mounted, in a mount namespace of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

WALK = """
import json, sys
from pathlib import Path
from collectors.personal_information.walk import Found, walk
told = list(walk([Path(one) for one in sys.argv[1:]]))
print(json.dumps([[one.path for one in told if isinstance(one, Found)], [[one.path, one.why] for one in told if not isinstance(one, Found)]]))
"""


def walked(script: str, *roots: Path | str, before: tuple[str, ...] = ()) -> tuple[list[str], list[list[str]]]:
    """What is found, sorted, and what is unseen, after a shell has mounted something."""
    command = [*("unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{script}\nexec "$@"', "sh"), *before]
    done = subprocess.run(
        [*command, sys.executable, "-c", WALK, *map(str, roots)], capture_output=True, text=True, check=True, timeout=60
    )
    found, unseen = json.loads(done.stdout)
    return sorted(found), unseen


def test_each_file_is_found_once_however_often_its_place_is_mounted(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "one"):
        (tmp_path / name).mkdir()
    (tmp_path / "one/kept").write_text("x")
    (tmp_path / "a/file").write_text("x")
    script = f"""
        mount -t tmpfs none {tmp_path}/b
        echo x > {tmp_path}/b/on_tmpfs
        mount --bind {tmp_path}/b {tmp_path}/c
        mount --bind {tmp_path}/one {tmp_path}/one
        touch {tmp_path}/again
        mount --bind {tmp_path}/a/file {tmp_path}/again
    """
    found, unseen = walked(script, tmp_path)
    names = sorted(Path(one).name for one in found)
    assert len(found) == 3
    assert names in (["again", "kept", "on_tmpfs"], ["file", "kept", "on_tmpfs"])
    assert unseen == []


def test_file_systems_of_the_kernel_are_left_out_unless_they_are_named(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "file").write_text("x")
    script = f"mount -t proc proc {tmp_path}/proc"
    assert walked(script, tmp_path) == ([f"{tmp_path}/file"], [])
    named, _ = walked(script, f"{tmp_path}/proc/sys/kernel")
    assert f"{tmp_path}/proc/sys/kernel/ostype" in named


def test_an_overlay_of_directories_that_are_walked_is_left_out(tmp_path: Path) -> None:
    here = tmp_path / "here"
    script = f"""
        mount -t tmpfs none {tmp_path}
        mkdir {here} {here}/upper {here}/work {here}/merged {tmp_path}/lower
        touch {tmp_path}/lower/a {here}/upper/b
        mount -t overlay overlay -o lowerdir={tmp_path}/lower,upperdir={here}/upper,workdir={here}/work {here}/merged
    """
    both = [f"{here}/merged/a", f"{here}/merged/b"]
    assert walked(script, tmp_path) == ([f"{here}/upper/b", f"{tmp_path}/lower/a"], [])
    assert walked(script, f"{here}/merged") == (both, [])
    assert walked(script, here) == ([*both, f"{here}/upper/b"], [])


def test_a_place_with_blanks_in_its_name_is_known_as_a_mount(tmp_path: Path) -> None:
    place = tmp_path / "two words\nand lines"
    place.mkdir()
    script = f"mount -t proc proc '{place}'"
    assert walked(script, tmp_path) == ([], [])


def test_what_an_ordinary_account_may_not_read_is_told(tmp_path: Path) -> None:
    with_all = subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip()
    try:
        Path(with_all).chmod(0o755)
        (Path(with_all) / "closed").mkdir(mode=0o700)
        (Path(with_all) / "open").write_text("x")
        nobody = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        found, unseen = walked("true", with_all, before=nobody)
        assert found == [f"{with_all}/open"]
        assert unseen == [[f"{with_all}/closed", "Permission denied"]]
    finally:
        subprocess.run(["rm", "-r", with_all], check=True)
