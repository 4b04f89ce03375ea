"""What only several assets together tell: pure, over assets that were read and judged one by one.

A check that asks for such a fact is judged with each asset as ``unknown``, and again here once all assets are there.
"""

from collections.abc import Sequence
from dataclasses import replace

from agent.discover import FLEET_FACTS, Catalogue
from agent.evaluate import Settings, evaluate
from agent.gather import ORGANIZATION, Scanned
from checks.check import Check
from collectors.host.host_keys import HostFingerprints, HostKeyHolders


def across(
    catalogue: Catalogue, checks: Sequence[Check], scanned: Sequence[Scanned], settings: Settings
) -> list[Scanned]:
    """The assets, with the findings that need all of them made anew."""
    chosen = [check for check in checks if any(need.fact in FLEET_FACTS for need in check.needs)]
    if not chosen:
        return list(scanned)
    holders = _holders(scanned)
    return [
        one if one.asset_kind == ORGANIZATION else _again(catalogue, chosen, one, holders, settings) for one in scanned
    ]


def _holders(scanned: Sequence[Scanned]) -> HostKeyHolders:
    assets: dict[str, tuple[str, ...]] = {}
    hosts = 0
    for one in scanned:
        keys = one.facts.outcomes.get(HostFingerprints)
        if isinstance(keys, HostFingerprints):
            hosts += 1
            for key in dict.fromkeys(keys.fingerprints):
                assets[key] = (*assets.get(key, ()), one.asset)
    return HostKeyHolders(assets, hosts)


def _again(
    catalogue: Catalogue, checks: Sequence[Check], one: Scanned, holders: HostKeyHolders, settings: Settings
) -> Scanned:
    judged = {finding.check.id for finding in one.findings}
    again = [check for check in checks if check.id in judged]
    facts = one.facts.beside({HostKeyHolders: holders})
    found = evaluate(
        again, facts, asset=one.asset, asset_kind=one.asset_kind, settings=settings, plural=catalogue.plural_facts
    )
    ids = {check.id for check in again}
    kept = [finding for finding in one.findings if finding.check.id not in ids]
    return replace(one, findings=(*kept, *found))
