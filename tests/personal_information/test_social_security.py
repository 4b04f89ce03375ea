import pytest

from collectors.personal_information.sightings import Kind, Tier
from tests.personal_information.made_up import AREA, GROUP, SERIAL, count, social_security, tiers

SSN, ITIN = Kind.SOCIAL_SECURITY_NUMBER, Kind.TAXPAYER_NUMBER
TOGETHER = AREA + GROUP + SERIAL


@pytest.mark.parametrize("delimiter", ["-", "\x1e", "\x02", "\u2010", "\u2011", "\u2012", "\u2013", "\xad", "\ufffe"])
def test_a_number_with_any_hyphen_is_medium_alone_and_high_beside_its_word(delimiter: str) -> None:
    number = social_security(delimiter)
    assert tiers(number) == {SSN: Tier.MEDIUM}
    assert tiers(f"Social Security: {number}.") == {SSN: Tier.HIGH}


@pytest.mark.parametrize("delimiter", [" ", "\xa0"])
def test_a_number_with_spaces_is_low_alone_and_high_beside_its_word(delimiter: str) -> None:
    number = social_security(delimiter)
    assert tiers(f"it is {number} there") == {SSN: Tier.LOW}
    assert tiers(f"{number} (SSN)") == {SSN: Tier.HIGH}


@pytest.mark.parametrize(
    "word", ["SSN", "ssn#", "SS#", "emp_ssn", "Soc. Sec. No.", "social-security-number", "TIN", "Tax ID"]
)
def test_any_word_for_it_makes_it_high(word: str) -> None:
    assert tiers(f"{word} {social_security()}") == {SSN: Tier.HIGH}


@pytest.mark.parametrize("word", ["lesson", "mission", "session", "assn", "routing", "setting"])
def test_what_only_looks_like_a_word_for_it_makes_it_no_surer(word: str) -> None:
    assert tiers(f"{word} {social_security()}") == {SSN: Tier.MEDIUM}


@pytest.mark.parametrize(("apart", "tier"), [(1, Tier.HIGH), (157, Tier.HIGH), (158, Tier.MEDIUM)])
def test_a_word_counts_from_160_bytes_before(apart: int, tier: Tier) -> None:
    assert tiers("ssn" + "." * (apart - 1) + " " + social_security()) == {SSN: tier}


@pytest.mark.parametrize(("apart", "tier"), [(1, Tier.HIGH), (76, Tier.HIGH), (78, Tier.MEDIUM)])
def test_a_word_counts_to_80_bytes_behind(apart: int, tier: Tier) -> None:
    assert tiers(social_security() + " " + "." * (apart - 1) + "ssn") == {SSN: tier}


@pytest.mark.parametrize(
    "parts",
    [
        {"area": "000"},
        {"area": "666"},
        {"area": "9" + "31"},
        {"group": "00"},
        {"serial": "0000"},
        {"area": "078", "group": "05", "serial": "1120"},
        {"area": "219", "group": "09", "serial": "9999"},
        {"area": "123", "group": "45", "serial": "6789"},
        {"area": "111", "group": "22", "serial": "3333"},
    ],
    ids=lambda parts: "-".join(parts.values()),
)
def test_numbers_that_are_given_to_nobody_are_none(parts: dict[str, str]) -> None:
    assert tiers(f"SSN: {social_security(**parts)}") == {}


@pytest.mark.parametrize("area", ["001", "010", "034", "665", "667", "734", "899"])
def test_every_area_that_can_be_given_counts(area: str) -> None:
    assert tiers(social_security(area=area)) == {SSN: Tier.MEDIUM}


@pytest.mark.parametrize(
    "number",
    [f"{AREA}-{GROUP} {SERIAL}", f"{AREA} {GROUP}-{SERIAL}", f"{AREA}.{GROUP}.{SERIAL}", f"{AREA}-{GROUP}{SERIAL}"],
)
def test_another_delimiter_or_two_of_them_is_no_number(number: str) -> None:
    assert tiers(f"SSN {number}") == {}


