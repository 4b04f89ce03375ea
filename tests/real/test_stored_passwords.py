import json

import pytest

from collectors.host.identifiers import identifiers
from collectors.host.shadow import passwords
from tests.accounts import add
from tests.hosts import Tree

pytestmark = pytest.mark.real

STORED = "stored-passwords-use-strong-hashes"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--crypt-method", "YESCRYPT"), "pass"),
        (("--crypt-method", "SHA512"), "pass"),
        (("--crypt-method", "SHA512", "--sha-rounds", "1000"), "fail"),
        (("--crypt-method", "MD5"), "fail"),
        (("--crypt-method", "DES"), "fail"),
    ],
)
def test_hashes(tree: Tree, options: tuple[str, ...], status: str) -> None:
    add(tree, "alice")
    assert tree.status(STORED, "alice") == "not_applicable"
    tree.run("chpasswd", *options, stdin="alice:correct horse\n")
    assert tree.status(STORED, "alice") == status
    tree.run("usermod", "--lock", "alice")
    assert tree.status(STORED, "alice") == status


def test_bcrypt(tree: Tree) -> None:
    add(tree, "alice")
    tree.run("usermod", "--password", "$2b$12$abcdefghijklmnopqrstuuXNd4k1mB5bM0oO3BfCyOWhNwDxF5m2S", "alice")
    assert tree.status(STORED, "alice") == "pass"


def test_no_hash_leaves_the_target(tree: Tree) -> None:
    for name, method in (("alice", "YESCRYPT"), ("bob", "DES"), ("carol", "MD5")):
        add(tree, name)
        tree.run("chpasswd", "--crypt-method", method, stdin=f"{name}:correct horse\n")
    tree.run("usermod", "--lock", "carol")
    fields = [line.split(":")[1].lstrip("!") for line in tree.read("/etc/shadow").splitlines()]
    hashes = [field for field in fields if len(field) > 8]
    tree.run("pwunconv")
    tree.append("/etc/group", f"staff2:{hashes[0]}:4444:\n")
    for unconverted in (True, False):
        if not unconverted:
            tree.run("pwconv")
        readings = tree.transport.read([*passwords.sources, *identifiers.sources])
        said = json.dumps([str(reading) for reading in readings.values()])
        assert len(hashes) == 3
        assert not [one for one in hashes if one[-10:] in said]


def test_files_of_passwords(tree: Tree) -> None:
    check = "password-files-are-private"
    assert tree.status(check) == "pass"
    tree.write("/etc/security/opasswd", "", mode=0o640)
    assert tree.status(check) == "fail"
    tree.path("/etc/security/opasswd").chmod(0o600)
    tree.write("/etc/shadow.bak", "", mode=0o644)
    assert tree.status(check) == "fail"
    tree.remove("/etc/shadow.bak")
    tree.path("/etc/shadow-maint").mkdir(mode=0o755)
    tree.path("/etc/shadow").chmod(0)
    assert tree.status(check) == "pass"


def test_hashes_in_passwd(tree: Tree) -> None:
    check = "passwd-and-group-files-hold-no-hash"
    add(tree, "alice", "correct horse")
    assert tree.status(check) == "pass"
    tree.run("pwunconv")
    assert tree.status(check) == "fail"
    assert tree.status(STORED, "alice") == "pass"
    assert tree.status("system-accounts-cannot-log-in", "daemon") == "pass"


def test_host_keys(tree: Tree) -> None:
    check = "ssh-host-keys-are-private"
    assert tree.status(check) == "pass"
    tree.run("groupadd", "ssh_keys")
    tree.run("chgrp", "ssh_keys", "/etc/ssh/ssh_host_rsa_key")
    tree.path("/etc/ssh/ssh_host_rsa_key").chmod(0o640)
    assert tree.status(check) == "pass"
    tree.path("/etc/ssh/ssh_host_ed25519_key").chmod(0o644)
    assert tree.status(check) == "fail"


def test_host_keys_in_unusual_places(tree: Tree) -> None:
    tree.append("/etc/ssh/sshd_config", "HostKey /srv/key\n")
    assert tree.status("ssh-host-keys-are-private") == "unknown"


def test_host_keys_elsewhere_and_what_else_sshd_config_says(tree: Tree) -> None:
    """Only the lines about host keys leave the target."""
    from agent.gather import snapshot, sources_for
    from collectors.collector import Platform
    from collectors.snapshot import dump
    from tests.hosts import catalogue

    check = "ssh-host-keys-are-private"
    tree.write("/etc/ssh/sshd_config.d/a.conf", 'SetEnv TOKEN=canary-1\n# canary-2\n\tHostKey "/srv/keys/host_key"\n')
    assert tree.status(check) == "unknown"
    chosen = [one for one in catalogue().checks if one.id == check]
    asked = sources_for(catalogue(), chosen, Platform.LINUX)
    said = dump(snapshot(tree.transport, asked, asset="x", platform=Platform.LINUX))
    assert "/srv/keys/host_key" in said
    assert "canary" not in said
