import pytest

from collectors.personal_information.readers.part import BLOCK
from tests.personal_information.read import only_text, told, told_within, zipped

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"
TYPES = {
    "[Content_Types].xml": '<?xml version="1.0"?>\n<Types><Default Extension="xml"/></Types>',
    "_rels/.rels": "<a>no</a>",
}


def docx(body: str, **others: bytes | str) -> bytes:
    """A document of Word with this body."""
    document = f'<?xml version="1.0"?>\n<w:document xmlns:w="x"><w:body>{body}</w:body></w:document>'
    return zipped({**TYPES, "word/document.xml": document, "word/styles.xml": "<w:s>Normal</w:s>", **others})


def paragraph(*runs: str) -> str:
    return "<w:p><w:pPr><w:jc/></w:pPr>" + "".join(f"<w:r><w:rPr/><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def test_what_stands_in_several_runs_is_whole_again() -> None:
    assert only_text(docx(paragraph("12", "3-4", "5-") + paragraph("next &amp; &#252;&#xe9;&lt;"))).strip() == (
        "123-45-\nnext & üé<".encode()
    )


def test_line_ends_between_tags_are_no_text() -> None:
    assert only_text(docx("<w:p>\n  <w:r>\n <w:t>12</w:t>\n </w:r>\n<w:r><w:t>34</w:t></w:r></w:p>")).strip() == b"1234"


def test_cells_are_divided_by_tabs_and_rows_by_line_ends() -> None:
    row = "<w:tr>" + "".join(f"<w:tc>{paragraph(one)}</w:tc>" for one in ("a", "b")) + "</w:tr>"
    assert only_text(docx(f"<w:tbl>{row}{row}</w:tbl>")).strip() == b"a\tb\t\na\tb"


def test_hyphens_tabs_and_breaks_are_characters() -> None:
    body = "<w:p><w:r><w:t>12</w:t><w:noBreakHyphen/><w:t>34</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>y</w:t></w:r></w:p>"
    assert only_text(docx(body)).strip() == b"12-34\tx\ny"


def test_headers_notes_comments_and_deleted_text_are_read() -> None:
    made = docx(
        "<w:p><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>",
        **{f"word/{name}.xml": f"<w:x>{paragraph(name)}</w:x>" for name in ("header1", "footnotes", "comments")},
    )
    assert only_text(made).split() == [b"deleted", b"header1", b"footnotes", b"comments"]


def test_values_beside_each_other_are_not_taken_together() -> None:
    made = docx(
        paragraph("words"),
        **{"customXml/item1.xml": "<a><n>12</n><m>34</m></a>", "docProps/app.xml": "<P>5</P><Q>6</Q>"},
    )
    assert only_text(made).split() == [b"words", b"12", b"34", b"5", b"6"]


def test_a_document_of_many_blocks_is_cut_between_tags() -> None:
    count = BLOCK // 20
    words = only_text(docx("".join(paragraph(f"{number}-", f"{number}") for number in range(count)))).split()
    assert words == [b"%d-%d" % (number, number) for number in range(count)]


def test_what_is_embedded_in_a_document_is_a_member() -> None:
    made = docx(
        paragraph("words"),
        **{
            "word/media/image1.png": PNG,
            "word/embeddings/a.docx": docx(paragraph("inner")),
            "docProps/thumbnail.jpeg": PNG,
        },
    )
    texts, unexamined = told(made)
    assert {name: text.strip() for name, text in texts.items()} == {"": b"words", "word/embeddings/a.docx": b"inner"}
    assert unexamined == [("word/media/image1.png", "image")]


def test_slides_and_their_notes_are_read() -> None:
    slide = "<p:sld><a:p><a:r><a:t>first </a:t></a:r><a:r><a:t>line</a:t></a:r></a:p><a:p><a:r><a:t>second</a:t></a:r></a:p></p:sld>"
    made = zipped(
        {**TYPES, "ppt/presentation.xml": "<p:p/>", "ppt/slides/slide1.xml": slide, "ppt/notesSlides/n.xml": slide}
    )
    assert only_text(made).split(b"\n")[1:3] == [b"first line", b"second"]
    assert only_text(made).count(b"second") == 2


OPEN_DOCUMENT = (
    "<office:document-content><text:h>Title</text:h><text:p>one<text:s/>two<text:span>-three</text:span><text:tab/>x"
    "<text:line-break/>y</text:p><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>"
    "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></office:document-content>"
)


def test_an_open_document_is_read() -> None:
    made = zipped(
        {"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": OPEN_DOCUMENT, "Pictures/a.png": PNG}
    )
    texts, unexamined = told(made)
    assert texts[""].strip() == b"Title\none two-three\tx\ny\na\tb"
    assert unexamined == [("Pictures/a.png", "image")]


def test_an_encrypted_open_document_is_told() -> None:
    manifest = '<manifest:file-entry><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry>'
    made = zipped({"mimetype": "x", "content.xml": b"\x8f\x01", "META-INF/manifest.xml": manifest})
    assert told(made) == ({}, [("", "encrypted")])


def test_a_damaged_document_is_told_as_far_as_it_goes() -> None:
    made = docx(
        paragraph("before"), **{"word/footer1.xml": paragraph("x" * 500), "word/footer2.xml": paragraph("after")}
    )
    at = made.index(b"word/footer1.xml") + len("word/footer1.xml")
    texts, unexamined = told(made[:at] + b"\xff" * 8 + made[at + 8 :])
    assert texts[""].split() == [b"before", b"after"]
    assert unexamined == [("", "damaged")]


@pytest.mark.parametrize(
    "body",
    [
        "<" * 3_000_000,
        "&" * 2_000_000,
        "<w:t>" * 600_000,
        ">\n" * 1_500_000,
        "<w:p" * 700_000 + ">",
        "<a:" + "a" * 3_000_000,
        "</" * 10**6,
    ],
)
def test_markup_that_never_ends_takes_no_more_time_than_any_other(body: str) -> None:
    texts, unexamined = told_within(20, docx(body))
    assert unexamined == []
    assert list(texts) == [""]


def test_blank_cells_of_a_table_keep_their_places() -> None:
    cells = '<table:table-cell table:style-name="a"/><table:table-cell table:number-columns-repeated="2"/><table:covered-table-cell/>'
    row = f"<table:table-row>{cells}<table:table-cell><text:p>last</text:p></table:table-cell></table:table-row>"
    end = '<table:table-row><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    made = zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": row + end})
    assert only_text(made).startswith(b"\t\t\t\tlast\t\n\t\n")


def test_xml_in_two_bytes_a_character_is_read() -> None:
    made = zipped({"word/document.xml": "<w:p><w:r><w:t>words of a document</w:t></w:r></w:p>".encode("utf-16")})
    assert b"words of a document" in only_text(made)


def test_what_is_no_markup_and_comments_are_text() -> None:
    made = zipped({"word/document.xml": b"<w:p><w:t><![CDATA[some words]]></w:t><!-- of nobody --></w:p>"})
    text = only_text(made)
    assert b"some words" in text
    assert b"of nobody" in text


def test_headers_of_an_open_document_and_masters_of_slides_are_read() -> None:
    styles = b"<style:header><text:p>words above</text:p></style:header>"
    made = zipped(
        {"mimetype": b"", "content.xml": b"<a/>", "styles.xml": styles, "Thumbnails/thumbnail.png": b"\x89PNG\r\n"}
    )
    assert b"words above" in only_text(made)
    slide = b"<a:p><a:t>words below</a:t></a:p>"
    assert b"words below" in only_text(
        zipped({"ppt/presentation.xml": b"", "ppt/slideMasters/slideMaster1.xml": slide})
    )


def test_no_member_hides_in_a_folder_of_a_document() -> None:
    texts, _ = told(zipped({"word/document.xml": b"<a/>", "word/theme/a.txt": b"words", "META-INF/b.txt": b"more"}))
    assert (texts["word/theme/a.txt"], texts["META-INF/b.txt"]) == (b"words", b"more")


def test_what_is_packed_in_its_own_way_is_told() -> None:
    assert told(zipped({"Index/Document.iwa": b"words"}))[1] == [("", "no_reader")]
