import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.config import CheckSettings
from agent.exposition import text as exposition
from agent.exposition.families import FAMILIES
from agent.exposition.host_metrics import GAUGES, attestation_ends, operating_system
from agent.pages.metrics import REASONS, SCAN, reason_of, render
from agent.state.assets import State
from agent.state.history import STICKY, History
from agent.waivers import Waiver
from checks.verdict import Severity, Verdict, failed, not_applicable, passed, unknown
from tests.hosts import catalogue, need
from tests.states import HOSTILE, NOW, SSH, plan, scanned, state

Series = dict[tuple[str, ...], float]
HOUR = 3600.0


def series(of: State, name: str, *labels: str, **where: str) -> Series:
    """Values by the asked labels."""
    found = {}
    for family in text_string_to_metric_families(render(of).decode()):
        for sample in family.samples:
            if sample.name == f"wispwatch_{name}" and where.items() <= sample.labels.items():
                found[tuple(sample.labels[label] for label in labels)] = sample.value
    return found


def one(verdict: Verdict, history: History | None = None, **more: float) -> State:
    made = plan()
    return state(made, scanned(made, {SSH: verdict}), history=history, **more)


def test_control_series_are_dense_and_one_status_holds() -> None:
    found = series(one(failed("bad")), "control_status", "status", asset="web", control="17.04(1)(b)")
    assert found == {("fail",): 1, ("pass",): 0, ("unknown",): 0, ("not_applicable",): 0, ("waived",): 0}


def test_halves_of_a_control_are_apart() -> None:
    made = plan()
    halves = {check.facet: check.id for check in made.checks if "17.04(3)" in check.controls}
    both = scanned(made, {halves["public"]: failed("bad"), halves["wireless"]: passed()})
    found = series(state(made, both), "control_status", "facet", control="17.04(3)", status="fail")
    assert found == {("public",): 1, ("wireless",): 0}


def test_a_check_has_its_status_and_sticky_zeros_for_seven_days() -> None:
    history = History()
    history.note("web", {SSH: failed("x").status}, {}, NOW.timestamp() - 9 * 86400)
    history.note("web", {SSH: unknown("x").status}, {}, NOW.timestamp() - 8 * 86400)
    history.note("web", {SSH: passed().status}, {}, NOW.timestamp() - STICKY + 60)
    found = series(one(passed(), history), "check_status", "status", "control", "severity", asset="web", check=SSH)
    assert found == {
        ("pass", "17.04(1)(b)", "critical"): 1,
        ("unknown", "17.04(1)(b)", "critical"): 0,
    }


def test_a_check_of_several_subjects_has_the_worst_status() -> None:
    made = plan()
    mixed = scanned(made, {SSH: {"a": passed(), "b": unknown("?"), "c": not_applicable("none")}})
    assert series(state(made, mixed), "check_status", "status", check=SSH) == {("unknown",): 1}


def test_a_result_that_is_too_old_is_unknown() -> None:
    made = plan()
    old = scanned(made, {SSH: passed()}, age=3 * HOUR + 1)
    fresh = scanned(made, {SSH: passed()}, asset="db", age=3 * HOUR - 1)
    both = state(made, old, fresh)
    held = series(both, "control_status", "asset", "status", control="17.04(1)(b)")
    assert {key for key, value in held.items() if value} == {("web", "unknown"), ("db", "pass")}
    checks = series(both, "check_status", "asset", "status")
    assert {key for key, value in checks.items() if value} == {("web", "unknown"), ("db", "pass")}


def test_failing_since_is_there_only_while_it_fails() -> None:
    history = History()
    history.note("web", {}, {("17.04(1)(b)", ""): failed("x").status}, 1000.0)
    since = "control_failing_since_timestamp_seconds"
    assert series(one(failed("x"), history), since, "control") == {("17.04(1)(b)",): 1000.0}
    assert series(one(unknown("x"), history), since, "control") == {}
    assert series(one(failed("x"), history), since, "control") == {("17.04(1)(b)",): 1000.0}
    assert series(one(passed(), history), since, "control") == {}


def test_a_waived_failure_is_waived_until_its_last_day() -> None:
    waiver = Waiver(date(2026, 6, 1), "Ann", "why", "instead", check=SSH)
    made = plan(waivers=(waiver, replace(waiver, until=date(2026, 5, 1), subject="x")))
    published = state(made, scanned(made, {SSH: failed("bad")}))
    assert series(published, "check_status", "status") == {("waived",): 1}
    found = series(published, "waiver_expiry_timestamp_seconds", "asset", "check")
    assert found == {("*", SSH): 1777680000.0}  # the end of 1 May: of two for the same, the first to end
    expired = plan(waivers=(replace(waiver, until=date(2026, 5, 31)),))
    assert series(state(expired, scanned(expired, {SSH: failed("bad")})), "check_status", "status") == {("fail",): 1}


