"""Which fields of an answer are kept. Everything else is left out before anybody sees it.

A mask names fields, and in braces the fields below them; lists are gone through::

    Reservations{Instances{InstanceId State{Name} MetadataOptions}}

A field without braces is kept whole.
"""

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*([A-Za-z0-9_.:-]+|[{}])")

Mask = Mapping[str, "Mask | None"]


def mask(text: str) -> Mask:
    """Understand a mask. ``ValueError`` where it is none."""
    tokens: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text!r} is no mask of fields: see character {at}")
        tokens.append(found.group(1))
        at = found.end()
    tokens.reverse()
    made = _fields(tokens)
    if tokens or not made:
        raise ValueError(f"{text!r} is no mask of fields: a brace is missing, or everything is")
    return made


def _fields(tokens: list[str]) -> Mask:
    fields: dict[str, Mask | None] = {}
    name = ""
    while tokens and tokens[-1] != "}":
        word = tokens.pop()
        if word == "{":
            if not name:
                raise ValueError("a brace follows no field")
            fields[name] = _fields(tokens)
            if not tokens or tokens.pop() != "}":
                raise ValueError("a brace is not closed")
            name = ""
        else:
            name = word
            fields[name] = None
    return fields


def kept(answer: Any, fields: Mask | None) -> Any:
    """What a mask keeps of an answer; a list is gone through, and what is no mapping is kept as it is."""
    if fields is None:
        return answer
    if isinstance(answer, list):
        return [kept(one, fields) for one in answer]
    if isinstance(answer, Mapping):
        return {name: kept(answer[name], below) for name, below in fields.items() if name in answer}
    return None if isinstance(answer, str | bytes) else answer
