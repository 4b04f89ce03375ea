import pytest

from tests.hosts import Tree
from tests.real.real_pam import add_alice, hash_of, lets_in, stores

pytestmark = pytest.mark.real

LONG_ENOUGH = "Qv7-rowboat-lichen-42"
TOO_SHORT = "Zq7-xjk"
"""For pwquality, which asks for eight; pam_unix is content with six. (The image has no dictionary, so none is asked.)"""
DENY = "password requisite pam_deny.so\npassword required pam_permit.so\n"

STACKS = {
    # name: (common-password, whether a refused password is kept out)
    "requisite": (
        "password requisite pam_pwquality.so dictcheck=0\n"
        "password [success=1 default=ignore] pam_unix.so use_authtok yescrypt\n" + DENY,
        True,
    ),
    "optional, but use_authtok": (
        "password optional pam_pwquality.so dictcheck=0\n"
        "password [success=1 default=ignore] pam_unix.so use_authtok yescrypt\n" + DENY,
        True,
    ),
    "no use_authtok, but stopped before": (
        "password requisite pam_pwquality.so dictcheck=0\n"
        "password [success=1 default=ignore] pam_unix.so try_first_pass yescrypt\n" + DENY,
        True,
    ),
    "no use_authtok": (
        "password required pam_pwquality.so dictcheck=0\n"
        "password [success=1 default=ignore] pam_unix.so try_first_pass yescrypt\n" + DENY,
        False,
    ),
    "no use_authtok, but stopped in between": (
        (
            "password required pam_pwquality.so dictcheck=0\npassword requisite pam_pwhistory.so use_authtok\n"
            "password required pam_unix.so yescrypt\n"
        ),
        True,
    ),
    "no use_authtok in between": (
        "password required pam_pwquality.so dictcheck=0\npassword required pam_pwhistory.so remember=5\n"
        "password [success=1 default=ignore] pam_unix.so use_authtok yescrypt\n" + DENY,
        False,
    ),
    "jumped over": (
        "password [default=1 success=1] pam_permit.so\npassword requisite pam_pwquality.so dictcheck=0\n"
        "password [success=1 default=ignore] pam_unix.so yescrypt\n" + DENY,
        False,
    ),
    "after pam_unix": (
        "password required pam_unix.so yescrypt\npassword requisite pam_pwquality.so dictcheck=0\n",
        False,
    ),
    "in a substack": (
        "password substack judge\npassword required pam_unix.so use_authtok yescrypt\n",
        True,
    ),
    "a substack is one to a jump": (
        (
            "password [success=1 default=1] pam_permit.so\npassword substack judge\n"
            "password required pam_unix.so yescrypt\n"
        ),
        False,
    ),
    "sufficient before": (
        "password sufficient pam_unix.so yescrypt\npassword requisite pam_pwquality.so dictcheck=0\n",
        False,
    ),
    "not installed": (
        "-password optional pam_passwdqc.so\npassword required pam_unix.so yescrypt\n",
        False,
    ),
    "commented and continued": (
        (
            "#password requisite pam_pwquality.so dictcheck=0\npassword requisite \\\n  pam_pwquality.so dictcheck=0\n"
            "PASSWORD Required pam_unix.so use_authtok # yescrypt\n"
        ),
        True,
    ),
}


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_read_as_pam_runs_it(tree: Tree, name: str) -> None:
    stack, kept_out = STACKS[name]
    add_alice(tree)
    tree.write("/etc/pam.d/judge", "password requisite pam_pwquality.so dictcheck=0\n")
    tree.write("/etc/pam.d/common-password", stack)
    assert stores(tree, LONG_ENOUGH)
    assert stores(tree, TOO_SHORT) is not kept_out
    assert tree.verdict("a-refused-password-is-not-stored")[0] == ("pass" if kept_out else "fail")


