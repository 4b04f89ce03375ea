import json
from collections.abc import Callable

import bcrypt
import pytest

from collectors.host.default_passwords import comparison, default_passwords
from collectors.host.vendor_defaults import generic_words, vendor_defaults
from collectors.readings import Text, Unread
from collectors.transports.local import Shell
from tests.accounts import add
from tests.hosts import Tree, scan, worst

pytestmark = pytest.mark.real

CHECK = "no-account-has-a-vendor-default-password"
GOOD = "correct horse"


def without_perl(tree: Tree) -> None:
    tree.remove("/usr/bin/perl")


def with_perl_alone(tree: Tree) -> None:
    tree.remove("/usr/bin/python3")


PROGRAMS = pytest.mark.parametrize("left", [with_perl_alone, without_perl])
"""Both ways to compare; each must say the same."""


def quick(tree: Tree, password: str) -> str:
    """A hash of the fewest rounds that SHA-crypt takes."""
    return tree.run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", password, "$6$rounds=1000$abcdefgh$")


def classes(tree: Tree, held: dict[str, str], seconds: int = 8, everything: int = 20) -> dict[str, str]:
    """What the comparison says of accounts with these fields of shadow(5), by account."""
    tree.write("/etc/passwd", "".join(f"{name}:x:{2000 + row}:100::/:/bin/sh\n" for row, name in enumerate(held)))
    tree.write("/etc/shadow", "".join(f"{name}:{field}:20000:0:99999:7:::\n" for name, field in held.items()), 0o640)
    command = comparison(each=seconds, everything=everything)
    reading = tree.transport.read([command])[command.key]
    assert isinstance(reading, Text), reading
    rows = [line.split(":", 2) for line in reading.text.splitlines()]
    return {name: kind for name, _, kind in rows}


@PROGRAMS
@pytest.mark.parametrize("method", ["YESCRYPT", "SHA512", "SHA256", "MD5", "DES"])
def test_schemes(tree: Tree, method: str, left: Callable[[Tree], None]) -> None:
    add(tree, "pi")
    add(tree, "ana")
    tree.run("chpasswd", "--crypt-method", method, stdin=f"pi:raspberry\nana:{GOOD}\n")
    left(tree)
    status, reason = tree.verdict(CHECK, "pi")
    assert status == "fail"
    assert "Raspberry Pi OS" in reason
    assert tree.status(CHECK, "ana") == "pass"


@PROGRAMS
def test_bcrypt(tree: Tree, left: Callable[[Tree], None]) -> None:
    for name, password in (("pi", "raspberry"), ("ana", GOOD)):
        add(tree, name)
        tree.run("usermod", "--password", bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode(), name)
    left(tree)
    assert tree.status(CHECK, "pi") == "fail"
    assert tree.status(CHECK, "ana") == "pass"


def test_a_default_beneath_a_lock(tree: Tree) -> None:
    add(tree, "pi")
    tree.run("chpasswd", stdin="pi:raspberry\n")
    tree.run("usermod", "--lock", "pi")
    status, reason = tree.verdict(CHECK, "pi")
    assert status == "fail"
    assert reason.startswith("it is locked, and the password beneath the lock is the default of Raspberry Pi OS")
    assert tree.status(CHECK, "pi", locked=False) == "not_applicable"


def test_other_words(tree: Tree) -> None:
    pairs = {"root": "root", "ana": "ana", "ben": "neb", "cleo": "changeme", "dora": "raspberry", "pi": GOOD}
    for name in pairs:
        if name != "root":
            add(tree, name)
    tree.run("chpasswd", "--crypt-method", "SHA512", stdin="".join(f"{name}:{word}\n" for name, word in pairs.items()))
    found = {one.subject: one.verdict for one in tree.findings(CHECK)}
    assert set(found) == set(pairs)  # accounts without a hash have nothing to compare
    assert "root/root" in found["root"].reason
    assert found["ana"].observed == {"kind": "user-name"}
    assert found["ben"].observed == {"kind": "user-name-reversed"}
    assert found["cleo"].observed == {"kind": "generic"}
    assert [found[name].status.value for name in ("dora", "pi")] == ["pass", "pass"]


def test_no_hash_at_all_is_not_applicable(tree: Tree) -> None:
    assert tree.status(CHECK) == "not_applicable"


@PROGRAMS
def test_a_hash_in_the_passwd_file(tree: Tree, left: Callable[[Tree], None]) -> None:
    add(tree, "pi")
    tree.run("chpasswd", stdin="pi:raspberry\n")
    tree.run("pwunconv")
    assert not tree.path("/etc/shadow").exists()
    left(tree)
    assert tree.status(CHECK, "pi") == "fail"


@PROGRAMS
def test_the_first_of_two_entries_counts(tree: Tree, left: Callable[[Tree], None]) -> None:
    add(tree, "pi")
    tree.run("chpasswd", stdin=f"pi:{GOOD}\n")
    tree.append("/etc/shadow", f"pi:{quick(tree, 'raspberry')}:20000:0:99999:7:::\n")
    left(tree)
    assert tree.status(CHECK, "pi") == "pass"


