"""Something else than an SSH server listens there."""

import os
import resource
import socket
import threading
import time
from collections.abc import Callable

import pytest

from tests.ssh_outcomes import unseen
from tests.ssh_way import speaking
from tests.sshd import Sshd

pytestmark = pytest.mark.real


def silent(one: socket.socket) -> None:
    one.recv(1 << 20)
    threading.Event().wait(30)


def http(one: socket.socket) -> None:
    """Answers what it takes for a request, as nginx does."""
    one.recv(1 << 20)
    one.sendall(b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nConnection: close\r\n\r\n<html>\x1b[2J</html>\r\n")


def hangs_up(one: socket.socket) -> None:
    one.recv(1 << 20)


def garbage_without_end(one: socket.socket) -> None:
    while True:
        one.sendall(os.urandom(65536))


def lines_without_end(one: socket.socket) -> None:
    while True:
        one.sendall(b"Welcome!\r\n" * 1000)


def a_line_without_end(one: socket.socket) -> None:
    while True:
        one.sendall(b"\x1b" * 65536)


def a_line_a_second(one: socket.socket) -> None:
    while True:
        one.sendall(b"wait\r\n")
        time.sleep(1)


def a_byte_at_a_time(one: socket.socket) -> None:
    while True:
        one.sendall(b"S")
        time.sleep(0.2)


def an_enormous_packet(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-Enormous_1.0\r\n\x7f\xff\xff\xf4\x04\x14")
    while True:
        one.sendall(bytes(1 << 20))


def a_negative_packet(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-Small_1.0\r\n\x00\x00\x00\x04\x00\x00\x00\x00")
    one.recv(1 << 20)
    time.sleep(0.3)


def noise_after_the_version(one: socket.socket) -> None:
    one.sendall(b"SSH-2.0-Noise_1.0\r\n" + b"\x00\x00\x00\x0c\x04\x14" + b"\xff" * 10)
    one.recv(1 << 20)
    while True:
        one.sendall(os.urandom(65536))


def ssh_one(one: socket.socket) -> None:
    one.sendall(b"SSH-1.5-Cisco-1.25\n")
    one.recv(1 << 20)


def nothing_in_common(one: socket.socket) -> None:
    lists = b"".join(len(name).to_bytes(4, "big") + name for name in [b"rot13@example.com"] * 8 + [b"", b""])
    payload = b"\x14" + bytes(16) + lists + bytes(5)
    padding = 8 - (len(payload) + 5) % 8 + 8
    packet = bytes([padding]) + payload + bytes(padding)
    one.sendall(b"SSH-2.0-Odd_1.0\r\n" + len(packet).to_bytes(4, "big") + packet)
    one.recv(1 << 20)
    time.sleep(0.3)


def tls(one: socket.socket) -> None:
    one.recv(1 << 20)
    one.sendall(b"\x15\x03\x01\x00\x02\x02\x46")


SPEAKING: dict[str, tuple[Callable[[socket.socket], None], str]] = {
    "silent": (silent, r"the SSH connection was not made within 1 s"),
    "http": (http, r"no SSH server answers there, but something that says: HTTP/1\.1 400 Bad Request"),
    "hangs up": (hangs_up, r"no SSH connection: it was closed"),
    "garbage": (garbage_without_end, r"no SSH server answers there, but something that says"),
    "lines": (lines_without_end, r"no SSH server answers there, but something that says: Welcome!"),
    "a line": (a_line_without_end, r"no SSH server answers there, but something that says: (\\x1b)+"),
    "a line a second": (a_line_a_second, r"was not made within 1 s|something that says: wait"),
    "a byte at a time": (a_byte_at_a_time, r"the SSH connection was not made within 1 s"),
    "an enormous packet": (an_enormous_packet, r"no SSH connection: a packet claims to have 21474\d+ bytes"),
    "a negative packet": (a_negative_packet, r"no SSH connection: "),
    "noise after the version": (noise_after_the_version, r"no SSH connection: "),
    "SSH 1": (ssh_one, r"no SSH connection: Incompatible version \(1\.5 instead of 2\.0\)"),
    "nothing in common": (nothing_in_common, r"no SSH connection: "),
    "TLS": (tls, r"no SSH server answers there, but something that says: "),
}


@pytest.mark.parametrize("which", SPEAKING)
def test_what_is_no_ssh_server(which: str, server: Sshd) -> None:
    speak, told = SPEAKING[which]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds = 1 if "within 1 s" in told else 30  # who says something may take a while to say it
    with speaking(speak) as port:
        unseen(server.host(60, port=port, connect_seconds=seconds, retries=0), told, within=3.5, label="unreachable")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 << 10
