"""What stands around a candidate."""

import re
from dataclasses import dataclass

from collectors.personal_information.columns import Column, Columns
from collectors.personal_information.names import a_name_in

BEFORE = 160
AFTER = 80
"""How far words are looked for, in bytes."""
NAME = 160
_JOINED_BEFORE = re.compile(rb"[A-Za-z0-9_]|[0-9][.,+/:*\\=-]|[.%&~^@-]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A text and what is known of it."""

    text: bytes
    columns: Columns | None

    def __repr__(self) -> str:
        """Without the text: it may hold personal information."""
        return f"{type(self).__name__}({len(self.text)} bytes)"

    def near(self, start: int, end: int) -> bytes:
        """What stands before and after, within reach of a word; not the candidate itself."""
        return self.text[max(0, start - BEFORE) : start] + b"\n" + self.text[end : end + AFTER]

    def column(self, start: int) -> Column | None:
        """What the column holds in which it stands."""
        return self.columns.of(self.text, start) if self.columns else None

    def near_name(self, start: int, end: int) -> bool:
        """Whether what looks like a person's name stands within 160 bytes, or the text has a column of names."""
        if self.columns and self.columns.named:
            return True
        return a_name_in(self.text[max(0, start - NAME) : start] + b"\n" + self.text[end : end + NAME])

    def joined(self, start: int, end: int) -> bool:
        """Whether it is part of something longer: of a word, a decimal fraction, a longer row of groups, a path's or address' part."""
        before, after = self.text[max(0, start - 2) : start], self.text[end : end + 2]
        return bool(_BEFORE.search(before) or _AFTER.match(after))


_BEFORE = re.compile(rb"[A-Za-z0-9_.%&~^@$-]\Z|[0-9][,+/:*\\= ]?\Z")
_AFTER = re.compile(rb"[A-Za-z_%^@-]|[.,+/:*\\=][0-9]")
