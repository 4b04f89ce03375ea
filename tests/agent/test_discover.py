"""What discovery finds, and that it tells every fault before anything runs."""

import json
import shutil
import subprocess
import sys
import types
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agent.discover import Catalogue, consistency_faults, discover, gather_values
from agent.errors import DiscoveryError
from checks.check import Check, check
from checks.verdict import LOW, Verdict, passed
from collectors.collector import Collector, Fact, Platform, collector
from collectors.snapshot import Moment
from collectors.sources import Command, File
from tests.daemons import ROOT


@dataclass(frozen=True)
class One(Fact):
    text: str = ""


@dataclass(frozen=True)
class Many(Fact):
    text: str = ""


@dataclass(frozen=True)
class More(Fact):
    text: str = ""


@dataclass(frozen=True)
class Staff(Fact):
    text: str = ""


@collector(File("/etc/one"))
def one(text: str) -> One:
    return One(text)


@collector(File("/etc/many"))
def many(text: str) -> tuple[Many, ...]:
    return (Many(text),)


@collector(File("/etc/more"))
def more(text: str) -> tuple[More, ...]:
    return (More(text),)


@collector(File("/etc/staff"), platform=Platform.ORGANIZATION)
def staff(text: str) -> Staff:
    return Staff(text)


def example(name: str, *facts: type[Fact], cites: tuple[str, ...] = ("17.04(4)",), facet: str = "") -> Check:
    names = [f"fact{number}" for number in range(len(facts))]
    scope: dict[str, Any] = {"passed": passed}
    exec(f"def judge({', '.join(names)}): return passed()", scope)
    judge = scope["judge"]
    judge.__annotations__ = {**dict(zip(names, facts, strict=True)), "return": Verdict}
    judge.__name__ = name
    judge.__module__ = "somewhere"
    judge.__doc__ = "A title.\n\nWhy: a reason.\nFix: a remedy."
    shown = tuple(None for _ in facts)
    return check(*cites, severity=LOW, facet=facet, passes=[shown], fails=[shown])(judge)


def found(*checks: Check, collectors: tuple[Collector, ...] = (one, many, more, staff)) -> Catalogue:
    return Catalogue(collectors, checks)


def test_what_is_built_in_fits_together() -> None:
    catalogue = discover()
    assert consistency_faults(catalogue) == []
    assert catalogue.checks
    assert len({one.id for one in catalogue.checks}) == len(catalogue.checks)


def test_what_fits_has_no_faults() -> None:
    fitting = found(
        example("a", One),
        example("b", Many, One, Staff, Moment),
        example("c", One, cites=("17.04(3)",), facet="wireless"),
        example("d", One, cites=("17.04(4)", "17.04(1)(a)", "17.03(2)(h)", "965-3.04(4)")),
    )
    assert consistency_faults(fitting) == []


@collector(Command("cat /etc/one", name="short"))
def short(text: str) -> One:
    return One(text)


@collector(Command("cat /etc/many", name="short"))
def shorter(text: str) -> tuple[Many, ...]:
    return (Many(text),)


@collector(File("/etc/one"))
def again(text: str) -> One:
    return One(text)


@collector(Command("cat /etc/one", name="short"))
def the_same(text: str) -> tuple[Many, ...]:
    return (Many(text),)


def called_short() -> Collector:
    """A second collector of the same name, as another module may have one."""

    @collector(Command("cat /etc/many", name="long"))
    def short(text: str) -> tuple[Many, ...]:
        return (Many(text),)

    return short


def test_two_collectors_may_share_a_source() -> None:
    assert consistency_faults(found(collectors=(short, the_same))) == []


