"""Files that somebody writes to while they are read: a log that grows was read, and nothing else was."""

import gzip
import os
from pathlib import Path

import pytest

from collectors.personal_information.contents import Limits, Text, Unexamined, Why, contents
from collectors.personal_information.limits import Budget, OverError
from collectors.personal_information.readers.part import BLOCK, Remembering


def change(path: Path, how: str) -> None:
    """Change a file that is being read."""
    match how:
        case "grown":
            with path.open("ab") as growing:
                growing.write(b"more words")
        case "touched":
            path.chmod(0o600)
        case "cut":
            os.truncate(path, 100)
        case "cut and grown":
            path.write_bytes(b"other " * 600_000)
        case _:
            times = path.stat()
            path.write_bytes(b"other " * 500_000)
            if how == "put back":
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("how", ["grown", "cut", "rewritten", "put back"])
def test_a_file_that_is_changed_while_it_is_read_is_told(how: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"words " * 500_000)
    os.utime(path, (0, 0))
    with path.open("rb", buffering=0) as file:
        assert not [one for one in contents(file) if isinstance(one, Unexamined)]
        pieces = contents(file)
        next(pieces)
        change(path, how)
        assert list(pieces)[-1] == Unexamined("", Why.CHANGED)


@pytest.mark.parametrize(
    "text", [b"words " * 500_000, "w\u00f6rter ".encode("utf-16") * 500_000, b"\x80words\x00 " * 500_000]
)
@pytest.mark.parametrize("how", ["grown", "touched", "cut", "cut and grown", "rewritten", "put back"])
def test_a_log_that_only_grows_while_it_is_read_was_read(text: bytes, how: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(text)
    with path.open("rb", buffering=0) as file:
        plain = list(contents(file))
        pieces = contents(file)
        told = [next(pieces)]
        change(path, how)
        told += pieces
    if how in {"grown", "touched"}:
        assert not [one for one in told if isinstance(one, Unexamined)]
        read, before = (b"".join(one.data for one in all_ if isinstance(one, Text)) for all_ in (told, plain))
        assert read.startswith(before[:2_000_000])
        assert len(read) >= len(before)
    else:
        assert told[-1] == Unexamined("", Why.CHANGED)


def test_an_archive_that_grows_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"words " * 500_000, 0))
    with path.open("rb", buffering=0) as file:
        pieces = contents(file)
        next(pieces)
        change(path, "grown")
        assert Unexamined("", Why.CHANGED) in list(pieces)


def test_a_log_that_has_grown_is_read_again_only_while_there_is_time(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"words " * 500_000)
    with path.open("rb", buffering=0) as file:
        log = Remembering(file)
        while log.read(BLOCK):
            pass
        assert log.is_at_end
        assert log.still_begins_so(Budget(Limits()))
        with pytest.raises(OverError):
            log.still_begins_so(Budget(Limits(seconds=-1)))
