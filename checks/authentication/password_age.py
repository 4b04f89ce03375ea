"""17.04(1)(b) at the age of passwords: where the organization asks for periodic change, it happens."""

from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.hashes import Kept
from collectors.host.shadow import Password
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_TODAY = (_NOW.at - datetime(1970, 1, 1, tzinfo=UTC)).days
_OPEN = Kept("set", scheme="yescrypt")
_YEARLY = Password("ann", _OPEN, changed=_TODAY - 10, maximum_age=365)


@check(
    "17.04(1)(b)",
    severity=MEDIUM,
    passes=[given(_YEARLY, _NOW, longest=365)],
    fails=[
        given(Password("ann", _OPEN, changed=_TODAY - 10, maximum_age=99999), _NOW, longest=365),
        given(Password("ann", _OPEN, changed=_TODAY - 10), _NOW, longest=365),
        given(Password("ann", _OPEN, changed=_TODAY - 400, maximum_age=300), _NOW, longest=365),
        given(Password("ann", _OPEN, maximum_age=365), _NOW, longest=365),
    ],
    not_applicable=[
        (Password("ann", _OPEN, changed=_TODAY - 4000), _NOW),
        given(Password("bin"), _NOW, longest=365),
    ],
)
def password_of_account_is_changed_in_time(password: Password, moment: Moment, *, longest: int = 0) -> Verdict:
    """Where periodic change is asked for: the account's password ends by itself, and is not older than that.

    Why: the item asks for a "reasonably secure method of assigning and selecting passwords"; 965 CMR 3.04 asks for periodic
    change in so many words.
    Fix: `chage --maxdays 365 NAME`, and let its holder change the password; or lock the account.
    Settings:
        longest: days that a password may stand; 0 asks for no periodic change, since 17.04 names none and NIST SP 800-63B
            advises against it. With the framework 965-cmr-3.04 it is 365.
    """
    if longest <= 0:
        return not_applicable("periodic change is not asked for (the setting `longest` is 0)")
    if password.kept.state != "set":
        return not_applicable("no password opens it", password=password.kept.described)
    if password.changed is None:
        return failed("nothing records when its password was changed, so it never ends")
    today = (moment.at - datetime(1970, 1, 1, tzinfo=UTC)).days
    told = {"days_old": today - password.changed, "longest_days": password.maximum_age}
    if password.maximum_age is None or not 0 <= password.maximum_age <= longest:
        return failed("its password never ends, or too late", **told)
    if password.changed and (why := moment.undatable(moment.at - timedelta(days=max(today - password.changed, -999)))):
        return unknown(why, **told)
    if password.changed and today - password.changed > longest:
        return failed("its password is older than that", **told)
    return passed(**told)
