import contextlib
import gzip
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from collectors.personal_information.contents import Limits
from tests.descriptors import descriptors
from tests.personal_information.read import told


def database(path: Path, *statements: str, encoding: str = "UTF-8") -> bytes:
    """The file after these statements."""
    with contextlib.closing(sqlite3.connect(path)) as made:
        made.execute(f"PRAGMA encoding = '{encoding}'")
        for statement in statements:
            made.executescript(statement)
        made.commit()
    return path.read_bytes()


def opened(path: Path) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    with path.open("rb", buffering=0) as file:
        return told(file)


PEOPLE = "CREATE TABLE people (name TEXT, number INTEGER, note); INSERT INTO people VALUES ('Zoë', 12345, x'6162'), (NULL, 1.5, '')"
TOLD = {"people": "name\tnumber\tnote\nZoë\t12345\tab\n\t1.5\t\n".encode()}


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16le"])
def test_rows_are_told_under_the_names_of_their_columns(tmp_path: Path, encoding: str) -> None:
    made = database(tmp_path / "a", PEOPLE, encoding=encoding)
    assert opened(tmp_path / "a") == (TOLD, [])
    assert told(made) == (TOLD, [])
    assert told(gzip.compress(made)) == (TOLD, [])


def test_a_database_with_a_log_is_read_and_nothing_is_written_beside_it(tmp_path: Path) -> None:
    made = database(tmp_path / "a", "PRAGMA journal_mode = WAL", PEOPLE)
    (tmp_path / "a-journal").write_bytes(b"an old journal")
    before = sorted(one.name for one in tmp_path.iterdir())
    assert opened(tmp_path / "a") == (TOLD, [])
    assert told(made) == (TOLD, [])
    assert sorted(one.name for one in tmp_path.iterdir()) == before
    assert (tmp_path / "a").read_bytes() == made


def test_a_database_whose_name_is_gone_is_read(tmp_path: Path) -> None:
    database(tmp_path / "a", PEOPLE)
    with (tmp_path / "a").open("rb") as file:
        (tmp_path / "a").unlink()
        assert told(file) == (TOLD, [])
        assert told(file, Limits(held=100)) == ({}, [("", "too_large")])


def test_names_that_need_quoting_are_quoted(tmp_path: Path) -> None:
    made = database(
        tmp_path / "a",
        """CREATE TABLE "a""b; DROP" ("select" TEXT, "q""x", rowid TEXT); INSERT INTO "a""b; DROP" VALUES (1, 2, 'r');"""
        "CREATE TABLE w (k PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES ('key', 'value');"
        "CREATE TABLE hidden (rowid, _rowid_, oid); INSERT INTO hidden VALUES ('x', 'y', 'z')",
    )
    texts, unexamined = told(made)
    assert texts == {
        'a"b; DROP': b'select\tq"x\trowid\n1\t2\tr\n',
        "w": b"k\tv\nkey\tvalue\n",
        "hidden": b"rowid\t_rowid_\toid\nx\ty\tz\n",
    }
    assert unexamined == []


def test_of_a_large_table_a_sample_from_all_over_it_is_read_and_that_is_told(tmp_path: Path) -> None:
    count = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 20000) "
    made = database(
        tmp_path / "a",
        "CREATE TABLE t (x TEXT); CREATE TABLE w (x PRIMARY KEY) WITHOUT ROWID; CREATE TABLE s (x)",
        f"INSERT INTO t {count} SELECT x FROM n",
        f"INSERT INTO w {count} SELECT x FROM n",
        "INSERT INTO s SELECT x FROM t WHERE rowid <= 1000; DELETE FROM t WHERE x % 3 = 0",
    )
    texts, unexamined = told(made, Limits(rows=1000))
    assert unexamined == [("t", "sampled"), ("w", "sampled")]
    sample = [int(one) for one in texts["t"].split()[1:]]
    assert sample == sorted(set(sample))
    assert 900 <= len(sample) <= 1000
    assert sample[0] == 1
    assert sample[-1] > 18_000
    assert len(texts["w"].split()) == 1001
    assert [int(one) for one in texts["s"].split()[1:]] == list(range(1, 1001))
    texts, unexamined = told(made)
    assert len(texts["t"].split()) == 1 + 13_334
    assert unexamined == []


def test_nothing_of_a_hostile_schema_is_run(tmp_path: Path) -> None:
    made = database(
        tmp_path / "a",
        "CREATE TABLE t (a TEXT, g TEXT AS (hex(zeroblob(length(a) * 50000000))) VIRTUAL); INSERT INTO t (a) VALUES ('words')",
        "CREATE VIEW v AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n",
        "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('full text')",
        "CREATE TABLE large (a); INSERT INTO large VALUES ('before'), ('between'), (zeroblob(20000000))",
        "PRAGMA writable_schema = ON; INSERT INTO sqlite_master VALUES ('table', 'pragma_x', 'pragma_x', 0, 'CREATE TABLE pragma_x(a)')",
    )
    texts, unexamined = told(made)
    assert texts["t"] == b"a\nwords\n"
    assert b"full text" in texts["f_content"]
    assert not {"v", "f"} & set(texts)
    assert texts["large"].startswith(b"a\nbefore\n")
    assert ("large", "too_large") in unexamined


def broken_middle(made: bytes) -> bytes:
    return made[:8192] + b"\xff" * 4096 + made[12288:]


@pytest.mark.parametrize(
    "damage", [broken_middle, lambda made: made[:5000], lambda made: made[:20], lambda made: made[:16] + b"\xff" * 84]
)
def test_a_damaged_database_is_told(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    rows = ", ".join(f"('{at} some words to fill the pages')" for at in range(3000))
    made = damage(database(tmp_path / "a", "CREATE TABLE t (x)", f"INSERT INTO t VALUES {rows}"))
    (tmp_path / "b").write_bytes(made)
    for texts, unexamined in (told(made), opened(tmp_path / "b")):
        assert {why for _, why in unexamined} == {"damaged"}
        assert set(texts) <= {"t"}


def test_a_table_of_which_each_row_takes_long_ends_in_time(tmp_path: Path) -> None:
    made = database(tmp_path / "a", "CREATE TABLE t (x); INSERT INTO t VALUES ('words')")
    texts, unexamined = told(made, Limits(seconds=0))
    assert (texts, unexamined) == ({}, [("", "time")])


def test_reading_a_database_opens_nothing_that_stays_open(tmp_path: Path) -> None:
    database(tmp_path / "a", PEOPLE)
    before = descriptors()
    opened(tmp_path / "a")
    assert descriptors() <= before
    assert os.listdir(tmp_path) == ["a"]  # noqa: PTH208
