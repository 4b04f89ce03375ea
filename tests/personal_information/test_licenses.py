import pytest

from collectors.personal_information.sightings import Kind, Tier
from tests.personal_information.made_up import tiers

LICENSE = Kind.DRIVERS_LICENSE
DIGITS = "4709" + "3186"
MASSACHUSETTS = ["S" + DIGITS, "SA" + DIGITS[:7]]


@pytest.mark.parametrize("token", MASSACHUSETTS)
@pytest.mark.parametrize(
    "word",
    [
        "Driver's License",
        "drivers_license_number",
        "DRIVER LICENSE NO.",
        "Driver\u2019s licence",
        "DL#",
        "DLN",
        "driverLicense",
    ],
)
def test_the_forms_of_massachusetts_are_high_behind_a_word_for_a_drivers_license(word: str, token: str) -> None:
    assert tiers(f"{word}: {token}") == {LICENSE: Tier.HIGH}
    assert tiers(f"{word}\n{token}\n") == {LICENSE: Tier.HIGH}


@pytest.mark.parametrize("word", ["License No.", "license number", "Lic #", "License:", "DL: ", "dl="])
def test_they_are_medium_behind_a_word_for_any_license(word: str) -> None:
    assert tiers(f"{word} {MASSACHUSETTS[0]}") == {LICENSE: Tier.MEDIUM}


@pytest.mark.parametrize(
    "text",
    ["{}", "part {}", "{} driver's license", "software license {}", "driver {}", "Driver's License" + "." * 60 + "{}"],
)
def test_they_are_nothing_elsewhere(text: str) -> None:
    assert tiers(text.format(MASSACHUSETTS[0])) == {}


@pytest.mark.parametrize("token", ["x" + MASSACHUSETTS[0], MASSACHUSETTS[0] + "_", "-" + MASSACHUSETTS[0], "S12345678"])
def test_a_part_of_a_word_and_an_example_are_nothing(token: str) -> None:
    assert tiers(f"Driver's License: {token}") == {}


def test_nine_digits_are_the_old_form_and_medium() -> None:
    assert tiers(f"Driver's License: {DIGITS}5") == {LICENSE: Tier.MEDIUM}
    assert tiers(f"License number: {DIGITS}5") == {}
    assert tiers(f"DL: {DIGITS}5") == {}


@pytest.mark.parametrize("token", ["B" + DIGITS[:7], DIGITS, "D123-4709-3186", "W" + DIGITS + "3186", "470 931 862"])
def test_other_states_forms_are_low(token: str) -> None:
    assert tiers(f"Driver's License: {token}") == {LICENSE: Tier.LOW}


@pytest.mark.parametrize("token", ["12345", "v2.0.1", "2024", "$470931", "ABCDEFGH", "470931.5"])
def test_other_tokens_are_nothing(token: str) -> None:
    assert tiers(f"Driver's License: {token}") == {}


@pytest.mark.parametrize(
    "token", ["s" + DIGITS, "sa" + DIGITS[:7], "S 4709 3186", "S-4709-3186", "S " + DIGITS, "SA 470 9318"]
)
def test_small_letters_and_groups_count_behind_a_word_for_a_drivers_license(token: str) -> None:
    assert tiers(f"Driver's License: {token}") == {LICENSE: Tier.HIGH}


@pytest.mark.parametrize("word", ["MA DL", "ma_dl:", "Learner's Permit", "learner\u2019s permit no.", "Drivers Lic"])
def test_further_words_for_it_are_high(word: str) -> None:
    assert tiers(f"{word} {MASSACHUSETTS[0]}") == {LICENSE: Tier.HIGH}


@pytest.mark.parametrize("word", ["Mass ID", "State ID:", "MA-ID", "OLN", "DL", "Permit/License"])
def test_words_that_are_seldom_meant_so_are_medium_before_the_form_of_massachusetts_alone(word: str) -> None:
    assert tiers(f"{word} {MASSACHUSETTS[0]}") == {LICENSE: Tier.MEDIUM}
    assert tiers(f"{word} {DIGITS}5") == {}


@pytest.mark.parametrize("word", ["<dl>", "drama dl part", "estate id", "DL part", "permit"])
def test_what_only_looks_like_such_a_word_is_nothing(word: str) -> None:
    assert tiers(f"{word} {MASSACHUSETTS[0]}") == {}


@pytest.mark.parametrize("head", ["DL", "License", "OLN", "State ID", "License and State"])
def test_below_any_head_for_it_the_form_of_massachusetts_is_medium(head: str) -> None:
    assert tiers(f"id,{head}\n1,{MASSACHUSETTS[0]} MA\n") == {LICENSE: Tier.MEDIUM}
    assert tiers(f"id,{head}\n1,{DIGITS}5\n") == {}


@pytest.mark.parametrize("head", ["Drivers Lic", "Driver's License and State", "DL no State"])
def test_below_a_head_for_a_drivers_license_it_is_high(head: str) -> None:
    assert tiers(f"id,{head}\n1,MA {MASSACHUSETTS[0]}\n") == {LICENSE: Tier.HIGH}


def test_below_a_head_of_a_table_that_blanks_lay_out_it_is_high() -> None:
    rows = "NAME        DRIVERS LICENSE" + " " * 50 + f"X\n{'Mary Brown'.ljust(12)}{MASSACHUSETTS[0]}  y\n"
    assert tiers(rows) == {LICENSE: Tier.HIGH}
