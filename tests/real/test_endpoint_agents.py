"""Endpoint agents that cannot be had here, by what their tools print; and ClamAV's exclusions, by its real file.

The words come from the makers' documentation and from recordings: `mdatp health` from Microsoft's page "Investigate agent health
issues"; `falconctl -g` and mdatp_managed.json from RedHatInsights/insights-core, insights/tests/parsers (Apache-2.0);
`sentinelctl management status` from the setup guides of organizations that use it. Identifiers are made up.
"""

import json

import pytest

from tests.hosts import RunningHost, Tree

pytestmark = pytest.mark.real

PROTECTS, REPORTS = "endpoint-agent-protects-in-real-time", "endpoint-agent-reports-to-its-console"
RECENT, UPDATES = "malware-definitions-are-recent", "malware-definitions-update-by-themselves"
EXCLUSIONS = "malware-protection-leaves-no-whole-folder-out"
DEFENDER = """\
healthy                                     : true
health_issues                               : []
licensed                                    : true
engine_version                              : "1.1.25040.2"
app_version                                 : "101.25042.0000"
org_id                                      : "11111111-2222-3333-4444-555555555555"
log_level                                   : "info"
real_time_protection_enabled                : true [managed]
real_time_protection_available              : true
real_time_protection_subsystem              : "fanotify"
passive_mode_enabled                        : false [managed]
automatic_definition_update_enabled         : true [managed]
definitions_updated                         : Nov 20, 2026 at 10:11:12 AM
definitions_updated_minutes_ago             : 95
definitions_version                         : "1.429.201.0"
definitions_status                          : "up_to_date"
edr_machine_id                              : "0123456789abcdef0123456789abcdef01234567"
"""
FALCON = 'aid="44e3b7d20b434a2bb2815d9808fa3a8b", rfm-state=false.\n'
SENTINEL = """\
Site-Key      0123456789abcdef
UUID          11111111-2222-3333-4444-555555555555
URL           https://example.sentinelone.net
Connectivity  On
"""


def without_clamav(host: RunningHost) -> None:
    for program in ("/usr/sbin/clamd", "/usr/bin/clamscan", "/usr/bin/clamdscan", "/usr/bin/freshclam"):
        host.remove(program)


def prints(host: RunningHost, program: str, said: str, status: int = 0) -> None:
    host.write("/usr/local/said", said)
    host.write(program, f"#!/bin/sh\ncat /usr/local/said\nexit {status}\n", 0o755)


@pytest.fixture
def defended(host: RunningHost) -> RunningHost:
    without_clamav(host)
    host.write("/opt/microsoft/mdatp/sbin/wdavdaemon", "", 0o755)
    prints(host, "/usr/bin/mdatp", DEFENDER)
    return host


def test_defender(defended: RunningHost) -> None:
    assert [defended.status(check) for check in (PROTECTS, REPORTS, RECENT, UPDATES)] == ["pass"] * 4


@pytest.mark.parametrize(
    ("said", "instead", "check"),
    [
        ("real_time_protection_enabled                : true", "real_time_protection_enabled : false", PROTECTS),
        ("passive_mode_enabled                        : false", "passive_mode_enabled : true", PROTECTS),
        ("healthy                                     : true", "healthy : false", PROTECTS),
        ("licensed                                    : true", "licensed : false", REPORTS),
        ("minutes_ago             : 95", "minutes_ago : 20000", RECENT),
        ("definition_update_enabled         : true", "definition_update_enabled : false", UPDATES),
    ],
)
def test_defender_that_fails(defended: RunningHost, said: str, instead: str, check: str) -> None:
    assert said in DEFENDER
    prints(defended, "/usr/bin/mdatp", DEFENDER.replace(said, instead))
    assert defended.status(check) == "fail"


@pytest.mark.parametrize("said", ["", "Error: could not connect to the daemon\n", "healthy : perhaps\n"])
def test_defender_that_does_not_tell(defended: RunningHost, said: str) -> None:
    prints(defended, "/usr/bin/mdatp", said)
    assert {defended.status(check) for check in (PROTECTS, REPORTS, RECENT, UPDATES)} == {"unknown"}
    prints(defended, "/usr/bin/mdatp", DEFENDER, status=1)
    assert {defended.status(check) for check in (PROTECTS, REPORTS, RECENT, UPDATES)} == {"unknown"}


