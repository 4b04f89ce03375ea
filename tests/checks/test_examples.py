import pytest

from checks.check import Check, Example
from checks.verdict import Status
from tests.hosts import catalogue

CASES = [
    pytest.param(check, example, status, id=f"{check.id}-{status}-{index}")
    for check in catalogue().checks
    for status, examples in (
        (Status.PASS, check.passes),
        (Status.FAIL, check.fails),
        (Status.NOT_APPLICABLE, check.not_applicable),
    )
    for index, example in enumerate(examples)
]


@pytest.mark.parametrize(("check", "example", "status"), CASES)
def test_an_example_gets_the_status_it_stands_under(check: Check, example: Example, status: Status) -> None:
    verdict = check.judge(*example.facts, **example.settings)
    assert verdict.status is status, verdict.reason
    assert verdict.status is not Status.FAIL or verdict.reason
