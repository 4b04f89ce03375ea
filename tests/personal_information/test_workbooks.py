import io
from collections.abc import Sequence

from collectors.personal_information.contents import Limits, Text, contents
from tests.personal_information.read import only_text, told, zipped

STRINGS = (
    '<?xml version="1.0"?>\n<sst><si><t>Name</t></si><si><r><t>Zo\u00eb </t></r><r><t xml:space="preserve">M. &amp; Co</t></r></si>'
    "<si/><si><t/></si><si><t>last</t></si></sst>"
)
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="000\\-00\\-0000"/>'
    '<numFmt numFmtId="165" formatCode="0.00"/></numFmts><cellStyleXfs><xf numFmtId="164"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164"><alignment/></xf><xf numFmtId="165"/></cellXfs></styleSheet>'
)


def rows(*cells: Sequence[str]) -> str:
    return (
        "<worksheet><sheetData>"
        + "".join(f'<row r="1">{"".join(one)}</row>' for one in cells)
        + "</sheetData></worksheet>"
    )


def shared(number: int) -> str:
    return f'<c t="s"><v>{number}</v></c>'


def number(value: str, style: int = 0) -> str:
    return f'<c s="{style}"><v>{value}</v></c>'


def xlsx(sheet: str, **others: bytes | str) -> bytes:
    members = {"xl/workbook.xml": "<workbook/>", "xl/sharedStrings.xml": STRINGS, "xl/styles.xml": STYLES}
    return zipped({**members, "xl/worksheets/sheet1.xml": sheet, **others})


def lines(made: bytes) -> list[list[str]]:
    return [line.split("\t")[1:] for line in only_text(made).decode().splitlines()]


def test_rows_are_told_with_the_strings_that_their_cells_share() -> None:
    sheet = rows([shared(0), shared(4)], [shared(1), number("12")], [shared(2), shared(3), shared(99), '<c r="D1"/>'])
    assert lines(xlsx(sheet)) == [["Name", "last"], ["Zoë M. & Co", "12"], ["", "", "", ""]]


def test_whole_numbers_are_told_in_full_and_with_the_dashes_of_their_format() -> None:
    sheet = rows(
        [number("1.2345678901234E+13"), number("1E-3"), number("0.5"), number("12345678", 1), number("12345678", 2)]
    )
    assert lines(xlsx(sheet)) == [["12345678901234", "1E-3", "0.5", "012-34-5678", "12345678"]]
    assert lines(xlsx(rows([number("1234567890", 1), number("1.5", 1)]))) == [["1234567890", "1.5"]]


def test_formulas_inline_strings_and_prefixed_names_are_read() -> None:
    sheet = rows(
        ['<c r="A1"><f>A2*"&lt;"</f><v>7</v></c>', '<c t="str"><f>x</f><v>text</v></c>'],
        ['<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>', '<c t="b"><v>1</v></c>'],
    )
    assert lines(xlsx(sheet)) == [["7", "text"], ["inline", "1"]]
    prefixed = sheet.replace("<c ", "<x:c ").replace("</c>", "</x:c>").replace("<v>", "<x:v>").replace("</v>", "</x:v>")
    assert lines(xlsx(prefixed.replace("row>", "x:row>").replace("</x:", "</x:"))) != []


def test_comments_and_what_a_pivot_table_keeps_are_read() -> None:
    kept = '<pivotCacheRecords><r><s v="kept &amp; told"/><n v="5"/></r></pivotCacheRecords>'
    made = xlsx(
        rows([shared(0)]),
        **{"xl/comments1.xml": "<comment><t>a remark</t></comment>", "xl/pivotCache/pivotCacheRecords1.xml": kept},
    )
    text = only_text(made)
    assert b"a remark" in text
    assert b"kept & told\n5\n" in text


def test_pictures_in_a_workbook_are_members() -> None:
    made = xlsx(rows([shared(0)]), **{"xl/media/image1.png": b"\x89PNG\r\n\x1a\n\0\0"})
    assert told(made)[1] == [("xl/media/image1.png", "image")]


def test_a_sheet_of_many_blocks_is_told_whole() -> None:
    sheet = rows(*([number(str(at)), shared(0)] for at in range(60_000)))
    assert lines(xlsx(sheet)) == [[str(at), "Name"] for at in range(60_000)]


def test_strings_that_are_too_many_to_be_kept_are_told_apart_from_their_cells() -> None:
    strings = "<sst>" + "".join(f"<si><t>s{at}</t></si>" for at in range(500_002)) + "</sst>"
    texts, unexamined = told(xlsx(rows([shared(0), number("77")]), **{"xl/sharedStrings.xml": strings}))
    assert texts[""].startswith(b"s0\ns1\n")
    assert b"s500001\n" in texts[""]
    assert texts[""].endswith(b"77\n")
    assert unexamined == []


def test_a_workbook_whose_sheet_never_ends_is_cut() -> None:
    texts, unexamined = told(xlsx("<c><v>1" * 500_000), Limits(member=2_000_000))
    assert unexamined == [("", "too_large")]
    assert texts[""].startswith(b"\t1\t1")


def test_a_binary_workbook_is_told_as_far_as_its_text_goes() -> None:
    made = zipped(
        {
            "xl/workbook.bin": b"\x83\x01\x00",
            "xl/sharedStrings.bin": b"\x13\x05" + "some words".encode("utf-16-le") + b"\0\1",
        }
    )
    texts, unexamined = told(made)
    assert b"some words" in texts["xl/sharedStrings.bin"]
    assert unexamined == [("", "no_reader")]


def at(place: str, value: str) -> str:
    return f'<c r="{place}"><v>{value}</v></c>'


def test_cells_that_are_left_out_are_blank() -> None:
    sheet = rows([at("A1", "1"), at("B1", "2"), at("D1", "4")], [at("C2", "3"), "<c><v>4</v></c>"], [at("AB3", "28")])
    assert lines(xlsx(sheet)) == [["1", "2", "", "4"], ["", "", "3", "4"], [""] * 27 + ["28"]]
    assert only_text(xlsx(rows([at("XFD1", "far")], [at("ZZZ2", "further")]))).count(b"\t") == 512


def test_each_sheet_is_a_text_with_heads_of_its_own() -> None:
    cover, staff = rows([shared(0)]), rows([shared(4)])
    made = xlsx(cover, **{"xl/worksheets/sheet2.xml": staff})
    texts: list[bytes] = [b""]
    for piece in contents(io.BytesIO(made)):
        assert isinstance(piece, Text)
        texts[-1] += piece.data
        texts += [b""] * piece.last
    assert texts == [b"\tName\n", b"\tlast\n", b""]
