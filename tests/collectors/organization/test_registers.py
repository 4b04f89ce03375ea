import hashlib
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.collector import Collector
from collectors.organization.attestations import Attestations, attestations, item
from collectors.organization.evidence import EvidenceFiles, evidence_files
from collectors.organization.roster import Person, Roster, roster
from collectors.organization.rows import rows
from collectors.organization.training import Trained, Training, training
from collectors.readings import Text, Unread
from collectors.sources import Digests, Register
from collectors.transports.registers import Registers

DAY = date(2026, 1, 15)


def known(collector: Collector, text: str, kind: type[Any]) -> Any:
    made = collector.outcome({collector.sources[0].key: Text(text)})
    assert isinstance(made, kind)
    return made


def test_a_roster_as_a_spreadsheet_writes_it() -> None:
    text = (
        'Employee;Status;Hire Date;End date;Admin;Accounts\r\n"Lee; Ann";Active;2020-01-31 00:00:00;;Yes;ann, alee\r\n'
        ";;;;;\r\nBo Ray;LEFT;;2024-05-06;;\r\n"
    )
    made = known(roster, text, Roster)
    assert made.faults == ()
    assert made.columns == {"person", "status", "start", "end", "admin", "accounts"}
    assert made.people == (
        Person("Lee; Ann", start=date(2020, 1, 31), admin=True, accounts=("ann", "alee")),
        Person("Bo Ray", active=False, end=date(2024, 5, 6)),
    )
    assert list(made.working_on(DAY)) == ["lee; ann"]


def test_a_person_works_from_start_to_end() -> None:
    person = Person("Ann", start=date(2026, 1, 1), end=DAY)
    assert person.works_on(DAY)
    assert not person.works_on(date(2026, 1, 16))
    assert not person.works_on(date(2025, 12, 31))


@pytest.mark.parametrize(
    ("row", "line", "about", "word"),
    [
        ("Ann,Basics,12/31/2025", 2, "Ann", "YYYY-MM-DD"),
        ("Ann,Basics,2025-02-30", 2, "Ann", "YYYY-MM-DD"),
        ("Ann,Basics,", 2, "Ann", "date is empty"),
        (",Basics,2025-02-03", 2, "", "person is empty"),
        ("Lee, Ann,Basics,2025-02-03", 2, "", "more cells"),
        ('"Ann,Basics,2025-02-03\nBo,Basics,2025-02-03', 2, "", "quotation mark"),
        ('"Bo\nRay",Basics,2025-02-03\nAnn,,2025-02-03', 4, "Ann", "course is empty"),
        ("Ann", 2, "Ann", "course is empty"),
    ],
)
def test_a_line_that_does_not_fit_is_a_fault_with_its_place(row: str, line: int, about: str, word: str) -> None:
    made = known(training, f"person,course,date\n{row}\n", Training)
    (fault,) = made.faults
    assert (fault.line, fault.about) == (line, about)
    assert word in str(fault)
    assert not made.of("Ann")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "\n\n",
        "person,course",
        "person,date,course,date",
        "\ufffd\x00p\x00e\x00r\x00s\x00o\x00n",
        "Ann,Basics,2025-01-01",
    ],
)
def test_a_register_without_its_columns_holds_no_row(header: str) -> None:
    made = known(training, f"{header}\nAnn,2025-02-03,Basics\n" if header.strip() else header, Training)
    assert made.records == ()
    assert made.faults
    assert not made.faults[0].about


def test_an_alias_stands_in_only_where_the_name_itself_does_not() -> None:
    made = known(training, "name,person,course,date\nA. Lee,ann,Basics,2025-01-01\n", Training)
    assert made.records == (Trained("ann", "Basics", date(2025, 1, 1)),)


def test_what_is_not_finished_is_no_record() -> None:
    text = "person,course,date,result\nAnn,A,2025-01-01,Failed\nAnn,B,,enrolled\nAnn,C,2025-01-01,maybe\nAnn,D,2025-01-01,PASSED\n"
    made = known(training, text, Training)
    assert [one.course for one in made.records] == ["D"]
    assert [str(one) for one in made.faults] == ["line 4: result must say passed, completed, failed or enrolled"]


