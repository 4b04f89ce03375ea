"""What a check says of the facts it was given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Status(StrEnum):
    """The five things that can be said of an item. Could-not-see is its own, never a pass and never a fail."""

    PASS = "pass"  # noqa: S105 - a status
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


class Severity(IntEnum):
    """How much a failure endangers personal information."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """Its name in reports and metrics."""
        return self.name.lower()


LOW, MEDIUM, HIGH, CRITICAL = Severity


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status, why, and what was observed."""

    status: Status
    reason: str = ""
    observed: Mapping[str, str] = field(default_factory=dict)


def _told(observed: Mapping[str, object]) -> dict[str, str]:
    return {name: _as_text(value) for name, value in observed.items()}


def _as_text(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() | tuple() | set() | frozenset():
            return ", ".join(sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value))
        case _:
            return str(value)


def passed(reason: str = "", /, **observed: object) -> Verdict:
    """The assertion in the check's name is true, and this was observed."""
    return Verdict(Status.PASS, reason, _told(observed))


def failed(reason: str, /, **observed: object) -> Verdict:
    """The assertion is false: why, in one sentence, and what was observed."""
    return Verdict(Status.FAIL, reason, _told(observed))


def not_applicable(reason: str, /, **observed: object) -> Verdict:
    """There is nothing here that the assertion is about."""
    return Verdict(Status.NOT_APPLICABLE, reason, _told(observed))


def unknown(reason: str, /, **observed: object) -> Verdict:
    """The facts are whole but do not tell: e.g. a required module that this version does not know."""
    return Verdict(Status.UNKNOWN, reason, _told(observed))


def unless_blind(blind: str, verdict: Verdict) -> Verdict:
    """The verdict; or ``unknown`` with the reason, where not all could be seen that it would have to rest on."""
    return Verdict(Status.UNKNOWN, blind, verdict.observed) if blind else verdict
