"""The package on the machine: its unit sees what root sees, also of encrypted volumes and of the kernel's audit rules."""

import json
from collections.abc import Iterator

import pytest

from tests.machine import Machine
from tests.packaged import built

pytestmark = pytest.mark.vm
DROP_IN = "/run/systemd/system/wispwatch-scan.service.d/test.conf"
SCAN = "wispwatch-scan.service"


@pytest.fixture(scope="module")
def installed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The machine with the package; it is purged afterwards."""
    deb, _ = built(tmp_path_factory.mktemp("dist"))
    machine.run("cat >/root/wispwatch.deb", deb.read_bytes())
    machine.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")  # its start would take its time in emulation
    machine.run(
        "chmod 0755 /usr/sbin/policy-rc.d; dpkg -i /root/wispwatch.deb; rm /usr/sbin/policy-rc.d; dpkg -s wispwatch"
    )
    yield machine
    machine.run(f"rm -rf {DROP_IN.rpartition('/')[0]}; dpkg -P wispwatch && rm /root/wispwatch.deb")


def verdicts(lines: str) -> dict[tuple[str, str], str]:
    found = [json.loads(line) for line in lines.splitlines()]
    return {(one["check"], one["subject"]): one["status"] for one in found if "check" in one}


def of_unit(machine: Machine, *settings: str) -> dict[tuple[str, str], str]:
    """What the unit finds, with more settings of [Service]; emulation is slow, so that its share of the processor is whole."""
    machine.write(DROP_IN, "\n".join(["[Service]", "CPUQuota=", *settings, ""]))
    machine.run(f"systemctl daemon-reload && systemctl start {SCAN}")
    return verdicts(machine.run("cat /var/lib/wispwatch/reports/scan.jsonl"))


def changed(
    before: dict[tuple[str, str], str], after: dict[tuple[str, str], str]
) -> dict[tuple[str, str], tuple[str, str]]:
    return {
        one: (before.get(one, ""), after.get(one, "")) for one in {*before, *after} if before.get(one) != after.get(one)
    }


def test_the_unit_sees_what_root_sees_but_for_ciphers(installed: Machine) -> None:
    by_root = verdicts(installed.run("wispwatch scan --format jsonl"))
    by_unit = of_unit(installed)
    assert len(by_root) > 200
    less = changed(by_root, by_unit)
    assert {check for check, _ in less} == {"encrypted-volumes-use-strong-ciphers"}
    # Nothing in place of each volume's finding but one that says why.
    assert {now for _, now in less.values()} == {"", "unknown"}
    assert changed(by_root, of_unit(installed, "CapabilityBoundingSet=CAP_SYS_ADMIN")) == {}
    without = changed(by_unit, of_unit(installed, "CapabilityBoundingSet=~CAP_AUDIT_CONTROL"))
    assert without
    assert {now for _, now in without.values()} <= {"", "unknown"}


def test_the_daemon_runs(installed: Machine) -> None:
    installed.run("systemctl start wispwatch")
    assert installed.run("systemctl show --value --property=ActiveState wispwatch") == "active\n"
    installed.run("systemctl stop wispwatch")
