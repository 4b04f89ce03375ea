"""What is kept from one publish to the next says what a rendering from nothing says, whatever happened in between."""

import copy
import gzip
import random
import subprocess
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from agent import plan as planning
from agent.config import CheckSettings, Config
from agent.exposition import text as exposition
from agent.gather import ORGANIZATION, Scanned
from agent.pages import status_page
from agent.pages.crc import combined
from agent.pages.metrics import SCAN, Metrics, render
from agent.pages.page import TOGETHER, Followed, Words
from agent.plan import Plan
from agent.results import results_of
from agent.scanning.worker import judged
from agent.state.assets import Assets, State, note, state_of
from agent.state.history import STICKY, History
from agent.waivers import Waiver
from agent.web import site
from agent.web.connection import Request
from checks.verdict import Status
from collectors.host.host_keys import HostFingerprints
from tests.hosts import catalogue, need
from tests.recordings import organization
from tests.varied_hosts import host, hosts, name_of

JUDGED = 8
BEGUN = datetime(2026, 11, 22, 5, tzinfo=UTC)
HOUR = 3600.0
SHARED = "no-other-scanned-host-has-this-hosts-keys"
EMPTY = "sshd-refuses-empty-passwords"
WAIVERS = (
    Waiver(BEGUN.date() + timedelta(days=2), "o", "r", "c", control="17.04(1)(b)", asset="*1.example.net"),
    Waiver(BEGUN.date() - timedelta(days=1), "o", "r", "c", check=EMPTY),
    Waiver(BEGUN.date() + timedelta(days=5), "o", "r", "c", check=SHARED),
    Waiver(BEGUN.date() + timedelta(days=5), "o", "r", "c", check=EMPTY, asset="nobody"),
)


@cache
def plans() -> tuple[Plan, ...]:
    """Configurations that differ in waivers, checks and frameworks."""
    configs = (
        Config(),
        Config(waivers=WAIVERS),
        Config(waivers=WAIVERS[:1], checks={EMPTY: CheckSettings(enabled=False), SHARED: CheckSettings(enabled=False)}),
    )
    return tuple(replace(planning.plan(one, catalogue()), interval=timedelta(hours=1)) for one in configs)


@cache
def scan(number: int, generation: int, plan: int, *, clone: bool = False) -> Scanned:
    """A host judged; of those from the eighth on one of the first under another name, with keys of its own. A clone has the
    keys of another.
    """
    made = plans()[plan]
    if number < JUDGED:
        shared = replace(judged(made, host(number, generation), None), facts=organization())
        one = judged(made, host(number, generation), shared, timedelta(hours=1))
    else:
        one = scan(number % JUDGED, generation, plan)
    keys = (
        HostFingerprints(("ssh-ed25519 SHA256:same",)) if clone else HostFingerprints((f"ssh-ed25519 SHA256:{number}",))
    )
    facts = one.facts.beside({HostFingerprints: keys}) if clone or number >= JUDGED else one.facts
    name = name_of(number)
    return replace(one, asset=name, facts=facts, findings=tuple(replace(each, asset=name) for each in one.findings))


class Daemon:
    """A board without a clock and a disk: the same calls, and beside them what a rendering from nothing needs."""

    def __init__(self) -> None:
        self.assets, self.metrics, self.history = Assets(), Metrics(), History()
        self.scans: dict[str, Scanned] = {}
        self.plan = 0
        self.now = BEGUN.timestamp()

    @property
    def intervals(self) -> dict[str, float]:
        """Every seventh host is scanned less often."""
        return {name: 3 * HOUR if at % 7 == 3 else HOUR for at, name in enumerate(sorted(self.scans))}

    def scanned(self, number: int, generation: int, *, seen: bool = True, clone: bool = False) -> None:
        """A scan has ended now."""
        at = datetime.fromtimestamp(self.now, UTC)
        one = replace(scan(number, generation, self.plan, clone=clone), taken_at=at)
        self.scans[one.asset] = one
        self.assets.put(plans()[self.plan], one, at.date())
        self.history.attempted(one.asset, self.now, succeeded=seen)
        self.history.count((one.asset, each.name, "timeout") for each in one.collectors if not each.seen)
        if not seen:
            self.history.count([(one.asset, SCAN, "raised")])

    def gone(self, number: int) -> None:
        """A host is no longer in the inventory."""
        self.scans.pop(name_of(number), None)
        self.assets.keep_only(frozenset(self.scans))
        self.history.keep_only(frozenset(self.scans))

    def publish(self) -> tuple[State, bytes]:
        """As the board does, and hold it against what is made from nothing. What a configuration has no check for is
        forgotten, also where the next one has it again: then it is scanned anew.
        """
        made = plans()[self.plan]
        for name, one in self.scans.items():
            left = tuple(found for found in one.findings if found.check.id in made.check_ids)
            self.scans[name] = one if len(left) == len(one.findings) else replace(one, findings=left)
        history = copy.deepcopy(self.history)
        state = self.assets.state(made, self.intervals, self.history, now=self.now)
        note(state, state.at)
        page = self.metrics.page(state)
        _, packed = page.zipped()
        text = bytes(page)
        assert gzip.decompress(b"".join(packed)) == text
        length, pieces = page.plain()
        assert (length, b"".join(pieces)) == (len(text), text)
        fresh = state_of(made, self.scans.values(), self.intervals, history, now=self.now)
        note(fresh, fresh.at)
        assert history == self.history
        assert render(fresh) == text
        assert status_page.render(fresh) == status_page.render(state)
        assert fresh.notes == state.notes
        assert fresh.stale_from == state.stale_from
        return state, text


