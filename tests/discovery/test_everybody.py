"""A file with several names, or at several places, is open where one of them is."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.discovery.everybody import Everybody
from agent.discovery.index import Index
from agent.discovery.survey import Survey
from collectors.personal_information.mounts import Mount, Mounts
from tests.discovery.numbers import SOCIAL_SECURITY


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a file behind a folder that is closed to others, and a folder that is open."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        (Path(made) / "closed").mkdir(mode=0o700)
        (Path(made) / "open").mkdir(mode=0o755)
        (Path(made) / "closed/first.csv").write_text(f"name,ssn\nAnn Smith,{SOCIAL_SECURITY}\n")
        (Path(made) / "closed/first.csv").chmod(0o644)
        yield Path(made)


def names(folder: Path, *roots: str, index: Index | None = None) -> list[tuple[str, bool]]:
    found = Survey([folder / root for root in roots], index=index).run()
    return [(str(Path(one.path).relative_to(folder)), one.is_open) for one in found]


@pytest.mark.parametrize("roots", [("closed", "open"), ("open", "closed")])
def test_a_file_is_told_by_the_name_that_everybody_may_read(
    folder: Path, roots: tuple[str, str], tmp_path: Path
) -> None:
    os.link(folder / "closed/first.csv", folder / "open/second.csv")
    index = Index(tmp_path / "index", "1")
    assert names(folder, *roots, index=index) == [("open/second.csv", True)]
    assert names(folder, *roots, index=index) == [("open/second.csv", True)]
    index.close()


def test_a_file_none_of_whose_names_is_open_is_told_by_its_first(folder: Path) -> None:
    os.link(folder / "closed/first.csv", folder / "closed/second.csv")
    ((name, is_open),) = names(folder, "closed", "open")
    assert name.startswith("closed/")
    assert not is_open
    os.link(folder / "closed/first.csv", folder / "open/third.csv")
    (folder / "closed/first.csv").chmod(0o640)
    assert [is_open for _, is_open in names(folder, "closed", "open")] == [False]


def test_a_folder_that_is_mounted_at_an_open_place_is_open(folder: Path) -> None:
    (folder / "closed/in").mkdir()
    os.link(folder / "closed/first.csv", folder / "closed/in/first.csv")
    path = folder / "closed/in/first.csv"
    assert not Everybody(Mounts()).reads(str(path), path.stat())
    # A symbolic link stands for the mount: what lies there is the same folder.
    (folder / "open/at").symlink_to(folder / "closed/in")
    for place, is_open in ((folder / "open/at", True), (folder / "closed/in", False)):
        mounts = Mounts({str(place): Mount(str(place), "ext4", "8:1")})
        assert Everybody(mounts).reads(str(path), path.stat()) == is_open
