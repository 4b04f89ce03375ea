"""What the contents of a file are told as: pieces of text, and what could not be examined, with the reason."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_NAME = 255
"""Characters of a member's path; of a longer one, its beginning and its end."""


class Why(StrEnum):
    """Why something was not examined, or not all of it."""

    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    """It is not what its first bytes promise, or a reader failed on it."""
    TOO_LARGE = "too_large"
    """It holds, or expands to, more than the limits let in."""
    TOO_DEEP = "too_deep"
    """It lies in more containers than the limits allow."""
    TOO_MANY = "too_many"
    """The container has more members than the limits let in."""
    SAMPLED = "sampled"
    """A large table: some of its rows were read."""
    TIME = "time"
    """Reading it took longer than the limits let it."""
    IMAGE = "image"
    """A picture, or pages without text: only character recognition would see what is on it."""
    MEDIA = "media"
    """Sound or moving pictures."""
    OPAQUE = "opaque"
    """Of no known format, and its bytes have no order: packed or encrypted in an unknown way."""
    PROGRAM = "program"
    """Programs, object files, byte code, fonts, compiled translations: made by a tool, not written about people."""
    NO_READER = "no_reader"
    """A format that is known, but nothing here reads it, or its library is not installed."""
    DENIED = "denied"
    """The system did not let it be read."""
    CHANGED = "changed"
    """It was changed while it was read."""


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the text of a file or of one of its members. The pieces of a member follow each other."""

    member: str
    """Its path within the file, containers on the way divided by ``/``; empty for the file itself."""
    data: bytes
    """UTF-8 where the reader had to decode it, else the bytes as they stand."""
    last: bool = False
    """Whether it is the last piece of a text. A member is one text, or several: the sheets of a workbook have heads of their own."""


@dataclass(frozen=True, slots=True)
class Unexamined:
    """A file, a member or the rest of one that was not examined. What was told of it before still stands."""

    member: str
    why: Why


Piece = Text | Unexamined


def named(parent: str, name: str) -> str:
    """The path of a member within a container: printable and bounded, whatever the container calls it. What a container holds
    without a name goes by the container's.
    """
    if not name:
        return parent
    shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name[: LONGEST_NAME * 4])
    path = f"{parent}/{shown}" if parent else shown
    if len(path) <= LONGEST_NAME:
        return path
    half = LONGEST_NAME // 2
    return f"{path[:half]}\N{HORIZONTAL ELLIPSIS}{path[-half:]}"
