"""Configuration files of services in a folder, judged as a host's; no root is needed, and every awk may be asked."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.evaluate import Finding
from agent.gather import judge
from checks.verdict import Status
from collectors.collector import Platform
from collectors.host.service_script import SERVICES, script
from collectors.host.service_table import Entry
from collectors.readings import Reading, Text
from collectors.snapshot import Snapshot
from tests.hosts import catalogue

CHECKS = {
    "database": "databases-and-search-engines-ask-for-a-login",
    "broker": "message-brokers-ask-for-a-login-of-their-own",
    "console": "web-consoles-ask-for-a-login-of-their-own",
    "management": "management-interfaces-ask-for-a-login",
    "": "no-first-run-password-is-left-behind",
}


def awks() -> list[tuple[str, ...]]:
    """Every awk of this machine."""
    named = [("mawk",), ("gawk", "--posix"), ("busybox", "awk"), ("original-awk",)]
    return [one for one in named if shutil.which(one[0])]


def install(root: Path, entry: Entry) -> None:
    """Put one of its programs there, unless it is its configuration itself."""
    program = entry.programs[0].replace("[0-9]", "1").replace("*", "1")
    path = root / (program.lstrip("/") if program.startswith("/") else f"usr/bin/{program}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def said(root: Path, awk: tuple[str, ...] = (), shell: str = "sh") -> str:
    """What the script says below a folder, without the folder's name."""
    text = script(str(root))
    if awk:
        text = f'awk() {{ {" ".join(awk)} "$@"; }}\n{text}'
    done = subprocess.run([shell, "-c", text], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.replace(str(root), "")


def verdicts(text: str, check: str, **settings: Any) -> dict[str, Finding]:
    """Findings of one check by subject, where the script says this."""
    found = catalogue()
    chosen = [one for one in found.checks if one.id == check]
    readings: dict[str, Reading] = {SERVICES.key: Text(text)}
    taken = Snapshot("test", Platform.LINUX, datetime.now(UTC), readings)
    return {one.subject: one for one in judge(found, chosen, taken, settings={check: settings}).findings}


def statuses(text: str, check: str, **settings: Any) -> dict[str, Status]:
    """Their statuses by subject."""
    return {subject: one.status for subject, one in verdicts(text, check, **settings).items()}
