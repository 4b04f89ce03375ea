"""What would like to hang, to take all memory, or to write somewhere. Each file is read in a process whose memory is measured."""

import bz2
import gzip
import io
import json
import lzma
import os
import random
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.personal_information.contents import Limits
from tests.personal_information.old_office import begin, cell, compound, narrow, record
from tests.personal_information.read import tarred, told, zipped
from tests.personal_information.test_archives import header

READ = """
import json, re, sys, time
from pathlib import Path
from collectors.personal_information.contents import Limits, Text, contents
def most():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = most()
began = time.monotonic()
size, whys = 0, {}
with open(sys.argv[1], "rb", buffering=0) as file:
    for piece in contents(file, Limits(seconds=float(sys.argv[2]))):
        if isinstance(piece, Text):
            size += len(piece.data)
        else:
            whys[piece.why.value] = whys.get(piece.why.value, 0) + 1
print(json.dumps([size, whys, (most() - before) // 1024, time.monotonic() - began]))
"""


def measured(path: Path, seconds: float = 1.5) -> tuple[int, dict[str, int], int, float]:
    """Bytes of text, what was not examined by reason, MiB that reading took, seconds."""
    command = [sys.executable, "-c", READ, str(path), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    size, whys, memory, taken = json.loads(done.stdout)
    return size, whys, memory, taken


def zeros(gigabytes: int) -> bytes:
    """Deflated zeros, without a header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = bytes(1 << 20)
    return b"".join([packer.compress(megabyte) for _ in range(gigabytes << 10)]) + packer.flush()


def gzip_bomb() -> bytes:
    return b"\x1f\x8b\x08" + bytes(7) + zeros(2) + bytes(8)


def nested_bomb() -> bytes:
    made = zipped({"0": bytes(32 << 20)})
    for _ in range(6):
        made = zipped({str(at): made for at in range(16)})
    return made


def overlapping_bomb() -> bytes:
    """Ten thousand members that are all the same bytes."""
    made = bytearray(zipped({"a": bytes(16 << 20)}))
    at = made.index(b"PK\x01\x02")
    entry, end = bytes(made[at:-22]), bytearray(made[-22:])
    end[8:12] = (10_000).to_bytes(2, "little") * 2
    end[12:16] = (len(entry) * 10_000).to_bytes(4, "little")
    return bytes(made[:at]) + entry * 10_000 + bytes(end)


def many_members() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for at in range(40_000):
            archive.writestr(str(at), b"")
    return made.getvalue()


def pax_bomb() -> bytes:
    return gzip.compress(header(b"p", b"%o" % (7 << 30), b"x") + bytes(64 << 20))


def long_name_bomb() -> bytes:
    return gzip.compress(
        header(b"p", b"%o" % (100 << 20), b"L") + b"n" * (100 << 20) + header(b"a", b"5") + b"words".ljust(512)
    )


def docx_bomb() -> bytes:
    return zipped({"word/document.xml": b"<w:p>" * (40 << 20)})


def strings_bomb() -> bytes:
    return zipped(
        {
            "xl/workbook.xml": b"",
            "xl/sharedStrings.xml": b"<si><t>a</t></si>" * (10 << 20),
            "xl/worksheets/a.xml": b"<c><v>" * (20 << 20),
        }
    )


def biff_bomb() -> bytes:
    strings = record(0xFC, b"\xff" * 8) + record(0x3C, narrow("a") * 2000) * 800
    return compound({"Workbook": begin() + strings + cell(0x203, 0xFFFF, 0xFFFF, bytes(8))})


def mail_bomb() -> bytes:
    return gzip.compress(
        b"Message-ID: <1>\nContent-Transfer-Encoding: base64\nContent-Type: a/b\n\n" + b"A" * (200 << 20)
    )


def pdf_bomb() -> bytes:
    from tests.personal_information.test_pdf import pdf, stream

    content = zlib.compress(b"BT (a) Tj ET\n" * 3_000_000)
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        stream(content, b"/Filter /FlateDecode"),
    )


@pytest.mark.alone
@pytest.mark.parametrize(
    ("make", "most", "whys"),
    [
        (gzip_bomb, 12, {"time", "too_large"}),
        (lambda: bz2.compress(bytes(1 << 30)), 16, {"time", "too_large"}),
        (lambda: lzma.compress(bytes(1 << 27), preset=9), 80, {"time", "too_large"}),
        (nested_bomb, 12, {"time", "too_large"}),
        (overlapping_bomb, 16, {"time", "too_large"}),
        (many_members, 24, {"time"}),
        (pax_bomb, 8, {"damaged", "time"}),
        (long_name_bomb, 8, {"time"}),
        (docx_bomb, 16, {"time"}),
        (strings_bomb, 48, {"time"}),
        (biff_bomb, 32, {"time"}),
        (mail_bomb, 16, {"time"}),
        (pdf_bomb, 160, {"image", "time"}),
    ],
)
def test_a_hostile_file_takes_little_memory_and_ends_in_time(
    make: Callable[[], bytes], most: int, whys: set[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(make())
    _, found, memory, taken = measured(tmp_path / "file")
    assert memory < most
    assert taken < 10
    assert set(found) <= whys
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.alone
def test_a_file_of_a_terabyte_of_holes_is_read_at_once(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(b"before" + bytes(100))
        file.seek(1 << 40)
        file.write(b"after")
    size, whys, memory, taken = measured(tmp_path / "file")
    assert (whys, memory < 8, taken < 2) == ({}, True, True)
    assert size < 4 << 20
    with (tmp_path / "file").open("rb") as file:
        text = told(file)[0][""]
    assert text.startswith(b"before")
    assert b"after" in text


def test_archives_in_archives_without_end_are_too_deep() -> None:
    made = b"words"
    for _ in range(200):
        made = zipped({"z": made}, zipfile.ZIP_STORED)
    assert told(made) == ({}, [("/".join("z" * 9), "too_deep")])


SEEDS = {
    "zip": zipped({"a.txt": b"some words " * 500, "b.gz": gzip.compress(b"more words " * 99)}),
    "docx": zipped(
        {"word/document.xml": "<w:p><w:r><w:t>words &amp; more</w:t></w:r></w:p>" * 99, "[Content_Types].xml": "x"}
    ),
    "xlsx": zipped(
        {
            "xl/workbook.xml": "x",
            "xl/sharedStrings.xml": "<si><t>a</t></si>" * 9,
            "xl/worksheets/s.xml": '<row><c t="s"><v>1</v></c></row>' * 9,
        }
    ),
    "tar": tarred({"a": b"words " * 200, "n" * 150: b"more"}),
    "tgz": gzip.compress(tarred({"a": b"words " * 200})),
    "xls": compound(
        {"Workbook": begin() + record(0xFC, bytes(8) + narrow("abc") * 20) + cell(0xFD, 0, 0, bytes(4)) * 200}
    ),
    "doc": compound({"WordDocument": b"\xec\xa5" + b"words\0" * 1000, "small": b"w\0o\0r\0d\0s\0" * 20}),
    "eml": b"Message-ID: <1>\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Transfer-Encoding: base64\n\nd29yZHM=\n--a--\n",
    "xz": lzma.compress(b"words " * 300),
    "bz2": bz2.compress(b"words " * 300),
    "wide": "words and words".encode("utf-16"),
}


@pytest.mark.parametrize("name", SEEDS)
def test_no_damage_makes_reading_fail(name: str) -> None:
    chance = random.Random(name)
    for _ in range(300):
        made = bytearray(SEEDS[name])
        for _ in range(chance.choice((1, 2, 5, 50))):
            at = chance.randrange(len(made))
            made[at] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        if chance.random() < 0.3:
            del made[chance.randrange(len(made)) :]
        told(bytes(made), Limits(seconds=5, total=1 << 24))


def test_a_file_that_cannot_be_read_is_told() -> None:
    class Failing(io.BytesIO):
        def __init__(self, fault: OSError) -> None:
            super().__init__()
            self.fault = fault

        def read(self, size: int | None = -1, /) -> bytes:
            raise self.fault

    assert told(Failing(PermissionError(13, "no"))) == ({}, [("", "denied")])
    assert told(Failing(OSError(5, "Input/output error"))) == ({}, [("", "damaged")])
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        assert told(pipe) == ({}, [("", "damaged")])  # type: ignore[arg-type]
