"""Who we are on a real host: keys, certificates, agents, passwords, several factors; and what is told where none is taken."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.readings import Reading, Text, Unread
from collectors.sources import Command
from collectors.transports.ssh.access import Secret
from tests.hosts import until
from tests.ssh_agent import Agent, ssh_agent
from tests.ssh_hosts import USER, SshHost, make_key, ssh_host

pytestmark = pytest.mark.real

ME = Command("id -un")
PASSWORD = "correct horse; $(battery) \\ staple é"


@pytest.fixture(scope="module")
def target() -> Iterator[SshHost]:
    with ssh_host() as host:
        host.running.run("chpasswd", stdin=f"{USER}:{PASSWORD}\n")
        yield host


@pytest.fixture
def configured(target: SshHost) -> Iterator[SshHost]:
    """One whose settings and authorized keys a test may change."""
    yield target
    target.authorize(USER, target.key.with_name("key.pub").read_text())
    target.configure("")


@pytest.fixture
def secret(tmp_path: Path) -> Secret:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    return Secret(path)


def read(host: SshHost, **more: object) -> Reading:
    return host.transport(**more).read([ME])[ME.key]  # type: ignore[arg-type]


def told(reading: Reading) -> str:
    assert isinstance(reading, Unread), reading
    return reading.reason


def let_in(host: SshHost, *keys: Path) -> None:
    """These keys, and no others."""
    host.authorize(USER, "".join(Path(f"{one}.pub").read_text() for one in keys))


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
@pytest.mark.parametrize("passphrase", ["", "a long passphrase"])
def test_kinds_of_keys(configured: SshHost, tmp_path: Path, kind: str, passphrase: str) -> None:
    key = make_key(tmp_path / "own", kind, passphrase)
    let_in(configured, key)
    if passphrase:
        assert "has a passphrase; name where it is kept" in told(read(configured, key_files=(key,)))
        (tmp_path / "wrong").write_text("another\n")
        wrong = read(configured, key_files=(key,), passphrase=Secret(tmp_path / "wrong"))
        assert "or the passphrase is wrong" in told(wrong)
        assert "another" not in told(wrong)
    (tmp_path / "passphrase").write_text(f"{passphrase}\n")
    given = Secret(tmp_path / "passphrase") if passphrase else None
    assert read(configured, key_files=(key,), passphrase=given) == Text(f"{USER}\n")


def test_old_formats_of_keys(configured: SshHost, tmp_path: Path) -> None:
    for kind in ("ecdsa", "rsa"):
        key = make_key(tmp_path / f"pem-{kind}", kind, "", "-m", "PEM")
        let_in(configured, key)
        assert read(configured, key_files=(key,)) == Text(f"{USER}\n")


def test_the_usual_keys_are_tried_where_none_is_named(
    configured: SshHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    nothing = told(read(configured, key_files=()))
    assert nothing.endswith(f"denies {USER} the login: there is no key, agent or password to try")
    make_key(tmp_path / ".ssh/id_ed25519")
    let_in(configured, make_key(tmp_path / ".ssh/id_ecdsa", "ecdsa"))
    assert read(configured, key_files=()) == Text(f"{USER}\n")


def test_a_certificate_of_a_user(configured: SshHost, tmp_path: Path) -> None:
    authority, key = make_key(tmp_path / "ca"), make_key(tmp_path / "own")
    configured.running.write("/etc/ssh/users.pub", (tmp_path / "ca.pub").read_text())
    configured.configure("TrustedUserCAKeys /etc/ssh/users.pub\n")
    let_in(configured)
    assert "denies" in told(read(configured, key_files=(key,)))
    sign(authority, key, "-n", USER)
    assert read(configured, key_files=(key,)) == Text(f"{USER}\n")
    assert "with its certificate" in told(read(configured, user="root", key_files=(key,)))
    sign(authority, key, "-n", USER, "-V", "20200101:20200102")
    assert "with its certificate" in told(read(configured, key_files=(key,)))
    let_in(configured, key)  # what is denied with its certificate may still do alone
    assert read(configured, key_files=(key,)) == Text(f"{USER}\n")
    Path(f"{key}-cert.pub").write_text("ssh-ed25519-cert-v01@openssh.com AAAA\n")
    assert "is not understood as a certificate of that key" in told(read(configured, key_files=(key,)))
    make_key(tmp_path / "other")
    sign(authority, tmp_path / "other", "-n", USER)
    Path(f"{key}-cert.pub").write_bytes((tmp_path / "other-cert.pub").read_bytes())
    assert read(configured, key_files=(key,)) == Text(f"{USER}\n")  # as above: by the key alone


def sign(authority: Path, key: Path, *words: str) -> None:
    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", *words, f"{key}.pub"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    monkeypatch.setenv("HOME", str(tmp_path))  # without keys
    with ssh_agent(tmp_path / "agent") as one:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(one.place))
        yield one


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_an_agent(configured: SshHost, tmp_path: Path, agent: Agent, kind: str) -> None:
    key = make_key(tmp_path / "own", kind)
    let_in(configured, key)
    assert "there is no key, agent or password to try" in told(read(configured, key_files=(), agent=True))
    agent.add(key)
    assert read(configured, key_files=(), agent=True) == Text(f"{USER}\n")
    assert "there is no key, agent or password to try" in told(read(configured, key_files=(), agent=False))


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_an_agent_with_a_certificate(configured: SshHost, tmp_path: Path, agent: Agent, kind: str) -> None:
    authority, key = make_key(tmp_path / "ca"), make_key(tmp_path / "own", kind)
    configured.running.write("/etc/ssh/users.pub", (tmp_path / "ca.pub").read_text())
    configured.configure("TrustedUserCAKeys /etc/ssh/users.pub\n")
    let_in(configured)
    sign(authority, key, "-n", USER)
    agent.add(key)
    assert read(configured, key_files=(), agent=True) == Text(f"{USER}\n")


def test_an_agent_that_does_not_sign(configured: SshHost, tmp_path: Path, agent: Agent) -> None:
    key = make_key(tmp_path / "own")
    let_in(configured, key)
    agent.add(key, "-c")  # asks its owner, whom it cannot reach
    assert "of the agent does not sign" in told(read(configured, key_files=(), agent=True))
    agent.end()
    assert "there is no key, agent or password to try" in told(read(configured, key_files=(), agent=True))
    assert read(configured, key_files=(key,), agent=True) == Text(f"{USER}\n")


def test_too_many_keys(configured: SshHost, tmp_path: Path, agent: Agent) -> None:
    for number in range(4):
        agent.add(make_key(tmp_path / f"other{number}"))
    agent.add(configured.key)
    configured.configure("MaxAuthTries 3\n")
    why = told(read(configured, key_files=(), agent=True, retries=2))
    assert "then it hung up (Too many authentication failures)" in why
    assert "name the right key alone" in why
    assert "tries)" not in why
    assert read(configured, agent=True) == Text(f"{USER}\n")  # a key that is named comes first


@pytest.mark.parametrize(
    ("settings", "way"),
    [
        ("PasswordAuthentication yes\nKbdInteractiveAuthentication no\n", "password"),
        ("PasswordAuthentication no\nKbdInteractiveAuthentication yes\n", "keyboard-interactive"),
        ("PasswordAuthentication yes\nKbdInteractiveAuthentication yes\n", "password"),
    ],
)
def test_passwords(
    configured: SshHost, tmp_path: Path, secret: Secret, monkeypatch: pytest.MonkeyPatch, settings: str, way: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    configured.configure(settings)
    assert read(configured, key_files=(), password=secret) == Text(f"{USER}\n")
    assert f"Accepted {way}" in configured.log()
    (tmp_path / "wrong").write_text("wrong horse\n")
    wrong = told(read(configured, key_files=(), password=Secret(tmp_path / "wrong"), retries=2))
    assert f"denies {USER} the login; tried the password" in wrong
    assert "horse" not in wrong
    until(lambda: failures(configured))  # the one who notes it is not the one who told us
    assert failures(configured) == 1  # an account must not be locked for asking again
    monkeypatch.setenv("SCAN_PASSWORD", PASSWORD)
    assert read(configured, key_files=(), password=Secret(variable="SCAN_PASSWORD")) == Text(f"{USER}\n")
    missing = Secret(tmp_path / "nowhere")
    assert "nowhere: No such file or directory" in told(read(configured, key_files=(), password=missing))


def failures(host: SshHost) -> int:
    """Logins that sshd has noted as failed."""
    log = host.log()
    return log.count("Failed ") + log.count("PAM: Authentication failure")


def test_a_server_that_takes_no_passwords(configured: SshHost, tmp_path: Path, secret: Secret) -> None:
    configured.configure("PasswordAuthentication no\nKbdInteractiveAuthentication no\n")
    other = make_key(tmp_path / "other")
    why = told(read(configured, key_files=(other,), password=secret))
    assert why.endswith(f"denies {USER} the login; tried {other}, the password; it takes publickey")


def test_two_factors(configured: SshHost, tmp_path: Path, secret: Secret) -> None:
    configured.configure("AuthenticationMethods publickey,password\nPasswordAuthentication yes\n")
    alone = told(read(configured, retries=2))
    assert f"takes {configured.key}, and asks {USER} for a second factor (password), which a scan cannot give" in alone
    assert read(configured, password=secret) == Text(f"{USER}\n")
    (tmp_path / "wrong").write_text("wrong horse\n")
    wrong = told(read(configured, password=Secret(tmp_path / "wrong")))
    assert f"denies {USER} the login after {configured.key}; tried {configured.key}, the password" in wrong
    configured.configure("AuthenticationMethods publickey,keyboard-interactive\nKbdInteractiveAuthentication yes\n")
    assert read(configured, password=secret) == Text(f"{USER}\n")
    configured.configure("AuthenticationMethods publickey,publickey\n")
    assert "for a second factor (publickey)" in told(read(configured, password=secret))
    configured.configure("AuthenticationMethods password,publickey\nPasswordAuthentication yes\n")
    assert "for a second factor (publickey)" in told(read(configured, password=secret))


@pytest.mark.parametrize("settings", [f"DenyUsers {USER}\n", "AllowGroups wheel\n", "PubkeyAuthentication no\n"])
def test_accounts_that_may_not_log_in(configured: SshHost, settings: str) -> None:
    configured.configure(settings)
    why = told(read(configured))
    assert f"{configured.address}: denies {USER} the login; tried {configured.key}" in why


def test_accounts_that_are_shut(target: SshHost) -> None:
    target.add_user("leaver")
    assert read(target, user="leaver") == Text("leaver\n")
    target.running.run("usermod", "--expiredate", "1", "leaver")
    why = told(read(target, user="leaver"))
    assert "the connection was closed during the login of leaver, whose account may be shut" in why
    assert "denies nobody-at-all the login" in told(read(target, user="nobody-at-all"))


def test_who_must_change_the_password_first_is_told_so(target: SshHost) -> None:
    target.add_user("newcomer", password="first one 1")
    target.running.run("chage", "-d", "0", "newcomer")
    why = told(read(target, user="newcomer"))
    assert "no shell ran the script there" in why
    assert "assword" in why
