"""From an account's readings to the calls that follow from them, and to facts. Pure.

``Resolver`` looks at what has been read so far. What a collector needs and nobody has read yet is ``missing``; once nothing
is, ``outcome`` tells what is known. The same code so serves the transport that asks and the judging of a recording.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.api import Api, ApiSource, Batch, Call, Item, Items, Place, Row, Rows, batched, call_of, rows_of
from collectors.collector import ApiCollector, Fact, Gone, Outcome, Unseen
from collectors.readings import NO_LONGER, NOT_OFFERED, Absent, Reading, Text, Unread

NOT_ASKED = Unread("was not asked")
_LONGEST_REASON = 300
_NOTHING_TO_LACK = (NO_LONGER, NOT_OFFERED)
"""How an ``Absent`` begins that no parser judges: not a part is missing, but the thing itself, or its whole service."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose readings these are: enough to name its resources, and the regions to ask in."""

    account: str
    partition: str
    regions: tuple[str, ...] | Unread


@dataclass(frozen=True, slots=True)
class Element:
    """One of the things that a collector knows, does not know, or knows not to be there; and the calls it rests on."""

    known: Fact | Unseen | Gone
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    value: Any


_Seen = _Known | Absent | Unread


class Resolver:
    """What follows from the readings of one account. ``readings`` may grow between two questions, and nothing in it changes."""

    def __init__(self, scope: Scope, readings: Mapping[str, Reading]) -> None:
        self._scope = scope
        self._readings = readings
        self._seen: dict[str, _Seen] = {}
        self._indexes: dict[tuple[str, str, str], dict[str, list[Any]]] = {}
        self._items: dict[tuple[int, str], list[Item | Unseen]] = {}
        self._batches: dict[tuple[int, int, str], dict[str, Call]] = {}
        self._missing: dict[str, Call] = {}

    def regions_of(self, collector: ApiCollector) -> tuple[str, ...]:
        """Where a collector is asked: every region, or once for the account (the empty text)."""
        if not collector.regional:
            return ("",)
        return self._scope.regions if isinstance(self._scope.regions, tuple) else ()

    def missing(self, collector: ApiCollector, region: str) -> tuple[Call, ...]:
        """The calls that can be made now and that this collector still needs in a region; none when it has all."""
        self._missing = {}
        at = self._place(region)
        if collector.each is None:
            for source in collector.sources:
                self._answer(source, at, None, collector)
        else:
            items = self._items_of(collector.each, at)
            for item in items or ():
                if isinstance(item, Item):
                    for source in collector.sources:
                        self._answer(source, at, item, collector)
        return tuple(self._missing.values())

    def outcome(self, collector: ApiCollector) -> tuple[Outcome, tuple[Element, ...]]:
        """What a collector knows, and for each part of it the calls behind it. Never raises."""
        if collector.regional and isinstance(self._scope.regions, Unread):
            return self._scope.regions, ()
        elements = [one for region in self.regions_of(collector) for one in self._elements(collector, region)]
        if collector.plural:
            shared = collector.each is not None and any(items.region for items in collector.each.chain)
            elements = _once(elements, shared)
            return tuple(one.known for one in elements), tuple(elements)
        known = elements[0].known if elements else Gone("", collector.name)
        match known:
            case Unseen(reason=reason):
                return Unread(reason), tuple(elements)
            case Gone(what=what):
                return Absent(what), tuple(elements)
            case _:
                return known, tuple(elements)

    def _place(self, region: str) -> Place:
        return Place(self._scope.partition, self._scope.account, region)

    # What was read

    def _look(self, call: Call) -> _Seen:
        key = call.key
        seen = self._seen.get(key)
        if seen is not None:
            return seen
        reading = self._readings.get(key)
        if reading is None:
            self._missing[key] = call
            return NOT_ASKED
        seen = _understood(call.api, reading.text) if isinstance(reading, Text) else reading
        self._seen[key] = seen
        return seen

    # What there is to ask about

    def _items_of(self, items: Items, at: Place) -> list[Item | Unseen]:
        memo = (id(items), at.region)
        if memo in self._items:
            return self._items[memo]
        before = len(self._missing)
        parents: Sequence[Item | Unseen | None] = [None] if items.of is None else self._items_of(items.of, at)
        found: dict[str, Item | Unseen] = {}
        for parent in parents:
            if isinstance(parent, Unseen):
                found.setdefault(parent.subject, parent)
                continue
            for one in self._listed(items, at, parent):
                found.setdefault(one.arn if isinstance(one, Item) else one.subject, one)
        made = list(found.values())
        if len(self._missing) == before:
            self._items[memo] = made
        return made

    def _listed(self, items: Items, at: Place, parent: Item | None) -> Iterable[Item | Unseen]:
        subject = parent.arn if parent is not None else at.region
        try:
            call = call_of(items.listing, at, parent)
            seen = self._look(call)
        except KeyError as fault:
            return [Unseen(subject, f"not understood: {items.listing.permission} needs {fault.args[0]}", at.region)]
        except (ValueError, TypeError, RecursionError) as fault:
            return [Unseen(subject, _not_asked(items.listing, fault), at.region)]
        match seen:
            case Absent():
                return []
            case Unread(reason):
                return [Unseen(subject, reason, at.region)]
            case _Known(answer):
                try:
                    return list(items.found(answer, at, parent))
                except Exception as fault:  # noqa: BLE001 - whatever it is, it was not understood
                    told = f"not understood: the answer of {items.listing.permission} ({type(fault).__name__})"
                    return [Unseen(subject, told, at.region)]

    # What a source says

    def _answer(
        self, source: ApiSource, at: Place, item: Item | None, collector: ApiCollector
    ) -> tuple[_Seen, tuple[str, ...]]:
        """The answer of a source of an item (or of a place), and the calls it rests on."""
        try:
            match source:
                case Api():
                    call = call_of(source, at, item)
                    return self._look(call), (call.key,)
                case Row():
                    return self._row(source, at, item)
                case Batch():
                    return self._in_batch(source, at, item, collector)
        except KeyError as fault:
            return Unread(f"not understood: {source.calls[0].permission} needs {fault.args[0]}"), ()
        except (ValueError, TypeError, RecursionError) as fault:
            return Unread(_not_asked(source.calls[0], fault)), ()

    def _row(self, source: Row, at: Place, item: Item | None) -> tuple[_Seen, tuple[str, ...]]:
        call = call_of(source.listing, at, item)
        seen = self._look(call)
        if not isinstance(seen, _Known):
            return seen, (call.key,)
        about = self._index(call, seen.value, source.rows, source.key).get(str(source.of.value(item or {})), [])
        if isinstance(source, Rows):
            return _Known(tuple(about)), (call.key,)
        return (_Known(about[0]) if about else Absent(source.rows)), (call.key,)

    def _index(self, call: Call, answer: Any, rows: str, key: str) -> dict[str, list[Any]]:
        memo = (call.key, rows, key)
        if memo not in self._indexes:
            index: dict[str, list[Any]] = {}
            for row in rows_of(answer, rows):
                for name in dict.fromkeys(str(one) for one in rows_of(row, key)):
                    index.setdefault(name, []).append(row)
            self._indexes[memo] = index
        return self._indexes[memo]

    def _in_batch(
        self, source: Batch, at: Place, item: Item | None, collector: ApiCollector
    ) -> tuple[_Seen, tuple[str, ...]]:
        if collector.each is None:
            raise TypeError(f"{collector.name} asks a batch, and of no items")
        memo = (id(source), id(collector.each), at.region)
        if memo not in self._batches:
            if (id(collector.each), at.region) not in self._items:
                return NOT_ASKED, ()  # not all of its items are known yet
            items = [one for one in self._items[id(collector.each), at.region] if isinstance(one, Item)]
            asked = batched(source, at, items)
            self._batches[memo] = {key: call for call, keys in asked for key in keys}
        own = str(source.keys.value(item or {}))
        call = self._batches[memo][own]
        seen = self._look(call)
        if not isinstance(seen, _Known):
            return seen, (call.key,)
        about = self._index(call, seen.value, source.rows, source.key).get(own, [])
        return (_Known(about[0]) if about else Absent(source.rows)), (call.key,)

    # What is known

    def _elements(self, collector: ApiCollector, region: str) -> Iterator[Element]:
        at = self._place(region)
        if collector.each is None:
            yield from self._made(collector, at, None)
            return
        listing = tuple(call_of(items.listing, at).key for items in collector.each.chain if items.of is None)
        for item in self._items_of(collector.each, at):
            if isinstance(item, Unseen):
                yield Element(item, listing)
            else:
                yield from self._made(collector, at, item, listing)

    def _made(
        self, collector: ApiCollector, at: Place, item: Item | None, listing: tuple[str, ...] = ()
    ) -> Iterator[Element]:
        subject, region = (item.arn, item.region) if item is not None else (at.region, at.region)
        answers = [self._answer(source, at, item, collector) for source in collector.sources]
        calls = tuple(dict.fromkeys((*listing, *(key for _, keys in answers for key in keys))))
        for (seen, _), optional, source in zip(answers, collector.optional, collector.sources, strict=True):
            if isinstance(seen, Absent) and (not optional or seen.what.startswith(_NOTHING_TO_LACK)):
                if item is not None:
                    yield Element(Gone(subject, seen.what or source.calls[0].permission, region), calls)
                elif not collector.plural:
                    yield Element(Gone("", seen.what), calls)
                return
        unread = [seen.reason for seen, _ in answers if isinstance(seen, Unread)]
        if unread:
            yield Element(Unseen(subject, "; ".join(dict.fromkeys(unread))[:_LONGEST_REASON], region), calls)
            return
        arguments = [seen.value if isinstance(seen, _Known) else None for seen, _ in answers]
        try:
            facts = _facts(collector, collector.parse(item if item is not None else at, *arguments))
        except Exception as fault:  # noqa: BLE001 - a parser that raises has not understood
            told = ", ".join(dict.fromkeys(call.permission for call in collector.calls))
            reason = f"not understood: {told[:200]} ({type(fault).__name__} in {collector.name})"
            yield Element(Unseen(subject, reason, region), calls)
            return
        for fact in facts:
            yield Element(fact, calls)


