"""The patterns of CloudWatch's metric filters: which events of a log they count.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

The same can be written in many ways, so patterns are not compared but tried: on events such as AWS would write.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Event = Mapping[str, Any]
Test = Callable[[Event, bool], bool]
"""Whether an event fits, where a comparison by ``!=`` with a field that is not there counts as the second argument says."""


class PatternError(ValueError):
    """A pattern that is not understood."""


def counted(pattern: str, event: Event) -> bool:
    """Whether a filter with this pattern counts the event. ``PatternError`` where that is not understood."""
    test = _understood(pattern.strip())
    if test(event, False) != test(event, True):
        raise PatternError("AWS does not document how a missing field compares")
    return test(event, False)


def _understood(pattern: str) -> Test:
    if pattern.startswith("{") and pattern.endswith("}"):
        return _Conditions(pattern[1:-1]).test()
    if pattern.startswith(("[", "{")):
        raise PatternError("it takes lines apart at spaces")
    return _terms(pattern)


# Terms: words that stand anywhere in the event

_TERM = re.compile(r'\s*(?P<how>[?-]?)(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>\w+))(?=\s|$)')


def _terms(pattern: str) -> Test:
    found: dict[str, list[re.Pattern[str]]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(pattern):
        term = _TERM.match(pattern, at)
        if term is None:
            raise PatternError(f"see character {at}")
        at = term.end()
        found[term["how"]].append(_regex(term["regex"], 1) if term["regex"] else _literal(term["quoted"], term["word"]))
    if found["?"] and (found[""] or found["-"]):
        raise PatternError("it mixes terms of which any is enough with others")

    def test(event: Event, _: bool) -> bool:
        text = json.dumps(event, separators=(",", ":"))
        some = any(term.search(text) for term in found["?"]) or not found["?"]
        return some and all(term.search(text) for term in found[""]) and not any(t.search(text) for t in found["-"])

    return test


def _literal(quoted: str | None, word: str | None) -> re.Pattern[str]:
    return re.compile(re.escape(_unquoted(quoted) if quoted is not None else word or ""))


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _regex(text: str, repetitions: int) -> re.Pattern[str]:
    """AWS allows no groups. Each repetition multiplies how long a text may take, and anybody may have written the pattern."""
    if re.search(r"(?<!\\)[()]", text):
        raise PatternError("a regular expression has groups")
    if len(re.findall(r"[*+{]", text)) > repetitions:
        raise PatternError("a regular expression repeats too much")
    try:
        return re.compile(text)
    except re.error as fault:
        raise PatternError("a regular expression is none") from fault


# Conditions: fields of the event

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>&&|\|\||[()]|!=|>=|<=|=|>|<)
      | (?P<selector>\$(?:\.[\w-]+|\[\d+\])+)
      | "(?P<quoted>(?:[^"\\]|\\.)*)"
      | %(?P<regex>[^%]+)%
      | (?P<word>[^\s()&|=!<>"%]+)
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_NOTHING: Any = object()
_STATES: Mapping[tuple[str, ...], Callable[[Any], bool]] = {
    ("IS", "NULL"): lambda value: value is None,
    ("IS", "TRUE"): lambda value: value is True,
    ("IS", "FALSE"): lambda value: value is False,
    ("NOT", "EXISTS"): lambda value: value is _NOTHING,
    ("EXISTS",): lambda value: value is not _NOTHING,
}


class _Conditions:
    """Understands ``($.a = 1 || $.b = x*) && $.c NOT EXISTS``: ``&&`` before ``||``."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None or token.lastgroup is None:
                raise PatternError(f"see character {at}")
            self._tokens.append((token.lastgroup, token[token.lastgroup]))
            at = token.end()
        self._tokens.reverse()

    def test(self) -> Test:
        made = self._any()
        if self._tokens:
            raise PatternError(f"see {self._tokens[-1][1]}")
        return made

    def _any(self) -> Test:
        parts = [self._all()]
        while self._next_is("sign", "||"):
            parts.append(self._all())
        return lambda event, missing: any(part(event, missing) for part in parts)

    def _all(self) -> Test:
        parts = [self._one()]
        while self._next_is("sign", "&&"):
            parts.append(self._one())
        return lambda event, missing: all(part(event, missing) for part in parts)

    def _one(self) -> Test:
        if self._next_is("sign", "("):
            inner = self._any()
            if not self._next_is("sign", ")"):
                raise PatternError("a parenthesis is not closed")
            return inner
        selector = self._take("selector")
        for words, holds in _STATES.items():
            told = [word for kind, word in reversed(self._tokens[-len(words) :]) if kind == "word"]
            if tuple(told) == words:
                del self._tokens[-len(words) :]
                return _stated(selector, holds)
        return self._compared(selector, self._take("sign"))

    def _compared(self, selector: str, sign: str) -> Test:
        kind, text = self._tokens.pop() if self._tokens else ("", "")
        if sign in ("=", "!=") and kind in ("quoted", "regex", "word"):
            fits = _fitting(kind, text)
        elif kind == "word" and sign in ("<", ">", "<=", ">=") and _NUMBER.fullmatch(text):
            fits = _ordered(sign, float(text))
        else:
            raise PatternError(f"{sign} is followed by no value")

        def test(event: Event, missing: bool) -> bool:
            value = _value(event, selector)
            if value is _NOTHING or value is None:
                return missing and sign == "!="
            if isinstance(value, list | Mapping):
                return False  # as AWS has it: such a field is never compared
            return fits(value) != (sign == "!=")

        return test

    def _next_is(self, kind: str, text: str) -> bool:
        if self._tokens and self._tokens[-1] == (kind, text):
            self._tokens.pop()
            return True
        return False

    def _take(self, kind: str) -> str:
        if not self._tokens or self._tokens[-1][0] != kind:
            raise PatternError(f"a {kind} is missing")
        return self._tokens.pop()[1]


def _stated(selector: str, holds: Callable[[Any], bool]) -> Test:
    return lambda event, _: holds(_value(event, selector))


def _value(event: Event, selector: str) -> Any:
    value: Any = event
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", selector):
        if name and isinstance(value, Mapping) and name in value:
            value = value[name]
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return _NOTHING
    return value


def _fitting(kind: str, text: str) -> Callable[[Any], bool]:
    """``*`` stands for anything where it begins or ends the text."""
    if kind == "regex":
        pattern = _regex(text, 2)
        return lambda value: pattern.search(_text(value)) is not None
    if kind == "word" and _NUMBER.fullmatch(text):
        number = float(text)
        return lambda value: _number(value) == number or _text(value) == text
    plain = _unquoted(text) if kind == "quoted" else text
    begins, ends = not plain.startswith("*"), not plain.endswith("*")
    middle = plain.removeprefix("*").removesuffix("*")
    whole = re.compile(f"{'' if begins else '.*'}{re.escape(middle)}{'' if ends else '.*'}", re.DOTALL)
    return lambda value: whole.fullmatch(_text(value)) is not None


def _ordered(sign: str, number: float) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        told = _number(value)
        if told is None:
            return False
        return {"<": told < number, ">": told > number, "<=": told <= number, ">=": told >= number}[sign]

    return fits


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
