import base64
import email.policy
import gzip
import mailbox
from email.message import EmailMessage
from pathlib import Path

import pytest

from collectors.personal_information.contents import Limits
from tests.personal_information.read import only_text, told, told_within, zipped

UNIX = email.policy.SMTP.clone(linesep="\n")


def message(text: str = "some words\n", **parts: bytes) -> EmailMessage:
    """A message with attachments."""
    made = EmailMessage()
    made["From"] = "a@example.org"
    made["Message-ID"] = "<1@example.org>"
    made["Subject"] = "Grüße"
    made.set_content(text, cte="quoted-printable")
    for name, data in parts.items():
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return made


@pytest.mark.parametrize("policy", [UNIX, email.policy.SMTP])
def test_a_message_is_read_with_its_attachments(policy: email.policy.EmailPolicy) -> None:
    long = b"".join(b"%d lines\n" % at for at in range(50_000))
    made = message(
        "Zoë writes = more\n" * 100, a_txt=b"attached", b_gz=gzip.compress(long), c_zip=zipped({"d": "inner"})
    )
    texts, unexamined = told(made.as_bytes(policy=policy))
    assert unexamined == []
    assert "Grüße".encode() in texts[""]
    assert texts[""].count("Zoë writes = more".encode()) == 100
    assert (texts["a.txt"], texts["b.gz"], texts["c.zip/d"]) == (b"attached", long, b"inner")


def test_alternatives_and_messages_in_messages_are_read() -> None:
    inner = message("inner words\n", x_txt=b"far inside")
    outer = message("outer words\n")
    outer.add_alternative("<p>html words</p>", subtype="html")
    outer.make_mixed()
    outer.attach(inner)
    texts, unexamined = told(outer.as_bytes(policy=UNIX))
    assert unexamined == []
    found = b"".join(texts.values())
    assert all(one in found for one in (b"outer words", b"<p>html words</p>", b"inner words", b"far inside"))


def test_a_mailbox_is_read_message_by_message(tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "box")
    for at in range(50):
        box.add(message(f"words {at}\nFrom here on, others\n", **{f"n{at}_txt": b"attached %d" % at}))
    box.close()
    texts, unexamined = told((tmp_path / "box").read_bytes())
    assert unexamined == []
    assert [texts[f"n{at}.txt"] for at in range(50)] == [b"attached %d" % at for at in range(50)]
    assert all(b"words %d\n" % at in texts[""] for at in range(50))


def test_the_name_of_an_attachment_may_be_anything() -> None:
    head = b"Message-ID: <1>\nContent-Type: application/x; name="
    for name in (
        b'"../../etc/x"',
        b"",
        b'"\x1b[2J"',
        b"=?utf-8?b?!!!?=",
        b"\xff\xfe",
        b'"%s"' % (b"n" * 5000),
        b"*=nosuch''%ff",
    ):
        texts, _ = told(head + name + b"\nContent-Disposition: attachment; filename*=nosuch''%ff\n\nwords")
        assert any(text == b"words" for text in texts.values())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"d29y\nZHM=\n", b"words"),
        (b"d29y ZHM", b"words"),
        (b"d29yZHM=d29yZHM=", b"words"),
        (b"!!d2\n9yZ\nHM", b"words"),
        (b"d29yZ", b"wor"),
    ],
)
def test_base64_that_is_not_clean_is_decoded(body: bytes, expected: bytes) -> None:
    head = b"Message-ID: <1>\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    assert expected in only_text(head + body)


def nested(depth: int) -> bytes:
    head = b"Message-ID: <1>\n"
    made = b""
    for at in range(depth):
        made += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (at, at)
    return head + made + b"\nthe innermost words\n"


@pytest.mark.parametrize(
    "made",
    [
        nested(5),
        nested(5000),
        b"From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\nthe innermost words" + b"w" * 3_000_000,
        b"Message-ID: <1>\n" + b"X: y\n" * 200_000 + b"\nthe innermost words\n",
        b"Message-ID: <1>\nContent-Type: multipart/mixed; boundary=\n\n--\nthe innermost words\n--\n",
        b"Message-ID: <1>\nContent-Type: multipart/mixed; boundary=a\n\n"
        + b"--a\n" * 100_000
        + b"\nthe innermost words\n",
        b"Message-ID: <1>\nSubject: " + b"=?a?b?" * 20_000 + b"\n\nthe innermost words\n",
        b"Message-ID: <1>\nContent-Disposition: x" + b';"' + b";" * 200_000 + b"\n\nthe innermost words\n",
    ],
)
def test_a_message_that_is_not_as_it_should_be_is_still_read(made: bytes) -> None:
    texts, unexamined = told_within(30, made)
    assert unexamined == []
    assert b"the innermost words" in b"".join(texts.values())


