import pytest

from tests.accounts import add, authorize, key
from tests.hosts import Tree

pytestmark = pytest.mark.real


def test_only_root_has_user_id_zero(tree: Tree) -> None:
    check = "only-root-has-user-id-zero"
    assert tree.status(check) == "pass"
    add(tree, "toor", "", "--non-unique", "--uid", "0")
    assert tree.status(check) == "fail"


def test_ids_of_users(tree: Tree) -> None:
    check = "user-names-and-ids-are-unique"
    add(tree, "alice")
    assert tree.status(check) == "pass"
    add(tree, "bob", "", "--non-unique", "--uid", "1000")
    assert tree.status(check) == "fail"


def test_names_of_users(tree: Tree) -> None:
    check = "user-names-and-ids-are-unique"
    tree.append("/etc/passwd", "# a comment\n\n+@netgroup::::::\nbob:x:1500:1500::/home/bob:/bin/sh\n")
    assert tree.status(check) == "pass"
    tree.append("/etc/passwd", "bob:x:1501:1501::/home/bob:/bin/sh\n")
    assert tree.status(check) == "fail"


def test_ids_of_groups(tree: Tree) -> None:
    check = "group-names-and-ids-are-unique"
    assert tree.status(check) == "pass"
    tree.run("groupadd", "--non-unique", "--gid", "50", "sales")
    assert tree.status(check) == "fail"


def test_shared_accounts(tree: Tree) -> None:
    check = "no-enabled-account-is-shared"
    add(tree, "alice", "correct horse")
    add(tree, "test")
    assert tree.status(check, "alice") == "pass"
    assert tree.status(check, "test") == "not_applicable"
    tree.run("chpasswd", stdin="test:correct horse\n")
    assert tree.status(check, "test") == "fail"
    tree.run("chage", "--expiredate", "1", "test")
    assert tree.status(check, "test") == "not_applicable"
    assert tree.status(check, "alice", names=["alice"]) == "fail"


def test_a_shared_account_may_be_entered_by_key(tree: Tree) -> None:
    check = "no-enabled-account-is-shared"
    add(tree, "guest")
    authorize(tree, "guest", key("A"))
    assert tree.status(check, "guest") == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "PubkeyAuthentication no\n")
    assert tree.status(check, "guest") == "not_applicable"


def test_system_accounts(tree: Tree) -> None:
    check = "system-accounts-cannot-log-in"
    assert tree.status(check) == "pass"
    assert tree.status(check, "postgres") == "pass"
    assert tree.status(check, "root") == "not_applicable"
    tree.run("usermod", "--shell", "/bin/bash", "www-data")
    assert tree.status(check, "www-data") == "fail"
    tree.run("chpasswd", stdin="postgres:correct horse\n")
    assert tree.status(check, "postgres") == "fail"


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("/etc/gdm3/daemon.conf", "[daemon]\nAutomaticLoginEnable=True\nAutomaticLogin=alice\n"),
        ("/etc/lightdm/lightdm.conf.d/50.conf", "[Seat:*]\nautologin-user=alice\n"),
        ("/etc/sddm.conf", "[Autologin]\nUser=alice\nSession=plasma\n"),
        (
            "/etc/systemd/system/getty@tty1.service.d/a.conf",
            "[Service]\nExecStart=\nExecStart=-/sbin/agetty --noclear -a alice %I $TERM\n",
        ),
    ],
)
def test_automatic_login(tree: Tree, place: str, text: str) -> None:
    check = "nobody-is-logged-in-automatically"
    assert tree.status(check) == "pass"
    tree.write(place, text)
    assert tree.status(check) == "fail"


def test_automatic_login_that_is_off(tree: Tree) -> None:
    check = "nobody-is-logged-in-automatically"
    tree.write("/etc/gdm3/daemon.conf", "[daemon]\n#AutomaticLoginEnable=true\nAutomaticLogin=alice\n")
    tree.write("/etc/lightdm/lightdm.conf.d/50.conf", "[Seat:*]\nautologin-user=alice\n")
    tree.write("/etc/lightdm/lightdm.conf", "[Seat:*]\nautologin-user=\n")
    unit = "/etc/systemd/system/getty@tty1.service.d"
    tree.write(f"{unit}/a.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin alice %I\n")
    tree.write(f"{unit}/b.conf", "[Service]\nExecStart=\nExecStart=-/sbin/agetty %I\n")
    assert tree.status(check) == "pass"


def test_the_password_of_root(tree: Tree) -> None:
    check = "root-password-is-locked-or-su-restricted"
    assert tree.status(check, "root") == "pass"
    tree.run("chpasswd", stdin="root:correct horse\n")
    assert tree.status(check, "root") == "fail"
    tree.replace("/etc/pam.d/su", "# auth       required   pam_wheel.so", "auth       required   pam_wheel.so")
    assert tree.status(check, "root") == "pass"


def test_empty_passwords(tree: Tree) -> None:
    check = "no-account-has-an-empty-password"
    add(tree, "alice", "correct horse")
    assert tree.status(check) == "pass"
    tree.run("passwd", "--delete", "alice")
    assert tree.status(check, "alice") == "fail"


def test_an_empty_field_of_passwd_counts_more_than_shadow(tree: Tree) -> None:
    check = "no-account-has-an-empty-password"
    add(tree, "alice", "correct horse")
    tree.replace("/etc/passwd", "alice:x:", "alice::")
    assert tree.status(check, "alice") == "fail"


def test_one_key_for_two_accounts(tree: Tree) -> None:
    check = "each-ssh-key-opens-one-account"
    assert tree.status(check) == "not_applicable"
    add(tree, "alice")
    add(tree, "bob")
    authorize(tree, "alice", key("A"))
    authorize(tree, "bob", f'from="10.0.0.0/8",command="echo two words" {key("C")}')
    assert tree.status(check) == "pass"
    authorize(tree, "bob", f"no-pty {key('A')}", ".ssh/authorized_keys2")
    assert tree.status(check) == "fail"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "AuthorizedKeysFile .ssh/authorized_keys\n")
    assert tree.status(check) == "pass"


def test_keys_outside_of_homes(tree: Tree) -> None:
    check = "each-ssh-key-opens-one-account"
    add(tree, "alice")
    add(tree, "bob")
    tree.write("/etc/ssh/sshd_config.d/a.conf", "AuthorizedKeysFile /etc/ssh/keys/%u %h/keys\n")
    tree.write("/etc/ssh/keys/alice", key("A") + "\n")
    tree.write("/home/bob/keys", key("A") + "\n")
    assert tree.status(check) == "fail"
    authorize(tree, "bob", key("A"))
    tree.remove("/home/bob/keys")
    assert tree.status(check) == "pass"


def test_what_sshd_cannot_tell_is_unknown(tree: Tree) -> None:
    tree.write("/etc/ssh/sshd_config.d/a.conf", "NoSuchKeyword yes\n")
    assert tree.status("each-ssh-key-opens-one-account") == "unknown"
    tree.write("/etc/passwd", tree.read("/etc/passwd") + "broken line\n")
    assert tree.status("only-root-has-user-id-zero") == "unknown"
