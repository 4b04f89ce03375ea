"""Which collectors and checks there are: the built-in modules, and those that plugins name.

Discovery imports modules and gathers the ``Collector`` and ``Check`` values in them; there is no registry. Plugins name a
module under the entry-point groups ``wispwatch.collectors`` and ``wispwatch.checks``. All faults are found together, before
anything runs.
"""

import contextlib
import functools
import gc
import importlib
import pkgutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import checks
import collectors.aws
import collectors.host
import collectors.organization
from agent.errors import DiscoveryError
from checks import catalog
from checks.check import Check, Need
from collectors.api import Api
from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.organization import OrganizationIdentity, OrganizationMembers
from collectors.collector import AnyCollector, ApiCollector, Collector, Fact, Platform
from collectors.host.host_keys import HostKeyHolders
from collectors.scanning import Scanning
from collectors.snapshot import Moment
from collectors.sources import Source

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

FLEET_FACTS: frozenset[type[Fact]] = frozenset({HostKeyHolders})
"""Facts that only all assets of a scan together tell."""
ACCOUNTS_FACTS: frozenset[type[Fact]] = frozenset({KnownAccounts})
"""Facts of AWS accounts that no collector makes, but the agent."""
AGENTS_FACTS: frozenset[type[Fact]] = FLEET_FACTS | ACCOUNTS_FACTS | {Moment, Scanning}
"""Facts that no collector makes, but the agent."""
GROUPS = ("wispwatch.collectors", "wispwatch.checks")
_OURS = ("checks.", "collectors.")


@dataclass(frozen=True)
class Catalogue:
    """Everything that was found, in a fixed order."""

    collectors: tuple[AnyCollector, ...]
    checks: tuple[Check, ...]

    @functools.cached_property
    def plural_facts(self) -> frozenset[type[Fact]]:
        """Facts of which there are several on one asset."""
        return frozenset(collector.fact for collector in self.collectors if collector.plural)

    @functools.cached_property
    def shared_facts(self) -> frozenset[type[Fact]]:
        """Facts that are in scope for every asset: the organization's and the agent's."""
        made = {one.fact for one in self.collectors if one.platform is Platform.ORGANIZATION}
        return AGENTS_FACTS | made

    def platform_of(self, check: Check) -> Platform:
        """Where a check's findings belong: on hosts, on AWS accounts, or on the organization when that is all it asks."""
        needs, platform = self._platforms.get(check.id, ((), Platform.LINUX))
        if needs is not check.needs:
            platform = self._platform_of(check)
            self._platforms[check.id] = (check.needs, platform)
        return platform

    @functools.cached_property
    def _platforms(self) -> dict[str, tuple[tuple[Need, ...], Platform]]:
        """What was answered before, by a check's id: every scan asks about every check."""
        return {}

    def _platform_of(self, check: Check) -> Platform:
        if all(need.fact in self.shared_facts for need in check.needs):
            return Platform.ORGANIZATION
        if any(need.fact in self.facts_of_accounts for need in check.needs):
            return Platform.AWS
        return Platform.LINUX

    def hosts_collectors(self, platform: Platform) -> tuple[Collector, ...]:
        """The collectors of a platform whose sources are known ahead."""
        return self._by_platform.get(platform, ())

    @functools.cached_property
    def _by_platform(self) -> dict[Platform, tuple[Collector, ...]]:
        own = [one for one in self.collectors if isinstance(one, Collector)]
        return {platform: tuple(one for one in own if one.platform is platform) for platform in Platform}

    @property
    def made(self) -> set[type[Fact]]:
        """Every fact that somebody makes."""
        return {one.fact for one in self.collectors} | AGENTS_FACTS

    @functools.cached_property
    def facts_of_accounts(self) -> frozenset[type[Fact]]:
        """Facts of AWS accounts."""
        return ACCOUNTS_FACTS | {one.fact for one in self.collectors if one.platform is Platform.AWS}

    def collectors_for(self, chosen: Iterable[Check], platform: Platform) -> tuple[AnyCollector, ...]:
        """The collectors that these checks need on a platform."""
        facts = {need.fact for check in chosen for need in check.needs}
        if KnownAccounts in facts:
            facts |= {OrganizationIdentity, OrganizationMembers}
        return tuple(one for one in self.collectors if one.platform is platform and one.fact in facts)