events = st.one_of(
    st.tuples(st.just("scan"), st.integers(0, 7), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("clone"), st.integers(0, 7), st.integers(0, 2)),
    st.tuples(st.just("gone"), st.integers(0, 7)),
    st.tuples(st.just("reload"), st.integers(0, 2)),
    st.tuples(st.just("wait"), st.sampled_from([60.0, HOUR, 4 * HOUR, 26 * HOUR, STICKY, STICKY + 1.0])),
    st.tuples(st.just("publish")),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(events, min_size=3, max_size=25))
@example([("clone", 0, 0), ("reload", 2), ("publish",), ("reload", 0)])
def test_any_sequence_of_events_says_what_a_rendering_from_nothing_says(happened: list[tuple[object, ...]]) -> None:
    daemon = Daemon()
    for event in happened:
        match event:
            case ("scan", int(number), int(generation), bool(seen)):
                daemon.scanned(number, generation, seen=seen)
            case ("clone", int(number), int(generation)):
                daemon.scanned(number, generation, clone=True)
            case ("gone", int(number)):
                daemon.gone(number)
            case ("reload", int(plan)):
                daemon.plan = plan
            case ("wait", float(seconds)):
                daemon.now += seconds
            case _:
                daemon.publish()
    daemon.publish()


def test_a_long_life_of_many_hosts_says_what_a_rendering_from_nothing_says() -> None:
    """More assets than are packed together, so that groups grow, shrink and shift."""
    own = random.Random(5)
    daemon = Daemon()
    seen: set[str] = set()
    for _ in range(10):
        for number in own.sample(range(TOGETHER + 20), 25):
            daemon.scanned(number, 0, seen=own.random() < 0.9, clone=own.random() < 0.05)
        for number in own.sample(range(TOGETHER + 20), 3):
            daemon.gone(number)
        daemon.now += own.choice([60.0, HOUR, 2 * HOUR, 30 * HOUR])
        daemon.plan = own.choice([daemon.plan, daemon.plan, 1, 0])
        state, text = daemon.publish()
        seen |= {status.value for asset in state.assets for _, status in asset.statuses()}
        seen |= {"stale" for asset in state.assets if asset.stale}
    assert len(daemon.scans) > TOGETHER
    assert seen >= {*Status, "stale"}
    assert text.count(b"\nwispwatch_asset_info{") == len(daemon.scans)


def test_a_publish_after_one_scan_makes_nothing_else_anew() -> None:
    daemon = Daemon()
    for number in range(2 * TOGETHER):
        daemon.scanned(number, 0)
    first, _ = daemon.publish()
    page = daemon.metrics.page(first)
    daemon.now += 60.0
    daemon.scanned(TOGETHER + 3, 1)
    second, _ = daemon.publish()
    again = daemon.metrics.page(second)
    before, after = ({asset.name: asset for asset in state.assets} for state in (first, second))
    assert {name for name, asset in after.items() if before[name] is not asset} == {name_of(TOGETHER + 3)}
    assert [asset.name for asset in second.changed] == [name_of(TOGETHER + 3)]
    assert again.groups[0] is page.groups[0]
    assert again.groups[1] is not page.groups[1]
    same = [
        piece.packed is old.packed
        for piece, old in zip(again.groups[1].pieces, page.groups[1].pieces, strict=True)
        if old.packed is not None
    ]
    assert True in same  # what another scan of the same host leaves as it was
    assert False in same


def test_what_is_published_does_not_change_when_the_next_state_comes() -> None:
    daemon = Daemon()
    for number in range(3):
        daemon.scanned(number, 0)
    state, text = daemon.publish()
    page, document = daemon.metrics.page(state), status_page.render(state)
    daemon.now += 5 * HOUR
    daemon.scanned(0, 1)
    daemon.gone(1)
    _, other = daemon.publish()
    assert other != text
    assert (bytes(page), status_page.render(state)) == (text, document)


