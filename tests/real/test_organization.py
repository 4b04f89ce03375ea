"""The checks of the organization, on register files as people write them."""

import os
import textwrap
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from collectors.transports.registers import Registers
from tests.hosts import catalogue, scan, worst
from tests.midnight import today


def ago(days: int) -> date:
    return today() - timedelta(days=days)


class Office:
    """A folder of registers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: dict[str, Path] = {}

    def write(self, name: str, text: str) -> None:
        self.paths[name] = self.folder / f"{name}.csv"
        self.paths[name].write_text(textwrap.dedent(text))

    def verdict(self, check: str, **settings: Any) -> tuple[str, str]:
        findings = scan(Registers(self.paths), check, settings)
        assert {one.asset_kind for one in findings} == {"organization"}
        return worst(findings)

    def status(self, check: str, **settings: Any) -> str:
        return self.verdict(check, **settings)[0]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    today()  # it does not end while dates are written
    return Office(tmp_path)


ATTESTED = {control: one.id for one in catalogue().checks for control in one.controls if one.id.endswith("-attested")}


def test_every_element_of_the_program_has_its_attestation_check() -> None:
    wanted = {f"17.03(2)({letter})" for letter in "abcdefghij"} | {"17.04(8)", "965-3.04(1)(c)", "965-3.04(2)(a)"}
    assert set(ATTESTED) == wanted


@pytest.mark.parametrize("control", sorted(ATTESTED))
def test_an_attestation_holds_has_an_owner_and_ends(office: Office, control: str) -> None:
    check = ATTESTED[control]
    header = "control,statement,owner,date,expires,evidence,sha256\n"
    row = f'{control},"Done, and written down",Ann Lee,{ago(10)},{{expires}},wisp.pdf,{sha256(b"the program").hexdigest()}\n'
    (office.folder / "wisp.pdf").write_bytes(b"the program")
    status, reason = office.verdict(check)
    assert status == "unknown"
    assert "add registers.attestations" in reason
    office.write("attestations", header + row.format(expires=ago(-90)))
    assert office.status(check) == "pass"
    office.write("attestations", header)
    assert office.status(check) == "fail"
    office.write("attestations", header + row.format(expires=ago(1)))
    assert office.status(check) == "fail"
    office.write("attestations", header + row.format(expires=ago(0)))
    assert office.status(check) == "pass"
    office.write("attestations", header + row.format(expires=ago(-90)).replace("Ann Lee", " "))
    assert office.status(check) == "fail"
    office.write("attestations", header + row.format(expires=ago(-90)).replace(str(ago(10)), str(ago(-10))))
    assert office.status(check) == "fail"


def test_evidence_that_is_altered_missing_or_unseen(office: Office) -> None:
    own, whole = ATTESTED["17.03(2)(a)"], "the-evidence-of-attestations-is-unaltered"
    header = "control,statement,owner,date,expires,evidence,sha256\n"
    was = sha256(b"first").hexdigest()
    row = f"17.03(2)(a),Named,Ann,{ago(10)},{{expires}},{{evidence}},{{digest}}\n"
    line = row.format(expires=ago(-90), evidence="papers/wisp.pdf", digest=was.upper())
    document = office.folder / "papers" / "wisp.pdf"

    def both() -> tuple[str, str]:
        return office.status(own), office.status(whole)

    assert both() == ("unknown", "unknown")
    office.write("attestations", header + line)
    assert both() == ("fail", "fail")
    document.parent.mkdir()
    document.write_bytes(b"first")
    assert both() == ("pass", "pass")
    document.write_bytes(b"second")
    assert both() == ("fail", "fail")
    renewed = row.format(expires=ago(-300), evidence="papers/wisp.pdf", digest=sha256(b"second").hexdigest())
    office.write("attestations", header + line + renewed)
    assert both() == ("pass", "pass")
    office.write("attestations", header + line + renewed.replace(str(ago(-300)), "30/1/2099"))
    assert both() == ("unknown", "unknown")
    office.write("attestations", header + row.format(expires=ago(-9), evidence="papers/wisp.pdf", digest=""))
    assert both() == ("pass", "not_applicable")
    for place in ("/etc/passwd", "../wisp.pdf", "https://example.com/wisp.pdf", "papers", "papers/pipe", "out", ""):
        office.write("attestations", header + row.format(expires=ago(-9), evidence=place, digest=was))
        if place == "papers/pipe":
            os.mkfifo(office.folder / place)
        if place == "out":
            (office.folder / place).symlink_to("/etc/passwd")
        assert both() == ("unknown", "unknown"), place
    _, reason = office.verdict(own)
    assert "fill in the path" in reason


def test_a_faulty_line_clouds_its_own_item_only(office: Office) -> None:
    office.write(
        "attestations",
        f"""\
        control,statement,owner,date,expires
        201 CMR 17.03(2)(a),We named Ann,Ann Lee,{ago(10)},{ago(-90)}
        17.03(2)(b),We assess,Ann Lee,{ago(10)},31/12/2030
        """,
    )
    assert office.status(ATTESTED["17.03(2)(a)"]) == "pass"
    status, reason = office.verdict(ATTESTED["17.03(2)(b)"])
    assert status == "unknown"
    assert "line 3" in reason
    assert "YYYY-MM-DD" in reason
    assert office.status(ATTESTED["17.03(2)(c)"]) == "fail"


def test_an_attestation_is_renewed_annually(office: Office) -> None:
    check = "attestations-are-renewed-at-least-annually"
    header = "control,statement,owner,date,expires\n"
    office.write("attestations", f"{header}17.03(2)(a),x,Ann,{ago(10)},{ago(-300)}\n")
    assert office.status(check) == "pass"
    office.write("attestations", f"{header}17.03(2)(a),x,Ann,{ago(10)},2199-12-31\n")
    assert office.status(check) == "fail"
    assert office.status(check, days=100_000) == "pass"


def roster() -> str:
    return f"""\
