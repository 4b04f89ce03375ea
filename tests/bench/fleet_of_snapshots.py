"""A simulated fleet: recordings of real hosts, varied host by host, judged, and exposed by the daemon's own board.

Evaluation is measured over hosts of which each is another. What the board holds and shows is measured in a process for each
size; there so many hosts are judged as ``--judged`` says, and each is taken in many times under other names and keys, since
judging ten thousand takes minutes and what the board keeps of an asset does not hang on it. CPU is of this process and its threads.
"""

import argparse
import ctypes
import gc
import json
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from agent import plan as planning
from agent.config import Config, Target
from agent.daemon.board import Board
from agent.discover import discover_for
from agent.evaluate import facts_of
from agent.expected import Expected
from agent.gather import ORGANIZATION, Scanned
from agent.plan import Plan
from agent.scanning.scan import scan_organization
from agent.scanning.worker import Ended, judged
from agent.web.site import Published
from collectors.host.host_keys import HostFingerprints
from collectors.snapshot import Snapshot, dump, load
from tests.varied_hosts import host, hosts, name_of

SIZES = (1, 100, 1000, 10_000)
_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True)
class Exposed:
    """What a board with so many hosts costs."""

    hosts: int
    series: int
    plain: int
    """Bytes of ``/metrics``."""
    zipped: int
    first: float
    """CPU seconds of the first publish of all."""
    pack: float
    """Of packing the whole page as gzip for the first time."""
    write: float
    """Of writing the whole page as text."""
    again: float
    """Of taking in another scan of one host, in its transaction, and publishing it."""
    repack: float
    """Of packing after that what has changed, ahead of a scrape."""
    serve: float
    """Of putting the packed page together for a scrape, after that."""
    document: int
    """Bytes of the status page."""
    rss: float
    """Megabytes (10^6 bytes), with the packed page, without what was only passing."""
    restore: float
    """Of a restart, per host."""

    def told(self, before: "Exposed | None") -> str:
        """A line of the table, in Markdown; kilobytes an asset beyond those of the line before."""
        beyond = (self.rss - before.rss) * 1000 / (self.hosts - before.hosts) if before else 0.0
        return (
            f"| {self.hosts} | {self.series} | {self.plain / 1e6:.2f} | {self.zipped / 1e6:.3f} | {self.write:.2f} |"
            f" {self.pack:.2f} | {self.again * 1000:.0f} | {self.repack * 1000:.0f} | {self.serve * 1000:.0f} | {self.document / 1e3:.0f} |"
            f" {self.rss:.0f} | {beyond:.0f} | {self.restore * 1000:.0f} |"
        )


