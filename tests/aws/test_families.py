"""Every family of resources: good and bad twins in a real moto server, and answers in AWS' documented shapes."""

from pathlib import Path

import pytest

from collectors.collector import Platform
from tests.aws.families import CASES, TWINS
from tests.aws_accounts import Account, Case, catalogue, judged, new_account, statuses

SEEN = Path(__file__).parent / "seen.txt"


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


def test_every_check_has_passed_and_failed(moto: str, request: pytest.FixtureRequest) -> None:
    """And tests/aws/seen.txt says how, for docs/coverage.md: `--update` writes it."""
    made: dict[str, set[str]] = {}
    for family in TWINS.values():
        for check, subjects in family.make(new_account(moto), "us-east-1").items():
            made.setdefault(check, set()).update(subjects.values())
    written: dict[str, set[str]] = {}
    for _, case in CASES:
        written.setdefault(case.check, set()).add(case.status)
    ours = sorted(one.id for one in catalogue().checks if catalogue().platform_of(one) is Platform.AWS)
    both = {"pass", "fail"}
    lacking = {
        check: found for check in ours if not both <= (found := made.get(check, set()) | written.get(check, set()))
    }
    assert lacking == {}
    told = "".join(
        f"{check} {'moto' if both <= made.get(check, set()) else 'both' if check in made else 'recorded'}\n"
        for check in ours
    )
    if request.config.getoption("--update"):
        SEEN.write_text(told)
    assert told == SEEN.read_text()
