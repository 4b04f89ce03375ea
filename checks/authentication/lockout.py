"""17.04(1)(e): blocking access after multiple unsuccessful attempts."""

from checks.check import check
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.lockout import Lockout, PasswordLogin

_GOOD = PasswordLogin("sshd", "pam_faillock", True, True, True, (), 5, 900, 900, True)
_NO_PAM = "there is no PAM here, and nothing else counts failed attempts"
_NO_LOGIN = "no service takes local passwords through PAM"


@check(
    "17.04(1)(e)",
    severity=HIGH,
    passes=[Lockout.of(_GOOD)],
    fails=[
        Lockout.of(_GOOD, PasswordLogin("login")),
        Lockout.of(PasswordLogin("sshd", "pam_faillock", True, False, deny=5)),
        Lockout.of(PasswordLogin("sshd", "pam_faillock", False, True, deny=5)),
        None,
    ],
    not_applicable=[Lockout.of()],
)
def every_password_login_counts_and_blocks_failed_attempts(lockout: Lockout | None) -> Verdict:
    """In every service that takes a password, wrong ones are counted, and a shut account is refused even with the right one.

    Why: blocking holds only if the lockout module is in the active stack in the right order: `preauth` before pam_unix,
    `authfail` where a wrong password leads, neither jumped over, and its refusal deciding.
    Fix: on Debian add a profile for pam_faillock and run `pam-auth-update`, on Red Hat run `authselect enable-feature
    with-faillock`; or put `auth required pam_faillock.so preauth` before pam_unix and `auth [default=die] pam_faillock.so
    authfail` after it, raising pam_unix's `success=N` by one, and `account required pam_faillock.so`.
    """
    if lockout is None:
        return failed(_NO_PAM)
    doubtful = ""
    for login in lockout.logins:
        if not login.module:
            return failed("failed attempts are not counted", service=login.service)
        if login.counts is False:
            return failed(f"a wrong password does not come to {login.module}", service=login.service)
        if login.blocks is False:
            return failed(f"what {login.module} refuses is let in all the same", service=login.service)
        if login.counts is None or login.blocks is None:
            doubtful = doubtful or f"{login.service}: it depends on {', '.join(login.depends_on)}"
    if doubtful:
        return unknown(doubtful)
    if not lockout.logins:
        return not_applicable(_NO_LOGIN)
    return passed(
        services=[login.service for login in lockout.logins],
        set_back_on_success=all(login.resets for login in lockout.logins),
    )


@check(
    "17.04(1)(e)",
    severity=HIGH,
    passes=[Lockout.of(_GOOD)],
    fails=[
        Lockout.of(PasswordLogin("sshd", "pam_faillock", True, True, deny=50)),
        Lockout.of(PasswordLogin("sshd", "pam_faillock", True, True, deny=0)),
        Lockout.of(PasswordLogin("sshd")),
        None,
    ],
    not_applicable=[Lockout.of()],
)
def accounts_are_shut_after_few_failed_attempts(lockout: Lockout | None, *, most: int = 10) -> Verdict:
    """A small number of failed attempts shuts an account.

    Why: the item asks for "blocking access to user identification after multiple unsuccessful attempts".
    Fix: set `deny = 5` in /etc/security/faillock.conf, and remove a `deny=` on the pam_faillock lines, which wins over it.
    Settings:
        most: attempts. The law names no number; ten is what PCI DSS 4 allows at most.
    """
    if lockout is None:
        return failed(_NO_PAM)
    for login in lockout.logins:
        if login.module and (login.blocks is None or login.counts is None):
            return unknown(f"it depends on {', '.join(login.depends_on)}", service=login.service)
        if not login.shuts:
            return failed("no number of failed attempts shuts an account", service=login.service)
        if login.deny > most:
            return failed(f"only {login.deny} failed attempts shut an account", service=login.service)
    most_allowed = max((login.deny for login in lockout.logins), default=None)
    return not_applicable(_NO_LOGIN) if most_allowed is None else passed(deny=most_allowed)


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[
        Lockout.of(_GOOD),
        Lockout.of(PasswordLogin("sshd", "pam_tally2", True, True, deny=5, interval=0, unlock=0)),
    ],
    fails=[
        Lockout.of(PasswordLogin("sshd", "pam_faillock", True, True, deny=5, interval=900, unlock=60)),
        Lockout.of(PasswordLogin("sshd", "pam_faillock", True, True, deny=5, interval=10, unlock=600)),
    ],
    not_applicable=[Lockout.of(), Lockout.of(PasswordLogin("sshd"))],
)
def shut_accounts_stay_shut_long_enough(lockout: Lockout, *, shortest: int = 600, window: int = 600) -> Verdict:
    """A shut account stays shut, and failed attempts stay counted, long enough to stop guessing.

    Why: an account that opens again at once, or attempts that are forgotten at once, block nobody.
    Fix: set `unlock_time = 900` (0 is: until an administrator opens it) and `fail_interval = 900` in
    /etc/security/faillock.conf, and remove options of these names on the pam_faillock lines, which win over it.
    Settings:
        shortest: seconds that a shut account stays shut. Ten minutes is the module's own default and leaves a guesser with
            a few hundred attempts a day.
        window: seconds in which attempts stay counted.
    """
    shutting = [login for login in lockout.logins if login.shuts]
    for login in shutting:
        if 0 < login.unlock < shortest:
            return failed(f"a shut account opens again after {login.unlock} s", service=login.service)
        if 0 < login.interval < window:
            return failed(f"failed attempts are forgotten after {login.interval} s", service=login.service)
    if not shutting:
        return not_applicable("no service shuts accounts")
    return passed(unlock=min(login.unlock for login in shutting), window=min(login.interval for login in shutting))


@check(
    "17.04(1)(e)",
    severity=LOW,
    passes=[Lockout.of(_GOOD)],
    fails=[Lockout.of(PasswordLogin("sshd", "pam_faillock", True, True, deny=5, binds_root=False))],
    not_applicable=[Lockout.of(), Lockout.of(PasswordLogin("sshd"))],
)
def root_is_shut_out_after_failed_attempts_too(lockout: Lockout) -> Verdict:
    """Failed attempts at root's password are blocked as well.

    Why: root is the name that every guesser knows. (Where root's password is locked there is nothing to guess.)
    Fix: add a line `even_deny_root` to /etc/security/faillock.conf, with `root_unlock_time = 60` against being shut out by
    others. `root_unlock_time` alone does not bind root, whatever its manual says.
    """
    shutting = [login for login in lockout.logins if login.shuts]
    if not shutting:
        return not_applicable("no service shuts accounts")
    spared = [login.service for login in shutting if not login.binds_root]
    if spared:
        return failed("root can be guessed at without end", services=spared)
    return passed(services=[login.service for login in shutting])
