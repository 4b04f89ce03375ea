"""YAML of others as plain values: bounded, with the line of every fault, and without making objects of any kind."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError, SafeConstructor

from agent.errors import InventoryError
from collectors.transports.yaml_nodes import composed

_MOST_VALUES = 2_000_000
"""Of a document: aliases and merges can make much of little."""
_DEEPEST = 60
_STANDARD = "tag:yaml.org,2002:"


class Encrypted:
    """A value that only who has the key of the vault can read."""

    def __str__(self) -> str:
        return "(encrypted)"


ENCRYPTED = Encrypted()


class Document:
    """One file. Its faults are gathered; what is understood of it is given back all the same."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.faults: list[str] = []
        self._left = _MOST_VALUES
        self._scalars = SafeConstructor()

    def root(self, text: str) -> yaml.Node | None:
        """The whole; None where there is nothing. ``InventoryError`` where it is no YAML."""
        try:
            return composed(text)
        except yaml.MarkedYAMLError as fault:
            line = fault.problem_mark.line + 1 if fault.problem_mark else 1
            raise InventoryError(f"{self.file}:{line}: is not YAML: {fault.problem}") from fault
        except (yaml.YAMLError, RecursionError) as fault:
            raise InventoryError(f"{self.file}: is not YAML: {str(fault).splitlines()[0]}") from fault

    def fault(self, node: yaml.Node, what: str) -> None:
        """Something is wrong here."""
        self.faults.append(f"{self.place(node)}: {what}")

    def place(self, node: yaml.Node) -> str:
        """``FILE:LINE``."""
        return f"{self.file}:{node.start_mark.line + 1}"

    def pairs(self, node: yaml.MappingNode) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """Name, key and value of each entry; of what is merged into it (``<<``) only what it does not say itself."""
        own: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.tag == f"{_STANDARD}merge":
                for one in self._merged(value):
                    merged.setdefault(one[0], one)
            elif not isinstance(key, yaml.ScalarNode):
                self.fault(key, "a key must be a name")
            elif key.value in own:
                first = own[key.value][1].start_mark.line + 1
                self.fault(key, f"{key.value[:60]!r} is given a second time (first on line {first})")
            else:
                own[key.value] = (key.value, key, value)
        return list((merged | own).values())

    def _merged(self, node: yaml.Node) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        self._spend(node)
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self.fault(source, "only a mapping can be merged")
                continue
            for one in self.pairs(source):
                self._spend(source)
                yield one

    def plain(self, node: yaml.Node, depth: int = 0) -> Any:
        """Mappings, lists and scalars as YAML takes them; ``ENCRYPTED`` for what Ansible's vault holds."""
        self._spend(node)
        if depth > _DEEPEST:
            raise InventoryError(f"{self.place(node)}: is nested too deeply")
        if isinstance(node, yaml.MappingNode):
            return {name: self.plain(value, depth + 1) for name, _, value in self.pairs(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(one, depth + 1) for one in node.value]
        if node.tag.startswith("!vault"):
            return ENCRYPTED
        if not node.tag.startswith(_STANDARD):
            return str(node.value)
        try:
            value = self._scalars.construct_object(node)
        except (ConstructorError, ValueError, OverflowError):
            self.fault(node, f"{str(node.value)[:60]!r} is no {node.tag.removeprefix(_STANDARD)}")
            return None
        return str(value) if isinstance(value, bytes | date) else value

    def _spend(self, node: yaml.Node) -> None:
        self._left -= 1
        if self._left < 0:
            raise InventoryError(f"{self.place(node)}: the file holds more than {_MOST_VALUES} values")
