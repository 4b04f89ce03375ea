import pytest

from collectors.personal_information.published_cards import PUBLISHED_CARDS
from collectors.personal_information.sightings import Kind, Tier
from tests.personal_information.made_up import card, count, grouped, tiers

CARD = Kind.PAYMENT_CARD
FORMS = [
    ("4539", 16),
    ("51", 16),
    ("55", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("644", 16),
    ("649", 16),
    ("65", 16),
    ("3528", 16),
    ("3589", 16),
    ("300", 14),
    ("305", 14),
    ("36", 14),
    ("38", 14),
    ("39", 14),
    ("62", 16),
    ("62", 17),
    ("62", 18),
]


@pytest.mark.parametrize(("first", "size"), FORMS)
def test_every_issuers_numbers_count(first: str, size: int) -> None:
    assert tiers(f"Card number: {card(first, size)}") == {CARD: Tier.HIGH}
    assert tiers(f"see {card(first, size)} there") == {CARD: Tier.LOW}


@pytest.mark.parametrize(("first", "size"), FORMS)
def test_a_wrong_check_digit_is_no_card(first: str, size: int) -> None:
    assert tiers(f"Card number: {card(first, size, passes=False)}") == {}


@pytest.mark.parametrize(
    ("first", "size"),
    [
        ("4539", 14),
        ("4539", 15),
        ("50", 16),
        ("2220", 16),
        ("2721", 16),
        ("34", 16),
        ("35", 15),
        ("3527", 16),
        ("3590", 16),
        ("306", 14),
        ("643", 16),
        ("66", 16),
        ("7", 16),
        ("1", 16),
        ("9", 16),
    ],
)
def test_no_issuer_has_other_beginnings_and_lengths(first: str, size: int) -> None:
    assert tiers(f"Visa card number: {card(first, size)}") == {}


@pytest.mark.parametrize(("first", "size"), [("4539", 13), ("4539", 19), ("6304", 16), ("6759", 18)])
def test_rare_forms_count_beside_a_word_only(first: str, size: int) -> None:
    assert tiers(f"card no {card(first, size)}") == {CARD: Tier.HIGH}
    assert tiers(f"see {card(first, size)} there") == {}


@pytest.mark.parametrize("delimiter", ["-", " ", "\xa0", "\u2011", "\u2013"])
def test_the_groups_that_are_printed_on_cards_are_medium_alone(delimiter: str) -> None:
    assert tiers(grouped(card(), delimiter=delimiter)) == {CARD: Tier.MEDIUM}
    assert tiers(grouped(card("37", 15), (4, 6, 5), delimiter)) == {CARD: Tier.MEDIUM}
    assert tiers(grouped(card("36", 14), (4, 6, 4), delimiter)) == {CARD: Tier.MEDIUM}


@pytest.mark.parametrize("sizes", [(8, 8), (4, 8, 4), (2, 4, 4, 6), (3, 3, 3, 3, 4)])
def test_other_groups_are_no_card(sizes: tuple[int, ...]) -> None:
    assert tiers("card " + grouped(card(), sizes)) == {}


def test_two_delimiters_in_one_number_are_no_card() -> None:
    number = card()
    assert tiers(f"card {number[:4]}-{number[4:8]} {number[8:12]}-{number[12:]}") == {}


def test_a_number_that_a_narrow_cell_breaks_counts() -> None:
    number = card()
    assert tiers(f"Visa {number[:4]} {number[4:8]}\n{number[8:12]} {number[12:]}") == {CARD: Tier.HIGH}
    assert tiers(f"{number[:4]}-{number[4:8]}-\r\n{number[8:12]}-{number[12:]}") == {CARD: Tier.MEDIUM}


def test_lines_of_groups_of_four_are_a_table_and_no_card() -> None:
    number = card()
    assert tiers(f"{number[:4]} {number[4:8]}\n{number[8:12]} {number[12:]}") == {}
    assert tiers(f"card {number[:4]}\n{number[4:8]}\n{number[8:12]}\n{number[12:]}") == {}
    assert tiers(f"1204 {grouped(number)}") == {}
    assert tiers(f"{grouped(number)} 1204") == {}
    assert tiers(f"53F5 {grouped(number)}") == {}
    assert tiers(f"{grouped(number)} 781AC") == {}
    assert tiers(f"added {grouped(number)} face") == {CARD: Tier.MEDIUM}


@pytest.mark.parametrize("text", ["0.{}", "{}.25", "a{}", "{}f", "_{}", "-{}", "{}%", "/1/{}/2", "@{}", "1,{}"])
def test_a_part_of_something_longer_is_no_card(text: str) -> None:
    assert tiers(text.format(card())) == {}


@pytest.mark.parametrize("text", ["card a{}", "card {}f", "card x_{}"])
def test_letters_that_touch_a_number_make_it_none_though_a_word_stands_beside_it(text: str) -> None:
    assert tiers(text.format(card())) == {}


@pytest.mark.parametrize(
    "word", ["Visa", "MasterCard", "AMEX", "credit_card", "cardNumber", "CVV 123", "cc#", "PAN:", "Card-No."]
)
def test_any_word_for_a_card_makes_it_high(word: str) -> None:
    assert tiers(f"{word} {card()}") == {CARD: Tier.HIGH}


@pytest.mark.parametrize("word", ["discard", "wildcards", "panel", "visage", "account", "according"])
def test_what_only_looks_like_a_word_for_a_card_makes_it_no_surer(word: str) -> None:
    assert tiers(f"{word} {card()}") == {CARD: Tier.LOW}


@pytest.mark.parametrize("number", sorted(PUBLISHED_CARDS), ids=lambda number: number[:6].decode())
def test_published_test_numbers_are_no_cards(number: bytes) -> None:
    assert tiers(b"Visa card number " + number) == {}


@pytest.mark.parametrize("number", ["4" + "1" * 15, "4242" * 4, "5" * 12 + "4444", "4" + "0" * 14 + "2"])
def test_what_repeats_its_digits_too_much_is_no_card(number: str) -> None:
    assert tiers(f"Visa card number {number}") == {}


def _many(passing: int, failing: int, before: str = "") -> str:
    bodies = [f"{number * 48271 * 16807 % 10**10:010}" for number in range(1, passing + failing + 1)]
    return "".join(
        f"{before}{card('4539', body=body + '83', passes=index < passing)}\n" + "." * 300 + "\n"
        for index, body in enumerate(bodies)
    )


def test_numbers_of_which_few_pass_are_numbers_of_orders() -> None:
    assert tiers(_many(9, 11)) == {}
    assert tiers(_many(9, 11, "card ")) == {}


def test_that_is_not_said_of_fewer_than_twenty() -> None:
    assert count(_many(9, 10), CARD) == 9


def test_that_half_of_them_pass_is_enough() -> None:
    assert count(_many(10, 10), CARD) == 10


def test_numbers_of_orders_do_not_hide_a_card_with_a_word_beside_it() -> None:
    assert tiers(_many(2, 38) + f"Visa {card()}") == {CARD: Tier.HIGH}


def test_five_numbers_of_which_nearly_all_pass_are_medium() -> None:
    assert tiers(_many(5, 1)) == {CARD: Tier.MEDIUM}
    assert tiers(_many(5, 2)) == {CARD: Tier.LOW}
    assert tiers(_many(4, 0)) == {CARD: Tier.LOW}


def _log(number: str) -> str:
    return f"src/hb-subset.cc: testcase-minimized-hb-subset-fuzzer-{number}\nhttps://x.org/testcase-detail/{number}\n"


def test_the_name_of_a_source_and_a_line_of_mails_head_are_no_words_for_a_card() -> None:
    assert tiers(_log(card()) * 5) == {}
    assert tiers(f"Cc: Mary\nOrder: {card()}") == {CARD: Tier.LOW}
    assert tiers(f"Cc: {card()}@example.org") == {}
    assert tiers(f"cc: no input files, {card()}") == {CARD: Tier.LOW}
    assert tiers(f"a.cc: {card()}") == {CARD: Tier.LOW}
    assert tiers(f"src/a.cc\n{card()}\n") == {CARD: Tier.LOW}


@pytest.mark.parametrize("word", ["CC", "cc:", "CC no.", "cc number is", '"cc": "', "<cc>", "CC,", "cc\n"])
def test_right_before_the_digits_and_as_a_head_it_is_one(word: str) -> None:
    assert tiers(f"{word} {card()}") == {CARD: Tier.HIGH}


@pytest.mark.parametrize("word", ["Gift card", "SIM card", "library cards", "gift_card_number", "Memory Card"])
def test_words_for_other_cards_are_none(word: str) -> None:
    assert tiers(f"{word} {card()}") == {CARD: Tier.LOW}
    assert tiers(f"id,{word} number\nx,{card()}\n") == {CARD: Tier.LOW}
    assert tiers(f"{word} or Visa {card()}") == {CARD: Tier.HIGH}


@pytest.mark.parametrize("delimiter", [".", "/", "\t", "  "])
def test_groups_that_anything_parts_count_right_behind_a_word(delimiter: str) -> None:
    assert tiers(f"Visa: {grouped(card(), delimiter=delimiter)}") == {CARD: Tier.HIGH}
    assert tiers(f"amex {grouped(card('37', 15), (4, 6, 5), delimiter)}") == {CARD: Tier.HIGH}


@pytest.mark.parametrize(
    "text", ["{}", "card 1 {}", "card\n{}", "{} card", "card" + "." * 40 + "{}", "card {0}{1}0001", "card 0001{1}{0}"]
)
@pytest.mark.parametrize("delimiter", [".", "/", "\t", "  "])
def test_they_are_nothing_elsewhere(delimiter: str, text: str) -> None:
    assert tiers(text.format(grouped(card(), delimiter=delimiter), delimiter)) == {}


def test_what_stands_on_a_magnetic_stripe_is_high() -> None:
    assert tiers(f"%B{card()}^BROWN/MARY A^2512101000000000?") == {CARD: Tier.HIGH}
    assert tiers(f";{card()}=25121010000012300000?") == {CARD: Tier.HIGH}


@pytest.mark.parametrize("text", ["%B{}", "B{}^BROWN/MARY^2512", "x;{}=25121010", ";{}=2512"])
def test_a_part_of_a_stripe_is_not(text: str) -> None:
    assert tiers(text.format(card())) in ({}, {CARD: Tier.LOW})


@pytest.mark.parametrize("head", ["cc", "CC", "ccn", "customer_ccn", "client cc no", "card#", "PAN"])
def test_below_a_head_for_it_a_card_is_high(head: str) -> None:
    assert tiers(f"id,{head},x\n" + "1,2,3\n" * 100 + f"x,{card()},y\n") == {CARD: Tier.HIGH}


@pytest.mark.parametrize("head", ["subset.cc", "gift card no", "cart", "span"])
def test_below_any_other_it_is_low(head: str) -> None:
    assert tiers(f"id,{head},x\n" + "1,2,3\n" * 100 + f"x,{card()},y\n") == {CARD: Tier.LOW}
