"""Resources of accounts as numbers."""

import re
import subprocess
from dataclasses import replace

import pytest

from agent.pages.metrics import render
from checks.verdict import Verdict, failed, passed, unknown
from tests.hosts import need
from tests.states import HOSTILE, SSH, plan, scanned, state

VERDICTS: dict[str, Verdict] = {
    "arn:a": passed(),
    "arn:b": failed("x"),
    "arn:c": failed("x"),
    "arn:d": unknown("needs s3:GetBucketAcl"),
    HOSTILE: failed("x"),
}


def page(*, age: float = 0.0, kind: str = "aws_account", most: int = 0) -> str:
    made = replace(plan(), failing_resources=most)
    done = scanned(made, {SSH: VERDICTS}, asset="1", kind=kind, age=age)
    return render(state(made, done)).decode()


def counts(text: str) -> dict[str, float]:
    found = re.findall(
        r'^wispwatch_aws_resources\{asset="1",aws_region="global",.*status="(\w+)"\} (\S+)$', text, re.MULTILINE
    )
    return {status: float(value) for status, value in found}


def test_resources_are_counted_by_outcome() -> None:
    assert counts(page()) == {"pass": 1, "fail": 3, "unknown": 1}


def test_what_is_too_old_is_unknown_and_still_says_that_nothing_passes_or_fails() -> None:
    assert counts(page(age=4 * 3600.0)) == {"pass": 0, "fail": 0, "unknown": 5}


def test_a_host_has_no_resources() -> None:
    assert counts(page(kind="server")) == {}


def test_no_resource_has_a_series_unless_somebody_asks_and_then_so_many() -> None:
    assert "aws_failing_resource_info{" not in page()
    assert page(most=2).count("wispwatch_aws_failing_resource_info{") == 2
    assert page(most=100).count("wispwatch_aws_failing_resource_info{") == 3
    assert "aws_failing_resource_info{" not in page(most=100, age=4 * 3600.0)


@pytest.mark.real
def test_the_page_passes_promtool() -> None:
    need("prometheus")
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=page(most=100).encode(), capture_output=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
