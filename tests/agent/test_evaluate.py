"""The absence rule where facts become verdicts, and how statuses roll up."""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from agent.discover import Catalogue
from agent.evaluate import Facts, Finding, control_statuses, evaluate, facts_of, roll_up, with_shared
from agent.waivers import Waiver
from checks.check import Check, check
from checks.verdict import LOW, Status, Verdict, failed, not_applicable, passed
from collectors.collector import Fact, Outcome, Platform, collector
from collectors.readings import Absent, Reading, Text, Unread
from collectors.snapshot import Moment, Snapshot
from collectors.sources import File, Register

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Lock(Fact):
    kind: str = "bolt"


@dataclass(frozen=True)
class Guard(Fact):
    name: str = "Ann"


@dataclass(frozen=True)
class Door(Fact):
    name: str = "front"
    shut: bool = True

    @property
    def subject(self) -> str:
        return self.name


@check(
    "17.04(4)",
    severity=LOW,
    passes=[(Door(), Lock(), Guard())],
    fails=[(Door(shut=False), Lock(), None)],
)
def every_door_is_watched(door: Door, lock: Lock, guard: Guard | None, *, least: int = 1) -> Verdict:
    """Every door is shut or watched.

    Why: an open door.
    Fix: shut it.
    Settings:
        least: how many guards; one, for an example.
    """
    if door.shut or (guard and least <= 1):
        return passed(lock=lock.kind)
    return failed("open", guard=guard is not None)


@check("17.04(4)", severity=LOW, passes=[Lock()], fails=[Lock("none")])
def the_check_is_whole(lock: Lock) -> Verdict:
    """The check does not raise.

    Why: it might.
    Fix: report it.
    """
    raise KeyError(f"secret {lock.kind}")


@check("17.04(4)", severity=LOW, passes=[None], fails=[Guard()])
def no_one_is_there(guard: Guard | None) -> Verdict:
    """No one is there.

    Why: an example of a check that judges an absence only.
    Fix: send them home.
    """
    return failed("someone is there") if guard else passed()


@collector(File("/etc/lock"))
def locks(kind: str) -> Lock:
    return Lock(kind)


@collector(File("/etc/guard"), File("/etc/rota"))
def guards(name: str, rota: str | None) -> Guard:
    return Guard(name + (rota or ""))


@collector(File("/etc/doors"))
def doors(names: str) -> tuple[Door, ...]:
    return tuple(Door(name, shut=not name.startswith("!")) for name in names.split())


@collector(Register("guards"), platform=Platform.ORGANIZATION)
def hired(name: str) -> Guard:
    return Guard(name)


def asked(one: Check, outcomes: dict[type[Fact], Outcome], **settings: Any) -> list[Finding]:
    return evaluate(
        [one],
        Facts(outcomes),
        asset="web",
        asset_kind="server",
        settings={one.id: settings},
        plural=frozenset({Door}),
    )


OUTCOMES: dict[str, Any] = {
    "known": None,
    "absent": Absent("what is not there"),
    "unread": Unread("permission denied"),
    "untold": None,
}


@pytest.mark.parametrize("states", list(itertools.product(OUTCOMES, repeat=3)))
def test_the_absence_rule(states: tuple[str, str, str]) -> None:
    known: tuple[Outcome, ...] = ((Door(),), Lock(), Guard())
    outcomes = {
        fact: known[index] if state == "known" else OUTCOMES[state]
        for index, (fact, state) in enumerate(zip((Door, Lock, Guard), states, strict=True))
        if state != "untold"
    }
    (finding,) = asked(every_door_is_watched, outcomes)
    door, lock, guard = states
    if "absent" in (door, lock):
        assert finding.status is Status.NOT_APPLICABLE
        assert "what is not there" in finding.verdict.reason
    elif {"unread", "untold"} & set(states):
        assert finding.status is Status.UNKNOWN
        assert ("permission denied" in finding.verdict.reason) == ("unread" in states)
        assert ("nothing told of" in finding.verdict.reason) == ("untold" in states)
    else:
        assert finding.status is Status.PASS
        assert guard in ("known", "absent")
    assert not finding.raised


def test_an_absence_that_is_judged_is_judged() -> None:
    assert asked(no_one_is_there, {Guard: Absent("guard")})[0].status is Status.PASS
    assert asked(no_one_is_there, {Guard: Guard()})[0].status is Status.FAIL
    assert asked(no_one_is_there, {Guard: Unread("dark")})[0].status is Status.UNKNOWN
    assert asked(no_one_is_there, {})[0].status is Status.UNKNOWN


def test_each_subject_has_its_finding_in_order() -> None:
    outcomes: dict[type[Fact], Outcome] = {Door: (Door("b", shut=False), Door("a")), Lock: Lock(), Guard: Absent()}
    findings = asked(every_door_is_watched, outcomes)
    assert [(one.subject, one.status) for one in findings] == [("b", Status.FAIL), ("a", Status.PASS)]


def test_no_subject_is_one_finding_that_says_so() -> None:
    (finding,) = asked(every_door_is_watched, {Door: (), Lock: Lock(), Guard: Guard()})
    assert (finding.status, finding.subject) == (Status.NOT_APPLICABLE, "")
    assert finding.verdict.reason == "there is no door"


def test_a_check_that_raises_is_unknown_and_says_that_it_raised() -> None:
    (finding,) = asked(the_check_is_whole, {Lock: Lock("hunter2")})
    assert finding.status is Status.UNKNOWN
    assert finding.raised
    assert "KeyError" in finding.verdict.reason
    assert "hunter2" not in finding.verdict.reason


