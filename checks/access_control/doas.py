"""17.04(2)(a): who becomes root by doas, and by what polkit allows."""

from checks.check import check, given
from checks.verdict import HIGH, LOW, Verdict, failed, passed, unknown
from collectors.host.doas import Doas, Permit
from collectors.host.identifiers import Group, Identifiers, User
from collectors.host.polkit_rules import PolkitRules

_PEOPLE = Identifiers((User("root", 0), User("alice", 1000, 1000)), (Group("wheel", 10, ("alice",)),))


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        (Doas((Permit(":wheel"),)), _PEOPLE),
        (Doas((Permit("alice", password=False), Permit("alice"))), _PEOPLE),
        (Doas((Permit("alice", password=False), Permit("1000", allows=False))), _PEOPLE),
        (Doas((Permit("alice", password=False, target="app"),)), _PEOPLE),
        (Doas((Permit("alice", password=False, command="/usr/bin/apk"),)), _PEOPLE),
        (Doas((Permit("root", password=False),)), _PEOPLE),
        (Doas((Permit("alice", password=False),), refused=True), _PEOPLE),
        given(Doas((Permit("alice", password=False),)), _PEOPLE, allowed=("alice",)),
    ],
    fails=[
        (Doas((Permit("alice", password=False),)), _PEOPLE),
        (Doas((Permit("alice"), Permit(":wheel", password=False))), _PEOPLE),
        (Doas((Permit("bob", password=False, target="root"),)), _PEOPLE),
        (Doas((Permit("alice", password=False, command="sh"),)), _PEOPLE),
    ],
)
def doas_asks_for_a_password(doas: Doas, identifiers: Identifiers, *, allowed: tuple[str, ...] = ()) -> Verdict:
    """Nobody may run every command as root by doas without a password.

    Why: with such a rule whoever finds a terminal open, or steals a key, reads every record.
    Fix: take `nopass` out of the rule in /etc/doas.conf (`persist` asks once in a while), or name the command it is for. Of
    several rules that match somebody, the last counts.
    Settings:
        allowed: users and `:groups` that may; none, since every such rule deserves a reason (or a waiver).
    """
    if doas.refused:
        return passed("doas refuses its configuration, since others than root may write it")
    found = doas.without_password(identifiers)
    open_to = sorted(who for who, rule in found.items() if not {who, rule.who} & set(allowed))
    if open_to:
        return failed("a rule of doas lets someone run anything as root without a password", who=open_to)
    return passed(rules=len(doas.rules))


@check(
    "17.04(2)(a)",
    severity=LOW,
    passes=[PolkitRules(), PolkitRules(("/etc/polkit-1/rules.d/50-admins.rules",))],
    fails=[
        given(
            PolkitRules(("/etc/polkit-1/rules.d/50-a.rules",), ("/etc/polkit-1/rules.d/50-a.rules",)),
            known=("/etc/polkit-1/rules.d/50-b.rules",),
        )
    ],
)
def polkit_rules_that_ask_no_password_are_known(rules: PolkitRules, *, known: tuple[str, ...] = ()) -> Verdict:
    """No rule of polkit on this host lets somebody act for the system without a password, but those that are known.

    Why: what polkit allows (to start services, mount disks, install software) is done as root, beside sudo's rules.
    Fix: read the files that are named; take them away, or name those that are meant so under `known`.
    Settings:
        known: paths of files with such rules that somebody has looked at. While it names none, files are told and the
            verdict is unknown: to whom a rule says yes is written in a programming language, which is not judged here.
    """
    if unexpected := [path for path in rules.open if path not in known]:
        if known:
            return failed("rules of polkit ask for no password and are not among the known ones", files=unexpected)
        return unknown("rules of polkit let somebody act without a password: look whom, and for what", files=unexpected)
    return passed(files=rules.files)