@pytest.mark.parametrize(
    "row",
    [
        "17.03(2)(a),x,Ann,2025-01-01,",
        "17.03(2)(a),x,Ann,2025-01-01,2024-01-01",
        "17.03(2)(a),x,Ann,2025-01-01,2025-12-31,plan.pdf,abc",
        "17.03(2)(a),,Ann,2025-01-01,2025-12-31",
    ],
)
def test_an_attestation_that_does_not_fit_is_none(row: str) -> None:
    made = known(attestations, f"control,statement,owner,date,expires,evidence,sha256\n{row}\n", Attestations)
    assert made.attestations == ()
    assert [fault.about for fault in made.faults] == ["17.03(2)(a)"]


def test_an_item_is_found_however_it_is_cited() -> None:
    assert {item(one) for one in ("17.03(2)(a)", "201 CMR 17.03(2)(a)", "201 cmr 17.03 (2) (a)")} == {"17.03(2)(a)"}
    assert {item(one) for one in ("965-3.04(1)(c)", "965 CMR 3.04(1)(c)")} == {"965-3.04(1)(c)"}


@given(st.text(max_size=300))
def test_whatever_stands_in_a_register_is_rows_or_faults(text: str) -> None:
    columns = {"a": ("a",), "b": ("b",)}
    taken = rows(f"a,b\n{text}", columns, ("a", "b"))
    assert all(set(row.cells) == {"a", "b"} for row in taken.rows)
    bare = rows(text, columns, ("a", "b"))
    assert bare.faults or bare.columns == {"a", "b"}


@pytest.mark.parametrize("made", ["directory", "fifo", "device", "loop", "nothing", "large"])
def test_a_register_that_is_no_file_is_not_seen(tmp_path: Path, made: str) -> None:
    path = tmp_path / "training.csv"
    match made:
        case "directory":
            path.mkdir()
        case "fifo":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "loop":
            path.symlink_to(path)
        case "large":
            path.write_bytes(b"x" * ((8 << 20) + 1))
    reading = Registers({"training": path}).read([Register("training")])["register:training"]
    assert isinstance(reading, Unread)
    assert str(path) in reading.reason


def test_a_register_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_bytes("\ufeffperson,course,date\r\nJos\u00e9,B,2025-01-01\r\n".encode())
    reading = Registers({"training": path}).read([Register("training")])["register:training"]
    assert isinstance(reading, Text)
    assert known(training, reading.text, Training).records[0].person == "Jos\u00e9"


def digests(folder: Path, **bounds: int) -> dict[str, str]:
    wanted = Digests(Register("attestations"), lambda text: tuple(text.split()), **bounds)
    reading = Registers({"attestations": folder / "attestations.csv"}).read([wanted])[wanted.key]
    assert isinstance(reading, Text)
    made = wanted.understand(reading.text)
    assert isinstance(evidence_files.outcome({evidence_files.sources[0].key: reading}), EvidenceFiles)
    return made


def test_evidence_is_hashed_within_bounds(tmp_path: Path) -> None:
    (tmp_path / "attestations.csv").write_text("a b a c .. loop n/a attestations.csv/x \0")
    (tmp_path / "a").write_bytes(b"1234")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "loop").symlink_to("loop")
    hashed = "sha256 " + hashlib.sha256(b"1234").hexdigest()
    told = digests(tmp_path)
    assert told["a"] == told["b"] == hashed
    assert told["c"] == told["n/a"] == told["attestations.csv/x"] == "absent"
    assert "below the folder" in told[".."]
    assert told["loop"].startswith("unread ")
    assert told["\0"].startswith("unread ")
    told = digests(tmp_path, limit=7)
    assert told["a"] == hashed
    assert "7 bytes" not in told["a"]
    assert told["b"] == "unread it is longer than the 3 bytes that are left for evidence"
    assert digests(tmp_path, most=1)["b"] == "unread more than 1 files are named"


@pytest.mark.parametrize("answer", ["{}x", "[]", '{"a": "sha256 "}', '{"a": "unread "}', '{"a": 1}', '{"a": ""}'])
def test_an_answer_of_another_form_is_not_understood(answer: str) -> None:
    assert isinstance(evidence_files.outcome({evidence_files.sources[0].key: Text(answer)}), Unread)
