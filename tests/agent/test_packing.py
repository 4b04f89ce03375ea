"""What is published is packed before anybody asks."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.config import Config
from agent.daemon.packing import Packing
from agent.pages import page as pages
from agent.pages.metrics import Metrics
from agent.pages.page import TOGETHER, Deflated, Page
from agent.plan import Selection, plan
from agent.scanning.worker import judged
from agent.state.assets import Assets
from agent.state.history import History
from agent.web import site
from agent.web.site import Published, Unready
from tests.hosts import catalogue, until
from tests.varied_hosts import host, name_of

CHOSEN = replace(
    plan(Config(), catalogue(), Selection(checks=("sshd-refuses-empty-passwords",))), interval=timedelta(hours=1)
)


class Fleet:
    """A board of so many hosts, without a disk."""

    def __init__(self, hosts: int) -> None:
        self.assets, self.metrics, self.history = Assets(), Metrics(), History()
        self.hosts = hosts
        for number in range(hosts):
            self.scan(number)

    def scan(self, number: int, generation: int = 0) -> None:
        taken = replace(host(number % 4, generation), asset=name_of(number))
        self.assets.put(CHOSEN, judged(CHOSEN, taken, None), taken.taken_at.date())

    def publish(self) -> Published:
        intervals = {name_of(number): 3600.0 for number in range(self.hosts)}
        state = self.assets.state(CHOSEN, intervals, self.history, now=host(0).taken_at.timestamp())
        return site.published(state, self.metrics.page(state), ready=True)


@pytest.fixture
def packing() -> Iterator[Packing]:
    one = Packing()
    one.start()
    yield one
    one.stop()
    one._thread.join(60)
    assert not one._thread.is_alive()


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    """The pages of which everything was packed ahead, also the words between the assets."""
    pages_done: list[Page] = []
    ahead = Page.packed_ahead

    def packed_ahead(page: Page) -> Iterator[None]:
        yield from ahead(page)
        pages_done.append(page)

    monkeypatch.setattr(Page, "packed_ahead", packed_ahead)
    return pages_done


def is_packed(page: Page) -> bool:
    return all(piece.packed is not None for group in page.groups for piece in group.pieces if piece)


@pytest.fixture
def packed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How long each text was that was packed by another thread than this one, or by this one (less than nothing)."""
    lengths: list[int] = []
    pack = pages._deflated

    def told(text: bytes) -> Deflated:
        lengths.append(-len(text) if threading.current_thread() is threading.main_thread() else len(text))
        return pack(text)

    monkeypatch.setattr(pages, "_deflated", told)
    return lengths


def test_a_scrape_finds_everything_done(packing: Packing, packed: list[int], done: list[Page]) -> None:
    published = Fleet(TOGETHER * 3).publish()
    packing.put(published)
    until(lambda: published.metrics in done)
    assert is_packed(published.metrics)
    assert sum(packed) > 100_000
    del packed[:]
    length, pieces = published.metrics.zipped()
    assert length == sum(map(len, pieces)) > 1000
    assert sum(packed) == 0, "nothing but the empty end is packed while a client waits"


def test_after_one_more_scan_only_its_group_is_packed(packing: Packing, packed: list[int], done: list[Page]) -> None:
    fleet = Fleet(TOGETHER * 3)
    first = fleet.publish()
    packing.put(first)
    until(lambda: first.metrics in done)
    whole = sum(packed)
    del packed[:]
    fleet.scan(1, 2)
    second = fleet.publish()
    packing.put(second)
    until(lambda: second.metrics in done)
    assert is_packed(second.metrics)
    assert 0 < sum(packed) < whole / 2


def test_the_page_of_a_few_assets_is_left_to_whoever_asks(packing: Packing, packed: list[int]) -> None:
    few = Fleet(3).publish()
    packing.put(few)
    packing.put(Unready("not yet"))
    many = Fleet(TOGETHER + 1).publish()
    packing.put(many)
    until(lambda: is_packed(many.metrics))
    assert not is_packed(few.metrics)


def test_the_page_that_waits_is_the_newest(packing: Packing) -> None:
    fleet = Fleet(TOGETHER * 2)
    published = [fleet.publish()]
    for generation in range(1, 6):
        fleet.scan(generation, generation)
        published.append(fleet.publish())
    for one in published:
        packing.put(one)
    until(lambda: is_packed(published[-1].metrics))
    newest = published[-1].metrics
    assert gzip.decompress(b"".join(newest.zipped()[1])) == bytes(newest)
