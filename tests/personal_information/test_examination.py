import random
import sys
import time
from itertools import pairwise

import pytest

from collectors.personal_information import examination, hyperscan_engine
from collectors.personal_information.columns import HEAD, Columns
from collectors.personal_information.engine import Engine
from collectors.personal_information.examination import Examination
from collectors.personal_information.plain_engine import PlainEngine
from collectors.personal_information.shapes import Shape
from collectors.personal_information.sightings import MOST, Kind, Sighting, Tier
from collectors.personal_information.surroundings import Surroundings
from tests.personal_information.made_up import ENGINES, card, entry, grouped, iban, routing, seen, social_security

SHORT = "\n".join(
    (
        "name,ssn",
        f"Mary Brown,{social_security('')}",
        f"Visa {grouped(card())} and {card('37', 15)}",
        f"Driver's License: S47093186 IBAN {iban()} ",
        f"routing {routing()} account number 470931862 ITIN {social_security(area='9' + '31', group='70')}",
        f"SSN {social_security()}",
    )
).encode()


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "_LEAST", 1)


def _in_pieces(text: bytes, cuts: list[int], engine: Engine) -> tuple[Sighting, ...]:
    one = Examination(engine)
    for start, end in pairwise([0, *cuts, len(text)]):
        one.feed(text[start:end])
    return one.end()


def test_everything_in_the_short_text_is_told(engine: Engine) -> None:
    found = {one.kind: (one.tier, one.count) for one in _in_pieces(SHORT, [], engine)}
    assert found == {
        Kind.SOCIAL_SECURITY_NUMBER: (Tier.HIGH, 2),
        Kind.DRIVERS_LICENSE: (Tier.HIGH, 1),
        Kind.FINANCIAL_ACCOUNT: (Tier.HIGH, 2),
        Kind.PAYMENT_CARD: (Tier.HIGH, 2),
        Kind.TAXPAYER_NUMBER: (Tier.HIGH, 1),
    }


def test_a_text_that_is_cut_at_any_byte_is_told_of_the_same(engine: Engine, small_windows: None) -> None:
    text = SHORT + b"." * HEAD + SHORT + b"." * 600
    whole = _in_pieces(text, [], engine)
    for cut in range(HEAD, len(text)):
        assert _in_pieces(text, [cut], engine) == whole


@pytest.mark.parametrize("size", [1, 7, 600])
def test_a_text_in_small_pieces_is_told_of_the_same(engine: Engine, small_windows: None, size: int) -> None:
    text = SHORT + b"\n" + b"x," * 1500 + b"\n" + SHORT + b"." * 5000 + SHORT
    assert _in_pieces(text, list(range(size, len(text), size)), engine) == _in_pieces(text, [], engine)


