"""A Debian with servers that speak TLS, and certificates for them, made on it."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from collectors.host.tls_listeners import _BYTES, _SECONDS, tls_listeners
from collectors.readings import Answers
from collectors.sources import Command, Source
from collectors.transports import Transport
from collectors.transports.local import Shell
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


@dataclass(frozen=True)
class Patient:
    """A shell on a host whose own listeners are given minutes to answer, not the seconds that a scan has for all of them."""

    command: tuple[str, ...]

    def read(self, sources: Sequence[Source]) -> Answers:
        """Read what is asked; the readings have the names that they always have."""
        return Shell(self.command, 300.0).read([_patiently(one) for one in sources])


def _patiently(source: Source) -> Source:
    (asks,) = tls_listeners.sources
    if source.key != asks.key or not isinstance(source, Command):
        return source
    given = f" {_SECONDS} {_BYTES} "
    assert source.line.count(given) == 1, "the script is given its seconds in another way"
    return replace(source, line=source.line.replace(given, f" 120 {_BYTES} "), seconds=200)


@dataclass(frozen=True)
class Serving(RunningHost):
    """A host whose listeners are asked patiently: a server that was stopped for seconds is no silent one."""

    @property
    def transport(self) -> Transport:
        """How it is scanned."""
        return Patient(self.enter)


@contextlib.contextmanager
def servers(packages: str = PACKAGES) -> Iterator[RunningHost]:
    """A fresh Debian 12 with these servers, none of which runs yet."""
    with tree_of(image("bookworm", packages)) as tree, running(tree, "servers") as alive:
        alive.write("/srv/ca.cnf", _AUTHORITY)
        alive.write("/srv/index", "")
        yield Serving(alive.root, alive.pid, alive.namespace, alive.started)


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
