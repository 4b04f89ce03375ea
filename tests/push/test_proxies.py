"""By way of a proxy that the environment names: a real one, that passes on what it is sent."""

import base64
import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.push.endpoint import Endpoint
from agent.push.proxies import proxy_for
from agent.push.settings import Push
from tests.push.certificates import authority, signed
from tests.push.receiver import receiver
from tests.push.test_endpoint import BODY, tls

WORD = "Basic " + base64.b64encode(b"me:p@ss").decode()


@dataclass
class Passing:
    port: int
    heads: list[str] = field(default_factory=list)
    refuses: bool = False


@contextlib.contextmanager
def proxy(to: int) -> Iterator[Passing]:
    """Passes on everything to a port of this machine, whatever name it is asked for."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        passing, over = Passing(made.getsockname()[1]), []

        def serve() -> None:
            while not over:
                with contextlib.suppress(OSError):
                    client, _ = made.accept()
                    with client, socket.create_connection(("127.0.0.1", to)) as server:
                        _pass_on(client, server, passing)

        threading.Thread(target=serve, daemon=True).start()
        yield passing
        over.append(True)
        made.shutdown(socket.SHUT_RDWR)


def _pass_on(client: socket.socket, server: socket.socket, passing: Passing) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(65536)
    passing.heads.append(head.split(b"\r\n\r\n")[0].decode())
    if passing.refuses:
        client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
        return
    if head.startswith(b"CONNECT"):
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    else:
        server.sendall(head)
    other = {client: server, server: client}
    while True:
        for one in select.select([client, server], [], [], 5)[0]:
            if not (passed := one.recv(65536)):
                return
            other[one].sendall(passed)


def test_https_goes_through_a_tunnel_and_the_server_is_verified_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority(tmp_path)
    signed(tmp_path, "server", names="DNS:prometheus.example.com")
    with receiver(tls=tls(tmp_path)) as server, proxy(server.port) as passing:
        monkeypatch.setenv("https_proxy", f"http://me:p%40ss@127.0.0.1:{passing.port}")
        monkeypatch.setenv("no_proxy", "")
        push = Push(url="https://prometheus.example.com/write", ca_file=tmp_path / "ca.crt")
        with contextlib.closing(Endpoint(push)) as endpoint:
            assert endpoint.post(BODY).status == 204
        head, *_ = passing.heads
        assert head.splitlines()[:2] == [
            "CONNECT prometheus.example.com:443 HTTP/1.1",
            "Host: prometheus.example.com:443",
        ]
        assert f"Proxy-Authorization: {WORD}" in head
        assert "Proxy-Authorization" not in server.sent[0].headers
        assert server.sent[0].headers["Host"] == "prometheus.example.com"
        with contextlib.closing(
            Endpoint(Push(url="https://other.example.com/", ca_file=tmp_path / "ca.crt"))
        ) as endpoint:
            assert "not trusted" in endpoint.post(BODY).said
        passing.refuses = True
        with contextlib.closing(Endpoint(push)) as endpoint:
            assert "answers 'HTTP/1.1 407" in endpoint.post(BODY).said
        assert len(server.sent) == 1


def test_http_is_asked_of_the_proxy_with_the_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as server, proxy(server.port) as passing:
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{passing.port}")
        monkeypatch.setenv("no_proxy", "")
        with contextlib.closing(
            Endpoint(Push(url="http://prometheus.example.com/write?x=1", plain_http=True))
        ) as endpoint:
            assert endpoint.post(BODY).status == 204
        assert passing.heads[0].startswith("POST http://prometheus.example.com/write?x=1 HTTP/1.1")
        assert server.sent[0].headers["Host"] == "prometheus.example.com"


@pytest.mark.parametrize(
    ("url", "no_proxy", "asked"),
    [
        ("https://a.example.com/", "", True),
        ("https://a.example.com/", "example.com", False),
        ("https://a.example.com:8443/", ".example.com", False),
        ("https://a.example.com/", "*", False),
        ("https://127.0.0.1/", "", False),
        ("https://[::1]:9090/", "", False),
        ("https://localhost/", "", False),
    ],
)
def test_who_is_asked_by_way_of_a_proxy(url: str, no_proxy: str, asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib.parse

    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv("no_proxy", no_proxy)
    assert (proxy_for(urllib.parse.urlsplit(url)) is not None) is asked


def test_a_proxy_of_another_kind_is_told_and_its_password_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://me:hush@127.0.0.1:1080")
    monkeypatch.setenv("no_proxy", "")
    said = Endpoint(Push(url="https://prometheus.example.com/")).post(BODY).said
    assert "https_proxy is no address" in said
    assert "hush" not in said
