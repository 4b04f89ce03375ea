import pytest

from tests.hosts import RunningHost, Tree, until
from tests.real.servers import listening, places, tree, tried

__all__ = ["tree"]
pytestmark = pytest.mark.real

CHECK = "rsync-module-asks-for-a-password"
PLAIN = "no-plaintext-service-listens-beyond-loopback"
CONF = "/etc/rsyncd.conf"


@pytest.mark.parametrize(
    ("head", "module", "open_to_all"),
    [
        ("", "", True),
        ("", "Auth  Users = ann\nsecrets file = /etc/rsyncd.secrets", False),
        ("authusers = ann, \\\n  ben\nsecrets file = /etc/rsyncd.secrets", "read only = no", False),
        ("auth users = ann", "auth users =", True),
        ("", "# auth users = ann", True),
    ],
)
def test_rsync_itself_agrees(host: RunningHost, head: str, module: str, open_to_all: bool) -> None:
    host.write("/srv/pi/record", "x")
    host.write("/etc/rsyncd.secrets", "ann:s3cr3t\n", 0o600)
    host.write(CONF, f"use chroot = no\n{head}\n[ pi ]\n path = /srv/pi\n{module}\n")
    host.start("rsync", "--daemon", "--no-detach")
    until(lambda: listening(host, 873))
    said = tried(host, "rsync", "--password-file=/dev/null", "rsync://127.0.0.1/pi/")[1]
    assert ("record" in said) is open_to_all
    assert host.status(CHECK, "pi") == ("fail" if open_to_all else "pass")
    assert host.status(PLAIN) == "fail"


def test_where_rsync_listens(host: RunningHost) -> None:
    host.write(CONF, "address = 127.0.0.1\n[pi]\npath = /srv\n")
    host.start("rsync", "--daemon", "--no-detach")
    until(lambda: listening(host, 873))
    assert places(host, 873) == {"127.0.0.1"}
    assert host.status(CHECK) == "pass"
    assert host.status(PLAIN) == "pass"


def test_modules(tree: Tree) -> None:
    assert tree.status(CHECK) == "not_applicable"
    tree.write(
        CONF,
        "[a]\npath=/a\nauth users = x\n[global]\nhosts allow = 127.0.0.1\n[b]\npath=/b\n[c]\nhosts allow = 10.0.0.1\n",
    )
    assert {one.subject: one.status.value for one in tree.findings(CHECK)} == {"a": "pass", "b": "pass", "c": "fail"}
    assert tree.status(CHECK, "c", public=("c",)) == "pass"
    tree.append(CONF, "&include /etc/rsyncd.d\n")
    assert tree.status(CHECK) == "unknown"
    tree.write(CONF, "address = 127.0.0.1\n[a]\npath=/a\n")
    assert tree.status(CHECK) == "pass"
    tree.write("/etc/default/rsync", "RSYNC_CONFIG_FILE=/srv/rsyncd.conf\n")
    assert tree.status(CHECK) == "unknown"
    tree.remove("/usr/bin/rsync")
    assert tree.status(CHECK) == "not_applicable"
