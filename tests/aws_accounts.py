"""AWS accounts to test with: a moto server on loopback that is a new account for everyone who asks, and answers written down.

``Account`` makes resources with boto3 and scans them as the product does, over HTTP. ``judged`` judges answers in the shapes
that AWS documents, for what moto does not know.
"""

import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config as BotoConfig

from agent.aws.settings import AwsAccount, AwsAccounts
from agent.config import Config, Target
from agent.discover import Catalogue, discover
from agent.evaluate import Finding, facts_of
from agent.gather import judge
from agent.plan import Selection, plan
from agent.scanning.scan import take
from collectors.aws.account import CHOSEN, IDENTITY
from collectors.aws.known_accounts import DECLARED
from collectors.collector import Platform
from collectors.readings import Absent, Reading, Text, Unread
from collectors.snapshot import Snapshot

NOBODY = "123456789012"
_numbers = itertools.count(200000000001)
_found: list[Catalogue] = []


def catalogue() -> Catalogue:
    """Everything that is discovered, once."""
    if not _found:
        _found.append(discover())
    return _found[0]


@contextmanager
def moto_server(**settings: str) -> Iterator[str]:
    """A moto server on loopback: its address."""
    environment = {
        **os.environ,
        "MOTO_ACM_VALIDATION_WAIT": "86400",  # no certificate is issued in the middle of a test that took a minute
        "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
        "MOTO_IAM_LOAD_MANAGED_POLICIES": "false",  # a second and 40 MB for each account
        "PYTHONWARNINGS": "ignore",
        **settings,
    }
    # Standard error into nothing: the log of a thousand requests would fill a pipe that nobody reads.
    with socket.create_server(("127.0.0.1", 0), backlog=128) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        server = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("moto_server.py"), str(door.fileno())],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(door.fileno(),),
        )
    try:
        _await(address, server)
        yield address
    finally:
        server.kill()
        server.wait()


def _await(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        assert server.poll() is None, "moto did not start"
        try:
            with urllib.request.urlopen(f"{address}/moto-api/", timeout=60):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("moto does not answer")


@dataclass(frozen=True)
class Account:
    """An account of a moto server, empty at first."""

    address: str
    number: str
    key: str
    secret: str
    token: str

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A boto3 client to make resources with."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.address,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            aws_session_token=self.token,
            config=BotoConfig(
                inject_host_prefix=False, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}
            ),
        )

    @contextmanager
    def environment(self) -> Iterator[None]:
        """boto3's environment variables for this account."""
        ours = {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_SESSION_TOKEN": self.token,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        }
        before = {name: os.environ.get(name) for name in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def snapshot(
        self, checks: Sequence[str] = (), regions: Sequence[str] = ("us-east-1",), known: AwsAccounts | None = None
    ) -> Snapshot:
        """Read the account as the product does."""
        config = Config(aws=known or AwsAccounts())
        target = Target(self.number, kind="aws", aws=AwsAccount(regions=tuple(regions), calls_per_second=1000.0))
        with self.environment():
            return take(plan(config, catalogue(), Selection(checks=tuple(checks))), target)

    def scan(
        self,
        *checks: str,
        regions: Sequence[str] = ("us-east-1",),
        known: AwsAccounts | None = None,
        roster: str = "",
        **settings: Mapping[str, Any],
    ) -> list[Finding]:
        """Read the account and judge it with these checks. ``settings`` by id of the check, with underscores."""
        return findings(self.snapshot(checks, regions, known), checks, settings, roster)


def new_account(address: str) -> Account:
    """An account of a moto server that nobody has used. The first two accounts are our own organization's in no way."""
    number = str(next(_numbers))
    sts = boto3.client(
        "sts", region_name="us-east-1", endpoint_url=address, aws_access_key_id="test", aws_secret_access_key="test"
    )
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{number}:role/test", RoleSessionName="test")["Credentials"]
    return Account(address, number, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def findings(
    taken: Snapshot, checks: Sequence[str], settings: Mapping[str, Mapping[str, Any]] | None = None, roster: str = ""
) -> list[Finding]:
    """Judge a snapshot with these checks (all of AWS' where none is named), beside the roster of an organization."""
    chosen = [
        one
        for one in catalogue().checks
        if (one.id in checks if checks else catalogue().platform_of(one) is Platform.AWS)
    ]
    assert len(chosen) >= len(checks), f"not all of {checks} are there"
    named = {name.replace("_", "-"): value for name, value in (settings or {}).items()}
    register = Text(roster) if roster else Absent("register:roster")
    office = Snapshot("organization", Platform.ORGANIZATION, taken.taken_at, {"register:roster": register})
    shared = facts_of(catalogue(), office)
    return list(judge(catalogue(), chosen, taken, settings=named, shared=shared).findings)


Answers = Mapping[str, Any]
"""By ``REGION SERVICE:OPERATION {PARAMETERS}`` (``global`` for what is global; parameters as JSON, sorted, or left out): what
AWS answers, ``Absent`` or ``Unread``. What is not written down was not asked."""


def recorded(answers: Answers, regions: Sequence[str] = ("us-east-1",), known: AwsAccounts | None = None) -> Snapshot:
    """A snapshot of answers that are written down."""
    own = known or AwsAccounts(own_accounts=(NOBODY,))
    readings: dict[str, Reading] = {
        f"aws:global:sts:{IDENTITY.operation}": _text({"Account": NOBODY, "Arn": f"arn:aws:iam::{NOBODY}:user/a"}),
        CHOSEN: _text(list(regions)),
        DECLARED: _text({"own": own.own_accounts, "trusted": dict(own.trusted_accounts)}),
    }
    for name, answer in answers.items():
        region, call = name.split(" ", 1)
        readings[f"aws:{region}:{call}"] = answer if isinstance(answer, Absent | Unread) else _text(answer)
    return Snapshot(NOBODY, Platform.AWS, datetime.now(UTC), readings, "aws_account")


def _text(answer: Any) -> Text:
    return Text(json.dumps(answer, default=str))


def judged(
    answers: Answers,
    *checks: str,
    regions: Sequence[str] = ("us-east-1",),
    known: AwsAccounts | None = None,
    roster: str = "",
    **settings: Mapping[str, Any],
) -> list[Finding]:
    """Judge answers that are written down."""
    return findings(recorded(answers, regions, known), checks, settings, roster)


def statuses(found: Sequence[Finding]) -> dict[str, dict[str, str]]:
    """Status by check and subject; every subject of a check has exactly one."""
    told: dict[str, dict[str, str]] = {}
    for one in found:
        of_check = told.setdefault(one.check.id, {})
        assert one.subject not in of_check, f"{one.check.id} says two things of {one.subject}"
        of_check[one.subject] = one.status.value
    return told


@dataclass(frozen=True)
class Case:
    """Answers that are written down, and what they must be judged as."""

    check: str
    status: str
    answers: Answers
    subject: str | None = None
    """Where there are several."""
    regions: tuple[str, ...] = ("us-east-1",)
    known: AwsAccounts | None = None
    roster: str = ""
    """The register of the organization's people, as CSV."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Of the check, other than the defaults."""