def _once(elements: Iterable[Element], shared: bool) -> list[Element]:
    """Each subject once, though two pages tell of it. Of one that is ``shared``, of which several regions tell, the first
    counts; otherwise nobody knows which of two that differ holds.
    """
    first: dict[str, Element] = {}
    for one in elements:
        subject = one.known.subject
        before = first.setdefault(subject, one)
        if not shared and before is not one and before.known != one.known:
            told = "not understood: AWS tells of it in two ways"
            unseen = Unseen(subject, told, str(getattr(one.known, "region", "")))
            first[subject] = Element(unseen, tuple(dict.fromkeys((*before.calls, *one.calls))))
    return list(first.values())


def _understood(api: Api, text: str) -> _Seen:
    """An answer, if it is one: a mapping with any of the fields that were asked for."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return Unread(f"not understood: the answer of {api.permission} is no JSON object")
    if not answer and not api.may_be_empty:
        return Unread(f"not understood: the answer of {api.permission} is empty")
    return _Known(answer)


def _not_asked(api: Api, fault: Exception) -> str:
    """Why what an answer holds is no parameter, or no entry to look for."""
    return f"not understood: what {api.permission} is asked of ({type(fault).__name__})"


def _facts(collector: ApiCollector, made: Any) -> tuple[Fact, ...]:
    """What the parser returned, if it is what it says it returns; None is no fact."""
    facts: tuple[Any, ...] = tuple(made) if collector.several else (made,) if made is not None else ()
    for fact in facts:
        if not isinstance(fact, collector.fact):
            raise TypeError(f"{collector.name} made a {type(fact).__name__}, not a {collector.fact.__name__}")
        if not (isinstance(fact.subject, str) and isinstance(getattr(fact, "region", ""), str)):
            raise TypeError(f"{collector.name} made a {collector.fact.__name__} whose name is no text")
    return facts
