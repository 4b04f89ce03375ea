"""A real ssh-agent."""

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hosts import until


@dataclass(frozen=True)
class Agent:
    """One that runs."""

    place: Path
    """Its socket, as SSH_AUTH_SOCK names it."""
    _process: "subprocess.Popen[bytes]"

    def add(self, key: Path, *words: str) -> None:
        """Give it a private key."""
        environment = {**os.environ, "SSH_AUTH_SOCK": str(self.place)}
        subprocess.run(["ssh-add", "-q", *words, str(key)], check=True, env=environment, capture_output=True)

    def end(self) -> None:
        """Afterwards nobody answers there."""
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def ssh_agent(place: Path) -> Iterator[Agent]:
    """Run one that answers at this place."""
    command = ["ssh-agent", "-D", "-a", str(place)]
    made = Agent(place, subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    try:
        until(lambda: _answers(place))
        yield made
    finally:
        made.end()


def _answers(place: Path) -> bool:
    """Its socket is there a moment before anybody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one, contextlib.suppress(OSError):
        one.connect(str(place))
        return True
    return False
