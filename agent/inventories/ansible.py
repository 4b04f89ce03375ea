"""Ansible's inventories, INI or YAML, with ``group_vars`` and ``host_vars`` beside them. Nothing of them is run or evaluated.

A script, a plugin's configuration and a folder of inventories are refused: what ``ansible-inventory --list --yaml`` says of them can
be written to a file, and that file is an inventory.
"""

from collections.abc import Callable
from pathlib import Path

import yaml

from agent.errors import InventoryError
from agent.inventories.ansible_folders import Folders
from agent.inventories.ansible_ini import Ini
from agent.inventories.ansible_model import Model
from agent.inventories.ansible_ways import VARIABLES, way_of, withheld
from agent.inventories.ansible_yaml import Yaml
from agent.inventories.files import text_of
from agent.inventories.listed import Listed
from agent.inventories.settings import Fleet
from agent.inventories.yaml_documents import Document

_YAML = frozenset([".yaml", ".yml", ".json"])


def hosts(fleet: Fleet) -> list[Listed]:
    """The hosts of the file. ``InventoryError`` with every fault."""
    assert fleet.file is not None  # noqa: S101 - the configuration's faults say so
    model, folders = read(fleet.file, VARIABLES.__contains__)
    listed = [_listed(name, model, folders, fleet.file.parent) for name in model.hosts]
    if folders.faults:
        raise InventoryError(*folders.faults)
    return listed


def read(file: Path, keeps: Callable[[str], bool]) -> tuple[Model, Folders]:
    """What the inventory says, and the folders beside it; of variables only those that are kept."""
    text = text_of(file)
    if text.startswith("#!"):
        raise InventoryError(
            f"{file}: is a program, which is not run; write what `ansible-inventory --list --yaml` says to a file and name that"
        )
    if text.startswith("$ANSIBLE_VAULT"):
        raise InventoryError(f"{file}: is encrypted; an inventory must be readable")
    model = Model(keeps)
    faults = _read_yaml(file, text, model) if _is_yaml(file, text) else _read_ini(file, text, model)
    if not faults:
        faults = [f"{file}: {fault}" for fault in model.finish()]
    if faults:
        raise InventoryError(*faults)
    return model, Folders(file.parent, model)


def _is_yaml(file: Path, text: str) -> bool:
    """As Ansible tells it: by the name; one without a suffix is YAML where it can be read so."""
    if file.suffix:
        return file.suffix in _YAML
    try:
        return isinstance(Document(file).root(text), yaml.MappingNode)
    except InventoryError:
        return False


def _read_yaml(file: Path, text: str, model: Model) -> list[str]:
    document = Document(file)
    Yaml(document, model).read(document.root(text))
    return document.faults


def _read_ini(file: Path, text: str, model: Model) -> list[str]:
    reader = Ini(str(file), model)
    reader.read(text)
    return reader.faults


def _listed(name: str, model: Model, folders: Folders, folder: Path) -> Listed:
    place, groups = model.hosts[name].place, model.groups_of(name)
    variables = model.variables_of(name, folders.variables)
    try:
        return Listed(name, groups, way_of(variables, folder), withheld=withheld(variables), place=place)
    except ValueError as fault:
        return Listed(name, groups, fault=f"{place}: {fault}", place=place)
