"""How secrets are found in what AWS answers, and that nothing but their place and kind leaves."""

import base64
import gzip
import json
import random
import time
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.aws.secret_names import BY_NAME, MAYBE, meaning
from collectors.aws.secret_rules import kinds, rule_of
from collectors.aws.secret_values import LARGEST, Told, in_data, in_document, in_pairs, in_text
from tests.collectors.host.test_secret_rules import sample, verdicts

NIGHT = "Night-Owl9"
KINDS = {BY_NAME, MAYBE, *kinds()}
SCRIPT = f"#!/bin/sh\necho hello\nexport DB_PASSWORD={NIGHT}\n"


def found(told: Told) -> list[tuple[str, str]]:
    assert set(told) == {"Found", "Seen", "Unseen"}
    assert NIGHT not in json.dumps(told)
    return [(one["Place"], one["Kind"]) for one in told["Found"]]


def coded(data: bytes | str) -> str:
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def test_the_rules_say_of_every_line_what_they_say_on_a_host() -> None:
    lines = [line for _, _, line in sample()]
    assert [rule_of(line) for line in lines] == verdicts(lines)


@pytest.mark.parametrize(
    "line",
    [
        f'$secure = ConvertTo-SecureString "{NIGHT}" -AsPlainText -Force',
        f"net user deploy {NIGHT} /add",
        f"$Password = '{NIGHT}'",
        "curl -d @x https://hooks.slack.com/services/T0123ABCD/B0123ABCD/abcdefghijklmnopqrstuvwx",
        f"Server=db;Uid=app;Pwd={NIGHT};",
        f"password: {NIGHT}",
        f"  - DB_PASSWORD: '{NIGHT}'  # of the shop",
        "plain_text_passwd: changeme",
        "token: abcdef.0123456789abcdef",
    ],
)
def test_a_line_with_a_secret(line: str) -> None:
    assert found(in_text(f"first\n{line}\n"))[0][0] == "line 2"


@pytest.mark.parametrize(
    "line",
    [
        '$secure = ConvertTo-SecureString "$plain" -AsPlainText -Force',
        "net user deploy /delete",
        "net user deploy *",
        "$Password = Get-SECSecretValue -SecretId prod/db",
        "password: ${DB_PASSWORD}",
        "password: {{ssm:/prod/db}}",
        "export DB_PASSWORD=arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:db-AbCdEf",
        "mysql --password=ssm:/prod/db",
        "password: !Ref DbPassword",
        "lock_passwd: false",
        "ssh_pwauth: true",
        "secretName: shop-tls",
        "token: shop-token",
        "Password: at least twelve letters",
        '"NextToken": next_token,',
        "/etc/eks/bootstrap.sh prod --b64-cluster-ca "
        + coded("-----BEGIN CERTIFICATE-----\nMIIDazCCAlOgAwIBAgIUB\n" * 3),
        "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:" + "0a1b2c3d" * 8,
    ],
)
def test_a_line_without_one(line: str) -> None:
    assert found(in_text(line)) == []


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("DB_PASSWORD", NIGHT, BY_NAME),
        ("dbPassword", "changeme", BY_NAME),
        ("PASSWORD", "12345678", BY_NAME),
        ("PASSWORD", "!Owl9", BY_NAME),
        ("MYSQL_ROOT_PASSWORD_PROD", "secret", BY_NAME),
        ("STRIPE_API_KEY", "0a0b0c0d-1111-2222-3333-444455556666", BY_NAME),
        ("SECRET_KEY_BASE", "a8f5f167f44f4964e6c998dee827110c", BY_NAME),
        ("JWT_SECRET", "a8f5f167f44f4964", BY_NAME),
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEYab", BY_NAME),
        ("DB_SECRET", "shop-db", MAYBE),
        ("TOKEN", "internal", MAYBE),
        ("DB_PASSWORD", "prod/db/password", MAYBE),
        ("DB_PASSWORD", "$ecretOwl9!", MAYBE),
        ("DB_PASSWORD", "$db_password", MAYBE),
        ("DB_PASSWORD", "$2y$10$abcdefghijklmnopqrstuv", BY_NAME),
        ("ANYTHING", f"amqp://app:{NIGHT}@mq:5672", "password-in-url"),
        ("CONFIG", json.dumps({"user": "app", "password": NIGHT}), "quoted-assignment"),
        ("JAVA_OPTS", f"-Xmx1g -Ddb.password={NIGHT}", "assignment"),
        ("KEY", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "private-key"),
        ("SETTINGS", coded(SCRIPT), "assignment"),
    ],
)
def test_a_variable_with_a_secret(name: str, value: str, kind: str) -> None:
    assert found(in_pairs([("A", "b"), (name, value)])) == [(name, kind)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD", "{{resolve:secretsmanager:prod/db:SecretString:password}}"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
        ("DB_PASSWORD", "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/db"),
        ("DB_PASSWORD", "${DB_PASSWORD}"),
        ("DB_PASSWORD", "$DB_PASSWORD"),
        ("DB_PASSWORD", "$(get-password)"),
        ("CONFIG", '{"password": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"}'),
        ("CONFIG", '{"password": "ssm:/prod/db"}'),
        ("DB_PASSWORD", "ssm:/prod/db"),
        ("DB_PASSWORD", "AQICAHhQ1Z0mXk2vCw8="),
        ("DB_PASSWORD", "ENC[AES256_GCM,data:x,type:str]"),
        ("DB_PASSWORD", "****"),
        ("DB_PASSWORD", "<password>"),
        ("DB_PASSWORD", "to-be-replaced"),
        ("DB_PASSWORD", "your-password-here"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("DB_PASSWORD_FILE", "secrets.txt"),
        ("DB_PASSWORD_LENGTH", "32"),
        ("DB_SECRET", "prod/shop/db"),
        ("DB_SECRET_ARN", "prod-db"),
        ("SECRET_NAME", "prod-db-Zq81"),
        ("TOKEN_TABLE", "shop-tokens-Table-1AB2C3D4E5F6"),
        ("TOKEN_URL", "https://login.example.org/oauth2/token"),
        ("TOKEN", "true"),
        ("TOKEN", "3600"),
        ("KMS_KEY_ID", "0a0b0c0d-1111-2222-3333-444455556666"),
        ("ENCRYPTION_KEY", "0a0b0c0d-1111-2222-3333-444455556666"),
        ("ENCRYPTION_KEY", "alias/shop"),
        ("PWD", "/srv/app"),
        ("S3_KEY", "builds/app-Zq81.zip"),
        ("REQUEST_ID", "0a0b0c0d-1111-2222-3333-444455556666"),
        ("IMAGE", "web@sha256:" + "0a1b2c3d" * 8),
        ("URL", "https://example.org/a:b@c"),
        ("COMPASS", "north"),
        ("NEXT_PUBLIC_MAP_TOKEN", "pk.a8f5f167f44f4964"),
    ],
)
def test_a_variable_without_one(name: str, value: str) -> None:
    assert found(in_pairs([(name, value)])) == []


