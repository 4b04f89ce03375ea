"""AWS on its bad days, as faults for a ``Proxy``: refusals in its own words and protocols, and answers that are none."""

import itertools
import json
import re
import socket
import struct
from collections.abc import Iterable, Mapping

from tests.aws_proxy import MEGABYTE, Answer, EndError, Exchange, Fault, head, refused

_CODES: dict[str, dict[str, tuple[int, str]]] = {
    "denied": {
        "ec2": (403, "UnauthorizedOperation"),
        "query": (403, "AccessDenied"),
        "json": (400, "AccessDeniedException"),
        "rest-json": (403, "AccessDeniedException"),
        "rest-xml": (403, "AccessDenied"),
    },
    "throttled": {
        "ec2": (503, "RequestLimitExceeded"),
        "query": (400, "Throttling"),
        "json": (400, "ThrottlingException"),
        "rest-json": (429, "TooManyRequestsException"),
        "rest-xml": (503, "SlowDown"),
    },
    "expired": {
        "ec2": (400, "RequestExpired"),
        "query": (403, "ExpiredToken"),
        "json": (400, "ExpiredTokenException"),
        "rest-json": (403, "ExpiredTokenException"),
        "rest-xml": (400, "ExpiredToken"),
    },
    "unknown": {
        "ec2": (401, "AuthFailure"),
        "query": (403, "InvalidClientTokenId"),
        "json": (400, "UnrecognizedClientException"),
        "rest-json": (403, "UnrecognizedClientException"),
        "rest-xml": (403, "InvalidAccessKeyId"),
    },
    "unsubscribed": {
        "ec2": (403, "OptInRequired"),
        "query": (403, "OptInRequired"),
        "json": (400, "SubscriptionRequiredException"),
        "rest-json": (403, "SubscriptionRequiredException"),
        "rest-xml": (403, "NotSignedUp"),
    },
}


def _in_words(kind: str, message: str) -> Fault:
    def fault(exchange: Exchange) -> None:
        status, code = _CODES[kind][exchange.asked.protocol]
        exchange.reply(refused(exchange.asked, status, code, message))

    return fault


def denied(message: str = "User: arn:aws:iam::123456789012:user/a is not authorized to perform this") -> Fault:
    """No permission, in the protocol's shape."""
    return _in_words("denied", message)


def forbidden_by_organization() -> Fault:
    """A service control policy says no."""
    return denied(
        "User: arn:aws:iam::123456789012:user/a is not authorized to perform this"
        " with an explicit deny in a service control policy"
    )


def throttled() -> Fault:
    """Too many requests, in the protocol's shape; S3 says 503 SlowDown."""
    return _in_words("throttled", "Rate exceeded")


def expired() -> Fault:
    """The session's token is too old."""
    return _in_words("expired", "The security token included in the request is expired")


def unrecognized() -> Fault:
    """Keys that nobody knows here: wrong ones, or a region that is switched off."""
    return _in_words("unknown", "The security token included in the request is invalid")


def unsubscribed() -> Fault:
    """The account never signed up for the service."""
    return _in_words("unsubscribed", "The AWS Access Key Id needs a subscription for the service")


def failing(status: int, code: str = "InternalFailure", headers: Mapping[str, str] | None = None) -> Fault:
    """An error of any code."""
    return lambda exchange: exchange.reply(refused(exchange.asked, status, code, "Please try again", headers))


def page_of_html(status: int, *, strict: bool = False) -> Fault:
    """What a load balancer or a company's proxy says; ``strict``: as XML."""
    rest = b"" if strict else b"<br>"
    body = b"<html><head><title>Sorry</title></head><body><h1>Sorry</h1>" + rest + b"</body></html>"
    return lambda exchange: exchange.reply(Answer(status, {"Content-Type": "text/html"}, body))


# Faults: the line


def reset(exchange: Exchange) -> None:
    """The connection is reset."""
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()
    raise EndError


def hang(exchange: Exchange) -> None:
    """Nobody answers, ever."""
    exchange.stopped.wait()
    raise EndError


def truncated(*, told: bool) -> Fault:
    """Half of the answer. ``told``: the head says how long the half is; else it promises the whole."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.pass_on()
        half = Answer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        exchange.reply(half, length=len(half.body) if told else len(answer.body))
        if not told:
            exchange.connection.shutdown(socket.SHUT_RDWR)
            raise EndError

    return fault


def empty(*, told: bool) -> Fault:
    """Status 200 and no body; ``told``: the head says so, else the connection ends where the body would begin."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.pass_on()
        exchange.reply(Answer(200, answer.headers, b""), length=0 if told else None)
        if not told:
            exchange.connection.shutdown(socket.SHUT_RDWR)
            raise EndError

    return fault


def dribbling(*, head_too: bool = False, seconds: float = 1.0) -> Fault:
    """A byte at a time: the body, or all of it."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.pass_on()
        above = head(answer)
        if not head_too:
            exchange.connection.sendall(above)
        for byte in above + answer.body if head_too else answer.body:
            exchange.connection.sendall(bytes([byte]))
            if exchange.stopped.wait(seconds):
                raise EndError

    return fault


def enormous(size: int, *, chunked: bool = False) -> Fault:
    """A body of so many bytes, of whatever the protocol is made of."""

    def fault(exchange: Exchange) -> None:
        json_spoken = exchange.asked.protocol in {"json", "rest-json"}
        begin = b'{"Never": "' if json_spoken else b"<Never>"
        kind = "application/json" if json_spoken else "text/xml"
        more = {"Content-Type": kind, **({"Transfer-Encoding": "chunked"} if chunked else {})}
        exchange.connection.sendall(head(Answer(200, more, b""), None if chunked else size))
        for part in itertools.chain([begin], _same(b"a" * MEGABYTE, size - len(begin))):
            exchange.connection.sendall(b"%x\r\n%s\r\n" % (len(part), part) if chunked else part)
        if chunked:
            exchange.connection.sendall(b"0\r\n\r\n")

    return fault


def _same(part: bytes, size: int) -> Iterable[bytes]:
    for _ in range(size // len(part)):
        yield part
    yield part[: size % len(part)]


def endless(token: str, *, changing: bool, also: str = "", cycle: int = 1) -> Fault:
    """Another page after each: the field (or element) ``token`` is always there, other each time where it is ``changing``, or
    going round; ``also``: a field that says that there is more.
    """
    first: list[Answer] = []
    numbers = itertools.count()

    def fault(exchange: Exchange) -> None:
        if not first:
            first.append(exchange.pass_on())
        answer = first[0]
        number = next(numbers)
        value = f"token-{number if changing else number % cycle}"
        if exchange.asked.protocol in {"json", "rest-json"}:
            body = json.dumps({**json.loads(answer.body), token: value, **({also: True} if also else {})}).encode()
        else:
            added = f"<{token}>{value}</{token}>" + (f"<{also}>true</{also}>" if also else "")
            text = answer.body.decode()
            for name in filter(None, (token, also)):
                text = re.sub(rf"<{name}>[^<]*</{name}>|<{name} ?/>", "", text)
            inner = re.search(r"<(\w+Result)( [^>]*)?>", text)
            at = inner.end() if inner and inner.group(1) != "ListAllMyBucketsResult" else text.rindex("</")
            body = (text[:at] + added + text[at:]).encode()
        exchange.reply(Answer(answer.status, answer.headers, body))

    return fault
