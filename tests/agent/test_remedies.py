import pytest

from agent.reports.remedies import remedy_for


def test_a_reason_leads_to_a_remedy() -> None:
    assert remedy_for("/etc/shadow: permission denied").startswith("run as root; over SSH, ")
    assert remedy_for("sshd -T: no hostkeys available -- exiting.").startswith("run as root; ")
    assert not remedy_for("no training register is configured: add registers.training to the configuration")
    assert remedy_for("a directory tree does not run") == "scan the running host"
    assert remedy_for("who knows") == ""


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("web: not reached: Connection refused (3 tries)", "start sshd there"),
        ("web: not reached: no answer within 10 s (3 tries)", "a firewall"),
        ("web: not reached within the time limit of the scan", "a firewall"),
        ("web: the SSH connection was not made within 10 s (3 tries)", "a firewall"),
        ("web: its address is not found (Name or service not known)", "ssh.host"),
        ("web: no SSH connection: no SSH server answers there, but something that says: HTTP/1.1 400", "ssh.port"),
        ("web: no SSH connection: it was closed (3 tries)", "ssh.retries"),
        ("web: the connection was closed during the login (3 tries)", "the log of sshd"),
        ("web: not reached by way of jump: Connect failed", "ssh -J"),
        ("web: denies scanner the login; tried /root/.ssh/id_ed25519", "authorized_keys"),
        (
            "web: takes the password, and asks scanner for a second factor (otp), which a scan cannot give",
            "its key alone",
        ),
        ("sudo on the target does not run the script: sudo: a password is required", "NOPASSWD"),
        ("no shell ran the script there: This account is currently not available.", "POSIX shell"),
        ("the connection ended before the answer", "scan again"),
        ("no answer within the time limit of the scan", "more seconds"),
        (
            "web: shows a host key that is revoked in known_hosts:3: somebody may pose as it",
            "ask whoever runs the host",
        ),
        ("web: no SSH connection: no SSH server answers there, but something that says: permission denied", "ssh.port"),
    ],
)
def test_what_people_meet_over_ssh_leads_to_a_remedy(reason: str, remedy: str) -> None:
    assert remedy in remedy_for(reason)


@pytest.mark.parametrize(
    "reason",
    [
        "web: its host key (ssh-ed25519 SHA256:x) is not in known_hosts. Compare with `ssh-keygen -lf` of its key",
        "web: shows another host key (ssh-ed25519 SHA256:x) than the one in f:1: somebody may pose as it.",
    ],
)
def test_a_key_that_is_not_known_says_itself_how_to_accept_it(reason: str) -> None:
    assert remedy_for(reason) == ""
