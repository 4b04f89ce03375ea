"""What a table for people says of many findings, gathered in one pass and in little memory. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.evaluate import Finding
from agent.printable import printable
from agent.reports.forms import Shown
from agent.results import Result
from agent.waivers import Waiver
from checks.check import Check
from checks.verdict import Status

_SUBJECTS_SHOWN = 6
_CHECKS_SHOWN = 300


@dataclass
class Subjects:
    """What has one reason in common: the first few by asset and subject, and how many there are."""

    first: list[tuple[str, str]] = field(default_factory=list)
    total: int = 0

    def take_in(self, asset: str, subject: str) -> None:
        """One more."""
        self.total += 1
        if len(self.first) < _SUBJECTS_SHOWN:
            self.first.append((asset, subject))

    def names(self, *, with_assets: bool = True) -> str:
        """E.g. ``a, b and 5 more``; empty where what is found is about an asset as a whole, which need not be named."""
        named = [_named(asset, subject) if with_assets else subject for asset, subject in self.first]
        named = [name for name in named if name]
        more = f" and {self.total - len(named)} more" if named and self.total > len(named) else ""
        return f"{', '.join(named)}{more}"


@dataclass
class Failed:
    """A check that failed."""

    check: Check
    reasons: dict[str, Subjects] = field(default_factory=dict)
    asset: str = ""
    several: bool = False
    """Whether it failed on more than one asset, which then are named."""

    def take_in(self, finding: Finding, reason: str) -> None:
        """One more of its findings."""
        self.several = self.several or bool(self.asset and self.asset != finding.asset)
        self.asset = self.asset or finding.asset
        self.reasons.setdefault(reason, Subjects()).take_in(printable(finding.asset), printable(finding.subject))

    def told(self) -> Iterator[str]:
        """The reasons, a line each; the subjects of one reason together."""
        for reason, subjects in self.reasons.items():
            names = subjects.names(with_assets=self.several)
            yield f"{names}: {reason}" if names else reason


def _named(asset: str, subject: str) -> str:
    return f"{asset}: {subject}" if subject else asset


@dataclass
class Checks:
    """The checks that one reason has blinded, in the order in which they were met."""

    ids: dict[str, None] = field(default_factory=dict)
    total: int = 0

    def take_in(self, check: str) -> None:
        """One more finding."""
        self.total += 1
        if len(self.ids) < _CHECKS_SHOWN:
            self.ids[check] = None


@dataclass
class Gathered:
    """Everything that is printed of all assets."""

    shown: Shown
    assets: int = 0
    controls: Counter[Status] = field(default_factory=Counter)
    findings: Counter[Status] = field(default_factory=Counter)
    over_assets: dict[tuple[str, str], Counter[Status]] = field(default_factory=dict)
    """Control and half of it: how many assets have which status."""
    failed: dict[str, Failed] = field(default_factory=dict)
    """By id of a check."""
    waived: dict[tuple[str, str, Waiver], Subjects] = field(default_factory=dict)
    """By check, reason and waiver."""
    unseen: dict[str, Checks] = field(default_factory=dict)
    """By reason."""
    listed: dict[Status, list[str]] = field(default_factory=lambda: {Status.PASS: [], Status.NOT_APPLICABLE: []})
    """Lines that are printed only where they were asked for."""

    def take_in(self, result: Result) -> None:
        """Count an asset, and keep what will be printed of it."""
        self.assets += 1
        for held in result.controls:
            self.controls[held.status] += 1
            self.over_assets.setdefault((held.control, held.facet), Counter())[held.status] += 1
        for finding in result.findings:
            self.findings[finding.status] += 1
            if finding in self.shown:
                self._take_in(finding)

    def _take_in(self, finding: Finding) -> None:
        reason = printable(finding.verdict.reason, 500)
        asset, subject = printable(finding.asset), printable(finding.subject)
        match finding.status:
            case Status.FAIL:
                self.failed.setdefault(finding.check.id, Failed(finding.check)).take_in(finding, reason)
            case Status.WAIVED if finding.waiver is not None:
                self.waived.setdefault((finding.check.id, reason, finding.waiver), Subjects()).take_in(asset, subject)
            case Status.UNKNOWN:
                self.unseen.setdefault(finding.verdict.reason, Checks()).take_in(finding.check.id)
            case Status.PASS | Status.NOT_APPLICABLE if finding.status in self.shown.statuses:
                told = f" ({reason})" if reason else ""
                self.listed[finding.status].append(f"{finding.check.id} on {_named(asset, subject)}{told}")
