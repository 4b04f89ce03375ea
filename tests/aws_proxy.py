"""Between an account's reader and a moto server: counts who asked what, adds latency, and answers as AWS does on its bad days.

``Proxy`` is on loopback, and passes on what no rule names. A *fault* is a function of an ``Exchange``: it answers the request
in AWS' words, in the protocol that was spoken, or does not answer it at all. Rules can be added while it runs. With a
``Memory`` it gives the server's answers again without asking it.
"""

import contextlib
import http.client
import json
import re
import socket
import socketserver
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
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
        """No rules, no latency, nothing asked; and a request that is still under way is counted by nobody any more."""
        with self._lock:
            self._rules.clear()
        self.asked = deque()
        self.latency = 0.0

    def rule_for(self, asked: Asked) -> Fault | None:
        """The fault that a request meets."""
        with self._lock:
            for rule in self._rules:
                if rule.fits(asked):
                    rule.left -= 1
                    return rule.fault
        return None

    def so_far(self) -> deque[tuple[Asked, int]]:
        """What was asked until now, which can be gone through while others ask."""
        return self.asked.copy()

    def calls(self) -> Counter[str]:
        """Requests by service."""
        return Counter(asked.service for asked, _ in self.so_far())

    def times(self, service: str = "", operation: str = "", region: str = "") -> int:
        """How often it was asked."""
        wanted = _Rule(lambda _: None, service, operation, region, "", 1)
        return sum(wanted.fits(asked) for asked, _ in self.so_far())

    def duplicates(self) -> Counter[tuple[str, str, str]]:
        """Requests that had been answered before, word by word: how often each was asked once more."""
        seen: set[tuple[str, ...]] = set()
        again: Counter[tuple[str, str, str]] = Counter()
        for one, status in self.so_far():
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
    memory, counted = proxy.memory, proxy.asked
    key = key_of(*request) if memory is not None else None
    known = memory.known(key) if memory is not None else None
    asked = known.asked if known is not None else understood(*request)
    if proxy.latency:
        time.sleep(proxy.latency)
    exchange = Exchange(asked, connection, lambda: _passed_on(asked, behind), proxy.stopped)
    fault = proxy.rule_for(asked)
    if fault is not None:
        counted.append((asked, 0))
        fault(exchange)
        return
    if memory is not None and known is not None:
        counted.append((asked, known.status))
        memory.gave(known)
        connection.sendall(known.wire)
        return
    answer = exchange.pass_on()
    counted.append((asked, answer.status))
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
