"""17.04(2)(a): who becomes root."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.collector import Fact
from collectors.host.host_name import HostName
from collectors.host.identifiers import Group, Identifiers, User
from collectors.host.sudo import Sudo
from collectors.host.sudo_rights import Host
from collectors.host.sudoers import Default, Grant

_PEOPLE = Identifiers((User("alice", 1000, 1000), User("bob", 1001, 1001)), (Group("sudo", 27, ("alice",)),))
_WEB = HostName("web1.example.org")


def _rules(*grants: Grant, people: Identifiers = _PEOPLE, host: HostName | None = _WEB) -> tuple[Fact | None, ...]:
    return Sudo(grants), people, host


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        _rules(Grant("%sudo")),
        _rules(Grant("backup", command="/usr/bin/rsync", password=False)),
        _rules(Grant("alice", password=False), Grant("alice")),
        _rules(Grant("alice", password=False), Grant("%sudo")),
        _rules(Grant("alice", password=False), Grant("#1000")),
        _rules(Grant("root", password=False)),
        _rules(Grant("deploy", runas=("app",), password=False)),
        _rules(Grant("alice", hosts=("db1",), password=False)),
        given(*_rules(Grant("ubuntu", password=False)), allowed=("ubuntu",)),
    ],
    fails=[
        _rules(Grant("alice", password=False)),
        _rules(Grant("%sudo"), Grant("%sudo", password=False)),
        _rules(Grant("%sudo"), Grant("alice", password=False)),
        _rules(Grant("alice", command="/bin/bash", password=False)),
        _rules(Grant("alice", hosts=("web1",), password=False)),
        _rules(Grant("ALL", password=False, users=("ALL", "!alice"))),
    ],
)
def sudo_asks_for_a_password(
    sudo: Sudo, identifiers: Identifiers, host: HostName | None, *, allowed: tuple[str, ...] = ()
) -> Verdict:
    """Nobody may run every command as root without a password. Local rules are judged, not those of LDAP or SSSD.

    Why: with such a rule whoever finds a terminal open, or steals a key, reads every record.
    Fix: take `NOPASSWD:` out of the rule, or name the few commands it is for. Of several rules that match somebody, the last
    counts.
    Settings:
        allowed: users and `%groups` that may; none, since every such rule deserves a reason (or a waiver).
    """
    name = host.name if host else ""
    kinds = [_open(sudo, identifiers, Host(name, unclear=unclear), allowed) for unclear in (True, False)]
    if surely := [kinds[0][who] for who in kinds[0] if who in kinds[1]]:
        return failed(
            "a rule of sudo lets someone run anything as root without a password",
            who=sorted(kinds[0].keys() & kinds[1].keys()),
            commands=sorted({grant.command for grant in surely}),
            files=sorted({grant.place for grant in surely}),
        )
    if perhaps := kinds[0].keys() | kinds[1].keys():
        return unknown("whether rules of sudo without a password are for this host cannot be told", who=sorted(perhaps))
    if sudo.unseen:
        return unknown("sudoers includes what was not read", paths=sudo.unseen)
    return passed(rules=len(sudo.grants))


def _open(sudo: Sudo, identifiers: Identifiers, host: Host, allowed: tuple[str, ...]) -> dict[str, Grant]:
    found = sudo.without_password(identifiers, host)
    return {who: one for who, one in found.items() if not {who, one.who, *one.users} & set(allowed)}


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        Sudo(),
        Sudo(defaults=(Default("authenticate", on=False), Default("authenticate"))),
        Sudo(defaults=(Default("authenticate", on=False, scope="!", of=("/usr/bin/true",)),)),
    ],
    fails=[
        Sudo(defaults=(Default("authenticate", on=False),)),
        Sudo(defaults=(Default("authenticate", on=False, scope=":", of=("alice",)),)),
        Sudo(defaults=(Default("exempt_group", "staff"),)),
    ],
)
def sudo_authenticates_everyone(sudo: Sudo) -> Verdict:
    """No `Defaults` line of sudoers takes the question for a password away, in general or for some.

    Why: `!authenticate` and `exempt_group` open every rule to whoever sits at the terminal.
    Fix: remove `!authenticate` and `exempt_group` from sudoers and the files it includes.
    """
    if found := sudo.without_authentication:
        return failed(
            "a Defaults line lets sudo not ask for a password",
            settings=[f"{'' if one.on else '!'}{one.name}" for one in found],
            files=sorted({one.place for one in found}),
        )
    if sudo.unseen:
        return unknown("sudoers includes what was not read", paths=sudo.unseen)
    return passed()
