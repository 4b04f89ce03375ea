import hashlib
import sys
import zlib

import pytest

from collectors.personal_information.contents import Limits
from tests.personal_information.read import only_text, told, zipped

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1; the first is the catalog."""
    made = bytearray(b"%PDF-1.7\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(made) + end % (len(objects) + 1, table, len(objects) + 1, trailer, len(made))


def stream(data: bytes, about: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), about, data)


def pages(*contents: bytes, notes: bytes = b"") -> bytes:
    """A page for each of these contents."""
    count = len(contents)
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(count))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), FONT]
    for at, one in enumerate(contents):
        about = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font << /F 3 0 R >> >> /Contents %d 0 R %s >>"
        objects += [about % (5 + 2 * at, notes), stream(one)]
    return pdf(*objects)


def line(text: str, y: int = 700) -> bytes:
    return b"BT /F 12 Tf 50 %d Td (%s) Tj ET\n" % (y, text.encode("latin-1"))


def test_the_text_of_all_pages_is_told() -> None:
    made = pages(line("first words", 700) + line("second line", 600), line("on page 2"))
    assert only_text(made).replace(b"\r", b"").split(b"\n\f") == [b"first words\nsecond line", b"on page 2", b""]
    assert told(zipped({"a.pdf": made}))[0]["a.pdf"].startswith(b"first words")


def test_what_stands_in_form_fields_and_notes_is_told() -> None:
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (the name) /V (typed in) /Rect [0 0 99 20] >>"
    note = b"<< /Type /Annot /Subtype /Text /Contents (a remark) /Rect [0 0 9 9] >>"
    text = only_text(pages(line("words"), notes=b"/Annots [%s %s]" % (field, note)))
    assert text.splitlines()[:4] == [b"words", b"the name", b"typed in", b"a remark"]


def test_pages_that_only_show_something_are_told_as_an_image() -> None:
    drawn = b"10 10 100 100 re f\n"
    assert told(pages(drawn))[1] == [("", "image")]
    texts, unexamined = told(pages(line("words"), drawn, b""))
    assert texts[""].startswith(b"words")
    assert unexamined == [("", "image")]
    assert told(pages(line("words"), b""))[1] == []
    assert told(pages(b""))[1] == [("", "image")]


def test_an_encrypted_file_is_told() -> None:
    # Revision 2 of the standard handler (ISO 32000-1, 7.6.3) with a password that nobody knows here.
    owner, user = hashlib.sha256(b"a").digest(), hashlib.sha256(b"b").digest()
    about = b"/Encrypt << /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >> /ID [<00> <00>]"
    trailer = about % (owner.hex().encode(), user.hex().encode())
    objects = (b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>")
    assert told(pdf(*objects, trailer=trailer)) == ({}, [("", "encrypted")])


def test_a_damaged_file_is_told() -> None:
    made = pages(line("words"))
    assert told(made[:100]) == ({}, [("", "damaged")])
    assert told(b"%PDF-1.7\n" + b"\x00\xff" * 5000) == ({}, [("", "damaged")])
    assert told(pdf(b"<< /Type /Catalog /Pages 1 0 R >>"))[1] != []


def test_a_file_whose_table_is_broken_is_still_read() -> None:
    made = pages(line("words")).replace(b"startxref\n", b"startxref\n9")
    assert only_text(made).startswith(b"words")


def test_pages_that_lead_back_to_themselves_end() -> None:
    made = pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 999999 >>")
    _, unexamined = told(made, Limits(seconds=20))
    assert {why for _, why in unexamined} <= {"damaged", "image", "time"}
    assert unexamined


def test_attachments_are_members() -> None:
    made = pdf(
        b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a) 4 0 R] >> >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
        b"<< /Type /Filespec /F (a.txt) /EF << /F 5 0 R >> >>",
        stream(zlib.compress(b"attached words " * 1000), b"/Type /EmbeddedFile /Filter /FlateDecode"),
    )
    texts, unexamined = told(made)
    assert texts["attachment 1"] == b"attached words " * 1000
    assert unexamined == [("", "image")]
    assert ("attachment 1", "too_large") in told(made, Limits(held=2000))[1]


def test_without_its_library_a_file_is_not_taken_for_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    assert told(pages(line("words"))) == ({}, [("", "no_reader")])


@pytest.mark.parametrize("before", [b"\n", b"\xef\xbb\xbf", b"\x1b%-12345X@PJL JOB\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_file_that_begins_behind_something_else_is_read(before: bytes) -> None:
    packed = pages(line("words"), zlib.compress(bytes(range(256)) * 20))
    assert only_text(before + packed).startswith(b"words")
    assert told(b"\0" + before + packed)[0][""].startswith(b"words")


def test_a_text_that_tells_of_such_files_is_a_text() -> None:
    text = b"A file begins with\n%PDF-1.7\nand goes on with\n1 0 obj\n"
    assert only_text(text) == text
