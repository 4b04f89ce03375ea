"""17.04(6), the half about patches: what Lambda functions run on."""

import tomllib
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.lambda_functions import LambdaRuntime
from collectors.shipped import shipped
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 9, 1, tzinfo=UTC))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(shipped("checks.firewall_and_patches", "lambda_runtimes.toml"))


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[
        (LambdaRuntime(identifier="python3.13"), _NOW),
        (LambdaRuntime(identifier="provided.al2023"), _NOW),
        given(LambdaRuntime(identifier="nodejs20.x"), _NOW, days=180),
    ],
    fails=[(LambdaRuntime(identifier="python3.8"), _NOW), (LambdaRuntime(identifier="nodejs20.x"), _NOW)],
    not_applicable=[(LambdaRuntime(), _NOW)],
)
def lambda_runtimes_are_supported(runtime: LambdaRuntime, moment: Moment, *, days: int = 0) -> Verdict:
    """AWS still patches what the function runs on.

    Why: AWS patches the operating system and the language of a runtime until it is deprecated; a function keeps running after
    that, without patches. One from a container image is patched by building the image again, and is not looked at here.
    Fix: move the function to a newer runtime of its language, and test it.
    Settings:
        days: how long after the day a runtime may still be used; none, since AWS tells the day half a year ahead.
    """
    if not runtime.identifier:
        return not_applicable("it brings its own runtime, in a container image")
    ends: date | None = _table()["deprecated"].get(runtime.identifier)
    if ends is None:
        return unknown(
            f"the runtime {runtime.identifier} is not in the table of {_table()['compiled']}",
            runtime=runtime.identifier,
        )
    if (moment.at.astimezone(UTC).date() - ends).days > days:
        return failed(
            f"AWS deprecated {runtime.identifier} on {ends}", runtime=runtime.identifier, supported_until=ends
        )
    return passed(runtime=runtime.identifier, supported_until=ends)
