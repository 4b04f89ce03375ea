import struct
import subprocess

import pytest
from cramjam import snappy as reference
from hypothesis import given
from hypothesis import strategies as some

from agent.push import snappy
from agent.push.messages import STALE, label, request, varint
from tests.daemons import ROOT
from tests.hosts import need
from tests.push.receiver import Sent


def sent(body: bytes) -> Sent:
    return Sent({}, snappy.packed(body), "", 0)


def packed(value: float) -> bytes:
    return struct.pack("<d", value)


@given(some.integers(0, 2**63 - 1))
def test_a_number_of_any_size_is_read_back(number: int) -> None:
    body = request([label("__name__", "x")], [packed(1.0)], number)
    assert sent(body).stamps == {number}
    assert len(varint(number)) == max(1, (number.bit_length() + 6) // 7)


@given(some.lists(some.tuples(some.text(max_size=200), some.floats(allow_nan=False)), max_size=20))
def test_labels_and_values_are_read_back(series: list[tuple[str, float]]) -> None:
    texts = [(text.encode("utf-8", "replace").decode(), value) for text, value in series]
    body = request(
        [label("__name__", "x") + label("asset", text) for text, _ in texts], [packed(value) for _, value in texts], 7
    )
    assert sent(body).samples == [((("__name__", "x"), ("asset", text)), value, 7, False) for text, value in texts]


def test_the_mark_of_an_end_is_told_from_other_values() -> None:
    body = request([label("__name__", "x")] * 3, [packed(1.0), STALE, packed(float("nan"))], 7)
    assert [ended for *_, ended in sent(body).samples] == [False, True, False]


@given(some.binary(max_size=300_000))
def test_blocks_are_read_back(raw: bytes) -> None:
    assert bytes(reference.decompress_raw(snappy.literal(raw))) == raw
    assert bytes(reference.decompress_raw(snappy.packed(raw))) == raw


def test_a_block_is_shorter_where_something_packs_it() -> None:
    assert len(snappy.packed(bytes(100_000))) < 10_000
    assert len(snappy.literal(bytes(100_000))) < 100_100


def by_debian(code: str, raw: bytes) -> bytes:
    """What Debian's own Python makes of this, which has Debian's python3-snappy and nothing of ours but the code."""
    need("python3-snappy")
    whole = f"import sys; sys.path.insert(0, {str(ROOT)!r}); raw = sys.stdin.buffer.read(); {code}"
    return subprocess.run(["/usr/bin/python3", "-c", whole], input=raw, capture_output=True, check=True, cwd="/").stdout


@pytest.mark.real
def test_snappys_own_library_reads_what_is_written_without_it() -> None:
    raw = bytes(range(256)) * 1000
    assert by_debian("import snappy; sys.stdout.buffer.write(snappy.decompress(raw))", snappy.literal(raw)) == raw


@pytest.mark.real
def test_debians_library_packs_where_ours_is_not_there() -> None:
    raw = bytes(100_000)
    block = by_debian("from agent.push.snappy import packed; sys.stdout.buffer.write(packed(raw))", raw)
    assert len(block) < 10_000
    assert bytes(reference.decompress_raw(block)) == raw
