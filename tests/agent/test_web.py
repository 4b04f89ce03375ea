import base64
import contextlib
import gzip
import http.client
import socket
import ssl
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from agent.web import connection as connections
from agent.web import server as web
from agent.web.connection import Answer, Request, text
from agent.web.documents import Document
from agent.web.server import Server
from agent.web.web_config import Watched
from tests.agent.test_web_config import certificate
from tests.hosts import until
from tests.time_at_work import Clock

BODY = b"# HELP x y\nx 1\n" * 20000
PACKED = Answer(200, Document(BODY.decode), "text/plain; version=0.0.4; charset=utf-8")


def respond(request: Request) -> Answer:
    return PACKED if request.path == "/metrics" else text(404, "There is nothing here.")


def serving(config: Path | None = None) -> Iterator[Server]:
    server = Server("127.0.0.1:0", Watched(config, print), lambda _: None)
    server.start(respond)
    yield server
    server.stop()


@pytest.fixture
def plain() -> Iterator[Server]:
    yield from serving()


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Server]:
    certificate(tmp_path)
    hashed = bcrypt.hashpw(b"secret", bcrypt.gensalt(10)).decode()
    path = tmp_path / "web.yaml"
    path.write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
        f"basic_auth_users: {{alice: {hashed}}}\n"
        "http_server_config: {headers: {Strict-Transport-Security: max-age=60}}\n"
    )
    yield from serving(path)


def place(server: Server) -> tuple[str, int]:
    host, _, port = server.address.rpartition(":")
    return host, int(port)


def spoken(server: Server, said: bytes) -> bytes:
    """Everything that the server answers before it ends the connection, which it must."""
    got = b""
    with socket.create_connection(place(server), 60) as client:
        client.sendall(said)
        while chunk := client.recv(65536):
            got += chunk
    return got


def status(server: Server, said: bytes) -> int:
    return int(spoken(server, said).split(b" ")[1])


def asked(server: Server, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(*place(server), timeout=60)
    connection.request("GET", "/metrics", headers=headers)
    answer = connection.getresponse()
    answer.body = answer.read()  # type: ignore[attr-defined]
    connection.close()
    return answer


def client_context(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "server.crt"))


def test_an_answer_is_whole_and_carries_the_security_headers(plain: Server) -> None:
    answer = asked(plain)
    assert answer.status == 200
    assert answer.body == BODY  # type: ignore[attr-defined]
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_gzip_only_for_those_who_take_it(plain: Server) -> None:
    packed = asked(plain, **{"Accept-Encoding": "br;q=1, gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == BODY  # type: ignore[attr-defined]
    for refused in ("gzip;q=0", "identity", "br", "*, gzip;q=0", "gzip;q=0, *"):
        assert asked(plain, **{"Accept-Encoding": refused}).headers["Content-Encoding"] is None


def test_a_connection_is_used_again_and_requests_may_be_sent_together(plain: Server) -> None:
    connection = http.client.HTTPConnection(*place(plain), timeout=60)
    for _ in range(3):
        connection.request("GET", "/metrics")
        kept = connection.sock
        assert connection.getresponse().read() == BODY
        assert connection.sock is kept
    connection.close()
    two = b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    got = spoken(plain, two)
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert f"Content-Length: {len(BODY)}\r\n".encode() in got
    assert b"HTTP/1.1 404 Not Found\r\n" in got
    assert got.endswith(b"There is nothing here.\n")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"GET /metrics HTTP/1.0\r\n\r\n", 200),
        (b"GET http://h:1/metrics?x=%20 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET /metrics HTTP/1.1\nHost: x\nConnection: close\n\n", 200),
        (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
        (b"GET /metrics\r\n\r\n", 400),
        (b"GET /metrics HTTP/2.0\r\n\r\n", 400),
        (b"G\x00T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % index for index in range(3000)), 431),
    ],
)
def test_what_is_no_request_is_refused(plain: Server, said: bytes, expected: int) -> None:
    assert status(plain, said) == expected


def test_a_line_of_spaces_does_not_keep_everyone_waiting(plain: Server) -> None:
    begun = time.process_time()
    assert status(plain, b"GET / HTTP/1.1\r\nHost: x\r\nX:" + b" " * 1500 + b"\x01\r\n\r\n") == 400
    assert time.process_time() - begun < 3


def test_framing_that_stands_twice_is_refused(plain: Server) -> None:
    for twice in (b"Content-Length: 0\r\nContent-Length: 5", b"Host: y", b"content-length: 0\r\nCONTENT-LENGTH: 0"):
        assert status(plain, b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + twice + b"\r\n\r\n") == 400


def test_a_body_is_not_read_as_the_next_request(plain: Server) -> None:
    inner = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    for framing in (b"Content-Length: %d" % len(inner), b"Transfer-Encoding: chunked"):
        got = spoken(plain, b"POST /x HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n\r\n" + inner)
        assert got.count(b"HTTP/1.1 ") == 1


@pytest.mark.alone
def test_a_client_that_trickles_is_cut_off(plain: Server, monkeypatch: pytest.MonkeyPatch, at_work: Clock) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 1.0)
    begun = at_work()
    with socket.create_connection(place(plain), 60) as client:
        client.settimeout(0.1)
        got = b""
        for letter in b"GET /metrics HTTP/1.1\r\nHost: " + b"x" * 100:
            try:
                client.send(bytes([letter]))
                got += client.recv(4096)
            except TimeoutError:
                continue
            except OSError:
                break
            if got:
                break
    assert got.startswith(b"HTTP/1.1 408 ")
    assert at_work() - begun < 3


