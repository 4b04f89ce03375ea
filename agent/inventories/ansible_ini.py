"""Ansible's inventories as INI (ansible-core 2.19, ``plugins/inventory/ini.py``)."""

import ast
import re
import shlex
import warnings
from typing import Any

from agent.inventories.ansible_model import UNGROUPED, Model
from agent.inventories.ansible_ranges import expanded

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_GROUP = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")
_LONGEST_LITERAL = 10_000


class Ini:
    """One file, read line by line; the faults are gathered."""

    def __init__(self, file: str, model: Model) -> None:
        self.file = file
        self.model = model
        self.faults: list[str] = []
        self._group = UNGROUPED
        self._kind = "hosts"
        self._needed: dict[str, tuple[str, str]] = {}
        """Groups that must be declared somewhere: where that was said, and how."""
        self._declared = {"all", UNGROUPED}
        self._children: list[tuple[str, str]] = []

    def read(self, text: str) -> None:
        """Read it all."""
        for number, line in enumerate(text.splitlines(), 1):
            stripped = line.strip()
            if not stripped or stripped[0] in ";#":
                continue
            place = f"{self.file}:{number}"
            try:
                self._line(stripped, place)
            except ValueError as fault:
                self.faults.append(f"{place}: {fault}")
        for name, (place, what) in self._needed.items():
            if name not in self._declared:
                self.faults.append(f"{place}: {what} of group {name!r}, which stands nowhere; declare it as [{name}]")
        for parent, child in self._children:
            if child in self.model.groups:
                self.model.groups[parent].children[child] = None

    def _line(self, line: str, place: str) -> None:
        if found := _SECTION.fullmatch(line):
            self._section(found[1], found[2] or "hosts", place)
        elif line.startswith("[") and line.endswith("]"):
            raise ValueError("is no section such as [web], [web:children] or [web:vars]")
        elif self._kind == "hosts":
            self._hosts(line, place)
        elif self._kind == "vars":
            name, mark, value = line.partition("=")
            if not mark:
                raise ValueError("is no variable such as ansible_user=scanner")
            self.model.set_variable(self._group, name.strip(), value_of(value.strip()))
        else:
            child = _GROUP.fullmatch(line)
            if child is None:
                raise ValueError("is no name of a group")
            if child[1] == self._group:
                raise ValueError("is the group itself")
            self._needed.setdefault(child[1], (place, "is a child"))
            self._children.append((self._group, child[1]))

    def _section(self, name: str, kind: str, place: str) -> None:
        if kind not in {"hosts", "children", "vars"}:
            self._kind, self._group = "hosts", name  # what follows is read on, so that its faults are told, too
            self.model.add_group(name)
            raise ValueError(f"{kind!r} is none of hosts, children, vars")
        self._group, self._kind = name, kind
        self.model.add_group(name)
        if kind == "vars":
            self._needed.setdefault(name, (place, "holds variables"))
        else:
            self._declared.add(name)

    def _hosts(self, line: str, place: str) -> None:
        try:
            pattern, *settings = shlex.split(line, comments=True)
        except ValueError as fault:
            raise ValueError(f"is not understood: {str(fault).lower()}") from fault
        names, port = expanded(pattern)
        if pattern.strip().endswith(":") and port is None:
            raise ValueError("a name must not end in a colon: behind it stands a port")
        if "---" in names:
            raise ValueError("is YAML, which is told by a file's name: call it .yaml or .yml")
        variables = {}
        for one in settings:
            name, mark, value = one.partition("=")
            if not mark:
                # Not quoted: it may be the rest of a password with a space in it.
                raise ValueError("something behind the host is no variable such as ansible_user=scanner")
            variables[name] = value_of(value)
        for host in names:
            self.model.add_host(host, self._group, port, place)
            for name, value in variables.items():
                self.model.set_variable(host, name, value)


def value_of(text: str) -> Any:
    """A value as Ansible takes it: a literal of Python, or else the text."""
    if len(text) > _LONGEST_LITERAL:
        return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case list() | tuple() | set():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case bytes():
            return value.decode("utf-8", "replace")
        case complex():
            return str(value)
        case _:
            return "..." if value is ... else value