@pytest.mark.parametrize(
    ("catalogue", "told"),
    [
        (found(example("twice", One), example("twice", Staff)), ["two checks are called twice: somewhere, somewhere"]),
        (found(example("a", One), collectors=(one, again)), ["two collectors make One on linux"]),
        (
            found(collectors=(short, called_short())),
            ["two collectors of linux are called short, and one would hide the other in metrics"],
        ),
        (found(example("a", One), collectors=()), ["a needs One, which no collector makes"]),
        (found(example("a", Many, More)), ["a takes more than one plural fact"]),
        (found(example("a", One, cites=("17.04(9)",))), ["a cites 17.04(9), which is not in the catalogue"]),
        (found(example("a", One, cites=("17.04(1)",))), ["a cites 17.04(1), which is a heading"]),
        (
            found(example("a", One, cites=("17.04(3)",))),
            ["a must name one of the halves of 17.04(3): public, wireless"],
        ),
        (
            found(example("a", One, cites=("17.04(6)",), facet="public")),
            ["a must name one of the halves of 17.04(6): firewall, patches"],
        ),
        (found(example("a", One, facet="public")), ["a must name one of the halves of 17.04(4): none"]),
        (
            found(collectors=(short, shorter)),
            ["2 sources that differ share the key command:short, and only one of them would be read"],
        ),
    ],
)
def test_each_fault_is_told(catalogue: Catalogue, told: list[str]) -> None:
    assert consistency_faults(catalogue) == told


def test_all_faults_are_told_together() -> None:
    worst = found(
        example("a", Many, More, cites=("17.04(9)", "17.04(2)")),
        example("a", Staff),
        collectors=(one, again, many, more),
    )
    assert len(consistency_faults(worst)) == 6


def test_one_fact_may_have_a_collector_on_each_platform() -> None:
    @collector(File("/etc/one"), platform=Platform.ORGANIZATION)
    def elsewhere(text: str) -> One:
        return One(text)

    assert consistency_faults(found(collectors=(one, elsewhere))) == []


def test_a_check_belongs_where_its_facts_are() -> None:
    catalogue = found()
    assert catalogue.platform_of(example("a", Staff, Moment)) is Platform.ORGANIZATION
    assert catalogue.platform_of(example("a", Staff, One)) is Platform.LINUX
    assert catalogue.plural_facts == {Many, More}


def test_values_are_gathered_once_also_from_tuples_and_from_modules_that_import_them() -> None:
    first, second = types.ModuleType("first"), types.ModuleType("second")
    single, pair = example("a", One), (example("b", One), example("c", One))
    vars(first).update(single=single, pair=pair, made=one, noise=[single], other=3)
    vars(second).update(borrowed=single, made=one)
    gathered = gather_values([first, second])
    assert [each.id for each in gathered.checks] == ["a", "b", "c"]
    assert gathered.collectors == (one,)


PLUGIN = '''
"""A plugin."""
from dataclasses import dataclass
from checks.check import check
from checks.verdict import LOW, Verdict, failed, passed
from collectors.collector import Fact, collector
from collectors.sources import File

@dataclass(frozen=True)
class Badge(Fact):
    """A badge."""
    colour: str = ""

@collector(File("/etc/badge"))
def badge(text: str) -> Badge:
    """One word."""
    return Badge(text.strip())

@check("17.04(1)(a)", severity=LOW, passes=[Badge("green")], fails=[Badge("red")])
def the_badge_is_green(badge: Badge) -> Verdict:
    """The badge is green.

    Why: it tells who someone is.
    Fix: paint it.
    """
    return passed() if badge.colour == "green" else failed("not green", colour=badge.colour)
'''

DISCOVER = """
import json, sys
from agent.discover import discover
from agent.errors import DiscoveryError
try:
    found = discover()
except DiscoveryError as fault:
    print(json.dumps({"faults": str(fault).splitlines()}))
else:
    print(json.dumps({"checks": [one.id for one in found.checks], "collectors": [one.name for one in found.collectors]}))
"""


def discovered(site: Path) -> dict[str, list[str]]:
    """What discovery says in a process that has a folder of installed distributions on its path."""
    program = f"import sys; sys.path.append({str(site)!r}); sys.path.insert(0, {str(Path.cwd())!r}){DISCOVER}"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def placed(site: Path, modules: dict[str, str], points: str) -> None:
    """Lay out an installed distribution as a package installer leaves it."""
    for name, text in modules.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    info = site / "wispwatch_badges-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: wispwatch-badges\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(points)


