from pathlib import Path

import pytest

from agent.config import Config, load
from agent.config_faults import faults
from agent.exposition.families import FAMILIES
from agent.push.settings import Push, Sigv4, faults_of_push
from tests.agent.test_config import faults_of, written
from tests.hosts import catalogue

URL = "https://prometheus.example.com/api/v1/write"
FILE = Path("x")


def told(push: Push) -> list[str]:
    return list(faults_of_push("push", push))


@pytest.mark.parametrize(
    "push",
    [
        Push(),
        Push(url=URL),
        Push(url="http://127.0.0.1:9090/api/v1/write", user="ann", password_file=FILE),
        Push(url="http://[::1]:9090/api/v1/write"),
        Push(url="http://localhost/api/v1/write", token_file=FILE),
        Push(url="http://prometheus:9090/api/v1/write", plain_http=True),
        Push(url=URL, certificate_file=FILE, key_file=FILE, token_file=FILE),
        Push(url=URL, sigv4=Sigv4("us-east-1", role="arn:aws:iam::123456789012:role/push")),
        Push(url=URL, labels={"site": "boston"}, headers={"X-Scope-OrgID": "a"}),
    ],
)
def test_these_are_good(push: Push) -> None:
    assert told(push) == []


@pytest.mark.parametrize(
    ("push", "fault"),
    [
        (Push(user="ann", password_file=FILE), "push.url: is missing"),
        (Push(url="prometheus:9090"), "push.url: is no URL such as"),
        (Push(url="ftp://x/"), "push.url: is no URL such as"),
        (Push(url="https://x:99999/"), "push.url: is no URL"),
        (Push(url="https://x/\x1b"), "push.url: is no URL"),
        (Push(url="https://x/#a"), "push.url: is no URL"),
        (Push(url="https://ann:hush@x/"), "push.url: must not hold an account or a password"),
        (Push(url="http://prometheus:9090/"), "push.url: is http, which everyone on the way can read and change"),
        (
            Push(url="http://prometheus:9090/", plain_http=True, token_file=FILE),
            "push.url: is http, where everyone on the way can read passwords",
        ),
        (Push(url=URL, user="ann"), "push.password_file: is missing"),
        (Push(url=URL, password_file=FILE), "push.user: is missing"),
        (Push(url=URL, user="a:b", password_file=FILE), "push.user: a user name has no colon"),
        (Push(url=URL, key_file=FILE), "push.certificate_file: is missing"),
        (
            Push(url=URL, user="a", password_file=FILE, token_file=FILE),
            "push.user: user and token_file exclude each other",
        ),
        (Push(url=URL, token_file=FILE, sigv4=Sigv4("us-east-1")), "push.token_file: token_file and sigv4 exclude"),
        (Push(url=URL, sigv4=Sigv4(role="r")), "push.sigv4.region: is missing"),
        (Push(url=URL, sigv4=Sigv4("here")), "push.sigv4.region: 'here' is no region"),
        (Push(url=URL, sigv4=Sigv4("us-east-1", role="push")), "push.sigv4.role: 'push' is no ARN"),
        (Push(url=URL, job=""), "push.job: is empty"),
        (Push(url=URL, job="\ud800"), "push.job: has characters that cannot be printed"),
        (Push(url=URL, instance="a\x1b"), "push.instance: has characters that cannot be printed"),
        (Push(url=URL, labels={"a": "\n"}), "push.labels.a: has characters that cannot be printed"),
        (Push(url=URL, labels={"a-b": "c"}), "push.labels.a-b: is no name of a label"),
        (Push(url=URL, labels={"__x": "c"}), "push.labels.__x: is no name of a label"),
        (Push(url=URL, labels={"asset": "c"}), "push.labels.asset: is a label that metrics have already"),
        (Push(url=URL, labels={"instance": "c"}), "push.labels.instance: is a label that metrics have already"),
        (Push(url=URL, labels={"a": ""}), "push.labels.a: is empty"),
        (Push(url=URL, headers={"Content-Type": "x"}), "push.headers.Content-Type: is set by wispwatch itself"),
        (Push(url=URL, headers={"x-amz-date": "x"}), "push.headers.x-amz-date: is set by wispwatch itself"),
        (
            Push(url=URL, headers={"X-Api-Key": "x"}),
            "push.headers.X-Api-Key: a secret does not stand in a configuration",
        ),
        (Push(url=URL, headers={"a b": "x"}), "push.headers.a b: a header's name is one word"),
        (Push(url=URL, headers={"a": "x\r\nb: c"}), "push.headers.a: a header's name is one word"),
    ],
)
def test_these_are_told(push: Push, fault: str) -> None:
    assert [one for one in told(push) if one.startswith(fault)]
    assert "hush" not in " ".join(told(push))


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    found = faults_of(tmp_path, f"push:\n  url: {URL}\n  interval: 5m\n  max_age: 10s\n  headers: {{Host: x}}\n")
    assert [one.partition(" ")[0] for one in found] == ["push.interval:", "push.max_age:", "push.headers.Host:"]
    assert "c.yaml:1: push.max_agee: is not a setting; did you mean max_age?" in faults_of(
        tmp_path, "push: {max_agee: 1h}\n"
    )


def test_paths_are_beside_the_configuration_and_the_instance_is_this_machine(tmp_path: Path) -> None:
    config = load(written(tmp_path, f"asset: laptop-1\npush: {{url: '{URL}', token_file: token}}\n"), {})
    assert faults(config, catalogue()) == []
    assert config.push.token_file == tmp_path / "token"
    assert config.push.with_instance(config.this_machine().name).instance == "laptop-1"
    assert Push(instance="mine").with_instance("laptop-1").instance == "mine"
    assert Push().with_instance("laptop\x1b-1").instance == r"laptop\x1b-1"
    assert Config().push.url == ""


def test_no_label_of_a_metric_is_job_or_instance() -> None:
    assert not {"job", "instance"} & {name for family in FAMILIES for name in family.labels}
