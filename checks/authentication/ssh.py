"""17.04(1) at the SSH server."""

from checks.check import check
from checks.verdict import CRITICAL, Verdict, failed, passed
from collectors.host.sshd import Sshd


@check(
    "17.04(1)(b)",
    severity=CRITICAL,
    passes=[Sshd.of(permitemptypasswords="no")],
    fails=[
        Sshd.of(permitemptypasswords="yes"),
        Sshd((("permitemptypasswords", "no"),), (("User guest", "permitemptypasswords", "yes"),)),
    ],
)
def sshd_refuses_empty_passwords(sshd: Sshd) -> Verdict:
    """No one comes in over SSH without a password or a key.

    Why: an empty password is no "reasonably secure method of assigning and selecting passwords".
    Fix: set `PermitEmptyPasswords no` in sshd_config, also in its Match blocks, and reload sshd.
    """
    for where, value in sshd.values("permitemptypasswords"):
        if value == "yes":
            return failed("sshd lets in accounts that have no password", permitemptypasswords="yes", where=where)
    return passed(permitemptypasswords="no")
