"""Published states for tests, made of real checks and of verdicts that a test chooses."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from agent import plan as planning
from agent.config import Config
from agent.evaluate import Evidence, Facts, Finding
from agent.gather import Scanned
from agent.plan import Plan
from agent.state.assets import State, note, state_of
from agent.state.history import History
from checks.verdict import Verdict
from collectors.collector import Fact, Outcome
from tests.hosts import catalogue

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SSH = "sshd-refuses-empty-passwords"
HOSTILE = '\x1b]0;owned\x07\x9b31m"\\\n{<script>alert(1)</script>}\u202e\udc80\x00'


def plan(**config: Any) -> Plan:
    """The plan of a configuration."""
    return planning.plan(Config(**config), catalogue())


def scanned(
    made: Plan,
    verdicts: Mapping[str, Verdict | Mapping[str, Verdict]],
    *,
    asset: str = "web",
    kind: str = "server",
    facts: Sequence[Fact] = (),
    age: float = 0.0,
) -> Scanned:
    """A scan that ended ``age`` seconds before ``NOW`` with a verdict by check, or by check and subject."""
    at = NOW - timedelta(seconds=age)
    outcomes: dict[type[Fact], Outcome] = {type(fact): fact for fact in facts}
    findings = []
    for check in made.checks:
        if check.id in verdicts:
            held = verdicts[check.id]
            evidence = (Evidence("file:/etc/x", "00", at, "text"),)
            for subject, verdict in ({"": held} if isinstance(held, Verdict) else held).items():
                findings.append(Finding(check, asset, kind, subject, verdict, evidence))
    assert {finding.check.id for finding in findings} == set(verdicts)
    return Scanned(asset, kind, at, 1.25, Facts(outcomes), tuple(findings))


def state(made: Plan, *done: Scanned, interval: float = 3600.0, history: History | None = None, **more: Any) -> State:
    """What is published of these scans at ``NOW``; the history takes it in."""
    held = history or History()
    intervals = {one.asset: interval for one in done}
    published = state_of(made, done, intervals, held, now=NOW.timestamp(), **more)
    note(published, published.at)
    return published
