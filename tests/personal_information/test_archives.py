import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pytest

from collectors.personal_information.contents import Limits
from tests.personal_information.read import only_text, tarred, told, zipped

WORDS = b"nothing but words, \xe9 too\n"
LONG = WORDS * 30_000
PACKERS = [
    gzip.compress,
    bz2.compress,
    lzma.compress,
    zlib.compress,
    lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
]


@pytest.mark.parametrize("pack", PACKERS)
def test_a_packed_file_is_read_as_what_it_holds(pack: Callable[[bytes], bytes]) -> None:
    assert only_text(pack(LONG)) == LONG
    assert only_text(pack("\ufeffwide".encode("utf-16-le"))) == b"wide"


@pytest.mark.parametrize("pack", PACKERS[:3])
def test_packed_streams_that_follow_each_other_are_one(pack: Callable[[bytes], bytes]) -> None:
    assert only_text(pack(LONG) + pack(b"more") + bytes(512)) == LONG + b"more"


@pytest.mark.parametrize("pack", PACKERS)
def test_a_packed_file_that_breaks_off_is_told_as_far_as_it_goes(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(b"".join(b"%d words\n" % number for number in range(200_000)))
    texts, unexamined = told(packed[: len(packed) * 3 // 4])
    assert texts[""].startswith(b"0 words\n1 words\n")
    assert unexamined == [("", "damaged")]


@pytest.mark.parametrize("pack", PACKERS[:4])
def test_a_packed_file_with_other_bytes_in_it_is_damaged(pack: Callable[[bytes], bytes]) -> None:
    packed = bytearray(pack(b"".join(b"%d words\n" % number for number in range(200_000))))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    assert told(bytes(packed))[1] == [("", "damaged")]


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_files_of_a_tar_archive_are_its_members(format_: int) -> None:
    members = {"a.txt": WORDS, "folder/b": LONG, "x" * 60 + "/" + "ü" * 40: b"long name", "empty": b""}
    made = tarred(members, format_)
    del members["empty"]
    assert told(made) == (members, [])
    assert told(gzip.compress(made)) == (members, [])


def test_links_and_devices_of_a_tar_archive_are_passed_over() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for number, kind in enumerate(
            (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
        ):
            about = tarfile.TarInfo(f"odd{number}")
            about.type, about.linkname, about.size = kind, "/etc/shadow", 0
            archive.addfile(about)
        about = tarfile.TarInfo("../../outside")
        about.size = 5
        archive.addfile(about, io.BytesIO(b"words"))
    assert told(made.getvalue()) == ({"../../outside": b"words"}, [])


def test_a_tar_archive_that_breaks_off_or_has_a_broken_header_is_damaged() -> None:
    made = tarred({"a": WORDS, "b": LONG, "c": WORDS})
    texts, unexamined = told(made[: len(made) // 2])
    assert texts["a"] == WORDS
    assert LONG.startswith(texts["b"])
    assert unexamined == [("b", "damaged"), ("", "damaged")]
    broken = bytearray(made)
    broken[1024:1034] = b"\xff" * 10
    assert told(bytes(broken)) == ({"a": WORDS}, [("", "damaged")])


def header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    made = bytearray(name.ljust(100, b"\0") + b"0000644\0" * 3 + size.ljust(12, b"\0") + b"0" * 12 + b" " * 8 + kind)
    made = made.ljust(257, b"\0") + b"ustar\x0000"
    made = made.ljust(512, b"\0")
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


@pytest.mark.parametrize("size", [b"-1", b"zz", b"\x80" + b"\xff" * 11, b"\xff" * 12, b"77777777777"])
def test_a_tar_archive_with_an_impossible_size_is_damaged(size: bytes) -> None:
    assert ("", "damaged") in told(header(b"a", size) + WORDS)[1]


def test_a_pax_record_with_an_impossible_size_is_damaged() -> None:
    for value in (b"-5", b"9" * 5000, b"1e3"):
        record = b" size=" + value + b"\n"
        record = b"%d" % (len(record) + len(b"%d" % (len(record) + 4))) + record
        made = header(b"p", b"%o" % len(record), b"x") + record.ljust(-(-len(record) // 512) * 512, b"\0")
        assert told(made + header(b"a", b"5") + WORDS)[1] == [("", "damaged")]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_the_files_of_a_zip_archive_are_its_members(method: int) -> None:
    members = {"a.txt": WORDS, "folder/b": LONG, "ü": b"x", "empty": b""}
    made = zipped(members, method)
    del members["empty"]
    assert told(made) == (members, [])
    assert told(b"#!/bin/sh\nexec unzip $0\n" + made)[0]["".strip()].startswith(b"#!/bin/sh")


def test_a_zip_archive_of_64_bits_and_one_with_a_comment_are_read() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        with archive.open("big", "w", force_zip64=True) as member:
            member.write(WORDS)
        archive.comment = b"a comment" * 100
    assert told(made.getvalue()) == ({"big": WORDS}, [])


def test_a_zip_archive_of_many_members_is_read() -> None:
    made = zipped({f"{number}/{'n' * 200}": b"%d" % number for number in range(3000)})
    texts, unexamined = told(made)
    assert [int(text) for text in texts.values()] == list(range(3000))
    assert unexamined == []


def test_an_encrypted_member_of_a_zip_archive_is_told() -> None:
    made = bytearray(zipped({"a": WORDS, "b": WORDS}))
    at = made.index(b"PK\x01\x02")
    made[at + 8] |= 1
    assert told(bytes(made)) == ({"b": WORDS}, [("a", "encrypted")])


def test_a_member_packed_in_an_unknown_way_is_told() -> None:
    assert told(zipped({"a": WORDS}, zipfile.ZIP_LZMA)) == ({}, [("a", "no_reader")])


def test_a_damaged_zip_archive_is_told() -> None:
    made = zipped({"a": WORDS, "b": LONG})
    assert told(made[:-30]) == ({}, [("", "damaged")])
    assert told(made[:-22] + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2, 2, 0xFFFFFF00, 0, 0)) == (
        {},
        [("", "damaged")],
    )
    broken = bytearray(made)
    broken[made.rindex(b"PK\x01\x02")] = 0
    assert told(bytes(broken)) == ({"a": WORDS}, [("", "damaged")])
    broken = bytearray(made)
    broken[0:2] = b"PP"
    broken = bytearray(b"PK\3\4" + bytes(broken))
    assert ("a", "damaged") in told(bytes(broken))[1]


def test_a_name_with_control_characters_is_told_in_printable_ones_and_bounded() -> None:
    texts, _ = told(zipped({"a\x1b[2J\nb": WORDS, "n" * 5000: b"x"}))
    assert all(name.isprintable() and len(name) <= 255 for name in texts)


def test_containers_lie_in_each_other() -> None:
    inner = zipped({"deep.txt": WORDS})
    made = zipped({"one.tar.gz": gzip.compress(tarred({"two.zip": inner})), "plain": b"x"})
    assert told(made) == ({"one.tar.gz/two.zip/deep.txt": WORDS, "plain": b"x"}, [])


def test_what_lies_too_deep_is_told() -> None:
    made = WORDS
    for _ in range(20):
        made = zipped({"z": made, "beside": b"x"})
    texts, unexamined = told(made, Limits(depth=4))
    assert list(texts) == ["z/z/z/beside", "z/z/beside", "z/beside", "beside"]
    assert unexamined == [("z/z/z/z/z", "too_deep"), ("z/z/z/z/beside", "too_deep")]


def test_limits_cut_and_what_was_read_before_still_stands() -> None:
    made = zipped({"a": WORDS, "b": LONG, "c": WORDS})
    texts, unexamined = told(made, Limits(member=100_000))
    assert (texts["a"], texts["c"]) == (WORDS, WORDS)
    assert unexamined == [("b", "too_large")]
    texts, unexamined = told(made, Limits(total=300_000))
    assert texts["a"] == WORDS
    assert 0 < len(texts["b"]) <= 300_000
    assert unexamined == [("", "too_large")]
    assert told(made, Limits(members=1)) == ({"a": WORDS}, [("", "too_many")])
    assert told(made, Limits(seconds=0)) == ({}, [("", "time")])
    assert told(tarred({"z": zipped({"a": LONG}, zipfile.ZIP_STORED)}), Limits(held=1000)) == ({}, [("z", "too_large")])


@pytest.mark.parametrize("before", [b"PK\x07\x08", b"PK00"])
def test_an_archive_that_was_to_be_split_is_read(before: bytes) -> None:
    assert told(before + zipped({"a": "words"})) == ({"a": b"words"}, [])
