import pytest

from tests.hosts import Tree
from tests.real.real_pam import OLD, add_alice, lets_in

pytestmark = pytest.mark.real

ORDER = "every-password-login-counts-and-blocks-failed-attempts"
FEW = "accounts-are-shut-after-few-failed-attempts"
LONG = "shut-accounts-stay-shut-long-enough"
ROOT = "root-is-shut-out-after-failed-attempts-too"

DENY = "auth requisite pam_deny.so\nauth required pam_permit.so\n"
GOOD = f"""\
auth required pam_faillock.so preauth
auth [success=2 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail
{DENY}"""

STACKS = {
    # name: (common-auth, whether three wrong passwords shut the account)
    "none": (f"auth [success=1 default=ignore] pam_unix.so\n{DENY}", False),
    "preauth, authfail": (GOOD, True),
    "authfail jumped over": (GOOD.replace("default=ignore", "default=1"), False),
    "no preauth": (GOOD.replace("auth required pam_faillock.so preauth\n", ""), False),
    "authsucc instead of preauth": (
        """\
auth [success=2 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail
auth requisite pam_deny.so
auth required pam_faillock.so authsucc
auth required pam_permit.so
""",
        True,
    ),
    "optional preauth": (GOOD.replace("required pam_faillock", "optional pam_faillock"), False),
    "preauth after pam_unix": (
        f"""\
auth [success=3 default=ignore] pam_unix.so
auth required pam_faillock.so preauth
auth [default=die] pam_faillock.so authfail
{DENY}""",
        False,
    ),
    "only authfail": (f"auth [success=2 default=ignore] pam_unix.so\nauth required pam_faillock.so authfail\n{DENY}", False),
    "sufficient pam_unix, as on Red Hat": (
        """\
auth required pam_env.so
auth required pam_faillock.so preauth silent
auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular
auth [default=1 ignore=ignore success=ok] pam_localuser.so
auth sufficient pam_unix.so
auth [default=2 ignore=ignore success=ok] pam_localuser.so
-auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
""",
        True,
    ),
    "sufficient pam_unix, then a jump over authfail": (
        """\
auth required pam_faillock.so preauth silent
auth sufficient pam_unix.so
auth [success=2 default=ok] pam_localuser.so
-auth sufficient pam_sss.so forward_pass
auth required pam_faillock.so authfail
auth required pam_deny.so
""",
        False,
    ),
    "in a substack, which stops only itself": (
        "auth substack door\nauth required pam_permit.so\n",
        True,
    ),
    "deny=0 on the line": (GOOD.replace("preauth", "preauth deny=0"), False),
    "authfail stops counting before preauth refuses": (GOOD.replace("authfail", "authfail deny=2"), False),
    "the jump ends at pam_deny": (GOOD.replace("success=2", "success=1"), None),
    "another directory": (GOOD.replace("authfail", "authfail dir=/run/elsewhere"), False),
    "not on the disk": (GOOD.replace("pam_faillock.so", "pam_tally2.so deny=3").replace("required pam_t", "optional pam_t"), False),
}  # fmt: skip


@pytest.mark.parametrize("name", STACKS)
def test_the_stack_is_read_as_pam_runs_it(tree: Tree, name: str) -> None:
    stack, shuts = STACKS[name]
    add_alice(tree)
    tree.path("/run/elsewhere").mkdir()
    if "substack door" in stack:
        tree.write("/etc/pam.d/door", GOOD)
    tree.write("/etc/pam.d/common-auth", stack)
    assert lets_in(tree, OLD) is (shuts is not None)
    for _ in range(3):
        assert not lets_in(tree, "wrong")
    assert lets_in(tree, OLD) is (shuts is False)
    assert tree.status(FEW) == {True: "pass", False: "fail", None: "not_applicable"}[shuts]


def test_a_fresh_debian_shuts_no_account(tree: Tree) -> None:
    assert tree.verdict(ORDER) == ("fail", "failed attempts are not counted")
    assert tree.status(FEW) == "fail"
    assert tree.status(LONG) == "not_applicable"
    assert tree.status(ROOT) == "not_applicable"


def test_without_pam_nothing_counts_failed_attempts(tree: Tree) -> None:
    tree.remove("/etc/pam.d")
    tree.remove("/usr/lib/pam.d")
    tree.remove("/etc/pam.conf")
    assert tree.status(ORDER) == "fail"
    assert tree.status(FEW) == "fail"
    assert tree.status("new-passwords-are-long-enough") == "fail"


