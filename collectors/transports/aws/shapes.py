"""Whether an answer has the types that AWS' service model gives its fields.

botocore passes on what a JSON answer holds, whatever its type: a flag that comes as the text ``false`` would be true to whoever
asks for it. Only fields that are kept are looked at, where the mask is known to be of the raw answer.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from collectors.kept import Mask

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes, str),
}
_DECODED = "policyDocumentType"
"""The shape of IAM's policies, which botocore hands out as mappings where they are JSON."""


def misfit(value: Any, shape: Any, mask: Mask | None = None, path: str = "") -> str:
    """The path of the first field whose type is not the model's; empty where all fit. None fits: JSON says so for nothing."""
    if value is None:
        return ""
    kind = shape.type_name
    if kind == "structure":
        return _in_structure(value, shape, mask, path)
    if kind == "list":
        return _in_list(value, shape, mask, path)
    if kind == "map":
        return _in_map(value, shape, mask, path)
    known = _TYPES.get(kind)
    if known is None or (shape.name == _DECODED and isinstance(value, dict | list)):
        return ""
    fits = isinstance(value, known) and not (isinstance(value, bool) and bool not in known)
    return "" if fits else path or "the answer"


def _in_structure(value: Any, shape: Any, mask: Mask | None, path: str) -> str:
    if not isinstance(value, Mapping):
        return path or "the answer"
    for name in value if mask is None else mask:
        member = shape.members.get(name)
        if member is not None and name in value:
            below = None if mask is None else mask[name]
            found = misfit(value[name], member, below, f"{path}.{name}" if path else name)
            if found:
                return found
    return ""


def _in_list(value: Any, shape: Any, mask: Mask | None, path: str) -> str:
    if not isinstance(value, list):
        return path
    for one in value:
        found = misfit(one, shape.member, mask, path) if one is not None else path
        if found:
            return found
    return ""


def _in_map(value: Any, shape: Any, mask: Mask | None, path: str) -> str:
    if not isinstance(value, Mapping):
        return path
    for name, one in value.items():
        if mask is None or name in mask:
            found = misfit(one, shape.value, None if mask is None else mask[name], f"{path}.*")
            if found:
                return found
    return ""


def unknown_fields(mask: Mask, shape: Any, path: str = "") -> Iterator[str]:
    """The fields of a mask that an answer cannot have: botocore leaves out what its model does not know."""
    while shape.type_name == "list":
        shape = shape.member
    for name, below in mask.items():
        if shape.type_name == "map":  # its keys are not in the model
            if below is not None:
                yield from unknown_fields(below, shape.value, f"{path}{name}.")
        elif shape.type_name != "structure" or name not in shape.members:
            yield f"{path}{name}"
        elif below is not None:
            yield from unknown_fields(below, shape.members[name], f"{path}{name}.")