HEAD = (
    "| hosts | series | `/metrics` MB | gzip MB | written, s | packed, s | one more scan, ms | packed again, ms | served, ms | `/` kB | RSS MB"
    " | kB a host beyond | restart, ms a host |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def measure(count: int, sizes: tuple[int, ...] = SIZES) -> Iterator[str]:
    """Sentences and tables; ``count`` hosts are judged."""
    yield from _evaluated(count)
    yield ""
    yield HEAD
    before = None
    for size in sizes:
        command = [sys.executable, "-m", "tests.bench.fleet_of_snapshots", str(size), "--judged", str(count)]
        found = Exposed(**json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
        yield found.told(before)
        before = found


def _evaluated(count: int) -> Iterator[str]:
    made = _plan()
    organization = scan_organization(made)
    texts = [dump(one) for one in hosts(count)]
    snapshots: list[Snapshot] = []
    parse = _cpu(lambda: snapshots.extend(load(text.splitlines()) for text in texts)) / count
    facts = _cpu(lambda: [facts_of(made.catalogue, one) for one in snapshots]) / count
    whole = _cpu(lambda: [judged(made, one, organization, _INTERVAL) for one in snapshots]) / count
    yield (
        f"{count} hosts, {len(made.checks)} checks, CPU a host: a recording parsed {parse * 1000:.2f} ms, facts {facts * 1000:.1f} ms, "
        f"checks and the rest {(whole - facts) * 1000:.1f} ms; {1 / whole:.0f} hosts/s a core, {1 / (whole + parse):.0f} with parsing"
    )


def exposed(size: int, count: int) -> Exposed:
    """Measure a board with so many hosts, of which ``count`` differ."""
    seconds = _INTERVAL.total_seconds()
    expected = Expected({ORGANIZATION: seconds, "fleet": seconds}, frozenset({"fleet"}))
    with tempfile.TemporaryDirectory() as state:

        def begun() -> Board:
            return Board(_plan(), expected, Path(state), logging.getLogger("bench"))

        board = begun()
        figures = _shown(board, size, count)
        board.close()
        restore = _cpu(lambda: _restored(begun())) / size if size <= _RESTORED else 0.0
    return Exposed(hosts=size, restore=restore, **figures)


def _restored(board: Board) -> None:
    """Take up all that the earlier one left behind."""
    while board.restoring:
        board.restore(1)
    board.close()


def _published(board: Board) -> Published:
    published = board.published()
    if not isinstance(published, Published):
        raise TypeError("the board publishes nothing yet")
    return published


def _shown(board: Board, size: int, count: int) -> dict[str, Any]:
    """Fill a board, and measure what it publishes."""
    now = datetime.now(UTC)
    for number in range(size):
        taken = replace(host(number % count), asset=name_of(number), taken_at=now)
        own = scan_organization(_plan()) if number == 0 else None
        board.take_in(_ended(taken, _judged(number, count, now), own, more_to_come=True))
    first = _cpu(board.publish)
    page = _published(board).metrics
    figures = {
        "first": first,
        "pack": _cpu(page.zipped),
        "write": _cpu(lambda: [len(piece) for piece in page.plain()[1]]),
        "plain": page.plain()[0],
        "zipped": page.zipped()[0],
        "series": sum(map(_samples, page.plain()[1])),
    }
    document = _published(board).page.body
    figures["document"] = len(document) if isinstance(document, bytes) else document.plain()[0]
    later = replace(host(1 % count, 1), taken_at=now)
    ended = _ended(later, judged(_plan(), later, scan_organization(_plan()), _INTERVAL), None)
    figures["again"] = _cpu(lambda: board.take_in(ended))
    packed = _published(board).metrics
    figures["repack"] = _cpu(lambda: list(packed.packed_ahead()))
    figures["serve"] = _cpu(packed.zipped)
    _judge.cache_clear()
    return {**figures, "rss": _rss()}


def _ended(taken: Snapshot, one: Scanned, organization: Scanned | None, *, more_to_come: bool = False) -> Ended:
    target = Target(name=taken.asset, kind="ssh")
    return Ended(target, _plan(), taken, one, organization, more_to_come=more_to_come)


_RESTORED = 1000
"""Hosts up to which a restart is measured."""


@cache
def _plan() -> Plan:
    return replace(planning.plan(Config(), discover_for((), {"local"})), interval=_INTERVAL)


@cache
def _judge(number: int) -> Scanned:
    return judged(_plan(), host(number), scan_organization(_plan()), _INTERVAL)


def _judged(number: int, count: int, now: datetime) -> Scanned:
    """A host judged, under the name and with the keys of its number."""
    one = replace(_judge(number % count), taken_at=now)
    if number < count:
        return one
    name = name_of(number)
    keys = HostFingerprints(tuple(f"ssh-{kind} SHA256:{number:043d}" for kind in ("ecdsa", "ed25519", "rsa")))
    findings = tuple(replace(each, asset=name) for each in one.findings)
    return replace(one, asset=name, facts=one.facts.beside({HostFingerprints: keys}), findings=findings)


def _samples(piece: bytes) -> int:
    return piece.count(b"\n") - piece.count(b"\n# ") - piece.startswith(b"# ")


def _cpu(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _rss() -> float:
    """Megabytes, once what is free was given back, as the daemon does after each scan."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int)
    parser.add_argument("--judged", type=int, required=True)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(asdict(exposed(given.size, given.judged))))