def discover() -> Catalogue:
    """Import everything and gather it. ``DiscoveryError`` tells every fault at once."""
    with _nothing_collected():
        return _discovered(hosts=True, accounts=True)


def discover_for(named: Iterable[str], kinds: Iterable[str]) -> Catalogue:
    """What targets of these kinds need of everything: what is about hosts, or about AWS accounts, is left out where no target
    is one. Everything, where a check is ``named`` that is not among it, or where plugins are installed, which may rest on
    anything. ``DiscoveryError`` as ``discover``.
    """
    kinds = set(kinds)
    accounts, hosts = not kinds.isdisjoint({"aws", "replay"}), kinds != {"aws"}
    if (accounts and hosts) or _any_plugin():
        return discover()
    with _nothing_collected():
        found = _discovered(hosts=hosts, accounts=accounts)
    return found if set(named) <= {check.id for check in found.checks} else discover()


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """What is imported stays for good: looking through it for garbage over and over is a tenth of the time it takes. A daemon
    that is reloaded imports nothing new: what it has under way then must not stay for good, too.
    """
    collecting, before = gc.isenabled(), len(sys.modules)
    gc.disable()
    try:
        yield
        if len(sys.modules) > before:
            gc.freeze()
    finally:
        if collecting:
            gc.enable()


def _discovered(*, hosts: bool, accounts: bool) -> Catalogue:
    modules = [*_modules_below(collectors.organization)]
    modules += _modules_below(collectors.host) if hosts else ()
    modules += _modules_below(collectors.aws) if accounts else ()
    modules += _check_modules(hosts=hosts, accounts=accounts)
    faults: list[str] = []
    for point in sorted(_points(), key=lambda one: (one.group, one.name)):
        try:
            modules += _plugin(point)
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - a plugin may raise anything while it is imported
            faults.append(f"plugin {point.name} ({point.value}) does not import: {type(fault).__name__}: {fault}")
    found = gather_values(modules)
    if not (hosts and accounts):  # a check of the others is none of theirs, whose targets these are
        made = found.made
        found = replace(found, checks=tuple(one for one in found.checks if {need.fact for need in one.needs} <= made))
    faults += consistency_faults(found)
    if faults:
        raise DiscoveryError("\n".join(faults))
    return found


def _check_modules(*, hosts: bool, accounts: bool) -> Iterator[ModuleType]:
    """The modules of checks: of each paragraph its own, about hosts, and those below ``aws``."""
    for module in _modules_in(checks):
        if not hasattr(module, "__path__"):
            yield module
            continue
        for below in _modules_in(module, without=() if accounts else ("aws",), only=() if hosts else ("aws",)):
            yield below
            if hasattr(below, "__path__"):
                yield from _modules_below(below)


def _modules_below(package: ModuleType) -> Iterator[ModuleType]:
    for module in _modules_in(package):
        yield module
        if hasattr(module, "__path__"):
            yield from _modules_below(module)


