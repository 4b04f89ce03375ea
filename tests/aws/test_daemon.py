"""The daemon with accounts: on their own schedule, an organization account by account, counted in metrics."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.aws.test_organization import member
from tests.aws_accounts import Account, new_account
from tests.aws_faults import hang
from tests.aws_proxy import Proxy
from tests.daemons import ROOT, daemon
from tests.hosts import until
from tests.time_at_work import Clock

CONFIG = """
targets:
  - name: everything
    kind: aws
    interval: 1h
    aws: {{organization: true, regions: [us-east-1], exclude: ["{excluded}"]}}
daemon: {{splay: 0s, failing_resources: 2}}
frameworks: [201-cmr-17.04]
"""


def environment(account: Account) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": account.address,
        "AWS_ACCESS_KEY_ID": account.key,
        "AWS_SECRET_ACCESS_KEY": account.secret,
        "AWS_SESSION_TOKEN": account.token,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }


def test_an_organization_is_published_account_by_account(account: Account, tmp_path: Path) -> None:
    account.client("organizations").create_organization(FeatureSet="ALL")
    first = member(account, "first", buckets=3)
    second = member(account, "second", buckets=0)
    with daemon(tmp_path, CONFIG.format(excluded="000000000000"), environment(account)) as running:
        running.ready()
        names = {f"everything/{number}" for number in (account.number, first, second)}
        page = running.ask("/metrics")[1]
        told = set(re.findall(r'wispwatch_asset_info\{asset="([^"]+)",asset_kind="aws_account"', page))
        assert told == names
        logs = {"check": "s3-buckets-log-access", "control": "17.04(4)", "aws_region": "global"}
        assert running.metric("aws_resources", asset=f"everything/{first}", status="fail", **logs) == 3
        assert running.metric("aws_resources", asset=f"everything/{first}", status="pass", **logs) == 0
        assert len(re.findall(r"^wispwatch_aws_failing_resource_info\{", page, re.MULTILINE)) == 2
        # One account is excluded from now on: nothing of it is left.
        running.config.write_text(CONFIG.format(excluded=second))
        running.process.send_signal(1)
        until(lambda: f"everything/{second}" not in running.ask("/metrics")[1])
        assert f"everything/{first}" in running.ask("/metrics")[1]
        assert running.stop(seconds=120) == 0
    with daemon(
        tmp_path, CONFIG.format(excluded=second), {**environment(account), "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    ) as again:
        until(lambda: again.ask("/-/ready")[0] == 200 or "everything/" in again.ask("/metrics")[1])
        assert again.metric("aws_resources", asset=f"everything/{first}", status="fail", **logs) == 3


@pytest.mark.alone
def test_an_organization_that_hangs_holds_up_neither_the_end_nor_a_reload(
    moto: str, tmp_path: Path, at_work: Clock
) -> None:
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        account.client("organizations").create_organization(FeatureSet="ALL")
        for number in range(6):
            member(account, f"hanging-{number}", buckets=0)
        proxy.forget()
        proxy.fault(hang, service="s3")
        proxy.fault(hang, service="ec2")
        with daemon(tmp_path, CONFIG.format(excluded="000000000000"), environment(account)) as running:
            until(lambda: proxy.times("s3") > 0)
            running.config.write_text("targets: [{name: gone, kind: replay, path: nothing}]\n")
            running.process.send_signal(signal.SIGHUP)
            until(lambda: "the configuration is reloaded" in running.said)
            until(lambda: 'asset="gone"' in running.ask("/metrics")[1])
            running.config.write_text(CONFIG.format(excluded="000000000000"))
            running.process.send_signal(signal.SIGHUP)
            until(lambda: running.said.count("the configuration is reloaded") == 2)
            begun = at_work()
            assert running.stop() == 0
            assert at_work() - begun < 4


@pytest.mark.alone
def test_a_scan_of_an_organization_is_broken_off_at_once(moto: str, tmp_path: Path, at_work: Clock) -> None:
    with Proxy(moto) as proxy:
        account = new_account(proxy.address)
        account.client("organizations").create_organization(FeatureSet="ALL")
        member(account, "hanging", buckets=0)
        proxy.forget()
        proxy.fault(hang, service="s3")
        path = tmp_path / "c.yaml"
        path.write_text(CONFIG.format(excluded="000000000000"))
        for number in (signal.SIGINT, signal.SIGTERM):
            before = proxy.times("s3")
            scan = subprocess.Popen(
                [sys.executable, "-m", "agent", "scan", "--config", str(path)],
                cwd=ROOT,
                env={**os.environ, **environment(account)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            until(lambda before=before: proxy.times("s3") > before)
            begun = at_work()
            scan.send_signal(number)
            _, told = scan.communicate(timeout=10)
            assert at_work() - begun < 4
            assert b"Traceback" not in told
            assert scan.returncode in (1, -signal.SIGTERM)
