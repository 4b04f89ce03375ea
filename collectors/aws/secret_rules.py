"""How a secret looks in a text: the table of the host's rules, and what only the texts of AWS have.

The rules are the host's own (``collectors/host/secret_rules.toml``), there an awk program that runs on the target, here the same
in Python.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from collectors.host.secret_rules import table

_MOST_TRIES = 300
"""How many beginnings of a secret that then is none are looked at in one line."""
_VALUE = "[^ \t\"';|&<>]+"

_ALSO: Sequence[Mapping[str, Any]] = (
    {
        "id": "secure-string-from-text",
        "before": "[Cc]onvert[Tt]o-[Ss]ecure[Ss]tring +(-[Ss]tring +)?['\"]",
        "value": "[^'\"$][^'\"]*",
    },
    {
        "id": "windows-account-password",
        "before": "net1?([.]exe)? +user +[^ /*]+ +['\"]?",
        "value": "[^ \t\"'/*][^ \t\"']*",
    },
    {
        "id": "variable-in-a-script",
        "before": "^ [ \t]*[$][A-Za-z_]*([Pp]ass(word|wd|phrase)|[Pp]wd|[Ss]ecret|[Tt]oken|[Aa]pi_?[Kk]ey) *= *['\"]",
        "value": "[^'\"]+",
    },
    {
        "id": "slack-webhook",
        "before": "hooks[.]slack[.]com/services/T[A-Z0-9]+/B[A-Z0-9]+/",
        "value": "[A-Za-z0-9]+",
        "least": 20,
        "word": True,
    },
    {
        "id": "connection-string",
        "before": "[; \"'](Pwd|PWD|pwd|AccountKey|SharedAccessKey|SharedAccessSignature)=",
        "value": "[^; \"']+",
    },
)
"""In the table's form: what is written in user data of Windows and in variables of applications."""

_STANDS_IN = re.compile(
    r"$|[\[{(#]$|<[A-Za-z]|[$][{(]|[$][A-Z_][A-Z0-9_]*$|[{]{2}|%[({]|([*]+|[xX]+|z+|[.]+|[-_]+)$"
    r"|(?i:(null|none|nil|undefined|redacted|\[redacted.*|true|false)$|your[-_a-z]*(pass|password|secret|token|key))"
)
"""A variable, a gap in a template, asterisks: what stands in the place of a secret."""
_REFERENCE = re.compile(
    r"arn:|\{\{|[a-z][a-z0-9+.-]*://|(ssm|secretsmanager|vault|env|file|op|awssm|alias|projects)[:/]|ENC[\[(]|AQ[IE]CAH"
)
"""Where a secret is kept instead; or one that KMS (``AQICAH``) or another has encrypted."""
_HASH = re.compile(r"[$][0-9a-z]+[$]")
_ELSEWHERE = re.compile(
    r"[$`\\]|%[A-Za-z]($|/)|[0-9]$|(~|[.][.]?)?/[A-Za-z0-9_.-]+(/|$)|(file|env|fd):|[a-z_]+([.][a-z_]+)*[\[(]$|.*[(]$"
    r"|(?i:(yes|no|on|off|prompt|ask|auto|required|optional|sufficient|requisite)$)"
)
"""In a text of a shell: a path, a variable or a word that says where the secret comes from."""
_EXAMPLE = re.compile(r".*EXAMPLE|[xX]+$|[*.]+$")
_TAIL = ",;})\r"


def real(value: str) -> bool:
    """Whether this is a secret, and not what stands in for one. ``changeme`` is a secret."""
    value = value.rstrip(_TAIL)
    if _STANDS_IN.match(value) or _REFERENCE.match(value):
        return False
    return bool(_HASH.match(value)) or not _ELSEWHERE.match(value)


def _token(value: str) -> bool:
    return not _EXAMPLE.match(value)


class TooMuchError(ValueError):
    """A line has more in it to look at than is looked at."""


@dataclass(frozen=True, slots=True)
class _Rule:
    id: str
    group: re.Pattern[str] | None
    hint: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    program: re.Pattern[str] | None
    before: re.Pattern[str]
    value: re.Pattern[str]
    after: re.Pattern[str] | None
    least: int
    secret: Callable[[str], bool]

    def fits(self, line: str) -> bool:
        """Whether the line, with a blank before it, holds such a secret."""
        if self.hint and not self.hint.search(line):
            return False
        if self.unless and self.unless.search(line):
            return False
        if self.program is None:
            return self._within(line)
        return any(
            self._within(" " + re.split("[|;&]", line[found.end() :], maxsplit=1)[0])
            for found in self.program.finditer(line)
        )

    def _within(self, text: str) -> bool:
        for tries, found in enumerate(self.before.finditer(text)):
            if tries >= _MOST_TRIES:
                raise TooMuchError
            value = self.value.match(text, found.end())
            if value is None or len(value.group()) < self.least:
                continue
            if (self.after is None or self.after.match(text, value.end())) and self.secret(value.group()):
                return True
        return False


@cache
def _rules() -> tuple[re.Pattern[str], tuple[_Rule, ...], tuple[_Rule, ...]]:
    """What any line with a secret of the table has, the rules of the table, and our own."""
    groups = {name: re.compile(hint) for name, hint in table()["groups"].items()}
    ordered = sorted(table()["text"], key=lambda rule: list(groups).index(rule["group"]))
    ours = tuple(_rule(rule, None) for rule in _ALSO)
    return re.compile(table()["any"]), tuple(_rule(rule, groups[rule["group"]]) for rule in ordered), ours


def _rule(rule: Mapping[str, Any], group: re.Pattern[str] | None) -> _Rule:
    def compiled(name: str) -> re.Pattern[str] | None:
        return re.compile(rule[name]) if name in rule else None

    return _Rule(
        id=rule["id"],
        group=group,
        hint=compiled("hint"),
        unless=compiled("unless"),
        program=compiled("program"),
        before=re.compile(rule.get("before") or rule["hint"]),
        value=re.compile(rule.get("value", _VALUE)),
        after=compiled("after"),
        least=rule.get("least", 1),
        secret=_token if rule.get("word") else real,
    )


def kinds() -> frozenset[str]:
    """Every id that ``rule_of`` may give."""
    return frozenset(rule["id"] for rule in (*table()["text"], *_ALSO))


def rule_of(line: str) -> str:
    """The id of the first rule that fits a line; empty where none does. ``TooMuchError`` where that cannot be told."""
    line = f" {line}"
    anything, rules, ours = _rules()
    if anything.search(line):
        for rule in rules:
            assert rule.group is not None  # noqa: S101 - every rule of the table has one
            if rule.group.search(line) and rule.fits(line):
                return rule.id
    return next((rule.id for rule in ours if rule.fits(line)), "")