@pytest.mark.parametrize(
    ("files", "shortest"),
    [
        ({"/etc/security/pwquality.conf": "minlen = 12\n"}, 12),
        ({"/etc/security/pwquality.conf": "minlen = 12\ndcredit = 2\nucredit = 1\n"}, 9),
        ({"/etc/security/pwquality.conf.d/a.conf": "minlen = 16\n"}, 16),
        (  # the main file is read last
            {"/etc/security/pwquality.conf.d/a.conf": "minlen = 16\n", "/etc/security/pwquality.conf": "minlen = 9\n"},
            9,
        ),
        (
            {
                "/etc/security/pwquality.conf.d/10.conf": "minlen = 10\n",
                "/etc/security/pwquality.conf.d/9.conf": "MINLEN=13 # bigger\n",
            },
            13,
        ),
        ({"/etc/security/pwquality.conf.d/not-read.txt": "minlen = 16\n"}, 8),
        # What it does not understand ends the reading, also of the main file.
        ({"/etc/security/pwquality.conf": "minlen = twelve\nminlen = 16\n"}, 8),
        (
            {
                "/etc/security/pwquality.conf.d/a.conf": "nonsense = 1\n",
                "/etc/security/pwquality.conf": "minlen = 16\n",
            },
            8,
        ),
        ({"/etc/security/pwquality.conf": "minlen = 3\n"}, 6),
    ],
)
def test_the_minimum_is_what_libpwquality_makes_of_its_files(tree: Tree, files: dict[str, str], shortest: int) -> None:
    add_alice(tree)
    tree.write("/etc/security/pwquality.conf", "")
    for path, text in files.items():
        tree.write(path, text)
    tree.replace("/etc/pam.d/common-password", "retry=3", "dictcheck=0")
    password = "7Kq4ZmWx9RtBvLpNcH"
    assert stores(tree, password[:shortest])
    assert not stores(tree, password[: shortest - 1])
    assert tree.status("new-passwords-are-long-enough", least=shortest) == "pass"
    assert tree.status("new-passwords-are-long-enough", least=shortest + 1) == "fail"


def test_a_module_argument_wins_over_the_files(tree: Tree) -> None:
    add_alice(tree)
    tree.write("/etc/security/pwquality.conf", "minlen = 8\n")
    tree.replace("/etc/pam.d/common-password", "pam_pwquality.so retry=3", "pam_pwquality.so minlen=14 dictcheck=0")
    assert not stores(tree, "Qv7-rowboat-l")
    assert stores(tree, "Qv7-rowboat-li")
    assert tree.status("new-passwords-are-long-enough", least=14) == "pass"
    assert tree.status("new-passwords-are-long-enough", least=15) == "fail"


def test_minimum_length(tree: Tree) -> None:
    check = "new-passwords-are-long-enough"
    assert tree.verdict(check) == ("fail", "a password of 8 characters is accepted")
    tree.write("/etc/security/pwquality.conf.d/a.conf", "minlen = 14\n")
    assert tree.status(check) == "pass"
    tree.append("/etc/security/pwquality.conf", "enforcing = 0\n")
    assert tree.status(check) == "fail"
    tree.replace("/etc/pam.d/common-password", "yescrypt", "yescrypt minlen=13")  # pam_unix's own minimum
    assert tree.status(check) == "pass"


def test_words(tree: Tree) -> None:
    check = "new-passwords-are-checked-for-words-or-character-classes"
    assert tree.status(check) == "pass"
    tree.write("/etc/security/pwquality.conf.d/a.conf", "dictcheck = 0\n")
    assert tree.status(check) == "fail"
    tree.append("/etc/security/pwquality.conf.d/a.conf", "ucredit = -1\nlcredit = -1\ndcredit = -1\n")
    assert tree.status(check) == "pass"


