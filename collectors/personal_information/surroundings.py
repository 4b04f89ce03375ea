"""What stands around a candidate."""

import re
from dataclasses import dataclass

from collectors.personal_information.columns import Column, Columns
from collectors.personal_information.keywords import words_of
from collectors.personal_information.names import a_name_in

BEFORE = 160
AFTER = 80
"""How far words are looked for, in bytes."""
NAME = 160
"""How far a name is looked for."""
_LETTER_BEFORE = re.compile(rb"(?<!\\)[A-Za-z_]\Z|\\[^nrt]\Z")
_LETTER_AFTER = re.compile(rb"[A-Za-z_]")
_BEFORE = re.compile(rb"[.%&~^@$-]\Z|[0-9][,+/:*\\=]\Z")
_AFTER = re.compile(rb"[%^@-]|[.,+/:*\\=][0-9]")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A text and what is known of it."""

    text: bytes
    columns: Columns | None

    def __repr__(self) -> str:
        """Without the text: it may hold personal information."""
        return f"{type(self).__name__}({len(self.text)} bytes)"

    def words(self, start: int, end: int) -> bytes:
        """The words before and after, within reach; not the candidate itself."""
        return words_of(self.text[max(0, start - BEFORE) : start] + b"\n" + self.text[end : end + AFTER])

    def column(self, start: int) -> Column | None:
        """What the column holds in which it stands."""
        return self.columns.of(self.text, start) if self.columns else None

    def near_name(self, start: int, end: int) -> bool:
        """Whether what looks like a person's name stands within 160 bytes, or the text has a column of names."""
        if self.columns and self.columns.named:
            return True
        return a_name_in(self.text[max(0, start - NAME) : start] + b"\n" + self.text[end : end + NAME])

    def in_word(self, start: int, end: int) -> bool:
        """Whether letters touch it; that of a line break or tab as programs write it, behind a backslash, is none."""
        return bool(_LETTER_BEFORE.search(self.text[max(0, start - 2) : start]) or _LETTER_AFTER.match(self.text, end))

    def joined(self, start: int, end: int) -> bool:
        """Whether it is part of something longer: of a decimal fraction, a row of groups, an address."""
        return bool(_BEFORE.search(self.text[max(0, start - 2) : start]) or _AFTER.match(self.text, end))
