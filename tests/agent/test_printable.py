import unicodedata

from hypothesis import given
from hypothesis import strategies as some

from agent.printable import printable


@given(some.text())
def test_nothing_shown_steers_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for one in shown)
    assert "\n" not in shown


def test_what_is_plain_stays_and_the_rest_is_written_out() -> None:
    assert printable("Zoë's café") == "Zoë's café"
    assert printable("a\x1b[31mb\n\u202ec\x9b") == "a\\x1b[31mb\\x0a\\u202ec\\x9b"
    assert printable("\U000e0001") == "\\U000e0001"
    assert printable("x" * 10, longest=4) == "xxxx…"