def test_windows_of_any_size_say_the_same(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(17)
    parts = [*SHORT.split(b"\n"), b"\n", b"x" * 700, b",", b"SSN ", b"\r\n", b"card ", b" " * 90]
    parts += [f"create table t (id int, ssn text);\ninsert into t values (1, '{social_security('')}')".encode()]
    parts += [b"SSN    x", f"{social_security('')}    y".encode(), b'"x', f'y",{social_security("")}'.encode()]
    parts += [b"<tr><th>ssn</th></tr><tr><td>", entry().encode(), b'["ssn"], "rows": [[', b"driver lic", b"  S47093186"]
    parts += [f"insert into t (id, ssn) values (1, '{social_security('')}')".encode(), b"(ssn) values ("]
    for _ in range(30):
        text = b"id,ssn,account number\n" * chance.randint(0, 1) + b"\n".join(chance.choices(parts, k=60))
        whole = _in_pieces(text, [], engine)
        for least in (1, 300, 4000):
            monkeypatch.setattr(examination, "_LEAST", least)
            cuts = sorted(chance.sample(range(len(text)), 40))
            assert _in_pieces(text, cuts, engine) == whole
        monkeypatch.undo()


def test_the_offset_is_that_of_the_first_byte_of_the_first_number(engine: Engine) -> None:
    number = social_security().encode()
    for place in (0, 1, 100, 70_000, 200_000):
        text = b"." * (place - 1) + b" " * bool(place) + number + b" " + number
        assert [one.offset for one in _in_pieces(text, [place // 2], engine)] == [place]


def test_the_count_ends_at_the_most(engine: Engine) -> None:
    text = (social_security() + "\n").encode() * (MOST + 1)
    assert [one.count for one in _in_pieces(text, [], engine)] == [MOST]


@pytest.mark.parametrize(("place", "near"), [(MOST - 1, True), (MOST, False)])
def test_names_are_looked_for_beside_the_first_thousand(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, place: int, near: bool
) -> None:
    lines = [social_security() + "." * 330 + "\n"] * (MOST + 5)
    lines[place] = f"Mary Brown {lines[place]}"
    text = "".join(lines).encode()
    for least in (4096, 1 << 16):
        monkeypatch.setattr(examination, "_LEAST", least)
        (found,) = _in_pieces(text, list(range(1000, len(text), 1000)), engine)
        assert found.near_name is near


def test_an_empty_text_holds_nothing(engine: Engine) -> None:
    assert _in_pieces(b"", [], engine) == ()


def test_sightings_are_sorted_by_kind() -> None:
    kinds = [one.kind for one in seen(SHORT)]
    assert kinds == sorted(kinds)
    assert len(set(kinds)) == len(kinds)


def test_a_text_ends_once() -> None:
    one = Examination(PlainEngine())
    one.end()
    with pytest.raises(ValueError, match="the text has ended"):
        one.end()
    with pytest.raises(ValueError, match="the text has ended"):
        one.feed(b"")


def test_nothing_that_can_be_shown_shows_a_value(engine: Engine) -> None:
    one = Examination(engine)
    one.feed(SHORT)
    around = Surroundings(SHORT, Columns(b",", {}))
    candidates = engine.candidates(b"\n" + SHORT + b"\n")
    shown = repr((one, around, candidates, one.end(), vars(one)["_tallies"]))
    digits = "".join(letter for letter in SHORT.decode() if letter.isdigit())
    assert not any(digits[place : place + 7] in shown for place in range(len(digits) - 6))


def test_the_engine_of_this_machine_is_the_fast_one() -> None:
    assert examination.engine().name == "hyperscan"


def test_where_hyperscan_does_not_work_the_standard_library_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hyperscan_engine, "WIDE", {Shape.CARD: b"("})
    assert examination.engine().name == "plain"


def test_without_hyperscan_the_standard_library_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    monkeypatch.delitem(sys.modules, "collectors.personal_information.hyperscan_engine", raising=False)
    assert examination.engine().name == "plain"


HOSTILE = [
    b"7",
    b"-",
    b"\n",
    b'"',
    b"1-1",
    b"AA00",
    b"SSN ",
    b"card ",
    b"account no ",
    b"ssn,ssn\n",
    b"4111 ",
    b"DE89 ",
    b"123-45-",
    b"4539728163940522\n",
    b"529-47-8316\n",
    b"Mary Brown 529-47-8316",
    b"driver's license S47093186 ",
    b"123456789 ",
    b"(ssn",
    b"(ssn) values ('",
    b"create table t (ssn, ",
    b"create table t (ssn);\ninsert into u values (",
    b'["ssn"], "rows": [[',
    b"<tr><th>ssn</th><td>",
    b"SSN  \n",
    b"SSN  \n  \n",
    b'x",1\n',
    b"S47093186 ",
    b"4539.7281.",
    b"%B4539728163940521^",
    b"622" + b"011075930" * 3,
    b"\xe2\x91\x86011075930",
    b"aa00bb00cc00 ",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=lambda piece: ascii(piece.decode("latin-1"))[1:-1])
def test_time_grows_with_the_length_alone(engine: Engine, piece: bytes) -> None:
    def took(size: int) -> float:
        text = b"id,ssn,account number\n" + piece * (size // len(piece))
        began = time.thread_time()
        _in_pieces(text, list(range(0, len(text), 1 << 18)), engine)
        return time.thread_time() - began

    once = min(took(1 << 16) for _ in range(2))
    assert took(1 << 18) < 8 * once + 0.5


@pytest.mark.parametrize("piece", [b"7", b"4539728163940522\n", b"x"], ids=["digits", "cards", "letters"])
def test_what_is_held_does_not_grow(engine: Engine, piece: bytes) -> None:
    one = Examination(engine)
    block = piece * ((1 << 16) // len(piece))
    for _ in range(12):
        one.feed(block)
        assert sum(map(len, vars(one)["_pieces"])) < 1 << 18
