"""What there is to say in numbers of AWS accounts: resources by outcome, never a series a resource unless somebody asks.

For each check and region ``pass`` and ``fail`` are always there, so that nobody who looks back over hours finds both.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from agent.evaluate import Finding
from agent.gather import AWS_ACCOUNT
from agent.state import Asset
from checks.check import Check
from checks.verdict import Status

GLOBAL = "global"
"""The region of what has none."""
_ALWAYS = (Status.PASS, Status.FAIL)


def resources(assets: Iterable[Asset]) -> Iterator[tuple[str, str, Check, Status, int]]:
    """Asset, region, check, status and how many resources have it. What is too old to count is ``unknown``."""
    for asset in assets:
        if asset.result.asset_kind == AWS_ACCOUNT:
            counted: dict[tuple[str, str], Counter[Status]] = {}
            checks: dict[str, Check] = {}
            for finding in asset.result.findings:
                checks[finding.check.id] = finding.check
                of_check = counted.setdefault((finding.region or GLOBAL, finding.check.id), Counter())
                of_check[Status.UNKNOWN if asset.stale else finding.status] += 1
            for (region, check), held in counted.items():
                for status in Status:
                    if held[status] or status in _ALWAYS:
                        yield asset.result.asset, region, checks[check], status, held[status]


def failing(assets: Iterable[Asset], most: int) -> Iterator[tuple[str, Finding]]:
    """The asset and finding of at most so many failing resources, the most severe first."""
    found = [
        (asset.result.asset, finding)
        for asset in assets
        if asset.result.asset_kind == AWS_ACCOUNT and not asset.stale
        for finding in asset.result.findings
        if finding.status is Status.FAIL and finding.subject
    ]
    found.sort(key=lambda pair: (-pair[1].check.severity, pair[0], pair[1].check.id, pair[1].subject))
    yield from found[:most]