def _modules_in(
    package: ModuleType, *, without: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> Iterator[ModuleType]:
    """The modules and packages right in a package, by name."""
    for name in sorted(found.name for found in pkgutil.iter_modules(package.__path__)):
        if name not in without and (not only or name in only):
            yield _imported(f"{package.__name__}.{name}")


def _imported(name: str) -> ModuleType:
    """A module of ours or of a plugin's package; whoever asks for those of a plugin tells their faults."""
    if not name.startswith(_OURS):
        return importlib.import_module(name)
    try:
        return importlib.import_module(name)
    except Exception as fault:
        # As while a package is upgraded below a daemon that is reloaded.
        raise DiscoveryError(
            f"{name} does not import ({type(fault).__name__}: {fault}): this installation is not whole, install wispwatch again"
        ) from fault


def _points() -> Iterator["EntryPoint"]:
    if not _any_plugin():
        return
    from importlib.metadata import entry_points  # noqa: PLC0415 - 30 ms that only plugins are worth

    for group in GROUPS:
        yield from entry_points(group=group)


def _plugin(point: "EntryPoint") -> list[ModuleType]:
    """The module that a plugin names, and those below it; ``ImportError`` where they hold nothing for us."""
    module = importlib.import_module(point.value)
    modules = [module, *(_modules_below(module) if hasattr(module, "__path__") else ())]
    found = gather_values(modules)
    if not (found.collectors or found.checks):
        raise ImportError("there is no collector and no check in it")
    return modules


def _any_plugin() -> bool:
    """Whether any installed distribution names one of our entry-point groups; a byte search of their lists."""
    for place in sys.path:
        for listing in Path(place or ".").glob("*-info/entry_points.txt"):
            try:
                if b"[wispwatch." in listing.read_bytes():
                    return True
            except OSError:  # then it is for the slow way to say what is the matter
                return True
    return False


def gather_values(modules: Iterable[ModuleType]) -> Catalogue:
    """The Collector and Check values that modules define, each once, in order of module and definition."""
    gathered: dict[int, AnyCollector | Check] = {}
    for module in modules:
        for value in vars(module).values():
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Collector | ApiCollector | Check):
                    gathered[id(one)] = one
    return Catalogue(
        collectors=tuple(one for one in gathered.values() if isinstance(one, Collector | ApiCollector)),
        checks=tuple(one for one in gathered.values() if isinstance(one, Check)),
    )


def consistency_faults(found: Catalogue) -> list[str]:
    """What does not fit together, one sentence each; empty when all is well."""
    faults = [
        f"two checks are called {name}: {', '.join(sorted(one.module for one in found.checks if one.id == name))}"
        for name, count in Counter(one.id for one in found.checks).items()
        if count > 1
    ]
    faults += [
        f"two collectors make {fact.__name__} on {platform}"
        for (fact, platform), count in Counter((one.fact, one.platform) for one in found.collectors).items()
        if count > 1
    ]
    faults += [
        f"two collectors of {platform} are called {name}, and one would hide the other in metrics"
        for (name, platform), count in Counter((one.name, one.platform) for one in found.collectors).items()
        if count > 1
    ]
    sources: set[Source | Api] = set()
    for one in found.collectors:
        sources.update(one.calls if isinstance(one, ApiCollector) else one.sources)
    faults += [
        f"{count} sources that differ share the key {key}, and only one of them would be read"
        for key, count in Counter(source.key for source in sources).items()
        if count > 1
    ]
    made = found.made
    for check in found.checks:
        faults += _faults_of(check, made, found.plural_facts)
    return faults


def _faults_of(check: Check, made: set[type[Fact]], plural: frozenset[type[Fact]]) -> Iterator[str]:
    known = catalog.controls()
    for control in check.controls:
        if control not in known:
            yield f"{check.id} cites {control}, which is not in the catalogue"
        elif known[control].heading:
            yield f"{check.id} cites {control}, which is a heading"
        elif check.facet not in known[control].facets and (check.facet or known[control].facets):
            yield f"{check.id} must name one of the halves of {control}: {', '.join(known[control].facets) or 'none'}"
    for need in check.needs:
        if need.fact not in made:
            yield f"{check.id} needs {need.fact.__name__}, which no collector makes"
    if sum(need.fact in plural and not need.whole for need in check.needs) > 1:
        yield f"{check.id} takes more than one plural fact"
