"""Answers of AWS as nobody should send them: of the right types, and with anything in them.

Other types never get past the transport, which holds answers against AWS' service models.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import botocore.session

from collectors.api import Api, Call
from collectors.aws.account import CHOSEN, WHOSE, scope_of
from collectors.collector import ApiCollector
from collectors.kept import Mask
from collectors.readings import Reading, Text, Unread
from collectors.resolving import Resolver, Scope

TEXTS = (
    *("", "x", "*", "-1", "true", "arn:aws:iam::1:root", '{"Statement": []}', "\x1b[31m", "9" * 400, "a,b\nc"),
    *(
        "-----BEGIN",
        "::/0",
        "0.0.0.0/0",
        '{"Statement": [{"Effect": "Allow"}]}',
        "null",
        "\ud800",
        "https://[",
        "a:b:c:d:e:f",
    ),
)
TIMES = ("2026-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00")
NUMBERS = (0, -1, 10**30, 65535)
TURNS = len(TEXTS)
_session = botocore.session.Session()
_shapes: dict[tuple[str, str], Any] = {}


def shape_of(api: Api) -> Any:
    """The shape of an operation's answer."""
    key = (api.service, api.operation)
    if key not in _shapes:
        _shapes[key] = _session.get_service_model(api.service).operation_model(api.operation).output_shape
    return _shapes[key]


def leaf(kind: str, turn: int) -> Any:
    """A value of a type, another each turn."""
    if kind in {"integer", "long", "float", "double"}:
        return NUMBERS[turn % len(NUMBERS)]
    if kind == "boolean":
        return turn % 2 == 0
    return TIMES[turn % len(TIMES)] if kind == "timestamp" else TEXTS[turn % len(TEXTS)]


def shaped(shape: Any, mask: Mask | None, turn: int, depth: int = 0) -> Any:
    """An answer of a shape with the fields of a mask; every third turn leaves out what need not be there."""
    kind = shape.type_name
    if kind == "list":
        return [] if depth > 9 or turn % 5 == 4 else [shaped(shape.member, mask, turn, depth + 1)]
    if kind == "map":
        names = ["x"] if mask is None else list(mask)
        return {name: shaped(shape.value, None if mask is None else mask[name], turn, depth + 1) for name in names}
    if kind != "structure":
        return leaf(kind, turn)
    if depth > 9:
        return {}
    names = [name for name in (shape.members if mask is None else mask) if name in shape.members]
    kept = [name for place, name in enumerate(names) if depth == 0 or turn % 3 or (place + turn) % 2]
    return {name: shaped(shape.members[name], None if mask is None else mask[name], turn, depth + 1) for name in kept}


def answer(call: Call, turn: int) -> Reading:
    """What a call is answered with: reduced as the transport does."""
    whole = shaped(shape_of(call.api), None if call.api.redact else call.api.mask, turn)
    try:
        return Text(json.dumps(call.api.redact(whole) if call.api.redact else whole))
    except Exception as fault:  # noqa: BLE001 - as the transport does
        return Unread(f"not understood: {type(fault).__name__}")


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
