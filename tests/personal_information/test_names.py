import pytest

from collectors.personal_information.names import a_name_in
from tests.personal_information.made_up import seen, social_security


@pytest.mark.parametrize(
    "text",
    [
        "Mary Brown",
        "for Mary Brown,",
        "Brown, Mary",
        "M. Brown",
        "M Brown",
        "Mary A. Brown",
        "Mary O'Neil",
        "Zoë Brontë",
        "Anne Smith-Jones",
    ],
)
def test_a_first_name_or_initial_and_a_surname_look_like_a_name(text: str) -> None:
    assert a_name_in(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Mary",
        "mary brown",
        "MaryBrown",
        "Social Security",
        "Account Number",
        "United States",
        "The Number",
        "Visa Card",
        "M. brown",
        "",
        "Security, Social",
        "Mary\nBrown",
    ],
)
def test_other_words_do_not(text: str) -> None:
    assert not a_name_in(text.encode())


@pytest.mark.parametrize("text", ["Mary Brown{}{}", "{1}{0}Mary Brown"])
@pytest.mark.parametrize(("apart", "near"), [(3, True), (140, True), (170, False)])
def test_a_name_counts_within_reach_on_both_sides(text: str, apart: int, near: bool) -> None:
    (found,) = seen(text.format(" " * apart, social_security()))
    assert found.near_name is near


def test_a_column_of_names_is_near_every_number_of_the_text() -> None:
    text = "last_name,note,ssn\n" + f"x,{'y' * 400},{social_security()}\n"
    assert [one.near_name for one in seen(text)] == [True]
    assert [one.near_name for one in seen(text.replace("last_name", "color"))] == [False]
