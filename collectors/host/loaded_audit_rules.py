"""The audit rules that the kernel holds now, and whether they are those of the files."""

import re
import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.audit import AuditRule, canonical, rule_of
from collectors.sources import Command

# Of the state only the first two words are kept, "enabled" and a number: the others count messages and change all the time.
# The kernel refuses to watch what lies in no folder, and a directory that is not there: no fault of whoever loads the rules.
_SCRIPT = r"""
state=$(auditctl -s) || exit 1
set -f
set -- $state
echo "$1 $2"
auditctl -l || exit 1
set +f
for file in /etc/audit/rules.d/*.rules /etc/audit/audit.rules; do
  if [ ! -f "$file" ]; then continue; fi
  while read -r line || [ -n "$line" ]; do
    case $line in -[wa]*) ;; *) continue ;; esac
    set -f
    for word in $line; do
      case $word in
        dir=/*) path=${word#dir=}; if [ ! -d "$path" ]; then echo "gone $path"; fi ;;
        path=/* | /*) path=${word#path=} bare=${word%/}; bare=${bare#path=}
          if [ ! -e "$path" ] && [ ! -d "${bare%/*}/" ]; then echo "gone $path"; fi ;;
      esac
    done
    set +f
  done <"$file"
done
"""
_CONDITION = re.compile(r"(\w+)(!=|>=|<=|&=|=|>|<|&)(.*)")
_PERMISSION_FIRST = re.compile(r" ?-p (\w+)-w (\S+)(.*)")
_UNSET = "4294967295"


@dataclass(frozen=True)
class LoadedAuditRules(Fact):
    """What the kernel records now."""

    rules: tuple[AuditRule, ...] = ()
    enabled: bool = True
    gone: frozenset[str] = frozenset()
    """Places that rules of the files name and that cannot be watched, since they are not there."""

    def has(self, stored: AuditRule) -> bool:
        """Whether a rule of a file is in force, under whatever key."""
        return any(same(stored, one) for one in self.rules)


@collector(
    Command(shlex.join(["sh", "-c", _SCRIPT]), name="loaded audit rules", needs="auditctl", live=True),
)
def loaded_audit_rules(said: str) -> LoadedAuditRules:
    """``enabled`` and 0, 1 or 2; then what ``auditctl -l`` lists in auditctl's own language, or ``No rules``; last lines
    ``gone PATH``. Its version 3.0.9 writes the permission before the path, without a blank between, where a rule was given in
    that order.
    """
    first, *lines = said.splitlines()
    enabled = re.fullmatch(r"enabled ([012])", first)
    if not enabled:
        raise ValueError("not the state of the kernel's audit system")
    gone = [line.removeprefix("gone ") for line in lines if line.startswith("gone ")]
    listed = [line for line in lines if line != "No rules" and not line.startswith("gone ")]
    if not listed and "No rules" not in lines:
        raise ValueError("neither rules nor that there are none")
    turned = [_PERMISSION_FIRST.sub(r"-w \2 -p \1\3", line) for line in listed]
    return LoadedAuditRules(
        tuple(rule_of(line.split()) for line in turned),
        enabled.group(1) != "0",
        frozenset(canonical(path) for path in gone),
    )


def same(one: AuditRule, other: AuditRule) -> bool:
    """Whether two rules are one to the kernel. Names and numbers that stand for each other (``euid=root``, ``exit=-EPERM``,
    a system call) are taken to be the same, since only the target could tell.
    """
    if (one.action, one.place, one.path, set(one.permissions)) != (
        other.action,
        other.place,
        other.path,
        set(other.permissions),
    ):
        return False
    calls, others = set(one.syscalls) - {"all"}, set(other.syscalls) - {"all"}
    numbered = any(call.isdigit() for call in calls | others)
    if len(calls) != len(others) if numbered else calls != others:
        return False
    left = [_condition(condition) for condition in other.conditions]
    for condition in map(_condition, one.conditions):
        met = next((found for found in left if _alike(condition, found)), None)
        if met is None:
            return False
        left.remove(met)
    return not left


def _condition(text: str) -> tuple[str, str, str]:
    found = _CONDITION.fullmatch(text)
    if not found:
        raise ValueError("not a condition of auditctl's language")
    name, operator, value = found.groups()
    if value in {"unset", "-1"}:
        value = _UNSET
    if name == "arch":
        value = {"x86_64": "b64", "aarch64": "b64", "i386": "b32", "i686": "b32"}.get(value, value)
    elif value.isidentifier() and value < name:  # -C compares two fields, in either order
        name, value = value, name
    return name, operator, _number(value)


def _number(value: str) -> str:
    """A number as strtol(3) understands it, in decimal; anything else as it is."""
    found = re.fullmatch(r"(-?)(?:0[xX]([0-9a-fA-F]+)|0([0-7]+)|(\d+))", value)
    if not found:
        return value
    sign, hexadecimal, octal, decimal = found.groups()
    return sign + str(int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal))


def _alike(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    if one[:2] != other[:2] or one[2] == other[2]:
        return one == other
    numbers = [re.fullmatch(r"-?\d+", value) is not None for value in (one[2], other[2])]
    return numbers[0] is not numbers[1]
