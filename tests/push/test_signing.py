"""Signatures for Amazon Managed Service for Prometheus, made by botocore and made again here from AWS' description.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import contextlib
import hashlib
import hmac
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.push.endpoint import Endpoint
from agent.push.settings import Push, Sigv4
from tests.aws_accounts import moto_server
from tests.push.receiver import Sent, receiver
from tests.push.test_endpoint import BODY

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
REGION = "eu-central-1"
PATH = "/workspaces/ws-1/api/v1/remote_write"


@pytest.fixture(autouse=True)
def _own_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return


def signature(sent: Sent, secret: str) -> tuple[str, str, str]:
    """Credential, signature as it was sent, and as it must be."""
    told = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})",
        sent.headers["Authorization"],
    )
    assert told
    headers = {name.lower(): value for name, value in sent.headers.items()}
    names = told[2].split(";")
    assert {"host", "x-amz-date", "content-encoding", "content-type"} <= set(names)
    canonical = "\n".join(
        [
            "POST",
            sent.path,
            "",
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            told[2],
            hashlib.sha256(sent.body).hexdigest(),
        ]
    )
    day, region, service, end = told[1].split("/")[1:]
    assert (region, service, end) == (REGION, "aps", "aws4_request")
    scope = f"{day}/{region}/{service}/{end}"
    words = f"AWS4-HMAC-SHA256\n{headers['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return told[1].split("/")[0], told[3], hmac.digest(key, words.encode(), "sha256").hex()


def asked(push: Push) -> str:
    with contextlib.closing(Endpoint(push)) as endpoint:
        answer = endpoint.post(BODY)
    return answer.said


def test_a_request_is_signed_as_aws_describes_it() -> None:
    with receiver() as server:
        url = server.url.replace("/api/v1/write", PATH)
        headers = {"X-Scope-OrgID": "a"}
        assert asked(Push(url=url, sigv4=Sigv4(region=REGION), headers=headers)).startswith("204")
        key, found, expected = signature(server.sent[0], SECRET)
        assert (key, found) == (KEY, expected)
        assert signature(server.sent[0], "another secret")[2] != found


def test_the_token_of_a_session_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    with receiver() as server:
        asked(Push(url=server.url, sigv4=Sigv4(region=REGION)))
        assert server.sent[0].headers["X-Amz-Security-Token"] == "a-token"
        _, found, expected = signature(server.sent[0], SECRET)
        assert found == expected


def test_a_role_is_assumed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_server() as sts, receiver() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", sts)
        role = "arn:aws:iam::123456789012:role/push"
        asked(Push(url=server.url, sigv4=Sigv4(region=REGION, role=role, external_id="secret-word")))
        key = server.sent[0].headers["Authorization"].split("Credential=")[1].split("/")[0]
        assert key.startswith("ASIA")
        assert server.sent[0].headers["X-Amz-Security-Token"]


def test_without_credentials_nothing_is_sent_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as server:
        assert "profile" in asked(Push(url=server.url, sigv4=Sigv4(region=REGION, profile="nobody")))
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        assert "boto3 finds none" in asked(Push(url=server.url, sigv4=Sigv4(region=REGION)))
        assert server.sent == []