def test_a_name_is_read_as_words() -> None:
    names = (
        "dbPassword",
        "DB_PASSWORD",
        "/prod/db/password",
        "DBPassword2",
        "DB_PASSWORD_PROD",
        "web/DB_PASS",
        "output DbPassword",
    )
    assert {meaning(name) for name in names} == {"password"}


@pytest.mark.parametrize(
    "data",
    [
        SCRIPT.encode(),
        gzip.compress(SCRIPT.encode()),
        gzip.compress(gzip.compress(SCRIPT.encode())),
        gzip.compress(b"#!/bin/sh\n") + gzip.compress(f"export DB_PASSWORD={NIGHT}\n".encode()),
        SCRIPT.encode("utf-16"),
        b"\xef\xbb\xbf" + SCRIPT.encode(),
        f"#cloud-config\nwrite_files:\n- encoding: b64\n  path: /x\n  content: {coded(SCRIPT)}\n".encode(),
        f"#cloud-config\nwrite_files:\n- encoding: gz+b64\n  path: /x\n  content: {coded(gzip.compress(SCRIPT.encode()))}\n".encode(),
        json.dumps({"source": f"data:,export%20DB_PASSWORD%3D{NIGHT}"}).encode(),
        f"<powershell>\r\n$Password = '{NIGHT}'\r\n</powershell>".encode(),
    ],
    ids=["plain", "gzip", "twice", "members", "utf-16", "mark", "base64", "gzip in base64", "ignition", "powershell"],
)
def test_user_data_is_unpacked(data: bytes) -> None:
    told = in_data(coded(data))
    assert len(found(told)) == 1
    assert told["Unseen"] == ""


