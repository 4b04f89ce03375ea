"""Servers of one host as their units start them, and an sshd that does not speak, beside what the real one says."""

import random

import pytest

from collectors.host import sshd_files
from collectors.host.sshd import Sshd, sshd
from collectors.readings import Text
from collectors.transports.local import Shell
from tests.hosts import RunningHost, Tree, until

pytestmark = pytest.mark.real
ROOT = "root-does-not-log-in-over-ssh-with-a-password"
EMPTY = "sshd-refuses-empty-passwords"
CIPHERS = "sshd-offers-only-strong-ciphers"
GUARDED = "a-guard-shuts-out-who-guesses-ssh-passwords"
UNITS = "/etc/systemd/system"


def fact(tree: Tree) -> Sshd:
    found = sshd.outcome(tree.transport.read(sshd.sources))
    assert isinstance(found, Sshd), found
    return found


def override(tree: Tree, *lines: str) -> None:
    tree.write(f"{UNITS}/ssh.service.d/10.conf", "\n".join(["[Service]", *lines, ""]))


def test_options_of_the_unit(tree: Tree) -> None:
    assert tree.status(ROOT) == "pass"
    override(tree, "ExecStart=", "ExecStart=/usr/sbin/sshd -D $SSHD_OPTS -o PermitRootLogin=yes -p 2222")
    assert tree.status(ROOT) == "fail"
    assert fact(tree).ports == (2222,)
    tree.write(
        f"{UNITS}/ssh.service.d/20.conf", "[Service]\nExecStart=\nExecStart=-/usr/sbin/sshd -D \\\n  $SSHD_OPTS\n"
    )
    assert tree.status(ROOT) == "pass"
    tree.write("/etc/default/ssh", "SSHD_OPTS='-o PermitRootLogin=yes'\n")
    assert tree.status(ROOT) == "fail"
    tree.write(
        f"{UNITS}/ssh.service.d/30.conf", "[Service]\nEnvironmentFile=\nExecStart=\nExecStart=/usr/sbin/sshd -D\n"
    )
    assert tree.status(ROOT) == "pass"
    override(tree, "ExecStart=/usr/sbin/sshd -D -oBanner='a b'")
    tree.remove(f"{UNITS}/ssh.service.d/20.conf")
    tree.remove(f"{UNITS}/ssh.service.d/30.conf")
    assert tree.status(ROOT) == "unknown"


def test_another_file(tree: Tree) -> None:
    override(tree, "ExecStart=", "ExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd_config_own")
    tree.write("/etc/ssh/sshd_config_own", "PermitRootLogin yes\nMatch User a\n  PermitEmptyPasswords yes\n")
    assert tree.status(ROOT) == "fail"
    assert tree.status(EMPTY) == "fail"
    tree.write("/etc/ssh/sshd_config_own", "PermitRootLogin no\n")
    assert tree.status(ROOT) == "pass"
    assert tree.status(EMPTY) == "pass"
    override(tree, "ExecStart=", "ExecStart=/usr/sbin/sshd -D -f /srv/sshd_config")
    tree.write("/srv/sshd_config", "PermitRootLogin no\n")
    assert tree.status(ROOT) == "unknown"


def test_a_second_server(tree: Tree) -> None:
    tree.write("/etc/ssh/sshd_config_sftp", "Port 2200\nPermitRootLogin yes\nCiphers 3des-cbc\n")
    unit = "[Unit]\nDescription=SFTP\n[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/sshd_config_sftp\n"
    tree.write(f"{UNITS}/sshd-sftp.service", unit)
    assert tree.status(ROOT) == "pass"  # nothing starts it
    wants = tree.path(f"{UNITS}/multi-user.target.wants/sshd-sftp.service")
    wants.symlink_to("/etc/systemd/system/sshd-sftp.service")
    status, _ = tree.verdict(ROOT)
    assert status == "fail"
    (finding,) = tree.findings(ROOT)
    assert finding.verdict.observed["where"] == "unit sshd-sftp.service"
    assert tree.status(CIPHERS) == "fail"
    assert fact(tree).ports == (22, 2200)
    assert "0.0.0.0:2200" in fact(tree).listens
    tree.write("/etc/ssh/sshd_config_sftp", "Port 2200\nPermitRootLogin no\nMatch User a\n  PermitRootLogin yes\n")
    (finding,) = tree.findings(ROOT)
    assert finding.verdict.observed["where"] == "unit sshd-sftp.service, Match User a"
    tree.write("/etc/ssh/sshd_config_sftp", "Port 2200\n")
    assert tree.status(ROOT) == "pass"
    assert tree.status(CIPHERS) == "pass"


def _speechless(tree: Tree) -> Sshd:
    tree.remove("/run/sshd")
    found = fact(tree)
    tree.path("/run/sshd").mkdir()
    return found


KEYWORDS = (
    *("PermitRootLogin yes", "PermitRootLogin prohibit-password", "PasswordAuthentication no", "UsePAM no", "UsePAM yes"),
    *("MaxAuthTries 3", "LoginGraceTime 1m30s", "LoginGraceTime 0", "MaxStartups 20", "MaxStartups 5:10:20"),
    *("ClientAliveInterval 5m", "ClientAliveCountMax 0", "PermitEmptyPasswords yes", "X11Forwarding no"),
    *("AuthenticationMethods publickey,password publickey", "Port 2222", "ListenAddress 192.0.2.1", "ListenAddress ::1"),
    *("ListenAddress [2001:db8::1]:24", "ListenAddress 192.0.2.2:23", "AuthorizedKeysFile /etc/keys/%u", "IgnoreRhosts no"),
    *("KbdInteractiveAuthentication yes", "ChallengeResponseAuthentication no", "PubkeyAuthentication = no"),
    *("HostbasedAuthentication yes", "# MaxAuthTries 9", "Match User a\n MaxAuthTries 9\nMatch all", "ForceCommand none"),
)  # fmt: skip


