"""Policy documents of AWS, as what they say. What they mean is for ``checks.access_control.aws.policies``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collectors.aws.resource import Resource

ALLOW, DENY = "Allow", "Deny"
_PARTS = frozenset(
    {
        "sid",
        "effect",
        "principal",
        "notprincipal",
        "action",
        "notaction",
        "resource",
        "notresource",
        "condition",
    }
)
_KINDS = {"aws": "AWS", "service": "Service", "federated": "Federated", "canonicaluser": "CanonicalUser"}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody that a statement names."""

    kind: str
    """``AWS``, ``Service``, ``Federated`` or ``CanonicalUser``; ``*`` where the policy only says ``*``."""
    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a statement's conditions. All conditions must hold, each with any of its values."""

    operator: str
    """In small letters, without quantifier and ``IfExists``, e.g. ``stringequals``."""
    key: str
    """In small letters, as AWS compares them, e.g. ``aws:sourcearn``."""
    values: tuple[str, ...]
    if_exists: bool = False
    """Whether it also holds where a request lacks the key."""
    quantifier: str = ""
    """``foranyvalue``, ``forallvalues`` or nothing."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    effect: str
    """``Allow`` or ``Deny``."""
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    """Empty where the policy names none: it is then about what it hangs on."""
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Policied(Resource):
    """A resource with a policy of its own."""

    policy: tuple[Statement, ...] = ()
    """Empty where it has none: only its own account then has access, by the policies of its users and roles."""


def statements(document: str | Mapping[str, Any]) -> tuple[Statement, ...]:
    """What a policy says. ``ValueError`` where that is not what a policy looks like."""
    held = json.loads(document, object_pairs_hook=_unique) if isinstance(document, str) else document
    policy = _small(held)
    if not set(policy) <= {"version", "id", "statement"}:
        raise ValueError("a policy has a part that is not known")
    return tuple(_statement(_small(one)) for one in _each(policy["statement"]))


def _statement(said: Mapping[str, Any]) -> Statement:
    if not set(said) <= _PARTS or said.get("effect") not in (ALLOW, DENY):
        raise ValueError("a statement has a part that is not known, or no effect")
    if ("action" in said) == ("notaction" in said) or {"principal", "notprincipal"} <= set(said):
        raise ValueError("a statement says both what it is about and what not, or neither")
    if {"resource", "notresource"} <= set(said):
        raise ValueError("a statement says both what it is about and what not")
    return Statement(
        effect=said["effect"],
        principals=_principals(said.get("principal", {})),
        not_principals=_principals(said.get("notprincipal", {})),
        actions=_texts(said.get("action", ())),
        not_actions=_texts(said.get("notaction", ())),
        resources=_texts(said.get("resource", ())),
        not_resources=_texts(said.get("notresource", ())),
        conditions=tuple(_conditions(said.get("condition", {}))),
    )


def _principals(said: Any) -> tuple[Principal, ...]:
    if said == "*":
        return (Principal("*", "*"),)
    return tuple(Principal(_KINDS[kind], name) for kind, names in _small(said).items() for name in _texts(names))


def _conditions(said: Any) -> Iterable[Condition]:
    for written, keys in _small(said).items():
        quantifier, colon, operator = written.rpartition(":")
        if colon and quantifier not in ("foranyvalue", "forallvalues"):
            raise ValueError("a condition has an operator that is not known")
        for key, values in _small(keys).items():
            yield Condition(
                operator=operator.removesuffix("ifexists"),
                key=key,
                values=tuple(_value(one) for one in _each(values)),
                if_exists=operator.endswith("ifexists"),
                quantifier=quantifier,
            )


def _value(said: Any) -> str:
    if isinstance(said, bool):
        return str(said).lower()
    if not isinstance(said, str | int | float):
        raise ValueError("a condition compares with what is no value")  # noqa: TRY004 - one kind of fault
    return str(said)


def _texts(said: Any) -> tuple[str, ...]:
    texts = tuple(_each(said))
    if not all(isinstance(one, str) for one in texts):
        raise ValueError("something is no text that should be one")
    return texts


def _each(said: Any) -> Iterable[Any]:
    """One, or a list of them."""
    return said if isinstance(said, list | tuple) else (said,)


def _small(said: Any) -> dict[str, Any]:
    """A mapping whose keys are compared without their case, as AWS does it."""
    if not isinstance(said, Mapping):
        raise ValueError("something is no mapping that should be one")  # noqa: TRY004 - one kind of fault
    return _unique([(name.lower(), value) for name, value in said.items()])


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError("something is said twice")
        made[name] = value
    return made