@pytest.mark.parametrize("charset", ["us-ascii", "utf-8"])
def test_each_part_of_multipart_user_data_is_looked_at(charset: str) -> None:
    whole = MIMEMultipart()
    whole.attach(MIMEText("#cloud-config\npackages: [nginx]\n", "cloud-config", charset))
    whole.attach(MIMEText(SCRIPT * 4, "x-shellscript", charset))
    for data in (whole.as_bytes(), gzip.compress(whole.as_bytes())):
        assert {kind for _, kind in found(in_data(coded(data)))} == {"assignment"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (gzip.compress(SCRIPT.encode() + b"\0" * 200_000_000), "more than"),
        (gzip.compress(SCRIPT.encode() + random.Random(1).randbytes(900_000).hex().encode()), "more than"),
        (SCRIPT.encode() + b"x" * 5_000_000, "more than"),
        (SCRIPT.encode() + b"echo hello\n" * 500_000, "more than"),
    ],
    ids=["zeros", "noise", "one line", "many lines"],
)
def test_a_bomb_is_looked_at_up_to_a_bound(data: bytes, why: str) -> None:
    begun = time.process_time()
    told = in_data(coded(data))
    assert time.process_time() - begun < 5
    assert found(told) == [("line 3", "assignment")]
    assert why in told["Unseen"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (bytes(range(256)) * 40, "binary"),
        (random.Random(2).randbytes(16_000), "binary"),
        (b"\x1f\x8b" + b"x" * 100, "not to be read"),
        (gzip.compress(random.Random(3).randbytes(9000).hex().encode())[:-4000], "not whole"),
    ],
)
def test_what_is_not_understood_is_not_seen(data: bytes, why: str) -> None:
    told = in_data(coded(data))
    assert found(told) == []
    assert why in told["Unseen"]


def test_what_is_packed_again_and_again_is_unpacked_to_a_bound() -> None:
    data = SCRIPT.encode()
    for _ in range(10):
        data = gzip.compress(data)
    told = in_data(coded(data))
    assert found(told) == []
    assert told["Unseen"]
    text = SCRIPT
    for _ in range(10):
        text = coded(text)
    assert in_text(text)["Unseen"] == "it is packed more often than is unpacked"


def test_no_user_data_is_nothing_to_look_at() -> None:
    assert in_data(None) == in_data("") == {"Found": [], "Seen": 0, "Unseen": ""}


@pytest.mark.parametrize(
    "line",
    [
        "." * 3000 + "$password: 'x'",
        "password='" * 5000,
        "-" * 9000,
        "a=" * 9000,
        "://" * 9000,
        "curl -u a" * 9000,
        "data:" * 9000,
        "data:%4" * 9000,
        "=" * 9000,
        "key_" * 9000,
    ],
)
def test_a_line_made_to_be_slow_is_not(line: str) -> None:
    begun = time.process_time()
    in_text((line + "\n") * (LARGEST // len(line)))
    assert time.process_time() - begun < 10


def test_all_variables_together_are_looked_at_up_to_a_bound() -> None:
    told = in_pairs([(f"V{number}", "echo hello " * 1000) for number in range(100)] + [("DB_PASSWORD", NIGHT)])
    assert "more than" in told["Unseen"]


def test_secrets_beyond_those_that_are_told_are_not_forgotten() -> None:
    told = in_pairs([(f"A{number}_SECRET", "shop-db") for number in range(40)] + [("DB_PASSWORD", NIGHT)])
    assert found(told)[0] == ("DB_PASSWORD", BY_NAME)
    assert "more than the 25 secrets" in told["Unseen"]


def test_a_secret_in_the_place_of_a_name_is_not_told() -> None:
    assert found(in_pairs([(f"export DB_PASSWORD={NIGHT} #password", NIGHT)])) == [("?", BY_NAME)]
    assert found(in_pairs([(f"https://app:{NIGHT}@db/password", NIGHT)])) == [("?", BY_NAME)]


def test_a_document_is_told_by_its_fields() -> None:
    document = {
        "parameters": {"DbPassword": {"type": "String", "default": NIGHT}},
        "mainSteps": [{"inputs": {"runCommand": ["cd /srv", f"mysql -p{NIGHT} shop"]}}],
    }
    assert found(in_document(json.dumps(document))) == [
        ("parameters.DbPassword.default", BY_NAME),
        ("mainSteps.0.inputs.runCommand.1", "mysql-password-argument"),
    ]
    assert found(in_document(json.dumps([{"name": "DB_PASSWORD", "value": NIGHT}]))) == [("0.value", BY_NAME)]
    assert found(in_document("[" * 100_000 + NIGHT)) == []
    assert found(in_document('{"a":' * 900 + f'"mysql -p{NIGHT} shop"' + "}" * 900))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=300))))
def test_whatever_the_values_only_places_and_kinds_leave(pairs: list[tuple[str, str]]) -> None:
    told = in_pairs(pairs)
    names = {name for name, _ in pairs} | {"?"}
    assert {place for place, _ in found(told)} <= names
    assert {kind for _, kind in found(told)} <= KINDS


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=2000))
def test_whatever_the_user_data_it_is_looked_at(data: bytes) -> None:
    assert all(place.startswith("line ") for place, _ in found(in_data(coded(data))))
    assert all(place.startswith("line ") for place, _ in found(in_data(data.decode("latin-1"))))
