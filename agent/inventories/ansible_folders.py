"""Variables in ``group_vars`` and ``host_vars`` beside an inventory (ansible-core 2.19, ``plugins/vars/host_group_vars.py``).

Of NAME, NAME.yml, NAME.yaml and NAME.json the first that is there is read; of a folder all such files in it. What Ansible's vault has
encrypted as a whole is taken to be secrets, and not read.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from agent.errors import InventoryError
from agent.inventories.ansible_model import Model
from agent.inventories.files import text_of
from agent.inventories.yaml_documents import Document

_SUFFIXES = ("", ".yml", ".yaml", ".json")
_DEEPEST = 10
_MOST = 64 << 20
"""Characters of all files together."""
_VAULT = "$ANSIBLE_VAULT"


class Folders:
    """The folders beside one inventory; each file is read once, and its faults are gathered."""

    def __init__(self, beside: Path, model: Model) -> None:
        self.faults: list[str] = []
        self._beside = beside
        self._model = model
        self._left = _MOST
        self._known: dict[tuple[str, str], dict[str, Any]] = {}

    def variables(self, folder: str, name: str) -> dict[str, Any]:
        """What the folder says about a group or a host of this name."""
        if (folder, name) not in self._known:
            held: dict[str, Any] = {}
            for path in self._files(self._beside / folder, name):
                held |= self._of_file(path)
            self._known[folder, name] = held
        return self._known[folder, name]

    def _files(self, folder: Path, name: str) -> list[Path]:
        if "/" in name or "\0" in name or name in {".", ".."} or not folder.is_dir():
            return []
        first = next((path for path in (folder / f"{name}{suffix}" for suffix in _SUFFIXES) if path.exists()), None)
        if first is None:
            return []
        return list(_below(first, 0)) if first.is_dir() else [first]

    def _of_file(self, path: Path) -> dict[str, Any]:
        text = text_of(path)
        self._left -= len(text)
        if self._left < 0:
            raise InventoryError(f"{path}: group_vars and host_vars hold more than {_MOST} characters")
        if text.startswith(_VAULT):
            return {}
        document = Document(path)
        held = _json(text)
        if held is None:
            root = document.root(text)
            held = {}
            if isinstance(root, yaml.MappingNode):
                named = ((name, node) for name, _, node in document.pairs(root) if self._model.keeps(name))
                held = {name: document.plain(node) for name, node in named}
            elif root is not None and root.tag != "tag:yaml.org,2002:null":
                document.fault(root, "must be variables by name")
        self.faults += document.faults
        return {name: self._model.taken(name, value) for name, value in held.items() if self._model.keeps(name)}


def _json(text: str) -> dict[str, Any] | None:
    """The variables of a file that is JSON; None where it is not."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) else None


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """The files of a folder, in order; neither hidden ones nor backups."""
    if depth > _DEEPEST:
        raise InventoryError(f"{folder}: is nested too deeply")
    try:
        names = sorted(one.name for one in folder.iterdir())
    except OSError as fault:
        raise InventoryError(f"{folder}: {fault.strerror}") from fault
    for name in names:
        path = folder / name
        if name.startswith(".") or name.endswith("~"):
            continue
        if path.is_dir() and not path.suffix:
            yield from _below(path, depth + 1)
        elif path.is_file() and path.suffix in _SUFFIXES:
            yield path
