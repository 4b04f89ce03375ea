"""Ansible's inventories as YAML (ansible-core 2.19, ``plugins/inventory/yaml.py``)."""

import yaml

from agent.errors import InventoryError
from agent.inventories.ansible_model import Model
from agent.inventories.ansible_ranges import expanded
from agent.inventories.yaml_documents import Document

_SECTIONS = ("vars", "children", "hosts")
_MOST_GROUPS = 100_000
_DEEPEST = 40


class Yaml:
    """One document; the faults are gathered in it. What Ansible warns of and leaves out is a fault here."""

    def __init__(self, document: Document, model: Model) -> None:
        self.document = document
        self.model = model
        self._groups = 0

    def read(self, root: yaml.Node | None) -> None:
        """Read it all."""
        if not isinstance(root, yaml.MappingNode) or not root.value:
            raise InventoryError(f"{self.document.file}: must be groups by name")
        if any(key.value == "plugin" for key, _ in root.value):
            raise InventoryError(
                f"{self.document.file}: is the configuration of a plugin, which is not run; write what"
                " `ansible-inventory --list --yaml` says to a file and name that"
            )
        for name, key, value in self.document.pairs(root):
            self._group(name, key, value, 0)

    def _group(self, name: str, key: yaml.Node, node: yaml.Node, depth: int) -> bool:
        self._groups += 1
        if self._groups > _MOST_GROUPS or depth > _DEEPEST:
            raise InventoryError(f"{self.document.place(key)}: there are too many groups in groups")
        if not _is_text(key):
            self.document.fault(key, f"the name of a group must be text; put {name[:60]!r} in quotation marks")
            return False
        self.model.add_group(name)
        if _is_null(node):
            return True
        if not isinstance(node, yaml.MappingNode):
            self.document.fault(node, f"the group {name[:60]!r} must have hosts, children or vars")
            return True
        for section, at, value in self.document.pairs(node):
            if section not in _SECTIONS:
                self.document.fault(at, f"{section[:60]!r} is none of {', '.join(_SECTIONS)}")
            elif isinstance(value, yaml.ScalarNode) and _is_text(value):
                self._one(section, name, value.value, value, None, depth)
            elif isinstance(value, yaml.MappingNode):
                for each, its_key, its_value in self.document.pairs(value):
                    self._one(section, name, each, its_key, its_value, depth)
            elif not _is_null(value):
                self.document.fault(value, f"{section} must be a mapping")
        return True

    def _one(self, section: str, group: str, name: str, key: yaml.Node, value: yaml.Node | None, depth: int) -> None:
        try:
            if section == "vars":
                if self.model.keeps(name) or name == "ansible_group_priority":
                    self.model.set_variable(group, name, self.document.plain(value) if value is not None else None)
            elif section == "children":
                empty = yaml.ScalarNode("tag:yaml.org,2002:null", "", key.start_mark, key.end_mark)
                if self._group(name, key, empty if value is None else value, depth + 1):
                    self.model.add_child(group, name)
            else:
                self._hosts(group, name, key, value)
        except ValueError as fault:
            self.document.fault(key, str(fault))

    def _hosts(self, group: str, pattern: str, key: yaml.Node, value: yaml.Node | None) -> None:
        if not _is_text(key):
            raise ValueError(f"the name of a host must be text; put {pattern[:60]!r} in quotation marks")
        variables = {}
        if isinstance(value, yaml.MappingNode):
            pairs = self.document.pairs(value)
            variables = {name: self.document.plain(held) for name, _, held in pairs if self.model.keeps(name)}
        elif value is not None and not _is_null(value):
            raise ValueError(f"the variables of {pattern[:60]!r} must be a mapping")
        names, port = expanded(pattern)
        for host in names:
            self.model.add_host(host, group, port, self.document.place(key))
            for name, held in variables.items():
                self.model.set_variable(host, name, held)


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str"


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"
