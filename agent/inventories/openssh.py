"""The hosts that an OpenSSH configuration names: every name of a ``Host`` line that is no pattern."""

from dataclasses import replace

from agent.errors import InventoryError, UnreachableError
from agent.inventories.listed import Listed
from agent.inventories.settings import Fleet
from agent.ssh.openssh_config import settings_for
from agent.ssh.openssh_file import parsed
from agent.ssh.settings import SshSettings


def hosts(fleet: Fleet) -> list[Listed]:
    """The hosts, in the order in which they are first named; also those of files that are included. A name that stands in several
    places is one host: all of them hold for it.
    """
    assert fleet.file is not None  # noqa: S101 - the configuration's faults say so
    try:
        sections = parsed(fleet.file, user=True, usual=False).sections
    except UnreachableError as fault:
        raise InventoryError(str(fault)) from fault
    named: dict[str, str] = {}
    for section in sections:
        line = section.conditions[-1] if section.conditions else None
        if line is not None and line.keyword == "host":
            for word in line.words:
                if not any(mark in word for mark in "*?!"):
                    named.setdefault(word, line.place)
    return [_listed(name, place, fleet) for name, place in named.items()]


def _listed(name: str, place: str, fleet: Fleet) -> Listed:
    # It is looked up once more when it is reached, for its address and its jump hosts: in this file, whatever the defaults say.
    looked_up = SshSettings(config_file=fleet.file)
    try:
        found = settings_for(name, fleet.file)
    except UnreachableError as fault:
        return Listed(name, ssh=looked_up, fault=str(fault), place=place)
    return Listed(name, ssh=replace(looked_up.over(found), host=""), place=place)
