"""A host over SSH as a transport: whatever happens on the way, every source has one reading."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from collectors.readings import Answers
from collectors.sources import Source
from collectors.transports import answers, shell
from collectors.transports.ssh.access import Access, Privilege
from collectors.transports.ssh.faults import SshFault

_COMMANDS = {Privilege.NONE: "sh -s", Privilege.SUDO: "sudo -n sh -s"}
_SHOWN = 300
"""Characters of what a target says instead of an answer that a reason quotes."""


@dataclass(frozen=True)
class Host:
    """A machine that is reached over SSH."""

    access: Access
    seconds: float = 60.0
    """For everything, from the first packet to the last word."""

    def read(self, sources: Sequence[Source]) -> Answers:
        """Log in, run the script once, and take its answers apart."""
        request = shell.render(sources)
        try:
            return self._asked(request)
        except SshFault as fault:
            return Answers(answers.every(sources, fault.reason))

    def _asked(self, request: shell.Request) -> Answers:
        from collectors.transports.ssh.connecting import Watch, connected  # noqa: PLC0415 - paramiko takes its time
        from collectors.transports.ssh.exchange import exchange  # noqa: PLC0415

        watch = Watch(time.monotonic() + self.seconds)
        try:
            with connected(self.access, watch) as transport:
                if "windows" in transport.remote_version.lower():
                    raise SshFault("is a Windows host, of which this version can read nothing")
                said = exchange(transport, _COMMANDS[self.access.privilege], request, watch)
        finally:
            watch.stop()
        stdout, stderr = bytes(said.stdout), bytes(said.stderr)
        cut = said.cut or _instead(stdout, stderr, request.mark)
        return Answers(answers.parse(request, stdout, stderr, cut), answers.durations(request, stdout, said.arrivals))


def _instead(stdout: bytes, stderr: bytes, mark: str) -> str:
    """Why there is no whole answer: what was said in its place, or that the connection ended."""
    if mark.encode() in stdout:
        return "the connection ended before the answer"
    lines = [line.strip() for line in (stderr or stdout)[-4096:].decode("utf-8", "backslashreplace").splitlines()]
    told = answers.shown(next((line for line in reversed(lines) if line), ""))[:_SHOWN]
    if "a password is required" in told or "must have a tty" in told:
        return f"sudo on the target does not run without a password ({told})"
    if not told:
        return "no shell ran the script there, and nothing was said: the account may be held to one command, or to SFTP"
    return f"no shell ran the script there: {told}"