def test_an_sshd_that_does_not_speak_is_understood_as_it_understands_itself(tree: Tree) -> None:
    dice = random.Random(3)
    for _ in range(25):
        lines = dice.sample(KEYWORDS, dice.randint(0, 8))
        half = len(lines) // 2
        tree.write("/etc/ssh/sshd_config.d/a.conf", "\n".join(lines[:half]) + "\n")
        tree.write("/etc/ssh/sshd_config.d/b.conf", "\n".join(lines[half:]) + "\n")
        spoken, read = fact(tree), _speechless(tree)
        assert spoken.match_settings == read.match_settings
        assert spoken.ports == read.ports
        if any(line.startswith("ListenAddress") for line in lines):
            assert set(spoken.listens) == set(read.listens), lines
        for name in (*sshd_files._DEFAULTS, "permitrootlogin"):
            assert spoken.value(name) == read.value(name), (name, lines)


def test_what_a_speechless_sshd_does_not_tell_stays_unknown(tree: Tree) -> None:
    tree.write("/etc/ssh/sshd_config.d/a.conf", "PermitRootLogin yes\n")
    tree.remove("/run/sshd")
    assert tree.status(ROOT) == "fail"
    assert tree.status(CIPHERS) == "unknown"
    tree.append("/etc/ssh/sshd_config.d/a.conf", "Ciphers aes256-ctr\n")
    assert tree.status(CIPHERS) == "pass"
    tree.append("/etc/ssh/sshd_config.d/a.conf", "NoSuchKeyword yes\n")
    assert tree.status(ROOT) == "unknown"


def test_an_ordinary_user_reads_the_configuration(tree: Tree) -> None:
    tree.write("/etc/ssh/sshd_config.d/a.conf", "PermitRootLogin yes\n")
    as_nobody = Shell(("chroot", "--userspec=65534:65534", str(tree.root)))
    readings = as_nobody.read(sshd.sources)
    found = sshd.outcome(readings)
    assert isinstance(found, Sshd), readings
    assert found.value("permitrootlogin") == "yes"
    assert "unspoken" in str(readings[sshd.sources[0].key])
    tree.path("/etc/ssh/sshd_config.d/a.conf").chmod(0o600)
    assert not isinstance(sshd.outcome(as_nobody.read(sshd.sources)), Sshd)


def test_debian_13_speaks_without_a_folder(trixie: Tree) -> None:
    trixie.remove("/run/sshd")
    reading = trixie.transport.read(sshd.sources)[sshd.sources[0].key]
    assert isinstance(reading, Text)
    assert "unspoken" not in reading.text
    trixie.write("/etc/ssh/sshd_config.d/a.conf", "PermitRootLogin yes\n")
    assert trixie.status(ROOT) == "fail"
    assert trixie.verdict(GUARDED)[0] == "pass"
    assert fact(trixie).value("persourcepenalties").startswith("crash:90")
    trixie.append("/etc/ssh/sshd_config.d/a.conf", "PerSourcePenalties no\n")
    assert trixie.status(GUARDED) == "fail"


def has_told_its_number(host: RunningHost) -> bool:
    """Whether the server has written its file, which it does last before it takes connections."""
    return bool(host.run("sh", "-c", "cat /run/sshd.pid 2>/dev/null || true").strip())


def test_a_server_that_was_started_by_hand(host: RunningHost) -> None:
    check = "sshd-runs-with-its-configured-settings"
    host.run("ssh-keygen", "-A")
    assert host.status(check) == "not_applicable"
    for options, status in (
        ((), "pass"),
        (("-4",), "fail"),  # it listens on one family only
        (("-o", "PermitRootLogin=yes"), "fail"),
        (("-o", "MaxAuthTries=6"), "pass"),
        (("-p", "2222"), "fail"),
    ):
        host.start("/usr/sbin/sshd", "-D", *options)
        until(lambda: has_told_its_number(host))
        assert host.status(check) == status, options
        host.run("sh", "-c", "kill $(cat /run/sshd.pid)")
        until(lambda: not host.runs("sshd"))
    assert host.status(check) == "not_applicable"
    host.run("sh", "-c", "echo 1 >/run/sshd.pid")
    assert host.status(check) == "not_applicable"  # another program has that number now


def test_nothing_is_written_to_the_log_that_an_sshd_was_given(host: RunningHost) -> None:
    host.write("/etc/default/ssh", "SSHD_OPTS='-E /var/log/own.log'\n")
    assert host.status("sshd-allows-few-attempts-in-a-connection") == "pass"
    assert not host.path("/var/log/own.log").exists()
    host.start("/usr/sbin/sshd", "-D", "-E", "/var/log/own.log", "-o", "PasswordAuthentication=no")
    until(lambda: host.path("/var/log/own.log").exists())
    until(lambda: has_told_its_number(host))
    host.remove("/var/log/own.log")
    assert host.status("sshd-runs-with-its-configured-settings") == "fail"
    assert not host.path("/var/log/own.log").exists()


def test_a_number_that_was_left_behind_is_nobodys_server(host: RunningHost) -> None:
    named = '$0 = "sshd: /usr/sbin/sshd -o PermitRootLogin=yes"; sleep 600'
    host.start("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "perl", "-e", named)
    until(lambda: "sshd" in host.run("ps", "-A", "-o", "comm"))
    host.run("sh", "-c", "ps -o pid= -u 1000 >/run/sshd.pid")
    assert host.status("sshd-runs-with-its-configured-settings") == "not_applicable"
