import io
import struct

import pytest

from collectors.personal_information.contents import Text, contents
from tests.personal_information.old_office import begin, cell, compound, narrow, record, wide, workbook
from tests.personal_information.read import only_text, told, zipped


def text(*records: bytes) -> bytes:
    return only_text(workbook(records)).strip()


def test_the_streams_of_a_compound_file_are_its_text() -> None:
    made = compound(
        {
            "WordDocument": b"\xec\xa5\xc1\x00"
            + bytes(500)
            + "wide words".encode("utf-16-le")
            + b"\x01\x02narrow words"
            + bytes(5000),
            "small": "a message of few words".encode("utf-16-le"),
            "\x05SummaryInformation": b"\xfe\xff\x00\x00A. Author\0",
        }
    )
    found = only_text(made)
    assert all(one in found for one in (b"wide words", b"narrow words", b"a message of few words"))


def test_an_attachment_in_a_message_is_a_member() -> None:
    made = compound(
        {
            "__substg1.0_1000001F": "some body of text".encode("utf-16-le"),
            "__substg1.0_37010102": zipped({"a": "inner"}),
        }
    )
    texts, unexamined = told(made)
    assert texts[""].strip() == b"some body of text"
    assert texts["__substg1.0_37010102/a"] == b"inner"
    assert unexamined == []


