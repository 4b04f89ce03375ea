"""Recordings of hosts for tests, and the command that makes and judges folders of them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from collectors.collector import Platform
from collectors.host.sshd import sshd
from collectors.readings import Reading, Text
from collectors.snapshot import Snapshot, dump, load

ROOT = Path(__file__).parent.parent
CHECK = "sshd-refuses-empty-passwords"
SSHD, FILES = (source.key for source in sshd.sources)
TAKEN = datetime(2026, 11, 1, tzinfo=UTC)


def told_of(asset: str, permits: str = "no", taken_at: datetime = TAKEN, **more: Reading) -> str:
    readings: Mapping[str, Reading] = {
        SSHD: Text(f"port 22\npermitemptypasswords {permits}\n"),
        FILES: Text('{"/etc/ssh/sshd_config": ""}'),
    }
    return dump(Snapshot(asset, Platform.LINUX, taken_at, {**readings, **more}))


def command(*words: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "agent", *words]


def environment() -> dict[str, str]:
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    own.pop("WISPWATCH_CONFIG", None)
    return own


def wispwatch(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment(), cwd="/", check=False)


def judged(*words: str) -> dict[str, tuple[str, str]]:
    """Asset to status and reason of the one check."""
    done = wispwatch("scan", "--check", CHECK, "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    found = [one for asset in json.loads(done.stdout)["assets"] for one in asset["findings"]]
    assert len({one["asset"] for one in found}) == len(found)
    return {one["asset"]: (one["status"], one["reason"]) for one in found}


def configured(folder: Path, targets: list[dict[str, Any]]) -> str:
    path = folder / "wispwatch.yaml"
    path.write_text(json.dumps({"targets": targets}))
    return str(path)


def snapshots(folder: Path) -> dict[str, Snapshot]:
    """By the name of the file; all of them are whole."""
    found = {}
    for path in folder.iterdir():
        with path.open() as lines:
            found[path.name] = load(lines)
    return found