def test_defenders_exclusions(defended: RunningHost) -> None:
    assert defended.status(EXCLUSIONS) == "pass"
    place = "/etc/opt/microsoft/mdatp/managed/mdatp_managed.json"
    narrow = {"$type": "excludedPath", "isDirectory": True, "path": "/var/lib/postgresql/15", "scopes": ["epp"]}
    broad = {"$type": "excludedPath", "isDirectory": True, "path": "/home/*", "scopes": ["global"]}
    kind = {"$type": "excludedFileExtension", "extension": ".pdf", "scopes": ["epp"]}
    name = {"$type": "excludedFileName", "name": "backup.db"}
    for exclusions, status in ([[narrow, name], "pass"], [[narrow, broad], "fail"], [[kind], "fail"]):
        defended.write(
            place, json.dumps({"exclusionSettings": {"exclusions": exclusions, "mergePolicy": "admin_only"}})
        )
        assert defended.status(EXCLUSIONS) == status
        defended.write(place, json.dumps({"antivirusEngine": {"exclusions": exclusions}}))
        assert defended.status(EXCLUSIONS) == status
    defended.write(place, "{")
    assert defended.status(EXCLUSIONS) == "unknown"


def test_falcon(host: RunningHost) -> None:
    without_clamav(host)
    program = "/opt/CrowdStrike/falconctl"
    prints(host, program, FALCON)
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["pass", "pass"]
    assert [host.status(check) for check in (RECENT, UPDATES)] == ["not_applicable"] * 2
    assert host.status(EXCLUSIONS) == "unknown"
    prints(host, program, FALCON.replace("false", "true"))
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["fail", "pass"]
    prints(host, program, "aid is not set, rfm-state is not set.\n")
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["unknown", "fail"]
    prints(host, program, "ERROR: falconctl must be run as root\n")
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["unknown", "unknown"]


def test_sentinel(host: RunningHost) -> None:
    without_clamav(host)
    program = "/opt/sentinelone/bin/sentinelctl"
    prints(host, program, SENTINEL)
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["unknown", "pass"]
    prints(host, program, SENTINEL.replace("On", "Off"))
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["unknown", "fail"]


def test_another_agent_is_unknown_and_none_at_all_not_applicable(host: RunningHost) -> None:
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["not_applicable"] * 2
    host.write("/opt/eset/efs/sbin/startd", "", 0o755)
    assert [host.status(check) for check in (PROTECTS, REPORTS)] == ["unknown"] * 2


def test_what_identifies_the_organization_stays_there(host: RunningHost) -> None:
    from agent.gather import snapshot, sources_for
    from collectors.collector import Platform
    from collectors.snapshot import dump
    from tests.hosts import catalogue

    prints(host, "/opt/sentinelone/bin/sentinelctl", SENTINEL + FALCON + DEFENDER)
    for program in ("/opt/CrowdStrike/falconctl", "/usr/bin/mdatp"):
        host.write(program, "#!/bin/sh\ncat /usr/local/said\n", 0o755)
    chosen = [one for one in catalogue().checks if one.id == REPORTS]
    asked = sources_for(catalogue(), chosen, Platform.LINUX)
    said = dump(snapshot(host.transport, asked, asset="x", platform=Platform.LINUX))
    assert "connectivity on" in said
    for identifier in ("0123456789abcdef", "11111111-2222", "44e3b7d2", "example.sentinelone"):
        assert identifier not in said


def test_clamavs_exclusions(tree: Tree) -> None:
    assert tree.status(EXCLUSIONS) == "pass"
    tree.append(
        "/etc/clamav/clamd.conf", "ExcludePath ^/proc/\nExcludePath ^/srv/mail/[^/]*/cache/\n#ExcludePath ^/media/\n"
    )
    assert tree.status(EXCLUSIONS) == "pass"
    for broad in (
        "ExcludePath ^/home/",
        'ExcludePath "/srv"',
        "OnAccessExcludePath /home",
        "ExcludePath ^/home/.*$",
        "ExcludePath ^/",
    ):
        tree.append("/etc/clamav/clamd.conf", f"{broad}\n")
        assert tree.status(EXCLUSIONS) == "fail", broad
        tree.replace("/etc/clamav/clamd.conf", f"{broad}\n", "")
