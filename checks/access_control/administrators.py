"""17.04(2)(a): who administers a host is who should. The organization's roster tells who may."""

from datetime import UTC, datetime

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.accounts import Account
from collectors.host.doas import Doas, Permit
from collectors.host.hashes import Kept
from collectors.host.host_name import HostName
from collectors.host.ssh_keys import AuthorizedKeys
from collectors.host.sudo import Sudo
from collectors.host.sudo_rights import Host, Principal
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
    passes=[
        (_ANN, _KEYS, Sudo((Grant("%sudo"),)), _ROSTER, None, None, _NOW),
        (_ANN, _KEYS, None, _ROSTER, None, None, _NOW),
    ],
    fails=[
        (_BO_IN_SUDO, _KEYS, None, _ROSTER, None, None, _NOW),
        (_BO, _KEYS, Sudo((Grant("bray"),)), _ROSTER, None, None, _NOW),
        (_BO, _KEYS, Sudo((Grant("#1000", runas=("ALL",)),)), _ROSTER, None, None, _NOW),
        (_BO, _KEYS, Sudo((Grant("ALL"),)), _ROSTER, None, None, _NOW),
        (Account("toor", 0, password=_OPEN), _KEYS, None, _ROSTER, None, None, _NOW),
        (_BO, _KEYS, None, _ROSTER, Doas((Permit("bray"),)), None, _NOW),
        (_BO, _KEYS, Sudo((Grant("bray", hosts=("web1",)),)), _ROSTER, None, HostName("web1"), _NOW),
        (Account("bray", groups=("docker",), password=_OPEN), _KEYS, None, _ROSTER, None, None, _NOW),
        (Account("dfox", groups=("wheel",), password=_OPEN), _KEYS, None, _ROSTER, None, None, _NOW),
    ],
    not_applicable=[
        (_BO, _KEYS, Sudo((Grant("bray", hosts=("db1",)),)), _ROSTER, None, HostName("web1"), _NOW),
        (_BO, _KEYS, None, _ROSTER, Doas((Permit(":wheel"), Permit("bray", command="/usr/bin/id"))), None, _NOW),
        (_BO, _KEYS, Sudo((Grant("%sudo"), Grant("bray", command="/usr/bin/rsync"))), _ROSTER, None, None, _NOW),
        (_BO, _KEYS, Sudo((Grant("ALL"),), (Default("targetpw"),)), _ROSTER, None, None, _NOW),
        (_BO, _KEYS, Sudo((Grant("bray"), Grant("bray", command="!ALL"))), _ROSTER, None, None, _NOW),
        (Account("bray", groups=("sudo",)), _KEYS, None, _ROSTER, None, None, _NOW),
        (Account("root", 0, password=_OPEN), _KEYS, None, _ROSTER, None, None, _NOW),
        given(_BO_IN_SUDO, _KEYS, None, _ROSTER, None, None, _NOW, services=("bray",)),
    ],
)
def administrators_are_on_the_rosters_admin_list(
    account: Account,
    keys: AuthorizedKeys,
    sudo: Sudo | None,
    roster: Roster,
    doas: Doas | None,
    host: HostName | None,
    moment: Moment,
    *,
    groups: tuple[str, ...] = (
        *("sudo", "wheel", "admin"),
        *("docker", "lxd", "incus-admin", "libvirt", "disk", "shadow"),
    ),
    services: tuple[str, ...] = ("root",),
) -> Verdict:
    """Every account that may do anything as root belongs to a person whom the roster calls an administrator.

    Why: an administrator reads every record; 17.04(2)(a) leaves them to those who need them for their job.
    Fix: take the account out of the group (`gpasswd --delete NAME GROUP`) or its rule out of sudoers; or write yes into the
    column admin of the person who has it.
    Settings:
        groups: groups whose members are administrators, whatever sudoers says: those that distributions make for it, and
            those that are as good as root: whoever may start containers or virtual machines, or reads the raw disk or the
            stored passwords.
        services: accounts that are no people and may; only root, so that each other one is a decision.
    """
    if account.name in services:
        return not_applicable("it is no account of a person")
    if not (account.enabled(keys, moment.at) or account.by_unseen_key(keys, moment.at)):
        return not_applicable("nobody can log in with it", password=account.password.described)
    by = _rights(account, groups)
    surely = [*by, *_rules(account, sudo, doas, Host(host.name if host else "", unclear=False))]
    perhaps = [*by, *_rules(account, sudo, doas, Host(host.name if host else ""))]
    if perhaps and not surely:
        return unknown("whether a rule of sudo is for this host cannot be told", by=perhaps)
    by = surely
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
        return unknown(keys.unseen, by=by)
    return failed(
        "no administrator of the roster has this account, which may do anything as root", people=people, by=by
    )


def _rights(account: Account, groups: tuple[str, ...]) -> list[str]:
    """What makes an account an administrator's: its id and its groups."""
    by = ["user id 0"] if account.uid == 0 else []
    return [*by, *(f"group {name}" for name in account.groups if name in groups)]


def _rules(account: Account, sudo: Sudo | None, doas: Doas | None, host: Host) -> list[str]:
    """What makes it one by the rules of sudo and of doas."""
    somebody = Principal(account.name, account.uid, frozenset(account.groups), frozenset(account.gids))
    grants = sudo.becoming_root(somebody, host) if sudo else ()
    rule = doas.becoming_root(somebody) if doas else None
    by = [f"{grant.place}: {grant.who}" for grant in grants] + ([f"{rule.place}: {rule.who}"] if rule else [])
    return list(dict.fromkeys(by))
