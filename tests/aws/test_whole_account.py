"""One account with everything: all twins in four regions, more than four hundred resources, scanned by the command as it is used."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.aws.families import TWINS
from tests.aws_accounts import new_account
from tests.aws_proxy import Proxy

ROOT = Path(__file__).parent.parent.parent
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-southeast-2")
NEEDS_A_ROSTER = {"iam-users-are-not-shared"}
"""The organization of this scan keeps none, which the command says."""
MADE = ("Create", "Put", "Register", "Run", "Allocate", "Upload", "Import", "Copy", "Restore")


def test_every_twin_of_four_regions_is_judged_once_and_no_call_is_made_twice(moto: str, tmp_path: Path) -> None:
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        expected: dict[tuple[str, str], str] = {}
        for region in REGIONS:
            for family in TWINS.values():
                for check, subjects in family.make(account, region).items():
                    # What is about the whole account, the last region that was made decides.
                    expected |= {(check, subject): status for subject, status in subjects.items() if subject}
        made = sum(asked.operation.startswith(MADE) and 200 <= status < 300 for asked, status in proxy.asked)
        assert made >= 400
        proxy.forget()
        config = tmp_path / "config.yaml"
        config.write_text(json.dumps({"targets": [{"name": "all", "kind": "aws", "aws": {"regions": list(REGIONS)}}]}))
        with account.environment():
            done = subprocess.run(
                [sys.executable, "-m", "agent", "scan", "--config", str(config), "--format", "jsonl"],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                cwd="/",
            )
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        rows = [row for row in found if row["asset"] == "all"]
        told = Counter((row["check"], row["subject"]) for row in rows)
        assert [key for key, times in told.items() if times > 1] == []
        statuses = {(row["check"], row["subject"]): row["status"] for row in rows}
        expected |= {key: "unknown" for key in expected if key[0] in NEEDS_A_ROSTER}
        seen = {key: statuses.get(key) for key in expected}
        assert seen == expected
        # The credential report was not made yet when it was first asked for.
        assert proxy.duplicates() == {("iam", "GetCredentialReport", "us-east-1"): 1}
        assert {row["region"] for row in rows} >= set(REGIONS)
