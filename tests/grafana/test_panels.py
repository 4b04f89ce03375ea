"""Every panel's query, as Grafana would send it, finds something in a real Prometheus that has looked at the real daemon."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.verdict import Status
from tests.grafana.drawing import NAMES, Asked, Row, asked, chosen, rows, variables
from tests.grafana.world import World, findings, world

pytestmark = pytest.mark.real
ALL: dict[str, dict[str, str]] = {"asset": {"asset": "web"}}
"""What is chosen on each dashboard where nothing else is: all, but on that of one asset there is no All."""
ONE: dict[str, dict[str, str]] = {
    "overview": {"asset_kind": "server", "asset": "web", "control": "17.04(1)(b)"},
    "asset": {"asset_kind": "server", "asset": "web", "control": "17.04(1)(b)"},
    "aws": {"asset_kind": "aws_account", "asset": "production", "control": "17.04(2)(a)"},
    "trends": {"asset_kind": "server", "asset": "web", "control": "17.04(1)(b)"},
}
ORGANIZATION = {"asset_kind": "organization", "asset": "organization", "control": "17.03(2)(a)"}
ELSEWHERE: dict[str, dict[str, str]] = {
    "Firewall, encryption and updates (B)": {"asset_kind": "laptop", "asset": "laptop"},
    "Hosts with a firewall, volumes that are encrypted (B)": {"asset_kind": "laptop", "asset": "laptop"},
    "Hosts that lack security updates (B)": {"asset_kind": "server", "asset": "rocky"},
    **{f"Files that likely hold personal information ({ref})": {"asset": "rocky"} for ref in "ABC"},
    "Attestations, by when they end (A)": ORGANIZATION,
    "Waivers, by when they end (A)": {"control": "17.04(4)"},
    "What could not be seen (A)": {"asset_kind": "server", "asset": "web"},
    "Failing checks (A)": {"asset_kind": "server", "asset": "web"},
}
"""What must be chosen for these to have something to show."""
OF_A_CHECK = {"asset": "rocky", "check": "idle-shells-end-themselves"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("world")) as running:
        yield running


def drawn(made: World, name: str, panel: str, ref: str = "A", **values: str) -> list[Row]:
    """What a panel shows for these values of the variables."""
    (one,) = [each for each in asked(name) if (each.panel, each.ref) == (panel, ref)]
    return rows(made.prometheus, one, chosen(name, {**ALL.get(name, {}), **values}))


def everybody(name: str, one: Asked) -> dict[str, str]:
    """The widest choice: on the dashboard of one asset, one that has such a thing."""
    return {"asset": "laptop"} if str(one) == "Firewall, encryption and updates (B)" else ALL.get(name, {})


@pytest.mark.parametrize("name", NAMES)
def test_every_query_finds_something_for_all_and_for_one_value(made: World, name: str) -> None:
    for one in asked(name):
        for values in (everybody(name, one), ELSEWHERE.get(str(one), ONE[name])):
            found = rows(made.prometheus, one, chosen(name, values))
            assert found, f"{one} finds nothing for {values}: {one.expression}"


def test_nothing_is_missing_where_each_asset_is_a_target_of_its_own(tmp_path: Path) -> None:
    with world(tmp_path, listed=True) as made:
        targets = made.prometheus.get("/api/v1/targets")
        assert isinstance(targets, dict)
        instances = {one["labels"]["instance"] for one in targets["activeTargets"]}
        assert {"web", "rocky", "laptop", "production", "organization"} < instances
        for name in NAMES:
            for one in asked(name):
                assert rows(made.prometheus, one, chosen(name, everybody(name, one))), one


@pytest.mark.parametrize("name", NAMES)
def test_a_value_that_nothing_has_leaves_nothing(made: World, name: str) -> None:
    """So that what is chosen narrows each query: nothing is drawn of what was not asked for. A waiver of a check has no
    control, and is always among them."""
    nobody = {"asset": "nobody", "asset_kind": "nothing", "control": "none"}
    for one in asked(name):
        found = [row for row in rows(made.prometheus, one, chosen(name, nobody)) if row[0] != OF_A_CHECK]
        assert [value for _, value in found if value] == [], one


def test_as_many_checks_fail_and_are_unknown_as_the_command_says(made: World) -> None:
    # A daemon looks regularly, which a single scan cannot say of itself.
    told = [row for row in findings(made) if row["check"] != "this-scanner-looks-at-the-host-regularly"]
    for asset in ("web", "rocky", "laptop"):
        by_check: dict[str, set[str]] = {}
        for row in told:
            if row["asset"] == asset:
                by_check.setdefault(row["check"], set()).add(row["status"])
        failing = {check for check, held in by_check.items() if "fail" in held}
        unknown = {check for check, held in by_check.items() if "unknown" in held} - failing
        assert len(failing) > 10
        for status, checks in (("Failing checks", failing), ("What could not be seen", unknown)):
            found = drawn(made, "asset", status, asset=asset)
            assert {labels["check"] for labels, _ in found} == checks
            assert all(labels["title"].endswith(".") for labels, _ in found)
        assert [value for _, value in drawn(made, "asset", "Checks by status", "A", asset=asset)] == [len(failing)]
        worst = drawn(made, "overview", "Worst assets", "B", asset=asset)
        assert [value for _, value in worst] == [len(failing)]
    resources = {
        (row["subject"], row["check"]) for row in told if row["asset"] == "production" and row["status"] == "fail"
    }
    assert [value for _, value in drawn(made, "aws", "Resources", "A")] == [len(resources)]


def test_shares_and_counts_are_those_of_the_statuses(made: World) -> None:
    # A scrape that took longer than a second would leave nothing there until the next.
    held = made.prometheus.get("/api/v1/query", query="last_over_time(wispwatch_control_status[5m]) == 1")
    assert isinstance(held, dict)
    now = [one["metric"] for one in held["result"]]
    counts = {one: sum(each["status"] == one.value for each in now) for one in Status}
    laptop = sum(each["asset"] == "laptop" and each["status"] == "fail" for each in now)
    asleep = (
        counts[Status.FAIL] + laptop
    )  # `away` sleeps with what its twin `laptop` has, and `lost` has nothing but unknown
    assert [value for _, value in drawn(made, "trends", "Controls on assets, by status", "A")] == [asleep]
    for control, asset in (("17.04(6)", "laptop"), ("17.04(1)(b)", "web"), ("17.04(3)", "web")):
        own = [each["status"] for each in now if (each["control"], each["asset"]) == (control, asset)]
        applies = [one for one in own if one != "not_applicable"]  # of 17.04(3), not the half about wireless networks
        share = applies.count("pass") / len(applies)
        shown = drawn(made, "overview", "Share of assets that pass, by control", asset=asset, control=control)
        assert [(labels["control"], value) for labels, value in shown] == [(control, share)]


def test_a_laptop_that_sleeps_is_drawn_as_it_fell_asleep(made: World) -> None:
    for panel, ref in (
        ("Status of each control", "A"),
        ("Failing checks", "A"),
        ("Checks by status", "D"),
        ("What it is", "A"),
    ):
        awake = drawn(made, "asset", panel, ref, asset="laptop")
        asleep = drawn(made, "asset", panel, ref, asset="away")
        assert awake
        assert key(awake) == key(asleep)
    ((_, age),) = drawn(made, "asset", "How fresh this is", "A", asset="away")
    assert 8 * 3600 <= age < 9.5 * 3600


def key(found: list[Row]) -> list[tuple[tuple[tuple[str, str], ...], float]]:
    return sorted((tuple(sorted((k, v) for k, v in labels.items() if k != "asset")), value) for labels, value in found)


def test_an_asset_that_is_gone_is_unknown_and_nowhere_a_pass(made: World) -> None:
    found = drawn(made, "asset", "Status of each control", asset="lost")
    assert len(found) > 10
    assert {value for _, value in found} == {3.0}
    assert drawn(made, "overview", "Assets by their worst status", "B", asset="lost") == [({}, 1.0)]
    shares = drawn(made, "overview", "Share of assets that pass, by control", asset="lost")
    assert {value for _, value in shares} == {0.0}
    ((labels, age),) = drawn(made, "trends", "Scans by age", asset="lost")
    assert labels == {"asset": "lost", "asset_kind": "server"}
    assert 5 * 3600 <= age < 6.5 * 3600


def test_what_was_mended_is_no_longer_listed_and_was_before(made: World) -> None:
    ssh = [
        labels
        for labels, _ in drawn(made, "asset", "Failing checks")
        if labels["check"] == "sshd-refuses-empty-passwords"
    ]
    assert ssh == []
    query = (
        'sum_over_time(asset_check:wispwatch_check_status:held{check="sshd-refuses-empty-passwords",asset="web"}[5m])'
    )
    assert set(made.prometheus.query(query)) == {"fail"}  # as it was, and nothing of it now


@pytest.mark.parametrize("name", NAMES)
def test_the_variables_offer_what_there_is(made: World, name: str) -> None:
    offered = {}
    for key, variable in variables(name).items():
        inner, _, label = variable["definition"].removeprefix("label_values(").removesuffix(")").rpartition(", ")
        one = Asked(key, "variable", key, inner, instant=True)
        offered[key] = {labels[label] for labels, _ in rows(made.prometheus, one, chosen(name, ALL.get(name, {})))}
    everybody = {"web", "rocky", "laptop", "away", "lost", "production", "organization"}
    expected = {"aws": {"production"}}.get(name, everybody)
    if name != "asset":
        assert offered["asset"] == expected
    assert {"17.04(1)(b)", "17.04(4)"} <= offered["control"]
    assert "aws_account" in offered["asset_kind"]
