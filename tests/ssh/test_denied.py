"""A key that is not the host's, a login that is denied: said at once, and never tried again."""

from pathlib import Path

import pytest

from collectors.transports.ssh.access import Secret
from tests.ssh_outcomes import unseen
from tests.ssh_way import Way
from tests.sshd import LOOPBACK, Sshd, make_key

pytestmark = pytest.mark.real


def test_an_unknown_key_is_never_tried_again(server: Sshd, way: Way) -> None:
    (server.folder / "none").write_text("")
    told = r"its host key \(ssh-ed25519 SHA256:\S+\) is not in known_hosts\. Compare with `ssh-keygen -lf`"
    host = server.host(port=way.port, known_hosts=(server.folder / "none",))
    unseen(host, told, within=3, label="host_key")
    assert way.connections == 1


def test_a_changed_key_is_never_tried_again(server: Sshd, way: Way) -> None:
    other = (server.folder / "key.pub").read_text()
    (server.folder / "changed").write_text(f"[{LOOPBACK}]:{way.port} {other}")
    host = server.host(port=way.port, known_hosts=(server.folder / "changed",))
    unseen(host, r"shows another host key .+ somebody may pose as it.+ssh-keygen -R", within=3, label="host_key")
    assert way.connections == 1


def test_no_file_of_known_hosts(server: Sshd, way: Way) -> None:
    host = server.host(port=way.port, known_hosts=(server.folder / "nowhere",))
    unseen(host, r"nowhere: there is no such file of known hosts", within=3, label="host_key")
    assert way.connections == 0


def test_a_denied_login_is_never_tried_again(server: Sshd, way: Way, tmp_path: Path) -> None:
    wrong = make_key(tmp_path / "wrong")
    told = r"denies root the login; tried \S+/wrong"
    unseen(server.host(port=way.port, key_files=(wrong,)), told, within=5, label="authentication")
    assert way.connections == 1


def test_too_many_keys_are_a_denial_that_says_so(server: Sshd, way: Way, tmp_path: Path) -> None:
    wrong = tuple(make_key(tmp_path / f"wrong-{number}") for number in range(9))
    told = r"denies root the login; tried \S+/wrong-0, \S+/wrong-1, \S+/wrong-2 and 3 more; then it hung up \(Too many authentication failures\)"
    unseen(server.host(port=way.port, key_files=wrong), told, within=5, label="authentication")
    assert way.connections == 1


def test_a_password_that_is_not_taken(server: Sshd, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WW_TEST_SECRET", "correct horse battery staple")
    host = server.host(port=way.port, key_files=(), password=Secret(variable="WW_TEST_SECRET"))
    monkeypatch.setenv("HOME", str(server.folder / "no-home"))
    reason = unseen(
        host, r"denies root the login; tried .*the password; it takes publickey", within=8, label="authentication"
    )
    assert "horse" not in reason
    assert way.connections == 1


@pytest.mark.parametrize(
    "content", ["", "no key\n", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n"]
)
def test_a_key_file_that_is_none(content: str, server: Sshd, way: Way, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(content)
    told = r"is no private key that is understood"
    unseen(server.host(port=way.port, key_files=(tmp_path / "key",)), told, within=3, label="authentication")
    assert way.connections == 1


def test_an_account_that_is_not_let_in(way: Way, server: Sshd) -> None:
    unseen(server.host(port=way.port, user="nobody-at-all"), r"denies nobody-at-all the login", within=5)
    assert way.connections == 1
