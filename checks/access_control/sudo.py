"""17.04(2)(a): who becomes root."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.host.sudo import Sudo
from collectors.host.sudoers import Default, Grant


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        Sudo((Grant("%sudo"),)),
        Sudo((Grant("backup", command="/usr/bin/rsync", password=False),)),
        Sudo((Grant("alice", password=False), Grant("alice"))),
        Sudo((Grant("root", password=False),)),
        Sudo((Grant("deploy", runas=("app",), password=False),)),
        given(Sudo((Grant("ubuntu", password=False),)), allowed=("ubuntu",)),
    ],
    fails=[
        Sudo((Grant("alice", password=False),)),
        Sudo((Grant("%sudo"), Grant("%sudo", password=False))),
        Sudo((Grant("alice", command="/bin/bash", password=False),)),
    ],
)
def sudo_asks_for_a_password(sudo: Sudo, *, allowed: tuple[str, ...] = ()) -> Verdict:
    """Nobody may run every command as root without a password. Local rules are judged, not those of LDAP or SSSD.

    Why: with such a rule whoever finds a terminal open, or steals a key, reads every record.
    Fix: take `NOPASSWD:` out of the rule, or name the few commands it is for.
    Settings:
        allowed: users and `%groups` that may; none, since every such rule deserves a reason (or a waiver).
    """
    open_to = [grant for grant in sudo.without_password if grant.who not in allowed]
    if open_to:
        return failed(
            "a rule of sudo lets someone run anything as root without a password",
            who=sorted({grant.who for grant in open_to}),
            commands=sorted({grant.command for grant in open_to}),
            files=sorted({grant.place for grant in open_to}),
        )
    if sudo.unseen:
        return unknown("sudoers includes what was not read", paths=sudo.unseen)
    return passed(rules=len(sudo.grants))


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
