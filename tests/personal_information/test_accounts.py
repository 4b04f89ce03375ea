import pytest

from collectors.personal_information.accounts import is_routing
from collectors.personal_information.sightings import Kind, Tier
from tests.personal_information.made_up import entry, iban, routing, tiers

ACCOUNT = Kind.FINANCIAL_ACCOUNT
NUMBER = "4709" + "318625"


@pytest.mark.parametrize(
    "word",
    ["Account number:", "acct #", "Account No.", "account_number =", "accountNumber", "Acct:", "ACCOUNT NUMBER\n"],
)
def test_a_number_behind_a_word_for_an_accounts_number_is_low(word: str) -> None:
    assert tiers(f"{word} {NUMBER}") == {ACCOUNT: Tier.LOW}


@pytest.mark.parametrize("word", ["Bank", "checking", "Savings", "direct deposit", "Credit Union", "wire"])
def test_a_word_of_banks_makes_it_medium(word: str) -> None:
    assert tiers(f"{word} account number: {NUMBER}") == {ACCOUNT: Tier.MEDIUM}


def test_a_routing_number_makes_it_medium_and_with_its_word_high() -> None:
    assert tiers(f"{routing()} Account no. {NUMBER}") == {ACCOUNT: Tier.MEDIUM}
    assert tiers(f"Account no. {NUMBER} routing {routing()}") == {ACCOUNT: Tier.HIGH}
    assert tiers(f"ABA {routing()}\nAccount no. {NUMBER}") == {ACCOUNT: Tier.HIGH}


def test_a_routing_number_far_away_does_not() -> None:
    assert tiers(f"Account no. {NUMBER} {'.' * 120} {routing()}") == {ACCOUNT: Tier.LOW}


@pytest.mark.parametrize("district", ["01", "12", "21", "32", "61", "72", "80"])
def test_every_district_has_routing_numbers(district: str) -> None:
    number = routing(district + "107593")
    assert is_routing(number.encode())
    assert not is_routing(f"{number[:8]}{(int(number[8]) + 1) % 10}".encode())


@pytest.mark.parametrize("district", ["00", "13", "20", "33", "60", "73", "79", "81", "99"])
def test_no_other_has(district: str) -> None:
    assert not is_routing(routing(district + "107593").encode())


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "number {}",
        "accountant {}",
        "{} account number",
        "account number x{}",
        "account number {}.5",
        "accountable: {}",
    ],
)
def test_a_number_elsewhere_is_nothing(text: str) -> None:
    assert tiers(text.format(NUMBER)) == {}


@pytest.mark.parametrize("number", ["12345", "1" * 18, "123456789", "0000000000", "999999", "2024-11-05", "20241105"])
def test_too_short_too_long_made_up_or_a_date_is_nothing(number: str) -> None:
    assert tiers(f"Account number: {number}") == {}


@pytest.mark.parametrize("size", [6, 17])
def test_the_shortest_and_the_longest_count(size: int) -> None:
    assert tiers(f"Account number: {(NUMBER * 2)[:size]}") == {ACCOUNT: Tier.LOW}


@pytest.mark.parametrize("cloud", ["aws", "AWS", "arn:aws:iam::", "Amazon"])
def test_twelve_digits_near_a_cloud_are_its_own_account(cloud: str) -> None:
    assert tiers(f"{cloud} account number: {NUMBER}07") == {}
    assert tiers(f"{cloud} account number: {NUMBER}071") == {ACCOUNT: Tier.LOW}


@pytest.mark.parametrize(
    ("country", "body"),
    [
        ("DE", "370502990123456789"),
        ("FR", "3000600001123456780" + "A189"),
        ("NL", "RABO0123498765"),
        ("NO", "60110076543"),
        ("MT", "MALT01100" + "0012345MTLCAST001S"),
    ],
)
def test_an_iban_is_medium_alone_and_high_beside_a_word(country: str, body: str) -> None:
    number = iban(country, body)
    spaced = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    assert tiers(f"see {number}, there") == {ACCOUNT: Tier.MEDIUM}
    assert tiers(f"see {spaced}.") == {ACCOUNT: Tier.MEDIUM}
    assert tiers(f"IBAN {spaced}") == {ACCOUNT: Tier.HIGH}


def test_wrong_check_digits_another_length_or_another_country_are_no_iban() -> None:
    number = iban()
    wrong = f"{(int(number[2:4]) + 1) % 97:02}"
    assert tiers(f"IBAN {number[:2]}{wrong}{number[4:]}") == {}
    assert tiers(f"IBAN {iban(body='37050299012345678')}") == {}
    assert tiers(f"IBAN {iban('US')}") == {}
    assert tiers(f"IBAN x{number}") == {}
    assert tiers(f"IBAN {number}0") == {}


def test_the_published_example_is_no_iban() -> None:
    assert tiers("IBAN " + iban(body="370400440532013000")) == {}


def test_an_iban_in_small_letters_or_with_hyphens_counts_beside_its_word() -> None:
    number = iban()
    hyphened = "-".join(number[place : place + 4] for place in range(0, len(number), 4))
    for written in (number.lower(), hyphened, hyphened.lower()):
        assert tiers(f"IBAN {written}") == {ACCOUNT: Tier.MEDIUM}
        assert tiers(f"see {written}") == {}
    assert tiers(f"IBAN De{number[2:]}") == {}
    assert tiers(f"IBAN {number[:4]}-{number[4:]}") == {}
    assert tiers("see " + hyphened.replace("-", "\xa0")) == {ACCOUNT: Tier.MEDIUM}


def test_letters_before_an_accounts_number_leave_it_low() -> None:
    assert tiers(f"Bank account number: AB{NUMBER}") == {ACCOUNT: Tier.LOW}
    assert tiers(f"Bank account number: ab{NUMBER}") == {}


def test_the_line_at_the_foot_of_a_check_is_high() -> None:
    assert tiers(f"\u2446{routing()}\u2446 {NUMBER}\u2448 1001") == {ACCOUNT: Tier.HIGH}
    assert tiers(f"\u2446470931862\u2446 {NUMBER}\u2448 1001") == {}
    assert tiers(f"\u2446{routing()}\u2446 {NUMBER} 1001") == {}


def test_an_entry_for_the_clearing_house_is_high() -> None:
    assert tiers(f"101 x\r\n{entry()}\r\n") == {ACCOUNT: Tier.HIGH}


@pytest.mark.parametrize(
    "line",
    [" " + entry(), entry() + "0", entry()[:-1], entry(checked="470931862"), entry(name="0" * 22), entry("12345678")],
)
def test_any_other_line_is_none(line: str) -> None:
    assert tiers(f"{line}\n") == {}


@pytest.mark.parametrize("head", ["account", "Acct", "DDA"])
def test_any_account_is_low_below_its_head(head: str) -> None:
    assert tiers(f"id,{head}\n1,{NUMBER}\n") == {ACCOUNT: Tier.LOW}


def test_any_account_is_high_beside_a_routing_number_in_its_column_alone() -> None:
    assert tiers(f"bank,account,routing\nx,{NUMBER},{routing()}\n") == {ACCOUNT: Tier.HIGH}
    assert tiers(f"bank,account,order\nx,{NUMBER},{routing()}\n") == {ACCOUNT: Tier.LOW}
    assert tiers(f"id,routing/account\nx,{routing()}/{NUMBER}\n") == {ACCOUNT: Tier.HIGH}
