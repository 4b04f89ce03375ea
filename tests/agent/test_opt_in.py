import json
from pathlib import Path

import pytest

from agent.config import CheckSettings, Config, load
from agent.gather import sources_for
from agent.plan import Selection, off, plan
from checks.verdict import Severity
from collectors.collector import Platform
from tests.agent.test_cli import wispwatch
from tests.hosts import catalogue

COSTLY = "no-account-has-a-vendor-default-password"
SOURCE = "command:comparison with default passwords"


def runs(config: Config, selection: Selection | None = None) -> bool:
    """Whether the check is planned and its source asked, which must be the same, and opposite to its being off."""
    made = plan(config, catalogue(), selection)
    planned = COSTLY in {check.id for check in made.checks}
    asked = SOURCE in {source.key for source in sources_for(made.catalogue, made.checks, Platform.LINUX)}
    resting = COSTLY in {check.id for check in off(config, catalogue(), selection)}
    assert planned == asked == (not resting)
    return planned


@pytest.mark.parametrize(
    ("said", "named", "expected"),
    [
        (None, False, False),
        (CheckSettings(), False, False),
        (CheckSettings(severity=Severity.LOW), False, False),
        (CheckSettings(enabled=True), False, True),
        (CheckSettings(enabled=False), False, False),
        (None, True, True),
        (CheckSettings(enabled=False), True, False),
    ],
)
def test_a_costly_check_runs_where_it_is_asked_for(said: CheckSettings | None, named: bool, expected: bool) -> None:
    config = Config(checks={COSTLY: said} if said else {})
    assert runs(config, Selection(checks=(COSTLY,)) if named else None) is expected


def test_choosing_its_control_does_not_switch_it_on() -> None:
    assert not runs(Config(), Selection(controls=("17.04(2)(b)",)))
    assert runs(Config(checks={COSTLY: CheckSettings(enabled=True)}), Selection(controls=("17.04(2)(b)",)))


def test_it_is_off_only_for_frameworks_that_cite_it() -> None:
    assert off(Config(frameworks=("201-cmr-17.03",)), catalogue()) == ()


def test_other_checks_are_on_and_can_be_switched_off() -> None:
    off_by_itself = {check.id for check in catalogue().checks if not check.enabled}
    assert off_by_itself == {COSTLY, "no-service-here-lets-in-with-a-published-login"}
    other = "sshd-refuses-empty-passwords"
    assert other in {check.id for check in plan(Config(), catalogue()).checks}
    silenced = Config(checks={other: CheckSettings(enabled=False)})
    assert other not in {check.id for check in plan(silenced, catalogue()).checks}


def test_the_list_and_the_page_say_so(tmp_path: Path) -> None:
    told = f"off; enable it with checks: {{{COSTLY}: {{enabled: true}}}} in the configuration"
    on = tmp_path / "on.yaml"
    on.write_text(f"checks: {{{COSTLY}: {{enabled: true}}}}\n")
    plain = tmp_path / "plain.yaml"
    plain.write_text("log_level: info\n")
    assert told in wispwatch("checks", "--config", str(plain)).stdout
    assert told not in wispwatch("checks", "--config", str(on)).stdout
    for config, enabled in ((plain, False), (on, True)):
        rows = json.loads(wispwatch("checks", "--config", str(config), "--format", "json").stdout)
        assert {row["check"]: row["enabled"] for row in rows}[COSTLY] is enabled
    page = " ".join(wispwatch("explain", COSTLY, "--config", str(plain)).stdout.split())
    assert f"Off by default; enable it with checks: {{{COSTLY}: {{enabled: true}}}}" in page


def test_what_is_not_said_stays_unsaid(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(f"checks: {{{COSTLY}: {{severity: high}}}}\n")
    shown = wispwatch("config", "show", "--config", str(path))
    (tmp_path / "again.yaml").write_text(shown.stdout)
    assert load(tmp_path / "again.yaml", {}).checks[COSTLY].enabled is None
