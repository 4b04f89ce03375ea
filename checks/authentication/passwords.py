"""17.04(1)(b): how new passwords are judged."""

from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.lockout import Lockout, PasswordLogin
from collectors.host.login_defs import AccountDefaults
from collectors.host.password_policy import PasswordChange, PasswordPolicy
from collectors.host.password_quality import Quality

_NO_PAM = "there is no PAM here, and nothing else judges a new password"
_NOTHING = "no service changes local passwords through PAM"


@check(
    "17.04(1)(b)",
    severity=HIGH,
    passes=[
        PasswordPolicy.of(PasswordChange(quality=Quality(shortest=14))),
        PasswordPolicy.of(PasswordChange(decides=False, minlen=12)),
    ],
    fails=[
        PasswordPolicy.of(PasswordChange(quality=Quality(shortest=8))),
        PasswordPolicy.of(PasswordChange(quality=Quality(shortest=14), decides=False, why_not="...")),
        PasswordPolicy.of(PasswordChange(quality=Quality(shortest=14, enforcing=False))),
        None,
    ],
)
def new_passwords_are_long_enough(policy: PasswordPolicy | None, *, least: int = 12) -> Verdict:
    """A person cannot choose a password shorter than the minimum.

    Why: length is what makes a password hard to guess; a "reasonably secure method of selecting passwords" sets a minimum
    that counts after credits for character classes, module arguments and drop-in files.
    Fix: set `minlen = 12` in /etc/security/pwquality.conf with `dcredit`, `ucredit`, `lcredit` and `ocredit` at 0 or below,
    and keep pam_pwquality before pam_unix (with `use_authtok`) in the password stack.
    Settings:
        least: characters. The law names no number; 12 lies between the 8 that NIST SP 800-63B asks of every password and
            the 15 that its fourth revision asks of one that is the only factor.
    """
    if policy is None:
        return failed(_NO_PAM)
    for change in policy.changes:
        if change.shortest < least:
            return _short(change, least)
    shortest = min((change.shortest for change in policy.changes), default=None)
    return not_applicable(_NOTHING) if shortest is None else passed(shortest=shortest)


def _short(change: PasswordChange, least: int) -> Verdict:
    would = change.quality.shortest if change.quality and change.quality.enforcing else 0
    if change.decides is None and would >= least:
        return unknown(change.why_not, service=change.service)
    reason = f"a password of {change.shortest} characters is accepted" if change.shortest else "no minimum is enforced"
    return failed(
        f"{reason}: {change.why_not}" if change.why_not else reason, shortest=change.shortest, service=change.service
    )


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[
        PasswordPolicy.of(PasswordChange(quality=Quality(dictionary=True))),
        PasswordPolicy.of(PasswordChange(quality=Quality(dictionary=False, classes=3))),
    ],
    fails=[
        PasswordPolicy.of(PasswordChange(quality=Quality(dictionary=False))),
        PasswordPolicy.of(PasswordChange(decides=False)),
        None,
    ],
)
def new_passwords_are_checked_for_words_or_character_classes(
    policy: PasswordPolicy | None, *, classes: int = 3
) -> Verdict:
    """A password that is a dictionary word, or of too few kinds of characters, is refused.

    Why: guessing starts with words and their common variations, so a reasonably secure method of selecting passwords keeps
    them out.
    Fix: leave `dictcheck = 1` in /etc/security/pwquality.conf (it is the default), or ask for `minclass = 3`.
    Settings:
        classes: kinds of characters that count as complex where no dictionary is asked. NIST SP 800-63B prefers the
            dictionary; three of four kinds is what most written policies ask for.
    """
    if policy is None:
        return failed(_NO_PAM)
    for change in policy.changes:
        asked = change.quality
        if asked is None or change.decides is False or not asked.enforcing:
            return failed(change.why_not or "the judging module only warns", service=change.service)
        if not asked.dictionary and asked.classes < classes:
            return failed("neither words nor character classes are checked", service=change.service)
        if change.decides is None:
            return unknown(change.why_not, service=change.service)
    return passed() if policy.changes else not_applicable(_NOTHING)


@check(
    "17.04(1)(b)",
    severity=HIGH,
    passes=[PasswordPolicy.of(PasswordChange(quality=Quality()))],
    fails=[
        PasswordPolicy.of(PasswordChange(decides=False, why_not="no module judges new passwords")),
        PasswordPolicy.of(PasswordChange(quality=Quality(), decides=False, why_not="...")),
        PasswordPolicy.of(PasswordChange(quality=Quality(enforcing=False))),
    ],
)
def a_refused_password_is_not_stored(policy: PasswordPolicy) -> Verdict:
    """The module that judges new passwords is in every active password stack, before pam_unix, and its refusal counts.

    Why: a rule in pwquality.conf does nothing when the module is not in the stack, is jumped over, is not installed, has
    `enforcing = 0`, or when the stack goes on after it (`required`, `optional`) to a pam_unix without `use_authtok`, which
    asks for the password again and stores that one.
    Fix: run `pam-auth-update --enable pwquality` (Debian) or `authselect select` (Red Hat), or put `password requisite
    pam_pwquality.so` before pam_unix and add `use_authtok` to every module after it; remove `enforcing = 0`.
    """
    doubtful = ""
    for change in policy.changes:
        if change.decides is False:
            return failed(change.why_not, service=change.service)
        if change.quality is not None and not change.quality.enforcing:
            return failed(f"{change.quality.module} only warns", service=change.service, enforcing="0")
        if change.decides is None:
            doubtful = doubtful or f"{change.service}: {change.why_not}"
    if doubtful:
        return unknown(doubtful)
    return passed() if policy.changes else not_applicable(_NOTHING)


