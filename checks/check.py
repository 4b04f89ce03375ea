"""A check: a pure function of facts, with its citations, severity, page and examples in one place.

The signature is the contract::

    @check("17.04(1)(b)", severity=HIGH, passes=[Sshd(...)], fails=[Sshd(...)])
    def sshd_refuses_empty_passwords(sshd: Sshd, *, setting: int = 3) -> Verdict:
        \"\"\"One sentence that is the title.

        Why: what the item asks and why this belongs to it.
        Fix: what to do.
        Settings:
            setting: what it means, with its unit and the reason for the default.
        \"\"\"

A parameter ``T`` must be there (``Absent`` makes the check not applicable); ``T | None`` gets ``None`` and judges the
absence. ``Unread`` never arrives: the finding is ``unknown`` with the reason. At most one parameter is a plural fact: the
check is then asked once for each subject. A parameter ``Whole[T]`` takes all facts of a kind together, and what of them was
not seen. Keyword-only parameters are settings that the configuration may change.

Examples are the test. An example is a fact, ``None``, or a tuple of them in the order of the parameters; one with other
than default settings is ``given(facts..., setting=value)``.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args, get_origin

from checks.verdict import Severity, Verdict
from collectors.collector import Fact, Whole, positional_annotations, split_optional

Known = Fact | Whole[Any] | None


@dataclass(frozen=True, slots=True)
class Example:
    """Facts, one for each parameter, and settings other than the defaults."""

    facts: tuple[Known, ...]
    settings: Mapping[str, Any]


def given(*facts: Known, **settings: Any) -> Example:
    """An example with settings other than the defaults."""
    return Example(facts, settings)


@dataclass(frozen=True, slots=True)
class Need:
    """A parameter: which fact, and whether the check judges its absence."""

    name: str
    fact: type[Fact]
    optional: bool
    whole: bool = False
    """Whether it takes all facts of a kind together, as ``Whole``."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A threshold of a check: its default and what it means."""

    name: str
    default: Any
    meaning: str

    @property
    def kind(self) -> type:
        """The type that a configured value must have."""
        return type(self.default)


@dataclass(frozen=True, slots=True)
class Check:
    """A declared check. Its id is its function's name with dashes; its page is its docstring."""

    id: str
    controls: tuple[str, ...]
    facet: str
    severity: Severity
    needs: tuple[Need, ...]
    settings: tuple[Setting, ...]
    passes: tuple[Example, ...]
    fails: tuple[Example, ...]
    not_applicable: tuple[Example, ...]
    title: str
    why: str
    fix: str
    judge: Callable[..., Verdict]
    module: str
    basis: "Basis"
    enabled: bool = True
    """Whether it runs where the configuration does not say; one that is off asks nothing and finds nothing."""


class Basis(StrEnum):
    """Why a check belongs to the item it cites."""

    REQUIRED = "required"
    """The item itself asks for it."""
    SUPPORTING = "supporting"
    """Good practice that strengthens the item."""


REQUIRED, SUPPORTING = Basis


class PageError(TypeError):
    """A check whose docstring lacks a part of its page. It keeps the module from importing."""


_SECTION = re.compile(r"^(Why|Fix|Settings):[ \t]*", re.MULTILINE)


def _page(function: Callable[..., Any]) -> dict[str, str]:
    """Take a docstring apart into title, Why, Fix and Settings."""
    # cleandoc, since Python 3.13 and later have taken the indentation off already.
    pieces = _SECTION.split(inspect.cleandoc(function.__doc__ or ""))
    page = {"title": " ".join(pieces[0].split())}
    for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
        page[name] = body.rstrip() if name == "Settings" else " ".join(body.split())
    for part in ("title", "Why", "Fix"):
        if not page.get(part):
            raise PageError(f"{function.__module__}.{function.__qualname__}: its docstring has no {part}")
    return page


def _settings(function: Callable[..., Any], described: str) -> tuple[Setting, ...]:
    code = function.__code__
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    defaults = function.__kwdefaults__ or {}
    meanings: dict[str, str] = {}
    for line in described.splitlines():
        found = re.match(r"    (\w+): (.+)", line)
        if found:
            meanings[found.group(1)] = found.group(2).strip()
            last = found.group(1)
        elif line.strip() and meanings:
            meanings[last] += " " + line.strip()
    for name in names:
        if name not in defaults or not meanings.get(name):
            raise PageError(f"{function.__qualname__}: setting {name} needs a default and a line under Settings:")
    return tuple(Setting(name, defaults[name], meanings[name]) for name in names)


def _examples(function: Callable[..., Any], examples: Iterable[Any], count: int) -> tuple[Example, ...]:
    made = []
    for one in examples:
        example = one if isinstance(one, Example) else Example(one if isinstance(one, tuple) else (one,), {})
        if len(example.facts) != count:
            raise TypeError(f"{function.__qualname__}: an example has {len(example.facts)} facts, not {count}")
        made.append(example)
    return tuple(made)


def check(
    *controls: str,
    severity: Severity,
    passes: Sequence[Any],
    fails: Sequence[Any],
    facet: str = "",
    not_applicable: Sequence[Any] = (),
    basis: Basis = REQUIRED,
    enabled: bool = True,
) -> Callable[[Callable[..., Verdict]], Check]:
    """Make a check of a function; see the module for what it must look like.

    ``controls`` are ids of the catalogue, ``facet`` is the half of a control that has halves,
    ``basis`` whether the item itself asks for it. A check with
    ``enabled=False`` is off until the configuration switches it on. ``TypeError`` where signature, page or examples do not
    fit.
    """

    def make(function: Callable[..., Verdict]) -> Check:
        needs = []
        for name, annotation in positional_annotations(function):
            fact, optional = split_optional(annotation)
            whole = get_origin(fact) is Whole
            if whole:
                fact = get_args(fact)[0]
            if not (isinstance(fact, type) and issubclass(fact, Fact)):
                raise TypeError(f"{function.__qualname__}: parameter {name} is not a Fact")
            needs.append(Need(name, fact, optional, whole))
        if not (controls and passes and fails):
            raise TypeError(f"{function.__qualname__} needs a control and an example of each: passes, fails")
        page = _page(function)
        return Check(
            id=function.__name__.replace("_", "-"),
            controls=controls,
            facet=facet,
            severity=severity,
            needs=tuple(needs),
            settings=_settings(function, page.get("Settings", "")),
            passes=_examples(function, passes, len(needs)),
            fails=_examples(function, fails, len(needs)),
            not_applicable=_examples(function, not_applicable, len(needs)),
            title=page["title"],
            why=page["Why"],
            fix=page["Fix"],
            judge=function,
            module=function.__module__,
            basis=basis,
            enabled=enabled,
        )

    return make
