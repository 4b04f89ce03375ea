"""What may be known of the secrets in an answer of AWS: where they stand and of what kind; never the secrets.

``in_pairs``, ``in_text``, ``in_data`` and ``in_document`` run where an answer arrives, before anything of it is kept. What they
make is all that leaves: for each secret the name of a variable or the number of a line, and the rule that fits; how much was
looked at; and why not all of it was. It goes into a field ``Secrets`` that AWS itself does not have, so that an answer with
nothing left out has nothing to keep either.

Texts are looked through by line, values by name too. What is packed, with gzip or in base64, is unpacked, within bounds.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.api import Answer
from collectors.aws.packed import GZIP, as_text, decompressed, unpacked
from collectors.aws.resource import Resource
from collectors.aws.secret_names import MAYBE, by_name, in_yaml
from collectors.aws.secret_rules import TooMuchError, rule_of

LARGEST = 256 * 1024
"""How many characters of one thing are looked at, those of what is packed in it among them."""
_DEEPEST = 3
_MOST = 25
"""How many secrets of one thing are told of."""
_WINDOW, _OVERLAP = 1024, 256
"""A longer line is looked at in pieces, so that one made to be slow is not."""

Told = dict[str, Any]
KEPT = "Secrets{Found{Place Kind} Seen Unseen}"
"""For the mask of a call: what the field that these functions make has."""


def in_pairs(pairs: Iterable[tuple[Any, Any]]) -> Told:
    """Variables or parameters: name and value. An empty one says nothing."""
    look = _Look()
    for name, value in pairs:
        if value:
            look.pair(str(name), str(value))
    return look.told()


def in_text(text: Any) -> Told:
    """Lines of a script or of configuration."""
    look = _Look()
    look.text(str(text))
    return look.told()


def in_data(data: Any) -> Told:
    """User data, as the API gives it: in base64, of any kind."""
    look = _Look()
    text = str(data or "")
    try:
        look.packed(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        look.text(text)
    return look.told()


def in_document(text: Any) -> Told:
    """A document in JSON, each value by its name; in any other format, by line."""
    look = _Look()
    look.document(str(text))
    return look.told()


def with_secrets(answer: Answer, listing: str, look: Callable[[Any], Told]) -> Answer:
    """The answer, each entry of the listing with what ``look`` tells of it. Where there is no listing, none is made."""
    if listing not in answer:
        return answer
    return {**answer, listing: [{**entry, "Secrets": look(entry)} for entry in answer[listing]]}


@dataclass
class _Look:
    """One thing being looked through."""

    found: dict[tuple[str, str], None] = field(default_factory=dict)
    seen: int = 0
    unseen: str = ""
    left: int = LARGEST

    def told(self) -> Told:
        """What may leave, the certain before the rest."""
        if len(self.found) > _MOST:
            self.unseen = f"it holds more than the {_MOST} secrets that are told of"
        found = sorted(self.found, key=lambda one: one[1] == MAYBE)[:_MOST]
        return {
            "Found": [{"Place": place, "Kind": kind} for place, kind in found],
            "Seen": self.seen,
            "Unseen": self.unseen,
        }

    def pair(self, name: str, value: str) -> None:
        """A value by what stands in it, or else by its name."""
        place, seen, held = _shown(name), self.seen, len(self.found)
        self.text(value, place)
        self.seen = seen + 1
        if len(self.found) == held and (kind := by_name(name, value.strip())):
            self.found[place, kind] = None

    def text(self, text: str, place: str = "", deep: int = 0) -> None:
        """Line after line, and what is packed in it. Without a ``place`` it is told by line."""
        text = self._within(text)
        for number, line in enumerate(text.splitlines(), 1):
            self.seen += 1
            for piece in _pieces(line):
                try:
                    kind = rule_of(piece) or in_yaml(piece)
                except TooMuchError:
                    self.unseen = "a line has more to look at than is looked at"
                    continue
                if kind:
                    self.found[place or f"line {number}", kind] = None
                    break
        for at, data in unpacked(text):
            if deep >= _DEEPEST:
                self.unseen = "it is packed more often than is unpacked"
                break
            self.packed(data, place or f"line {text.count(chr(10), 0, at) + 1}", deep + 1)

    def packed(self, data: bytes, place: str = "", deep: int = 0) -> None:
        """Data that may be compressed, and is text otherwise."""
        most = (self.left + 1) * 4  # bytes of as many characters, and one more
        while data.startswith(GZIP) and deep <= _DEEPEST:
            data, unseen = decompressed(data, most)
            self.unseen, deep = unseen or self.unseen, deep + 1
        text, readable = as_text(data[:most])
        if not readable:
            self.unseen = "it is binary data, which is not understood"
        self.text(text, place, deep)

    def document(self, text: str) -> None:
        """JSON, or else lines."""
        try:
            made = json.loads(text) if len(text) <= self.left else None
            if isinstance(made, dict | list):
                self._value("", "", made)
                return
        except (ValueError, RecursionError):
            pass
        self.text(text)

    def _value(self, place: str, name: str, value: Any) -> None:
        """A value of a document by its name; a default by that of what it is the default of."""
        if isinstance(value, Mapping):
            of_value = str(value.get("name") or value.get("Name") or name)
            for key, one in value.items():
                self._value(f"{place}.{key}", of_value if key in _VALUES else str(key), one)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                self._value(f"{place}.{number}", name, one)
        elif isinstance(value, str):
            look = _Look(left=self.left)
            look.pair(name, value)
            self.seen, self.left, self.unseen = self.seen + 1, look.left, look.unseen or self.unseen
            self.found.update({(_shown(place[1:]), kind): None for _, kind in look.found})

    def _within(self, text: str) -> str:
        """As much of it as is still looked at."""
        if len(text) > self.left:
            self.unseen = f"it has more than the {LARGEST} characters that are looked at"
            text = text[: self.left]
        self.left -= len(text)
        return text


_VALUES = frozenset({"default", "Default", "value", "Value"})
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:/@ -]{1,128}")


def _shown(name: str) -> str:
    """A name as it may be told: one that is longer or stranger than names are may itself be a secret."""
    try:
        return name if _PLAIN_NAME.fullmatch(name) and not rule_of(name) else "?"
    except TooMuchError:
        return "?"


def _pieces(line: str) -> Iterator[str]:
    """A line; a long one in pieces that overlap."""
    for start in range(0, max(len(line) - _OVERLAP, 1), _WINDOW - _OVERLAP):
        yield line[start : start + _WINDOW]


@dataclass(frozen=True)
class Held:
    """A secret: where it stands, and the rule that fits."""

    place: str
    """The name of a variable, or ``line`` and its number."""
    kind: str

    def __str__(self) -> str:
        """As a report names it."""
        return f"{self.kind} ({self.place})"


@dataclass(frozen=True, kw_only=True)
class MayHoldSecrets(Resource):
    """Something in which everybody who may describe it can read what stands in it."""

    holds: tuple[Held, ...] = ()
    seen: int = 0
    """How many variables, or lines, were looked at."""
    unseen: str = ""
    """Why not all of it was; empty where it was."""


def of_secrets(told: Answer) -> dict[str, Any]:
    """The fields of a fact, of what was told."""
    holds = tuple(Held(str(one["Place"]), str(one["Kind"])) for one in told["Found"])
    return {"holds": holds, "seen": int(told["Seen"]), "unseen": str(told["Unseen"])}
