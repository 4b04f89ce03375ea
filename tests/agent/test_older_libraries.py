"""What a distribution brings may be too old, or left out: then nothing is asked, and the reason says what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OLD = '__version__ = "{}"\n'
MISSING = 'raise ModuleNotFoundError("no", name="{}")\n'
BROKEN = "raise OSError('a library of C is not there')\n"


def wispwatch(
    folder: Path, fake: dict[str, str], *words: str, config: str = "{}"
) -> "subprocess.CompletedProcess[str]":
    """Run it where these modules stand before the real ones."""
    for name, text in fake.items():
        (folder / f"{name}.py").write_text(text)
    path = folder / "config.yaml"
    path.write_text(config)
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{ROOT}", "AWS_CONFIG_FILE": "/nonexistent"}
    command = [sys.executable, "-W", "error", "-m", "agent", *words, "--config", str(path)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)


def told(done: "subprocess.CompletedProcess[str]", asset: str) -> tuple[set[str], set[str]]:
    """Statuses and reasons of all findings about an asset."""
    assert done.stderr.count("Traceback") == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    about = [one for one in found if one.get("asset") == asset and "check" in one]
    assert about, done.stdout + done.stderr
    return {one["status"] for one in about}, {one["reason"].partition(";")[0] for one in about}


SSH = "hosts over SSH need paramiko 3.5.1 or later, and "
AWS = "AWS accounts need boto3 1.37 or later, and "


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        (OLD.format("2.12.0"), "2.12.0 is installed"),
        (OLD.format("3.5"), "3.5 is installed"),
        (OLD.format("unknown"), "unknown is installed"),
        (MISSING.format("paramiko"), "it is not installed"),
        (MISSING.format("nacl"), "it cannot be imported: there is no nacl"),
        (BROKEN, "it cannot be imported (OSError)"),
    ],
    ids=["old", "nearly", "nobody knows", "missing", "half there", "broken"],
)
def test_a_host_is_not_asked_with_another_paramiko(tmp_path: Path, module: str, reason: str) -> None:
    config = "targets: [{name: web, kind: ssh, ssh: {host: 127.0.0.1, port: 1, retries: 0, config_file: none}}]\n"
    done = wispwatch(tmp_path, {"paramiko": module}, "scan", "--format", "jsonl", config=config)
    statuses, reasons = told(done, "web")
    assert statuses == {"unknown"}
    assert SSH + reason in reasons
    table = wispwatch(tmp_path, {"paramiko": module}, "scan", config=config).stdout
    assert "docs/packages.md" in " ".join(table.split())


@pytest.mark.parametrize("settings", ["regions: [us-east-1]", "organization: true"])
def test_an_account_is_not_asked_with_another_boto3(tmp_path: Path, settings: str) -> None:
    config = f"targets: [{{name: audit, kind: aws, aws: {{{settings}}}}}]\n"
    done = wispwatch(tmp_path, {"boto3": OLD.format("1.26.27")}, "scan", "--format", "jsonl", config=config)
    statuses, reasons = told(done, "audit")
    assert statuses == {"unknown"}
    assert f"{AWS}1.26.27 is installed" in reasons


def test_instances_are_not_listed_with_another_boto3(tmp_path: Path) -> None:
    config = "targets: [{name: all, kind: fleet, fleet: {format: ec2, ec2: {regions: [us-east-1]}}}]\n"
    done = wispwatch(tmp_path, {"boto3": MISSING.format("boto3")}, "scan", "--format", "jsonl", config=config)
    statuses, reasons = told(done, "all")
    assert statuses == {"unknown"}
    assert f"{AWS}it is not installed" in reasons


def test_the_doctor_says_what_to_do(tmp_path: Path) -> None:
    fake = {"boto3": OLD.format("1.26.27"), "paramiko": OLD.format("4.0")}
    done = wispwatch(tmp_path, fake, "doctor", "--aws")
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"wispwatch: {AWS}1.26.27 is installed: install a newer one where wispwatch runs; docs/"
    )
    done = wispwatch(tmp_path, fake, "doctor")
    assert "Hosts over SSH: can be asked\n" in done.stdout
    assert f"AWS accounts: stay unknown, since {AWS}1.26.27 is installed -> install a newer one" in done.stdout


def test_a_scan_of_this_machine_needs_neither(tmp_path: Path) -> None:
    fake = {"boto3": BROKEN, "paramiko": BROKEN}
    done = wispwatch(tmp_path, fake, "scan", "--check", "sshd-refuses-empty-passwords", "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    assert "paramiko" not in done.stdout
