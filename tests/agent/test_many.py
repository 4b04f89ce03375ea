import itertools
import threading
import time
from collections import Counter
from dataclasses import replace

import pytest

from agent.aws.settings import AwsAccount
from agent.config import Target
from agent.errors import ConfigError, UnreachableError
from agent.inventories.settings import Fleet
from agent.plan import Plan
from agent.scanning import many
from agent.scanning.many import Expanded, Limits, scan_and_count, scan_many
from agent.scanning.shards import Shard
from tests.fleets import Recorded, hanging, hosts, planned
from tests.hosts import until

FLEET = Target("fleet", kind="fleet", fleet=Fleet(format="wispwatch"))


@pytest.fixture(scope="module")
def known() -> Plan:
    return planned("sshd-refuses-empty-passwords")


def test_every_target_has_one_result_and_no_more_than_its_share_is_under_way(known: Plan) -> None:
    together, numbers = threading.Barrier(7), itertools.count()  # the first seven wait for each other

    def before(_: Target) -> None:
        if next(numbers) < together.parties:
            together.wait(60)
        time.sleep(0.01)

    pool = Recorded(before)
    targets = hosts(120)
    found = Counter(one.asset for one in scan_many(known, targets, None, limits=Limits(workers=7), pool=pool))
    assert found == Counter(target.name for target in targets)
    assert pool.most == 7


@pytest.mark.alone
def test_two_that_hang_hold_up_nobody_and_are_unknown_in_time(known: Plan) -> None:
    targets = hosts(60)
    slow = {targets[3].name, targets[40].name}
    begun = time.monotonic()
    found = {}
    first = 0.0
    for one in scan_many(known, targets, None, limits=Limits(5, seconds=8.0), pool=Recorded(before=hanging([*slow]))):
        found[one.asset] = one
        if len(found) == 58:
            first = time.monotonic() - begun
    assert first < 6
    assert time.monotonic() - begun < 12
    assert len(found) == 60
    for name, one in found.items():
        reasons = {finding.verdict.reason for finding in one.findings if finding.verdict.reason}
        assert (any("within the time limit of the whole scan, 8 s" in reason for reason in reasons)) == (name in slow)
        assert one.was_reached == (name not in slow)


def test_what_raises_is_unseen_and_takes_nobody_with_it(known: Plan) -> None:
    def before(target: Target) -> None:
        if target.name == "host-00002":
            raise ValueError("with a secret in it")
        if target.name == "host-00003":
            raise UnreachableError("the door is shut")

    found = {one.asset: one for one in scan_many(known, hosts(6), None, limits=Limits(2), pool=Recorded(before))}
    assert len(found) == 6
    told = {name: {finding.verdict.reason for finding in one.findings} for name, one in found.items()}
    assert told["host-00002"] == {"the scan failed: ValueError"}
    assert told["host-00003"] == {"the door is shut"}
    assert {name for name, one in found.items() if not one.was_reached} == {"host-00002", "host-00003"}


def test_a_fault_of_the_configuration_ends_it(known: Plan) -> None:
    def before(target: Target) -> None:
        raise ConfigError(f"{target.name}: no")

    with pytest.raises(ConfigError, match="host-0000"):
        list(scan_many(known, hosts(3), None, pool=Recorded(before)))


def test_fleets_are_listed_beside_what_is_scanned_already(known: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    may_list = threading.Event()

    def members_of(asked: Plan, target: Target) -> tuple[Plan, list[Target]]:
        assert may_list.wait(60)
        if target.name == "broken":
            raise UnreachableError("its inventory cannot be read")
        return asked, [replace(one, name=f"{target.name}/{one.name}") for one in hosts(4)]

    monkeypatch.setattr(many, "members_of", members_of)
    broken = replace(FLEET, name="broken")
    totals = []
    found = []
    for told in scan_and_count(known, [FLEET, broken, *hosts(3)], None, pool=Recorded()):
        if isinstance(told, Expanded):
            totals.append((told.total, told.whole))
            continue
        found.append(told.asset)
        if len(found) == 3:
            assert sorted(found) == [one.name for one in hosts(3)]
            may_list.set()
    assert totals[0] == (3, False)
    assert totals[-1] == (8, True)
    assert sorted(found[3:]) == ["broken", *(f"fleet/{one.name}" for one in hosts(4))]


def test_accounts_and_hosts_wait_in_lines_of_their_own(known: Plan) -> None:
    accounts = [Target(f"account-{number}", kind="aws", aws=AwsAccount()) for number in range(30)]
    may_end = threading.Event()
    pool = Recorded(before=lambda target: target.kind != "aws" or may_end.wait(60))
    found = []
    for one in scan_many(known, [*accounts, *hosts(10)], None, limits=Limits(workers=4), pool=pool):
        found.append(one.asset)
        if len(found) == 10:
            assert set(found) == {one.name for one in hosts(10)}
            assert sum(name.startswith("account") for name in pool.begun) == 4
            may_end.set()
    assert len(found) == 40


def test_the_parts_of_a_scan_make_a_whole(known: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    def members_of(asked: Plan, target: Target) -> tuple[Plan, list[Target]]:
        if target.name == "broken":
            raise UnreachableError("its inventory cannot be read")
        return asked, [replace(one, name=f"{target.name}/{one.name}") for one in hosts(20)]

    monkeypatch.setattr(many, "members_of", members_of)
    found: Counter[str] = Counter()
    for index in range(3):
        limits = Limits(shard=Shard(index, 3))
        targets = [FLEET, replace(FLEET, name="broken"), *hosts(20)]
        found.update(one.asset for one in scan_many(known, targets, None, limits=limits, pool=Recorded()))
    assert len(found) == found.total() == 41


@pytest.mark.alone
def test_an_overall_limit_leaves_nobody_out(known: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "members_of", lambda asked, _: time.sleep(30))
    targets = [FLEET, *hosts(12)]
    pool = Recorded(before=hanging([one.name for one in hosts(12)]))
    begun = time.monotonic()
    found = Counter(one.asset for one in scan_many(known, targets, None, limits=Limits(3, seconds=1.0), pool=pool))
    assert time.monotonic() - begun < 6
    assert found == Counter(["fleet", *(one.name for one in hosts(12))])
    assert len(pool.begun) == 3


def test_no_thread_is_left_idle_behind_a_scan(known: Plan) -> None:
    before = threading.active_count()
    assert len(list(scan_many(known, hosts(12), None, limits=Limits(4), pool=Recorded()))) == 12
    chosen = [Target(f"here-{number}", kind="shell", command=("env",)) for number in range(6)]
    assert len(list(scan_many(known, chosen, None, limits=Limits(4)))) == 6
    until(lambda: threading.active_count() <= before)