POINTS = "[wispwatch.checks]\nbadges = wispwatch_badges\n[wispwatch.collectors]\nbadges = wispwatch_badges\n"


@pytest.mark.parametrize(
    "place", ["wispwatch_badges.py", "wispwatch_badges/__init__.py", "wispwatch_badges/deep/er.py"]
)
def test_a_plugin_is_found_wherever_its_values_stand(tmp_path: Path, place: str) -> None:
    modules = {"wispwatch_badges/__init__.py": "", "wispwatch_badges/deep/__init__.py": ""} if "deep" in place else {}
    placed(tmp_path, {**modules, place: PLUGIN}, POINTS)
    told = discovered(tmp_path)
    assert told["checks"].count("the-badge-is-green") == 1
    assert told["collectors"].count("badge") == 1
    assert "sshd-refuses-empty-passwords" in told["checks"]


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        ({}, "does not import: ModuleNotFoundError"),
        ({"wispwatch_badges.py": "1 / 0"}, "does not import: ZeroDivisionError: division by zero"),
        ({"wispwatch_badges.py": "raise SystemExit(0)"}, "does not import: SystemExit: 0"),
        ({"wispwatch_badges.py": "harmless = 1"}, "there is no collector and no check in it"),
        ({"wispwatch_badges/__init__.py": PLUGIN, "wispwatch_badges/deep.py": "import nowhere"}, "No module named"),
        ({"wispwatch_badges.py": PLUGIN.replace("Why:", "Because:")}, "its docstring has no Why"),
    ],
)
def test_a_plugin_that_does_not_import_is_an_error(tmp_path: Path, modules: dict[str, str], told: str) -> None:
    placed(tmp_path, modules, POINTS)
    faults = discovered(tmp_path)["faults"]
    assert len(faults) == 2
    assert all(fault.startswith("plugin badges (wispwatch_badges)") and told in fault for fault in faults)


def test_faults_of_plugins_are_told_beside_all_others(tmp_path: Path) -> None:
    twice = PLUGIN.replace("the_badge_is_green", "sshd_refuses_empty_passwords").replace("17.04(1)(a)", "17.04(99)")
    points = "[wispwatch.checks]\na = wispwatch_badges\nb = wispwatch_gone\n"
    placed(tmp_path, {"wispwatch_badges.py": twice}, points)
    faults = discovered(tmp_path)["faults"]
    assert len(faults) == 3
    assert "wispwatch_gone" in faults[0]
    assert "two checks are called sshd-refuses-empty-passwords" in faults[1]
    assert "17.04(99)" in faults[2]


def test_a_plugin_that_pip_installs_is_found(tmp_path: Path) -> None:
    wheel = tmp_path / "wispwatch_badges-1.0-py3-none-any.whl"
    files = {
        "wispwatch_badges/__init__.py": PLUGIN,
        "wispwatch_badges-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: wispwatch-badges\nVersion: 1.0\n",
        "wispwatch_badges-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "wispwatch_badges-1.0.dist-info/entry_points.txt": POINTS,
    }
    files["wispwatch_badges-1.0.dist-info/RECORD"] = "".join(f"{name},,\n" for name in files)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    install = ["install", "--quiet", "--no-deps", "--no-index", "--target", str(tmp_path / "site"), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, capture_output=True)
    assert "the-badge-is-green" in discovered(tmp_path / "site")["checks"]


def test_an_installation_of_which_a_module_is_broken_says_so(tmp_path: Path) -> None:
    for package in ("agent", "checks", "collectors"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    with (tmp_path / "checks/malware/clamav.py").open("a") as file:
        file.write("import collectors.gone\n")
    done = subprocess.run(
        [sys.executable, "-m", "agent", "checks"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("wispwatch: checks.malware.clamav does not import (ModuleNotFoundError: ")
    assert "install wispwatch again" in done.stderr


def test_discovery_raises_what_it_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    placed(tmp_path, {}, POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DiscoveryError, match="plugin badges"):
        discover()
