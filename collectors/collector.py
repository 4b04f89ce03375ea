"""A collector: the sources it wants read, and a pure parser from their text to a fact.

The parser's signature is the contract. A parameter annotated ``str`` means "this must be there": if the target says it
is not, the fact is ``Absent``, whatever else was read. A parameter annotated ``str | None`` gets ``None`` and the parser decides. ``Unread``
never reaches a parser: the fact is ``Unread`` too. A parser that raises has not understood: ``Unread`` again.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

from collectors.api import Api, ApiSource, Item, Items, Place
from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Source

_LONGEST_REASON = 500


class Platform(StrEnum):
    """Where a collector's sources can be asked."""

    LINUX = "linux"
    AWS = "aws"
    ORGANIZATION = "organization"


class Fact:
    """What is known of one subject. Facts are frozen dataclasses; their fields are documented where they stand."""

    @property
    def subject(self) -> str:
        """Which one of several this is (an account, a network); empty where there is only one."""
        return ""


@dataclass(frozen=True, slots=True)
class Unseen:
    """In place of one of several facts: this subject is there, and what matters of it could not be seen."""

    subject: str
    reason: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """In place of one of several facts: the target said that this subject has nothing of the kind, or is no longer there."""

    subject: str
    what: str
    region: str = ""


Outcome = Fact | tuple[Fact | Unseen | Gone, ...] | Absent | Unread
"""What is known: a fact, several, or why there is none."""


F = TypeVar("F", bound=Fact)


@dataclass(frozen=True, slots=True)
class Whole(Generic[F]):
    """As a check's parameter: all facts of a kind together, and which of them could not be seen.

    A check that found what it looks for among ``facts`` may say so; one that did not must say ``unknown`` where anything
    is ``unseen``, since that may be what it looks for.
    """

    facts: tuple[F, ...]
    unseen: tuple[Unseen, ...] = ()

    @property
    def blind(self) -> str:
        """Why not all could be seen; empty where all were."""
        return "; ".join(dict.fromkeys(one.reason for one in self.unseen))


@dataclass(frozen=True, slots=True)
class Collector:
    """A declared way to one fact on one platform. Its name is its parser's."""

    name: str
    platform: Platform
    sources: tuple[Source, ...]
    optional: tuple[bool, ...]
    """For each source: whether the parser judges its absence itself."""
    fact: type[Fact]
    plural: bool
    """Whether the parser returns a tuple of facts, one for each subject."""
    parse: Callable[..., Any]

    def outcome(self, readings: Mapping[str, Reading]) -> Outcome:
        """Judge what the readings (by source key) say: the fact, or why there is none. Never raises."""
        asked = [readings.get(source.key, Unread("was not asked")) for source in self.sources]
        for source, reading, optional in zip(self.sources, asked, self.optional, strict=True):
            if isinstance(reading, Absent) and not optional:
                return Absent(reading.what or source.key)  # that settles it, whatever else could not be seen
        unread = [f"{reading.reason}" for reading in asked if isinstance(reading, Unread)]
        if unread:
            return Unread("; ".join(dict.fromkeys(unread))[:_LONGEST_REASON])
        arguments: list[Any] = []
        for source, reading in zip(self.sources, asked, strict=True):
            if isinstance(reading, Text):
                try:
                    arguments.append(source.understand(reading.text))
                except Exception as fault:  # noqa: BLE001 - whatever it is, it was not understood
                    return self._not_understood(fault)
            else:
                arguments.append(None)
        try:
            return self._made(self.parse(*arguments))
        except Exception as fault:  # noqa: BLE001 - a parser that raises has not understood
            return self._not_understood(fault)

    def _made(self, made: Any) -> Fact | tuple[Fact, ...]:
        """What the parser returned, if it is what it says it returns."""
        facts: tuple[Any, ...] = tuple(made) if self.plural else (made,)
        for fact in facts:
            if not isinstance(fact, self.fact):
                raise TypeError(f"{self.name} made a {type(fact).__name__}, not a {self.fact.__name__}")
        return facts if self.plural else facts[0]

    def _not_understood(self, fault: Exception) -> Unread:
        """The fault's type only: its message may quote what was read."""
        where = ", ".join(source.key for source in self.sources)
        return Unread(f"not understood: {where[:200]} ({type(fault).__name__} in {self.name})")


def split_optional(annotation: Any) -> tuple[Any, bool]:
    """Take ``T | None`` apart into ``T`` and True, and ``T`` into ``T`` and False."""
    if get_origin(annotation) in (UnionType, Union):
        rest = [part for part in get_args(annotation) if part is not NoneType]
        if len(rest) == 1:
            return rest[0], True
    return annotation, False


