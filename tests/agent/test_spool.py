from contextlib import closing
from dataclasses import replace
from datetime import date

from agent.config import Config
from agent.gather import Scanned
from agent.plan import Plan
from agent.results import results_of
from agent.scanning.scan import scan_organization
from agent.scanning.spool import Spool
from agent.waivers import Waiver
from tests.fleets import hosts, judged, planned

TODAY = date(2026, 11, 22)
KEYS = "no-other-scanned-host-has-this-hosts-keys"


def waiver(asset: str) -> Waiver:
    return Waiver(date(2027, 1, 1), "Ana", "a reason", "a lock", check=KEYS, asset=asset)


def test_what_was_put_by_is_what_it_would_have_been() -> None:
    """Of more assets than are kept in memory, with waivers, with what only all together tell, in order."""
    known = planned(config=Config(waivers=(waiver("host-0000*"), waiver("nobody"))))
    organization = scan_organization(known)
    scanned = [judged(known, target, organization.facts) for target in hosts(70)]
    with closing(Spool(known, TODAY)) as spool:
        compare(spool, known, scanned, organization)


def compare(spool: Spool, known: Plan, scanned: list[Scanned], organization: Scanned) -> None:
    for one in (*reversed(scanned[1:]), scanned[0]):
        spool.put(one, 0)
    spool.put(organization, 1)
    spooled = spool.results(whole=True)
    expected = results_of(known, [*scanned, organization], TODAY)
    assert spooled.notes == expected.notes
    assert len(spooled.assets) == 71
    for _ in range(2):  # a report can be written in several formats
        told = [replace(one, facts=expected.assets[0].facts) for one in spooled.assets]
        assert told == [replace(one, facts=expected.assets[0].facts) for one in expected.assets]
    statuses = {finding.status.value for one in told for finding in one.findings if finding.check.id == KEYS}
    assert statuses == {"fail", "waived"}


def test_of_a_part_it_is_not_known_that_nobody_shares_a_key() -> None:
    known = planned(KEYS)
    (one,) = (judged(known, target, None) for target in hosts(1))
    for whole, expected in ((True, "not_applicable"), (False, "unknown")):
        spool = Spool(known, TODAY)
        spool.put(one, 0)
        (result,) = spool.results(whole=whole).assets
        assert [finding.status.value for finding in result.findings] == [expected]
    spool = Spool(known, TODAY)
    for other in hosts(2):
        spool.put(judged(known, other, None), 0)
    told = [finding.status.value for result in spool.results(whole=False).assets for finding in result.findings]
    assert told == ["fail", "fail"]


def test_what_others_may_change_is_told_last() -> None:
    known = planned()
    spool = Spool(known, TODAY)
    one = judged(known, hosts(1)[0], None)
    settled = spool.settled(one)
    assert settled is not None
    assert [finding.check.id for finding in settled.findings] == ["sshd-refuses-empty-passwords"]
    spool.put(one, 0)
    (result,) = spool.results(whole=True).assets
    assert [finding.check.id for finding in result.findings if not spool.is_settled(finding)] == [KEYS]
