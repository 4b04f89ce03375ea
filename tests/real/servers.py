"""A Debian with the servers that share files and desktops, and their clients."""

import subprocess
from collections.abc import Iterator

import pytest

from tests import hosts

SERVERS = (
    "samba smbclient nfs-kernel-server rsync vsftpd xrdp tigervnc-standalone-server x11vnc xvfb slapd ldap-utils "
    "sssd-ldap nslcd libnss-ldapd sshfs curl openssl"
)


@pytest.fixture
def tree() -> Iterator[hosts.Tree]:
    """A fresh one, as a directory; ``host`` takes it too."""
    with hosts.tree_of(hosts.image("bookworm", SERVERS)) as fresh:
        yield fresh


def tried(host: hosts.RunningHost, *command: str, stdin: str = "") -> tuple[int, str]:
    """Status of a command inside that may fail, and what it said."""
    done = subprocess.run(
        [*host.enter, *command], input=stdin, capture_output=True, text=True, check=False, timeout=300, errors="replace"
    )
    return done.returncode, done.stdout + done.stderr


def places(host: hosts.RunningHost, port: int) -> set[str]:
    """Addresses on which something waits on a port of TCP."""
    fields = [line.split()[3] for line in host.run("ss", "-Htln").splitlines()]
    return {place.rpartition(":")[0] for place in fields if place.endswith(f":{port}")}


def listening(host: hosts.RunningHost, port: int) -> bool:
    """Whether something waits on a port of TCP."""
    return bool(places(host, port))