@check(
    "17.04(1)(b)",
    severity=LOW,
    passes=[PasswordPolicy.of(PasswordChange(quality=Quality(binds_root=True)))],
    fails=[
        PasswordPolicy.of(PasswordChange(quality=Quality(binds_root=False))),
        PasswordPolicy.of(PasswordChange(decides=False, why_not="...")),
    ],
)
def password_rules_bind_root_too(policy: PasswordPolicy) -> Verdict:
    """A weak password is also refused when root chooses it, for root or for another person.

    Why: passwords are assigned by root; a rule that only warns root is no part of the "method of assigning passwords".
    Fix: add a line `enforce_for_root` to /etc/security/pwquality.conf.
    """
    for change in policy.changes:
        asked = change.quality
        if asked is None or change.decides is False or not asked.enforcing:
            return failed(change.why_not or "the judging module only warns", service=change.service)
        if not asked.binds_root:
            return failed("root is only warned of a weak password", module=asked.module, service=change.service)
        if change.decides is None:
            return unknown(change.why_not, service=change.service)
    return passed() if policy.changes else not_applicable(_NOTHING)


@check(
    "17.04(1)(b)",
    severity=LOW,
    passes=[PasswordPolicy.of(PasswordChange(remembered=5)), given(PasswordPolicy.of(PasswordChange()), least=0)],
    fails=[PasswordPolicy.of(PasswordChange(remembered=1)), PasswordPolicy.of(PasswordChange())],
)
def old_passwords_are_not_taken_again(policy: PasswordPolicy, *, least: int = 5) -> Verdict:
    """A person's last passwords are remembered and refused.

    Why: a password that was given up because it may be known must not come back.
    Fix: put `password required pam_pwhistory.so remember=5 use_authtok` between pam_pwquality and pam_unix.
    Settings:
        least: how many. The law names no number; five is the least that common baselines ask for. 0 asks for none.
    """
    for change in policy.changes:
        if change.remembered < least:
            return failed(
                f"{change.remembered} old passwords are remembered" if change.remembered else "none is remembered",
                remembered=change.remembered,
                service=change.service,
            )
    remembered = min((change.remembered for change in policy.changes), default=None)
    return not_applicable(_NOTHING) if remembered is None else passed(remembered=remembered)


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[Lockout.of(PasswordLogin(nullok=False))],
    fails=[Lockout.of(PasswordLogin(), PasswordLogin("su", nullok=True))],
    not_applicable=[Lockout.of()],
)
def pam_refuses_empty_passwords(lockout: Lockout) -> Verdict:
    """No service lets in an account whose password is empty.

    Why: with `nullok`, an account that was made without a password is open to everybody who knows its name.
    Fix: remove `nullok` from the pam_unix line of the auth stack (/etc/pam.d/common-auth on Debian; `authselect
    enable-feature without-nullok` on Red Hat).
    """
    open_ = [login.service for login in lockout.logins if login.nullok]
    if open_:
        return failed("pam_unix has nullok: an empty password is let in", services=open_)
    return passed() if lockout.logins else not_applicable("no service takes local passwords through PAM")


@check(
    "17.04(1)(b)",
    severity=LOW,
    passes=[
        AccountDefaults(encrypt_method="YESCRYPT", max_days=99999, min_days=0),
        AccountDefaults(encrypt_method="SHA512", max_days=365, min_days=1, warn_days=7),
    ],
    fails=[
        AccountDefaults(encrypt_method="MD5"),
        AccountDefaults(encrypt_method="SHA512", max_days=30, min_days=60, warn_days=7),
        AccountDefaults(encrypt_method="SHA512", min_days=90),
        AccountDefaults(encrypt_method="SHA512", max_days=90, warn_days=0),
    ],
)
def defaults_of_new_accounts_fit_the_password_policy(
    account_defaults: AccountDefaults, *, longest_lock: int = 7, least_warning: int = 7
) -> Verdict:
    """What /etc/login.defs gives to a new account does not work against the password policy.

    Why: programs that do not ask PAM store passwords by ENCRYPT_METHOD, and a new account takes its ages from here: a person
    who may not change a password that became known, or who is not told that it ends, has no reasonably secure method.
    Fix: in /etc/login.defs set `ENCRYPT_METHOD YESCRYPT` (or SHA512), `PASS_MIN_DAYS` to at most a week and below
    `PASS_MAX_DAYS`, and `PASS_WARN_AGE 7` where passwords end.
    Settings:
        longest_lock: days in which a person may have to keep a password (PASS_MIN_DAYS). A week keeps people from running
            through the history, and still lets them act when a password became known.
        least_warning: days of warning before a password ends (PASS_WARN_AGE), where it ends. Seven is the usual default.
    """
    made = account_defaults
    if made.encrypt_method not in {"YESCRYPT", "SHA512", "SHA256", "BCRYPT", "BLOWFISH", "GOST_YESCRYPT"}:
        return failed("programs that do not ask PAM store weak password hashes", encrypt_method=made.encrypt_method)
    if made.expires and made.min_days > made.max_days:
        return failed("a person can never change the password", min_days=made.min_days, max_days=made.max_days)
    if made.min_days > longest_lock:
        return failed("a password that became known must be kept too long", min_days=made.min_days)
    if made.expires and made.warn_days < least_warning:
        return failed("people are not warned in time that a password ends", warn_days=made.warn_days)
    return passed(encrypt_method=made.encrypt_method, min_days=made.min_days)
