"""A Debian with servers that speak TLS, and certificates for them, made on it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.hosts import RunningHost, image, running, tree_of, until

PACKAGES = "nginx-light openssl apache2 haproxy postfix dovecot-imapd dovecot-pop3d"
_AUTHORITY = """
[ca]
default_ca = own
[own]
database = /srv/index
new_certs_dir = /srv
rand_serial = yes
unique_subject = no
policy = any
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""
_SILENT = """
import socket, sys, time
made = socket.create_server(("0.0.0.0", int(sys.argv[1])))
says = {"nothing": [], "garbage": [b"\\x00\\xffgarbage\\n" * 9], "megabytes": [b"\\x16\\x03\\x01\\x40\\x00" + bytes(0x4000)] * 500, "hangs-up": None}[sys.argv[2]]
kept = []
while True:
    one, _ = made.accept()
    try:
        one.recv(1)
        if says is None:
            one.close()
        else:
            [one.sendall(part) for part in says]
            kept.append(one)
    except OSError:
        pass
"""


@contextlib.contextmanager
def servers(packages: str = PACKAGES) -> Iterator[RunningHost]:
    """A fresh Debian 12 with these servers, none of which runs yet."""
    with tree_of(image("bookworm", packages)) as tree, running(tree, "servers") as alive:
        alive.write("/srv/ca.cnf", _AUTHORITY)
        alive.write("/srv/index", "")
        yield alive


def day(days: float) -> str:
    """A time so many days from now, as openssl takes it."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y%m%d%H%M%SZ}"


def authority(host: RunningHost) -> None:
    """Make a certificate authority in /srv/ca.pem."""
    made = ("-x509", "-days", "900", "-subj", "/CN=Own CA", "-keyout", "/srv/ca.key", "-out", "/srv/ca.pem")
    host.run("openssl", "req", "-newkey", "rsa:2048", "-nodes", *made)


def certificate(
    host: RunningHost,
    name: str,
    days: tuple[float, float] = (-1, 80),
    *,
    key: tuple[str, ...] = ("rsa:2048",),
    digest: str = "sha256",
    signed: bool = True,
) -> None:
    """Make /srv/NAME.pem, valid between two days from now, signed by the authority or by itself, and /srv/NAME.key."""
    own = f"/srv/{name}"
    host.run(
        "openssl", "req", "-config", "/srv/ca.cnf", "-newkey", *key, "-nodes", "-keyout", f"{own}.key", "-out", f"{own}.csr",
        "-subj", f"/CN={name}.example.com", "-addext", f"subjectAltName=DNS:{name}.example.com,IP:192.0.2.1",
    )  # fmt: skip
    by = ("-cert", "/srv/ca.pem", "-keyfile", "/srv/ca.key") if signed else ("-selfsign", "-keyfile", f"{own}.key")
    host.run(
        "openssl", "ca", "-batch", "-notext", "-config", "/srv/ca.cnf", *by, "-in", f"{own}.csr", "-out", f"{own}.pem", "-md",
        digest, "-startdate", day(days[0]), "-enddate", day(days[1]),
    )  # fmt: skip


def listens(host: RunningHost, port: int) -> bool:
    """Whether something listens on a port."""
    return f":{port} " in host.run("ss", "-Htln")


def odd(host: RunningHost, port: int, manner: str) -> None:
    """Start a listener that says ``nothing``, ``garbage`` or ``megabytes``, or ``hangs-up``."""
    host.start("python3", "-c", _SILENT, str(port), manner)
    until(lambda: listens(host, port))


def nginx(host: RunningHost, sites: str) -> None:
    """Run nginx with these sites."""
    host.remove("/etc/nginx/sites-enabled/default")
    host.write("/etc/nginx/sites-enabled/own", sites)
    host.run("nginx")
