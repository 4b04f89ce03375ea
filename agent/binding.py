"""YAML into dataclasses: every fault at once, each with its place in the file and a suggestion.

The schema is the dataclass: field names are keys, annotations are types. Understood: ``str``, ``int``, ``float``, ``bool``,
``Path``, ``date``, ``timedelta`` (``30s``, ``5m``, ``1h``, ``7d``), enumerations by their name, ``T | None``,
``tuple[T, ...]``, ``Mapping[str, T]``, ``Any`` and other dataclasses.
"""

import dataclasses
import difflib
import typing
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from agent.durations import as_duration
from collectors.collector import split_optional
from collectors.transports.yaml_nodes import composed

_LARGEST = 4 << 20
_DEEPEST = 30
_MOST_VALUES = 5_000_000
"""Of a whole document: aliases can make much of little."""
_MISSING = object()
_Schema = tuple[dict[str, Any], dict[str, dataclasses.Field[Any]]]
_schemas: dict[type[Any], _Schema] = {}


class BindingError(Exception):
    """Faults of a file, one a line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclasses.dataclass(frozen=True)
class Place:
    """Where in which file something stands, e.g. ``config.yaml:12: targets[0].interval``."""

    file: str
    line: int
    path: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path or 'the file'}"


class Binder:
    """Binds one file and gathers its faults. Relative paths are taken from the file's folder."""

    def __init__(self, file: Path, largest: int = _LARGEST) -> None:
        """``largest``: the longest document that is taken, in characters."""
        self.file = file
        self.faults: list[str] = []
        self._largest = largest
        self._values = 0
        self._root: yaml.Node | None = None
        self._found: dict[int, dict[str, tuple[yaml.Node, yaml.Node]]] = {}
        """Keys and values of mappings that were asked for a place, by the node's identity."""

    def bind(self, text: str, into: type[Any]) -> Any:
        """Bind a document to a dataclass. ``BindingError`` with every fault."""
        if len(text) > self._largest:
            raise BindingError([f"{self.file}: is longer than {self._largest} characters"])
        try:
            node = composed(text)
        except yaml.MarkedYAMLError as fault:
            line = fault.problem_mark.line + 1 if fault.problem_mark else 1
            raise BindingError(
                [f"{self.file}:{line}: is not YAML: {fault.problem}{_character(text, fault)}"]
            ) from fault
        except (yaml.YAMLError, RecursionError) as fault:
            raise BindingError([f"{self.file}: is not YAML: {str(fault).splitlines()[0]}"]) from fault
        self._root = node
        bound = into() if node is None else self._value(node, into, "", 0)
        if self.faults:
            raise BindingError(self.faults)
        return bound

    def place(self, *keys: str | int) -> Place:
        """Where in the document that was bound something stands, as far down as it is there."""
        node, line = self._root, 1
        for key in keys:
            told = None
            if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
                told = node = node.value[key] if key < len(node.value) else None
            elif isinstance(node, yaml.MappingNode):
                if id(node) not in self._found:
                    self._found[id(node)] = {str(one[0].value): one for one in node.value}
                told, node = self._found[id(node)].get(str(key), (None, None))
            else:
                node = None
            line = told.start_mark.line + 1 if told is not None else line
        path = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")
        return Place(str(self.file), line, path)

    def _fault(self, node: yaml.Node, path: str, what: str) -> object:
        self.faults.append(f"{Place(str(self.file), node.start_mark.line + 1, path)}: {what}")
        return _MISSING

    def _value(self, node: yaml.Node, wanted: Any, path: str, depth: int) -> Any:
        if depth > _DEEPEST:
            return self._fault(node, path, "is nested too deeply")
        self._values += 1
        if self._values > _MOST_VALUES:
            raise BindingError([f"{self.file}: holds more than {_MOST_VALUES} values"])
        wanted, optional = split_optional(wanted)
        if _is_null(node):
            return (
                None
                if optional or wanted is Any
                else self._fault(node, path, "is empty; give a value or leave the line out")
            )
        if dataclasses.is_dataclass(wanted) and isinstance(wanted, type):
            return self._dataclass(node, wanted, path, depth)
        origin = typing.get_origin(wanted)
        if origin is tuple:
            return self._sequence(node, typing.get_args(wanted)[0], path, depth)
        if origin is Mapping:
            return self._mapping(node, typing.get_args(wanted)[1], path, depth)
        if wanted is Any:
            return self._plain(node, path, depth)
        if not isinstance(node, yaml.ScalarNode):
            return self._fault(node, path, f"must be {_called(wanted)}, not a {_kind(node)}")
        return self._scalar(node, wanted, path)

    def _pairs(self, node: yaml.Node, path: str, what: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, path, f"must be {what}, not a {_kind(node)}")
            return []
        seen: dict[str, yaml.Node] = {}
        pairs = []
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if not name:
                self._fault(key, path, "has a key that is no name")
            elif name in seen:
                self._fault(
                    key, _join(path, name), f"is given a second time (first on line {seen[name].start_mark.line + 1})"
                )
            else:
                seen[name] = key
                pairs.append((name, key, value))
        return pairs

    def _dataclass(self, node: yaml.Node, wanted: type[Any], path: str, depth: int) -> Any:
        hints, fields = _schema(wanted)
        before = len(self.faults)
        values: dict[str, Any] = {}
        pairs = self._pairs(node, path, "settings by name")
        for name, key, value in pairs:
            if name not in fields:
                close = difflib.get_close_matches(name, fields, 1)
                remedy = f"did you mean {close[0]}?" if close else f"known here: {', '.join(sorted(fields))}"
                self._fault(key, _join(path, name), f"is not a setting; {remedy}")
                continue
            bound = self._value(value, hints[name], _join(path, name), depth + 1)
            if bound is not _MISSING:
                values[name] = bound
        given = {name for name, _, _ in pairs}
        for name, field in fields.items():
            required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if required and name not in given and isinstance(node, yaml.MappingNode):
                self._fault(node, _join(path, name), "is missing")
        return wanted(**values) if len(self.faults) == before else _MISSING

    def _sequence(self, node: yaml.Node, item: Any, path: str, depth: int) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._fault(node, path, f"must be a list, not a {_kind(node)}")
        items = [self._value(one, item, f"{path}[{index}]", depth + 1) for index, one in enumerate(node.value)]
        return tuple(one for one in items if one is not _MISSING)

    def _mapping(self, node: yaml.Node, item: Any, path: str, depth: int) -> Any:
        pairs = self._pairs(node, path, "values by name")
        bound = {name: self._value(value, item, _join(path, name), depth + 1) for name, _, value in pairs}
        return {name: value for name, value in bound.items() if value is not _MISSING}

    def _plain(self, node: yaml.Node, path: str, depth: int) -> Any:
        """A value whose type only the check knows: scalars and lists of scalars as YAML takes them."""
        if isinstance(node, yaml.SequenceNode):
            return tuple(self._plain(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(node.value))
        if not isinstance(node, yaml.ScalarNode):
            return self._fault(node, path, "must be a value or a list of values")
        for tag, convert in (("bool", _as_bool), ("int", _as_int), ("float", float)):
            if node.tag == f"tag:yaml.org,2002:{tag}":
                try:
                    return convert(node.value)
                except ValueError:
                    return self._fault(node, path, f"{node.value!r} is no {tag}")
        return node.value

    def _scalar(self, node: yaml.ScalarNode, wanted: Any, path: str) -> Any:
        text = node.value
        try:
            return self._convert(text, wanted)
        except (ValueError, KeyError, OverflowError):
            return self._fault(node, path, f"{text[:60]!r} is not {_called(wanted)}")

    def _convert(self, text: str, wanted: Any) -> Any:
        if wanted is str:
            return text
        if wanted is bool:
            return _as_bool(text)
        if wanted is int:
            return _as_int(text)
        if wanted is float:
            return float(text)
        if wanted is Path:
            if "\0" in text:
                raise ValueError
            return self.file.parent / Path(text).expanduser()
        if wanted is date:
            return date.fromisoformat(text)
        if wanted is timedelta:
            return as_duration(text)
        if isinstance(wanted, type) and issubclass(wanted, Enum):
            return wanted[text.upper()]
        raise TypeError(f"a setting of type {wanted} cannot be read")


def _schema(wanted: type[Any]) -> _Schema:
    """Types and fields of a dataclass, by name."""
    if wanted not in _schemas:
        named = {field.name: field for field in dataclasses.fields(wanted)}
        _schemas[wanted] = (typing.get_type_hints(wanted), named)
    return _schemas[wanted]


def _character(text: str, fault: yaml.MarkedYAMLError) -> str:
    """Which character it was, where a fault is about one that nothing begins with, and what to do about it."""
    if fault.problem_mark is None or fault.problem != "found character that cannot start any token":
        return ""
    character = text[fault.problem_mark.index : fault.problem_mark.index + 1]
    return ": a tab; indent with spaces" if character == "\t" else f": {character!r}; put the text in quotes"


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "mapping"
    return "list" if isinstance(node, yaml.SequenceNode) else "single value"


def _called(wanted: Any) -> str:
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return "one of " + ", ".join(str(one.name).lower() for one in wanted)
    names = {
        str: "text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        Path: "a path",
        date: "a date such as 2026-12-31",
        timedelta: "a time such as 30s, 5m, 1h or 7d",
    }
    return names.get(wanted, str(wanted))


def _as_bool(text: str) -> bool:
    return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}[text.lower()]


def _as_int(text: str) -> int:
    return int(text.replace("_", ""), 10)
