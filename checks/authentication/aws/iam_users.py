"""Users of IAM: their passwords, second factors and access keys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from checks.check import SUPPORTING, check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.iam_users import AccessKey, IamUser
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_LAST_WEEK = datetime(2026, 1, 8, tzinfo=UTC)
_LAST_YEAR = datetime(2025, 1, 8, tzinfo=UTC)
_NOBODY = IamUser(name="ann")
_PERSON = IamUser(name="ann", password=True, password_set=_LAST_YEAR, password_used=_LAST_WEEK, mfa=True)
_NEW_KEY = AccessKey(rotated=_LAST_WEEK)
_OLD_KEY = AccessKey(rotated=_LAST_YEAR)
_USED_KEY = AccessKey(rotated=_LAST_YEAR, used=_LAST_WEEK)
_DEAD_KEY = AccessKey(rotated=_LAST_YEAR, active=False)
_NO_KEY = "no access key opens anything to it"


def _with(*keys: AccessKey) -> IamUser:
    return IamUser(name="ann", keys=keys)


@check(
    "17.04(1)(b)",
    severity=HIGH,
    passes=[_PERSON],
    fails=[replace(_PERSON, mfa=False)],
    not_applicable=[_with(_NEW_KEY)],
)
def iam_users_with_a_password_need_a_second_factor(user: IamUser) -> Verdict:
    """A user that signs in to the console with a password needs a second factor.

    Why: a password that was guessed, phished or used elsewhere would otherwise be enough to reach the records.
    Fix: have the user assign an MFA device; better, let people sign in through IAM Identity Center.
    """
    if not user.password:
        return not_applicable("it has no password")
    return passed() if user.mfa else failed("its password needs no second factor")


@check(
    "17.04(1)(a)",
    severity=MEDIUM,
    passes=[_with(_NEW_KEY), _with(_NEW_KEY, _DEAD_KEY)],
    fails=[_with(_NEW_KEY, _OLD_KEY)],
    not_applicable=[_NOBODY, _with(_DEAD_KEY)],
)
def iam_users_have_one_active_access_key(user: IamUser) -> Verdict:
    """A user has no more than one active access key.

    Why: control of identifiers: a second key is one that nobody misses when it is stolen, or that a stranger made to stay.
    Fix: move what still uses the older key to the newer one, then make the older inactive and delete it.
    """
    if not user.active_keys:
        return not_applicable(_NO_KEY)
    if len(user.active_keys) > 1:
        return failed("two access keys are active", made=[key.rotated.date() for key in user.active_keys])
    return passed()


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[(_with(_NEW_KEY), _NOW), (_with(_NEW_KEY, _DEAD_KEY), _NOW)],
    fails=[(_with(_USED_KEY), _NOW), (_with(_NEW_KEY, _OLD_KEY), _NOW), given(_with(_NEW_KEY), _NOW, days=5)],
    not_applicable=[(_NOBODY, _NOW), (_with(_DEAD_KEY), _NOW)],
)
def access_keys_are_rotated(user: IamUser, moment: Moment, *, days: int = 90) -> Verdict:
    """Every active access key of the user is new enough.

    Why: a key is a password that lies in files, and works until it is changed, whoever has found it.
    Fix: make a new key, move what uses the old one, delete the old one; better, use roles, whose keys end by themselves.
    Settings:
        days: that a key may stand; the 90 that AWS' own baseline and CIS ask for.
    """
    if not user.active_keys:
        return not_applicable(_NO_KEY)
    made = [key.rotated.date() for key in user.active_keys]
    if any(_before(moment, days, key.rotated) for key in user.active_keys):
        return failed(f"an active access key is older than {days} days", made=made)
    return passed(made=made)


@check(
    "17.04(1)(d)",
    severity=MEDIUM,
    passes=[(_with(_USED_KEY), _NOW), (_with(_NEW_KEY, _DEAD_KEY), _NOW)],
    fails=[(_with(_OLD_KEY), _NOW), (_with(_USED_KEY, _OLD_KEY), _NOW), given(_with(_USED_KEY), _NOW, days=5)],
    not_applicable=[(_NOBODY, _NOW), (_with(_DEAD_KEY), _NOW)],
)
def active_access_keys_are_in_use(user: IamUser, moment: Moment, *, days: int = 90) -> Verdict:
    """Every active access key of the user was used lately, or is new.

    Why: "active users and active user accounts only": a key that nobody uses opens the records to whoever finds it.
    Fix: make the key inactive, and delete it when nobody has missed it.
    Settings:
        days: without a use; those of a key that was never used count from when it was made. 90, a quarter, as for accounts.
    """
    if not user.active_keys:
        return not_applicable(_NO_KEY)
    used = [key.used.date() if key.used else "never" for key in user.active_keys]
    if any(_before(moment, days, key.seen) for key in user.active_keys):
        return failed(f"an active access key was not used for {days} days", used=used)
    return passed(used=used)


@check(
    "17.04(1)(d)",
    severity=MEDIUM,
    passes=[
        (_PERSON, _NOW),
        (replace(_PERSON, password_set=_LAST_WEEK, password_used=None), _NOW),
        (replace(_PERSON, password_set=_LAST_WEEK, password_used=_LAST_YEAR), _NOW),
    ],
    fails=[
        (replace(_PERSON, password_used=_LAST_YEAR), _NOW),
        (replace(_PERSON, password_used=None), _NOW),
        given(_PERSON, _NOW, days=5),
    ],
    not_applicable=[(_with(_USED_KEY), _NOW)],
)
def console_passwords_are_in_use(user: IamUser, moment: Moment, *, days: int = 90) -> Verdict:
    """The user signed in to the console lately, or its password is new.

    Why: "active users and active user accounts only": an account that nobody uses is nobody's to watch.
    Fix: take the password away (`aws iam delete-login-profile`), or delete the user.
    Settings:
        days: without a login or a new password; 90, a quarter, after which people rarely come back.
    """
    if not user.password:
        return not_applicable("it has no password")
    told = {"used": user.password_used or "never", "password_set": user.password_set or "not told"}
    seen = max(filter(None, (user.password_used, user.password_set)), default=None)
    if seen is None:
        return unknown("the credential report has no date of its password")
    return failed(f"nobody signed in for {days} days", **told) if _before(moment, days, seen) else passed(**told)


@check(
    "17.04(1)(d)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[_with(_NEW_KEY)],
    fails=[_with(_NEW_KEY, _DEAD_KEY), _with(_DEAD_KEY)],
    not_applicable=[_NOBODY],
)
def inactive_access_keys_are_deleted(user: IamUser) -> Verdict:
    """The user has no access key that was made inactive and then left.

    Why: one call makes it active again, for whoever has kept the secret part.
    Fix: delete it: `aws iam delete-access-key`.
    """
    if not user.keys:
        return not_applicable("it has no access key")
    left = [key.rotated.date() for key in user.keys if not key.active]
    return failed("an inactive access key was left", made=left) if left else passed()


def _before(moment: Moment, days: int, at: datetime) -> bool:
    """Whether something is longer ago than this."""
    return moment.at - at > timedelta(days=days)
