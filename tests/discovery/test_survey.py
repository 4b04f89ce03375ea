"""A survey with real files and real child processes: what is found in them, and what is read again."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.discovery.examined import Examined
from agent.discovery.index import Index
from agent.discovery.survey import Looked, Survey
from collectors.personal_information.contents import Why
from collectors.personal_information.sightings import Kind, Tier
from tests.discovery.numbers import ALL, SOCIAL_SECURITY, told
from tests.discovery.offices import FILES, large, office

SSN = Kind.SOCIAL_SECURITY_NUMBER


@pytest.fixture
def files() -> Iterator[Path]:
    """Below a folder that everybody may go through."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield office(Path(folder) / "office")


def looked(survey: Survey) -> dict[str, Looked]:
    """By name of the file."""
    return {Path(one.path).name: one for one in survey.run()}


def kinds(one: Looked) -> set[Kind]:
    """That were seen in a file."""
    return {seen.kind for seen in one.examined.seen}


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_files_hold_is_told_and_what_was_not_examined(files: Path, jobs: int) -> None:
    survey = Survey([files], jobs=jobs)
    found = looked(survey)
    assert {name: kinds(one) for name, one in found.items()} == {
        "list.csv": {SSN},
        "list.csv.gz": {SSN},
        "all.zip": {Kind.PAYMENT_CARD},
        "logo.png": set(),
    }
    (numbers,) = found["list.csv"].examined.seen
    assert (numbers.tier, numbers.count, numbers.near_name, numbers.member) == (Tier.HIGH, 2, True, "")
    assert found["all.zip"].examined.seen[0].member == "deep/card.txt"
    assert found["logo.png"].examined == Examined((), {Why.IMAGE: 1})
    assert not found["logo.png"].examined.is_whole
    assert (survey.files, survey.read, survey.unseen) == (FILES, FILES, [])


def test_who_may_read_a_file_is_told_by_its_mode_and_those_of_the_folders_above(files: Path) -> None:
    (files / "private").mkdir(0o750)
    (files / "clients/list.csv").rename(files / "private/list.csv")
    for name, mode in (("logo.png", 0o644), ("clients/all.zip", 0o640), ("private/list.csv", 0o644)):
        (files / name).chmod(mode)
    assert {name for name, one in looked(Survey([files])).items() if one.is_open} == {"logo.png", "list.csv.gz"}


def test_only_what_has_changed_is_read_again(files: Path, tmp_path: Path) -> None:
    def survey(version: str = "1") -> tuple[Survey, dict[str, Looked]]:
        index = Index(tmp_path / "index", version)
        made = Survey([files], index=index)
        found = looked(made)
        index.close()
        return made, found

    _, first = survey()
    again, second = survey()
    assert again.read == 0
    assert {name: one.examined for name, one in second.items()} == {name: one.examined for name, one in first.items()}
    assert again.size == sum(path.stat().st_size for path in files.rglob("*") if path.is_file())

    before = (files / "notes.txt").stat()
    text = f"Ann Smith, SSN {SOCIAL_SECURITY}"
    (files / "notes.txt").write_text(text.ljust(before.st_size))
    os.utime(files / "notes.txt", ns=(before.st_atime_ns, before.st_mtime_ns))  # as somebody does who hides it
    (files / "clients/list.csv").rename(files / "clients/moved.csv")
    changed, third = survey()
    assert changed.read == 2
    assert kinds(third["notes.txt"]) == {SSN}
    assert kinds(third["moved.csv"]) == {SSN}
    assert "list.csv" not in third
    assert survey("2")[0].read == FILES


def test_folders_that_are_no_more_are_forgotten_and_others_are_not(files: Path, tmp_path: Path) -> None:
    other = office(tmp_path / "office-2")
    for root in (files, other):
        index = Index(tmp_path / "index", "1")
        looked(Survey([root], index=index))
        index.close()
    for path in (files / "clients").iterdir():
        path.unlink()
    (files / "clients").rmdir()
    index = Index(tmp_path / "index", "1")
    survey = Survey([files], index=index)
    looked(survey)
    index.close()
    index = Index(tmp_path / "index", "1")
    assert index.folders() == sorted([str(files), str(other), str(other / "clients")])
    index.close()


def test_no_number_leaves_its_file(files: Path, tmp_path: Path) -> None:
    index = Index(tmp_path / "index", "1")
    found = looked(Survey([files], index=index))
    index.close()
    said = repr(found).encode() + b"".join(path.read_bytes() for path in tmp_path.glob("index*"))
    assert b"list.csv" in said
    for number in ALL:
        assert not any(one in said for one in told(number))


def test_what_could_not_be_read_this_time_is_tried_again(files: Path, tmp_path: Path) -> None:
    index = Index(tmp_path / "index", "1")
    running = Survey([files / "clients"], index=index).run()
    one = next(running)
    running.close()
    assert not index.known(str(files / "clients"), {Path(one.path).name: b"x" * 32}).names
    index.close()


def test_a_file_that_goes_away_meanwhile_is_no_file_and_nothing_unexamined(files: Path) -> None:
    for number in range(40):
        (files / f"clients/a{number}.txt").write_text("words\n")
    survey = Survey([files / "clients"])
    running = survey.run()
    next(running)  # some are under way, and those that are not wait in the list of the folder
    for path in (files / "clients").glob("a*.txt"):
        path.unlink()
    found = {Path(one.path).name for one in running}
    assert not any(name.endswith(".txt") for name in found)
    assert survey.files < 43


def test_a_folder_that_two_roots_show_is_looked_through_once(files: Path, tmp_path: Path) -> None:
    elsewhere = office(tmp_path / "elsewhere")
    large(elsewhere)
    index = Index(tmp_path / "index", "1")
    roots = [files / "clients/list.csv", elsewhere / "large.txt", files / "clients", elsewhere]
    survey = Survey(roots, index=index)
    found = sorted(one.path for one in survey.run())
    index.close()
    assert survey.files == 3 + FILES + 1
    assert len(found) == len(set(found)) == 3 + 4


def test_a_rate_is_kept(files: Path) -> None:
    for number in range(20):
        (files / f"{number}.txt").write_text("words " * 20_000)
    begun = time.monotonic()
    looked(Survey([files], rate=2_000_000.0))
    assert time.monotonic() - begun > 1.0


def test_a_hole_takes_no_time_at_any_rate(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 40)
    survey = Survey([tmp_path], rate=2_000_000.0)
    begun = time.monotonic()
    assert looked(survey) == {}
    assert time.monotonic() - begun < 10
    assert survey.files == 2


@pytest.mark.parametrize("told", ["{bad", '{"list.csv": [1]}', "[]", '{"list.csv": [[["x"]], {}]}'])
def test_a_folder_whose_row_is_not_understood_is_read_anew(files: Path, tmp_path: Path, told: str) -> None:
    index = Index(tmp_path / "index", "1")
    looked(Survey([files], index=index))
    index.close()
    with sqlite3.connect(tmp_path / "index") as database:
        database.execute("UPDATE folder SET told = ? WHERE path LIKE '%clients'", (told,))
    database.close()
    index = Index(tmp_path / "index", "1")
    found = looked(Survey([files], index=index))
    index.close()
    assert kinds(found["list.csv"]) == {SSN}
