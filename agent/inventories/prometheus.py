"""Documents of Prometheus' service discovery: ``file_sd`` (JSON or YAML) and ``http_sd`` (JSON), ``[{targets, labels}]``.

(prometheus.io, docs/prometheus/latest/http_sd and configuration, file_sd_config.) The host of each target is one here; its port is an
exporter's and not SSH's. A label is a group, ``NAME=VALUE``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.binding import Binder, BindingError
from agent.errors import InventoryError
from agent.inventories.files import text_of
from agent.inventories.listed import LARGEST, MOST_HOSTS, Listed
from agent.inventories.settings import Fleet
from agent.inventories.web_documents import fetched
from agent.printable import printable

_TARGET = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<host>[^\s:/@\[\]]+))(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class TargetGroup:
    """Targets that have the same labels."""

    targets: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def hosts(fleet: Fleet) -> list[Listed]:
    """The hosts of the document; one that stands there with several ports is one. ``InventoryError`` with every fault."""
    if fleet.url:
        groups = _of_json(fleet.url, fetched(fleet.url, fleet.token_file, fleet.ca_file))
    else:
        assert fleet.file is not None  # noqa: S101 - the configuration's faults say so
        text = text_of(fleet.file)
        groups = _of_json(str(fleet.file), text) if fleet.file.suffix == ".json" else _of_yaml(fleet.file, text)
    found: dict[str, dict[str, None]] = {}
    faults = []
    for place, group in groups:
        labels = dict.fromkeys(f"{name}={value}" for name, value in group.labels.items())
        for index, target in enumerate(group.targets):
            parts = _TARGET.fullmatch(target)
            if parts is None:
                faults.append(f"{place}.targets[{index}]: {printable(target, 80)!r} is no HOST:PORT")
            else:
                found.setdefault((parts["six"] or parts["host"]).lower(), {}).update(labels)
        if len(found) > MOST_HOSTS:
            raise InventoryError(f"{place}: lists more than {MOST_HOSTS} hosts; make several of it")
    if faults:
        raise InventoryError(*faults)
    where = fleet.url or str(fleet.file)
    return [Listed(name, tuple(labels), place=where) for name, labels in found.items()]


def _of_yaml(file: Path, text: str) -> Iterator[tuple[str, TargetGroup]]:
    binder = Binder(file, LARGEST)
    try:
        bound = binder.bind(text, tuple[TargetGroup, ...])
    except BindingError as fault:
        raise InventoryError(*fault.faults) from fault
    for index, group in enumerate(bound):
        yield str(binder.place(index)), group


def _of_json(where: str, text: str) -> Iterator[tuple[str, TargetGroup]]:
    try:
        held = json.loads(text, object_pairs_hook=_each_once)
    except json.JSONDecodeError as fault:
        raise InventoryError(f"{where}:{fault.lineno}: is not JSON: {fault.msg}") from fault
    except (ValueError, RecursionError) as fault:
        raise InventoryError(f"{where}: is not JSON: {str(fault)[:100]}") from fault
    faults: list[str] = []
    groups = list(_groups(where, held, faults))
    if faults:
        raise InventoryError(*faults)
    yield from groups


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        raise ValueError("a key is given a second time")
    return held


def _groups(where: str, held: Any, faults: list[str]) -> Iterator[tuple[str, TargetGroup]]:
    if not isinstance(held, list):
        faults.append(f"{where}: must be a list of targets with their labels")
        return
    for index, one in enumerate(held):
        place = f"{where}: [{index}]"
        if not isinstance(one, dict) or not one.keys() <= {"targets", "labels"}:
            faults.append(f"{place}: must have targets and labels, and nothing else")
            continue
        targets, labels = one.get("targets", []), one.get("labels") or {}
        if not isinstance(targets, list) or not all(isinstance(each, str) for each in targets):
            faults.append(f"{place}.targets: must be a list of HOST:PORT")
        elif not isinstance(labels, dict) or not all(isinstance(each, str) for each in labels.values()):
            faults.append(f"{place}.labels: must be texts by name")
        else:
            yield place, TargetGroup(tuple(targets), labels)
