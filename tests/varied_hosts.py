"""A fleet of any size, made of the recordings of real hosts: each host is one of them with its own name, keys, accounts, logins,
versions and settings, and with a few sources that could not be read or are not there. The same number gives the same host.

What is varied is what differs between hosts that came from a few images. No source is known that says a machine's id.
"""

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache

from collectors.readings import Absent, Reading, Text, Unread
from collectors.snapshot import Snapshot
from tests.recordings import RECORDED

_KEYS = "files:/etc/ssh/ssh_host_*_key.pub"
_USERS = "command:users and groups"
_SHADOW = "command:shadow states"
_HOMES = "command:home directories"
_LASTLOG = "command:lastlog"
_SSHD = "command:sshd -T"
_REASONS = (
    "/etc/shadow: permission denied",
    "no answer within 10 s",
    "the connection ended before the answer",
    "answered with more than 262144 bytes",
)
_NAMES = ("ann", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")
_SSHD_SETTINGS = (
    ("permitemptypasswords no", "permitemptypasswords yes", 0.01),
    ("permitrootlogin without-password", "permitrootlogin yes", 0.1),
    ("passwordauthentication yes", "passwordauthentication no", 0.5),
    ("x11forwarding yes", "x11forwarding no", 0.5),
    ("maxauthtries 6", "maxauthtries 3", 0.5),
)
"""What the recordings say, what is put in its place, and for how many hosts."""


def name_of(number: int) -> str:
    """The asset's name, as a fleet's members have it."""
    return f"fleet/host-{number:05d}.example.net"


def hosts(count: int, first: int = 0) -> Iterator[Snapshot]:
    """So many hosts, one after the other."""
    return (host(number) for number in range(first, first + count))


def host(number: int, generation: int = 0) -> Snapshot:
    """One host; of another ``generation`` is the same host at a later scan, with other logins and settings."""
    own = random.Random(f"host {number}")
    base = _recordings()[number % len(RECORDED)]
    readings = dict(base.readings)
    readings["file:/etc/hostname"] = Text(f"host-{number:05d}\n")
    _vary(readings, _KEYS, lambda text: _other_keys(text, own))
    _vary(
        readings, "file:/proc/sys/kernel/osrelease", lambda text: text.replace("-amd64", f"+{own.randrange(40)}-amd64")
    )
    _vary(readings, "command:nginx configuration", lambda text: _other_version(text, own))
    _vary(readings, "command:redis configuration", lambda text: _other_version(text, own))
    people = own.sample(_NAMES, own.randrange(1, 6))
    later = random.Random(f"host {number}, scan {generation}")
    _with_people(readings, people, own, later)
    _vary(readings, _SSHD, lambda text: _other_settings(text, later))
    for key in sorted(readings):
        if later.random() < 0.02:
            readings[key] = (
                Unread(later.choice(_REASONS)) if later.random() < 0.5 else Absent(key.partition(":")[2][:200])
            )
    seconds = 0.4 + own.random()
    return replace(
        base,
        asset=name_of(number),
        readings=readings,
        taken_at=base.taken_at + timedelta(seconds=number % 3600 + 3600 * generation),
        seconds=seconds,
        seconds_by_source={key: later.randrange(1, 40_000_000) / 1e9 for key in readings},
    )


@cache
def _recordings() -> tuple[Snapshot, ...]:
    return tuple(one.load() for one in RECORDED)


def _vary(readings: dict[str, Reading], key: str, change: Callable[[str], str]) -> None:
    held = readings.get(key)
    if isinstance(held, Text):
        readings[key] = Text(change(held.text))


def _other_keys(text: str, own: random.Random) -> str:
    """Keys of the same kinds and lengths, with other last bytes; one host of two hundred has those of the image."""
    if own.random() < 0.005:
        return text
    changed = {}
    for path, line in json.loads(text).items():
        kind, key, *rest = line.split()
        raw = base64.b64decode(key)
        changed[path] = " ".join([kind, base64.b64encode(raw[:-24] + own.randbytes(24)).decode(), *rest]) + "\n"
    return json.dumps(changed)


def _other_version(text: str, own: random.Random) -> str:
    first, _, rest = text.partition("\n")
    return f"{first}.{own.randrange(5)}\n{rest}" if first.startswith("version\t") else text


def _with_people(readings: dict[str, Reading], people: list[str], own: random.Random, later: random.Random) -> None:
    users = [
        f"user:{name}:-:shadowed:-:{2000 + at}:{2000 + at}:/home/{name}:/bin/bash\n" for at, name in enumerate(people)
    ]
    _vary(readings, _USERS, lambda text: text.replace("group:", "".join(users) + "group:", 1))
    days = {name: own.randrange(19500, 20770) for name in people}
    states = [f"{name}:-:yescrypt:-:{days[name]}:0:{own.choice((90, 365, 99999))}:7:::\n" for name in people]
    _vary(readings, _SHADOW, lambda text: text + "".join(states))
    homes = [
        f"41{own.choice(('c0', 'e8', 'ed'))} {2000 + at} {2000 + at} {name} {name} 4096 1795299748 /home/{name}\n"
        for at, name in enumerate(people)
    ]
    _vary(readings, _HOMES, lambda text: text + "".join(homes))
    logins = [
        f"{name:<17}pts/0    192.0.2.{later.randrange(250):<37}Sat Nov {later.randrange(1, 21):>2} 10:{later.randrange(60):02}:00 +0000 2026\n"
        for name in people
    ]
    _vary(readings, _LASTLOG, lambda text: text + "".join(logins))


def _other_settings(text: str, later: random.Random) -> str:
    for recorded, other, share in _SSHD_SETTINGS:
        if later.random() < share:
            text = text.replace(recorded, other)
    return text
