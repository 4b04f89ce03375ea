"""Which assets have which host key, while assets come, change and go; and what the checks that compare assets find of each."""

import bisect

from agent.evaluate import Finding, evaluate
from agent.state.standing import Standing
from collectors.host.host_keys import HostFingerprints, HostKeyHolders


class KeyHolders:
    """The host keys of all assets."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, ...]] = {}
        """Of each asset that showed any."""
        self._holders: dict[str, tuple[str, ...]] = {}
        self._touched: set[str] = set()
        self._hosts = 0
        """How many there were when it was last asked what was touched."""

    def put(self, standing: Standing) -> None:
        """Take in an asset anew."""
        outcome = standing.facts.outcomes.get(HostFingerprints)
        if isinstance(outcome, HostFingerprints) and standing.compared:
            self._replace(standing.asset, tuple(dict.fromkeys(outcome.fingerprints)))
        else:
            self._replace(standing.asset, None)
        self._touched.add(standing.asset)

    def drop(self, asset: str) -> None:
        """An asset is gone."""
        self._replace(asset, None)
        self._touched.discard(asset)

    def touched(self) -> set[str] | None:
        """The assets of which something else may be found since this was last asked; None for all."""
        touched, self._touched = self._touched, set()
        before, self._hosts = self._hosts, len(self._keys)
        return touched if before == len(self._keys) else None

    def found(self, standing: Standing, known: "Known") -> tuple[Finding, ...]:
        """What is found of an asset; ``known`` is what was found of others since anything changed."""
        about = (*standing.facts.outcomes.items(), *(found.check.id for found, _ in standing.compared))
        try:
            told = known.get(about)
        except TypeError:  # a fact of which no two can be compared
            return self._asked(standing)
        if told is None:
            told = known[about] = self._asked(standing)
        return tuple(
            Finding(one.check, standing.asset, standing.asset_kind, one.subject, one.verdict, raised=one.raised)
            for one in told
        )

    def _asked(self, standing: Standing) -> tuple[Finding, ...]:
        checks = list({found.check.id: found.check for found, _ in standing.compared}.values())
        found = evaluate(
            checks,
            standing.facts.beside({HostKeyHolders: HostKeyHolders(self._holders, len(self._keys))}),
            asset=standing.asset,
            asset_kind=standing.asset_kind,
            settings=standing.plan.settings,
            plural=standing.plan.catalogue.plural_facts,
        )
        return tuple(found)

    def _replace(self, asset: str, keys: tuple[str, ...] | None) -> None:
        before = self._keys.pop(asset, None)
        if keys is not None:
            self._keys[asset] = keys
        for key in set(before or ()).symmetric_difference(keys or ()):
            holders = list(self._holders.get(key, ()))
            self._touched.update(holders)
            if asset in holders:
                holders.remove(asset)
            else:
                bisect.insort(holders, asset)
            if holders:
                self._holders[key] = tuple(holders)
            else:
                del self._holders[key]


Known = dict[tuple[object, ...], tuple[Finding, ...]]
"""Findings by the facts and checks that they follow from: hosts of one image have the same keys by the hundred."""
