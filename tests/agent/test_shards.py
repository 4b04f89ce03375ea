from collections import Counter

import pytest

from agent.scanning.shards import EVERYTHING, Shard, shard


def test_every_name_is_in_exactly_one_part() -> None:
    names = [f"fleet/host-{number}" for number in range(2000)]
    parts = [Shard(index, 7) for index in range(7)]
    held = Counter(index for name in names for index, part in enumerate(parts) if name in part)
    assert held.total() == len(names)
    assert all(200 < held[index] < 380 for index in range(7))
    assert all(name in EVERYTHING for name in names)


def test_a_name_stays_in_its_part() -> None:
    """Also in later versions: runs that share the work may be of different ones for a while."""
    assert [
        [name for name in ("web-1", "web-2", "db-1", "organization") if name in Shard(index, 3)] for index in range(3)
    ] == EXPECTED


EXPECTED = [["db-1", "organization"], ["web-1", "web-2"], []]


@pytest.mark.parametrize("text", ["", "1", "4/4", "-1/4", "1/0", "a/b", "1/2/3", "0/0", " 0/4", "0/9999999"])
def test_what_is_no_part(text: str) -> None:
    with pytest.raises(ValueError, match="is no part such as 0/4"):
        shard(text)


def test_a_part_is_told_as_it_is_read() -> None:
    assert str(shard("3/4")) == "3/4"
    assert shard("3/4") == Shard(3, 4)
