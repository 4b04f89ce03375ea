"""17.04(2)(a): who administers a host is who should. The organization's roster tells who may."""

from datetime import UTC, datetime

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.accounts import Account
from collectors.host.hashes import Kept
from collectors.host.ssh_keys import AuthorizedKeys
from collectors.host.sudo import Sudo
from collectors.host.sudoers import Default, Grant
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import may_be_about
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_OPEN = Kept("set", scheme="yescrypt")
_ROSTER = Roster(
    (Person("Ann Lee", admin=True, accounts=("alee",)), Person("Bo Ray", accounts=("bray",))),
    frozenset({"person", "status", "admin", "accounts"}),
)
_KEYS = AuthorizedKeys()
_ANN, _BO = Account("alee", groups=("alee", "sudo"), password=_OPEN), Account("bray", password=_OPEN)
_BO_IN_SUDO = Account("bray", groups=("bray", "sudo"), password=_OPEN)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[(_ANN, _KEYS, Sudo((Grant("%sudo"),)), _ROSTER, _NOW), (_ANN, _KEYS, None, _ROSTER, _NOW)],
    fails=[
        (_BO_IN_SUDO, _KEYS, None, _ROSTER, _NOW),
        (_BO, _KEYS, Sudo((Grant("bray"),)), _ROSTER, _NOW),
        (_BO, _KEYS, Sudo((Grant("#1000", runas=("ALL",)),)), _ROSTER, _NOW),
        (_BO, _KEYS, Sudo((Grant("ALL"),)), _ROSTER, _NOW),
        (Account("toor", 0, password=_OPEN), _KEYS, None, _ROSTER, _NOW),
        (Account("dfox", groups=("wheel",), password=_OPEN), _KEYS, None, _ROSTER, _NOW),
    ],
    not_applicable=[
        (_BO, _KEYS, Sudo((Grant("%sudo"), Grant("bray", command="/usr/bin/rsync"))), _ROSTER, _NOW),
        (_BO, _KEYS, Sudo((Grant("ALL"),), (Default("targetpw"),)), _ROSTER, _NOW),
        (_BO, _KEYS, Sudo((Grant("bray"), Grant("bray", command="!ALL"))), _ROSTER, _NOW),
        (Account("bray", groups=("sudo",)), _KEYS, None, _ROSTER, _NOW),
        (Account("root", 0, password=_OPEN), _KEYS, None, _ROSTER, _NOW),
        given(_BO_IN_SUDO, _KEYS, None, _ROSTER, _NOW, services=("bray",)),
    ],
)
def administrators_are_on_the_rosters_admin_list(
    account: Account,
    keys: AuthorizedKeys,
    sudo: Sudo | None,
    roster: Roster,
    moment: Moment,
    *,
    groups: tuple[str, ...] = ("sudo", "wheel", "admin"),
    services: tuple[str, ...] = ("root",),
) -> Verdict:
    """Every account that may do anything as root belongs to a person whom the roster calls an administrator.

    Why: an administrator reads every record; 17.04(2)(a) leaves them to those who need them for their job.
    Fix: take the account out of the group (`gpasswd --delete NAME GROUP`) or its rule out of sudoers; or write yes into the
    column admin of the person who has it.
    Settings:
        groups: groups whose members are administrators, whatever sudoers says; those that distributions make for it.
        services: accounts that are no people and may; only root, so that each other one is a decision.
    """
    if account.name in services:
        return not_applicable("it is no account of a person")
    if not (account.enabled(keys, moment.at) or account.by_unseen_key(keys, moment.at)):
        return not_applicable("nobody can log in with it", password=account.password.described)
    by = _rights(account, sudo, groups)
    if not by:
        if sudo is not None and sudo.unseen:
            return unknown("sudoers includes what was not read", paths=sudo.unseen)
        return not_applicable("it is no administrator's")
    for column, content in (("accounts", "the user names of each person"), ("admin", "yes for each administrator")):
        if column not in roster.columns:
            return unknown(f"the register roster has no column {column}: add one with {content}")
    holders = roster.holders(account.name)
    people = sorted({one.name for one in holders})
    if any(one.admin and one.works_on(moment.at.date()) for one in holders):
        return passed(people=people, by=by)
    faults = (may_be_about(roster.faults, name) for name in people) if people else iter(roster.faults)
    if fault := next(filter(None, faults), None):
        return unknown(f"register roster, {fault}")
    if not account.enabled(keys, moment.at):
        return unknown("sshd also asks an AuthorizedKeysCommand for keys", by=by)
    return failed(
        "no administrator of the roster has this account, which may do anything as root", people=people, by=by
    )


def _rights(account: Account, sudo: Sudo | None, groups: tuple[str, ...]) -> list[str]:
    """What makes an account an administrator's: its id, groups, and rules of sudo."""
    by = ["user id 0"] if account.uid == 0 else []
    by += [f"group {name}" for name in account.groups if name in groups]
    named = {account.name, f"#{account.uid}", "ALL", *(f"%{name}" for name in account.groups)}
    by += [f"{grant.place}: {grant.who}" for grant in (sudo.of_everything if sudo else ()) if grant.who in named]
    return list(dict.fromkeys(by))
