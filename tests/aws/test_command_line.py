"""The commands as a person runs them, against a moto server."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from agent.commands.doctor import command
from collectors.api import Call
from collectors.collector import Platform
from collectors.readings import Reading, Text, Unread
from collectors.snapshot import Snapshot, dump, load
from collectors.transports.aws.asking import Asking
from tests.aws_accounts import Account, recorded

ROOT = Path(__file__).parent.parent.parent


def run(account: Account, *words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    with account.environment():
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **changed}
    return subprocess.run(
        [sys.executable, "-m", "agent", *words], capture_output=True, text=True, check=False, env=environment, cwd="/"
    )


def rows(done: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def one_bucket(account: Account) -> Account:
    account.client("s3").create_bucket(Bucket=f"bucket-{account.number}")
    return account


def test_an_account_is_scanned_and_called_by_its_number(one_bucket: Account) -> None:
    done = run(one_bucket, "scan", "--aws", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["schema"] == "wispwatch.report/1"
    assets = {asset["asset"]: asset for asset in report["assets"]}
    assert assets[one_bucket.number]["asset_kind"] == "aws_account"
    logs = [
        one
        for one in assets[one_bucket.number]["findings"]
        if one["check"] == "s3-buckets-log-access" and one["subject"]
    ]
    assert [(one["subject"], one["status"], one["basis"]) for one in logs] == [
        (f"arn:aws:s3:::bucket-{one_bucket.number}", "fail", "supporting")
    ]
    assert [one["source"].partition(" ")[0] for one in logs[0]["evidence"]] == [
        "aws:global:s3:ListBuckets",
        "aws:global:s3:GetBucketLogging",
    ]


def test_only_the_calls_of_the_chosen_checks_are_made(one_bucket: Account, tmp_path: Path) -> None:
    made = one_bucket.snapshot(("s3-buckets-log-access",))
    asked = {key.partition(" ")[0].split(":", 2)[2] for key in made.readings if key.startswith("aws:")}
    assert asked == {"sts:GetCallerIdentity", "s3:ListBuckets", "s3:GetBucketLogging"}


def test_a_recording_is_judged_without_aws(one_bucket: Account, tmp_path: Path) -> None:
    recording = tmp_path / "account.jsonl"
    done = run(one_bucket, "record", "--aws", "--output", str(recording))
    assert done.returncode == 0, done.stderr
    with recording.open() as lines:
        taken = load(lines)
    assert any(isinstance(one, Text) for one in taken.readings.values())
    shown = ("--format", "jsonl", "--control", "17.04(2)(a)")
    live = rows(run(one_bucket, "scan", "--aws", *shown))
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    replayed = rows(run(one_bucket, "scan", "--replay", str(recording), *shown, **nowhere))
    told = ("asset", "check", "subject", "status", "reason", "observed", "region")
    assert [[row[name] for name in told] for row in replayed if row["asset_kind"] == "aws_account"] == [
        [row[name] for name in told] for row in live if row["asset_kind"] == "aws_account"
    ]


def test_without_credentials_everything_is_unknown_and_says_so(account: Account) -> None:
    bare = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}
    told = rows(
        run(account, "scan", "--aws", "--format", "jsonl", "--check", "s3-account-blocks-public-access", **bare)
    )
    assert [(row["asset"], row["status"]) for row in told] == [("aws", "unknown")]
    assert "no AWS credentials" in told[0]["reason"]


def test_a_profile_that_is_not_there_is_a_fault_of_the_command_line(account: Account) -> None:
    done = run(account, "scan", "--aws", "nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert "list-profiles" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_tells_who_asks_and_what_works(one_bucket: Account) -> None:
    done = run(one_bucket, "doctor", "--aws")
    assert f"Account {one_bucket.number}" in done.stdout, done.stderr
    assert "Asked as arn:aws:sts::" in done.stdout
    assert "permissions work" in done.stdout


def test_a_scan_of_this_machine_pays_for_nothing_of_aws(account: Account) -> None:
    program = (
        "import sys; from agent.cli import main\n"
        "try:\n    main(['scan', '--chroot', '/nonexistent-yet', '--check', 'sshd-refuses-empty-passwords'])\n"
        "except SystemExit:\n    pass\n"
        "from agent.discover import discover_for\n"
        "discover_for((), ('local',))\n"
        "loaded = [name for name in sys.modules if name.startswith(('boto', 'paramiko', 'rich')) or '.aws.' in name]\n"
        "print(loaded)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    allowed = {
        "agent.aws.settings",
        "collectors.aws.account",
        "collectors.aws.known_accounts",
        "collectors.aws.organization",
    }
    loaded = set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))
    assert loaded <= {*allowed, "collectors.aws.resource"}, loaded


def test_an_account_stays_one_whatever_a_recording_calls_it(tmp_path: Path, account: Account) -> None:
    taken = recorded({"us-east-1 sns:ListTopics": {"Topics": []}})
    recording = tmp_path / "account.jsonl"
    recording.write_text(dump(replace(taken, asset="\x1b]0;a\x07", asset_kind="server")))
    done = run(account, "scan", "--replay", str(recording), "--format", "json")
    assert {one["asset_kind"] for one in json.loads(done.stdout)["assets"]} == {"aws_account", "organization"}


def test_progress_on_a_terminal_is_plain(tmp_path: Path, account: Account) -> None:
    recording = tmp_path / "account.jsonl"
    recording.write_text(dump(replace(recorded({}), asset="\x1b]0;owned\x07")))
    leader, follower = os.openpty()
    with account.environment():
        subprocess.run(
            [sys.executable, "-m", "agent", "scan", "--replay", str(recording)],
            stdout=subprocess.DEVNULL,
            stderr=follower,
            check=True,
            cwd=ROOT,
        )
    os.close(follower)
    told = os.read(leader, 65536)
    os.close(leader)
    assert b"scanned" in told
    assert b"\x1b]" not in told


def test_the_doctor_misses_the_permission_to_list_regions(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asking.read

    def read(self: Asking, call: Call) -> Reading:
        return Unread("needs ec2:DescribeRegions") if call.api.operation == "DescribeRegions" else asked(self, call)

    monkeypatch.setattr(Asking, "read", read)
    with account.environment():
        done = CliRunner().invoke(command, ["--aws", "--config", os.devnull], standalone_mode=False)
    assert done.return_value == 4, done.output
    assert "Missing: ec2:DescribeRegions" in done.output


def test_what_is_written_as_it_comes_leaves_no_other_of_its_name_out(tmp_path: Path, account: Account) -> None:
    texts = {
        "account": dump(replace(recorded({}), asset="same")),
        "machine": dump(Snapshot("same", Platform.LINUX, datetime.now(UTC), {}, "server")),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.jsonl").write_text(text)
    config = tmp_path / "c.yaml"
    config.write_text(
        "targets: [{name: a, kind: replay, path: account.jsonl}, {name: b, kind: replay, path: machine.jsonl}]\n"
    )
    told = rows(run(account, "scan", "--config", str(config), "--format", "jsonl"))
    assert {row["asset_kind"] for row in told} == {"aws_account", "server", "organization"}


@pytest.mark.parametrize("platform", [[], {}, 5, None, "moon"])
def test_a_recording_of_no_platform_is_refused(tmp_path: Path, account: Account, platform: Any) -> None:
    header = {"schema": "wispwatch.snapshot/1", "asset": "a", "taken_at": "2026-01-01T00:00:00Z", "platform": platform}
    recording = tmp_path / "account.jsonl"
    recording.write_text(json.dumps(header) + "\n")
    done = run(account, "scan", "--replay", str(recording))
    assert done.returncode == 2, done.stderr
    assert "platform" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_check_that_is_named_and_about_no_target_is_a_fault_of_the_command_line(
    tmp_path: Path, account: Account
) -> None:
    recording = tmp_path / "account.jsonl"
    recording.write_text(dump(recorded({})))
    here = tmp_path / "empty.yaml"
    here.touch()
    of_accounts, of_hosts = "s3-buckets-log-access", "sshd-refuses-empty-passwords"
    done = run(account, "scan", "--config", str(here), "--check", of_accounts, "--strict")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--check {of_accounts}: " in done.stderr
    done = run(account, "scan", "--replay", str(recording), "--check", of_accounts, "--check", of_hosts)
    assert done.returncode == 2
    assert f"--check {of_hosts}: " in done.stderr
    assert of_accounts not in done.stderr


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("credential_process = echo junk", "JSONDecodeError"),
        ("credential_process = false", "custom-process"),
        ("role_arn = arn:aws:iam::1:role/x\nweb_identity_token_file = /nonexistent", "FileNotFoundError"),
    ],
)
def test_a_profile_that_gives_no_credentials_is_told(tmp_path: Path, account: Account, profile: str, told: str) -> None:
    path = tmp_path / "config"
    path.write_text(f"[profile bad]\n{profile}\n")
    bare = {"AWS_CONFIG_FILE": str(path), "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}
    words = ("scan", "--aws", "bad", "--check", "s3-buckets-log-access", "--format", "jsonl")
    found = rows(run(account, *words, **bare))
    assert [row["status"] for row in found] == ["unknown"]
    assert found[0]["reason"].startswith("no AWS credentials: ")
    assert told in found[0]["reason"]
