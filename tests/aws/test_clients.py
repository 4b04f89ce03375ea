"""One client a service asks as a client made for that account and region would: the same address, signature and headers."""

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.exceptions
import botocore.session
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.loaders import Loader
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from agent.discover import discover
from collectors.api import ACCOUNT, Api, Call, Of
from collectors.aws.account import IDENTITY
from collectors.collector import ApiCollector
from collectors.readings import Reading, Text, Unread
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.clients import GLOBAL_REGIONS, Clients

KEY, SECRET, TOKEN = "AKIAEXAMPLEEXAMPLE01", "secret", "token"
REGIONS = {
    "aws": ("us-east-1", "us-west-2", "eu-central-1", "ap-southeast-5"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
}
PLACES = [(partition, region) for partition, regions in REGIONS.items() for region in regions]
every_place = pytest.mark.parametrize(("partition", "region"), PLACES)


_MODELS = Loader()


class _SentError(Exception):
    def __init__(self, request: AWSPreparedRequest) -> None:
        self.request = request


def _caught(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    raise _SentError(request)


def declared() -> list[Api]:
    """One call of each operation that is declared anywhere, and of every service one of its documented protocols."""
    found: dict[tuple[str, str], Api] = {}
    for one in discover().collectors:
        if isinstance(one, ApiCollector):
            for call in one.calls:
                found.setdefault((call.service, call.operation), call)
    more = [
        Api("cloudfront", "ListDistributions", "X", where=ACCOUNT),
        Api("ec2", "DescribeVpcs", "X"),
        Api("efs", "DescribeFileSystems", "X"),
        Api("elbv2", "DescribeListeners", "X", {"LoadBalancerArn": "arn:x"}),
        Api("iam", "GetAccountSummary", "X", where=ACCOUNT),
        Api("kms", "ListKeys", "X"),
        Api("lambda", "GetPolicy", "X", {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:a:b"}),
        Api("organizations", "ListAccounts", "X", where=ACCOUNT),
        Api("account", "GetAlternateContact", "X", {"AlternateContactType": "SECURITY"}, where=ACCOUNT),
        Api("sqs", "GetQueueAttributes", "X", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/a"}),
        Api("sts", "GetCallerIdentity", "X", where=ACCOUNT),
        Api("s3control", "GetPublicAccessBlock", "X", {"AccountId": "123456789012"}, where=ACCOUNT),
        Api("securityhub", "DescribeHub", "X"),
        *(Api("s3", "GetBucketPolicy", "X", {"Bucket": name}) for name in ("plain", "with.dots", "Upper_Case")),
    ]
    return [*found.values(), *more]


def written_out(parameters: Any) -> Any:
    if isinstance(parameters, Of):
        return {"account": "123456789012", "AccountId": "123456789012"}.get(parameters.name, "a-name")
    if isinstance(parameters, Mapping):
        return {name: written_out(one) for name, one in parameters.items()}
    if isinstance(parameters, list | tuple):
        return [written_out(one) for one in parameters]
    return parameters


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    unset = (
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
    )
    for name in (*unset, "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def ours(clients: Clients, api: Api, region: str) -> dict[str, Any] | str:
    """What the product would send."""
    client = clients._client(api.service)
    name = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"before-send.{name}", _caught, unique_id=f"caught {name}")
    call = Call(api, "" if not api.regional else region, written_out(api.parameters))
    return told(lambda: clients.once(call, call.parameters, Credentials(KEY, SECRET, TOKEN)))


class Plain:
    """Clients of boto3, one for each service and region, as everybody makes them."""

    def __init__(self) -> None:
        core = botocore.session.Session()
        core.register_component("data_loader", _MODELS)
        self._session = boto3.session.Session(botocore_session=core)
        self._clients: dict[tuple[str, str], Any] = {}

    def sent(self, api: Api, region: str) -> dict[str, Any] | str:
        """What one would send that was made for this account and region."""
        client = self._clients.get((api.service, region)) or self._made(api.service, region)
        return told(lambda: getattr(client, xform_name(api.operation))(**written_out(api.parameters)))

    def _made(self, service: str, region: str) -> Any:
        self._clients[service, region] = client = self._session.client(
            service,
            region_name=region,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            aws_session_token=TOKEN,
            config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
        )
        client.meta.events.register_first(f"before-send.{client.meta.service_model.service_id.hyphenize()}", _caught)
        return client


def told(ask: Any) -> dict[str, Any] | str:
    """What matters of a request: all but the time, the random id and the agent's name. Or why none was sent."""
    try:
        ask()
    except _SentError as sent:
        request = sent.request
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        signed = re.match(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([^,]+), SignedHeaders=([^,]+), Signature=\w+",
            headers.pop("authorization"),
        )
        assert signed
        for name in ("x-amz-date", "amz-sdk-invocation-id", "amz-sdk-request", "user-agent"):
            headers.pop(name, None)
        body = request.body if isinstance(request.body, str | bytes | None) else request.body.read()
        return {
            "method": request.method,
            "url": request.url,
            "key": signed.group(1),
            "scope": signed.group(2),
            "signed headers": signed.group(3),
            "headers": headers,
            "body": _text(body),
        }
    except botocore.exceptions.BotoCoreError as fault:
        return f"{type(fault).__name__}: {fault}"
    raise AssertionError


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def differing(partition: str, region: str) -> dict[str, tuple[Any, Any]]:
    """What our client sends, and what a client of the place would, by call, where the two differ."""
    calls = declared()
    clients = Clients(None, calls, near=region)
    assert clients.partition == partition
    plain = Plain()
    differences: dict[str, tuple[Any, Any]] = {}
    sent = 0
    for api in calls:
        place = region if api.regional else GLOBAL_REGIONS[partition]
        expected, made = plain.sent(api, place), ours(clients, api, region)
        sent += isinstance(expected, dict)
        if made != expected:
            differences[api.key] = (made, expected)
    assert sent > len(calls) * 0.6, "what is not sent cannot be compared"
    return differences


@every_place
def test_one_client_asks_as_a_client_of_the_place_would(partition: str, region: str) -> None:
    assert differing(partition, region) == {}


@every_place
def test_endpoints_of_fips_are_the_same(partition: str, region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    assert differing(partition, region) == {}


@pytest.mark.parametrize(
    "setting",
    [
        {"AWS_ENDPOINT_URL": "http://127.0.0.2:1"},
        {
            "AWS_ENDPOINT_URL_S3": "https://s3.example.com:8443",
            "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": "http://e.b",
        },
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
        {"AWS_RETRY_MODE": "adaptive"},
        {"AWS_DEFAULT_REGION": "eu-central-1"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_settings_of_the_environment_count(setting: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    if "AWS_ENDPOINT_URL" in setting:  # an address has no names below it: ours leaves the account's out
        calls = [one for one in declared() if one.service != "s3control"]
        monkeypatch.setattr(f"{__name__}.declared", lambda: calls)
    assert differing("aws", "us-west-2") == {}


def test_the_account_is_left_out_before_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.2:1")
    api = next(one for one in declared() if one.service == "s3control")
    sent = ours(Clients(None, [api]), api, "us-west-2")
    assert isinstance(sent, dict)
    assert urlsplit(sent["url"]).netloc == "127.0.0.2:1"


def test_each_account_is_asked_with_its_own_key() -> None:
    api = Api("ec2", "DescribeVpcs", "X")
    clients = Clients(None, [api])
    client = clients._client("ec2")
    client.meta.events.register_first("before-send.ec2", _caught)
    keys = []
    for key in ("AKIAONE", "AKIATWO", "AKIAONE"):
        sent = told(lambda key=key: clients.once(Call(api, "eu-west-1", {}), {}, Credentials(key, SECRET, TOKEN)))
        assert isinstance(sent, dict)
        keys.append(sent["key"])
    assert keys == ["AKIAONE", "AKIATWO", "AKIAONE"]


@pytest.mark.parametrize("region", ["us-gov-east-1", "cn-northwest-1", "eu-west-3", ""])
def test_the_partition_follows_the_profile(region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if region:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    partition = next((name for name, regions in REGIONS.items() if region in regions), "aws")
    clients = Clients(None, [])
    assert clients.partition == partition
    assert clients.home == GLOBAL_REGIONS[partition]


def test_boto3s_own_credentials_find_their_operations() -> None:
    """Roles of Kubernetes' service accounts, for one, are assumed by an operation that we never ask for ourselves."""
    client = Clients(None, []).session._session.create_client(
        "sts", region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    assert client.assume_role
    assert client.assume_role_with_web_identity


def test_signatures_and_addresses_know_no_more_than_was_asked() -> None:
    """The models are pruned: nothing but what is declared can be asked at all."""
    client = Clients(None, [Api("ec2", "DescribeVpcs", "X")])._client("ec2")
    assert client.describe_vpcs
    assert not hasattr(client, "terminate_instances")


@contextmanager
def answering(context: ssl.SSLContext | None, answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server that gives everybody one answer: its port, and the first lines that it was sent."""
    lines: list[bytes] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            lines.append(self.rfile.readline().strip())
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            connection, address = super().get_request()
            return (context.wrap_socket(connection, server_side=True) if context else connection), address

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1], lines
        server.shutdown()


IDENTITY_ANSWER = b"<R><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></R>"
ANSWER = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
    len(IDENTITY_ANSWER),
    IDENTITY_ANSWER,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost that nobody has signed, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path


def identity() -> Reading:
    clients = Clients(None, [IDENTITY])
    return Asking(clients, Credentials(KEY, SECRET, TOKEN), seconds=20).read(Call(IDENTITY, "", {}))


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", ""])
def test_own_authorities_count(variable: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if variable:
        monkeypatch.setenv(variable, str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with answering(context, ANSWER) as (port, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://localhost:{port}")
        reading = identity()
    assert isinstance(reading, Text if variable else Unread)
    if isinstance(reading, Unread):
        assert "SSLError" in reading.reason


def test_a_proxy_is_asked_for_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(None, b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") as (
        port,
        lines,
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        assert isinstance(identity(), Unread)
    assert {line.rpartition(b" ")[0] for line in lines} == {b"CONNECT sts.us-east-1.amazonaws.com:443"}


def test_a_bucket_that_moved_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS answers with a redirect that names the region; the signature must be of that region."""
    api = Api("s3", "GetBucketLogging", "LoggingEnabled", {"Bucket": "plain"}, may_be_empty=True)
    clients = Clients(None, [api])
    sent: list[AWSPreparedRequest] = []

    def moved(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(request)
        there = "eu-west-3" in request.url
        body = b"<BucketLoggingStatus/>" if there else b"<Error><Code>PermanentRedirect</Code></Error>"
        answer = AWSResponse(
            request.url, 200 if there else 301, HeadersDict({"x-amz-bucket-region": "eu-west-3"}), None
        )
        answer._content = body
        return answer

    monkeypatch.setattr(clients._sender, "send", moved)
    clients.once(Call(api, "us-west-2", {"Bucket": "plain"}), {"Bucket": "plain"}, Credentials(KEY, SECRET, TOKEN))
    assert [urlsplit(one.url).netloc for one in sent] == [
        "plain.s3.us-west-2.amazonaws.com",
        "plain.s3.eu-west-3.amazonaws.com",
    ]
    assert "/eu-west-3/s3/aws4_request" in _text(sent[1].headers["Authorization"])
