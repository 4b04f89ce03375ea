"""17.04(1)(a) and (d): whose the SSH keys are. The organization's roster tells the people, their accounts and their keys."""

from datetime import UTC, date, datetime

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.ssh_keys import AuthorizedKey, AuthorizedKeys
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import same
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_A, _B, _C = (f"SHA256:{letter * 43}" for letter in "ABC")
_ANN = Person("Ann Lee", accounts=("alee",), ssh_keys=(_A,))
_BO = Person("Bo Ray", end=date(2025, 12, 31), accounts=("bray",), ssh_keys=(_B,))
_KEPT = frozenset({"person", "status", "end", "accounts", "ssh_keys"})
_ROSTER = Roster((_ANN, _BO), _KEPT)
_OF_ACCOUNTS = Roster((_ANN, _BO), _KEPT - {"ssh_keys"})


def _keys(*pairs: tuple[str, str], asks_command: bool = False) -> AuthorizedKeys:
    return AuthorizedKeys(tuple(AuthorizedKey(*pair) for pair in pairs), asks_command=asks_command)


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[
        (_keys(("alee", _A), ("root", _A)), _ROSTER),
        given(_keys(("backup", _C)), _ROSTER, services=(_C,)),
    ],
    fails=[(_keys(("alee", _C)), _ROSTER), (_keys(("alee", _A), ("root", _C)), _ROSTER)],
    not_applicable=[
        (_keys(), _ROSTER),
        (AuthorizedKeys((AuthorizedKey("alee", _C),), accepted=False), _ROSTER),
    ],
)
def every_ssh_key_belongs_to_someone_on_the_roster(
    keys: AuthorizedKeys, roster: Roster, *, services: tuple[str, ...] = ()
) -> Verdict:
    """Every SSH key that opens a local account is on the roster with the person who has it, or is a known service's.

    Why: a key is an identifier; one that nobody knows of is nobody's to take back, and opens the account for whoever has it.
    Fix: write the fingerprint (`ssh-keygen -l -f PATH`) into its person's line of the roster (column ssh_keys), name it under
    `services`, or remove the key.
    Settings:
        services: fingerprints (SHA256:...) of keys that belong to programs, such as backups and automation; none.
    """
    if not keys.accepted or not (keys.keys or keys.unseen):
        return not_applicable("no SSH key opens an account here")
    if "ssh_keys" not in roster.columns:
        return unknown(
            "the register roster has no column ssh_keys: add one with the fingerprints of each person's keys"
        )
    nobodys = [key for key in keys.keys if key.fingerprint not in services and not roster.key_holders(key.fingerprint)]
    if nobodys and roster.faults:
        return unknown(f"register roster, {roster.faults[0]}")
    if nobodys:
        return failed(
            "a key is nobody's on the roster",
            keys=sorted({key.fingerprint for key in nobodys}),
            accounts=sorted({key.account for key in nobodys}),
        )
    if keys.unseen:
        return unknown(keys.unseen)
    return passed(keys=len({key.fingerprint for key in keys.keys}))


@check(
    "17.04(1)(d)",
    "17.03(2)(e)",
    severity=CRITICAL,
    passes=[
        (_keys(("alee", _A)), _ROSTER, _NOW),
        (_keys(("bray", _C), ("root", _A)), _OF_ACCOUNTS, _NOW),
        (_keys(("root", _B)), Roster((_BO, Person("bo ray", start=date(2026, 1, 2))), _KEPT), _NOW),
    ],
    fails=[
        (_keys(("root", _B)), _ROSTER, _NOW),
        (_keys(("bray", _C), ("root", _C)), _OF_ACCOUNTS, _NOW),
        (_keys(("bray", _C), ("alee", _C)), _ROSTER, _NOW),
    ],
    not_applicable=[(_keys(), _ROSTER, _NOW)],
)
def keys_of_people_who_left_open_no_other_account(keys: AuthorizedKeys, roster: Roster, moment: Moment) -> Verdict:
    """No key of a person who has left opens an account of somebody else, such as root or a service's.

    Why: to close the accounts of a person who left does not close those that were opened for their key; 17.04(1)(d) gives
    access to active users only, and 17.03(2)(e) asks to keep people who left from the records.
    Fix: remove the key from the authorized_keys of the account; where the key is someone else's now, correct the roster. A key
    is known as a person's by the roster (column ssh_keys), and by standing in that person's own account on this host.
    """
    if not keys.accepted or not (keys.keys or keys.unseen):
        return not_applicable("no SSH key opens an account here")
    if not roster.columns & {"accounts", "ssh_keys"}:
        return unknown("the register roster has neither a column ssh_keys nor accounts: add fingerprints or user names")
    today = moment.at.date()
    own: dict[str, set[str]] = {}
    for key in keys.keys:
        holders = [*roster.key_holders(key.fingerprint), *roster.holders(key.account)]
        own.setdefault(key.fingerprint, set()).update(one.name for one in holders if _left(one.name, holders, today))
    found = {
        (key.fingerprint, key.account): sorted(people)
        for key in keys.keys
        if (people := own[key.fingerprint] - {one.name for one in roster.holders(key.account)})
    }
    if found:
        return failed(
            "a key of a person who has left opens an account that is not theirs",
            accounts=sorted({account for _, account in found}),
            keys=sorted({fingerprint for fingerprint, _ in found}),
            people=sorted({name for people in found.values() for name in people}),
        )
    if roster.faults:
        return unknown(f"register roster, {roster.faults[0]}")
    return unknown(keys.unseen) if keys.unseen else passed(keys=len(own))


def _left(name: str, holders: list[Person], today: date) -> bool:
    """Whether every line of a person says that they left; a person who came back has another one."""
    return all(one.left_by(today) for one in holders if same(one.name) == same(name))
