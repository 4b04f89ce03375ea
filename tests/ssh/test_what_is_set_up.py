"""What the target's administrator has set up: sudo, login shells, a disk that is full."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors.readings import Reading, Text, Unread
from collectors.sources import Command
from collectors.transports.ssh.access import Privilege
from tests.ssh_outcomes import ASKED, unseen
from tests.sshd import SCANNER, sshd, with_scanner

pytestmark = pytest.mark.real


def test_sudo_without_a_password_works(tmp_path: Path, honest: Mapping[str, Reading]) -> None:
    rules = f"{SCANNER} ALL=(root) NOPASSWD: ALL\n"
    with sshd(user=SCANNER, changes=with_scanner(tmp_path, rules)) as one:
        said = one.host(privilege=Privilege.SUDO).read([*ASKED, Command("id -u")])
        assert said["command:id -u"] == Text("0\n")


SUDO: dict[str, tuple[str, str, str]] = {
    "asks for a password": (
        f"{SCANNER} ALL=(root) ALL\n",
        "",
        r"^sudo on the target does not run the script: sudo: a password is required$",
    ),
    "no rule": ("root ALL=(ALL) ALL\n", "", r"^sudo on the target does not run the script: .*password is required"),
    "another command only": (
        f"{SCANNER} ALL=(root) NOPASSWD: /usr/bin/true\n",
        "",
        r"^sudo on the target does not run the script: .*(a password is required|is not allowed to execute)",
    ),
    "denied by name": (
        f"{SCANNER} ALL=(root) NOPASSWD: ALL, !/usr/bin/sh, !/bin/sh\n",
        "",
        r"^sudo on the target does not run the script: Sorry, user \w+ is not allowed to execute '/usr/bin/sh -s' as root",
    ),
    "needs a terminal": (
        f"Defaults requiretty\n{SCANNER} ALL=(root) NOPASSWD: ALL\n",
        "",
        r"^sudo on the target does not run the script: sudo: sorry, you must have a tty to run sudo$",
    ),
    "rules that are broken": (
        "this is no rule %%%\n",
        "",
        r"^sudo on the target does not run the script: .*",
    ),
    "without its right to become root": (
        f"{SCANNER} ALL=(root) NOPASSWD: ALL\n",
        "mount --bind /usr/bin /usr/bin; mount -o remount,bind,nosuid /usr/bin",
        r"^sudo on the target does not run the script: sudo: .*(setuid|uid 0|nosuid)",
    ),
    "may not be run": (
        f"{SCANNER} ALL=(root) NOPASSWD: ALL\n",
        "mount --bind /dev/null /usr/bin/sudo",
        r"^sudo on the target does not run the script: .*sudo: (Permission denied|not found)$",
    ),
}


@pytest.mark.parametrize("which", SUDO)
def test_sudo_that_does_not(which: str, tmp_path: Path) -> None:
    rules, change, told = SUDO[which]
    changes = f"{with_scanner(tmp_path, rules)}; {change or ':'}"
    with sshd(user=SCANNER, changes=changes) as one:
        unseen(one.host(privilege=Privilege.SUDO), told, within=8, label="permission_denied")


def test_sudo_that_is_not_there(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as programs:  # one that others may enter, as pytest's are not
        Path(programs).chmod(0o755)
        Path(programs, "sh").symlink_to("/bin/sh")
        with sshd(f"SetEnv PATH={programs}", user=SCANNER, changes=with_scanner(tmp_path, "")) as one:
            told = r"^sudo on the target does not run the script: .*sudo: (command )?not found$"
            unseen(one.host(privilege=Privilege.SUDO), told, within=8, label="permission_denied")


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (
            "ForceCommand echo This account is currently not available.; exit 1",
            r"^no shell ran the script there: This account",
        ),
        ("ForceCommand exit 0", r"^no shell ran the script there, and nothing was said: "),
        ("ForceCommand internal-sftp", r"^no shell ran the script there|^no answer within"),
        ("ForceCommand sleep 60", r"^no answer within the time limit of the scan$"),
        ("ForceCommand kill -9 $$", r"^no shell ran the script there|^the connection ended before the answer$"),
        ("MaxSessions 0", r"^the login works, but no command may be run there \(.+\)$"),
    ],
)
def test_a_login_that_gives_no_shell(setting: str, told: str) -> None:
    with sshd(setting) as one:
        unseen(one.host(4), told, within=7)


FULL = """
mount --bind {folder} /srv
mount -t tmpfs -o size=64k none /tmp
mkdir -p {folder}
mount --bind /srv {folder}
mount -t tmpfs -o size=64k,mode=755 none /run
mkdir /run/sshd
for place in /var /root /home; do mount -t tmpfs -o size=64k none $place; done
for place in /tmp /run /var /root /home; do cat /dev/zero >$place/full 2>/dev/null || true; done
"""


def test_a_full_disk_is_nothing_to_us(honest: Mapping[str, Reading]) -> None:
    """Nothing is written on a target, so there need not be room."""
    writing = [Command(f"sh -c 'echo x >{place}/x'") for place in ("/tmp", "/run", "/var", "/root", "/home")]
    with sshd(changes=FULL) as one:
        said = one.host().read([*ASKED, *writing])
    for each in writing:
        full = said[each.key]
        assert isinstance(full, Unread)
        assert "No space left on device" in full.reason or "I/O error" in full.reason, full
    assert {key: said[key] for key in honest} == honest
