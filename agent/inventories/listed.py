"""A host as an inventory lists it, and what may be called a host at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agent.printable import printable
from agent.ssh.settings import SshSettings, faults_of_ssh

LARGEST = 16 << 20
"""Of an inventory, in bytes."""
MOST_HOSTS = 100_000
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Listed:
    """A host as an inventory lists it."""

    name: str
    groups: tuple[str, ...] = ()
    ssh: SshSettings = field(default_factory=SshSettings)
    """What the inventory says about how it is reached."""
    asset_kind: str = ""
    fault: str = ""
    """Why it cannot be asked, where it cannot: it is listed all the same, and unknown for this reason."""
    withheld: str = ""
    """A secret that the inventory holds for the login, told without it, which is not taken from there."""
    place: str = ""
    """``FILE:LINE``, where it is known."""


def fault_of_name(name: str) -> str:
    """Why nothing can be called so in reports, metrics and files; empty where it can."""
    if not name or name in {".", ".."}:
        return "is no name of a host"
    if len(name) > _LONGEST_NAME:
        return f"has more than {_LONGEST_NAME} characters"
    if "/" in name:
        return "has a slash, which stands between a fleet and its hosts"
    if printable(name) != name or name != name.strip():
        return "has characters that cannot be printed"
    return ""


def faults_of(hosts: Sequence[Listed]) -> Iterator[str]:
    """What makes a list of hosts no inventory."""
    if len(hosts) > MOST_HOSTS:
        yield f"lists more than {MOST_HOSTS} hosts; make several of it"
        return
    seen: dict[str, str] = {}
    for one in hosts:
        at = f"{one.place}: " if one.place else ""
        told = printable(one.name, 80)
        if fault := fault_of_name(one.name):
            yield f"{at}{told!r} {fault}"
        elif one.name in seen:
            first = f" (first at {seen[one.name]})" if seen[one.name] else ""
            yield f"{at}{told!r} is listed a second time{first}"
        seen.setdefault(one.name, one.place)


def fault_of_way(one: Listed) -> str:
    """Why a host cannot be reached as it is listed; empty where nothing speaks against it."""
    return one.fault or next(faults_of_ssh("its listing", one.ssh), "")
