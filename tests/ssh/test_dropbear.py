"""A host that runs dropbear instead of OpenSSH: small windows, other words."""

from collections.abc import Iterator

import pytest

from agent.gather import snapshot, sources_for
from collectors.collector import Platform
from collectors.readings import Text, Unread
from collectors.sources import Command, File
from tests.hosts import catalogue, until
from tests.ssh_hosts import SUDO, USER, SshHost, can_connect, connections_left, ssh_host

pytestmark = pytest.mark.real

PORT = 2022


@pytest.fixture(scope="module")
def target() -> Iterator[SshHost]:
    with ssh_host(packages="dropbear-bin", sudoers=SUDO) as host:
        running = host.running
        running.run("mkdir", "-p", "/etc/dropbear")
        running.run("dropbearkey", "-t", "ed25519", "-f", "/etc/dropbear/key")
        public = running.run("dropbearkey", "-y", "-f", "/etc/dropbear/key").splitlines()
        shown = next(line for line in public if line.startswith("ssh-ed25519"))
        with host.known_hosts.open("a") as known:
            known.write(f"[{host.address}]:{PORT} {shown}\n")
        for user, home in ((USER, f"/home/{USER}"), ("root", "/root")):
            running.run("install", "-d", "-m", "700", "-o", user, f"{home}/.ssh")
            running.write(f"{home}/.ssh/authorized_keys", host.key.with_name("key.pub").read_text(), 0o600)
            running.run("chown", f"{user}:", f"{home}/.ssh/authorized_keys")
        serve(host)
        yield host


def serve(host: SshHost, *options: str) -> None:
    running = host.running
    running.run("sh", "-c", "pkill -x dropbear; :")
    until(lambda: not running.run("ss", "-Hltn", f"sport = :{PORT}"))
    running.start("dropbear", "-F", "-s", "-r", "/etc/dropbear/key", "-p", str(PORT), *options)
    until(lambda: can_connect(host.address, PORT))


@pytest.mark.parametrize(("user", "privilege"), [("root", "none"), (USER, "sudo"), (USER, "none")])
def test_everything_is_read(target: SshHost, user: str, privilege: str) -> None:
    sources = sources_for(catalogue(), catalogue().checks, Platform.LINUX)

    def unseen(**how: object) -> set[str]:
        transport = target.transport(user, privilege, **how)
        taken = snapshot(transport, sources, asset="target", platform=Platform.LINUX)
        return {key for key, one in taken.readings.items() if isinstance(one, Unread)}

    assert unseen(port=PORT) == unseen()
    assert connections_left() == []


def test_a_script_that_is_longer_than_the_window(target: SshHost) -> None:
    sources = [File(f"/etc/there/is/none/{number}/{'x' * 200}") for number in range(1500)]
    serve(target, "-W", "4096")
    try:
        readings = target.transport("root", port=PORT).read(sources)
    finally:
        serve(target)
    assert len(readings) == 1500
    assert not [one for one in readings.values() if isinstance(one, Unread)]


def test_a_channel_that_is_closed_while_the_script_is_sent(target: SshHost) -> None:
    sources = [File(f"/etc/there/is/none/{number}/{'x' * 200}") for number in range(1500)]
    target.running.write(f"/home/{USER}/.bashrc", "head -c 5000 >/dev/null; echo enough; exit 3\n")
    try:
        for port in (22, PORT):
            (said,) = set(target.transport(port=port).read(sources).values())
            assert said == Unread("no shell ran the script there: enough")
    finally:
        target.running.remove(f"/home/{USER}/.bashrc")
    assert connections_left() == []


def test_who_is_not_let_in(target: SshHost) -> None:
    seen = target.transport("nobody-at-all", port=PORT).read([Command("id -un")])["command:id -un"]
    assert isinstance(seen, Unread)
    assert "denies nobody-at-all the login" in seen.reason
    assert target.transport(port=PORT).read([Command("id -un")])["command:id -un"] == Text(f"{USER}\n")