def test_a_loop_of_links_is_not_seen(tree: Tree) -> None:
    tree.path("/etc/pam.d/vsftpd").symlink_to("vsftpd2")
    tree.path("/etc/pam.d/vsftpd2").symlink_to("vsftpd")
    assert tree.status(ORDER) == "unknown"


def test_one_service_without_lockout_fails(tree: Tree) -> None:
    tree.write("/etc/pam.d/common-auth", GOOD)
    assert tree.status(ORDER) == "pass"
    tree.write("/etc/pam.d/cron", "auth required pam_unix.so\n")  # opens no access
    tree.write("/etc/pam.d/sshd.dpkg-old", "auth required pam_unix.so\n")  # left behind
    assert tree.status(ORDER) == "pass"
    tree.write("/etc/pam.d/vsftpd", "auth required pam_unix.so\n")
    assert tree.status(ORDER) == "fail"


def test_the_count_is_set_back_by_the_account_stack(tree: Tree) -> None:
    tree.write("/etc/pam.d/common-auth", GOOD)
    assert "no" in _observed(tree, "set_back_on_success")
    tree.append("/etc/pam.d/common-account", "account required pam_faillock.so\n")
    assert "yes" in _observed(tree, "set_back_on_success")


def _observed(tree: Tree, name: str) -> str:
    return tree.findings(ORDER)[0].verdict.observed[name]


def test_a_stack_that_depends_on_another_module_is_unknown(tree: Tree) -> None:
    skip = "auth [success=ignore default=1] pam_succeed_if.so user notingroup free\n"
    tree.write("/etc/pam.d/common-auth", skip + GOOD)
    assert tree.verdict(ORDER) == ("unknown", "login: it depends on pam_succeed_if")
    assert tree.status(FEW) == "unknown"


def test_threshold(tree: Tree) -> None:
    add_alice(tree)
    tree.write("/etc/pam.d/common-auth", GOOD)
    assert tree.status(FEW) == "pass"  # the module's default is 3
    tree.write("/etc/security/faillock.conf", "deny = 50\n")
    assert tree.status(FEW) == "fail"
    tree.write("/etc/security/faillock.conf", "deny = many\ndeny=2 # two\n")
    assert tree.status(FEW, most=2) == "pass"
    # The argument of a line wins over the file; that of the line that refuses is the one that counts.
    tree.write(
        "/etc/pam.d/common-auth", GOOD.replace("preauth", "preauth deny=4").replace("authfail", "authfail deny=9")
    )
    assert tree.status(FEW, most=3) == "fail"
    assert tree.status(FEW, most=4) == "pass"
    for _ in range(3):
        assert not lets_in(tree, "wrong")
    assert lets_in(tree, OLD)
    for _ in range(4):
        assert not lets_in(tree, "wrong")
    assert not lets_in(tree, OLD)


def test_times(tree: Tree) -> None:
    tree.write("/etc/pam.d/common-auth", GOOD)
    assert tree.status(LONG) == "pass"
    tree.write("/etc/security/faillock.conf", "unlock_time = 60\n")
    assert tree.verdict(LONG) == ("fail", "a shut account opens again after 60 s")
    tree.write("/etc/security/faillock.conf", "unlock_time = never\nfail_interval = 5\n")
    assert tree.verdict(LONG) == ("fail", "failed attempts are forgotten after 5 s")
    tree.write(
        "/etc/security/faillock.conf", "unlock_time = 0\nfail_interval = 9999999\n"
    )  # more than a week is ignored
    assert tree.status(LONG) == "pass"


def test_root(tree: Tree) -> None:
    add_alice(tree)
    tree.run("usermod", "-p", tree.run("openssl", "passwd", "-6", OLD).strip(), "root")
    tree.write("/etc/pam.d/common-auth", GOOD)
    tree.write("/etc/security/faillock.conf", "root_unlock_time = 900\n")
    for _ in range(3):
        assert not lets_in(tree, "wrong", user="root")
    assert lets_in(tree, OLD, user="root")  # whatever faillock.conf(5) says of root_unlock_time
    assert tree.status(ROOT) == "fail"
    tree.append("/etc/security/faillock.conf", "even_deny_root\n")
    assert not lets_in(tree, OLD, user="root")
    assert tree.status(ROOT) == "pass"