@pytest.mark.parametrize("more", [b"; x=y" * 50_000, b"; " + b'"\\' * 50_000])
def test_a_body_of_which_it_is_not_known_how_it_is_written_is_read_as_it_stands(more: bytes) -> None:
    texts, unexamined = told_within(30, b"Message-ID: <1>\nContent-Type: a/b" + more + b"\n\nthe innermost words\n")
    assert b"the innermost words" in b"".join(texts.values())
    assert unexamined == [("", "too_large")]


def test_an_attachment_that_a_limit_cuts_does_not_hide_the_next() -> None:
    made = message("words\n", large_txt=b"large " * 50_000, small_txt=b"small").as_bytes(policy=UNIX)
    texts, unexamined = told(made, Limits(member=200_000))
    assert texts["small.txt"] == b"small"
    assert unexamined == [("large.txt", "too_large")]


def test_messages_in_messages_that_never_end_are_too_deep() -> None:
    made = b"Message-ID: <1>\nContent-Type: message/rfc822\n\n" * 3000 + b"\nthe innermost words\n"
    assert [why for _, why in told(made)[1]] == ["too_deep"]


def test_a_field_that_is_too_long_to_be_taken_apart_is_told() -> None:
    """Who hides a boundary behind ten thousand other words hides what lies between."""
    made = message("some words\n", a_txt=b"attached").as_bytes(policy=UNIX)
    hidden = made.replace(b"multipart/mixed;", b"multipart/mixed; x=" + b"y" * 10_000 + b";", 1)
    assert hidden != made
    texts, unexamined = told(hidden)
    assert "a.txt" not in texts
    assert unexamined == [("", "too_large")]


def test_a_draft_that_was_never_sent_is_a_message() -> None:
    text = "Subject: to do\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\nc29tZSB3b3Jkcw==\n"
    assert b"some words" in only_text(text.encode())


HEADERS = b"From: a@b.example\nMIME-Version: 1.0\nMessage-ID: <1@x>\n"
ENCODED = (
    HEADERS
    + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(b"words of a message")
)


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n\n", b"%d      \n" % len(ENCODED)])
def test_a_message_behind_a_mark_blank_lines_or_its_length_is_read(before: bytes) -> None:
    behind = b"<plist/>" if before[:1].isdigit() else b""
    texts, unexamined = told(before + ENCODED + behind)
    assert unexamined == []
    assert b"words of a message" in texts[""]
    assert texts[""].endswith(behind)


@pytest.mark.parametrize("charset", ["utf-16", "UTF-16LE", "utf-32", "utf-7", "cp037", "IBM500"])
def test_a_body_is_read_in_its_character_set(charset: str) -> None:
    body = base64.encodebytes("words-of a body".encode(charset))
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64 (so)\n\n".encode()
    assert b"words-of a body" in only_text(HEADERS + head + body)


def test_a_body_that_is_written_in_an_unknown_way_is_told() -> None:
    head = HEADERS + b"Content-Type: text/plain\n"
    assert told(head + b"Content-Transfer-Encoding: x-yenc\n\nwords")[1] == [("", "no_reader")]
    assert told(head + b"\nsee:\nbegin 644 a.txt\n#86)C\n`\nend\n")[1] == [("", "no_reader")]
    assert told(head + b"\n-----BEGIN PGP MESSAGE-----\n\nhQEMAabcdefg\n")[1] == [("", "encrypted")]
    assert told(head + b"\nlet us begin 644 things\n")[1] == []


def test_a_message_with_a_zero_byte_is_read() -> None:
    texts, _ = told(ENCODED.replace(b"From: ", b"X-Of-Nobody: \0\nFrom: "))
    assert b"words of a message" in texts[""]
