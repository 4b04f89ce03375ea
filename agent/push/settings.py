"""Where metrics are pushed to, and as whom, as the configuration says it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from agent.aws.settings import REGION, ROLE
from agent.inventories.settings import is_loopback
from agent.printable import printable

_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(minutes=4)
_SHORTEST_AGE = timedelta(minutes=1)
_LONGEST_URL = 2000
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_RESERVED = re.compile(
    "authorization|connection|content-(encoding|length|type)|date|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|"
    "upgrade|user-agent|x-amz-.*|x-prometheus-remote-write-version",
    re.IGNORECASE,
)
"""Headers that the protocol or HTTP itself needs: https://prometheus.io/docs/specs/prw/remote_write_spec/#protocol."""
_SECRET = re.compile(r"auth|cookie|key|password|secret|token", re.IGNORECASE)


@dataclass(frozen=True)
class Sigv4:
    """How requests to Amazon Managed Service for Prometheus are signed. Credentials are boto3's own; nothing is stored."""

    region: str = ""
    """Region of the workspace. Nothing is signed where it is not given."""
    profile: str = ""
    """Profile of boto3's configuration; its default chain where nothing is given."""
    role: str = ""
    """ARN of a role to assume, which may write to the workspace."""
    external_id: str = ""
    """What the trust policy of ``role`` asks for as ``sts:ExternalId``."""


@dataclass(frozen=True)
class Push:
    """Where the daemon pushes its metrics to, by Prometheus' remote write."""

    url: str = ""
    """The whole address that takes remote write 1.0; nothing is pushed where it is not given."""
    interval: timedelta = timedelta(minutes=1)
    """Between two pushes. A sample is visible for five minutes."""
    max_age: timedelta = timedelta(hours=24)
    """What could not be sent for so long is dropped, and counted."""
    job: str = "wispwatch"
    """The label ``job`` of everything that is pushed."""
    instance: str = ""
    """The label ``instance``; what this machine is called where nothing is given."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Further labels of everything that is pushed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers of each request, e.g. Mimir's ``X-Scope-OrgID``. No place for secrets."""
    user: str = ""
    """User of basic authentication, with ``password_file``."""
    password_file: Path | None = None
    """File whose first line is that user's password."""
    token_file: Path | None = None
    """File whose first line is the bearer token."""
    ca_file: Path | None = None
    """Authorities, in PEM, that the server is trusted by; the system's where nothing is given. It is always verified."""
    certificate_file: Path | None = None
    """Our own certificate, in PEM, for a server that asks for one."""
    key_file: Path | None = None
    """Its private key."""
    plain_http: bool = False
    """Whether an ``http`` address off this machine is taken. Passwords and tokens never go there."""
    sigv4: Sigv4 = field(default_factory=Sigv4)
    """Signatures for Amazon Managed Service for Prometheus."""

    def with_instance(self, machine: str) -> "Push":
        """The same, with the instance's name filled in."""
        return self if self.instance else replace(self, instance=printable(machine))


def faults_of_push(place: str, push: Push) -> Iterator[str]:
    """What does not fit, one sentence each; ``place`` is where the settings stand. Pure: no file is looked at."""
    if not push.url:
        if push != Push():
            yield f"{place}.url: is missing; nothing is pushed without it"
        return
    if fault := _fault_of_url(push):
        yield f"{place}.url: {fault}"
    if not _SHORTEST <= push.interval <= _LONGEST:
        yield f"{place}.interval: must be from 1s to 4m: Prometheus shows a sample for five minutes"
    if push.max_age < _SHORTEST_AGE:
        yield f"{place}.max_age: must be at least 1m"
    yield from _label_faults(place, push)
    yield from _header_faults(place, push)
    yield from _identity_faults(place, push)


def _fault_of_url(push: Push) -> str:
    import urllib.parse  # noqa: PLC0415 - only who pushes pays for it

    if not push.url.isascii() or not push.url.isprintable() or " " in push.url or len(push.url) > _LONGEST_URL:
        return "is no URL: it has other characters than printable ASCII, or too many"
    try:
        parts = urllib.parse.urlsplit(push.url)
        port = parts.port
    except ValueError as fault:
        return f"is no URL: {fault}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or parts.fragment:
        return "is no URL such as https://prometheus.example.com/api/v1/write"
    if parts.username is not None or parts.password is not None:
        return "must not hold an account or a password; give user and password_file, or token_file"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        if not push.plain_http:
            return "is http, which everyone on the way can read and change; use https, or set plain_http where the way is safe"
        if push.user or push.token_file or push.sigv4.region:
            return "is http, where everyone on the way can read passwords, tokens and signatures; use https"
    return ""


def _label_faults(place: str, push: Push) -> Iterator[str]:
    if not push.job:
        yield f"{place}.job: is empty"
    for name, value in {
        "job": push.job,
        "instance": push.instance,
        **{f"labels.{k}": v for k, v in push.labels.items()},
    }.items():
        if not value.isprintable():
            yield f"{place}.{name}: has characters that cannot be printed"
    if push.labels:
        from agent.exposition.families import FAMILIES  # noqa: PLC0415 - only who has labels pays for it

        taken = {name for family in FAMILIES for name in family.labels} | {"job", "instance"}
        for name, value in push.labels.items():
            if not _LABEL.fullmatch(name) or name.startswith("__"):
                yield f"{place}.labels.{name}: is no name of a label: letters, digits and _, not two of them at its beginning"
            elif name in taken:
                yield f"{place}.labels.{name}: is a label that metrics have already; choose another"
            elif not value:
                yield f"{place}.labels.{name}: is empty; leave it out"


def _header_faults(place: str, push: Push) -> Iterator[str]:
    for name, value in push.headers.items():
        where = f"{place}.headers.{name}"
        if not _HEADER.fullmatch(name) or not value.isascii() or not value.isprintable():
            yield f"{where}: a header's name is one word, and its value printable ASCII on one line"
        elif _RESERVED.fullmatch(name):
            yield f"{where}: is set by wispwatch itself"
        elif _SECRET.search(name):
            yield f"{where}: a secret does not stand in a configuration; give token_file, or user and password_file"


def _identity_faults(place: str, push: Push) -> Iterator[str]:
    for one, other in (("user", "password_file"), ("certificate_file", "key_file")):
        held, beside = getattr(push, one), getattr(push, other)
        if bool(held) != bool(beside):
            yield f"{place}.{other if held else one}: is missing; {one} and {other} belong together"
    if ":" in push.user or not push.user.isprintable():
        yield f"{place}.user: a user name has no colon and no control characters"
    named = {"user": push.user, "token_file": push.token_file, "sigv4": push.sigv4.region}
    given = [name for name, value in named.items() if value]
    if len(given) > 1:
        yield f"{place}.{given[0]}: {' and '.join(given)} exclude each other"
    signing = push.sigv4
    if not signing.region:
        if signing != Sigv4():
            yield f"{place}.sigv4.region: is missing; give the region of the workspace, such as us-east-1"
    elif not REGION.fullmatch(signing.region):
        yield f"{place}.sigv4.region: {signing.region!r} is no region such as us-east-1"
    if signing.role and not ROLE.fullmatch(signing.role):
        yield f"{place}.sigv4.role: {signing.role!r} is no ARN of a role such as arn:aws:iam::222222222222:role/push"
