"""965-3.04(1)(b): what the State Auditor's regulation asks of passwords beyond 17.04(1)(b)."""

from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.login_defs import AccountDefaults
from collectors.host.password_policy import PasswordChange, PasswordPolicy
from collectors.host.password_quality import Quality


@check(
    "965-3.04(1)(b)",
    severity=MEDIUM,
    passes=[PasswordPolicy.of(PasswordChange(quality=Quality(shortest=7, digit=True, letter=True)))],
    fails=[
        PasswordPolicy.of(PasswordChange(quality=Quality(shortest=12, digit=False, letter=True))),
        PasswordPolicy.of(PasswordChange(quality=Quality(shortest=6, digit=True, letter=True))),
        PasswordPolicy.of(PasswordChange(decides=False)),
        None,
    ],
)
def new_passwords_have_letters_and_digits(policy: PasswordPolicy | None, *, least: int = 7) -> Verdict:
    """A new password has at least seven characters, with letters and digits among them.

    Why: 965 CMR 3.04 asks for passwords of at least seven letters and numbers.
    Fix: in /etc/security/pwquality.conf set `dcredit = -1`, `lcredit = -1` and `minlen = 7` or more.
    Settings:
        least: characters. Seven is the regulation's own number.
    """
    if policy is None:
        return failed("there is no PAM here, and nothing else judges a new password")
    for change in policy.changes:
        asked = change.quality
        if asked is None or change.decides is False or not asked.enforcing:
            return failed(change.why_not or "the judging module only warns", service=change.service)
        missing = [name for name, has in (("letters", asked.letter), ("digits", asked.digit)) if not has]
        if missing:
            return failed(f"a password without {' or '.join(missing)} is accepted", service=change.service)
        if max(asked.shortest, change.minlen) < least:
            return failed(f"a password of {asked.shortest} characters is accepted", service=change.service)
        if change.decides is None:
            return unknown(change.why_not, service=change.service)
    return passed() if policy.changes else not_applicable("no service changes local passwords through PAM")


@check(
    "965-3.04(1)(b)",
    severity=MEDIUM,
    passes=[AccountDefaults(max_days=365), AccountDefaults(max_days=90)],
    fails=[AccountDefaults(max_days=99999), AccountDefaults(max_days=-1)],
)
def new_accounts_must_change_their_password_in_time(
    account_defaults: AccountDefaults, *, longest: int = 365
) -> Verdict:
    """A new account's password must be changed periodically.

    Why: 965 CMR 3.04 asks for passwords that are changed periodically. (201 CMR 17.04 does not, and NIST SP 800-63B advises
    against it, so this counts only for the Auditor's regulation.)
    Fix: set `PASS_MAX_DAYS 365` in /etc/login.defs for accounts to come, and `chage -M 365 <account>` for those there are.
    Settings:
        longest: days. The regulation names no period; a year is the longest that common baselines call periodic.
    """
    days = account_defaults.max_days
    if 0 <= days <= longest:
        return passed(pass_max_days=days)
    return failed(
        "a new account's password never ends" if not account_defaults.expires else f"it ends only after {days} days",
        pass_max_days=days,
    )
