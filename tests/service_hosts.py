"""A Debian with databases and web servers, for the tests that need real ones."""

import contextlib
import subprocess
from collections.abc import Iterator

from tests.hosts import RunningHost, Tree, image, running, tree_of, until

SERVICES = "mariadb-server apache2 apache2-utils nginx-light memcached redis-server postgresql curl"


@contextlib.contextmanager
def services_tree() -> Iterator[Tree]:
    """As a directory."""
    with tree_of(image("bookworm", SERVICES)) as fresh:
        yield fresh


@contextlib.contextmanager
def services_host() -> Iterator[RunningHost]:
    """With its own network and processes."""
    with services_tree() as fresh, running(fresh, "services") as alive:
        yield alive


@contextlib.contextmanager
def mariadb(host: RunningHost, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A MariaDB server that answers."""
    host.run("install", "-d", "-o", "mysql", "/run/mysqld")
    process = host.start("mariadbd", *(arguments or ("--user=mysql",)))
    until(lambda: answers(host) or process.poll() is not None)
    assert process.poll() is None, "mariadbd ended"
    try:
        yield process
    finally:
        host.run("sh", "-c", "kill -9 $(pidof mariadbd)")
        process.wait()
        host.run("rm", "-f", "/run/mysqld/mysqld.sock")


def answers(host: RunningHost) -> bool:
    """Whether the server talks at its socket, to whomever it then lets in."""
    asked = [*host.enter, "mariadb-admin", "--no-defaults", "--skip-ssl", "-ux", "ping"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def sql(host: RunningHost, statement: str) -> str:
    """Run SQL as root through the socket."""
    return host.run("mariadb", "--no-defaults", "--skip-ssl", "--batch", "--skip-column-names", stdin=statement)
