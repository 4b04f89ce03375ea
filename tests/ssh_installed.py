"""The installed script on a real host: how it is put there, started and understood."""

import subprocess

from agent.config import Config
from agent.plan import plan
from agent.ssh.installed import sources_of
from collectors.readings import Reading, Text, Unread
from collectors.sources import Source
from collectors.transports.ssh import installed
from collectors.transports.ssh.access import INSTALLED_PATH, Privilege
from collectors.transports.ssh.host import Host
from tests import hosts
from tests.ssh_hosts import USER, SshHost

RULE = f'{USER} ALL=(root) NOPASSWD: {INSTALLED_PATH} ""\n'
MARK = "0123456789abcdef0123456789abcdef"
SCRIPT = INSTALLED_PATH.rpartition("/")[2]
SOURCES = sources_of(plan(Config(), hosts.catalogue()), "web")
MADE = installed.installed(SOURCES)

# What another run says otherwise, because it is another run: its own processes, and how often a route was used.
OF_THE_RUN = ("native:processes", "command:secrets in processes", "file:/proc/net/ipv6_route")


def install(host: SshHost, script: bytes = MADE.script) -> None:
    """Put the script where it belongs."""
    host.running.write(INSTALLED_PATH, script, 0o755)


def read(host: SshHost, asked: tuple[Source, ...] = SOURCES, known: tuple[Source, ...] = SOURCES) -> dict[str, Reading]:
    """What is seen by way of the script."""
    return Host(host.access(privilege=Privilege.INSTALLED), installed=known).read(asked)


def reason(host: SshHost) -> str:
    """Why nothing was seen."""
    readings = read(host)
    assert readings.keys() == {source.key for source in SOURCES}
    assert all(isinstance(one, Unread) for one in readings.values())
    (why,) = {one.reason for one in readings.values() if isinstance(one, Unread)}
    return why


def as_scanner(host: SshHost, shell: str, stdin: bytes = f"{MARK}\n".encode()) -> subprocess.CompletedProcess[bytes]:
    """Run bash as the ordinary account."""
    command = [*host.running.enter, "su", "-s", "/bin/bash", USER, "-c", shell]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=100)


def understood(done: subprocess.CompletedProcess[bytes]) -> dict[str, Reading]:
    """What the script said."""
    request = installed.request(MADE, MARK)
    return installed.understood(MADE, SOURCES, request, done.stdout, done.stderr, "cut off")


def steady(key: str, reading: Reading) -> Reading:
    """Without the sizes and times that ``stat`` tells, which a log or sudo's folder changes between two runs."""
    if not key.startswith("stat:") or not isinstance(reading, Text):
        return reading
    rows = [line.split(" ", 7) for line in reading.text.splitlines()]
    return Text("\n".join(" ".join((*row[:5], row[7])) for row in rows))


def same_or_unread(readings: dict[str, Reading], expected: dict[str, Reading]) -> set[str]:
    """The keys that could not be seen; whatever was seen is what is expected."""
    for key, reading in readings.items():
        if key not in OF_THE_RUN and not isinstance(reading, Unread):
            assert steady(key, reading) == steady(key, expected[key]), key
    return {key for key, reading in readings.items() if isinstance(reading, Unread)}
