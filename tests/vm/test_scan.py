"""Everything at once on the machine: through SSH, and by wispwatch installed on it. ``--record`` keeps what was read."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from agent.declarations import PersonalInformation, Place
from agent.gather import snapshot, sources_for
from collectors.collector import Platform
from collectors.readings import Unread
from collectors.snapshot import dump, load
from tests import hosts
from tests.machine import Machine
from tests.recordings import WHOLE_SYSTEM

pytestmark = pytest.mark.vm

ROOT = Path(__file__).parent.parent.parent


DECLARED = {"personal_information": {"places": [{"path": "/srv", "readers": []}]}}


def configured(machine: Machine, folder: Path) -> Path:
    """A configuration that names the machine as its only target."""
    path = folder / "wispwatch.yaml"
    target = {"name": "vm", "kind": "shell", "command": list(machine.enter), "seconds": 300}
    path.write_text(json.dumps({"targets": [target], **DECLARED}))
    return path


def wispwatch(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "agent", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_subject(listed: str) -> dict[tuple[str, str], str]:
    found = [json.loads(line) for line in listed.splitlines()]
    return {(one["check"], one["subject"]): one["status"] for one in found if "check" in one}


def test_what_is_read_through_ssh_and_what_is_read_by_the_machine_itself(
    machine: Machine, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    recording = tmp_path / "vm.jsonl"
    config = configured(machine, tmp_path)
    wispwatch("record", "--config", str(config), "--asset", WHOLE_SYSTEM.name, "--output", str(recording))
    with recording.open() as lines:
        readings = load(lines).readings
    assert {key: one.reason for key, one in readings.items() if isinstance(one, Unread)} == {}
    outside = by_subject(wispwatch("scan", "--replay", str(recording), "--format", "jsonl"))
    assert {status for (_, _), status in outside.items()} >= {"pass", "fail", "not_applicable"}

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for room in ("agent", "checks", "collectors"):
            archive.add(ROOT / room, room, filter=lambda one: None if "__pycache__" in one.name else one)
        own = tmp_path / "own.yaml"
        own.write_text(json.dumps(DECLARED))
        archive.add(own, "wispwatch.yaml")
    machine.run("mkdir -p /opt/wispwatch && tar -xf - -C /opt/wispwatch", packed.getvalue())
    inside = by_subject(machine.run("cd /opt/wispwatch && python3 -m agent scan --format jsonl"))
    machine.run("rm -rf /opt/wispwatch")
    differing = {
        one: (outside.get(one), inside.get(one)) for one in {*outside, *inside} if outside.get(one) != inside.get(one)
    }
    assert differing == {}
    if pytestconfig.getoption("--record"):
        found = hosts.catalogue()  # also what is off until it is asked for
        sources = sources_for(found, found.checks, Platform.LINUX)
        declared = PersonalInformation((Place("/srv", readers=()),)).on(WHOLE_SYSTEM.name)
        taken = snapshot(
            machine.transport, sources, asset=WHOLE_SYSTEM.name, platform=Platform.LINUX, declared=declared
        )
        WHOLE_SYSTEM.path.write_text(dump(taken))
