import base64
import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.push import snappy
from agent.push.answers import LONGEST_WAIT, Answer, Outcome, moment, wait
from agent.push.endpoint import Endpoint
from agent.push.messages import label, request
from agent.push.settings import Push
from tests.ports import nobody_listens
from tests.push.certificates import authority, signed
from tests.push.receiver import Sent, Told, receiver
from tests.time_at_work import Clock

BODY = snappy.packed(request([label("__name__", "x")], [bytes(8)], 7))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    authority(folder)
    authority(folder, "other")
    for name in ("server", "client"):
        signed(folder, name)
    signed(folder, "stranger", "other")
    signed(folder, "elsewhere", names="DNS:elsewhere.example.com")
    return folder


def tls(keys: Path, name: str = "server", clients: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / f"{name}.crt", keys / f"{name}.key")
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(keys / "ca.crt")
    return context


def post(push: Push, seconds: float = 30.0) -> Answer:
    """One request on a connection of its own."""
    with contextlib.closing(Endpoint(push, seconds)) as endpoint:
        return endpoint.post(BODY)


@contextlib.contextmanager
def listening(respond: bytes, hold: float = 0.0, each: float = 0.0) -> Iterator[int]:
    """A server of its own manners: says something byte by byte, whatever it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    client, _ = made.accept()
                    with client:
                        for byte in respond:
                            client.sendall(bytes([byte]))
                            over.wait(each)
                        over.wait(hold)

        threading.Thread(target=serve, daemon=True).start()
        yield made.getsockname()[1]
        over.set()
        made.shutdown(socket.SHUT_RDWR)


def test_the_headers_are_those_of_the_protocol() -> None:
    with receiver() as server:
        told = post(Push(url=f"{server.url}?x=1", headers={"X-Scope-OrgID": "laptops"}))
        assert (told.status, told.outcome) == (204, Outcome.TAKEN)
        (sent,) = server.sent
        assert sent.path == "/api/v1/write?x=1"
        assert sent.headers["Content-Encoding"] == "snappy"
        assert sent.headers["Content-Type"] == "application/x-protobuf"
        assert sent.headers["X-Prometheus-Remote-Write-Version"] == "0.1.0"
        assert re.fullmatch(r"wispwatch/[\w.]+", sent.headers["User-Agent"])
        assert sent.headers["X-Scope-OrgID"] == "laptops"
        assert sent.headers["Host"] == f"127.0.0.1:{server.port}"
        assert len(sent.samples) == 1


def test_a_connection_is_kept_while_there_is_more_to_send_and_made_anew_where_it_was_closed() -> None:
    close = iter([False, False, True, False])

    def answer(_: Sent) -> Told:
        return Told(200, {"Connection": "close"} if next(close) else {})

    with receiver(answer) as server:
        endpoint = Endpoint(Push(url=server.url))
        assert [endpoint.post(BODY).status for _ in range(4)] == [200] * 4
        assert [one.connection for one in server.sent] == [0, 0, 0, 1]
        endpoint.close()


@pytest.mark.parametrize(("last", "expected"), [(b"503 Unwell", Outcome.ILL), (b"204 Taken", Outcome.TAKEN)])
def test_what_is_said_before_the_answer_is_none(last: bytes, expected: Outcome) -> None:
    early = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with listening(early + b"HTTP/1.1 " + last + b"\r\nContent-Length: 0\r\n\r\n", hold=60.0) as port:
        told = post(Push(url=f"http://127.0.0.1:{port}/"))
    assert told.outcome is expected
    assert told.said == last.decode()


def test_a_server_that_only_says_what_comes_before_an_answer_is_left_in_time() -> None:
    with listening(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000, each=0.002) as port:
        told = post(Push(url=f"http://127.0.0.1:{port}/"), 1.0)
    assert told.outcome is Outcome.LATER
    assert "no whole answer within 1 s" in told.said


def test_a_kept_connection_that_the_server_has_dropped_costs_no_try() -> None:
    with receiver(lambda _: Told(200)) as server:
        endpoint = Endpoint(Push(url=server.url))
        assert endpoint.post(BODY).status == 200
        assert endpoint._plain is not None
        endpoint._plain.shutdown(socket.SHUT_RDWR)
        assert endpoint.post(BODY).status == 200
        endpoint.close()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.TAKEN),
        (204, Outcome.TAKEN),
        (301, Outcome.LATER),
        (400, Outcome.REFUSED),
        (401, Outcome.REFUSED),
        (429, Outcome.LATER),
        (500, Outcome.ILL),
        (503, Outcome.ILL),
    ],
)
def test_answers_mean_what_the_protocol_says(status: int, outcome: Outcome) -> None:
    told = Told(
        status, {"Location": "http://127.0.0.1:1/", "Retry-After": "7"}, b"" if status == 204 else b"why\x1b[31m\nso"
    )
    with receiver(lambda _: told) as server:
        endpoint = Endpoint(Push(url=server.url))
        begun = int(time.time())  # a header tells no more of a second
        answer = endpoint.post(BODY)
        assert (answer.outcome, answer.retry_after) == (outcome, 7.0)
        assert answer.date is not None
        assert begun <= answer.date <= time.time()
        assert answer.said.isprintable()
        assert status == 204 or r"why\x1b[31m so" in answer.said
        assert len(server.sent) == 1  # what redirects elsewhere is not followed
        endpoint.close()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("99999999999999", LONGEST_WAIT),
        ("Sun, 06 Nov 1994 08:50:37 GMT", 60.0),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0.0),
        ("Fri, 06 Nov 2099 08:00:00 GMT", LONGEST_WAIT),
        ("soon", None),
        ("-1", None),
        ("٣", None),
        (None, None),
    ],
)
def test_a_wait_is_in_seconds_or_until_a_moment_and_bounded(header: str | None, seconds: float | None) -> None:
    assert wait(header, moment("Sun, 06 Nov 1994 08:49:37 GMT")) == seconds


@pytest.mark.parametrize("header", ["", "x", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999 08:49:37 GMT", "\x00"])
def test_a_date_that_is_none_is_none(header: str) -> None:
    assert moment(header) is None


@pytest.mark.parametrize(
    ("respond", "hold", "each"),
    [
        (b"", 60.0, 0.0),
        (b"HTTP/1.1 204 No Content\r\nX-Slow: " + b"x" * 500, 60.0, 0.02),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" + b"x" * 500, 60.0, 0.02),
    ],
)
@pytest.mark.alone
def test_a_request_ends_in_time_whatever_the_server_does(
    respond: bytes, hold: float, each: float, at_work: Clock
) -> None:
    with listening(respond, hold, each) as port:
        begun = at_work()
        answer = post(Push(url=f"http://127.0.0.1:{port}/"), 0.5)
        assert at_work() - begun < 1.0
        assert (answer.status, answer.said) == (None, "no whole answer within 0.5 s")


@pytest.mark.parametrize(
    "respond", [b"", b"\x00\xff" * 100, b"HTTP/1.1 999999 x\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300]
)
def test_a_server_that_speaks_no_http_is_no_answer(respond: bytes) -> None:
    with listening(respond) as port:
        assert post(Push(url=f"http://127.0.0.1:{port}/")).outcome is Outcome.LATER


def test_nobody_there_and_no_such_name_are_told() -> None:
    with nobody_listens() as port:
        assert "refused" in post(Push(url=f"http://127.0.0.1:{port}/")).said
    assert post(Push(url="https://no.such.name.invalid/")).status is None


@pytest.mark.alone
def test_a_request_is_cut_off_from_another_thread(at_work: Clock) -> None:
    with listening(b"", 60.0) as port:
        endpoint = Endpoint(Push(url=f"http://127.0.0.1:{port}/"))
        threading.Timer(0.2, endpoint.cut).start()
        begun = at_work()
        assert endpoint.post(BODY).status is None
        assert at_work() - begun < 1.0
        assert "cut off" in endpoint.post(BODY).said
        endpoint.close()


def test_a_server_is_trusted_by_its_authority_only(keys: Path) -> None:
    with receiver(tls=tls(keys)) as server:
        url = f"https://127.0.0.1:{server.port}/"
        assert post(Push(url=url, ca_file=keys / "ca.crt")).status == 204
        for trusted in (None, keys / "other.crt"):
            answer = post(Push(url=url, ca_file=trusted))
            assert answer.status is None
            assert "its certificate is not trusted" in answer.said
        assert len(server.sent) == 1
    with receiver(tls=tls(keys, "elsewhere")) as server:
        answer = post(Push(url=f"https://127.0.0.1:{server.port}/", ca_file=keys / "ca.crt"))
        assert "IP address mismatch" in answer.said
        assert server.sent == []


def test_our_own_certificate_is_shown_and_taken_anew_when_its_file_changes(keys: Path, tmp_path: Path) -> None:
    for name, source in (("own.crt", "stranger.crt"), ("own.key", "stranger.key")):
        (tmp_path / name).write_bytes((keys / source).read_bytes())
    with receiver(tls=tls(keys, clients=True)) as server:
        push = Push(url=f"https://127.0.0.1:{server.port}/", ca_file=keys / "ca.crt")
        assert post(push).status is None
        endpoint = Endpoint(
            Push(
                url=push.url, ca_file=push.ca_file, certificate_file=tmp_path / "own.crt", key_file=tmp_path / "own.key"
            )
        )
        assert endpoint.post(BODY).status is None
        for name, source in (("own.crt", "client.crt"), ("own.key", "client.key")):
            (tmp_path / name).write_bytes((keys / source).read_bytes())
        assert endpoint.post(BODY).status == 204
        (tmp_path / "own.key").write_text("no key")
        endpoint.close()
        assert endpoint.post(BODY).said == f"{tmp_path}/own.crt, {tmp_path}/own.key: are no certificate and its key"
        (tmp_path / "own.key").unlink()
        assert endpoint.post(BODY).said.endswith("own.key: No such file or directory")
        endpoint.close()


def test_passwords_and_tokens_are_read_each_time_and_never_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    with receiver() as server:
        for push, form in (
            (Push(url=server.url, user="ann", password_file=secret), "Basic {}"),
            (Push(url=server.url, token_file=secret), "Bearer {}"),
        ):
            endpoint = Endpoint(push)
            secret.unlink(missing_ok=True)
            assert endpoint.post(BODY).said == f"{secret}: No such file or directory"
            for word in ("first", "second"):
                secret.write_text(f"{word}\nnot this\n")
                assert endpoint.post(BODY).status == 204
                told = base64.b64encode(f"ann:{word}".encode()).decode() if "Basic" in form else word
                assert server.sent[-1].headers["Authorization"] == form.format(told)
            for unfit in (b"", b"\n", b"hush\x1b\n", b"\xff\xfe"):
                secret.write_bytes(unfit)
                said = endpoint.post(BODY).said
                assert said.startswith(f"{secret}: ")
                assert "hush" not in said
            endpoint.close()
