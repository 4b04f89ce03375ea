"""17.04(1) at the SSH server."""

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, LOW, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.sshd import Sshd

_OLD_NAME = "challengeresponseauthentication"
"""What KbdInteractiveAuthentication was called before OpenSSH 8.7."""


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


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[
        Sshd.of(permitrootlogin="no"),
        Sshd.of(permitrootlogin="without-password"),
        Sshd.of(permitrootlogin="yes", passwordauthentication="no", kbdinteractiveauthentication="no"),
    ],
    fails=[
        Sshd.of(permitrootlogin="yes", passwordauthentication="yes"),
        Sshd((("permitrootlogin", "no"),), (("Address 10.0.0.0/8", "permitrootlogin", "yes"),)),
        given(Sshd.of(permitrootlogin="prohibit-password"), keys_allowed=False),
    ],
)
def root_does_not_log_in_over_ssh_with_a_password(sshd: Sshd, *, keys_allowed: bool = True) -> Verdict:
    """Nobody comes in over SSH as root with a password.

    Why: root is not a person: who used it cannot be told, and its name is known to every guesser, so control of user IDs
    begins with people logging in as themselves.
    Fix: set `PermitRootLogin no` in sshd_config, also in its Match blocks, and reload sshd.
    Settings:
        keys_allowed: whether root may come in with a key, as automation often does; a key at least names its holder.
    """
    by_password = _says(sshd, "passwordauthentication") or _says(sshd, "kbdinteractiveauthentication", _OLD_NAME)
    for where, value in sshd.values("permitrootlogin"):
        if value == "yes" and (by_password or not keys_allowed):
            return failed("root may log in with a password", permitrootlogin=value, where=where)
        if value not in {"no", "yes"} and not keys_allowed:
            return failed("root may log in with a key", permitrootlogin=value, where=where)
    return passed(permitrootlogin=sshd.value("permitrootlogin"), password_login=by_password)


def _says(sshd: Sshd, *names: str) -> bool:
    """Whether any of these keywords, which name the same, is anywhere other than ``no``; unset ones default to yes."""
    values = [value for name in names for _, value in sshd.values(name) if value]
    return any(value != "no" for value in values) or not values


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[Sshd.of(usepam="yes"), Sshd.of(usepam="no", passwordauthentication="no")],
    fails=[Sshd.of(usepam="no", passwordauthentication="yes")],
)
def sshd_asks_pam_about_passwords(sshd: Sshd) -> Verdict:
    """Passwords that come in over SSH pass through PAM, which counts failed attempts.

    Why: without PAM, sshd looks into /etc/shadow itself, and no lockout module sees a failed attempt.
    Fix: set `UsePAM yes` in sshd_config and reload sshd, or set `PasswordAuthentication no`.
    """
    passwords = _says(sshd, "passwordauthentication")
    if sshd.value("usepam") != "yes" and passwords:
        return failed("sshd checks passwords without PAM", usepam=sshd.value("usepam") or "no")
    return passed(usepam=sshd.value("usepam"), password_login=passwords)


@check(
    "17.04(1)(e)",
    severity=LOW,
    passes=[Sshd.of(maxauthtries="4"), Sshd.of(maxauthtries="6")],
    fails=[
        Sshd.of(maxauthtries="20"),
        Sshd((("maxauthtries", "6"),), (("User backup", "maxauthtries", "100"),)),
    ],
)
def sshd_allows_few_attempts_in_a_connection(sshd: Sshd, *, most: int = 6) -> Verdict:
    """A connection to sshd ends after a few failed attempts.

    Why: "blocking access after multiple unsuccessful attempts" begins with the connection in which they are made.
    Fix: set `MaxAuthTries 4` in sshd_config, also in its Match blocks, and reload sshd.
    Settings:
        most: attempts. Six is OpenSSH's own default; each key that a client offers counts as one, so that much lower
            numbers shut out people with several keys.
    """
    for where, value in sshd.values("maxauthtries"):
        if not value.isdigit():
            return unknown("sshd does not say how many attempts a connection has", where=where)
        if int(value) > most:
            return failed(f"{value} attempts are allowed in one connection", maxauthtries=value, where=where)
    return passed(maxauthtries=sshd.value("maxauthtries"))


@check(
    "17.04(1)(e)",
    severity=LOW,
    passes=[Sshd.of(logingracetime="120", maxstartups="10:30:100")],
    fails=[
        Sshd.of(logingracetime="0", maxstartups="10:30:100"),
        Sshd.of(logingracetime="120", maxstartups="1000:30:2000"),
    ],
)
def sshd_limits_logins_that_are_under_way(sshd: Sshd, *, longest: int = 120, most: int = 100) -> Verdict:
    """A login at sshd has little time, and few are held open at once.

    Why: without these limits a guesser runs as many attempts side by side as the machine can bear.
    Fix: set `LoginGraceTime 60` and `MaxStartups 10:30:60` in sshd_config and reload sshd.
    Settings:
        longest: seconds that a login may take. 120 is OpenSSH's own default.
        most: connections not yet logged in at which all further ones are refused. 100 is OpenSSH's own default.
    """
    if not (sshd.value("logingracetime") and sshd.value("maxstartups")):
        return unknown("sshd does not say how long a login may take and how many may be under way")
    seconds = int(sshd.value("logingracetime"))
    if seconds == 0 or seconds > longest:
        return failed("a login may take too long", logingracetime=seconds)
    full = int(sshd.value("maxstartups").rpartition(":")[2])
    if full > most:
        return failed("too many logins may be under way at once", maxstartups=sshd.value("maxstartups"))
    return passed(logingracetime=seconds, maxstartups=sshd.value("maxstartups"))
