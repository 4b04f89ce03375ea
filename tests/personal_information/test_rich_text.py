import pytest

from tests.personal_information.read import only_text, told, told_within


def rich(body: str) -> bytes:
    return (r"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}" + "\n" + body + "}").encode("latin-1")


def text(body: str) -> bytes:
    return only_text(rich(body)).removeprefix(b"Arial;")


def test_what_stands_in_several_runs_is_whole_again() -> None:
    assert (
        text(r"{\rtlch\fcs1 \b 12}{\insrsid5 3-\n 4}" + "\n" + r"{\b0 5\_6\~7}\par next\cell x\tab y\line z")
        == b"123-45-6 7\nnext\tx\ty\nz"
    )


def test_characters_by_their_numbers_are_decoded() -> None:
    assert text(r"Zo\'eb \u8364 ?5 \\ \{x\} \u-3913?") == "Zoë €5 \\ {x} \uf0b7".encode()


def test_control_words_that_begin_like_others_are_not_taken_for_them() -> None:
    assert text(r"a\pard\plain b\tabular c\pararsid77 d") == b"ab c d".replace(b" ", b"")


def test_pictures_and_embedded_objects_are_told() -> None:
    data = "\n".join("0123456789" * 12 for _ in range(100))
    texts, unexamined = told(rich(r"before{\pict\pngblip " + data + r"}{\object{\*\objdata " + data + "}}after"))
    assert texts[""].split() == [b"Arial;before", b"after"]
    assert unexamined == [("", "image"), ("", "no_reader")]


@pytest.mark.parametrize(
    "body",
    ["\\" * 3_000_001, "{" * 3_000_000, "\\u" * 1_000_000, "ab" * 1_500_000, "0" * 3_000_001, "\\a" + "b" * 3_000_000],
)
def test_what_never_ends_takes_no_more_time_than_any_other(body: str) -> None:
    assert told_within(20, rich(body))[1] == []


def test_a_text_of_many_blocks_is_told_whole() -> None:
    body = "\n".join(rf"{{\b {number}\par}}" for number in range(60_000))
    assert text(body).split() == [b"%d" % number for number in range(60_000)]


@pytest.mark.parametrize("begin", [b"{\\rtf1", b"{\\rtf", b"\r\n{\\rtf1", b"\xef\xbb\xbf{\\rtf1"])
def test_it_is_known_behind_a_mark_and_blank_lines(begin: bytes) -> None:
    assert only_text(begin + rb"\ansi \'77ords}").strip(b"\xef\xbb\xbf\r\n") == b"words"


def test_what_stands_in_for_a_character_is_left_out() -> None:
    assert only_text(rb"{\rtf1 12\u8211\'9634\u45?56}") == "12\N{EN DASH}34-56".encode()


def test_bytes_as_they_are_are_told() -> None:
    assert told(b"{\\rtf1 words\\bin4 \0\1\2\3}")[1] == [("", "no_reader")]