def test_a_check_that_the_configuration_no_longer_has_leaves_nothing_behind() -> None:
    made = plan()
    done = scanned(made, {SSH: failed("bad")})
    without = plan(checks={SSH: CheckSettings(enabled=False)})
    assert series(state(without, done), "check_status", "check") == {}
    assert SSH not in render(state(without, done)).decode()


def test_times_information_and_errors() -> None:
    history = History()
    history.attempted("web", 500.0, succeeded=True)
    history.attempted("web", 600.0, succeeded=False)
    history.count([("web", "sshd", "timeout"), ("web", "sshd", "timeout"), ("web", SCAN, "raised")])
    made = plan(checks={SSH: CheckSettings(severity=Severity.LOW)})
    published = state(made, scanned(made, {SSH: passed()}, age=60), history=history, reload_succeeded=False)
    assert series(published, "scan_last_success_timestamp_seconds", "asset", "asset_kind") == {("web", "server"): 500.0}
    assert series(published, "scan_last_attempt_timestamp_seconds", "asset") == {("web",): 600.0}
    assert series(published, "scan_duration_seconds", "asset") == {("web",): 1.25}
    assert series(published, "scan_interval_seconds", "asset") == {("web",): HOUR}
    assert series(published, "evidence_oldest_timestamp_seconds", "control") == {("17.04(1)(b)",): NOW.timestamp() - 60}
    assert series(published, "scan_errors_total", "collector", "reason") == {
        ("sshd", "timeout"): 2,
        (SCAN, "raised"): 1,
    }
    assert series(published, "config_last_reload_successful") == {(): 0}
    assert series(published, "build_info", "catalogue_version") == {("1",): 1}
    assert series(published, "check_status", "severity") == {("low",): 1}
    assert ("17.04(1)(b)",) in series(published, "control_info", "control")
    assert (SSH,) in series(published, "check_info", "check")


def test_what_is_another_number_each_time_is_remembered_nowhere() -> None:
    """Else a daemon would hold tens of megabytes of lines that are never written again."""
    history = History()
    history.count([("web", "sshd", "timeout"), ("web", SCAN, "raised")])
    render(one(passed(), history))
    caches = (exposition.tail, exposition.labels, exposition.all_labels)
    before = [cache.cache_info().currsize for cache in caches]
    for number in range(20):
        history.count([("web", "sshd", "timeout"), ("web", SCAN, "raised")])
        history.attempted("web", float(number), succeeded=True)
        assert series(one(passed(), history), "scan_errors_total", "collector")[(SCAN,)] == number + 2
    assert [cache.cache_info().currsize for cache in caches] == before


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("/etc/shadow: permission denied", "permission_denied"),
        ("sshd -T: no answer within 5 s", "timeout"),
        ("not understood: file:/etc/x (ValueError in x)", "not_understood"),
        ("/etc/x is longer than 262144 bytes", "too_large"),
        ("no roster register is configured: add registers.roster to the configuration", "not_configured"),
        ("a directory tree does not run", "not_running"),
        ("the connection ended before the answer", "not_answered"),
        ("web: not reached: Connection refused (3 tries)", "unreachable"),
        ("web: not reached: no answer within 10 s", "unreachable"),
        ("web: not reached by way of jump: forwards no connections", "unreachable"),
        ("web: the SSH connection was not made within 10 s (3 tries)", "unreachable"),
        ("web: no SSH connection: it was closed", "unreachable"),
        (
            "web: no SSH connection: no SSH server answers there, but something that says: permission denied",
            "unreachable",
        ),
        ("web: its address is not found (Name or service not known)", "unreachable"),
        ("web: no answer to the login within 10 s", "unreachable"),
        ("web: the connection was closed during the login (3 tries)", "unreachable"),
        ("web: denies root the login; tried /root/.ssh/id_rsa; it takes password", "authentication"),
        ("web: denies root the login: there is no key, agent or password to try", "authentication"),
        ("web: takes the password, and asks me for a second factor (otp), which a scan cannot give", "authentication"),
        ("/k: has a passphrase; name where it is kept (ssh.passphrase_file)", "authentication"),
        ("/k: Permission denied", "permission_denied"),
        ("web: its host key (ssh-ed25519 SHA256:x) is not in known_hosts. Compare", "host_key"),
        ("web: shows another host key (ssh-rsa SHA256:x) than the one in f:1: somebody may pose as it.", "host_key"),
        ("web: its host certificate is not valid now", "host_key"),
        ("/f: there is no such file of known hosts", "host_key"),
        ("no answer within the time limit of the scan", "timeout"),
        ("sudo on the target does not run the script: sudo: a password is required", "permission_denied"),
        ("sshd: Unable to load host key: /etc/ssh/ssh_host_rsa_key", "other"),
        ("\x1b[31m something else", "other"),
    ],
)
def test_reasons_are_a_bounded_set(told: str, reason: str) -> None:
    assert reason_of(told) == reason
    assert reason in {name for name, _ in REASONS} | {"other"}


