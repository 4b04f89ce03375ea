"""The scripts about access say the same by every shell and awk that a host may have."""

import shutil
import subprocess
from pathlib import Path

import pytest

from collectors.collector import Collector
from collectors.host.access_lists import access_lists
from collectors.host.doas import doas
from collectors.host.dropbear import dropbear
from collectors.host.fail2ban import fail2ban
from collectors.host.group_passwords import group_passwords
from collectors.host.last_login import last_logins
from collectors.host.logind import idle_sessions
from collectors.host.polkit_rules import polkit_rules
from collectors.host.screen_lock import screen_lock
from collectors.host.ssh_guards import ssh_guards
from collectors.host.ssh_keys import authorized_keys
from collectors.host.sshd import sshd
from collectors.sources import Command
from tests import hosts
from tests.accounts import add, authorize, key
from tests.hosts import Tree, need

pytestmark = pytest.mark.real
COLLECTORS: tuple[Collector, ...] = (
    *(access_lists, doas, dropbear, fail2ban, group_passwords, idle_sessions, last_logins, polkit_rules, screen_lock),
    *(ssh_guards, authorized_keys, sshd),
)
APPLETS = ("awk", "cat", "grep", "head", "ls", "readlink", "sh", "stat")


def _furnish(tree: Tree) -> None:
    add(tree, "alice")
    authorize(tree, "alice", key("A"))
    tree.run("setfacl", "-m", "u:alice:r", "/etc/shadow")
    tree.run("groupmod", "--password", tree.run("openssl", "passwd", "-6", "geheim").strip(), "staff")
    for session in ("gnome", "plasma", "xfce", "sway"):
        tree.write(f"/usr/share/xsessions/{session}.desktop", "")
    tree.write("/etc/xdg/kscreenlockerrc", "[Daemon][$i]\nTimeout[$i]=10\n")
    tree.write("/etc/dconf/profile/user", "user-db:user\nsystem-db:local\n")
    tree.write("/etc/dconf/db/local.d/a", "[org/gnome/desktop/session]\nidle-delay=uint32 5\n")
    tree.write("/etc/doas.conf", "permit nopass setenv { A=B } alice \\\n  as root\n", mode=0o400)
    tree.write("/etc/nftables.conf", "tcp dport 22 limit rate over 5/minute drop\n")
    tree.write("/etc/ssh/sshd_config_sftp", "Port 2200\n")
    tree.write(
        "/etc/systemd/system/sftp.service", "[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd_config_sftp\n"
    )
    wants = tree.path("/etc/systemd/system/multi-user.target.wants/sftp.service")
    wants.symlink_to("/etc/systemd/system/sftp.service")


def test_every_shell_says_the_same() -> None:
    need("busybox-static", "mksh")
    base = hosts.image()
    with hosts.tree_of(base, hosts.added(base, hosts.DESKTOP), hosts.added(base, hosts.ACCESS)) as tree:
        _furnish(tree)
        folder = tree.path("/usr/busybox")
        folder.mkdir()
        for program in ("busybox", "mksh"):
            shutil.copy(Path(str(shutil.which(program))).resolve(), folder / program)
        for applet in APPLETS:
            (folder / applet).symlink_to("busybox")
        usual = "/usr/sbin:/usr/bin"
        for command in {source.key: source for one in COLLECTORS for source in one.sources}.values():
            if not isinstance(command, Command) or command.words[0] != "sh":
                continue
            said = []
            for shell, path in (
                (("dash",), usual),
                (("bash", "--posix"), usual),
                (("/usr/busybox/mksh",), usual),
                (("sh",), f"/usr/busybox:{usual}"),
            ):
                words = ["chroot", str(tree.root), "env", "-i", f"PATH={path}", *shell, "-c", command.words[2]]
                done = subprocess.run(words, capture_output=True, text=True, check=False)
                said.append((shell, done.returncode, done.stdout, done.stderr))
            assert said[0][1] == 0, said[0]
            assert [one[1:] for one in said] == [said[0][1:]] * len(said), command.key
