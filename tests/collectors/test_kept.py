from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.kept import kept, mask


def test_a_mask_names_fields_and_fields_below_them() -> None:
    assert mask("A{B{C} D} E") == {"A": {"B": {"C": None}, "D": None}, "E": None}


@pytest.mark.parametrize("text", ["", " ", "A{", "A}", "{A}", "A{B", "A{B}}", "A,B", 'A{"B"}'])
def test_a_mask_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"mask|brace"):
        mask(text)


def test_only_what_is_named_is_kept() -> None:
    answer = {"Users": [{"Name": "a", "Key": "secret", "Tags": [{"k": 1}]}, {"Name": "b"}], "Token": "t"}
    assert kept(answer, mask("Users{Name Tags}")) == {"Users": [{"Name": "a", "Tags": [{"k": 1}]}, {"Name": "b"}]}


def test_a_text_where_fields_should_be_is_not_kept() -> None:
    assert kept({"Env": "password=hunter2"}, mask("Env{Name}")) == {"Env": None}
    assert kept({"Env": ["hunter2"]}, mask("Env{Name}")) == {"Env": [None]}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["A", "B", "C", "Secret"]), inner),
)


def keys(value: Any) -> set[str]:
    """Of all mappings but those below C, which is kept whole."""
    if isinstance(value, dict):
        return {*value, *(key for name, one in value.items() if name != "C" for key in keys(one))}
    return {key for one in value for key in keys(one)} if isinstance(value, list) else set()


@given(_json)
def test_a_field_that_is_not_named_is_never_kept(answer: Any) -> None:
    made = kept(answer, mask("A{B{C} C} B{C}"))
    assert "Secret" not in keys(made)
    assert kept(made, mask("A{B{C} C} B{C}")) == made