@pytest.mark.parametrize(
    "streams",
    [
        {"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"x"},
        {"WordDocument": b"\xec\xa5\xc1\x00" + bytes(7) + b"\x01" + b"secret words" * 500},
        {"PowerPoint Document": b"x" * 100, "EncryptedSummary": b"y"},
        {"Workbook": begin() + record(0x2F, b"\x01\x00") + b"\x99" * 200},
    ],
)
def test_an_encrypted_document_is_told(streams: dict[str, bytes]) -> None:
    texts, unexamined = told(compound(streams))
    assert ("", "encrypted") in unexamined
    assert b"secret" not in b"".join(texts.values())


def test_cells_of_an_old_workbook_are_told_row_by_row() -> None:
    strings = record(
        0xFC, struct.pack("<2I", 3, 3) + narrow("N\xe4me") + wide("日本") + b"\x02\x00\x08\x01\x00ab" + bytes(4)
    )
    found = text(
        begin(),
        strings,
        begin(),
        cell(0xFD, 0, 0, struct.pack("<I", 0)),
        cell(0xFD, 0, 1, struct.pack("<I", 1)),
        cell(0xFD, 1, 0, struct.pack("<I", 2)),
        cell(0x203, 1, 1, struct.pack("<d", 123456789012.0)),
        cell(0x204, 2, 0, narrow("label")),
        cell(0x27E, 2, 1, struct.pack("<i", 78051 << 2 | 2)),
        cell(0x27E, 2, 2, struct.pack("<i", 12345 << 2 | 3)),
        record(0xBD, struct.pack("<2H", 3, 0) + struct.pack("<HiHi", 0, 5 << 2 | 2, 0, 6 << 2 | 2) + b"\x01\x00"),
        cell(0x06, 4, 0, struct.pack("<d", 1.5) + bytes(8)),
        cell(0x06, 4, 1, b"\0\0\0\0\0\0\xff\xff" + bytes(8)),
        record(0x207, narrow("of a formula")),
    )
    assert found.decode() == "Näme\t日本\nab\t123456789012\nlabel\t78051\t123.45\n5\t6\n1.5\tof a formula"


def test_a_table_of_strings_goes_on_within_a_string_in_another_width() -> None:
    first = struct.pack("<2I", 2, 2) + struct.pack("<HB", 6, 0) + b"abc"
    found = text(
        begin(),
        record(0xFC, first),
        record(0x3C, b"\x01" + "d\u20acf".encode("utf-16-le") + narrow("next")),
        cell(0xFD, 0, 0, struct.pack("<I", 0)),
        cell(0xFD, 0, 1, struct.pack("<I", 1)),
        cell(0xFD, 0, 2, struct.pack("<I", 99)),
    )
    assert found == "abcd\u20acf\tnext".encode()


def test_a_number_is_told_with_the_dashes_of_its_format() -> None:
    found = text(
        begin(),
        record(0x41E, struct.pack("<H", 164) + narrow("000\\-00\\-0000")),
        record(0xE0, struct.pack("<2H", 0, 0) + bytes(16)),
        record(0xE0, struct.pack("<2H", 0, 164) + bytes(16)),
        cell(0x203, 0, 0, struct.pack("<d", 12345678), style=1),
        cell(0x203, 0, 1, struct.pack("<d", 12345678)),
        cell(0x27E, 0, 2, struct.pack("<i", 1234 << 2 | 2), style=1),
    )
    assert found == b"012-34-5678\t12345678\t000-00-1234"


def test_text_boxes_and_the_workbooks_of_excel_95_are_read() -> None:
    assert text(begin(), record(0x1B6, bytes(18)), record(0x3C, b"\x00a remark"), record(0x3C, b"\0")) == b"a remark"
    assert text(begin(0x500), cell(0x204, 0, 0, b"\x03\x00abc")) == b"abc"


def test_a_sheet_that_claims_to_be_large_takes_no_memory() -> None:
    assert (
        text(begin(), cell(0x203, 0, 0, struct.pack("<d", 1)), cell(0x203, 0xFFFF, 0xFFFF, struct.pack("<d", 2)))
        == b"1\n2"
    )


def test_a_damaged_workbook_is_told_as_far_as_it_goes() -> None:
    data = begin() + cell(0x204, 0, 0, narrow("before")) + record(0x203, b"\0")
    assert told(compound({"Workbook": data.ljust(4096, b"\0")})) == ({"": b"\n\nbefore"}, [("", "damaged")])
    data = begin() + struct.pack("<2H", 0x204, 0xFFFF) + b"x"
    assert told(compound({"Workbook": data.ljust(4096, b"\0")}))[1] == [("", "damaged")]


def test_a_damaged_compound_file_is_told() -> None:
    made = compound({"a": b"words " * 1000, "b": b"more words"})
    assert told(made[:400]) == ({}, [("", "damaged")])
    assert told(made[:-6100])[1] == [("", "damaged")]
    assert told(made[:30] + b"\x20\x00" + made[32:]) == ({}, [("", "damaged")])


def test_chains_that_lead_back_to_themselves_end() -> None:
    made = bytearray(compound({"a": b"words " * 100_000}))
    table = struct.unpack_from("<128I", made, 512)
    directory = next(at for at, one in enumerate(table) if one == 0xFFFFFFFE)
    struct.pack_into("<I", made, 512 + 4 * directory, directory)
    assert told(bytes(made)) == ({}, [("", "damaged")])
    made = bytearray(compound({"a": b"words " * 100_000}))
    struct.pack_into("<I", made, 512 + 4 * 100, 99)
    texts, unexamined = told(bytes(made))
    assert len(texts[""]) <= 600_000 + 10
    assert unexamined == []


def test_cells_that_are_not_there_are_blank() -> None:
    found = text(
        begin(),
        cell(0x204, 0, 0, narrow("a")),
        cell(0x204, 0, 2, narrow("c")),
        cell(0x204, 1, 1, narrow("b")),
        record(0xBD, struct.pack("<2H", 2, 1) + struct.pack("<Hi", 0, 1 << 2 | 2) * 2 + struct.pack("<H", 2)),
        cell(0x204, 2, 4, narrow("e")),
    )
    assert found == b"a\t\tc\n\tb\n\t1\t1\t\te"


def test_each_sheet_of_an_old_workbook_is_a_text_with_heads_of_its_own() -> None:
    data = begin() + b"".join(begin() + cell(0x204, 0, 0, narrow(word)) for word in ("first", "second"))
    pieces = [
        one for one in contents(io.BytesIO(compound({"Workbook": data.ljust(4096, b"\0")}))) if isinstance(one, Text)
    ]
    texts = b"".join(one.data + b"\f" * one.last for one in pieces).split(b"\f")
    assert [one.strip(b"\0\n") for one in texts if one.strip(b"\0\n")] == [b"first", b"second"]
