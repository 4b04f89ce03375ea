"""Whose the users of IAM are. The organization's roster tells the people and their accounts."""

from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.iam_users import AccessKey, IamUser
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import Fault, may_be_about, same
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_KEYS = (AccessKey(rotated=_NOW.at),)
_DEAD = (AccessKey(rotated=_NOW.at, active=False),)
_KEPT = frozenset({"person", "status", "end", "accounts"})
_ROSTER = Roster(
    (
        Person("Ann Lee", accounts=("ann@example.com", "ops")),
        Person("Bo Ray", end=date(2025, 12, 31), accounts=("bray",)),
        Person("Cy Poe", active=False, accounts=("cpoe", "ops")),
        Person("Di Fox", accounts=("ops", "admin")),
    ),
    _KEPT,
)
_BACK = Roster((Person("Bo Ray", end=date(2025, 12, 31), accounts=("bray",)), Person("bo ray")), _KEPT)
_NO_COLUMN = "the register roster has no column accounts: add one with the user names of each person"


@check(
    "17.04(1)(d)",
    "17.03(2)(e)",
    "965-3.04(1)(f)",
    severity=HIGH,
    passes=[
        (IamUser(name="ann@example.com", password=True), _ROSTER, _NOW),
        (IamUser(name="bray", keys=_DEAD), _ROSTER, _NOW),
        (IamUser(name="bray", password=True), _BACK, _NOW),
        (IamUser(name="ops", password=True), _ROSTER, _NOW),
    ],
    fails=[
        (IamUser(name="bray", password=True), _ROSTER, _NOW),
        (IamUser(name="BRay", password=True, mfa=True), _ROSTER, _NOW),
        (IamUser(name="cpoe", keys=_KEYS), _ROSTER, _NOW),
    ],
    not_applicable=[(IamUser(name="dfox", password=True), _ROSTER, _NOW)],
)
def iam_users_of_people_who_left_are_closed(user: IamUser, roster: Roster, moment: Moment) -> Verdict:
    """No user of IAM whose person has left has a password or an active access key.

    Why: 17.04(1)(d) gives access to active users only, and 17.03(2)(e) asks to keep people who left from the records.
    Fix: delete the user with its password and keys; or correct the person's line in the roster. A user that was handed on
    belongs into the line of the person who has it now.
    """
    if "accounts" not in roster.columns:
        return unknown(_NO_COLUMN)
    today = moment.at.date()
    holders = roster.holders(user.name)
    people = sorted({one.name for one in holders})
    if not holders:
        return unknown(_faulty(roster.faults[0])) if roster.faults else not_applicable("it is nobody's on the roster")
    if any(not one.left_by(today) for one in holders):
        return passed(people=people)
    if not user.ways_in:
        return passed("its person has left, and nothing opens it", people=people)
    if fault := next((found for name in people if (found := may_be_about(roster.faults, name))), None):
        return unknown(_faulty(fault))
    left = max((str(one.end) for one in holders if one.end), default="no date")
    return failed("its person has left, but it can still be entered", people=people, left=left, by=user.ways_in)


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[(IamUser(name="ann@example.com", password=True), _ROSTER)],
    fails=[(IamUser(name="dfox", password=True), _ROSTER), (IamUser(name="dfox", password=True, keys=_KEYS), _ROSTER)],
    not_applicable=[
        (IamUser(name="dfox"), _ROSTER),
        (IamUser(name="ci", keys=_KEYS), _ROSTER),
        given(IamUser(name="breakglass", password=True), _ROSTER, services=("break*",)),
    ],
)
def iam_users_with_a_password_belong_to_someone_on_the_roster(
    user: IamUser, roster: Roster, *, services: tuple[str, ...] = ("svc-*", "svc_*")
) -> Verdict:
    """Every user of IAM that a password opens is on the roster with its person.

    Why: control of user ids means to know whose each of them is; one that nobody knows of is nobody's to close.
    Fix: add the user to its person's line in the roster (column accounts), name it under `services`, or delete it.
    Settings:
        services: user names, patterns with * and ?, that are no people. One without a password is taken for a program's.
    """
    if not user.password:
        return not_applicable("no password opens it, as it would for a person", by=user.ways_in or "nothing")
    if any(fnmatchcase(user.name, pattern) for pattern in services):
        return not_applicable("it is no user of a person")
    if "accounts" not in roster.columns:
        return unknown(_NO_COLUMN)
    if holders := roster.holders(user.name):
        return passed(people=sorted({one.name for one in holders}))
    return unknown(_faulty(roster.faults[0])) if roster.faults else failed("it is nobody's on the roster")


_SHARED = (
    *(
        "admin",
        "administrator",
        "all",
        "dba",
        "demo",
        "dev",
        "developer",
        "developers",
        "devops",
        "everyone",
        "generic",
    ),
    *(
        "guest",
        "it",
        "office",
        "operator",
        "ops",
        "public",
        "root",
        "shared",
        "shared-*",
        "shared_*",
        "support",
        "team",
    ),
    *(
        "team-*",
        "team_*",
        "*-team",
        "*_team",
        "temp",
        "test",
        "tester",
        "testuser",
        "tmp",
        "training",
        "user",
        "vendor",
    ),
)


@check(
    "17.04(2)(b)",
    "17.04(1)(a)",
    severity=MEDIUM,
    passes=[
        (IamUser(name="alee", password=True), None, _NOW),
        (IamUser(name="admin", password=True), _ROSTER, _NOW),
        (IamUser(name="bray", password=True), _ROSTER, _NOW),
    ],
    fails=[
        (IamUser(name="Admin", password=True), None, _NOW),
        (IamUser(name="team-web", password=True), _ROSTER, _NOW),
        (IamUser(name="ops", keys=_KEYS), _ROSTER, _NOW),
        given(IamUser(name="frontdesk", password=True), None, _NOW, names=("frontdesk",)),
    ],
    not_applicable=[(IamUser(name="admin"), None, _NOW), (IamUser(name="admin", keys=_KEYS), None, _NOW)],
)
def iam_users_are_not_shared(
    user: IamUser, roster: Roster | None, moment: Moment, *, names: tuple[str, ...] = _SHARED
) -> Verdict:
    """No user of IAM is several people's, by the roster, or by a name that stands for nobody in particular.

    Why: "unique identifications ... to each person": under a shared name several people act, and nobody is responsible.
    Fix: give each person an own identity, best in IAM Identity Center, and delete the shared user.
    Settings:
        names: user names in lower case, patterns with * and ?, that are taken for shared where a password opens them and
            the roster does not give them to one person; those of teams, tests and roles.
    """
    if not user.ways_in:
        return not_applicable("nothing opens it")
    holders = roster.holders(user.name) if roster is not None else ()
    people = {same(one.name): one.name for one in holders if one.works_on(moment.at.date())}
    if len(people) > 1:
        return failed("the roster gives it to several people", people=sorted(people.values()), by=user.ways_in)
    if people or holders:
        return passed(people=sorted({one.name for one in holders}))
    if not user.password:
        return not_applicable("no password opens it, as it would for a person", by=user.ways_in)
    if any(fnmatchcase(user.name.lower(), pattern) for pattern in names):
        return failed("its name stands for nobody in particular", by=user.ways_in)
    return passed()


def _faulty(fault: Fault) -> str:
    return f"register roster, {fault}"
