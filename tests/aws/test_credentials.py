"""Roles that are assumed: what passes is tried again, what does not is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.aws import credentials
from agent.aws.credentials import NoCredentials, assumed
from agent.aws.settings import AwsAccount
from collectors.transports.aws.refusals import Refusal

ROLE = "arn:aws:iam::123456789012:role/wispwatch"
GIVEN = {
    "Credentials": {
        "AccessKeyId": "a",
        "SecretAccessKey": "b",
        "SessionToken": "c",
        "Expiration": datetime.now(UTC) + timedelta(hours=1),
    }
}


class Sts:
    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def once(self, *_: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials.time, "sleep", lambda _: None)


def given(*answers: Any) -> Any:
    sts = Sts(*answers)
    found = assumed(sts, None, ROLE, AwsAccount())  # type: ignore[arg-type]
    assert sts.answers == []
    return found


def test_a_role_is_asked_for_again_where_that_may_help() -> None:
    throttled, broken = Refusal("Throttling", "", 400), Refusal("InternalFailure", "", 500)
    assert given(throttled, broken, GIVEN).get_frozen_credentials().access_key == "a"


def test_a_role_that_is_throttled_time_after_time_is_not_assumed() -> None:
    found = given(*[Refusal("Throttling", "", 400)] * 4)
    assert isinstance(found, NoCredentials)
    assert "throttled" in found.reason


def test_a_denied_role_is_asked_for_once() -> None:
    found = given(Refusal("AccessDenied", "", 403))
    assert isinstance(found, NoCredentials)
    assert found.reason == f"{ROLE} could not be assumed: needs sts:AssumeRole"
