"""All of an account in one go: every call that the collectors need, once, as soon as it is known.

``AccountReader`` keeps the calls that can be made in line, a few at a time for each service of a region and each at its turn, so
that nobody's place is taken by one that has to wait. It asks the ``Resolver`` again whenever a collector has all answers it waited for, until no call is left.
"""

import json
import queue
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from collectors.api import Call
from collectors.aws.account import CHOSEN, IDENTITY, REGIONS, scope_of
from collectors.collector import ApiCollector
from collectors.readings import Answers, Reading, Text, Unread
from collectors.resolving import Resolver

AT_ONCE = 24
"""Calls under way at the same time."""
_IN_A_REGION = 16
"""Of them, in one region, so that one that hangs does not hold up the others."""
_OF_A_SERVICE = 8
"""Of them, of one service in one region."""
_UNTRIED = 2
"""Of them, in a region from which nothing has come yet: one that hangs has no more."""
PROMPT = 2.0
"""Seconds within which a region answers that does not hang."""


class AccountReader:
    """Reads one account through ``ask``, which turns a call into a reading, never raises, and may be called by many threads."""

    def __init__(
        self,
        ask: Callable[[Call], Reading],
        regions: tuple[str, ...] = (),
        seconds: float = 0.0,
        turn: Callable[[Call], float] = lambda _: 0.0,
    ) -> None:
        """``regions``: those the operator chose; none are all that the account can use. ``seconds``: after them nobody is
        waited for; without, ``ask`` is trusted to return. ``turn``: the seconds until a call may be made.
        """
        self._ask = ask
        self._turn = turn
        self._chosen = regions
        self._seconds = seconds

    def read(self, collectors: Sequence[ApiCollector]) -> Answers:
        """Everything that the collectors need, by key of the call."""
        readings: dict[str, Reading] = {}
        seconds: dict[str, float] = {}
        first = [Call(IDENTITY, "", {}), *([] if self._chosen else [Call(REGIONS, "", REGIONS.parameters)])]
        if self._chosen:
            readings[CHOSEN] = Text(json.dumps(sorted(self._chosen)))
        with _Line(self._ask, self._turn, self._seconds) as line:
            for call, reading, took in line.through(first):
                readings[call.key], seconds[call.key] = reading, took
            scope = scope_of(readings)
            if isinstance(scope, Unread):
                return Answers(readings, seconds)
            plan = _Plan(Resolver(scope, readings), collectors)
            line.add(plan.begin())
            while line.busy:
                call, reading, took = line.next()
                readings[call.key], seconds[call.key] = reading, took
                line.add(plan.answered(call.key))
        return Answers(readings, seconds)


class _Plan:
    """Which collectors wait for which calls."""

    def __init__(self, resolver: Resolver, collectors: Sequence[ApiCollector]) -> None:
        self._resolver = resolver
        self._asks = [(one, region) for one in collectors for region in resolver.regions_of(one)]
        self._waiting: dict[str, list[int]] = {}
        self._left: Counter[int] = Counter()
        self._known: set[str] = set()

    def begin(self) -> list[Call]:
        """The calls that need no other's answer."""
        return [call for ask in range(len(self._asks)) for call in self._wanted(ask)]

    def answered(self, key: str) -> list[Call]:
        """The calls that can be made now that this one is answered."""
        calls: list[Call] = []
        for ask in self._waiting.pop(key, ()):
            self._left[ask] -= 1
            if not self._left[ask]:
                calls += self._wanted(ask)
        return calls

    def _wanted(self, ask: int) -> list[Call]:
        missing = self._resolver.missing(*self._asks[ask])
        self._left[ask] = len(missing)
        new = []
        for call in missing:
            key = call.key
            self._waiting.setdefault(key, []).append(ask)
            if key not in self._known:
                self._known.add(key)
                new.append(call)
        return new


_Done = tuple[Call, Reading, float]


