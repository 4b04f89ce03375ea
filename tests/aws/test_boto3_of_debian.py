"""The same account with boto3 of Debian 13, which knows less of AWS: nothing is judged otherwise, and what it cannot know is unknown."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.aws_accounts import Account
from tests.bench.environments import environment

ROOT = Path(__file__).parent.parent.parent
DEBIAN_13 = "1.37.9"
BESIDE = ("click", "prometheus-client", "psutil", "pyyaml", "bcrypt")


def verdicts(python: str | Path, account: Account, folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Status and reason by check and subject."""
    config = folder / "config.yaml"
    config.write_text("targets: [{name: audit, kind: aws, aws: {regions: [us-east-1], calls_per_second: 1000}}]\n")
    with account.environment():
        command = [python, "-m", "agent", "scan", "--config", config, "--format", "jsonl"]
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {(one["check"], one["subject"]): (one["status"], one["reason"]) for one in found if "check" in one}


def test_what_an_older_boto3_does_not_know_is_unknown(account: Account, tmp_path: Path) -> None:
    older = environment("boto3", f"boto3=={DEBIAN_13}", *BESIDE) / "bin/python"
    account.client("s3").create_bucket(Bucket=f"bucket-{account.number}")
    account.client("kms").create_key()
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="people", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
        MasterUsername="people", MasterUserPassword="not-a-secret-of-anybody", StorageEncrypted=False,
    )  # fmt: skip
    now, then = verdicts(sys.executable, account, tmp_path), verdicts(older, account, tmp_path)
    people = f"arn:aws:rds:us-east-1:{account.number}:db:people"
    assert "fail" in {status for (_, subject), (status, _) in now.items() if subject == people}
    assert people not in {subject for _, subject in then}
    too_old = f"boto3 {DEBIAN_13} is too old for "
    unseen = {check for (check, _), (_, reason) in then.items() if reason.startswith(too_old)}
    assert {check for check, subject in now if subject == people} <= unseen
    assert {then[one][0] for one in then if one[0] in unseen} == {"unknown"}
    judged = {one: status for one, (status, _) in then.items() if one[0] not in unseen}
    assert judged == {one: status for one, (status, _) in now.items() if one[0] not in unseen}
    assert {*judged.values()} >= {"pass", "fail", "not_applicable"}
    assert len(unseen) < 40
