"""A host over SSH as a transport: whatever happens on the way, every source has one reading."""

import re
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.readings import Answers
from collectors.sources import Source
from collectors.transports import answers, shell
from collectors.transports.libraries import lacking
from collectors.transports.ssh import installed
from collectors.transports.ssh.access import Access, Privilege
from collectors.transports.ssh.faults import SshFault

if TYPE_CHECKING:
    from collectors.transports.ssh.exchange import Said

_COMMANDS = {Privilege.NONE: "sh -s", Privilege.SUDO: "sudo -n sh -s"}
_SHOWN = 300
"""Characters of what a target says instead of an answer that a reason quotes."""
_OF_SUDO = re.compile(r"\bsudo(ers)?\b|\bis not allowed to (execute|run)\b|a password is required|must have a tty")


@dataclass(frozen=True)
class Host:
    """A machine that is reached over SSH."""

    access: Access
    seconds: float = 60.0
    """For everything, from the first packet to the last word."""
    installed: tuple[Source, ...] = ()
    """What the script that is installed there reads, with that privilege."""

    def read(self, sources: Sequence[Source]) -> Answers:
        """Log in, run the script once, and take its answers apart."""
        try:
            if self.access.privilege is Privilege.INSTALLED:
                return self._of_installed(sources)
            request = shell.render(sources)
            said, stdout, stderr = self._asked(_COMMANDS[self.access.privilege], request)
            cut = said.cut or _instead(stdout, stderr, request.mark)
            readings = answers.parse(request, stdout, stderr, cut)
            seconds = answers.durations(request, stdout, said.arrivals)
            return Answers(readings, seconds, answers.clock(request, stdout))
        except SshFault as fault:
            return Answers(answers.every(sources, fault.reason))
        except Exception as fault:  # noqa: BLE001 - whatever a server does, it costs only itself
            told = f"the SSH connection failed ({type(fault).__name__})"
            return Answers(answers.every(sources, told))

    def _of_installed(self, sources: Sequence[Source]) -> Answers:
        """Start the script that is there. It reads all that it reads, whatever was asked."""
        script = installed.installed(self.installed)
        request = installed.request(script)
        path = self.access.installed_path
        said, stdout, stderr = self._asked(f"sudo -n {shlex.quote(path)}", request)
        cut = said.cut or _cut_short(stdout, request.mark) or installed.instead(_last_word(stdout, stderr), path)
        readings = installed.understood(script, sources, request, stdout, stderr, cut)
        seconds = answers.durations(request, stdout, said.arrivals)
        told = {key: taken for key, taken in seconds.items() if key in readings}
        return Answers(readings, told, answers.clock(request, stdout))

    def _asked(self, command: str, request: shell.Request) -> "tuple[Said, bytes, bytes]":
        if why := lacking("paramiko"):
            raise SshFault(why)
        from collectors.transports.ssh.connecting import Watch, connected  # noqa: PLC0415 - paramiko takes its time
        from collectors.transports.ssh.exchange import exchange  # noqa: PLC0415

        watch = Watch(time.monotonic() + self.seconds)
        try:
            with connected(self.access, watch) as transport:
                if "windows" in transport.remote_version.lower():
                    raise SshFault("is a Windows host, of which this version can read nothing")
                said = exchange(transport, command, request, watch)
        finally:
            watch.stop()
        return said, bytes(said.stdout), bytes(said.stderr)


def _instead(stdout: bytes, stderr: bytes, mark: str) -> str:
    """Why there is no whole answer: what was said in its place, or that the connection ended."""
    if cut := _cut_short(stdout, mark):
        return cut
    told = _last_word(stdout, stderr)
    if not told:
        return "no shell ran the script there, and nothing was said: the account may be held to one command, or to SFTP"
    if _OF_SUDO.search(told):
        return f"sudo on the target does not run the script: {told}"
    return f"no shell ran the script there: {told}"


def _cut_short(stdout: bytes, mark: str) -> str:
    """What to say of an answer that has begun, and not just of a script that was said back; empty where none has."""
    return "the connection ended before the answer" if f"\n{mark} ".encode() in stdout else ""


def _last_word(stdout: bytes, stderr: bytes) -> str:
    """The last that was said, on one line."""
    lines = [line.strip() for line in (stderr or stdout)[-4096:].decode("utf-8", "backslashreplace").splitlines()]
    return answers.shown(next((line for line in reversed(lines) if line), ""))[:_SHOWN]
