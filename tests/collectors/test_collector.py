"""The absence rule where readings become facts."""

import itertools
from dataclasses import dataclass

import pytest

from collectors.collector import Collector, Fact, collector
from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import File, Files, Stat

NEEDED, OTHER, EXTRA = File("/etc/needed"), File("/etc/other"), File("/etc/extra")


@dataclass(frozen=True)
class Seen(Fact):
    texts: tuple[str | None, ...] = ()

    @property
    def subject(self) -> str:
        return str(self.texts)


@collector(NEEDED, OTHER, EXTRA)
def seen(needed: str, other: str, extra: str | None) -> Seen:
    return Seen((needed, other, extra))


POSSIBLE: list[Reading | None] = [Text("text"), Absent("told"), Unread("denied"), None]


@pytest.mark.parametrize("given", list(itertools.product(POSSIBLE, repeat=3)))
def test_the_absence_rule(given: tuple[Reading | None, ...]) -> None:
    keys = [source.key for source in (NEEDED, OTHER, EXTRA)]
    outcome = seen.outcome({key: reading for key, reading in zip(keys, given, strict=True) if reading is not None})
    required, optional = given[:2], given[2]
    if any(isinstance(reading, Absent) for reading in required):
        assert outcome == Absent("told")
    elif any(reading is None or isinstance(reading, Unread) for reading in given):
        assert isinstance(outcome, Unread)
        assert ("denied" in outcome.reason) == (Unread("denied") in given)
        assert ("was not asked" in outcome.reason) == (None in given)
    else:
        assert outcome == Seen(("text", "text", "text" if isinstance(optional, Text) else None))


def test_what_is_absent_without_a_word_is_named_by_its_source() -> None:
    assert seen.outcome({NEEDED.key: Absent()}) == Absent(NEEDED.key)


def made_by(parse: object) -> Collector:
    made: Collector = collector(NEEDED)(parse)  # type: ignore[arg-type]
    return made


def raises(needed: str) -> Seen:
    raise ValueError(f"the secret is {needed}")


def recurses(needed: str) -> Seen:
    return recurses(needed)


def returns_nothing(needed: str) -> Seen:
    return None  # type: ignore[return-value]


def returns_text(needed: str) -> Seen:
    return needed  # type: ignore[return-value]


def returns_one_of_several(needed: str) -> tuple[Seen, ...]:
    return Seen()  # type: ignore[return-value]


def yields_and_breaks(needed: str) -> tuple[Seen, ...]:
    return (Seen() if number else 1 / number for number in (1, 0))  # type: ignore[return-value]


def yields_other(needed: str) -> tuple[Seen, ...]:
    return (Seen(), "other")  # type: ignore[return-value]


@pytest.mark.parametrize(
    "parse",
    [raises, recurses, returns_nothing, returns_text, returns_one_of_several, yields_and_breaks, yields_other],
    ids=lambda parse: parse.__name__,
)
def test_a_parser_that_does_not_make_its_fact_has_not_understood(parse: object) -> None:
    outcome = made_by(parse).outcome({NEEDED.key: Text("hunter2")})
    assert isinstance(outcome, Unread)
    assert outcome.reason.startswith("not understood: file:/etc/needed")
    assert "hunter2" not in outcome.reason


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "{", "81a4 0 0 root root 5"])
def test_a_text_that_is_no_answer_of_its_source_is_not_understood(text: str) -> None:
    @collector(Files("/etc/x.d/*"))
    def files(texts: dict[str, str]) -> Seen:
        return Seen(tuple(texts))

    @collector(Stat("/etc/x.d/*"))
    def modes(found: tuple[object, ...]) -> Seen:
        return Seen(tuple(map(str, found)))

    assert isinstance(files.outcome({files.sources[0].key: Text(text)}), Unread)
    if text:
        assert isinstance(modes.outcome({modes.sources[0].key: Text(text)}), Unread)


def test_several_facts_come_in_their_order_and_none_is_none() -> None:
    def several(needed: str) -> tuple[Seen, ...]:
        return tuple(Seen((word,)) for word in needed.split())

    assert made_by(several).plural
    assert made_by(several).outcome({NEEDED.key: Text("b a")}) == (Seen(("b",)), Seen(("a",)))
    assert made_by(several).outcome({NEEDED.key: Text("")}) == ()


def unannotated(needed) -> Seen:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return Seen()


def quoted(needed: "str") -> Seen:
    return Seen()


def without_fact(needed: str) -> str:
    return needed


def too_many(needed: str, other: str) -> Seen:
    return Seen()


@pytest.mark.parametrize("parse", [unannotated, quoted, without_fact, too_many], ids=lambda parse: parse.__name__)
def test_a_signature_that_does_not_fit_is_no_collector(parse: object) -> None:
    with pytest.raises(TypeError, match=parse.__name__):  # type: ignore[attr-defined]
        made_by(parse)


@pytest.mark.parametrize(
    "path", ["relative", "/etc/../shadow", "/etc/$(id)", "/etc/a b", "/etc/'x", "/etc/a;b", "/etc/\n"]
)
def test_a_source_names_a_plain_path_only(path: str) -> None:
    for kind in (File, Files, Stat):
        with pytest.raises(ValueError, match="plain absolute path"):
            kind(path)


def test_a_pattern_is_no_file() -> None:
    with pytest.raises(ValueError, match="use Files"):
        File("/etc/*.conf")


def test_what_lies_in_the_running_systems_trees_is_live() -> None:
    assert File("/proc/mounts").live
    assert Stat("/etc/passwd", "/run/lock").live
    assert not Files("/etc/x.d/*").live