@pytest.mark.parametrize(
    "text", ["1{}", "{}1", "a{}", "{}b", "_{}", "{}_", "{}-22", "12-{}", "0.{}", "{}.5", "$-{}", "user@{}"]
)
def test_a_part_of_something_longer_is_no_number(text: str) -> None:
    assert tiers(text.format(social_security())) == {}


@pytest.mark.parametrize("text", ["SSN 12-{}", "SSN {}-22", "SSN x{}", "SSN {}_"])
def test_that_is_so_though_a_word_stands_beside_it(text: str) -> None:
    assert tiers(text.format(social_security())) == {}


@pytest.mark.parametrize("text", ["({})", '"{}"', "{}.", "{},", "<t>{}</t>", "x\t{}\r\n", "ids:{};", "\\n{}\\n", "{}"])
def test_punctuation_around_a_number_does_not_hide_it(text: str) -> None:
    assert SSN in tiers(text.format(social_security()))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_number_that_a_narrow_cell_breaks_after_a_hyphen_counts(end: str) -> None:
    assert tiers(f"{AREA}-{GROUP}-{end}{SERIAL}") == {SSN: Tier.MEDIUM}
    assert tiers(f"SSN\n{AREA}-{end}{GROUP}-{SERIAL}") == {SSN: Tier.HIGH}
    assert tiers(f"SSN {AREA}-{end}{GROUP}-{end}{SERIAL}") == {}


@pytest.mark.parametrize(
    "text",
    [
        "SSN: {}",
        "ssn={}",
        '"ssn": "{}"',
        "Social Security Number\n{}",
        "<ssn>{}</ssn>",
        "SS# {}",
        "SSN is {},",
        "Soc. Sec. No. {}",
    ],
)
def test_nine_digits_together_are_medium_behind_the_word(text: str) -> None:
    assert tiers(text.format(TOGETHER)) == {SSN: Tier.MEDIUM}


@pytest.mark.parametrize(
    "text", ["{}", "id {}", "{} SSN", "SSN 1 {}", "SSN {}0", "SSN x{}", "SSN -{}", "SSN {}.5", "ssnx" + " " * 40 + "{}"]
)
def test_nine_digits_together_are_nothing_elsewhere(text: str) -> None:
    assert tiers(text.format(TOGETHER)) == {}


@pytest.mark.parametrize("number", ["987654321", "123456789", "111111111", "000123456", "219099999"])
def test_nine_digits_that_are_nobodys_are_nothing_behind_the_word(number: str) -> None:
    assert tiers(f"SSN {number}") == {}


@pytest.mark.parametrize("group", ["50", "65", "70", "88", "90", "92", "94", "99"])
def test_a_taxpayer_number_is_told_apart(group: str) -> None:
    number = social_security(area="9" + "31", group=group)
    assert tiers(f"ITIN {number}") == {ITIN: Tier.HIGH}
    assert tiers(number) == {ITIN: Tier.LOW}
    assert tiers(f"ITIN {number.replace('-', '')}") == {ITIN: Tier.MEDIUM}


@pytest.mark.parametrize("group", ["00", "49", "66", "69", "89", "93"])
def test_no_other_number_that_begins_with_nine_is_one(group: str) -> None:
    assert tiers(f"ITIN {social_security(area='9' + '31', group=group)}") == {}


def test_each_is_counted_once_though_several_words_lead_to_it() -> None:
    text = f"SSN, Social Security Number, ssn: {TOGETHER}\nSSN {social_security()} SSN"
    assert count(text, SSN) == 2


@pytest.mark.parametrize("hyphen", ["-", "\u2013"])
def test_a_hyphen_between_spaces_counts_beside_the_word_alone(hyphen: str) -> None:
    number = social_security(f" {hyphen} ")
    assert tiers(f"SSN: {number}") == {SSN: Tier.HIGH}
    assert tiers(number) == {}
    assert tiers(f"SSN {AREA} - {GROUP}-{SERIAL}") == {}


def test_the_word_may_be_written_with_full_stops() -> None:
    assert tiers(f"S.S.N. {social_security()}") == {SSN: Tier.HIGH}
