import sysconfig
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.personal_information.hyperscan_engine import HyperscanEngine
from collectors.personal_information.plain_engine import PlainEngine
from collectors.personal_information.shapes import Shape
from tests.personal_information.made_up import card, entry, grouped, iban, routing, seen, social_security

_ENDS = [
    "ssn",
    "SSN#",
    "ss no",
    "social security",
    "tin",
    "ITIN",
    "taxpayer id",
    "driver's license",
    "driving licence",
    "dl #",
    "DLN",
    "license no",
]
_ENDS += [
    "lic #",
    "account number",
    "acct:",
    "bank account",
    "identification card",
    "account = ",
    "savings acct no",
    "MA DL",
    "State ID",
    "drivers lic",
    "RECIPIENT'S TIN",
    "Mary Brown",
    "visa",
    "aws",
]
_NUMBERS = [
    social_security(),
    social_security(" "),
    social_security(""),
    card(),
    grouped(card()),
    grouped(card("37", 15), (4, 6, 5), "-"),
    iban(),
]
_NUMBERS += [
    routing(),
    "S47093186",
    "SA4709318",
    "470931862",
    "s47093186",
    iban().lower(),
    f"\n{entry()}\n",
    f"\u2446{routing()}\u2446 4709318625\u2448",
    f"%B{card()}^BROWN/MARY^2512101",
    social_security(" - "),
    grouped(card(), delimiter="."),
    grouped(card(), delimiter="  "),
    social_security(area="9" + "31", group="70"),
    card("62", 19),
    card("6759", 18),
]
_GLUE = [
    " ",
    "-",
    "\n",
    "\r\n",
    ",",
    "\t",
    ".",
    ": ",
    "_",
    "\x1e",
    "\u2013",
    "\xa0",
    "\xad",
    "\ufffe",
    "'",
    "0",
    "4",
    "a",
    "Z",
    "\x00",
    "#",
    ";",
    '"',
]
_PIECES = (
    st.sampled_from([*_ENDS, *_NUMBERS, *_GLUE * 3])
    | st.from_regex(r"[2-6 \-\n]{1,24}", fullmatch=True)
    | st.text("sn0123456789- ", max_size=30)
)
_TEXTS = st.lists(_PIECES | st.text(max_size=4), max_size=40).map("".join)


@settings(max_examples=600, deadline=None)
@given(_TEXTS)
def test_both_engines_say_the_same(text: str) -> None:
    assert seen(text) == seen(text, "plain")


@settings(max_examples=300, deadline=None)
@given(_TEXTS, st.binary(max_size=30))
def test_both_engines_find_the_same_candidates(text: str, more: bytes) -> None:
    ended = b"\n" + text.encode() + more + text.encode("utf-16-le") + b"\n"
    assert HYPERSCAN.candidates(ended) == PlainEngine().candidates(ended)


def test_both_engines_find_the_same_candidates_in_real_text() -> None:
    read, found = 0, set()
    for path in sorted(Path(sysconfig.get_path("purelib")).rglob("*.*")):
        if path.suffix in {".py", ".txt", ".json", ".pyi", ".rst", ".md", ".so"} and path.is_file():
            text = b"\n" + path.read_bytes()[: 1 << 20] + b"\n"
            candidates = HYPERSCAN.candidates(text)
            assert candidates == PlainEngine().candidates(text), path.name
            found |= {one.shape for one in candidates}
            read += len(text)
            if read > 40 << 20:
                break
    assert {Shape.CARD, Shape.ACCOUNT_WORD, Shape.LICENSE_NUMBER_WORD} <= found


def test_every_shape_is_found_where_it_begins() -> None:
    text = f"\n{social_security()} {card()} {iban()} SSN ITIN driver's license, license no account no S47093186\n{entry()}\n".encode()
    assert [one.shape for one in HYPERSCAN.candidates(text)] == list(Shape)
    assert PlainEngine().candidates(text) == HYPERSCAN.candidates(text)
    assert all(
        text[one.start : one.start + 1].isalnum() and not text[one.start - 1 : one.start].isalnum()
        for one in PlainEngine().candidates(text)
    )


HYPERSCAN = HyperscanEngine()
