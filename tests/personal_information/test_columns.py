import pytest

from collectors.personal_information import examination
from collectors.personal_information.columns import HEAD, LINE, Column, columns_of
from collectors.personal_information.examination import Examination
from collectors.personal_information.plain_engine import PlainEngine
from collectors.personal_information.sightings import Kind, Tier
from tests.personal_information.made_up import AREA, GROUP, SERIAL, card, count, routing, seen, social_security, tiers

TOGETHER = AREA + GROUP + SERIAL
SSN = Kind.SOCIAL_SECURITY_NUMBER


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize(
    "head", ["ssn", "SSN", "Social Security Number", "emp_ssn", '"SSN"', "SS#", "social_security_no", "Soc. Sec. No."]
)
def test_a_head_says_what_the_cells_below_it_are(delimiter: str, head: str) -> None:
    rows = "".join(
        delimiter.join((f"id{number}", f"{AREA}{GROUP}{number}", "end")) + "\n" for number in range(8316, 8366)
    )
    assert count(delimiter.join(("id", head, "x")) + "\n" + rows, SSN) == 50


@pytest.mark.parametrize("head", ["number", "session", "class", "assn", "lessons", "boss"])
def test_any_other_head_says_nothing(head: str) -> None:
    assert tiers(f"id,{head}\nx,{TOGETHER}\n") == {}


def test_only_cells_of_that_column_count() -> None:
    assert count(f"ssn,phone\n{TOGETHER},{AREA}{GROUP}8317\n" * 1, SSN) == 1
    assert tiers(f"{'a' * 40},ssn,{'b' * 40}\n{TOGETHER},x,{TOGETHER}\n") == {}


def test_a_delimiter_between_quotes_parts_nothing() -> None:
    assert count(f'id,ssn\n"Brown, Mary",{TOGETHER}\n', SSN) == 1
    assert count(f'id,ssn\n"Brown, Mary" ,"{TOGETHER}"\n', SSN) == 1


def test_a_number_with_hyphens_in_its_column_is_high_and_counted_once() -> None:
    rows = f"x,{social_security()}\n" * 3
    assert tiers("id,ssn\n" + "x,y\n" * 100 + rows) == {SSN: Tier.HIGH}
    assert count("id,ssn\n" + rows, SSN) == 3


@pytest.mark.parametrize(("before", "seen_in_column"), [(LINE, 1), (LINE + 1, 0)])
def test_a_cell_far_from_the_beginning_of_its_line_is_in_no_column(before: int, seen_in_column: int) -> None:
    assert count("id,ssn\n" + "\n" * 300 + f"{'x' * (before - 1)},{TOGETHER}\n", SSN) == seen_in_column


def test_a_cell_far_from_the_beginning_of_its_line_is_found_in_any_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "_LEAST", 500)
    text = ("id,ssn\n" + "\n" * HEAD + f"{'x' * (LINE - 1)},{TOGETHER}\n" * 20).encode()
    one = Examination(PlainEngine())
    for start in range(0, len(text), 100):
        one.feed(text[start : start + 100])
    assert [found.count for found in one.end()] == [20]


def test_a_list_with_one_head_counts() -> None:
    assert count("ssn\n" + f"{TOGETHER}\n" * 30, SSN) == 30


def test_heads_below_a_title_count() -> None:
    assert count("Payroll\n\n2024\nid,ssn\n" + f"x,{TOGETHER}\n" * 30, SSN) == 30


def test_a_line_of_a_text_is_no_line_of_heads() -> None:
    text = "Dear all, please do not send your social security number to us by mail, we do not need it, ssn\n"
    assert tiers(text + f"{'x' * 100}\na,{TOGETHER}\n") == {}


@pytest.mark.parametrize(
    "cell",
    [TOGETHER, f'"{TOGETHER}"', f'="{TOGETHER}"', f" {TOGETHER} ", f"{TOGETHER}.0", "2947" + "8316", "294" + "8316"],
)
def test_a_cell_may_be_quoted_or_a_quantity_that_lost_its_noughts(cell: str) -> None:
    assert tiers(f"id,ssn\r\nx,{cell}\r\n") == {SSN: Tier.MEDIUM}


