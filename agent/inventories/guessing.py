"""Which format an inventory has that somebody names without saying so: told by its name, or by what certainly is in it."""

import re
from pathlib import Path

import yaml

from agent.errors import InventoryError
from agent.inventories.files import text_of
from agent.inventories.settings import Fleet
from agent.inventories.yaml_documents import Document

_OURS = frozenset(["defaults", "groups", "hosts"])
_OF_A_GROUP = frozenset(["hosts", "vars", "children"])
_OPENSSH = re.compile(r"(?:Host|Match|Include)[ \t=]", re.IGNORECASE)
_SECTION = re.compile(r"\[[^\]\s]+\]")


def guessed(file: Path) -> str:
    """The format; empty where it is not certain. ``InventoryError`` where the file cannot be read."""
    certain = Fleet(file=file).known_format
    if certain:
        return certain
    text = text_of(file)
    try:
        root = Document(file).root(text)
    except InventoryError:
        root = None
    if isinstance(root, yaml.SequenceNode):
        is_list_of_targets = all(isinstance(one, yaml.MappingNode) for one in root.value)
        return "prometheus" if is_list_of_targets and root.value else ""
    if isinstance(root, yaml.MappingNode):
        return _of_mapping(root)
    lines = (line.strip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.startswith(("#", ";"))), "")
    if _OPENSSH.match(first):
        return "openssh"
    return "ansible" if _SECTION.match(first) else ""


def _of_mapping(root: yaml.MappingNode) -> str:
    ours = bool(root.value) and all(key.value in _OURS for key, _ in root.value)
    ansible = bool(root.value) and all(_is_group(value) for _, value in root.value)
    if ours == ansible:  # it may be of both, or of none
        return ""
    return "wispwatch" if ours else "ansible"


def _is_group(node: yaml.Node) -> bool:
    """Whether Ansible would take it for a group: nothing, or hosts, children and variables."""
    if isinstance(node, yaml.MappingNode):
        return all(key.value in _OF_A_GROUP for key, _ in node.value)
    return node.tag == "tag:yaml.org,2002:null"
