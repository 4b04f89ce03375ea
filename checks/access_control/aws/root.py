"""Whether people work under the root user's name."""

from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.aws.iam_users import RootUse
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_LAST_WEEK = datetime(2026, 1, 8, tzinfo=UTC)
_LAST_YEAR = datetime(2025, 1, 8, tzinfo=UTC)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[(RootUse(), _NOW), (RootUse(password_used=_LAST_YEAR, key_used=_LAST_YEAR), _NOW)],
    fails=[
        (RootUse(password_used=_LAST_WEEK), _NOW),
        (RootUse(password_used=_LAST_YEAR, key_used=_LAST_WEEK), _NOW),
        given(RootUse(password_used=_LAST_YEAR), _NOW, days=400),
    ],
)
def root_is_not_used(root_use: RootUse, moment: Moment, *, days: int = 30) -> Verdict:
    """Nobody has lately signed in as the root user, or used a key of it.

    Why: "unique identifications to each person": what the root user does, nobody in particular did, and nothing limits it.
    Fix: give administrators roles of their own; keep the root user for the few tasks that only it can do.
    Settings:
        days: for which a use counts; 30, so that a task that only the root user can do is seen, and then forgotten.
    """
    told = {"password_used": root_use.password_used or "never", "key_used": root_use.key_used or "never"}
    used = max(filter(None, (root_use.password_used, root_use.key_used)), default=None)
    if used is not None and moment.at - used <= timedelta(days=days):
        return failed(f"the root user was used within the last {days} days", **told)
    return passed(**told)
