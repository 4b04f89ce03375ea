import os
import subprocess

import pytest

from collectors.host.kept_secrets import KEPT
from collectors.readings import Text
from tests.accounts import add
from tests.hosts import Tree

pytestmark = pytest.mark.real

PRIVATE = "private-keys-of-accounts-are-private"
ENCRYPTED = "private-keys-of-accounts-have-a-passphrase"
PASSPHRASE = "correct horse"
ALICE = (1000, 1000)


@pytest.fixture
def keys(tree: Tree) -> Tree:
    """A tree with alice and her folder for keys."""
    add(tree, "alice")
    tree.path("/home/alice/.ssh").mkdir(mode=0o700)
    os.chown(tree.path("/home/alice/.ssh"), *ALICE)
    return tree


def made(tree: Tree, name: str, phrase: str, *options: str) -> str:
    """A key that the account itself makes with ssh-keygen."""
    path = f"/home/alice/.ssh/{name}"
    command = ("ssh-keygen", "-q", "-N", phrase, "-f", path, *options)
    tree.run("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", *command)
    return path


KINDS = {
    "ed25519": ("-t", "ed25519"),
    "rsa": ("-t", "rsa", "-b", "2048"),
    "ecdsa": ("-t", "ecdsa"),
    "rsa-pem": ("-t", "rsa", "-b", "2048", "-m", "PEM"),
    "ecdsa-pem": ("-t", "ecdsa", "-m", "PEM"),
    "rsa-pkcs8": ("-t", "rsa", "-b", "2048", "-m", "PKCS8"),
    "long-comment": ("-t", "ed25519", "-C", "c" * 900),
    "aes128-cbc": ("-t", "ed25519", "-Z", "aes128-cbc"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_makes(keys: Tree, kind: str) -> None:
    bare = made(keys, "bare", "", *KINDS[kind])
    locked = made(keys, "locked", PASSPHRASE, *KINDS[kind])
    assert keys.verdict(ENCRYPTED, bare) == ("fail", "the key is not encrypted")
    assert keys.status(ENCRYPTED, bare, unattended=["alice"]) == "pass"
    assert keys.status(ENCRYPTED, locked) == "pass"
    assert {one.subject for one in keys.findings(PRIVATE)} == {bare, locked}
    reading = keys.transport.read([KEPT])[KEPT.key]
    assert isinstance(reading, Text)
    for line in keys.read(bare).splitlines():
        assert line[:16] not in reading.text
    keys.run("ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", bare)
    assert keys.status(ENCRYPTED, bare) == "pass"


def test_owner_and_mode(keys: Tree) -> None:
    path = made(keys, "id_ed25519", "", "-t", "ed25519")
    assert keys.status(PRIVATE, path) == "pass"
    for mode in (0o640, 0o604, 0o620, 0o602):
        keys.path(path).chmod(mode)
        assert keys.status(PRIVATE, path) == "fail", oct(mode)
    keys.path(path).chmod(0o400)
    assert keys.status(PRIVATE, path) == "pass"
    add(keys, "bob")
    keys.path(path).chmod(0o644)
    os.chown(keys.path(path), 1001, 1001)
    assert keys.verdict(PRIVATE, path) == ("fail", "the key belongs to somebody else")


def test_what_lies_beside_the_keys_is_none(keys: Tree) -> None:
    made(keys, "id_ed25519", PASSPHRASE, "-t", "ed25519")
    for name in ("config", "known_hosts", "known_hosts.old", "authorized_keys", "notes.txt", "empty"):
        text = "" if name == "empty" else "Host x\n  IdentityFile ~/.ssh/id\n# -----BEGIN OPENSSH PRIVATE KEY-----\n"
        keys.write(f"/home/alice/.ssh/{name}", text, mode=0o644, owner=ALICE)
    assert [one.subject for one in keys.findings(PRIVATE)] == ["/home/alice/.ssh/id_ed25519"]


# What ssh-keygen -t ed25519-sk and ecdsa-sk write cannot be made without a device: the fixed head of the format (PROTOCOL.key of
# OpenSSH) with an all-zero rest, in our own making.
@pytest.mark.parametrize("kind", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"])
def test_a_key_that_a_device_holds(keys: Tree, kind: str) -> None:
    import base64

    name = kind.encode()
    blob = len(name).to_bytes(4) + name + bytes(80)
    head = b"openssh-key-v1\0" + (b"\0\0\0\4none" * 2) + bytes(4) + (1).to_bytes(4) + len(blob).to_bytes(4) + blob
    body = base64.encodebytes(head + bytes(200)).decode().replace("\n", "")
    lines = "\n".join(body[at : at + 70] for at in range(0, len(body), 70))
    text = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}\n-----END OPENSSH PRIVATE KEY-----\n"
    keys.write("/home/alice/.ssh/id_sk", text, mode=0o600, owner=ALICE)
    assert keys.status(ENCRYPTED, "/home/alice/.ssh/id_sk") == "pass"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\nComment: x\r\n", "fail"),
        ("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: aes256-cbc\nComment: x\n", "pass"),
        ("PuTTY-User-Key-File-2: ssh-rsa\n", "unknown"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nbm90IGEga2V5\n", "unknown"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", "unknown"),
        ("Bag Attributes\n    friendlyName: x\n-----BEGIN PRIVATE KEY-----\nAAAA\n", "fail"),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", "pass"),
    ],
)
def test_other_forms(keys: Tree, text: str, status: str) -> None:
    keys.write("/home/alice/.ssh/key", text, mode=0o600, owner=ALICE)
    assert keys.status(ENCRYPTED, "/home/alice/.ssh/key") == status


def test_what_openssl_makes(keys: Tree) -> None:
    for name, options in (("plain", ()), ("locked", ("-aes256", "-pass", f"pass:{PASSPHRASE}"))):
        path = str(keys.path(f"/home/alice/.ssh/{name}"))
        command = [
            "openssl",
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            *options,
            "-out",
            path,
        ]
        subprocess.run(command, check=True, capture_output=True)
        os.chown(path, *ALICE)
    assert keys.status(ENCRYPTED, "/home/alice/.ssh/plain") == "fail"
    assert keys.status(ENCRYPTED, "/home/alice/.ssh/locked") == "pass"
