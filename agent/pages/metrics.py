"""The last finished state as Prometheus metrics, in the text format.

Names and labels are a contract: they are in the table of metrics in the documentation, and what is gone leaves no series
behind. Control series are dense (every status, 0 or 1). Check series carry the status that holds as 1, and an explicit 0 for
each other status that the check held in the last seven days, without which ``last_over_time`` finds fail *and* pass after a
change. There are no sample timestamps: times are ``*_timestamp_seconds`` gauges.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent import __version__
from agent.exposition import families
from agent.exposition.scan_series import after
from agent.exposition.text import LONGEST, Family, plain
from agent.gather import Scanned
from agent.pages.asset_series import RAISED, SCAN, Series, of_asset, of_errors
from agent.pages.page import Page
from agent.printable import printable
from agent.state.assets import Asset, State
from agent.state.history import ErrorKey
from checks import catalog

__all__ = ["CONTENT_TYPE", "REASONS", "SCAN", "Metrics", "reason_of", "render"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # On the way to a host. They come first: some of them quote what a server said.
    (
        "host_key",
        re.compile(
            r": its host (key|certificate) |: shows (another|a) host (key|certificate) |there is no such file of known hosts"
        ),
    ),
    (
        "authentication",
        re.compile(
            r": denies \S+ the login|: takes .{1,200}, and asks \S+ for a second factor|"
            r": is no private key that is understood|"
            r": has a passphrase; name|the environment variable \w+ is not set|: its first line is empty|"
            r": is not understood as a certificate of that key|: .{1,200} does not sign \("
        ),
    ),
    (
        "unreachable",
        re.compile(
            r": not reached|: no SSH connection: |: the SSH connection was not made|: its address is not found|"
            r": no answer to the login within|: the connection was closed during the login|^the SSH connection failed"
        ),
    ),
    (
        "permission_denied",
        re.compile(
            r"permission denied|not permitted|needs root|must be root|only root|needs [a-z0-9-]+:\w|^sudo on the target",
            re.IGNORECASE,
        ),
    ),
    ("credentials", re.compile(r"credentials|could not be assumed", re.IGNORECASE)),
    ("throttled", re.compile(r"^throttled", re.IGNORECASE)),
    ("timeout", re.compile(r"no answer within|timed out|timeout", re.IGNORECASE)),
    ("not_understood", re.compile(r"^not understood", re.IGNORECASE)),
    ("too_large", re.compile(r"longer than|more than \d+|too many|too long", re.IGNORECASE)),
    ("not_configured", re.compile(r"is configured: add|no \w+ register", re.IGNORECASE)),
    ("not_running", re.compile(r"does not run|not been booted with systemd|connect to bus", re.IGNORECASE)),
    ("not_answered", re.compile(r"before the answer|connection|no such file", re.IGNORECASE)),
)
"""Why a collector saw nothing, as the label ``reason`` has it: a bounded set, the first that fits, or ``other``."""


def reason_of(told: str) -> str:
    """Which of the bounded set of reasons a sentence is."""
    return next((name for name, pattern in REASONS if pattern.search(told)), "other")


def errors_of(one: Scanned) -> list[ErrorKey]:
    """What to count of a scan that has just ended."""
    unseen = [(one.asset, each.name, reason_of(each.reason)) for each in one.collectors if not each.seen]
    return unseen + [(one.asset, SCAN, "check_raised") for finding in one.findings if finding.raised]


def render(state: State) -> bytes:
    """The whole page of metrics, made from nothing."""
    return bytes(Metrics().page(state))


@dataclass(frozen=True, slots=True)
class _Made:
    """The series of an asset, and what they were made of."""

    asset: Asset
    errors: int
    series: Series
    until: float
    """Until when they say the same, in seconds since the epoch."""


class Metrics:
    """Makes pages, of which each takes over from the one before what has not changed."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}
        self._errors: dict[str, Series] = {}
        self._page: Page | None = None

    def page(self, state: State) -> Page:
        """The page of a state, whose history has taken in what holds now."""
        self._made = {asset.name: self._of(asset, state) for asset in state.assets}
        own = {family: "".join(lines) for family, lines in _own(state)}
        series = [made.series for made in self._made.values()]
        self._page = Page(own, series, self._all_errors(state), self._page)
        return self._page

    def _of(self, asset: Asset, state: State) -> _Made:
        made = self._made.get(asset.name)
        history = state.history
        errors = history.errors.get(asset.name, {}).get(RAISED, 0)
        if made is not None and made.errors == errors and state.at <= made.until and asset.shows_what(made.asset):
            return made if made.asset is asset else replace(made, asset=asset)
        series = of_asset(asset, history, state.plan.frameworks, state.at)
        return _Made(asset, errors, series, history.sticky_until(asset.name, state.at))

    def _all_errors(self, state: State) -> list[Series]:
        """By name, also of what is no asset any more."""
        before, self._errors = self._errors, {}
        for name, errors in sorted(state.history.errors.items()):
            part = of_errors(errors)
            if part:
                old = before.get(name)
                self._errors[name] = old if old is not None and old.parts == (part,) else Series(plain(name), (part,))
        return list(self._errors.values())


def _own(state: State) -> Iterator[tuple[Family, list[str]]]:
    """What is not an asset's own."""
    controls = catalog.leaves(state.plan.frameworks)
    yield families.CONTROL_INFO, [families.CONTROL_INFO.line((one.id, one.title), 1) for one in controls]
    yield families.CHECK_INFO, [families.CHECK_INFO.line((one.id, one.title), 1) for one in state.plan.checks]
    ends: dict[tuple[str, str, str], float] = {}
    for waiver in state.plan.waivers:
        key = (waiver.asset, waiver.check, waiver.control)
        ends[key] = min(ends.get(key, after(waiver.until)), after(waiver.until))
    yield families.WAIVER_EXPIRY, [families.WAIVER_EXPIRY.line(key, end) for key, end in ends.items()]
    yield families.AWS_FAILING, [families.AWS_FAILING.line(labels, 1) for labels in sorted(_failing(state))]
    yield families.BUILD_INFO, [families.BUILD_INFO.line((__version__, catalog.VERSION), 1)]
    if state.reload_succeeded is not None:
        yield families.RELOADED, [families.RELOADED.line((), state.reload_succeeded)]


def _failing(state: State) -> set[tuple[str, str, str, str]]:
    """At most so many failing resources as are shown, the most severe first: asset, region, check and resource."""
    found = sorted(
        (severity, asset.name, check, subject, region)
        for asset in state.assets
        if not asset.stale
        for severity, check, subject, region in asset.standing.failing
    )
    shown = found[: state.plan.failing_resources]
    return {(name, region, check, printable(subject, LONGEST)) for _, name, check, subject, region in shown}