def test_settings_reach_the_check_and_unknown_ones_are_told() -> None:
    outcomes: dict[type[Fact], Outcome] = {Door: (Door(shut=False),), Lock: Lock(), Guard: Guard()}
    assert asked(every_door_is_watched, outcomes)[0].status is Status.PASS
    assert asked(every_door_is_watched, outcomes, least=2)[0].status is Status.FAIL
    assert asked(every_door_is_watched, outcomes, most=2)[0].raised


CATALOGUE = Catalogue((locks, guards, doors, hired), (every_door_is_watched, no_one_is_there))


def test_facts_carry_the_evidence_of_what_was_read() -> None:
    readings: dict[str, Reading] = {
        "file:/etc/lock": Text("bolt"),
        "file:/etc/guard": Unread("denied"),
        "file:/etc/rota": Absent("rota"),
    }
    facts = facts_of(CATALOGUE, Snapshot("web", Platform.LINUX, NOW, readings))
    assert facts.outcomes == {Moment: Moment(NOW), Lock: Lock("bolt"), Guard: Unread("denied")}
    (lock,) = facts.evidence[Lock]
    assert (lock.source, lock.outcome, lock.read_at) == ("file:/etc/lock", "text", NOW)
    assert lock.sha256 == hashlib.sha256(b"bolt").hexdigest()
    assert [(one.outcome, one.sha256) for one in facts.evidence[Guard]] == [("unread", ""), ("absent", "")]
    (finding,) = evaluate(
        [no_one_is_there], facts, asset="web", asset_kind="", settings={}, plural=CATALOGUE.plural_facts
    )
    assert finding.evidence == facts.evidence[Guard]


def test_text_that_is_no_unicode_can_be_hashed() -> None:
    facts = facts_of(CATALOGUE, Snapshot("web", Platform.LINUX, NOW, {"file:/etc/lock": Text("\ud800")}))
    assert len(facts.evidence[Lock][0].sha256) == 64


def test_the_organizations_facts_are_in_scope_and_its_clock_is_not() -> None:
    own = facts_of(CATALOGUE, Snapshot("web", Platform.LINUX, NOW, {"file:/etc/lock": Text("bolt")}))
    office = Snapshot(
        "office", Platform.ORGANIZATION, datetime(2020, 1, 1, tzinfo=UTC), {"register:guards": Text("Bo")}
    )
    both = with_shared(own, facts_of(CATALOGUE, office), CATALOGUE)
    assert both.outcomes == {Moment: Moment(NOW), Lock: Lock("bolt"), Guard: Guard("Bo")}
    assert both.evidence[Guard][0].source == "register:guards"


@pytest.mark.parametrize("statuses", [list(some) for size in range(6) for some in itertools.combinations(Status, size)])
def test_statuses_roll_up_by_the_worst_that_was_seen(statuses: list[Status]) -> None:
    order = [Status.FAIL, Status.UNKNOWN, Status.WAIVED, Status.PASS, Status.NOT_APPLICABLE]
    expected = min(statuses, key=order.index, default=Status.NOT_APPLICABLE)
    assert roll_up(statuses) is expected
    assert roll_up(reversed(statuses)) is expected


def judged(status: Status, *controls: str, facet: str = "", waiver: Waiver | None = None) -> Finding:
    made = check(*controls, severity=LOW, facet=facet, passes=[None], fails=[Guard()])(no_one_is_there.judge)
    return Finding(made, "web", "server", "", Verdict(status, "because"), waiver=waiver)


def test_halves_of_a_control_and_sister_controls_roll_up_apart() -> None:
    findings = [
        judged(Status.PASS, "17.04(6)", facet="firewall"),
        judged(Status.FAIL, "17.04(6)", facet="patches"),
        judged(Status.PASS, "17.04(1)(d)"),
        judged(Status.FAIL, "965-3.04(1)(f)"),
    ]
    one = {(each.control, each.facet): each.status for each in control_statuses(findings, frozenset({"201-cmr-17.04"}))}
    assert one == {
        ("17.04(6)", "firewall"): Status.PASS,
        ("17.04(6)", "patches"): Status.FAIL,
        ("17.04(1)(d)", ""): Status.PASS,
    }
    both = {(each.control, each.facet): each.status for each in control_statuses(findings, frozenset({"965-cmr-3.04"}))}
    assert both == {
        ("965-3.04(6)", "firewall"): Status.PASS,
        ("965-3.04(6)", "patches"): Status.FAIL,
        ("965-3.04(1)(d)", ""): Status.PASS,
        ("965-3.04(1)(f)", ""): Status.FAIL,
    }


def test_a_waiver_waives_a_fail_and_nothing_else() -> None:
    waiver = Waiver(date(2026, 12, 31), "Ann", "old device", "locked room", check="no-one-is-there")
    held = {status: judged(status, "17.04(4)", waiver=waiver) for status in Status if status is not Status.WAIVED}
    assert held[Status.FAIL].status is Status.WAIVED
    assert held[Status.FAIL].verdict.status is Status.FAIL
    assert all(one.status is status for status, one in held.items() if status is not Status.FAIL)


def test_a_verdict_of_not_applicable_is_no_pass() -> None:
    assert roll_up([not_applicable("none").status, not_applicable("none").status]) is Status.NOT_APPLICABLE
