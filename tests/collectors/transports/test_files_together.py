"""Several files in one answer: told apart by their sizes, and not at all where these do not fit."""

from pathlib import Path

import pytest

from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Files
from collectors.transports.answers import parse
from collectors.transports.local import Shell
from collectors.transports.shell import render

MARK = "0123456789abcdef" * 2
ROWS = b"1 /etc/a\n2 /etc/b\n0 /etc/c\n"


def said(body: bytes, status: int = 0, count: int = 3, complaint: bytes = b"") -> Reading:
    mark = MARK.encode()
    source = Files("/etc/*", limit=100)
    stdout = b"\n%b 0\n\n%b * %d\n%b\n%b - %d\n\n%b = 0\n\n%b .\n" % (mark, mark, count, body, mark, status, mark, mark)
    return parse(render([source], MARK), stdout, b"\n%b 0\n%b\n%b =\n" % (mark, complaint, mark))[source.key]


def test_each_file_gets_its_own() -> None:
    assert said(ROWS + b"\0xyz") == Text('{"/etc/a": "x", "/etc/b": "yz", "/etc/c": ""}')


@pytest.mark.parametrize(
    ("body", "status", "count"),
    [
        (ROWS + b"\0xyzz", 0, 3),  # one grew
        (ROWS + b"\0xy", 0, 3),  # one shrank
        (ROWS + b"\0xyz", 1, 3),  # one went
        (ROWS + b"\0xyz", 0, 4),
        (ROWS + b"xyz", 0, 3),
        (b"\0xyz", 0, 3),
        (b"one /etc/a\n" + ROWS[9:] + b"\0xyz", 0, 3),
        (b"", 0, 3),
    ],
)
def test_what_does_not_fit_is_not_seen(body: bytes, status: int, count: int) -> None:
    assert isinstance(said(body, status, count), Unread)


def test_a_file_longer_than_its_limit() -> None:
    reading = said(b"101 /etc/a\n1 /etc/b\n1 /etc/c\n\0" + b"x" * 101 + b"yz")
    assert reading == Unread("/etc/a is longer than 100 bytes")


def test_real_files_alone_and_together(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.conf").write_bytes(b"\n\x00 %b\n" % MARK.encode() * number)
    (tmp_path / "folder.conf").mkdir()
    (tmp_path / "gone.conf").symlink_to("nowhere")
    several, one, none = (Files(f"{tmp_path}/{name}.conf") for name in ("*", "3", "none*"))
    readings = Shell().read([several, one, none])
    found, alone = readings[several.key], readings[one.key]
    assert isinstance(found, Text)
    assert isinstance(alone, Text)
    texts = several.understand(found.text)
    assert [path.rsplit("/", 1)[-1] for path in texts] == [f"{number}.conf" for number in range(5)]
    assert texts[f"{tmp_path}/3.conf"] == one.understand(alone.text)[f"{tmp_path}/3.conf"]
    assert len(texts[f"{tmp_path}/4.conf"]) == 4 * 36
    assert isinstance(readings[none.key], Absent)
