"""Recordings of whole hosts, and the findings that were read over and found right.

``RECORDED`` names every recording of ``tests/snapshots`` and how it was made. Those of images are taken anew by
``pytest tests/test_goldens.py --record``, as root on Debian; ``--update`` writes only the findings anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache, lru_cache
from pathlib import Path

from agent.discover import Catalogue
from agent.evaluate import Facts, Finding, facts_of
from agent.gather import judge, snapshot, sources_for
from collectors.collector import Collector, Outcome, Platform
from collectors.readings import Reading, Text
from collectors.snapshot import Snapshot, dump, load
from collectors.transports.registers import Registers
from tests import hosts

FOLDER = Path(__file__).parent / "snapshots"


@dataclass(frozen=True)
class Recorded:
    """One recording."""

    name: str
    suite: str = ""
    """The release of Debian whose image it is of, or nothing where it is of a virtual machine."""
    kernel: str = ""
    """A kernel of that release; the one that runs is that of the machine that records."""

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return FOLDER / f"{self.name}.jsonl"

    @property
    def golden(self) -> Path:
        """Where its findings are kept."""
        return self.path.with_suffix(".findings.jsonl")

    def load(self) -> Snapshot:
        """What was read."""
        with self.path.open() as lines:
            return load(lines)

    def record(self) -> None:
        """Take it anew, of a fresh image that runs."""
        found = hosts.catalogue()
        sources = sources_for(found, found.checks, Platform.LINUX)
        with hosts.tree_of(hosts.image(self.suite)) as tree, hosts.running(tree, self.name) as host:
            taken = snapshot(host.transport, sources, asset=self.name, platform=Platform.LINUX)
        # debootstrap copies the name of the machine that it runs on.
        not_of_the_image: Mapping[str, Reading] = {
            "file:/proc/sys/kernel/osrelease": Text(f"{self.kernel}\n"),
            "file:/etc/hostname": Text(f"{self.name}\n"),
        }
        self.path.write_text(dump(replace(taken, readings={**taken.readings, **not_of_the_image})))


DEBIAN_12 = Recorded("debian-12", "bookworm", "6.1.0-44-amd64")
WHOLE_SYSTEM = Recorded("debian-12-vm-luks")
"""Debian 12 with systemd, on LUKS, in a virtual machine; recorded by ``make snapshots-vm``."""
RECORDED = (
    DEBIAN_12,
    Recorded("debian-13", "trixie", "6.12.57+deb13-amd64"),
    Recorded("debian-11", "bullseye", "5.10.0-36-amd64"),
    WHOLE_SYSTEM,
)


@cache
def organization() -> Facts:
    """An organization that keeps no registers."""
    found = hosts.catalogue()
    asked = sources_for(found, found.checks, Platform.ORGANIZATION)
    return facts_of(found, snapshot(Registers({}), asked, asset="organization", platform=Platform.ORGANIZATION))


class Remembering(Collector):
    """A collector that does not understand the same readings twice: a recording is judged some thousand times over, each
    time with one reading changed. An outcome rests on nothing else: parsers are pure, which tests/test_guard.py holds.
    """

    __slots__ = ()
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def outcome(self, readings: Mapping[str, Reading]) -> Outcome:
        """What was understood of them, once."""
        return _understood(
            self, tuple((key, readings[key]) for source in self.sources if (key := source.key) in readings)
        )


@lru_cache(maxsize=500)
def _understood(collector: Collector, readings: tuple[tuple[str, Reading], ...]) -> Outcome:
    return Collector.outcome(collector, dict(readings))


@cache
def remembering() -> Catalogue:
    """All that is discovered, with collectors that remember."""
    found = hosts.catalogue()
    collectors = [
        Remembering(*(getattr(one, field.name) for field in fields(one))) if type(one) is Collector else one
        for one in found.collectors
    ]
    return replace(found, collectors=tuple(collectors))


def findings(taken: Snapshot) -> tuple[Finding, ...]:
    """What all checks say of a recording."""
    found = remembering()
    return judge(found, found.checks, taken, settings={}, shared=organization()).findings


def told(taken: Snapshot) -> str:
    """The findings as the golden files have them, one a line."""
    return "".join(
        json.dumps(
            {"check": one.check.id, "subject": one.subject, "status": one.status.value, "reason": one.verdict.reason}
        )
        + "\n"
        for one in findings(taken)
    )
