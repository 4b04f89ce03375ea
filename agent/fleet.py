"""What only several assets together tell: pure, over assets that were read and judged one by one.

A check that asks for such a fact is judged with each asset as ``unknown``, and again here once all assets are there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from agent.discover import FLEET_FACTS, Catalogue
from agent.evaluate import Settings, evaluate
from agent.gather import ORGANIZATION, Scanned
from checks.check import Check
from collectors.host.host_keys import HostFingerprints, HostKeyHolders


def of_fleets(checks: Iterable[Check]) -> list[Check]:
    """The checks that are about several assets together."""
    return [check for check in checks if any(need.fact in FLEET_FACTS for need in check.needs)]


class Together:
    """Takes assets in one by one, keeps of them only what is compared, and then judges each of them again."""

    def __init__(self, catalogue: Catalogue, checks: Sequence[Check], settings: Settings) -> None:
        self._catalogue = catalogue
        self._settings = settings
        self._checks = of_fleets(checks)
        self._assets: dict[str, tuple[str, ...]] = {}
        self._hosts = 0
        self.whole = True
        """Whether no asset is left out: of a part, that nobody shares a key is not known."""

    def take_in(self, one: Scanned) -> None:
        """Remember what is compared."""
        keys = one.facts.outcomes.get(HostFingerprints)
        if self._checks and isinstance(keys, HostFingerprints):
            self._hosts += 1
            for key in dict.fromkeys(keys.fingerprints):
                self._assets[key] = (*self._assets.get(key, ()), one.asset)

    def again(self, one: Scanned) -> Scanned:
        """An asset with the findings that need all of them made anew."""
        judged = {finding.check.id for finding in one.findings}
        again = [check for check in self._checks if check.id in judged]
        if not again or one.asset_kind == ORGANIZATION:
            return one
        facts = one.facts.beside({HostKeyHolders: HostKeyHolders(self._assets, self._hosts, self.whole)})
        found = evaluate(
            again,
            facts,
            asset=one.asset,
            asset_kind=one.asset_kind,
            settings=self._settings,
            plural=self._catalogue.plural_facts,
        )
        ids = {check.id for check in again}
        kept = [finding for finding in one.findings if finding.check.id not in ids]
        return replace(one, findings=(*kept, *found))


def across(
    catalogue: Catalogue, checks: Sequence[Check], scanned: Sequence[Scanned], settings: Settings
) -> list[Scanned]:
    """All assets, with the findings that need all of them made anew."""
    together = Together(catalogue, checks, settings)
    for one in scanned:
        together.take_in(one)
    return [together.again(one) for one in scanned]
