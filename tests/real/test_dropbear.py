"""dropbear as Debian starts it, beside the real server and a real client where they can be asked."""

import subprocess

import pytest

from collectors.host.dropbear import Dropbear, DropbearServer, dropbear
from tests import hosts
from tests.accounts import add
from tests.hosts import RunningHost, Tree, until

pytestmark = pytest.mark.real
ROOT = "root-does-not-log-in-over-dropbear-with-a-password"
ALONE = "dropbear-logins-need-a-key"
EMPTY = "dropbear-refuses-empty-passwords"
DEFAULT = "/etc/default/dropbear"


def _comes_in(host: RunningHost, user: str) -> bool:
    """Whether OpenSSH's client gets a session of the real server by the password."""
    options = ("-p", "2022", "-o", "StrictHostKeyChecking=no", "-o", "NumberOfPasswordPrompts=1")
    asked = ("env", "SSH_ASKPASS=/usr/local/bin/ask", "SSH_ASKPASS_REQUIRE=force")
    command = [*host.enter, *asked, "ssh", *options, f"{user}@127.0.0.1", "true"]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("options", "root", "person"),
    [("", True, True), ("-s", False, False), ("-w", False, True), ("-g", False, True), ("-sj", False, False)],
)
def test_options_beside_the_server(equipped: Tree, options: str, root: bool, person: bool) -> None:
    add(equipped, "alice", "correct horse")
    equipped.run("chpasswd", stdin="root:correct horse\n")
    equipped.write("/usr/local/bin/ask", "#!/bin/sh\necho correct horse\n", mode=0o755)
    equipped.write(DEFAULT, f'DROPBEAR_PORT=2022\nDROPBEAR_EXTRA_ARGS="{options}"\n')
    assert equipped.status(ROOT) == ("fail" if root else "pass")
    assert equipped.status(ALONE) == ("fail" if person else "pass")
    with hosts.running(equipped, "small") as host:
        host.start("dropbear", "-F", "-R", "-p", "127.0.0.1:2022", *options.split())
        until(lambda: ":2022 " in host.run("ss", "-Htln"))
        assert _comes_in(host, "alice") is person
        assert _comes_in(host, "root") is root


def test_what_starts_it(equipped: Tree) -> None:
    assert equipped.status(ROOT) == "fail"
    assert equipped.status(EMPTY) == "pass"
    unit = "/etc/systemd/system/dropbear.service.d/a.conf"
    equipped.write(unit, "[Service]\nExecStart=\nExecStart=/usr/sbin/dropbear -EF \\\n  -p 127.0.0.1:22 -gB\n")
    assert equipped.status(ROOT) == "pass"
    assert equipped.status(ALONE) == "pass"
    assert equipped.status(EMPTY) == "fail"
    equipped.remove("/etc/systemd/system/multi-user.target.wants/dropbear.service")
    for level in range(2, 6):
        equipped.remove(f"/etc/rc{level}.d/S01dropbear")
    assert equipped.status(EMPTY) == "not_applicable"


def test_without_dropbear(tree: Tree) -> None:
    tree.write(DEFAULT, 'DROPBEAR_EXTRA_ARGS="-B"\n')
    assert tree.status(EMPTY) == "not_applicable"


def test_openwrt(equipped: Tree) -> None:
    """UCI's form as OpenWrt's documentation has it; there is no OpenWrt here to run."""
    section = "config dropbear\n\toption PasswordAuth '{}'\n\toption RootPasswordAuth '{}'\n\toption Port '2222'\n"
    equipped.write("/etc/config/dropbear", section.format("on", "off"))
    fact = dropbear.outcome(equipped.transport.read(dropbear.sources))
    assert isinstance(fact, Dropbear)
    assert DropbearServer("/etc/config/dropbear", root_password=False, addresses=("2222",)) in fact.servers
    equipped.write(DEFAULT, 'DROPBEAR_EXTRA_ARGS="-s"\n')
    assert equipped.status(ROOT) == "pass"
    assert equipped.status(ALONE) == "fail"
    equipped.write("/etc/config/dropbear", section.format("off", "on"))
    assert equipped.status(ALONE) == "pass"
    equipped.write("/etc/config/dropbear", "config dropbear\n\toption enable '0'\n")
    assert equipped.status(ALONE) == "pass"
