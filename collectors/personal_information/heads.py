"""Heads in a text that is laid out by blanks, as fixed-width tables and forms are: what stands right below one.

A head is a few words that two blanks, a tab, a bar or the end of the line part from all else. What stands below it, in the next line
that is not empty and no rule, is parted from all else in the same way and overlaps it, or begins or ends exactly where it does.
"""

import re

_LONGEST = 48
_REACH = 200
_LINES = 3
_GAP = re.compile(rb"  |[\t|\r\n]")
_PARTED = re.compile(rb"(?:  |[\t|\n] ?)\Z")
_LIST = re.compile(rb"[,;]")
_WORD = re.compile(rb"[0-9A-Za-z]")


def below(text: bytes, start: int, end: int, shape: re.Pattern[bytes]) -> re.Match[bytes] | None:
    """The first of a shape that stands below the head of which a word lies between two places."""
    line = text.rfind(b"\n", max(0, start - _REACH), start) + 1
    gap = _GAP.search(text, end, end + _LONGEST)
    stop = text.find(b"\n", end, end + _REACH)
    if not line or gap is None or stop < 0:
        return None
    first = line + max((one.end() for one in _GAP.finditer(text[line:start])), default=0)
    if gap.start() - first > _LONGEST or _LIST.search(text, first, gap.start()):
        return None
    for _ in range(_LINES):
        row, stop = stop + 1, text.find(b"\n", stop + 1, stop + 1 + _REACH)
        row_end = stop if stop >= 0 else row + _REACH
        if _WORD.search(text, row, row_end):
            left, right = first + row - line, gap.start() + row - line
            found = shape.finditer(text, row, row_end)
            return next((one for one in found if _is_below(text, row, one.span(), left, right)), None)
        if stop < 0:
            return None
    return None


def _is_below(text: bytes, row: int, cell: tuple[int, int], left: int, right: int) -> bool:
    """Whether what stands between two places of a row stands below a head, which would stand between two others of that row."""
    start, end = cell
    if start == left or end == right:
        return True
    parted = start == row or _PARTED.search(text, row - 1, start)
    return bool(parted and _GAP.match(text, end) and start < right and end > left)
