"""Groups, hosts and variables as Ansible puts them together (ansible-core 2.19, ``inventory/data.py``, ``vars/manager.py``).

Of variables, the last one wins: those of ``all``, then of the other groups by depth, priority and name, each first as the inventory
and then as ``group_vars`` has them; then the host's, first as the inventory and then as ``host_vars`` has them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from agent.inventories.listed import MOST_HOSTS

ALL, UNGROUPED = "all", "ungrouped"
LOGIN_SECRETS = frozenset(
    [
        "ansible_password",
        "ansible_ssh_pass",
        "ansible_ssh_password",
        "ansible_private_key",
        "ansible_ssh_private_key",
        "ansible_private_key_passphrase",
        "ansible_ssh_private_key_passphrase",
    ]
)
"""Variables that are secrets to log in with: that they are there is known, what they are is not kept."""


class Withheld:
    """Stands for a secret."""


WITHHELD = Withheld()
_PRIORITY = "ansible_group_priority"
MoreVariables = Callable[[str, str], dict[str, Any]]
"""What folders beside the inventory say: of ``group_vars`` or ``host_vars``, by the name of the group or host."""


@dataclass
class Group:
    """A group."""

    children: dict[str, None] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    priority: int = 1
    parents: dict[str, None] = field(default_factory=dict)
    depth: int = 0
    """Of the longest way from ``all``."""


@dataclass
class Host:
    """A host."""

    place: str
    """``FILE:LINE``, where it stands first."""
    variables: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    """Those in which it stands itself."""


class Model:
    """An inventory while it is read, and then what it says. ``ValueError`` says what is wrong."""

    def __init__(self, keeps: Callable[[str], bool]) -> None:
        """``keeps``: which variables are kept; what the others say is nobody's business here."""
        self.groups: dict[str, Group] = {ALL: Group(children={UNGROUPED: None}), UNGROUPED: Group()}
        self.hosts: dict[str, Host] = {}
        self.keeps = keeps

    @staticmethod
    def taken(name: str, value: Any) -> Any:
        """The value of a variable, or what stands for one that must not be kept."""
        return WITHHELD if name in LOGIN_SECRETS else value

    def add_group(self, name: str) -> None:
        """There is such a group."""
        self.groups.setdefault(name, Group())

    def add_child(self, parent: str, child: str) -> None:
        """A group belongs to another one."""
        if parent == child:
            raise ValueError("is the group itself")
        self.groups[parent].children[child] = None

    def add_host(self, name: str, group: str, port: int | None, place: str) -> None:
        """A host stands in a group."""
        if name not in self.hosts:
            if len(self.hosts) >= MOST_HOSTS:
                raise ValueError(f"lists more than {MOST_HOSTS} hosts; make several of it")
            self.hosts[name] = Host(place, {} if port is None else {"ansible_port": port})
        self.hosts[name].groups[group] = None
        self.groups[group].hosts[name] = None

    def set_variable(self, entity: str, name: str, value: Any) -> None:
        """A variable of a group, or else of a host: what is called as a group is taken for it, as Ansible does."""
        group = self.groups.get(entity)
        if group is not None and name == _PRIORITY:
            try:
                group.priority = int(value)
            except (TypeError, ValueError):
                raise ValueError(f"{_PRIORITY} must be a whole number") from None
        elif self.keeps(name):
            (self.hosts[entity] if group is None else group).variables[name] = self.taken(name, value)

    def finish(self) -> Iterator[str]:
        """Put the groups in relation; the faults that only show then."""
        for name, group in self.groups.items():
            for child in group.children:
                self.groups[child].parents[name] = None
        for name, group in self.groups.items():
            if name != ALL and not group.parents:
                group.parents[ALL] = None
                self.groups[ALL].children[name] = None
        waiting = {name: len(group.parents) for name, group in self.groups.items()}
        ready = [name for name, count in waiting.items() if not count]
        done = 0
        while ready:
            name = ready.pop()
            done += 1
            for child in self.groups[name].children:
                self.groups[child].depth = max(self.groups[child].depth, self.groups[name].depth + 1)
                waiting[child] -= 1
                if not waiting[child]:
                    ready.append(child)
        if done < len(self.groups):
            circle = ", ".join(sorted(name for name, count in waiting.items() if count))[:200]
            yield f"groups belong to themselves by way of others: {circle}"
            return
        for name, host in self.hosts.items():
            if UNGROUPED in host.groups and set(host.groups) - {ALL, UNGROUPED}:
                del host.groups[UNGROUPED], self.groups[UNGROUPED].hosts[name]
            elif not set(host.groups) - {ALL}:
                host.groups[UNGROUPED] = self.groups[UNGROUPED].hosts[name] = None

    def groups_of(self, host: str) -> tuple[str, ...]:
        """All groups that a host belongs to, in the order in which their variables are taken; the last one wins."""
        found = dict(self.hosts[host].groups)
        level = tuple(found)
        while level:
            level = tuple(above for name in level for above in self.groups[name].parents if above not in found)
            found.update(dict.fromkeys(level))
        return tuple(sorted({ALL, *found}, key=self._order))

    def _order(self, name: str) -> tuple[int, int, str]:
        return (self.groups[name].depth, self.groups[name].priority, name)

    def variables_of(self, host: str, more: MoreVariables) -> dict[str, Any]:
        """The variables that hold for a host."""
        groups = [name for name in self.groups_of(host) if name != ALL]
        held = dict(self.groups[ALL].variables)
        for name in groups:
            held |= self.groups[name].variables
        for name in (ALL, *groups):
            held |= more("group_vars", name)
        return held | self.hosts[host].variables | more("host_vars", host)
