"""What a PAM stack does: walked as the library walks it, with every module's answer given.

So "is the module in the active stack and does it decide" is answered by asking what happens when it refuses, with jumps,
substacks and ``sufficient`` taken as libpam takes them (``_pam_dispatch_aux`` in libpam/pam_dispatch.c).

The walk is that of a local, ordinary account that types a password. A module whose answer cannot be known from here and
on which the way through the stack depends is tried with both answers: each combination is a *world*.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from collectors.host.pam import Rule, Stack

Answer = Callable[[Rule], str]
"""What a module returns, by libpam's name for it: ``success``, ``auth_err``, ``ignore``, ``perm_denied`` ..."""

_MOST_UNDECIDED = 8
_ORDINARY_UID = 1000
# What these answer for a local account without privilege.
_ANSWERS = {
    "pam_deny": "auth_err",
    "pam_rootok": "auth_err",
    "pam_sss": "user_unknown",
    "pam_ldap": "user_unknown",
    "pam_krb5": "user_unknown",
    "pam_winbind": "user_unknown",
    "pam_systemd_home": "user_unknown",
    "pam_cockpit_cert": "user_unknown",
    "pam_selinux_permit": "ignore",
    "pam_sepermit": "ignore",
}
# Ways in beside the password: not taken where they may stand for it, passed where they are asked for on top of it.
_BESIDE = frozenset(
    {
        "pam_fprintd",
        "pam_u2f",
        "pam_yubico",
        "pam_pkcs11",
        "pam_ssh_agent_auth",
        "pam_wheel",
        "pam_google_authenticator",
    }
)
_PLAIN = frozenset({"pam_unix", "pam_permit", "pam_localuser", "pam_env", "pam_faillock", "pam_tally2", "pam_tally"})


@dataclass(frozen=True)
class Walk:
    """One way through a stack."""

    visited: Stack
    """Modules that were asked, in order."""
    granted: bool


@dataclass
class _Standing:
    """How a stack stands on its way: libpam's impression (1 for it, -1 against it, 0 undecided) and status."""

    impression: int = 0
    status: str = "perm_denied"

    def allow(self, returned: str) -> None:
        """A module that counts has answered."""
        if self.impression == 0 or (self.impression > 0 and self.status == "success"):
            self.impression, self.status = 1, returned

    def deny(self, returned: str) -> None:
        """A module that counts is against it; the first such answer stays."""
        if self.impression >= 0:
            self.impression = -1
            self.status = "perm_denied" if returned == "ignore" else returned


def walk(stack: Stack, answer: Answer) -> Walk:
    """Walk a stack with these answers. A stack without rules denies."""
    visited: list[Rule] = []
    standing = _Standing()
    entered = {0: replace(standing)}
    level = index = 0
    while index < len(stack):
        rule = stack[index]
        if level < rule.level:
            entered[rule.level] = replace(standing)
        level = rule.level
        if not rule.substack:
            if rule.module and rule.installed:
                visited.append(rule)
            index = _step(stack, index, _returned(rule, answer), standing, entered[level])
        index += 1
    return Walk(tuple(visited), standing.impression > 0 and standing.status == "success")


def _step(stack: Stack, index: int, returned: str, standing: _Standing, entered: _Standing) -> int:
    """Do what the rule says of this return value; returns the index of the last rule that is done with."""
    action = stack[index].action(returned)
    match action:
        case "ok" | "done":
            standing.allow(returned)
            if action == "done" and standing.impression > 0:
                return _end_of_level(stack, index)
        case "bad" | "die":
            standing.deny(returned)
            if action == "die":
                return _end_of_level(stack, index)
        case "reset":
            standing.impression, standing.status = entered.impression, entered.status
        case "ignore":
            pass
        case _:
            index, left = _jump(stack, index, int(action))
            if left or action == "0":
                standing.impression, standing.status = -1, "perm_denied"
    return index


def _returned(rule: Rule, answer: Answer) -> str:
    if not rule.module:
        return "perm_denied"
    return answer(rule) if rule.installed else "module_unknown"


def _end_of_level(stack: Stack, index: int) -> int:
    level = stack[index].level
    while index + 1 < len(stack) and stack[index + 1].level >= level:
        index += 1
    return index


def _jump(stack: Stack, index: int, count: int) -> tuple[int, int]:
    """Where a jump over ``count`` rules ends (a substack is one), and how many were not there to be jumped over."""
    level = stack[index].level
    while count and index + 1 < len(stack) and stack[index + 1].level >= level:
        index += 1
        while index + 1 < len(stack) and stack[index + 1].level > level:
            index += 1
        count -= 1
    return index, count


def worlds(stack: Stack) -> Iterator[Answer]:
    """Every combination of answers of the modules that decide the way and whose answer cannot be known.

    ``ValueError`` where there are too many of them to try.
    """
    undecided = [rule for rule in dict.fromkeys(stack) if _is_undecided(rule)]
    if len(undecided) > _MOST_UNDECIDED:
        raise ValueError("too many PAM modules decide the way through a stack")
    for answers in itertools.product(("success", "auth_err"), repeat=len(undecided)):
        chosen = dict(zip(undecided, answers, strict=True))

        def answer(rule: Rule, chosen: dict[Rule, str] = chosen) -> str:
            return chosen.get(rule) or _known(rule) or "success"

        yield answer


def undecided_modules(stack: Stack) -> tuple[str, ...]:
    """The modules on whose answer the way through a stack depends and that cannot be known from here."""
    return tuple(dict.fromkeys(rule.module for rule in stack if _is_undecided(rule)))


def _is_undecided(rule: Rule) -> bool:
    if not rule.module or not rule.installed or rule.module in _PLAIN or _known(rule):
        return False
    return _chooses(rule)


def _chooses(rule: Rule) -> bool:
    """Whether the way goes on differently by its answer: not where it can only deny, or has no say at all."""
    yes, no = rule.action("success"), rule.action("auth_err")
    return not (yes in ("ok", "ignore") and no in ("bad", "die", "ignore"))


def _known(rule: Rule) -> str:
    """What a module answers for a local, ordinary account; empty where that cannot be known."""
    if rule.module in _ANSWERS:
        return _ANSWERS[rule.module]
    if rule.module in _BESIDE:
        return "auth_err" if _chooses(rule) else "success"
    if rule.module == "pam_usertype":
        return "success" if "isregular" in rule.arguments else "auth_err"
    if rule.module == "pam_succeed_if":
        return _succeed_if(" ".join(rule.arguments))
    return ""


def _succeed_if(arguments: str) -> str:
    """Only a single comparison of the uid, or with root, is understood."""
    conditions = re.sub(r"\b(?:quiet|quiet_success|quiet_fail|use_uid|debug|audit)\b", "", arguments).split()
    match conditions:
        case ["uid", operator, number] if number.isdigit():
            compared = {
                "<": int(number) > _ORDINARY_UID,
                "lt": int(number) > _ORDINARY_UID,
                ">=": int(number) <= _ORDINARY_UID,
                "ge": int(number) <= _ORDINARY_UID,
                ">": int(number) < _ORDINARY_UID,
                "gt": int(number) < _ORDINARY_UID,
                "<=": int(number) >= _ORDINARY_UID,
                "le": int(number) >= _ORDINARY_UID,
                "eq": int(number) == _ORDINARY_UID,
                "ne": int(number) != _ORDINARY_UID,
            }.get(operator)
            return "" if compared is None else ("success" if compared else "auth_err")
        case ["user", "!=", "root"]:
            return "success"
        case ["user", "=", "root"]:
            return "auth_err"
        case _:
            return ""
