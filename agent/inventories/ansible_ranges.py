"""Names of hosts as Ansible's inventories write them: several with one pattern, and with the port behind them.

``web[01:20].example.com``, ``db[a:f]``, ``n[0:9:3]-[1:2]``; ``web:2222``, ``[2001:db8::1]:2222``. As of ansible-core 2.19
(``plugins/inventory/__init__.py``, ``parsing/utils/addresses.py``).
"""

import ipaddress
import re
import string

from agent.inventories.listed import MOST_HOSTS

_RANGE = r"\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]"
_NUMBERS = re.compile(r"\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]", re.IGNORECASE)
_LABEL = rf"(?:\w|{_RANGE})(?:[\w-]|{_RANGE})*(?<![_-])"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.IGNORECASE)
_BRACKETED = re.compile(r"\[(.+)\]:([0-9]+)")
_WITH_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)")


def expanded(pattern: str) -> tuple[list[str], int | None]:
    """The hosts that a pattern stands for, and their port. ``ValueError`` says what is wrong."""
    name, port = pattern, None
    for form in (_BRACKETED, _WITH_PORT):
        if found := form.fullmatch(name):
            name, port = found[1], int(found[2])
    if not _is_address(name):
        name, port = pattern, None  # taken as it stands: no host that is called so is found, and that is told
    names = _expanded(name)
    if port is not None and not 0 < port < 65536:
        raise ValueError(f"{pattern[:80]!r}: a port is from 1 to 65535")
    return names, port


def _is_address(text: str) -> bool:
    if _HOST.fullmatch(text):
        return True
    try:
        ipaddress.ip_address(_NUMBERS.sub("0", text))
    except ValueError:
        return False
    return True


def _expanded(pattern: str) -> list[str]:
    """The first range is counted slowest."""
    names = [""]
    rest = pattern
    while "[" in rest:
        head, _, behind = rest.partition("[")
        inner, closed, rest = behind.partition("]")
        if not closed:
            raise ValueError(f"{pattern[:80]!r}: a range has no end")
        items = _items(inner, pattern)
        if len(names) * len(items) > MOST_HOSTS:
            raise ValueError(f"{pattern[:80]!r}: stands for more than {MOST_HOSTS} hosts")
        names = [f"{before}{head}{item}" for before in names for item in items]
    return [before + rest for before in names]


def _items(inner: str, pattern: str) -> list[str]:
    bounds = inner.split(":")
    if len(bounds) not in {2, 3} or not bounds[1]:
        raise ValueError(f"{pattern[:80]!r}: a range is [FIRST:LAST] or [FIRST:LAST:STEP]")
    first, last = bounds[0] or "0", bounds[1]
    step = (
        int(bounds[2]) if len(bounds) == 3 and re.fullmatch(r"[0-9]{1,9}", bounds[2]) else 1 if len(bounds) == 2 else 0
    )
    letters = string.ascii_letters
    if not step:
        raise ValueError(f"{pattern[:80]!r}: a step is a number that is more than 0")
    if len(first) == len(last) == 1 and first in letters and last in letters:
        items = list(letters[letters.index(first) : letters.index(last) + 1 : step])
    elif all(re.fullmatch(r"[0-9]{1,18}", one) for one in (first, last)):
        width = len(first) if len(first) > 1 and first.startswith("0") else 0
        if width and width != len(last):
            raise ValueError(f"{pattern[:80]!r}: first and last of a range must have as many digits")
        numbers = range(int(first), int(last) + 1, step)
        if len(numbers) > MOST_HOSTS:
            raise ValueError(f"{pattern[:80]!r}: stands for more than {MOST_HOSTS} hosts")
        items = [str(one).zfill(width) for one in numbers]
    else:
        raise ValueError(f"{pattern[:80]!r}: a range is of numbers or of single letters")
    if not items:
        raise ValueError(f"{pattern[:80]!r}: a range must begin before it ends")
    return items