@pytest.mark.parametrize(
    "cell", [f"{TOGETHER}.5", f"{TOGETHER}0", f"x{TOGETHER}", "294831", "000" + "478316", f"{TOGETHER} 1"]
)
def test_any_other_cell_is_nothing(cell: str) -> None:
    assert tiers("id,ssn\n" + "\n" * 300 + f"x,{cell}\n") == {}


def test_a_byte_order_mark_does_not_hide_the_first_head() -> None:
    assert count("\ufeffssn,id\n" + f"{TOGETHER},x\n" * 3, SSN) == 3


def test_every_kind_has_columns() -> None:
    heads = "name,driver_license,card number,account_number,itin\n"
    rows = "".join(
        f"x,S470931{row},{card(body=f'{row * 811277 * 16807 % 10**10:010}5')},47093{row}8,9{row}784{row}1\n"
        for row in range(31, 61)
    )
    found = {one.kind: one for one in seen(heads + "\n" * 300 + rows)}
    assert {kind: one.tier for kind, one in found.items()} == {
        Kind.DRIVERS_LICENSE: Tier.HIGH,
        Kind.PAYMENT_CARD: Tier.HIGH,
        Kind.FINANCIAL_ACCOUNT: Tier.LOW,
        Kind.TAXPAYER_NUMBER: Tier.MEDIUM,
    }
    assert all(one.count == 30 and one.near_name for one in found.values())


def test_a_routing_number_beside_a_cell_of_an_account_makes_it_surer() -> None:
    text = "account number,aba\n" + "\n" * 300 + f"470931862,{routing()}\n"
    assert tiers(text) == {Kind.FINANCIAL_ACCOUNT: Tier.MEDIUM}


def test_heads_that_come_late_are_not_taken() -> None:
    assert columns_of(b"\n" * 8 + b"id,ssn\n") is None
    assert columns_of(b"id," + b"x," * HEAD + b"ssn") is None


@pytest.mark.parametrize("text", [b"", b"\n", b",", b"ssn", b",\n", b'"\n', b"\xff\xfe\n", b"ssn,\xff\n"])
def test_any_beginning_is_taken(text: bytes) -> None:
    found = columns_of(text)
    assert found is None or Column.SOCIAL_SECURITY in found.kinds.values()


def test_a_column_of_some_license_holds_drivers_licenses_in_the_form_of_massachusetts_alone() -> None:
    heads = "vendor,license_number\n" + "\n" * 300
    assert tiers(heads + "x,470931862\n" * 30) == {}
    assert tiers(heads + "x,S47093186\n" * 30) == {Kind.DRIVERS_LICENSE: Tier.MEDIUM}


def test_an_account_in_the_next_line_is_no_routing_number() -> None:
    heads = "id,account number\n" + "\n" * 300
    assert tiers(heads + f"1,470931862\n2,{routing()}\n3,470931864\n") == {Kind.FINANCIAL_ACCOUNT: Tier.LOW}


def test_lines_that_end_with_a_carriage_return_alone_count() -> None:
    assert count("id,ssn\r" + f"x,{TOGETHER}\r" * 30, SSN) == 30
    assert count("id,ssn\r" + f"x,{TOGETHER}\r" * 9000, SSN) == 1000


def test_a_line_break_between_quotes_parts_nothing() -> None:
    rows = f'1,"12 Main St\nBoston",{TOGETHER}\n2,"x\n\ny","{TOGETHER}"\n'
    assert count("id,address,ssn\n" + "\n" * 300 + rows, SSN) == 2
    assert count("id,address,ssn\n" + "\n" * 300 + f'1,"x\ny",z,{TOGETHER}\n', SSN) == 0


def test_the_head_before_another_head_says_nothing_of_the_first_cell_below() -> None:
    assert tiers(f"id,ssn,note\n{TOGETHER},,x\n") == {}
