"""Roles that nobody uses."""

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from checks.check import SUPPORTING, check, given
from checks.verdict import LOW, Verdict, failed, not_applicable, passed
from collectors.aws.iam_identities import RoleUse
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_LAST_WEEK = datetime(2026, 1, 8, tzinfo=UTC)
_LAST_YEAR = datetime(2025, 1, 8, tzinfo=UTC)


@check(
    "17.04(1)(d)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[
        (RoleUse(name="app", made=_LAST_YEAR, used=_LAST_WEEK), _NOW),
        (RoleUse(name="app", made=_LAST_WEEK), _NOW),
    ],
    fails=[
        (RoleUse(name="app", made=_LAST_YEAR), _NOW),
        (RoleUse(name="app", made=_LAST_YEAR, used=datetime(2025, 3, 1, tzinfo=UTC)), _NOW),
        given(RoleUse(name="app", made=_LAST_WEEK), _NOW, days=5),
    ],
    not_applicable=[
        (RoleUse(name="AWSReservedSSO_Read_0123456789abcdef", made=_LAST_YEAR, reserved=True), _NOW),
        (RoleUse(name="OrganizationAccountAccessRole", made=_LAST_YEAR), _NOW),
    ],
)
def iam_roles_are_in_use(
    role: RoleUse,
    moment: Moment,
    *,
    days: int = 90,
    kept: tuple[str, ...] = ("AWSControlTowerExecution", "OrganizationAccountAccessRole"),
) -> Verdict:
    """The role was used lately, or is new. Service-linked roles, which AWS keeps, are not judged.

    Why: "active user accounts only": a role that nobody uses still opens the records to those whom it trusts.
    Fix: delete it, or name it under `kept` where it is for emergencies.
    Settings:
        days: without a use; those of a role that was never used count from when it was made. 90, a quarter, as for users.
        kept: role names, patterns with * and ?, that are for emergencies; those by which an organization enters its accounts.
    """
    if role.reserved:
        return not_applicable("IAM Identity Center keeps it while somebody is assigned to it")
    if any(fnmatchcase(role.name, pattern) for pattern in kept):
        return not_applicable("it is kept for emergencies")
    told = {"used": role.used or "never", "made": role.made.date()}
    if moment.at - (role.used or role.made) > timedelta(days=days):
        return failed(f"nobody used it for {days} days", **told)
    return passed(**told)
