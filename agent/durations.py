"""Times as people write them: ``30s``, ``5m``, ``1h``, ``7d``, ``2w``."""

import re
from datetime import timedelta

_DURATION = re.compile(r"(\d{1,6})\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def as_duration(text: str) -> timedelta:
    """What a text stands for; ``ValueError`` where it is no such time."""
    matched = _DURATION.fullmatch(text.strip())
    if not matched:
        raise ValueError(text)
    return timedelta(seconds=int(matched.group(1)) * _SECONDS[matched.group(2)])
