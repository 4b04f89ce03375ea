"""Between an account's reader and a moto server: counts who asked what, adds latency, and answers as AWS does on its bad days.

``Proxy`` is on loopback, and passes on what no rule names. A *fault* is a function of an ``Exchange``: it answers the request
in AWS' words, in the protocol that was spoken, or does not answer it at all. Rules can be added while it runs. With a
``Memory`` it gives the server's answers again without asking it.
"""

import contextlib
import http.client
import itertools
import json
import re
import socket
import socketserver
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from tests.aws_memory import Kept, Memory, key_of

MEGABYTE = 1 << 20
_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d+/([^/,]+)/([^/,]+)/aws4_request")
_MODELS = {
    "s3": ("s3", "s3control"),
    "elasticfilesystem": ("efs",),
    "es": ("opensearch", "es"),
    "access-analyzer": ("accessanalyzer",),
}
"""The models of services that are named otherwise in a signature."""


@dataclass(frozen=True)
class Asked:
    """A request, as AWS would understand it."""

    service: str
    """As signatures name it."""
    operation: str
    region: str
    key: str
    """The access key: whose account it is."""
    protocol: str
    """``query``, ``ec2``, ``json``, ``rest-json`` or ``rest-xml``."""
    parameters: str
    """Path, query and body."""
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What is answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Exchange:
    """A request that waits for its answer, and the ways to give one."""

    asked: Asked
    connection: socket.socket
    pass_on: Callable[[], Answer]
    """What the server behind answers."""
    stopped: threading.Event
    """Set when the proxy ends."""

    def reply(self, answer: Answer, *, length: int | None = -1) -> None:
        """Answer; ``length`` is what the head claims (-1: the truth, None: nothing)."""
        self.connection.sendall(head(answer, length) + answer.body)


Fault = Callable[[Exchange], None]


class EndError(Exception):
    """The connection is to be closed."""


