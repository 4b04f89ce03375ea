"""What goes over a connection: its size is bounded before anybody has shown who it is, and it is compressed where it may be."""

import gc
import socket
import struct
import threading
import time
import weakref
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from paramiko.ssh_exception import SSHException

from collectors.readings import Text, Unread
from collectors.sources import Command, File
from collectors.transports.ssh import compression
from collectors.transports.ssh.access import Access
from collectors.transports.ssh.connecting import Watch, connected
from collectors.transports.ssh.host import Host
from collectors.transports.ssh.transport import Transport
from tests.hosts import until
from tests.ssh_hosts import USER, SshHost, join, network, ssh_host
from tests.sshd import sshd

OS = File("/etc/os-release")
SCRIPT = b"# a line of the script\n" * 1400


@contextmanager
def server(said: bytes) -> Iterator[tuple[int, list[int]]]:
    """One that says this, and then sends zeros for as long as anybody takes them; its port, and how many bytes it has sent."""
    sent = [0]
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def talk() -> None:
            connection, _ = listening.accept()
            with closing(connection):
                try:
                    connection.sendall(said)
                    while True:
                        sent[0] += connection.send(bytes(65536))
                except OSError:
                    return

        talking = threading.Thread(target=talk)
        talking.start()
        yield listening.getsockname()[1], sent
        talking.join(10)
        assert not talking.is_alive()


@pytest.mark.parametrize("length", [(256 << 10) + 12, 0x7FFFFFFC, 0xFFFFFFFC])
def test_a_packet_that_is_said_to_be_huge_is_not_waited_for(length: int) -> None:
    with server(b"SSH-2.0-Huge\r\n" + struct.pack(">I", length)) as (port, sent):
        access = Access("127.0.0.1", port, agent=False, retries=0, connect_seconds=30)
        begun = time.monotonic()
        reading = Host(access).read([OS])[OS.key]
        assert isinstance(reading, Unread)
        assert "a packet claims to have" in reading.reason
        assert time.monotonic() - begun < 15
    assert sent[0] < 64 << 20


def test_packets_compressed_for_themselves_are_one_stream() -> None:
    one, other = compression.Compressor(), compression.Compressor()
    packets = [SCRIPT, b"short", SCRIPT, b"", SCRIPT[::-1], b"short"]
    for compressor in (one, other):
        stream = zlib.decompressobj()
        assert [stream.decompress(compressor(packet)) for packet in packets] == packets
    assert len(compression.Compressor()(SCRIPT)) < len(SCRIPT) / 10


def test_what_comes_back_is_one_stream_with_what_was_before() -> None:
    theirs, ours = zlib.compressobj(), compression.Decompressor()
    for packet in (SCRIPT, b"short", SCRIPT):
        assert ours(theirs.compress(packet) + theirs.flush(zlib.Z_PARTIAL_FLUSH)) == packet


def test_little_does_not_become_much() -> None:
    largest = zlib.compressobj()
    assert len(compression.Decompressor()(largest.compress(bytes(256 << 10)) + largest.flush())) == 256 << 10
    with pytest.raises(SSHException, match="becomes more than"):
        compression.Decompressor()(zlib.compress(bytes(64 << 20)))


def test_what_is_not_compressed_as_agreed_is_refused() -> None:
    with pytest.raises(SSHException, match="not compressed"):
        compression.Decompressor()(b"no stream of that kind")


@pytest.fixture(scope="module")
def host() -> Iterator[SshHost]:
    with ssh_host() as made:
        yield made


@pytest.mark.real
@pytest.mark.parametrize(
    ("sshd", "cipher", "compressed"),
    [
        ("", "aes128-gcm@openssh.com", "zlib@openssh.com"),
        ("Ciphers aes256-gcm@openssh.com\nCompression no\n", "aes256-gcm@openssh.com", "none"),
        ("Ciphers aes256-ctr\nMACs hmac-sha2-512-etm@openssh.com\n", "aes256-ctr", "zlib@openssh.com"),
        ("Ciphers chacha20-poly1305@openssh.com,aes128-ctr\nCompression no\n", "aes128-ctr", "none"),
    ],
)
def test_the_best_is_chosen_that_a_server_has(host: SshHost, sshd: str, cipher: str, compressed: str) -> None:
    host.configure(sshd)
    watch = Watch(time.monotonic() + 60)
    with connected(host.access(), watch) as transport:
        assert (transport.local_cipher, transport.remote_cipher) == (cipher, cipher)
        assert (transport.local_compression, transport.remote_compression) == (compressed, compressed)
    watch.stop()
    long = Command("sh -c 'seq 100000'", limit=1 << 20, seconds=30)
    readings = host.transport().read([OS, long])
    assert readings[OS.key] == Text(host.running.read("/etc/os-release"))
    assert readings[long.key] == Text("".join(f"{number}\n" for number in range(1, 100001)))


@pytest.mark.real
def test_a_server_that_has_only_weak_ciphers_is_refused(host: SshHost) -> None:
    host.configure("Ciphers aes128-cbc\n")
    reading = host.transport().read([OS])[OS.key]
    assert isinstance(reading, Unread)
    assert "no SSH connection" in reading.reason or "ncompatible" in reading.reason


@pytest.mark.real
def test_only_the_way_to_the_host_itself_is_compressed() -> None:
    with network(reachable=False) as hidden, ssh_host(on=hidden) as inner, ssh_host() as bastion:
        join(bastion, hidden)
        watch = Watch(time.monotonic() + 60)
        with connected(inner.access(through=bastion.access()), watch) as transport:
            assert transport.local_compression == "zlib@openssh.com"
            assert transport.sock.get_transport().local_compression == "none"
        watch.stop()
        reading = inner.transport(USER, through=bastion.access()).read([OS])[OS.key]
        assert reading == Text(inner.running.read("/etc/os-release"))


@pytest.mark.real
def test_what_was_said_before_the_time_was_over_is_kept(host: SshHost) -> None:
    host.configure("")
    slow = Command("sleep 50", seconds=60)
    readings = Host(host.access(), seconds=10).read([OS, slow])
    assert readings[OS.key] == Text(host.running.read("/etc/os-release"))
    assert readings[slow.key] == Unread("no answer within the time limit of the scan")


@pytest.mark.real
@pytest.mark.alone
def test_how_long_each_source_took_is_known_though_nobody_is_woken_for_it(host: SshHost) -> None:
    host.configure("")
    slow = Command("sleep 2", seconds=60)
    readings = host.transport().read([slow, OS])
    assert readings.seconds[slow.key] == pytest.approx(2, abs=1.5)
    assert readings.seconds[OS.key] < readings.seconds[slow.key]


@pytest.mark.real
def test_what_a_connection_held_is_let_go_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for the collector, so that memory does not grow with the number of hosts."""
    held: list[weakref.ref[object]] = []
    made = Transport.__init__

    def remember(one: Transport, stream: object) -> None:
        made(one, stream)
        held.append(weakref.ref(one.packets._ahead))

    monkeypatch.setattr(Transport, "__init__", remember)
    gc.disable()
    try:
        with sshd() as one:
            assert isinstance(one.host().read([OS])[OS.key], Text)
            refused = replace(one.access, key_files=(), agent=False, retries=0)
            assert isinstance(Host(refused).read([OS])[OS.key], Unread)
        assert len(held) == 2
        until(lambda: [each() for each in held] == [None, None])
    finally:
        gc.enable()
