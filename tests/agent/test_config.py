import dataclasses
import os
import re
import typing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agent.binding import Binder, BindingError
from agent.config import Config, load, settings_of
from agent.config_faults import faults
from agent.errors import ConfigError
from agent.plan import plan
from checks.verdict import Severity
from tests.hosts import catalogue

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.yaml"


def written(folder: Path, text: str) -> Path:
    path = folder / "c.yaml"
    path.write_text(text)
    return path


def faults_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        plan(load(written(folder, text), {}), catalogue())
    return str(told.value).replace(f"{folder}/", "").splitlines()


def test_the_example_is_good() -> None:
    config = load(EXAMPLE, {})
    assert faults(config, catalogue()) == []
    assert config.waivers[0].until == date(2027, 6, 30)
    assert config.registers.training == EXAMPLE.parent / "registers/training.csv"
    assert config.targets[0].interval == timedelta(hours=1)
    assert config.checks["sshd-refuses-empty-passwords"].severity is Severity.CRITICAL


def schema(kind: type, seen: set[str]) -> set[str]:
    for name, hint in typing.get_type_hints(kind).items():
        seen.add(name)
        for part in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(part) and isinstance(part, type):
                schema(part, seen)
    return seen


def test_every_setting_stands_in_the_example() -> None:
    text = EXAMPLE.read_text()
    missing = [name for name in schema(Config, set()) if not re.search(rf"^[\s-]*{name}:", text, re.MULTILINE)]
    assert missing == []


def test_all_faults_are_told_at_once_with_place_and_remedy(tmp_path: Path) -> None:
    text = "asset: a\ndaemon:\n  intervall: 1h\n  splay: soon\nasset: b\nlog_level: [1]\nwaivers:\n  - check: x\n    until: tomorrow\n"
    told = faults_of(tmp_path, text)
    assert told[0] == "c.yaml:5: asset: is given a second time (first on line 1)"
    assert "c.yaml:3: daemon.intervall: is not a setting; did you mean interval?" in told
    assert "c.yaml:4: daemon.splay: 'soon' is not a time such as 30s, 5m, 1h or 7d" in told
    assert "c.yaml:6: log_level: must be text, not a list" in told
    assert "c.yaml:9: waivers[0].until: 'tomorrow' is not a date such as 2026-12-31" in told
    assert "c.yaml:8: waivers[0].owner: is missing" in told


def test_what_does_not_exist_is_told_with_what_was_meant(tmp_path: Path) -> None:
    text = """
frameworks: [201-cmr-17.05]
checks:
  sshd-refuses-empty-password: {}
waivers:
  - {control: 17.04(1)(z), owner: o, reason: r, compensating_control: c, until: 2030-01-01}
targets:
  - {name: a, kind: chroot}
  - {name: a, kind: telnet}
log_level: loud
daemon: {listen: everywhere, interval: 0s}
"""
    told = "\n".join(faults_of(tmp_path, text))
    assert "frameworks: there is no framework '201-cmr-17.05'" in told
    assert "did you mean sshd-refuses-empty-passwords?" in told
    assert "waivers[0].control: there is no control '17.04(1)(z)'; did you mean 17.04(1)(" in told
    assert "targets[0].path: is missing" in told
    assert "targets[1].kind: 'telnet' is none of" in told
    assert "targets[1].name: 'a' is the name of an earlier target" in told
    assert "log_level: 'loud'" in told
    assert "daemon.listen: 'everywhere'" in told
    assert "daemon.interval: must be at least 1s" in told


def test_a_setting_of_a_check_must_be_its_own_and_of_its_kind(tmp_path: Path) -> None:
    check = next(check for check in catalogue().checks if any(isinstance(one.default, int) for one in check.settings))
    setting = next(one for one in check.settings if isinstance(one.default, int))
    told = faults_of(tmp_path, f"checks:\n  {check.id}:\n    settings: {{{setting.name}: many, nosuch: 1}}\n")
    assert any(f"checks.{check.id}.settings.{setting.name}: 'many' must be of the kind" in one for one in told)
    assert any(f"checks.{check.id}.settings.nosuch: is no setting" in one for one in told)
    config = load(written(tmp_path, f"checks:\n  {check.id}:\n    settings: {{{setting.name}: 7}}\n"), {})
    assert settings_of(config)[check.id][setting.name] == 7


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "is not YAML"),
        ("- a", "must be settings by name, not a list"),
        ("a: &x [*x]", "is not"),
        ("? [1]\n: 2", "has a key that is no name"),
        ("daemon:", "is empty"),
        ("\0", "is not YAML"),
        ('daemon: {textfile_dir: "/a\\0b"}', "is not a path"),
        ("daemon:\n\tlisten: 127.0.0.1:9817", "cannot start any token: a tab; indent with spaces"),
        ("targets:\n  - name: @NODE@", "cannot start any token: '@'; put the text in quotes"),
        pytest.param(
            "daemon:\n  " + "[" * 100_000, "c.yaml:2: is not YAML: nested more than 100 levels deep", id="deep"
        ),
        ("asset: organization", "asset: 'organization' is what the organization itself is called"),
        ("asset_kind: organization", "asset_kind: 'organization' is what accounts and the organization are called"),
        ("asset_kind: Laptop", "asset_kind: 'Laptop' is no kind such as laptop, desktop or server"),
        ("targets: [{name: a, kind: local, asset_kind: a b}]", "targets[0].asset_kind: 'a b' is no kind"),
        ("frameworks: []", "frameworks: is empty, and nothing would be checked"),
        ("daemon: {listen: 9817}", "daemon.listen: '9817' is no address and port"),
    ],
)
def test_what_is_no_configuration_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(faults_of(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "nope.yaml", {})
    (tmp_path / "latin.yaml").write_bytes(b"asset: caf\xe9")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load(tmp_path / "latin.yaml", {})


def test_a_usual_place_that_only_root_may_look_into_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> os.stat_result:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "stat", refused)
    with pytest.raises(ConfigError, match="Permission denied; run it as root, or name another file with --config"):
        load(None, {})
    assert load(written(tmp_path, "asset: a\n"), {}).asset == "a"


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "asset: a\ndaemon: {listen: '127.0.0.1:1'}\n")
    variables = {"WISPWATCH_CONFIG": str(path), "WISPWATCH_LISTEN": "127.0.0.1:2", "WISPWATCH_ASSET": "b"}
    config = load(None, variables)
    assert (config.asset, config.daemon.listen) == ("b", "127.0.0.1:2")


def test_no_configuration_is_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Config()
    assert load(written(tmp_path, "# nothing\n"), {}) == Config()


@given(some.text())
def test_any_text_is_bound_or_refused(text: str) -> None:
    bound, told = None, []
    try:
        bound = Binder(Path("c.yaml")).bind(text, Config)
    except BindingError as fault:
        told = fault.faults
    assert told or isinstance(bound, Config)


def test_no_two_targets_have_names_that_metrics_show_alike(tmp_path: Path) -> None:
    for one, other in (("a", "a"), ("a" * 300 + "b", "a" * 300 + "c"), ("a\\x01", "a\\\\x01")):
        told = faults_of(tmp_path, f'targets: [{{name: "{one}"}}, {{name: "{other}"}}]')
        assert [fault.partition(":")[0] for fault in told] == ["targets[1].name"]


def test_no_target_is_called_as_the_organization_is(tmp_path: Path) -> None:
    told = faults_of(tmp_path, "targets: [{name: organization}]")
    assert [fault.partition(":")[0] for fault in told] == ["targets[0].name"]