def test_a_client_that_says_nothing_is_let_go(plain: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.3)
    assert spoken(plain, b"") == b""


def scrape_times(server: Server, context: ssl.SSLContext | None, times: int = 20) -> list[float]:
    taken = []
    for _ in range(times):
        begun = time.monotonic()
        if context is None:
            connection = http.client.HTTPConnection(*place(server), timeout=60)
        else:
            connection = http.client.HTTPSConnection(*place(server), timeout=60, context=context)
        headers = {"Authorization": "Basic " + base64.b64encode(b"alice:secret").decode(), "Accept-Encoding": "gzip"}
        with contextlib.closing(connection):
            connection.request("GET", "/metrics", headers=headers)
            assert connection.getresponse().read()
        taken.append(time.monotonic() - begun)
    return taken


@pytest.mark.alone
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_fifty_silent_clients_do_not_delay_a_scrape(
    request: pytest.FixtureRequest, scheme: str, tmp_path: Path
) -> None:
    server = request.getfixturevalue("plain" if scheme == "http" else "secured")
    silent = [socket.create_connection(place(server), 60) for _ in range(50)]
    try:
        taken = scrape_times(server, client_context(tmp_path) if scheme == "https" else None)
        assert statistics.median(taken) < 0.1
    finally:
        for one in silent:
            one.close()


def test_when_all_connections_are_taken_the_longest_idle_makes_room(
    plain: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 600.0)  # nobody is let go for having said nothing
    silent = [socket.create_connection(place(plain), 60) for _ in range(web.CONNECTIONS)]
    try:
        until(lambda: len(plain._open) == web.CONNECTIONS)
        assert asked(plain).status == 200
        assert silent[0].recv(10) == b""  # the first of them was let go
        silent[-1].settimeout(0.1)
        with pytest.raises(TimeoutError):
            silent[-1].recv(10)
        assert len(plain._open) <= web.CONNECTIONS
    finally:
        for one in silent:
            one.close()


def test_tls_and_passwords(secured: Server, tmp_path: Path) -> None:
    context = client_context(tmp_path)

    def code(credentials: bytes | None) -> int:
        connection = http.client.HTTPSConnection(*place(secured), timeout=60, context=context)
        given = {} if credentials is None else {"Authorization": "Basic " + base64.b64encode(credentials).decode()}
        connection.request("GET", "/metrics", headers=given)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.headers["Strict-Transport-Security"] == "max-age=60"
        assert (answer.headers["WWW-Authenticate"] is not None) == (answer.status == 401)
        return answer.status

    assert code(b"alice:secret") == 200
    assert [code(one) for one in (None, b"alice:wrong", b"bob:secret", b"alice", b"\xff:\xff")] == [401] * 5


