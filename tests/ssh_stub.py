"""An SSH server that does not mean well: it lets everybody in, and then does what a test says. Nothing runs on it but what
the test runs; ``real_answer`` is what an honest shell would have said.
"""

import contextlib
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko.common import cMSG_CHANNEL_DATA, cMSG_CHANNEL_EXTENDED_DATA, cMSG_CHANNEL_WINDOW_ADJUST
from paramiko.message import Message

from collectors.transports.ssh.access import Access
from collectors.transports.ssh.host import Host

LOOPBACK = "127.0.0.1"


@dataclass
class Visit:
    """A client that has logged in and asks for a command."""

    transport: paramiko.Transport
    channel: paramiko.Channel
    stopped: threading.Event
    """Set when the server ends."""

    @property
    def going_on(self) -> bool:
        """Whether both are still there."""
        return not self.stopped.is_set() and self.transport.is_active()

    def script(self) -> bytes:
        """All that the client sends."""
        parts = []
        while part := self.channel.recv(65536):
            parts.append(part)
        return b"".join(parts)

    def message(self, kind: bytes, *fields: int | bytes) -> None:
        """Send any message of the protocol, in order or not."""
        made = Message()
        made.add_byte(kind)
        for one in fields:
            if isinstance(one, int):
                made.add_int(one)
            else:
                made.add_string(one)
        self.transport._send_message(made)  # type: ignore[attr-defined]

    def data(self, said: bytes) -> None:
        """Output, whether the client has room for it or not."""
        self.message(cMSG_CHANNEL_DATA, self.channel.remote_chanid, said)

    def extended(self, kind: int, said: bytes) -> None:
        """Output of another kind; 1 is standard error."""
        self.message(cMSG_CHANNEL_EXTENDED_DATA, self.channel.remote_chanid, kind, said)

    def widen(self, count: int) -> None:
        """Tell the client that it may send so many bytes more."""
        self.message(cMSG_CHANNEL_WINDOW_ADJUST, self.channel.remote_chanid, count)

    def answer(self, stdout: bytes, stderr: bytes) -> None:
        """Say it and end as a command ends."""
        self.channel.sendall(stdout)
        self.channel.sendall_stderr(stderr)
        self.channel.send_exit_status(0)
        self.channel.close()


Behaviour = Callable[[Visit], Any]


@dataclass
class Manners:
    """What the server does; otherwise it is as servers are."""

    after_exec: Behaviour = lambda visit: visit.channel.close()
    """Once the command was granted; in a thread of its own."""
    at_exec: Behaviour = lambda _: True
    """Whether the command is granted; while this does not return, nothing is answered."""
    at_open: Callable[[], int] = lambda: paramiko.OPEN_SUCCEEDED
    at_login: Callable[[], int] = lambda: paramiko.AUTH_SUCCESSFUL
    methods: str = "publickey"
    window: int | None = None
    """Bytes that the client may send before it is told that it may send more."""


@dataclass
class Stub:
    """One that listens."""

    port: int
    folder: Path
    connections: int = 0
    visits: list[Visit] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """What the client did not let the server do."""

    def access(self, **more: Any) -> Access:
        """How it is logged in to."""
        plain = {
            "host": LOOPBACK,
            "port": self.port,
            "user": "anybody",
            "key_files": (self.folder / "key",),
            "agent": False,
            "known_hosts": (self.folder / "known_hosts",),
        }
        return Access(**{**plain, **more})

    def host(self, seconds: float = 10.0, **more: Any) -> Host:
        """The transport."""
        return Host(self.access(**more), seconds)


class _Server(paramiko.ServerInterface):
    def __init__(self, stub: Stub, manners: Manners, transport: paramiko.Transport, stopped: threading.Event) -> None:
        self._stub, self._manners, self._transport, self._stopped = stub, manners, transport, stopped

    def get_allowed_auths(self, username: str) -> str:
        return self._manners.methods

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return self._manners.at_login()

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return self._manners.at_open()

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        visit = Visit(self._transport, channel, self._stopped)
        self._stub.visits.append(visit)
        granted = bool(self._manners.at_exec(visit))
        if granted:
            threading.Thread(target=self._behave, args=(visit,), daemon=True).start()
        return granted

    def _behave(self, visit: Visit) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._manners.after_exec(visit)


@contextlib.contextmanager
def stub(folder: Path, manners: Manners) -> Iterator[Stub]:
    """Run one; gone afterwards. Its files are below the folder."""
    key = paramiko.ECDSAKey.generate()
    paramiko.ECDSAKey.generate().write_private_key_file(str(folder / "key"))
    stopped = threading.Event()
    listening = socket.create_server((LOOPBACK, 0))
    one = Stub(listening.getsockname()[1], folder)
    (folder / "known_hosts").write_text(f"[{LOOPBACK}]:{one.port} {key.get_name()} {key.get_base64()}\n")
    transports: list[paramiko.Transport] = []

    def accept() -> None:
        while not stopped.is_set():
            try:
                taken, _ = listening.accept()
            except OSError:
                return
            one.connections += 1
            transport = paramiko.Transport(taken)
            if manners.window is not None:
                transport.default_window_size = manners.window
                transport._sanitize_window_size = lambda asked: manners.window  # type: ignore[method-assign, assignment]
            transport.daemon = True
            transport.add_server_key(key)
            transport.set_log_channel("wispwatch.ssh")
            transports.append(transport)
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                transport.start_server(event=threading.Event(), server=_Server(one, manners, transport, stopped))

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield one
    finally:
        stopped.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for transport in transports:
            with contextlib.suppress(OSError):
                transport.sock.shutdown(socket.SHUT_RDWR)
            transport.close()


def real_answer(script: bytes) -> tuple[bytes, bytes]:
    """What a shell says to the script."""
    done = subprocess.run(["sh", "-s"], input=script, capture_output=True, check=False)
    return done.stdout, done.stderr


def mark_of(script: bytes) -> bytes:
    """The mark of a script's frames, which everybody on the target can see."""
    found = re.search(rb"^M=([0-9a-f]{32})\b", script, re.MULTILINE)
    assert found is not None
    return found.group(1)
