"""Every entry of the table over files in a good and a bad state, with every awk of this machine."""

import os
import shutil
import time
from pathlib import Path

import pytest

from checks.verdict import Status
from collectors.host.service_table import service_defaults
from tests.services import CHECKS, awks, install, said, statuses, verdicts

DATA = Path(__file__).parents[2] / "data" / "service_defaults"
CASES = sorted(path for path in DATA.glob("*/*/*") if path.is_dir())
ENTRIES = [one for one in service_defaults().values() if one.kind != "authorized_key"]
STATUS = {"good": Status.PASS, "bad": Status.FAIL, "unknown": Status.UNKNOWN}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: one.id)
def test_each_entry_has_a_good_and_a_bad_case(entry: object) -> None:
    folder = DATA / entry.id  # type: ignore[attr-defined]
    assert {"good", "bad"} <= {path.name for path in folder.iterdir() if any(path.rglob("*"))}


def test_each_case_is_of_an_entry() -> None:
    assert {path.parts[-3] for path in CASES} == {one.id for one in ENTRIES}
    assert {path.parts[-2] for path in CASES} == set(STATUS)


@pytest.mark.parametrize("case", CASES, ids=lambda path: "-".join(path.parts[-3:]))
def test_case(case: Path, tmp_path: Path) -> None:
    entry = service_defaults()[case.parts[-3]]
    root = tmp_path / "root"
    shutil.copytree(case, root)
    if entry.older_than_hours:
        for path in root.rglob("*"):
            os.utime(path, (time.time() - 3700 * entry.older_than_hours,) * 2)
    check = CHECKS[entry.group]
    if not any(one.startswith("/") and any(root.glob(one[1:])) for one in entry.programs):
        assert set(statuses(said(root), check)) == {""}  # not installed
    install(root, entry)
    answers = {said(root, awk) for awk in awks()}
    assert len(answers) == 1
    found = verdicts(answers.pop(), check)
    if entry.kind == "marker" and case.parts[-2] == "good":
        assert set(found) == {""}
        return
    assert all(subject.startswith(f"{entry.product}: /") for subject in found)
    order = [Status.FAIL, Status.UNKNOWN, Status.PASS]
    worst = min((one.status for one in found.values()), key=order.index)
    assert worst is STATUS[case.parts[-2]], {subject: one.verdict for subject, one in found.items()}


PLANTED = ("Qx7", "Qx8", "b1gs33cr3t", "s3cr3t-of-ours", "pbkdf2", "BALLOON", "0ddba11", "IV0EHq1O", "65e84be3", "OBF:")
"""Made-up passwords and hashes that stand in the cases."""
PUBLISHED = ("s3cret", "Harbor12345", "root123", "minioadmin", "must-be-changed")


def test_no_password_of_a_case_is_in_what_is_said(tmp_path: Path) -> None:
    left = set(PLANTED + PUBLISHED)
    for number, case in enumerate(CASES):
        root = tmp_path / str(number)
        shutil.copytree(case, root)
        files = "".join(path.read_text() for path in root.rglob("*") if path.is_file())
        left -= {word for word in left if word in files}
        install(root, service_defaults()[case.parts[-3]])
        text = said(root)
        assert not [word for word in PLANTED + PUBLISHED if word in text], case
    assert not left
