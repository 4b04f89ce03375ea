"""17.04(1)(b): every password is one."""

from checks.check import check
from checks.verdict import CRITICAL, Verdict, failed, passed
from collectors.host.hashes import Kept
from collectors.host.shadow import Password


@check(
    "17.04(1)(b)",
    severity=CRITICAL,
    passes=[Password("alice", Kept("set", scheme="yescrypt")), Password("daemon", Kept("locked", "*"))],
    fails=[Password("alice", Kept("empty")), Password("alice", Kept("empty"), "passwd")],
)
def no_account_has_an_empty_password(password: Password) -> Verdict:
    """No local account's password field is empty, in the shadow file or, where that counts, in the passwd file.

    Why: an empty field lets everyone in unasked wherever a program allows it, and takes the place of a chosen password.
    Fix: set a password (`passwd NAME`) or lock the account (`usermod --lock NAME`).
    """
    if password.kept.state == "empty":
        return failed("the account has no password and needs none", file=f"/etc/{password.place}")
    return passed(password=password.kept.described)