def test_a_module_that_is_not_on_the_disk_does_not_judge(tree: Tree) -> None:
    check = "a-refused-password-is-not-stored"
    assert tree.status(check) == "pass"
    tree.replace("/etc/pam.d/common-password", "requisite\t\t\tpam_pwquality.so", "optional pam_pwquality.so")
    tree.replace("/etc/pam.d/common-password", "use_authtok", "")
    add_alice(tree)
    tree.run("sh", "-c", "rm /lib/*/security/pam_pwquality.so")
    assert stores(tree, TOO_SHORT)
    assert tree.verdict(check) == ("fail", "no module judges new passwords")


def test_a_rule_that_only_warns(tree: Tree) -> None:
    add_alice(tree)
    tree.append("/etc/security/pwquality.conf", "enforcing = 0\n")
    assert stores(tree, TOO_SHORT)
    assert tree.status("a-refused-password-is-not-stored") == "fail"


def test_a_stack_that_depends_on_another_module_is_unknown(tree: Tree) -> None:
    check = "a-refused-password-is-not-stored"
    skip = "password [success=1 default=ignore] pam_succeed_if.so user ingroup trusted\n"
    tree.write("/etc/pam.d/common-password", skip + tree.read("/etc/pam.d/common-password"))
    status, reason = tree.verdict(check)
    assert status == "unknown"
    assert reason.endswith("it depends on pam_succeed_if")
    tree.replace("/etc/pam.d/common-password", "user ingroup trusted", "uid < 1000 quiet")
    assert tree.status(check) == "pass"


def test_rules_for_root(tree: Tree) -> None:
    check = "password-rules-bind-root-too"
    add_alice(tree)
    assert tree.status(check) == "fail"
    assert stores(tree, TOO_SHORT, uid=0)
    tree.append("/etc/security/pwquality.conf", "enforce_for_root\n")
    assert tree.status(check) == "pass"
    assert not stores(tree, TOO_SHORT, uid=0)


def test_history(tree: Tree) -> None:
    check = "old-passwords-are-not-taken-again"
    assert tree.verdict(check) == ("fail", "none is remembered")
    stack = tree.read("/etc/pam.d/common-password")
    line = "password\t[success=1 default=ignore]\tpam_unix.so"
    assert line in stack
    tree.write(
        "/etc/pam.d/common-password", stack.replace(line, f"password required pam_pwhistory.so use_authtok\n{line}")
    )
    assert tree.status(check, least=10) == "pass"  # the module's default
    assert tree.status(check, least=11) == "fail"
    # This release of the module does not read the file.
    tree.write("/etc/security/pwhistory.conf", "remember = 24\n")
    assert tree.status(check, least=11) == "fail"
    tree.write("/etc/pam.d/common-password", stack.replace("obscure", "obscure remember=6"))
    assert tree.status(check) == "pass"
    tree.write("/etc/pam.d/common-password", stack.replace("obscure", "obscure remember=2"))
    assert tree.status(check) == "fail"


@pytest.mark.parametrize(
    ("options", "encrypt_method", "prefix", "status"),
    [
        ("yescrypt", "MD5", "$y$", "pass"),
        ("sha512 md5", "YESCRYPT", "$1$", "fail"),
        ("", "SHA512", "$6$", "pass"),
        ("", "sha256", "$5$", "pass"),
        ("blowfish", "DES", "$2b$", "pass"),
        ("", "MD5\nENCRYPT_METHOD SHA512", "$1$", "fail"),  # pam_unix takes the first
    ],
)
def test_scheme(tree: Tree, options: str, encrypt_method: str, prefix: str, status: str) -> None:
    add_alice(tree)
    tree.replace("/etc/login.defs", "\nENCRYPT_METHOD SHA512", f"\nENCRYPT_METHOD {encrypt_method}")
    tree.write("/etc/pam.d/common-password", f"password required pam_unix.so {options}\n")
    tree.run("chpasswd", stdin=f"alice:{LONG_ENOUGH}\n")
    assert hash_of(tree).startswith(prefix)
    assert tree.status("new-passwords-are-stored-with-a-strong-hash") == status