def test_every_reason_is_documented() -> None:
    documented = (Path(__file__).parent.parent.parent / "docs/daemon.md").read_text()
    row = next(line for line in documented.splitlines() if line.startswith("| `wispwatch_scan_errors_total`"))
    assert {name for name, _ in REASONS} | {"other"} <= {word.strip("`,; ()") for word in row.split()}


def test_hostile_names_reach_no_label_raw() -> None:
    made = plan(waivers=(Waiver(date(2027, 1, 1), HOSTILE, HOSTILE, HOSTILE, check=SSH, asset=HOSTILE),))
    hostile = scanned(made, {SSH: {HOSTILE: failed(HOSTILE)}}, asset=HOSTILE, kind=HOSTILE)
    text = render(state(made, hostile)).decode("utf-8")
    assert all(line.isprintable() for line in text.split("\n"))
    names = {sample.labels.get("asset") for one in text_string_to_metric_families(text) for sample in one.samples}
    assert len(names - {None}) == 1


def test_every_host_gauge_reads_the_facts_that_checks_give_as_examples() -> None:
    read = set()
    for check in catalogue().checks:
        for example in (*check.passes, *check.fails):
            for fact in example.facts:
                for gauge in GAUGES:
                    if type(fact).__name__ == gauge.fact:
                        for labels, value in gauge.read(fact):
                            assert len(labels) == len(gauge.labels)
                            assert float(value) >= 0
                        read.add(gauge.fact)
                if type(fact).__name__ == "Attestations":
                    assert all(isinstance(day, date) for day in attestation_ends([fact]).values())
                if type(fact).__name__ == "OsRelease":
                    assert len(operating_system([fact])) == 2
    made = {fact.__name__ for fact in (one.fact for one in catalogue().collectors)}
    assert read == {gauge.fact for gauge in GAUGES} & made


def test_a_host_gauge_is_absent_where_nothing_was_seen() -> None:
    from collectors.host.volumes import Volumes

    made = plan()
    volumes = Volumes.of(root=True, home=None, srv=False)
    published = state(made, scanned(made, {SSH: passed()}, facts=[volumes]))
    assert series(published, "host_volume_encrypted", "mountpoint") == {("/",): 1, ("/srv",): 0}
    stale = state(made, scanned(made, {SSH: passed()}, facts=[volumes], age=4 * HOUR))
    assert series(stale, "host_volume_encrypted", "mountpoint") == {}


def test_a_number_that_can_be_none_has_no_sample() -> None:
    from collectors.host.personal_information_files import PersonalInformationFiles

    found = PersonalInformationFiles(NOW, kinds={"few": 3, "many": 10**400}, incomplete=10**400)
    published = state(plan(), scanned(plan(), {SSH: passed()}, facts=[found]))
    assert series(published, "host_pi_files", "kind") == {("few",): 3}
    assert series(published, "host_pi_unexamined_files") == {}
    assert series(published, "host_pi_survey_timestamp_seconds") == {(): NOW.timestamp()}


@pytest.mark.real
def test_promtool_finds_nothing_to_complain_about() -> None:
    need("prometheus")
    made = plan(waivers=(Waiver(date(2027, 1, 1), "o", "r", "c", check=SSH),))
    history = History()
    history.count([("web", "sshd", "timeout")])
    for verdict in (failed("x"), passed()):
        text = render(state(made, scanned(made, {SSH: verdict}), history=history))
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_documentation_names_exactly_these_families_with_these_labels() -> None:
    rows = (Path(__file__).parent.parent.parent / "docs/daemon.md").read_text().splitlines()
    told = {}
    for row in rows:
        if row.startswith("| `wispwatch_"):
            name, kind, labels = (cell.strip(" `") for cell in row.split("|")[1:4])
            told[name] = (kind.split(",")[0], tuple(filter(None, labels.split(", "))))
    assert {family.name: (family.kind, family.labels) for family in FAMILIES} == told