person,status,start,end
Ann Lee,active,2015-01-01,
Bo Ray,active,2016-01-01,
Cy Poe,left,2016-01-01,2020-01-01
Di Fox,active,2016-01-01,{ago(3)}
"""


def test_everyone_is_trained(office: Office) -> None:
    check = "everyone-on-the-roster-is-trained"
    assert office.status(check) == "unknown"
    office.write("roster", roster())
    assert office.status(check) == "unknown"
    office.write("training", f"Employee;Training;Completed on\nann  LEE;Basics;{ago(30)}\nBo Ray;Basics;{ago(40)}\n")
    assert office.status(check) == "pass"
    assert office.status(check, course="*privacy*") == "fail"
    office.write("training", f"person,course,date\nAnn Lee,Basics,{ago(30)}\nBo Ray,Basics,{ago(400)}\n")
    (found,) = scan(Registers(office.paths), check)
    assert (found.status, found.verdict.observed["people"]) == ("fail", "Bo Ray")
    assert office.status(check, months=24) == "pass"
    office.write("training", f"person,course,date,status\nAnn Lee,Basics,{ago(3)},\nBo Ray,Basics,{ago(4)},Enrolled\n")
    assert office.status(check) == "fail"
    office.write("roster", "person,status\n")
    assert office.status(check) == "unknown"


def test_a_line_that_is_not_understood_never_trains_anyone(office: Office) -> None:
    check = "everyone-on-the-roster-is-trained"
    office.write("roster", roster())
    office.write("training", f"person,course,date\nAnn Lee,Basics,{ago(3)}\nBo Ray,Basics,12/31/2099\n")
    status, reason = office.verdict(check)
    assert status == "unknown"
    assert "register training, line 3" in reason
    office.write("training", f"person,course,date\nBo Ray,Basics,{ago(3)}\nBo Ray,Basics,12/31/2099\n")
    assert office.status(check) == "fail"
    office.write("training", f"person,course,date\nAnn Lee,Basics,{ago(3)}\nBo Ray,Basics,{ago(3)}\nZed,?,2\n")
    assert office.status(check) == "pass"
    office.write("roster", roster() + "Ed Kay,perhaps,,\n")
    status, reason = office.verdict(check)
    assert status == "unknown"
    assert "register roster, line 6" in reason


def test_new_people_are_trained(office: Office) -> None:
    check = "new-people-are-trained-soon"
    office.write("training", f"person,course,date\nNia Orr,Basics,{ago(80)}\n")
    office.write("roster", f"person,status,start\nNia Orr,active,{ago(90)}\nOld Hand,active,2001-02-03\n")
    assert office.status(check) == "pass"
    assert office.status(check, days=5) == "fail"
    office.write("training", f"person,course,date\nNia Orr,Basics,{ago(20)}\n")
    assert office.status(check) == "fail"
    office.write("roster", f"person,status,start\nNia Orr,active,{ago(10)}\nOld Hand,active,2001-02-03\n")
    assert office.status(check) == "pass"
    office.write("roster", "person,status,start\nOld Hand,active,2001-02-03\n")
    assert office.status(check) == "not_applicable"
    office.write("roster", "person,status\nOld Hand,active\n")
    assert office.status(check) == "unknown"


def test_training_records_are_of_the_past(office: Office) -> None:
    check = "training-records-are-there-and-of-the-past"
    office.write("training", f"person,course,date\nAnn Lee,Basics,{ago(3)}\n")
    assert office.status(check) == "pass"
    office.write("training", f"person,course,date\nAnn Lee,Basics,{ago(-3)}\n")
    assert office.status(check) == "fail"
    office.write("training", "person,course,date\n")
    assert office.status(check) == "fail"
    office.write("training", "")
    assert office.status(check) == "unknown"


def test_a_register_that_is_not_where_it_should_be_is_not_seen(office: Office) -> None:
    office.paths["training"] = office.folder / "nowhere.csv"
    status, reason = office.verdict("training-records-are-there-and-of-the-past")
    assert status == "unknown"
    assert "nowhere.csv: No such file" in reason
