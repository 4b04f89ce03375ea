import os
import random
import time

import pytest

from collectors.personal_information.readers.part import BLOCK
from collectors.personal_information.sniffing import Family, family
from tests.personal_information.read import only_text, told

TEXT = "Zoë Müller, 12 rue de l'Église, 5 € \N{EN DASH} and a second line\n"
NOISE = random.Random(1).randbytes(1 << 16)


def test_plain_text_is_told_as_it_stands() -> None:
    for data in (TEXT.encode(), TEXT.encode("latin-1", "replace"), b"x", b"id,name\r\n1,Zo\xeb\r\n" * 50_000):
        assert only_text(data) == data


def test_an_empty_file_has_nothing_to_tell() -> None:
    assert told(b"") == ({}, [])


def test_a_file_is_told_in_blocks_and_the_last_is_marked(tmp_path: object) -> None:
    data = b"0123456789abcde\n" * (BLOCK // 8)
    assert only_text(data) == data


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_wide_text_is_told_in_utf_8(encoding: str, mark: str) -> None:
    assert only_text((mark + TEXT).encode(encoding)) == TEXT.encode()
    long = TEXT * 20_000
    assert only_text((mark + long).encode(encoding)) == long.encode()


def test_wide_text_that_is_broken_is_told_as_far_as_it_is_text() -> None:
    broken = "\ufeff".encode("utf-16-le") + b"\x00\xd8" + "after".encode("utf-16-le") + b"\x00"
    text = only_text(broken).decode()
    assert "after" in text
    assert "\N{REPLACEMENT CHARACTER}" in text


def test_bytes_of_no_known_format_are_told_as_they_stand_and_then_what_is_wide_among_them() -> None:
    data = b"\x01\x02\x00\x03 narrow \x00\x00\x05" + "wide words".encode("utf-16-le") + b"\x00\x01\x02" * 100
    text = only_text(data)
    assert text.startswith(data)
    assert text.removeprefix(data).split() == [b"wide", b"words"]


@pytest.mark.parametrize("before", range(BLOCK - 30, BLOCK + 4))
def test_wide_text_across_two_blocks_is_told_once_and_whole(before: int) -> None:
    data = b"\x01" * before + "fifteen letters".encode("utf-16-le") + b"\x01" * 100
    data = b"\x00" + data[1:]
    assert only_text(data).removeprefix(data).strip() == b"fifteen letters"


def test_wide_text_at_the_very_end_is_told() -> None:
    data = b"\x01\x00\x02\x03" * 50 + "the end".encode("utf-16-le")
    assert only_text(data).removeprefix(data).strip() == b"the end"


@pytest.mark.parametrize("size", [800, 2000, 5000, 1 << 16])
def test_bytes_without_order_are_not_taken_for_examined(size: int) -> None:
    for seed in range(50):
        noise = b"\1" + random.Random(seed).randbytes(size)
        assert told(noise) == ({}, [("", "opaque")])


def test_packed_or_encrypted_bytes_without_a_zero_are_not_either() -> None:
    assert told(NOISE) == ({}, [("", "opaque")])
    assert told(NOISE.replace(b"\0", b"\1")) == ({}, [("", "opaque")])


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image"),
        (b"BM" + (1000).to_bytes(4, "little") + bytes(4), "image"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image"),
        (b"\0\0\0\x18ftypheic", "image"),
        (b"\0\0\0\x18ftypmp42", "media"),
        (b"ID3\x04\0\0\0", "media"),
        (b"RIFF\0\0\0\0WAVEfmt ", "media"),
        (b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00", "program"),
        (b"\x7fELF\x01\x02\x01" + bytes(9) + b"\x00\x02", "program"),
        (b"MZ\x90\0\x03\0\0\0", "program"),
        (b"\xa7\r\r\n\0\0\0\0", "program"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "program"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "no_reader"),
        (b"\x28\xb5\x2f\xfd\x04\0", "no_reader"),
        (b"PAR1\x15\0", "no_reader"),
        (b"070701" + b"0" * 104, "no_reader"),
        (b"LUKS\xba\xbe\0\x02", "encrypted"),
        (b"Salted__\x01\x02", "encrypted"),
        (b"-----BEGIN PGP MESSAGE-----\n\n", "encrypted"),
        (b"\x85\x01\x8c\x03\0\x01", "encrypted"),
        (b"\x84\x5e\x03\0\x01", "encrypted"),
        (b"$ANSIBLE_VAULT;1.1;AES256\n3032\n", "encrypted"),
    ],
)
def test_what_is_no_text_is_told_with_its_reason(head: bytes, why: str) -> None:
    assert told(head + b"\x00\x01 and so on") == ({}, [("", why)])


@pytest.mark.parametrize(
    "text",
    [
        b"BMW 320, owner: see file\n",
        b"MZ is what old programs begin with\n",
        b"x\x9crather a letter in another alphabet\n",
        b"from os import path\nimport re\n",
        b"From here on, nothing is a letter.\nNote: this is none either.\n",
        b"Received wisdom says: nothing.\n",
        b"name: value\nother: value\n" * 100,
        b"Manifest-Version: 1.0\r\nName: a\r\n b\r\n" * 200,
        b"Note: value\r\n" * 300 + b"not a field",
        b"II*an odd title\n",
        b"ID3 is how music is tagged\n",
        b"LZIP, xar and the like\n",
        b"070701,5,6\n070702,7,8\n",
        b"BZh means nothing here\n",
        b"OggS is no word\n",
    ],
)
def test_a_text_that_begins_like_something_else_is_a_text(text: bytes) -> None:
    assert only_text(text) == text


def test_what_a_process_had_in_memory_is_read() -> None:
    core = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x04\x00" + b"\x01" * 50 + b"in memory" + bytes(50)
    assert only_text(core).startswith(core)


def test_a_file_is_read_from_its_beginning_and_left_open(tmp_path: object) -> None:
    with open(os.memfd_create("a"), "w+b", buffering=0) as file:  # noqa: PTH123
        file.write(b"some words")
        assert told(file) == ({"": b"some words"}, [])
        assert not file.closed


@pytest.mark.parametrize(
    "head",
    [
        b"Name: a\r\n b\r\n" * 10_000,
        b"A:" * 130_000,
        b"From " + b"12:34" * 50_000,
        b"a" * BLOCK,
        b"A: " + b"\r" * BLOCK,
        b"Name-" * 50_000,
        b"From " + b"1" * 299 + b"00:00" + b"\n" + b"a" * BLOCK,
    ],
)
def test_what_a_file_is_is_said_at_once(head: bytes) -> None:
    began = time.thread_time()
    for _ in range(20):
        assert family(head) is Family.PLAIN
    assert time.thread_time() - began < 0.5


def test_calendars_and_cards_are_told_with_whole_lines() -> None:
    assert only_text(b"BEGIN:VCALENDAR\r\nDESCRIPTION:some wo\r\n rds\r\nEND:VCALENDAR\r\n").startswith(
        b"BEGIN:VCALENDAR\r\nDESCRIPTION:some words\r\n"
    )
    card = b"BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE:some=20=\r\nwords=2D\r\nEND:VCARD\r\n"
    assert b":some words-\r\n" in only_text(card)


def test_ebcdic_is_read() -> None:
    assert only_text("Some words of 17 mainframes, 3 lines.\x85".encode("cp037") * 3).startswith(
        b"Some words of 17 main"
    )
