"""What IAM asks of the passwords of its users."""

from checks.check import SUPPORTING, check, given
from checks.verdict import LOW, MEDIUM, Verdict, failed, not_applicable, passed, unless_blind
from collectors.aws.iam import IamPasswordPolicy
from collectors.aws.iam_users import IamUser
from collectors.collector import Unseen, Whole

_PEOPLE = Whole((IamUser(name="ann", password=True), IamUser(name="ci")))
_PROGRAMS = Whole((IamUser(name="ci"),))
_STRONG = IamPasswordPolicy(
    custom=True, shortest=14, classes=3, named=("upper case", "lower case", "digits"), remembered=24, longest_days=365
)
_WEAK = IamPasswordPolicy(custom=True, shortest=6, classes=0)


def _refused(reason: str, policy: IamPasswordPolicy, users: Whole[IamUser], **observed: object) -> Verdict:
    """A weak policy weakens nothing where no user has a password."""
    if any(user.password for user in users.facts):
        return failed(reason, policy="the account's own" if policy.custom else "AWS' default", **observed)
    return unless_blind(users.blind, not_applicable("no user of IAM has a password"))


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[(_STRONG, _PEOPLE), (_STRONG, Whole(())), given(IamPasswordPolicy(), _PEOPLE, least=8)],
    fails=[(IamPasswordPolicy(), _PEOPLE), (_WEAK, _PEOPLE), (_WEAK, Whole(_PEOPLE.facts, (Unseen("", "no"),)))],
    not_applicable=[(_WEAK, _PROGRAMS)],
)
def iam_passwords_are_long_enough(policy: IamPasswordPolicy, users: Whole[IamUser], *, least: int = 12) -> Verdict:
    """A user of IAM cannot choose a password shorter than the minimum.

    Why: length is what makes a password hard to guess; a "reasonably secure method of selecting passwords" sets a minimum.
    Fix: set a password policy for the account (`aws iam update-account-password-policy --minimum-password-length 14`, with
    its other parts: what is left out is switched off).
    Settings:
        least: characters. The law names no number; 12, as on hosts, lies between the 8 that NIST SP 800-63B asks of every
            password, which are also AWS' default, and the 15 that its fourth revision asks of one that is the only factor.
    """
    if policy.shortest >= least:
        return passed(shortest=policy.shortest)
    return _refused(f"a password of {policy.shortest} characters is accepted", policy, users, shortest=policy.shortest)


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[(_STRONG, _PEOPLE), (IamPasswordPolicy(), _PEOPLE)],
    fails=[(_WEAK, _PEOPLE), given(_STRONG, _PEOPLE, classes=4)],
    not_applicable=[(_WEAK, _PROGRAMS)],
)
def iam_passwords_have_several_character_classes(
    policy: IamPasswordPolicy, users: Whole[IamUser], *, classes: int = 3
) -> Verdict:
    """A password of a user of IAM must have several kinds of characters.

    Why: guessing starts with words; IAM asks no dictionary, so a reasonably secure method of selecting passwords asks for
    what words do not have.
    Fix: require upper case, lower case and numbers in the account's password policy; or delete the policy, since AWS' default
    asks for three classes.
    Settings:
        classes: of upper case, lower case, digits and symbols; the three that most written policies ask for.
    """
    told = {"classes": policy.classes, "named": policy.named or "none"}
    if policy.classes >= classes:
        return passed(**told)
    return _refused(f"a password of fewer than {classes} kinds of characters is accepted", policy, users, **told)


@check(
    "17.04(1)(b)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[(_STRONG, _PEOPLE)],
    fails=[(IamPasswordPolicy(), _PEOPLE), given(_STRONG, _PEOPLE, least=30)],
    not_applicable=[(_WEAK, _PROGRAMS)],
)
def old_iam_passwords_are_not_taken_again(
    policy: IamPasswordPolicy, users: Whole[IamUser], *, least: int = 5
) -> Verdict:
    """A user's last passwords are remembered and refused.

    Why: a password that was given up because it may be known must not come back.
    Fix: set password reuse prevention in the account's password policy.
    Settings:
        least: how many. The law names no number; five, as on hosts, is the least that common baselines ask for.
    """
    if policy.remembered >= least:
        return passed(remembered=policy.remembered)
    told = f"only {policy.remembered}" if policy.remembered else "none"
    return _refused(f"of a user's old passwords {told} is refused", policy, users, remembered=policy.remembered)


@check(
    "17.04(1)(b)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[given(_STRONG, _PEOPLE, longest=365)],
    fails=[given(IamPasswordPolicy(), _PEOPLE, longest=365), given(_STRONG, _PEOPLE, longest=90)],
    not_applicable=[(_WEAK, _PEOPLE), given(_WEAK, _PROGRAMS, longest=365)],
)
def iam_passwords_are_changed_in_time(policy: IamPasswordPolicy, users: Whole[IamUser], *, longest: int = 0) -> Verdict:
    """Where periodic change is asked for: the password of a user of IAM ends by itself.

    Why: 965 CMR 3.04 asks for periodic change in so many words; 201 CMR 17.04 for a reasonably secure method.
    Fix: switch on password expiration in the account's password policy.
    Settings:
        longest: days that a password may stand; 0 asks for no periodic change, since 17.04 names none and NIST SP 800-63B
            advises against it. With the framework 965-cmr-3.04 it is 365.
    """
    if longest <= 0:
        return not_applicable("periodic change is not asked for (the setting `longest` is 0)")
    if 0 < policy.longest_days <= longest:
        return passed(days=policy.longest_days)
    told = f"ends only after {policy.longest_days} days" if policy.longest_days else "never ends"
    return _refused(f"a password {told}", policy, users, days=policy.longest_days)