def head(answer: Answer, length: int | None = -1) -> bytes:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, 'Other')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {len(answer.body) if length < 0 else length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# What a request is


def understood(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Asked:
    """Who asks what, and where."""
    signed = _CREDENTIAL.search(headers.get("authorization", ""))
    key, region, service = signed.groups() if signed else ("", "", "")
    kind = headers.get("content-type", "")
    target = headers.get("x-amz-target", "")
    form = dict(parse_qsl(body.decode("latin-1"))) if kind.startswith("application/x-www-form-urlencoded") else {}
    if target:
        protocol, operation = "json", target.rpartition(".")[2]
    elif "Action" in form:
        service = service or "sts"  # the calls that nobody signs
        protocol, operation = ("ec2" if service == "ec2" else "query"), form["Action"]
    else:
        protocol, operation = _rest(service, method, path)
    told = body.decode("latin-1")
    return Asked(service, operation, region, key, protocol, f"{path} {told}", method, path, headers, body)


def _rest(service: str, method: str, path: str) -> tuple[str, str]:
    split = urlsplit(path)
    query = dict(parse_qsl(split.query, keep_blank_values=True))
    for protocol, verb, pattern, needed, operation in _routes(service):
        if verb == method and pattern.fullmatch(split.path) and needed.items() <= query.items():
            return protocol, operation
    return "rest-json", f"{method} {split.path}"


@cache
def _routes(service: str) -> tuple[tuple[str, str, re.Pattern[str], dict[str, str], str], ...]:
    """The operations of a REST service: the more a route asks for, the earlier it is tried."""
    routes = []
    for name in _MODELS.get(service, (service,)):
        try:
            model = Loader().load_service_model(name, "service-2")
        except (UnknownServiceError, ValueError):
            continue
        if not model["metadata"]["protocol"].startswith("rest"):
            continue
        for operation, one in model["operations"].items():
            uri = urlsplit(one["http"]["requestUri"])
            # The query is matched by what is always in it.
            needed = {k: v for k, v in parse_qsl(uri.query, keep_blank_values=True) if not v.startswith("{")}
            pattern = re.escape(unquote(uri.path))
            pattern = re.sub(r"\\\{[^}]*\\\+\\\}|\\\{[^}]*\+\\\}", ".+", pattern)
            pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", pattern).removesuffix("/") + "/?"
            routes.append(
                (model["metadata"]["protocol"], one["http"]["method"], re.compile(pattern), needed, operation)
            )
    return tuple(
        sorted(routes, key=lambda one: (-len(one[3]), one[2].pattern.count("[^/]+"), one[4].startswith("List")))
    )


# The proxy


_Request = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers and body."""


@dataclass
class _Rule:
    fault: Fault
    service: str
    operation: str
    region: str
    key: str
    left: float

    def fits(self, asked: Asked) -> bool:
        wanted = (self.service, self.operation, self.region, self.key)
        told = (asked.service, asked.operation, asked.region, asked.key)
        return self.left > 0 and all(not want or want == tell for want, tell in zip(wanted, told, strict=True))


@dataclass
class Proxy:
    """A reverse proxy; a context manager."""

    upstream: str
    latency: float = 0.0
    """Seconds added to each request."""
    asked: deque[tuple[Asked, int]] = field(default_factory=deque)
    """All requests, and the status of their answers (0: a fault answered, or nobody)."""
    memory: Memory | None = None
    """What is kept of the server's answers, and given again; nothing where there is none."""

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self.stopped = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="proxy", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.end()
        self._thread.join()

    def fault(
        self,
        fault: Fault,
        service: str = "",
        operation: str = "",
        region: str = "",
        key: str = "",
        times: float = float("inf"),
    ) -> None:
        """Answer so what fits, so many times. The empty text fits all; the rule that was added first counts."""
        with self._lock:
            self._rules.append(_Rule(fault, service, operation, region, key, times))

    def forget(self) -> None:
        """No rules, no latency, nothing asked."""
        with self._lock:
            self._rules.clear()
        self.asked.clear()
        self.latency = 0.0

    def rule_for(self, asked: Asked) -> Fault | None:
        """The fault that a request meets."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(asked):
                    rule.left -= 1
                    return rule.fault
        return None

    def calls(self) -> Counter[str]:
        """Requests by service."""
        return Counter(asked.service for asked, _ in self.asked)

    def times(self, service: str = "", operation: str = "", region: str = "") -> int:
        """How often it was asked."""
        wanted = _Rule(_nothing, service, operation, region, "", 1)
        return sum(wanted.fits(asked) for asked, _ in self.asked)

    def duplicates(self) -> Counter[tuple[str, str, str]]:
        """Requests that had been answered before, word by word: how often each was asked once more."""
        seen: set[tuple[str, ...]] = set()
        again: Counter[tuple[str, str, str]] = Counter()
        for one, status in self.asked:
            name = (one.service, one.operation, one.region, one.key, one.method, one.parameters)
            if name in seen:
                again[one.service, one.operation, one.region] += 1
            if 200 <= status < 500:
                seen.add(name)
        return again


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, *args: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes is no error."""

    def end(self) -> None:
        self.server_close()
        for one in list(self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _handler(proxy: Proxy) -> type[socketserver.StreamRequestHandler]:
    place = urlsplit(proxy.upstream)

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            behind = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
            try:
                while (request := self._next()) is not None:
                    _answer(proxy, request, self.connection, behind)
            except EndError:
                pass
            finally:
                behind.close()

        def _next(self) -> _Request | None:
            line = self.rfile.readline().decode("latin-1")
            if not line.strip():
                return None
            method, path, _ = line.split(" ", 2)
            headers = {}
            while (told := self.rfile.readline().decode("latin-1").strip()) != "":
                name, _, value = told.partition(":")
                headers[name.strip().lower()] = value.strip()
            if headers.pop("expect", "").lower() == "100-continue":
                self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            return method, path, headers, self.rfile.read(int(headers.get("content-length", "0")))

    return Handler


def _answer(proxy: Proxy, request: _Request, connection: socket.socket, behind: http.client.HTTPConnection) -> None:
    memory = proxy.memory
    key = key_of(*request) if memory is not None else None
    known = memory.known(key) if memory is not None else None
    asked = known.asked if known is not None else understood(*request)
    if proxy.latency:
        time.sleep(proxy.latency)
    exchange = Exchange(asked, connection, lambda: _passed_on(asked, behind), proxy.stopped)
    fault = proxy.rule_for(asked)
    if fault is not None:
        proxy.asked.append((asked, 0))
        fault(exchange)
        return
    if memory is not None and known is not None:
        proxy.asked.append((asked, known.status))
        memory.gave(known)
        connection.sendall(known.wire)
        return
    answer = exchange.pass_on()
    proxy.asked.append((asked, answer.status))
    if memory is not None:
        memory.heard(key, Kept(asked, answer.status, head(answer) + answer.body))
    if answer.status == 500:  # moto does not know it; SDKs would ask again and again
        answer = refused(asked, 400, "NotImplemented", "moto does not know this operation")
    exchange.reply(answer)


def _passed_on(asked: Asked, behind: http.client.HTTPConnection) -> Answer:
    headers = {name: value for name, value in asked.headers.items() if name != "connection"}
    try:
        behind.request(asked.method, asked.path, asked.body, headers)
        answer = behind.getresponse()
    except (http.client.HTTPException, OSError):  # an old connection was closed: once more with a new one
        behind.close()
        behind.request(asked.method, asked.path, asked.body, headers)
        answer = behind.getresponse()
    dropped = ("content-length", "transfer-encoding", "connection")
    kept = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
    return Answer(answer.status, kept, answer.read())


# Faults: refusals in AWS' words


def refused(asked: Asked, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error in the shape of the protocol that was spoken."""
    more = dict(headers or {})
    if asked.protocol == "json":
        body = json.dumps({"__type": f"com.amazonaws.{asked.service}#{code}", "message": message})
        return Answer(status, {"Content-Type": "application/x-amz-json-1.1", **more}, body.encode())
    if asked.protocol == "rest-json":
        named = {"Content-Type": "application/json", "x-amzn-errortype": f"{code}:http://internal.amazon.com/", **more}
        return Answer(status, named, json.dumps({"Message": message}).encode())
    error = f"<Code>{code}</Code><Message>{message}</Message>"
    if asked.protocol == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors><RequestID>r</RequestID></Response>"
    elif asked.protocol == "rest-xml" and asked.service == "s3" and not asked.path.startswith("/v20180820"):
        body = f"<Error>{error}<RequestId>r</RequestId><HostId>h</HostId></Error>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>r</RequestId></ErrorResponse>"
    told = '<?xml version="1.0" encoding="UTF-8"?>\n' + body
    return Answer(status, {"Content-Type": "text/xml", **more}, told.encode())


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


def _nothing(exchange: Exchange) -> None:
    """Never called."""


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