@pytest.mark.parametrize("plan", range(3))
def test_the_statuses_are_those_of_a_scan(plan: int) -> None:
    """``results_of`` goes another way: over the findings of all assets at once."""
    made, today = plans()[plan], BEGUN.date()
    scans = [scan(number, 0, plan, clone=number in {2, 5}) for number in range(8)]
    results = results_of(made, scans, today)
    state = state_of(made, scans, {one.asset: 1e9 for one in scans}, History(), now=BEGUN.timestamp())
    assert {one.asset: one.controls for one in results.assets} == {one.name: one.controls for one in state.assets}
    assert tuple(results.notes) == state.notes
    for result, asset in zip(results.assets, state.assets, strict=True):
        assert [replace(one, evidence=()) for one in result.findings] == list(asset.findings())
    shared = [one.status for result in results.assets for one in result.findings if one.check.id == SHARED]
    assert {1: {Status.WAIVED, Status.PASS}}.get(plan, {Status.FAIL, Status.PASS} if plan == 0 else set()) <= set(
        shared
    )


class _Parsed(Collector):
    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))

    def collect(self) -> "list[object]":  # type: ignore[override]
        return list(self.families)


def test_the_page_is_word_by_word_what_prometheus_client_writes() -> None:
    daemon = Daemon()
    daemon.plan = 1
    for number in range(4):
        daemon.scanned(number, 0, seen=number > 0)
    daemon.publish()
    daemon.now += 2 * HOUR
    daemon.scanned(2, 1)
    _, text = daemon.publish()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Parsed(text.decode()))
    assert generate_latest(registry) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_values_are_written_as_prometheus_client_writes_them(value: float) -> None:
    from prometheus_client.utils import floatToGoString

    assert exposition.number(value) == floatToGoString(value)


@given(st.binary(max_size=300), st.binary(max_size=3000))
def test_checksums_of_parts_are_the_checksum_of_the_whole(first: bytes, second: bytes) -> None:
    assert combined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)


def test_the_page_of_many_assets_is_bounded_and_counts_them_all() -> None:
    daemon = Daemon()
    for number in range(130):
        daemon.scanned(number, 0)
    daemon.now += 100 * HOUR
    for number in range(120):
        daemon.scanned(number, 0)
    state, _ = daemon.publish()
    page = status_page.render(state)
    assert page.count('<section class="card" id="a') == 20
    assert page.count('<th scope="row"><a href=') == 100
    assert "and 30 more, with " in page
    assert "Of 130 assets the 20 worst are shown here, and 110 are not" in page
    assert "Too old to count: 10 assets" in page
    assert "Items, on 130 assets" in page
    assert len(page) < 2_000_000
    other = status_page.render_one(state, name_of(125))
    assert other is not None
    assert "This is too old to count" in other
    assert status_page.render_one(state, "nobody") is None


def test_every_asset_has_a_page_at_its_name() -> None:
    daemon = Daemon()
    daemon.scanned(1, 0)
    state, text = daemon.publish()
    published = site.published(state, daemon.metrics.page(state), ready=True)
    pages = site.Site(lambda: published, lambda: "")

    def asked(path: str) -> tuple[int, bytes]:
        answer = pages(Request("GET", path, {}, keep=True))
        return answer.status, answer.body if isinstance(answer.body, bytes) else b"".join(answer.body.plain()[1])

    status, told = asked("/metrics")
    assert status == 200
    assert told.startswith(text + b"# HELP process_")
    assert b"\nprocess_start_time_seconds " in told
    assert asked("/")[1] == asked("/")[1]
    status, own = asked("/assets/" + name_of(1).replace("/", "%2F"))
    assert status == 200
    assert name_of(1).encode() in own
    assert asked("/assets/nobody")[0] == asked("/assets/%ff%00%1b")[0] == 404


def test_what_stands_behind_a_page_is_packed_with_it() -> None:
    daemon = Daemon()
    for number in range(3):
        daemon.scanned(number, 0)
    state, text = daemon.publish()
    page = daemon.metrics.page(state)
    for last in ("", "behind 1\n", "another behind it 2\n" * 5000):
        followed = Followed(page, Words(last))
        for told, opened in ((followed.plain(), bytes), (followed.zipped(), gzip.decompress)):
            length, pieces = told
            whole = b"".join(pieces)
            assert len(whole) == length
            assert opened(whole) == text + last.encode()


def test_the_organization_is_an_asset_among_the_others() -> None:
    made = plans()[0]
    taken = replace(scan(1, 0, 0), asset=ORGANIZATION, asset_kind=ORGANIZATION, findings=())
    assert state_of(made, [taken], {ORGANIZATION: HOUR}, History(), now=BEGUN.timestamp()).assets == ()


@pytest.mark.real
def test_promtool_finds_nothing_to_complain_about_in_the_page_of_a_thousand_hosts() -> None:
    need("prometheus")
    made = plans()[1]
    fleet = [scan(number, 0, 1) for number in range(1000)]
    history = History()
    history.count((one.asset, each.name, "timeout") for one in fleet for each in one.collectors if not each.seen)
    state = state_of(made, fleet, {one.asset: HOUR for one in fleet}, history, now=BEGUN.timestamp())
    note(state, state.at)
    text = render(state)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_same_number_is_the_same_host() -> None:
    assert list(hosts(3, first=5)) == [host(5), host(6), host(7)]
    assert host(5) != host(5, 1)
    assert len({one.readings["file:/etc/hostname"] for one in hosts(50)}) == 50
