import json
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.hosts import RunningHost

pytestmark = pytest.mark.real

ROOT = Path(__file__).parent.parent.parent
PACKAGES = Path(sysconfig.get_path("purelib"))


def provided(host: RunningHost) -> None:
    """Bring the code and its libraries into the host."""
    for number, place in enumerate((ROOT, PACKAGES)):
        inside = host.path(f"/opt/{number}")
        inside.mkdir(parents=True)
        command = ["nsenter", "-t", str(host.pid), "-m", "mount", "--bind", str(place), str(inside)]
        subprocess.run(command, check=True)


def scan(host: RunningHost, *words: str) -> subprocess.CompletedProcess[str]:
    command = [*words, "env", "PYTHONPATH=/opt/0:/opt/1", "PYTHONDONTWRITEBYTECODE=1", "python3", "-m", "agent", "scan"]
    return subprocess.run([*host.enter, *command, "--format", "json"], capture_output=True, text=True, check=False)


def findings(done: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], dict[str, str]]:
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return {
        (one["check"], one["subject"]): one for asset in json.loads(done.stdout)["assets"] for one in asset["findings"]
    }


def test_what_only_root_sees_is_unknown_to_an_ordinary_user_and_nothing_else_changes(host: RunningHost) -> None:
    provided(host)
    as_root = findings(scan(host))
    as_nobody = findings(scan(host, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    for place, seen in as_nobody.items():
        if seen["status"] != "unknown":
            assert place in as_root
            assert (seen["status"], seen["reason"]) == (as_root[place]["status"], as_root[place]["reason"]), place
    unseen = [one for one in as_nobody.values() if one["status"] == "unknown"]
    assert len(unseen) > sum(one["status"] == "unknown" for one in as_root.values())
    assert all(one["reason"] for one in unseen)
    assert {check for check, _ in as_root} == {check for check, _ in as_nobody}
