"""Processes that read hostile files: what becomes of the others when one of them is ended, or does not come back."""

import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest

from agent.discovery.children import Children, Wanted
from agent.discovery.examined import Examined
from agent.discovery.survey import Survey
from agent.errors import StoppedError
from collectors.personal_information.contents import Limits, Why
from tests.daemons import ROOT
from tests.discovery.numbers import ALL, SOCIAL_SECURITY
from tests.discovery.offices import large, office, wanted
from tests.hosts import until


def answers(children: Children) -> list[tuple[Wanted, Examined]]:
    """All of them, then their end."""
    found: list[tuple[Wanted, Examined]] = []
    while children.busy:
        found += children.answers(wait=True)
    children.end()
    return found


def process_of(children: Children) -> psutil.Process:
    """The only one of them."""
    (child,) = children._children
    return psutil.Process(child.process.pid)


def is_stopped_in(child: psutil.Process, path: str) -> bool:
    """Whether it was stopped while it has that file open; else it goes on."""
    stop(child)
    if path in {one.path for one in child.open_files()}:
        return True
    child.resume()
    return False


def stop(child: psutil.Process) -> None:
    """It does nothing any more, and has not ended."""
    child.suspend()
    until(lambda: child.status() == psutil.STATUS_STOPPED)


def test_a_file_that_ends_the_process_costs_that_file_and_no_other(tmp_path: Path) -> None:
    children = Children(1, Limits())
    given = [large(tmp_path), *(wanted(path) for path in sorted((office(tmp_path / "office") / "clients").iterdir()))]
    for one in given:
        children.give(one)
    child = process_of(children)
    until(lambda: is_stopped_in(child, given[0].path))
    child.send_signal(signal.SIGKILL)
    found = answers(children)
    assert [one.path for one, _ in found] == [one.path for one in given]
    assert found[0][1] == Examined(unexamined={Why.DAMAGED: 1})
    assert all(examined.seen for _, examined in found[1:])


def test_a_process_that_does_not_come_back_is_ended(tmp_path: Path) -> None:
    children = Children(1, Limits(seconds=2))
    here = office(tmp_path / "office")
    children.give(wanted(here / "notes.txt"))
    assert [examined.seen for _, examined in children.answers(wait=True)] == [()]
    child = process_of(children)
    stop(child)
    for one in (here / "logo.png", *sorted((here / "clients").iterdir())):
        children.give(wanted(one))
    begun = time.monotonic()
    found = answers(children)
    assert time.monotonic() - begun < 10
    assert found[0][1].unexamined == {Why.TIME: 1}
    assert all(examined.seen for _, examined in found[1:])
    assert not child.is_running()


def test_a_file_that_is_gone_or_another_is_told_as_changed(tmp_path: Path) -> None:
    here = office(tmp_path / "office")
    other = wanted(here / "notes.txt")
    children = Children(1, Limits())
    children.give(Wanted(str(here / "gone"), 1, 2, 3))
    children.give(Wanted(str(here / "clients/list.csv"), other.device, other.inode, other.size))
    assert [examined.unexamined for _, examined in answers(children)] == [{Why.CHANGED: 1}] * 2


def test_whoever_stops_a_survey_leaves_no_process(tmp_path: Path) -> None:
    office(tmp_path / "office")
    large(tmp_path / "office")
    before = set(psutil.Process().children())  # a server that other tests ask
    running = Survey([tmp_path], jobs=2).run()
    next(running)
    assert set(psutil.Process().children()) - before
    running.close()
    assert set(psutil.Process().children()) <= before


def test_a_process_that_does_not_start_stops_the_survey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(StoppedError, match="does not start"):
        Children(1, Limits()).give(Wanted("/etc/hosts", 1, 2, 3))


def test_nothing_is_imported_from_the_folder_where_it_is_called(tmp_path: Path) -> None:
    here = office(tmp_path / "office")
    for name in ("json.py", "agent.py", "hyperscan.py"):
        (here / name).write_text("raise SystemExit('somebody else is root now')\n")
    command = [
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from agent.cli import main; main()",
    ]
    done = subprocess.run([*command, "discover", "clients"], cwd=here, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 of 3 files" in done.stdout


def test_what_was_seen_is_told_however_long_the_names_of_members_are(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("\U0001f4c1" * 250, f"SSN {SOCIAL_SECURITY}\nCredit card {ALL[2]}\n")
    children = Children(1, Limits())
    children.give(wanted(tmp_path / "all.zip"))
    ((_, examined),) = answers(children)
    assert examined.unexamined == {}
    assert [(one.count, one.member) for one in examined.seen] == [(1, ""), (1, "")]


def test_no_program_that_takes_cores_gets_that_of_one_that_reads(tmp_path: Path) -> None:
    children = Children(1, Limits())
    children.give(large(tmp_path))
    child = process_of(children)
    limit = child.rlimit(resource.RLIMIT_CORE)  # of 0, core(5) says that such programs get cores all the same
    answers(children)
    assert limit == (1, 1)


def test_all_that_a_child_is_given_fits_in_its_pipe_however_long_paths_are() -> None:
    children = Children(1, Limits())
    waiting, long = 0, Wanted("/" + "\udcff" * 4000, 1, 2, 3)
    while children.room:
        waiting += len(long.line)
        assert waiting <= 64 << 10  # else whoever gives it waits, though the child may never come back
        children.give(long)
    assert len(answers(children)) * len(long.line) == waiting
