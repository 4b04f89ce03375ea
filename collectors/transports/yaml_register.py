"""A register that is written in YAML, as the CSV that the parsers of registers read.

The file is a list of mappings; each key is a column, a list of words in a cell becomes words apart by spaces. Nothing is guessed:
``no`` and ``2026-01-31`` stay the text that they are. A first column ``#line`` tells where in the file each entry stands.
"""

import csv
import io

import yaml

from collectors.organization.rows import LINE
from collectors.transports.yaml_nodes import composed

_LARGEST = 8 << 20


class YamlRegisterError(ValueError):
    """The file is no such list; says where and what."""


def as_csv(text: str) -> str:
    """Rewrite it. ``YamlRegisterError`` with the line where it cannot be."""
    try:
        root = composed(text)
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise YamlRegisterError(f"line {line}: is not YAML: {fault.problem}") from fault
    except (yaml.YAMLError, RecursionError) as fault:
        raise YamlRegisterError("is not YAML") from fault
    if root is None:
        return ""
    if not isinstance(root, yaml.SequenceNode):
        raise YamlRegisterError(f"line {root.start_mark.line + 1}: is no list of entries, each begun with a dash")
    entries = [(entry.start_mark.line + 1, _entry(entry)) for entry in root.value]
    columns = list(dict.fromkeys(column for _, cells in entries for column in cells))
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([LINE, *columns])
    for line, cells in entries:
        writer.writerow([line, *(cells.get(column, "") for column in columns)])
        if written.tell() > _LARGEST:
            raise YamlRegisterError(f"is longer than {_LARGEST} bytes once its aliases are written out")
    return written.getvalue()


def _entry(node: yaml.Node) -> dict[str, str]:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise YamlRegisterError(f"line {line}: is no entry of names and values, such as `- person: Ana Souza`")
    cells: dict[str, str] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        where = f"line {key.start_mark.line + 1}"
        if not name or name == LINE:
            raise YamlRegisterError(f"{where}: has a key that is no name of a column")
        if name in cells:
            raise YamlRegisterError(f"{where}: {name} stands twice in one entry")
        cells[name] = _cell(value)
    return cells


def _cell(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)
    if isinstance(node, yaml.SequenceNode) and all(isinstance(one, yaml.ScalarNode) for one in node.value):
        return " ".join(str(one.value) for one in node.value)
    raise YamlRegisterError(f"line {node.start_mark.line + 1}: must be one value, or a list of words")