@PROGRAMS
def test_no_hash_and_no_password_leaves_the_target(tree: Tree, left: Callable[[Tree], None]) -> None:
    planted = {"pi": "raspberry", "root": "openmediavault", "ana": GOOD}
    for name in ("pi", "ana"):
        add(tree, name)
    tree.run("chpasswd", stdin="".join(f"{name}:{word}\n" for name, word in planted.items()))
    tree.append("/etc/shadow", "ben:$9$planted$hashhashhash:20000:0:99999:7:::\n")
    tree.append("/etc/passwd", "ben:x:4242:100::/:/bin/sh\n")
    left(tree)
    said = json.dumps([str(reading) for reading in tree.transport.read(default_passwords.sources).values()])
    hashes = [line.split(":")[1] for line in tree.read("/etc/shadow").splitlines() if "$" in line]
    assert len(hashes) == 4
    assert "pi:-:vendor-default:raspberry-pi-os" in said
    assert not [one for one in hashes if one[-10:] in said or one[:10] in said]
    for word in ("raspberry", GOOD):
        assert word not in said.replace("raspberry-pi-os", "")
    tree.append("/etc/shadow", "$6$planted$malformed\n")
    (reading,) = tree.transport.read(default_passwords.sources).values()
    assert reading == Unread("comparison with default passwords: /etc/shadow: a line is malformed")


def test_without_perl_and_python(tree: Tree) -> None:
    add(tree, "pi")
    tree.run("chpasswd", stdin="pi:raspberry\n")
    without_perl(tree)
    with_perl_alone(tree)
    status, reason = tree.verdict(CHECK)
    assert status == "unknown"
    assert "neither perl nor python3" in reason


@PROGRAMS
def test_an_ordinary_user_sees_nothing(tree: Tree, left: Callable[[Tree], None]) -> None:
    add(tree, "pi")
    tree.run("chpasswd", stdin="pi:raspberry\n")
    left(tree)
    within = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    status, reason = worst(scan(Shell(("chroot", str(tree.root), *within)), CHECK))
    assert status == "unknown"
    assert reason.endswith("/etc/shadow: Permission denied")


@PROGRAMS
@pytest.mark.parametrize(
    "field", ["$9$salt$aaaaaaaaaaaaaaaaaaaaaa", "$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "$6$x"]
)
def test_a_scheme_that_the_target_does_not_know(tree: Tree, field: str, left: Callable[[Tree], None]) -> None:
    add(tree, "pi")
    tree.run("usermod", "--password", field, "pi")
    left(tree)
    status, reason = tree.verdict(CHECK, "pi")
    assert status == "unknown"
    assert "crypt(3)" in reason


@PROGRAMS
def test_a_dear_hash_hides_no_other_account(tree: Tree, left: Callable[[Tree], None]) -> None:
    dear = quick(tree, "raspberry").replace("rounds=1000", "rounds=900000000")
    held = {"ubuntu": dear, "pi": quick(tree, "raspberry"), "ana": "!" + quick(tree, GOOD), "ben": "!", "cleo": "*"}
    left(tree)
    assert classes(tree, held, seconds=1) == {
        "ubuntu": "not-compared:time",
        "pi": "vendor-default:raspberry-pi-os",
        "ana": "none",
    }


@PROGRAMS
def test_what_time_does_not_suffice_for_is_not_compared(tree: Tree, left: Callable[[Tree], None]) -> None:
    held = {"pi": quick(tree, "raspberry"), "ana": quick(tree, GOOD)}
    left(tree)
    assert classes(tree, held, everything=0) == {"pi": "not-compared:time", "ana": "not-compared:time"}


@PROGRAMS
def test_more_accounts_than_are_compared(tree: Tree, left: Callable[[Tree], None]) -> None:
    locked = {f"l{row}": "!" + quick(tree, GOOD) for row in range(2)}
    held = {**locked, **{f"a{row}": quick(tree, GOOD) for row in range(63)}}
    left(tree)
    said = classes(tree, held)
    assert {name for name, kind in said.items() if kind != "none"} == {"l1"}
    assert said["l1"] == "not-compared:many"


@PROGRAMS
def test_every_entry_of_the_table(tree: Tree, left: Callable[[Tree], None]) -> None:
    pairs = [
        (one.id, user, user if secret == "=user" else secret)
        for one in vendor_defaults().values()
        for user in one.users
        for secret in one.secrets
    ]
    words = {secret for _, _, secret in pairs} | set(generic_words())
    hashes = {word: quick(tree, word) for word in words}
    other = {word: quick(tree, f"{word} and more") for word in words}
    left(tree)
    rounds: list[dict[str, tuple[str, str]]] = []
    for name, user, secret in pairs:
        place = next((one for one in rounds if user not in one), None)
        if place is None:
            rounds.append(place := {})
        place[user] = (name, secret)
    for one in rounds:
        expected = {user: f"vendor-default:{name}" for user, (name, _) in one.items()}
        assert classes(tree, {user: hashes[secret] for user, (_, secret) in one.items()}) == expected
        assert set(classes(tree, {user: other[secret] for user, (_, secret) in one.items()}).values()) == {"none"}
        strangers = {f"stranger-{user}": hashes[secret] for user, (_, secret) in one.items()}
        assert set(classes(tree, strangers).values()) == {"none"}
    said = classes(tree, {f"stranger-{word}": hashes[word] for word in generic_words()})
    assert set(said.values()) == {"generic"}
