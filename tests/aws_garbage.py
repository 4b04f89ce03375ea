"""Answers of AWS as nobody should send them: in the shape of what a call keeps, with anything at the leaves."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from collectors.api import Call
from collectors.aws.account import CHOSEN, WHOSE, scope_of
from collectors.collector import ApiCollector
from collectors.kept import Mask
from collectors.readings import Reading, Text
from collectors.resolving import Resolver, Scope

LEAVES: tuple[Any, ...] = (
    *(
        "",
        "x",
        "*",
        "-1",
        "true",
        "2026-01-01T00:00:00+00:00",
        "arn:aws:iam::1:root",
        '{"Statement": []}',
        "\x1b[31m",
        "9" * 400,
    ),
    *(0, -1, 10**30, 0.5, True, None, [], {}, ["x"], [[]], {"a": {"b": []}}, [None], "a,b\nc", "-----BEGIN", "::/0"),
)


def shaped(mask: Mask, leaf: Any, *, lists: bool) -> Any:
    """An answer of the fields that a mask names; what has fields below is a list of one, or a mapping."""
    made = {name: leaf if below is None else shaped(below, leaf, lists=lists) for name, below in mask.items()}
    return [made] if lists else made


def answers(call: Call) -> Iterator[Any]:
    """Everything that a call could be answered with."""
    for leaf in LEAVES:
        yield leaf
        for lists in (True, False):
            top = shaped(call.api.mask, leaf, lists=lists)
            yield top[0] if lists else top


def read(collectors: Sequence[ApiCollector], answer: Callable[[Call], Reading]) -> dict[str, Reading]:
    """What an account says that answers every call in this way."""
    readings: dict[str, Reading] = {
        WHOSE: Text(json.dumps({"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:root"})),
        CHOSEN: Text(json.dumps(["us-east-1", "eu-west-1"])),
    }
    scope = scope_of(readings)
    assert isinstance(scope, Scope)
    for _ in range(8):
        resolver = Resolver(scope, readings)
        missing = {
            call.key: call
            for one in collectors
            for region in resolver.regions_of(one)
            for call in resolver.missing(one, region)
        }
        if not missing:
            return readings
        readings.update({key: answer(call) for key, call in missing.items()})
    raise AssertionError(f"calls follow calls without end: {sorted(missing)[:3]}")
