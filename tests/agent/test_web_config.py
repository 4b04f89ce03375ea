import subprocess
from pathlib import Path

import bcrypt
import pytest

from agent.web import web_config
from agent.web.web_config import Passwords, Watched, WebConfigError, read

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


def certificate(folder: Path, name: str = "server") -> None:
    """A key and a certificate that signs itself, for 127.0.0.1."""
    made = f"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={name}"
    names = "-addext subjectAltName=IP:127.0.0.1,DNS:localhost"
    files = ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt"]
    subprocess.run(["openssl", *made.split(), *names.split(), *files], check=True, capture_output=True)


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "web.yaml"
    path.write_text(text)
    with pytest.raises(WebConfigError) as raised:
        read(path)
    return str(raised.value).replace(f"{folder}/", "").splitlines()


def test_the_shape_is_that_of_exporter_toolkit(tmp_path: Path) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(
        "tls_server_config:\n  cert_file: server.crt\n  key_file: /etc/key.pem\n  client_ca_file: ca.crt\n"
        "  client_auth_type: RequireAndVerifyClientCert\n  min_version: TLS13\n  client_allowed_sans: [prometheus]\n"
        "http_server_config:\n  http2: false\n  headers:\n    Strict-Transport-Security: max-age=60\n"
        f"basic_auth_users:\n  alice: {HASH}\n"
    )
    found = read(path)
    assert found.tls_server_config is not None
    assert found.files() == (tmp_path / "server.crt", Path("/etc/key.pem"), tmp_path / "ca.crt")
    assert found.basic_auth_users == {"alice": HASH}
    path.write_text("")
    assert read(path) == web_config.WebConfig()


def test_every_fault_is_told_with_its_place(tmp_path: Path) -> None:
    assert faults(tmp_path, "tls_server_confg: {}\nbasic_auth_users: []\n") == [
        "web.yaml:1: tls_server_confg: is not a setting; did you mean tls_server_config?",
        "web.yaml:2: basic_auth_users: must be values by name, not a list",
    ]
    told = faults(
        tmp_path,
        "tls_server_config:\n  client_auth_type: RequestClientCert\n  min_version: TLS10\n  cipher_suites: [RC4]\n"
        "basic_auth_users:\n  bob: secret\nhttp_server_config:\n  headers: {Server: x}\n",
    )
    for part in (
        "cert_file: is missing",
        "key_file",
        "RequestClientCert",
        "TLS10",
        "RC4",
        "bob: is no bcrypt",
        "Server",
    ):
        assert any(part in one for one in told), part
    assert "secret" not in "".join(told)
    told = faults(tmp_path, "tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}\n")
    assert "client_auth_type" in told[0]
    with pytest.raises(WebConfigError, match="No such file"):
        read(tmp_path / "nothing")


def test_a_certificate_that_does_not_fit_its_key_is_a_fault(tmp_path: Path) -> None:
    certificate(tmp_path, "a")
    certificate(tmp_path, "b")
    path = tmp_path / "web.yaml"
    for files in ("cert_file: a.crt, key_file: b.key", "cert_file: a.crt, key_file: none.key"):
        path.write_text(f"tls_server_config: {{{files}}}\n")
        with pytest.raises(WebConfigError, match="tls_server_config"):
            Watched(path, print)


def test_files_are_read_again_when_they_change_and_a_bad_change_is_told_once(tmp_path: Path) -> None:
    certificate(tmp_path)
    path = tmp_path / "web.yaml"
    path.write_text("tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
    told: list[str] = []
    watched = Watched(path, told.append)
    first = watched.access()
    assert watched.access() is first
    (tmp_path / "server.crt").write_text("no certificate")
    assert watched.access() is first
    assert watched.access() is first
    assert len(told) == 1
    certificate(tmp_path)
    second = watched.access()
    assert second is not first
    assert second.passwords is None
    path.write_text(path.read_text() + f"basic_auth_users: {{alice: {HASH}}}\n")
    assert watched.access().passwords is not None
    assert len(told) == 1


def test_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 0
    true_check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        nonlocal count
        count += 1
        return true_check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    passwords = Passwords({"alice": HASH, "bob": bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()})
    for _ in range(3):
        assert passwords.accept(b"alice", b"secret")
        assert not passwords.accept(b"alice", b"wrong")
        assert not passwords.accept(b"nobody", b"secret")  # the hash that stands in for a stranger lets nobody in
    assert count == 3  # one comparison each, for a stranger too, and none for what is known
    assert passwords.accept(b"bob", b"x" * 72)
    assert not passwords.accept(b"bob", b"x" * 73)
    assert not passwords.accept(b"alice", b"secret\0")
    assert not passwords.accept(b"alice\0secret", b"")
    for number in range(300):
        passwords.accept(b"alice", str(number).encode())
    assert len(passwords._known) <= 100
