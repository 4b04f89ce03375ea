"""Fields of answers, held to what AWS documents of them: whatever else stands there is not understood."""

from datetime import datetime
from typing import Any


def truth(value: Any) -> bool:
    """A boolean and nothing that could be taken for one. ``TypeError`` otherwise."""
    if not isinstance(value, bool):
        raise TypeError(f"a {type(value).__name__} is no boolean")
    return value


def count(value: Any) -> int:
    """How many. ``TypeError`` or ``ValueError`` where it is no such number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"a {type(value).__name__} is no number")
    if value < 0:
        raise ValueError("a count is not negative")
    return value


def several(value: Any) -> list[Any]:
    """A list. ``TypeError`` otherwise."""
    if not isinstance(value, list):
        raise TypeError(f"a {type(value).__name__} is no list")
    return value


def moment(value: Any) -> datetime:
    """A time of a known zone. ``TypeError`` or ``ValueError`` where it is none."""
    told = datetime.fromisoformat(value)
    if told.tzinfo is None:
        raise ValueError("a time without its zone")
    return told