class _Line:
    """Calls in line for a few threads. One thread adds and takes; threads end with it, and those that do not return are left."""

    def __init__(self, ask: Callable[[Call], Reading], turn: Callable[[Call], float], seconds: float) -> None:
        self._ask = ask
        self._turn = turn
        self._seconds = seconds
        self._until = time.monotonic() + seconds if seconds else None
        self._todo: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[_Done] = queue.SimpleQueue()
        self._lanes: dict[tuple[str, str], deque[Call]] = {}
        self._turns: dict[tuple[str, str], float] = {}
        """When the first in a lane may go, where its turn was taken."""
        self._next_turn: float | None = None
        """When the next of them comes that has a place."""
        self._under_way: dict[str, Call] = {}
        self._in_lanes: Counter[tuple[str, str]] = Counter()
        self._in_regions: Counter[str] = Counter()
        self._prompt: set[str] = set()
        self._waiting = 0
        self._threads = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for _thread in range(self._threads):
            self._todo.put(None)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return bool(self._under_way or self._waiting)

    def add(self, calls: Iterable[Call]) -> None:
        """Put calls in line."""
        for call in calls:
            self._lanes.setdefault((call.region, call.api.service), deque()).append(call)
            self._waiting += 1
        self._start()

    def next(self) -> _Done:
        """The next answer, whichever comes first."""
        while True:
            times = [at for at in (self._until, self._next_turn) if at is not None]
            try:
                call, reading, took = self._done.get(timeout=max(0.0, min(times) - time.monotonic()) if times else None)
            except queue.Empty:
                if self._until is not None and time.monotonic() >= self._until:
                    return self._abandoned()
                self._start()
                continue
            if self._under_way.pop(call.key, None) is not None:
                break
        self._in_regions[call.region] -= 1
        self._in_lanes[call.region, call.api.service] -= 1
        if took < PROMPT:
            self._prompt.add(call.region)
        self._start()
        return call, reading, took

    def _abandoned(self) -> _Done:
        """One of those that do not come, or are not asked any more."""
        if not self._under_way:
            lane, calls = next(iter(self._lanes.items()))
            self._waiting -= 1
            call = calls.popleft()
            if not calls:
                del self._lanes[lane]
        else:
            call = self._under_way.pop(next(iter(self._under_way)))
        told = f"no answer within {self._seconds:g} seconds: the time for the account was over before {call.api.permission}"
        return call, Unread(told), self._seconds

    def through(self, calls: Iterable[Call]) -> list[_Done]:
        """The answers of these calls, when all are there."""
        self.add(calls)
        done = []
        while self.busy:
            done.append(self.next())
        return done

    def _start(self) -> None:
        self._next_turn = None
        for lane in list(self._lanes):
            region, _ = lane
            calls = self._lanes[lane]
            while (
                calls
                and len(self._under_way) < AT_ONCE
                and self._in_regions[region] < (_IN_A_REGION if region in self._prompt else _UNTRIED)
                and self._in_lanes[lane] < _OF_A_SERVICE
                and self._has_come(lane, calls[0])
            ):
                del self._turns[lane]
                self._submit(lane, calls.popleft())
            if not calls:
                del self._lanes[lane]
            if len(self._under_way) >= AT_ONCE:
                return

    def _has_come(self, lane: tuple[str, str], call: Call) -> bool:
        """Whether it is the turn of the first in a lane."""
        now = time.monotonic()
        if lane not in self._turns:
            self._turns[lane] = now + self._turn(call)
        at = self._turns[lane]
        if at <= now:
            return True
        self._next_turn = at if self._next_turn is None else min(at, self._next_turn)
        return False

    def _submit(self, lane: tuple[str, str], call: Call) -> None:
        self._under_way[call.key] = call
        self._waiting -= 1
        self._in_lanes[lane] += 1
        self._in_regions[lane[0]] += 1
        if self._threads < len(self._under_way):
            self._threads += 1
            threading.Thread(target=self._work, name="aws", daemon=True).start()
        self._todo.put(call)

    def _work(self) -> None:
        while (call := self._todo.get()) is not None:
            begun = time.monotonic()
            try:
                reading = self._ask(call)
            except BaseException as fault:  # noqa: BLE001 - somebody waits for an answer
                reading = Unread(f"{call.api.permission} could not be asked ({type(fault).__name__})")
            self._done.put((call, reading, time.monotonic() - begun))
