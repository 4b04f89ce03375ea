"""17.04(1)(a) and (d): whose the accounts are. The organization's roster tells the people and their accounts."""

from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.accounts import Account
from collectors.host.hashes import Kept
from collectors.host.ssh_keys import AuthorizedKey, AuthorizedKeys
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import Fault, may_be_about
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_OPEN = Kept("set", scheme="yescrypt")
_KEPT = frozenset({"person", "status", "end", "accounts"})
_ANN = Person("Ann Lee", accounts=("alee",))
_BO = Person("Bo Ray", end=date(2025, 12, 31), accounts=("bray",))
_ROSTER = Roster((_ANN, _BO, Person("Cy Poe", active=False, accounts=("cpoe",))), _KEPT)
_KEY = AuthorizedKeys((AuthorizedKey("bray", "SHA256:a"),))
_NO_COLUMN = "the register roster has no column accounts: add one with the user names of each person"


@check(
    "17.04(1)(d)",
    "17.03(2)(e)",
    "965-3.04(1)(f)",
    severity=CRITICAL,
    passes=[
        (Account("alee", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
        (Account("bray"), AuthorizedKeys(), _ROSTER, _NOW),
        (Account("bray", expires=datetime(2026, 1, 1, tzinfo=UTC), password=_OPEN), _KEY, _ROSTER, _NOW),
        (
            Account("bray", password=_OPEN),
            AuthorizedKeys(),
            Roster((_BO, Person("bo ray", start=date(2026, 1, 2))), _KEPT),
            _NOW,
        ),
    ],
    fails=[
        (Account("bray", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
        (Account("BRay"), AuthorizedKeys((AuthorizedKey("BRay", "SHA256:a"),)), _ROSTER, _NOW),
        (Account("bray", 1000, "/usr/sbin/nologin"), _KEY, _ROSTER, _NOW),
        (Account("cpoe", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
    ],
    not_applicable=[(Account("dfox", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW)],
)
def people_who_left_have_no_way_in(account: Account, keys: AuthorizedKeys, roster: Roster, moment: Moment) -> Verdict:
    """No account of a person who has left can be entered, by password or by SSH key. Local accounts are judged.

    Why: 17.04(1)(d) gives access to active users only, and 17.03(2)(e) asks to keep people who left from the records.
    Fix: `usermod --lock --expiredate 1 NAME` and remove its authorized_keys; or correct the person's line in the roster. An
    account that was handed on belongs into the line of the person who has it now.
    """
    if "accounts" not in roster.columns:
        return unknown(_NO_COLUMN)
    today = moment.at.date()
    holders = roster.holders(account.name)
    people = sorted({one.name for one in holders})
    if not holders:
        return unknown(_faulty(roster.faults[0])) if roster.faults else not_applicable("it is nobody's on the roster")
    if any(not one.left_by(today) for one in holders):
        return passed(people=people)
    if not (account.enabled(keys, moment.at) or (account.by_key(keys) and not account.expired(moment.at))):
        if account.by_unseen_key(keys, moment.at):
            return unknown(keys.unseen)
        return passed(people=people, password=account.password.described)
    if fault := next((found for name in people if (found := may_be_about(roster.faults, name))), None):
        return unknown(_faulty(fault))
    return failed(
        "its person has left, but it can still be entered",
        people=people,
        left=max((str(one.end) for one in holders if one.end), default="no date"),
        password=account.password.described,
        keys=len(keys.of(account.name)),
    )


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[(Account("alee", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW)],
    fails=[
        (Account("dfox", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
        (Account("dfox"), AuthorizedKeys((AuthorizedKey("dfox", "SHA256:a"),)), _ROSTER, _NOW),
        (Account("toor", 0, password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
    ],
    not_applicable=[
        (Account("dfox"), AuthorizedKeys(), _ROSTER, _NOW),
        (Account("root", 0, password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
        (Account("postgres", 105, system=True, password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW),
        given(Account("ansible", password=_OPEN), AuthorizedKeys(), _ROSTER, _NOW, services=("ans*",)),
    ],
)
def every_enabled_account_belongs_to_someone_on_the_roster(
    account: Account,
    keys: AuthorizedKeys,
    roster: Roster,
    moment: Moment,
    *,
    services: tuple[str, ...] = ("root", "svc-*", "svc_*"),
) -> Verdict:
    """Every account that can be entered is on the roster with its person. Local accounts of people are judged.

    Why: control of user ids means to know whose each of them is; an account that nobody knows of is nobody's to close.
    Fix: add the account to its person's line in the roster (column accounts), name it under `services`, or remove it.
    Settings:
        services: account names, patterns with * and ?, that are no people; root, which other checks judge, and names that
            say that they belong to a service. Ids below those of people (UID_MIN of login.defs) are none anyway.
    """
    if account.system or any(fnmatchcase(account.name, pattern) for pattern in services):
        return not_applicable("it is no account of a person")
    enabled = account.enabled(keys, moment.at)
    if not (enabled or account.by_unseen_key(keys, moment.at)):
        return not_applicable("nobody can log in with it", password=account.password.described)
    if "accounts" not in roster.columns:
        return unknown(_NO_COLUMN)
    if holders := roster.holders(account.name):
        return passed(people=sorted({one.name for one in holders}))
    if roster.faults:
        return unknown(_faulty(roster.faults[0]))
    if not enabled:
        return unknown(keys.unseen)
    return failed("it is nobody's on the roster", account=account.name, uid=account.uid)


def _faulty(fault: Fault) -> str:
    return f"register roster, {fault}"
