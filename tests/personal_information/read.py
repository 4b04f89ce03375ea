"""What the tests say of a file's contents."""

import io
import tarfile
import time
import zipfile
from collections.abc import Mapping
from typing import BinaryIO

from collectors.personal_information.contents import Limits, Text, Unexamined, contents


def told(file: bytes | BinaryIO, limits: Limits | None = None) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """The texts by member, and what was not examined. Holds what is promised of the order of pieces."""
    texts: dict[str, bytes] = {}
    unexamined: list[tuple[str, str]] = []
    going_on: str | None = None
    for piece in contents(io.BytesIO(file) if isinstance(file, bytes) else file, limits or Limits()):
        if isinstance(piece, Unexamined):
            assert going_on is None
            unexamined.append((piece.member, piece.why.value))
            continue
        assert isinstance(piece, Text)
        assert going_on in {None, piece.member}
        texts[piece.member] = texts.get(piece.member, b"") + piece.data
        going_on = None if piece.last else piece.member
    assert going_on is None
    return texts, unexamined


def told_within(seconds: float, file: bytes) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    """The same, in fewer seconds of the processor; how long it has to wait for one is another matter."""
    began = time.thread_time()
    said = told(file, Limits(seconds=10 * seconds))
    assert time.thread_time() - began < seconds
    return said


def only_text(file: bytes) -> bytes:
    """The text of a file that is one text and was examined wholly."""
    texts, unexamined = told(file)
    assert unexamined == []
    assert list(texts) == [""]
    return texts[""]


def zipped(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(members: Mapping[str, bytes], format_: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive with these regular files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format_) as archive:
        for name, data in members.items():
            about = tarfile.TarInfo(name)
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return made.getvalue()
