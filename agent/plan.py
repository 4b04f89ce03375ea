"""What will be scanned with which checks: a configuration and the filters of the command line, as a ``Plan``."""

import functools
from dataclasses import dataclass, replace
from datetime import timedelta

from agent.aws.settings import AwsAccounts
from agent.config import Config, settings_of
from agent.config_faults import faults as faults_of
from agent.declarations import PersonalInformation
from agent.discover import FLEET_FACTS, Catalogue
from agent.errors import ConfigError
from agent.evaluate import Settings
from agent.ssh.settings import SshSettings
from agent.waivers import Waiver
from checks import catalog
from checks.catalog import Control
from checks.check import Check
from collectors.transports.registers import Registers


@dataclass(frozen=True)
class Selection:
    """Filters of the command line: which checks are run at all. Empty means everything."""

    controls: tuple[str, ...] = ()
    """Ids of controls; a heading stands for the items below it."""
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What will be scanned with which checks."""

    catalogue: Catalogue
    checks: tuple[Check, ...]
    standing: tuple[Check, ...]
    """The checks that the configuration chooses by itself, whatever the command line names or leaves out."""
    settings: Settings
    frameworks: frozenset[str]
    waivers: tuple[Waiver, ...]
    registers: Registers
    personal_information: PersonalInformation
    aws: AwsAccounts
    ssh: SshSettings
    """How hosts over SSH are reached, where their targets do not say it."""
    whole: bool
    """Whether nothing was filtered out."""
    failing_resources: int = 0
    """How many failing resources of AWS accounts get a series of their own."""
    interval: timedelta | None = None
    """How often the daemon scans what has no interval of its own; None where somebody scans."""

    @functools.cached_property
    def check_ids(self) -> frozenset[str]:
        """The ids of its checks."""
        return frozenset(check.id for check in self.checks)

    @functools.cached_property
    def comparing(self) -> frozenset[str]:
        """Those of the checks that compare assets."""
        return frozenset(check.id for check in self.checks if any(need.fact in FLEET_FACTS for need in check.needs))


def plan(config: Config, catalogue: Catalogue, selection: Selection | None = None) -> Plan:
    """Choose the checks. ``ConfigError`` tells every fault of the configuration or the selection."""
    chosen = selection or Selection()
    faults = faults_of(config, catalogue) + _selection_faults(chosen, catalogue)
    if faults:
        raise ConfigError("\n".join(faults))
    frameworks = config.chosen_frameworks
    cited = _cited(config)
    known = tuple(_with_own_severity(one, config) for one in catalogue.checks if cited.intersection(one.controls))
    return Plan(
        catalogue=catalogue,
        checks=tuple(one for one in known if _runs(one, config, chosen) and _is_selected(one, chosen)),
        standing=tuple(one for one in known if _runs(one, config, Selection())),
        settings=settings_of(config),
        frameworks=frameworks,
        waivers=config.waivers,
        registers=Registers(config.registers.paths()),
        personal_information=config.personal_information,
        aws=config.aws,
        ssh=config.ssh,
        whole=chosen == Selection(),
        failing_resources=config.daemon.failing_resources,
    )


def _selection_faults(selection: Selection, catalogue: Catalogue) -> list[str]:
    known = {check.id for check in catalogue.checks}
    faults = [
        f"--check {name}: there is no such check; `wispwatch checks` lists them"
        for name in selection.checks
        if name not in known
    ]
    faults += [
        f"--control {name}: there is no such control; known: {', '.join(catalog.controls())}"
        for name in selection.controls
        if name not in catalog.controls()
    ]
    return faults


def _with_own_severity(check: Check, config: Config) -> Check:
    own = config.checks.get(check.id)
    return replace(check, severity=own.severity) if own is not None and own.severity is not None else check


def off(config: Config, catalogue: Catalogue, selection: Selection | None = None) -> tuple[Check, ...]:
    """Checks that are off by themselves and that the configuration has not switched on, among those a plan would choose."""
    chosen = selection or Selection()
    cited = _cited(config)
    return tuple(
        check
        for check in catalogue.checks
        if not check.enabled
        and cited.intersection(check.controls)
        and _is_selected(check, chosen)
        and not _runs(check, config, chosen)
    )


def _cited(config: Config) -> set[str]:
    """The items that the checks of the chosen frameworks cite."""
    leaves = catalog.leaves(config.chosen_frameworks)
    return {control.id for control in leaves} | {control.counts for control in leaves if control.counts}


def _runs(check: Check, config: Config, selection: Selection) -> bool:
    """What the configuration says; else whether the command line names it; else what the check itself says."""
    own = config.checks.get(check.id)
    if own is not None and own.enabled is not None:
        return own.enabled
    return check.enabled or check.id in selection.checks


def _is_selected(check: Check, selection: Selection) -> bool:
    by_name = not selection.checks or check.id in selection.checks
    by_control = not selection.controls or any(
        _is_about(check, catalog.controls()[name]) for name in selection.controls
    )
    return by_name and by_control


def _is_about(check: Check, wanted: Control) -> bool:
    """Whether a check counts for a control: cited, cited by an item below a heading, or by way of another item."""
    return any(
        cited in (wanted.id, wanted.counts) or (wanted.heading and cited.startswith(f"{wanted.id}("))
        for cited in check.controls
    )