def test_passwords_hold_on_connections_that_were_there_before_them(plain: Server, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection(*place(plain), timeout=60)

    def code() -> int:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        answer.read()
        return answer.status

    assert code() == 200
    kept = connection.sock
    path = tmp_path / "web.yaml"
    path.write_text(f"basic_auth_users: {{alice: {bcrypt.hashpw(b'secret', bcrypt.gensalt(4)).decode()}}}\n")
    plain.watched = Watched(path, print)
    assert code() == 401
    assert connection.sock is kept
    connection.close()


def test_a_connection_that_was_there_before_tls_ends(plain: Server, tmp_path: Path) -> None:
    connection = http.client.HTTPConnection(*place(plain), timeout=60)
    connection.request("GET", "/metrics")
    assert connection.getresponse().read() == BODY
    certificate(tmp_path)
    path = tmp_path / "web.yaml"
    path.write_text("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
    plain.watched = Watched(path, print)
    connection.request("GET", "/metrics")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.getresponse()
    connection.close()


def test_a_new_certificate_is_used_at_once(secured: Server, tmp_path: Path) -> None:
    def seen() -> bytes | None:
        with (
            socket.create_connection(place(secured), 60) as client,
            client_context(tmp_path).wrap_socket(client, server_hostname="localhost") as wrapped,
        ):
            return wrapped.getpeercert(binary_form=True)

    before = seen()
    certificate(tmp_path)
    assert seen() != before


def test_only_clients_with_a_certificate_where_it_is_asked_for(tmp_path: Path) -> None:
    certificate(tmp_path)
    certificate(tmp_path, "client")
    path = tmp_path / "web.yaml"
    path.write_text(
        "tls_server_config: {cert_file: server.crt, key_file: server.key, client_ca_file: client.crt, "
        "client_auth_type: RequireAndVerifyClientCert, client_allowed_sans: [localhost], min_version: TLS13}\n"
    )
    for server in serving(path):
        context = client_context(tmp_path)
        with pytest.raises((OSError, http.client.HTTPException)):
            scrape_times(server, context, 1)
        context.load_cert_chain(tmp_path / "client.crt", tmp_path / "client.key")
        assert scrape_times(server, context, 1)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(ssl.SSLError):
            scrape_times(server, context, 1)
        path.write_text(path.read_text().replace("[localhost]", "[prometheus]"))
        context = client_context(tmp_path)
        context.load_cert_chain(tmp_path / "client.crt", tmp_path / "client.key")
        with pytest.raises((OSError, http.client.HTTPException)):
            scrape_times(server, context, 1)


@pytest.mark.alone
def test_scrapes_are_quick_on_a_kept_connection(plain: Server) -> None:
    connection = http.client.HTTPConnection(*place(plain), timeout=60)
    taken = []
    for _ in range(300):
        begun = time.monotonic()
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        taken.append(time.monotonic() - begun)
    connection.close()
    assert statistics.quantiles(taken, n=100)[49] < 0.005


def test_stopping_ends_every_connection(plain: Server) -> None:
    before = threading.active_count()
    clients = [socket.create_connection(place(plain), 60) for _ in range(5)]
    until(lambda: len(plain._open) == 5)
    plain.stop()
    assert [client.recv(1) for client in clients] == [b""] * 5
    for client in clients:
        client.close()
    until(lambda: threading.active_count() < before)


@pytest.mark.parametrize("listen", ["[::1]:0", "localhost:0", ":0"])
def test_addresses(listen: str) -> None:
    server = Server(listen, Watched(None, print), lambda _: None)
    assert server.address.rpartition(":")[2] != "0"
    server.stop()
