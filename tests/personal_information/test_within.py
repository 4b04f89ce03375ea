"""What is packed behind or among something else is read, or told as not examined: it is never passed over."""

import bz2
import gzip
import lzma
import random
import sqlite3
import zlib
from pathlib import Path

import pytest

from tests.personal_information.read import tarred, told, zipped

WORDS = b"words of a member, which nobody sees from outside\n" * 3
ZIP = zipped({"a.txt": WORDS})
PACKED = gzip.compress(tarred({"a.txt": WORDS}))
SHELL = b"#!/bin/sh\n" + b"echo line of shell\n" * 500 + b"exit 0\n"
PROGRAM = b"MZ" + bytes(4000)
RANDOM = random.Random(1).randbytes(400_000)
PROSE = b"the words of a long text which goes on and on " * 6000


@pytest.mark.parametrize("before", [SHELL, b"junk\0\1\2 " * 100, PROGRAM, b"#!/usr/bin/env python3\n", PROSE, b"{}"])
def test_an_archive_at_the_end_of_something_else_is_read(before: bytes) -> None:
    texts, unexamined = told(before + ZIP)
    assert texts["a.txt"] == WORDS
    assert unexamined == ([("", "program")] if before is PROGRAM else [])


def test_two_archives_in_a_row_are_told() -> None:
    assert told(ZIP + zipped({"b": b"other"})) == ({"b": b"other"}, [("", "damaged")])


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("before", [SHELL, SHELL * 40, b"\0\1\2words" * 40, b"\0\1\2word" * 37448 + b"\0\1"])
def test_what_is_packed_behind_a_text_or_within_raw_bytes_is_read(before: bytes, pack: object) -> None:
    assert callable(pack)
    texts, unexamined = told(before + pack(tarred({"a.txt": WORDS})))
    assert texts["a.txt"] == WORDS
    assert unexamined == []
    texts, unexamined = told(tarred({"installer": before + pack(tarred({"a.txt": WORDS}))}))
    assert unexamined == [("installer", "no_reader")]


@pytest.mark.parametrize("begin", [b"head\0" * 20, bytes(600_000)])
def test_what_is_packed_behind_a_hole_or_zeros_is_read(begin: bytes, tmp_path: Path) -> None:
    with (tmp_path / "image").open("wb") as file:
        file.write(begin)
        file.seek(5_000_000)
        file.write(b"text\0" * 50 + PACKED)
    with (tmp_path / "image").open("rb", buffering=0) as file:
        texts, unexamined = told(file)
    assert (texts["a.txt"], unexamined) == (WORDS, [])


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (PROSE + zlib.compress(RANDOM), "opaque"),
        (b"some words " * 900 + RANDOM[:3000], "opaque"),
        (RANDOM[:100], "opaque"),
        (SHELL + b"7z\xbc\xaf\x27\x1c\0\4" + bytes(50), "no_reader"),
        (bytes(5000) + ZIP + bytes(70_000) + b"words", "no_reader"),
        (b"words\n-----BEGIN PGP MESSAGE-----\n\nhQEMAabcdefg\n", "encrypted"),
        (b"\x50\x2a\x4d\x18\4\0\0\0abcd\x28\xb5\x2f\xfd", "no_reader"),
        (b"\x02!L\x18\1abc", "no_reader"),
        (b"ORC\x08\x03" + bytes(30), "no_reader"),
        (b"\x37\x7f\x06\x82" + b"row of nobody", "no_reader"),
        (b"\0\x10rows" + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb", "no_reader"),
    ],
)
def test_what_cannot_be_read_is_told(file: bytes, why: str) -> None:
    assert {one for _, one in told(file)[1]} == {why}


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "shift-jis", "gbk", "koi8-r"])
def test_texts_in_other_character_sets_have_order(charset: str) -> None:
    words = {
        "shift-jis": "\u9867\u5ba2\u306e\u60c5\u5831",
        "gbk": "\u4f60\u597d\u4e16\u754c",
        "koi8-r": "\u0441\u043b\u043e\u0432\u043e",
    }
    text = f"{words.get(charset, chr(0xDF))} words\n"
    assert told(text.encode(charset) * 20_000)[1] == []


def test_a_folder_of_an_archive_that_holds_something_is_read() -> None:
    assert told(zipped({"a/": WORDS, "b/": b""})) == ({"a/": WORDS}, [])


def test_archives_of_tar_that_follow_each_other_are_read() -> None:
    texts, unexamined = told(tarred({"a": WORDS}) + tarred({"b": WORDS}))
    assert (texts, unexamined) == ({"a": WORDS, "b": WORDS}, [])
    assert told(tarred({"a": WORDS}) + b"junk" * 200)[1] == [("", "damaged")]


def test_an_old_archive_of_tar_has_no_mark() -> None:
    old = bytearray(tarred({"a.gz": gzip.compress(WORDS)}))
    old[257:265] = bytes(8)
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old[:512])
    assert told(bytes(old)) == ({"a.gz": WORDS}, [])


def test_streams_of_zlib_that_follow_each_other_are_read() -> None:
    assert told(zlib.compress(WORDS) + zlib.compress(b"more"))[0] == {"": WORDS + b"more"}
    assert told(zlib.compress(WORDS) + b"words")[1] == [("", "damaged")]


def test_cells_of_a_database_that_are_files_are_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("CREATE TABLE t (name, cell BLOB)")
        cells = (gzip.compress(WORDS), ZIP, b"\x89PNG\r\n\x1a\n" + bytes(99), "words in two bytes".encode("utf-16-le"))
        database.executemany("INSERT INTO t VALUES ('name', ?)", [(one,) for one in cells])
        database.execute("INSERT INTO t VALUES ('long', ?)", (PROSE * 8 + b"end",))
    database.close()
    with (tmp_path / "db").open("rb", buffering=0) as file:
        texts, unexamined = told(file)
    assert unexamined == [("t", "image")]
    assert texts["t"].endswith(b"end\n")
    assert texts["t/cell"] == WORDS + b"words in two bytes"
    assert texts["t/cell/a.txt"] == WORDS