def test_pam_unix_does_not_know_bcrypt_in_login_defs(tree: Tree) -> None:
    tree.replace("/etc/login.defs", "\nENCRYPT_METHOD SHA512", "\nENCRYPT_METHOD BCRYPT")
    tree.write("/etc/pam.d/common-password", "password required pam_unix.so\n")
    add_alice(tree)
    tree.run("chpasswd", stdin=f"alice:{LONG_ENOUGH}\n")
    assert not hash_of(tree).startswith("$")
    assert tree.status("new-passwords-are-stored-with-a-strong-hash") == "fail"


def test_empty_passwords(tree: Tree) -> None:
    check = "pam-refuses-empty-passwords"
    add_alice(tree)
    tree.run("passwd", "-d", "alice")
    assert tree.status(check) == "fail"
    assert lets_in(tree, "")
    tree.replace("/etc/pam.d/common-auth", "nullok", "")
    assert tree.status(check) == "pass"
    assert not lets_in(tree, "")
    tree.write("/etc/pam.d/vsftpd", "auth required pam_unix.so nullok_secure\n")
    assert tree.status(check) == "fail"


def test_defaults_of_new_accounts(tree: Tree) -> None:
    check = "defaults-of-new-accounts-fit-the-password-policy"
    assert tree.status(check) == "pass"
    tree.replace("/etc/login.defs", "PASS_MIN_DAYS\t0", "PASS_MIN_DAYS\t30")
    assert tree.status(check) == "fail"
    tree.append("/etc/login.defs", "PASS_MIN_DAYS 1\n")  # the last counts for shadow's programs
    tree.run("useradd", "bob")
    assert next(line for line in tree.read("/etc/shadow").splitlines() if line.startswith("bob:")).split(":")[3] == "1"
    assert tree.status(check) == "pass"
    tree.append("/etc/login.defs", "ENCRYPT_METHOD DES\n")
    assert tree.status(check) == "fail"


def test_periodic_change(tree: Tree) -> None:
    check = "new-accounts-must-change-their-password-in-time"
    assert tree.status(check) == "fail"
    tree.replace("/etc/login.defs", "PASS_MAX_DAYS\t99999", "PASS_MAX_DAYS\t180")
    assert tree.status(check) == "pass"


def test_letters_and_digits(tree: Tree) -> None:
    check = "new-passwords-have-letters-and-digits"
    add_alice(tree)
    assert tree.verdict(check) == ("fail", "a password without letters or digits is accepted")
    tree.write("/etc/security/pwquality.conf", "dictcheck = 0\nminlen = 7\ndcredit = -1\n")
    assert tree.verdict(check) == ("fail", "a password without letters is accepted")
    assert stores(tree, "8146-72-9350")
    tree.append("/etc/security/pwquality.conf", "minclass = 3\n")
    assert not stores(tree, "8146-72-9350")
    assert tree.status(check) == "pass"


def test_passwords_that_must_be_changed_in_time(tree: Tree) -> None:
    check = "password-of-account-is-changed-in-time"
    tree.run("useradd", "--create-home", "ann")
    tree.run("chpasswd", stdin="ann:Correct-Horse-7-Battery\n")
    assert tree.status(check, "ann") == "not_applicable"
    assert tree.status(check, "ann", longest=365) == "fail"
    tree.run("chage", "--maxdays", "300", "ann")
    assert tree.status(check, "ann", longest=365) == "pass"
    tree.run("chage", "--lastday", "2024-01-01", "ann")
    assert tree.status(check, "ann", longest=365) == "fail"
    tree.run("chage", "--maxdays", "-1", "ann")
    assert tree.status(check, "ann", longest=365) == "fail"
    tree.run("usermod", "--lock", "ann")
    assert tree.status(check, "ann", longest=365) == "not_applicable"
    assert tree.status(check, "daemon", longest=365) == "not_applicable"
