"""Documents of service discovery, as files and from real web servers."""

import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agent.errors import InventoryError
from agent.inventories import web_documents
from agent.inventories.hosts import listed
from agent.inventories.settings import Fleet, fault_of_url

DOCUMENT = [
    {
        "targets": ["web-1:9100", "web-2.example.com:9100", "[2001:db8::1]:9100"],
        "labels": {"env": "prod", "__meta_x": "1"},
    },
    {"targets": ["web-1:8080", "10.0.0.1"], "labels": {"job": "web"}},
    {"targets": [], "labels": {}},
]
EXPECTED = {
    "web-1": ("env=prod", "__meta_x=1", "job=web"),
    "web-2.example.com": ("env=prod", "__meta_x=1"),
    "2001:db8::1": ("env=prod", "__meta_x=1"),
    "10.0.0.1": ("job=web",),
}
YAML = """
- targets: ["web-1:9100", "web-2.example.com:9100", "[2001:db8::1]:9100"]
  labels: {env: prod, __meta_x: 1}
- targets:
    - web-1:8080
    - 10.0.0.1
  labels:
    job: web
"""


def groups(fleet: Fleet) -> dict[str, tuple[str, ...]]:
    return {one.name: one.groups for one in listed(fleet)}


def of_file(folder: Path, text: str, name: str) -> Fleet:
    (folder / name).write_text(text)
    return Fleet("prometheus", folder / name)


