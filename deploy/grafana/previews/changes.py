"""What happens to the small organization before its picture is taken, so that lines over time have something to show.

Recordings are changed as in tests/grafana/world.py, and the real daemon scans them again.
"""

import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from collectors.host.firewall import firewall
from collectors.host.firewall_start import firewall_start
from collectors.readings import Reading, Text, Unread
from collectors.snapshot import Snapshot, load
from tests.grafana.world import KEYS, SECURITY, World, save

SNMP = "command:snmpd configuration"


def happen(made: World, pace: float) -> None:
    """All changes, each ``pace`` seconds after the one before; then that many seconds more."""
    time.sleep(pace)
    for asset, readings in changes(made.folder):
        before = recorded(made.folder, asset)
        after = replace(before, taken_at=datetime.now(UTC), readings={**before.readings, **readings})
        save(made.folder / f"{asset}.jsonl", after)
        made.agent.process.send_signal(signal.SIGHUP)
        time.sleep(pace)


def changes(folder: Path) -> Iterator[tuple[str, Mapping[str, Reading]]]:
    """Assets and what is read of them from then on: updates come, cannot be seen, are installed; firewalls go off and on."""
    on, off = (
        {
            source.key: recorded(folder, asset).readings[source.key]
            for source in firewall.sources + firewall_start.sources
        }
        for asset in ("laptop", "web")
    )
    yield "web", {KEYS["apt"]: waiting("libssl3", "openssl", "sudo", "tzdata", "xz-utils")}
    yield "laptop", off
    yield (
        "laptop",
        {KEYS["heads"]: recorded(folder, "web").readings[KEYS["heads"]], KEYS["apt"]: waiting("curl", "git")},
    )
    yield "web", {SNMP: Text("/etc/snmp/snmpd.conf\t\n/etc/snmp/snmpd.conf\tagentaddress 127.0.0.1,[::1]\n")}
    yield "web", {KEYS["apt"]: Unread("timed out")}
    yield "web", on
    yield "web", {KEYS["apt"]: waiting()}
    yield "laptop", on


def waiting(*packages: str) -> Text:
    """What apt's lists say where these updates wait."""
    lines = "".join(f"1 {package} amd64 1.0-1 1.0-2 {package} -\n" for package in packages)
    return Text(f"=list {SECURITY}_main_binary-amd64_Packages\n{lines}=installed 243 amd64\n")


def recorded(folder: Path, asset: str) -> Snapshot:
    """A recording as it is now."""
    with (folder / f"{asset}.jsonl").open() as lines:
        return load(lines)
