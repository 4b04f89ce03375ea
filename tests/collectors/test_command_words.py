import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sources import Command


@given(st.lists(st.text(alphabet=st.sampled_from("ab'\"\\ \n\t$`|;-/é%@")), min_size=1))
def test_a_joined_line_comes_apart_as_it_was(words: list[str]) -> None:
    assert Command(shlex.join(words)).words == words


@pytest.mark.parametrize(
    "line", ["sshd -T", "ps -A -o comm=", 'sh -c "a b"', "a  b", "a'b' c", "a\\ b", "'a''b'", 'a "b\'c"', " a "]
)
def test_any_other_line_as_the_shell_does(line: str) -> None:
    assert Command(line).words == shlex.split(line)