def test_files_are_json_or_yaml(tmp_path: Path) -> None:
    assert groups(of_file(tmp_path, json.dumps(DOCUMENT), "sd.json")) == EXPECTED
    assert groups(of_file(tmp_path, YAML, "sd.yml")) == EXPECTED


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("sd.json", "{}", "sd.json: must be a list"),
        ("sd.json", "[{]", "sd.json:1: is not JSON"),
        ("sd.json", '[\n{"targets": ["a:1"]},\n{"targets": "b"}]', "sd.json: [1].targets: must be a list"),
        ("sd.json", '[{"targets": [1]}]', "[0].targets: must be a list"),
        ("sd.json", '[{"labels": {"a": 1}}]', "[0].labels: must be texts"),
        ("sd.json", '[{"target": ["a"]}]', "[0]: must have targets and labels, and nothing else"),
        ("sd.json", '[{"targets": ["http://a/b"]}]', "[0].targets[0]: 'http://a/b' is no HOST:PORT"),
        ("sd.json", '[{"targets": ["a@b:1"]}]', "'a@b:1' is no HOST:PORT"),
        ("sd.json", '[{"targets": ["a\\u001bb:1"]}]', "has characters that cannot be printed"),
        ("sd.json", '[{"targets": ["a"], "targets": ["b"]}]', "is given a second time"),
        ("sd.json", "[" * 100_000, "is not JSON"),
        ("sd.yaml", "- target: [a]\n", "sd.yaml:1: [0].target: is not a setting; did you mean targets?"),
        ("sd.yaml", "- targets: [a]\n- targets: [b, 'c d']\n", "sd.yaml:2: [1].targets[1]: 'c d' is no HOST:PORT"),
        ("sd.yaml", "a: b\n", "sd.yaml:1: the file: must be a list"),
    ],
)
def test_every_fault_is_told(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(InventoryError) as fault:
        listed(of_file(tmp_path, text, name))
    assert told in str(fault.value).replace(f"{tmp_path}/", "")
    assert str(fault.value).isprintable()


Answer = Callable[[BaseHTTPRequestHandler], None]


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@contextmanager
def server(answers: dict[str, Answer], certificate: Path | None = None) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A real web server: its address, and the headers of all requests."""
    seen: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append({"path": self.path, **{name.lower(): value for name, value in self.headers.items()}})
            with suppress(OSError):
                answers[self.path.partition("?")[0]](self)

        def log_message(self, *_: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    scheme = "http"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        running.socket = context.wrap_socket(running.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"{scheme}://127.0.0.1:{running.server_address[1]}", seen
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def certificate(folder: Path, name: str = "IP:127.0.0.1") -> Path:
    made = folder / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
         "-addext", f"subjectAltName={name}", "-keyout", made.with_suffix(".key"), "-out", made],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def fleet(url: str, **more: Any) -> Fleet:
    return Fleet("prometheus", url=url, **more)


BODY = json.dumps(DOCUMENT).encode()


def test_a_document_is_fetched_with_the_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-token\nsecond line\n")
    with server({"/hosts": says(BODY)}, certificate(tmp_path)) as (address, seen):
        found = groups(fleet(f"{address}/hosts?a=b", token_file=tmp_path / "token", ca_file=tmp_path / "server.pem"))
    assert found == EXPECTED
    assert [(one["path"], one["authorization"]) for one in seen] == [("/hosts?a=b", "Bearer s3cret-token")]


def test_a_server_that_nobody_vouches_for_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-token\n")
    with (
        server({"/": says(BODY)}, certificate(tmp_path)) as (address, seen),
        pytest.raises(
            InventoryError, match=r"certificate is not trusted .self-signed certificate.; name its authority"
        ),
    ):
        listed(fleet(address, token_file=tmp_path / "token"))
    with (
        server({"/": says(BODY)}, certificate(tmp_path, "DNS:other")) as (address, others),
        pytest.raises(InventoryError, match=r"certificate is not trusted .*IP address mismatch"),
    ):
        listed(fleet(address, token_file=tmp_path / "token", ca_file=tmp_path / "server.pem"))
    assert seen == others == []


def test_http_is_for_this_machine_only() -> None:
    with server({"/": says(BODY)}) as (address, _):
        assert groups(fleet(address)) == EXPECTED
    with pytest.raises(InventoryError, match="is http, which anybody on the way can change"):
        listed(fleet("http://sd.example.com/hosts"))


def test_a_redirect_leads_to_the_same_server_only(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret-token\n")
    answers = {
        "/one": says(b"", 302, Location="/two"),
        "/two": says(BODY),
        "/ftp": says(b"", 302, Location="ftp://127.0.0.1/x"),
        "/file": says(b"", 301, Location="file:///etc/passwd"),
        "/other": says(b"", 307, Location="http://localhost:1/x"),
        "/https": says(b"", 308, Location="https://127.0.0.1/x"),
        "/round": says(b"", 302, Location="/round"),
    }
    with server(answers) as (address, seen):
        assert groups(fleet(f"{address}/one", token_file=tmp_path / "token")) == EXPECTED
        assert [one["path"] for one in seen] == ["/one", "/two"]
        for path in ("ftp", "file", "other", "https"):
            with pytest.raises(InventoryError, match="redirects to another server"):
                listed(fleet(f"{address}/{path}"))
        with pytest.raises(InventoryError, match="redirects more than 5 times"):
            listed(fleet(f"{address}/round"))


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 65536)


def slow(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        time.sleep(0.1)


def slow_headers(handler: BaseHTTPRequestHandler) -> None:
    while True:
        handler.wfile.write(b"X")
        handler.wfile.flush()
        time.sleep(0.1)


def short(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"[]")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (says(b"no", 401), "was answered with 401 Unauthorized"),
        (says(b"", 500), "was answered with 500"),
        (says(b"", 302), "was answered with 302"),
        (says(b"\xff"), "is not UTF-8 text"),
        (says(b"<html>"), "is not JSON"),
        (says(b"{}"), "must be a list"),
        (says(b"[]", Content_Encoding="gzip"), "is packed"),
        (endless, "is longer than 16777216 bytes"),
        (slow, "no whole answer within 2 s"),
        (slow_headers, "no whole answer within 2 s"),
        (short, "not whole"),
    ],
)
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_document_that_does_not_come_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Answer, told: str, secure: bool
) -> None:
    if "within 2 s" in told:  # what comes may take a while
        monkeypatch.setattr(web_documents.fetched, "__defaults__", (2.0,))
    made = certificate(tmp_path) if secure else None
    with server({"/": answer}, made) as (address, _):
        begun = time.monotonic()
        with pytest.raises(InventoryError) as fault:
            listed(fleet(address, ca_file=made))
        assert time.monotonic() - begun < 10
    assert told in str(fault.value)


def test_a_server_that_never_says_anything_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_documents.fetched, "__defaults__", (1.0,))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for scheme in ("http", "https"):
            with pytest.raises(InventoryError, match="no whole answer within 1 s"):
                listed(fleet(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/"))
    with pytest.raises(InventoryError, match="refused"):
        listed(fleet(f"http://127.0.0.1:{silent.getsockname()[1] if silent.fileno() > 0 else 1}/"))


@pytest.mark.parametrize(
    ("token", "told"),
    [
        (None, "No such file"),
        (b"", "no token"),
        (b"a b\n", "no token"),
        (b"a\x00b", "no token"),
        (b"\xff", "not ASCII"),
    ],
)
def test_a_token_that_is_none_is_told_and_not_shown(tmp_path: Path, token: bytes | None, told: str) -> None:
    if token is not None:
        (tmp_path / "token").write_bytes(token)
    with pytest.raises(InventoryError, match=told) as fault:
        listed(fleet("http://127.0.0.1:1/", token_file=tmp_path / "token"))
    assert "a b" not in str(fault.value)


def test_authorities_that_are_none_are_told(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing")
    with server({"/": says(BODY)}, certificate(tmp_path)) as (address, _):
        with pytest.raises(InventoryError, match=r"none\.pem: is no file of certificates"):
            listed(fleet(address, ca_file=tmp_path / "none.pem"))
        with pytest.raises(InventoryError, match=r"not-there\.pem: No such file"):
            listed(fleet(address, ca_file=tmp_path / "not-there.pem"))


@pytest.mark.parametrize(
    "url",
    ["", "sd", "ftp://a/", "file:///etc/passwd", "https://", "https://u:p@a/", "https://u@a/", "https://a/\n", "https://a/ b",
     "https://a:99999/", "https://a:0/", "https://[a/", "https://ä/", "http://10.0.0.1/", "http://localhost.example.com/",
     "https://a/\x1b[2J", f"https://a/{'x' * 2000}"],
)  # fmt: skip
def test_what_is_no_address_of_a_document_is_refused(url: str) -> None:
    assert fault_of_url(url)


@pytest.mark.parametrize(
    "url", ["https://a/", "https://a", "http://127.0.0.1:9/", "http://[::1]/", "http://localhost/x?y=z"]
)
def test_what_is_one_is_not(url: str) -> None:
    assert fault_of_url(url) == ""