def positional_annotations(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    """Name and annotation of each positional parameter, in order; ``TypeError`` where one has no annotation."""
    code = function.__code__
    hints = function.__annotations__
    names = code.co_varnames[: code.co_argcount]
    for name in names:
        if name not in hints or isinstance(hints[name], str):
            raise TypeError(f"{function.__qualname__}: parameter {name} needs an annotation that is a real type")
    return [(name, hints[name]) for name in names]


def _made_by(function: Callable[..., Any]) -> tuple[type[Fact], bool]:
    annotation, _ = split_optional(function.__annotations__.get("return"))
    arguments = get_args(annotation)
    plural = bool(arguments) and get_origin(annotation) in (tuple, list, Iterable)
    fact = arguments[0] if plural else annotation
    if not (isinstance(fact, type) and issubclass(fact, Fact)):
        raise TypeError(f"{function.__qualname__} must say which Fact it returns")
    return fact, plural


@dataclass(frozen=True, slots=True)
class ApiCollector:
    """A declared way to one fact of a cloud account. Its parser is asked once for each item, or once for each place."""

    name: str
    sources: tuple[ApiSource, ...]
    optional: tuple[bool, ...]
    """For each source: whether the parser judges its absence itself."""
    fact: type[Fact]
    plural: bool
    """Whether there are several: one or more for each item or region."""
    several: bool
    """Whether the parser itself returns a tuple."""
    parse: Callable[..., Any]
    each: Items | None
    regional: bool
    """Whether every region is asked; otherwise the account once."""
    platform: Platform = Platform.AWS

    @property
    def calls(self) -> tuple[Api, ...]:
        """The calls that it declares, each once: of what it asks, then what."""
        listings = [items.listing for items in self.each.chain] if self.each is not None else []
        asked = [call for source in self.sources for call in source.calls]
        return tuple(dict.fromkeys([*listings, *asked]))


AnyCollector = Collector | ApiCollector


def collector(*sources: Source, platform: Platform = Platform.LINUX) -> Callable[[Callable[..., Any]], Collector]:
    """Make a collector of a parser. One positional parameter for each source, in order; it returns a ``Fact``,
    or ``tuple[Fact, ...]`` for one fact a subject. ``TypeError`` where the signature does not fit.
    """

    def make(parse: Callable[..., Any]) -> Collector:
        parameters = positional_annotations(parse)
        if len(parameters) != len(sources):
            raise TypeError(
                f"{parse.__qualname__} takes {len(parameters)} readings, but {len(sources)} sources are named"
            )
        fact, plural = _made_by(parse)
        return Collector(
            name=parse.__name__,
            platform=platform,
            sources=sources,
            optional=tuple(split_optional(annotation)[1] for _, annotation in parameters),
            fact=fact,
            plural=plural,
            parse=parse,
        )

    return make


def aws_collector(*sources: ApiSource, each: Items | None = None) -> Callable[[Callable[..., Any]], ApiCollector]:
    """Make a collector of a parser over an account's API.

    With ``each`` the parser's first parameter is the ``Item``, and it is asked for every item; without, it is the ``Place``,
    and it is asked for every region (once, where all calls are global). Then follows one parameter for each source, in order.
    It returns a ``Fact``, ``tuple[Fact, ...]``, or ``Fact | None`` where some items are none of its business. ``TypeError``
    where the signature does not fit.
    """

    def make(parse: Callable[..., Any]) -> ApiCollector:
        first, *parameters = positional_annotations(parse) or [("", None)]
        wanted = Item if each is not None else Place
        if first[1] is not wanted:
            raise TypeError(f"{parse.__qualname__}: its first parameter must be annotated {wanted.__name__}")
        if len(parameters) != len(sources):
            raise TypeError(
                f"{parse.__qualname__} takes {len(parameters)} answers, but {len(sources)} sources are named"
            )
        fact, several = _made_by(parse)
        listings = [items.listing for items in each.chain] if each is not None else []
        asked = [call for source in sources for call in source.calls]
        regional = any(call.regional for call in (*listings, *asked))
        return ApiCollector(
            name=parse.__name__,
            sources=sources,
            optional=tuple(split_optional(annotation)[1] for _, annotation in parameters),
            fact=fact,
            plural=several or regional or each is not None,
            several=several,
            parse=parse,
            each=each,
            regional=regional,
        )

    return make
