"""Every family of resources: good and bad twins in a real moto server, and answers in AWS' documented shapes."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from collectors.collector import Platform
from tests.aws_accounts import Account, Case, catalogue, judged, new_account, statuses

HERE = Path(__file__).parent


def _load(folder: str) -> dict[str, ModuleType]:
    found = {}
    for path in sorted((HERE / folder).glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"aws_{folder}_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        found[path.stem] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return found


TWINS = _load("twins")
CASES: list[tuple[str, Case]] = [(name, case) for name, one in _load("recorded").items() for case in one.CASES]


@pytest.mark.parametrize("family", TWINS)
def test_good_and_bad_twins_are_told_apart(family: str, account: Account) -> None:
    region = "eu-west-1"
    expected = TWINS[family].make(account, region)
    told = statuses(account.scan(*expected, regions=(region,)))
    seen = {check: {subject: told[check].get(subject) for subject in subjects} for check, subjects in expected.items()}
    assert seen == expected


@pytest.mark.parametrize(("family", "case"), CASES, ids=lambda one: one if isinstance(one, str) else one.check)
def test_documented_answers_are_judged(family: str, case: Case) -> None:
    settings = {case.check.replace("-", "_"): case.settings}
    found = judged(case.answers, case.check, regions=case.regions, known=case.known, roster=case.roster, **settings)
    told = statuses(found)[case.check]
    if case.subject is None:
        assert list(told.values()) == [case.status], told
    else:
        assert told[case.subject] == case.status, told


def test_every_check_has_passed_and_failed(moto: str) -> None:
    seen: dict[str, set[str]] = {}
    for family in TWINS.values():
        for check, subjects in family.make(new_account(moto), "us-east-1").items():
            seen.setdefault(check, set()).update(subjects.values())
    for _, case in CASES:
        seen.setdefault(case.check, set()).add(case.status)
    ours = [one.id for one in catalogue().checks if catalogue().platform_of(one) is Platform.AWS]
    assert {check: seen.get(check, set()) for check in ours if not {"pass", "fail"} <= seen.get(check, set())} == {}
