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
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from collectors.api import Answer
from collectors.aws.resource import Resource
from collectors.aws.secret_rules import TooMuchError, meaning, real, rule_of

LARGEST = 256 * 1024
"""How many characters of one thing are looked at, those of what is packed in it among them."""
_DEEPEST = 3
_MOST = 25
"""How many secrets of one thing are told of."""
_WINDOW, _OVERLAP = 1024, 256
"""A longer line is looked at in pieces, so that one made to be slow is not."""

BY_NAME = "value-of-a-secret-name"
MAYBE = "secret-or-its-name"
"""A value of words behind a name like ``DB_SECRET``: a poor secret, or the name of one that is kept elsewhere."""

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
    """The answer, each entry of the listing with what ``look`` tells of it."""
    return {**answer, listing: [{**entry, "Secrets": look(entry)} for entry in answer.get(listing) or ()]}


@dataclass
class _Look:
    """One thing being looked through."""

    found: dict[tuple[str, str], None] = field(default_factory=dict)
    seen: int = 0
    unseen: str = ""
    left: int = LARGEST

    def told(self) -> Told:
        """What may leave, the certain before the rest."""
        found = sorted(self.found, key=lambda one: one[1] == MAYBE)
        return {
            "Found": [{"Place": place, "Kind": kind} for place, kind in found[:_MOST]],
            "Seen": self.seen,
            "Unseen": self.unseen,
        }

    def pair(self, name: str, value: str) -> None:
        place = _shown(name)
        before = len(self.found)
        self.text(value, place)
        self.seen += 1 - _lines(value)
        if len(self.found) == before and (kind := _by_name(name, value.strip())):
            self.found[place, kind] = None

    def text(self, text: str, place: str = "", deep: int = 0) -> None:
        """Line after line, and what is packed in it. Without a ``place`` it is told by line."""
        text = self._within(text)
        for number, line in enumerate(text.splitlines(), 1):
            self.seen += 1
            for piece in _pieces(line):
                try:
                    kind = rule_of(piece) or _in_yaml(piece)
                except TooMuchError:
                    self.unseen = "a line has more to look at than is looked at"
                    continue
                if kind:
                    self.found[place or f"line {number}", kind] = None
                    break
        if deep < _DEEPEST:
            for at, data in _unpacked(text):
                self.packed(data, place or f"line {text.count(chr(10), 0, at) + 1}", deep + 1)

    def packed(self, data: bytes, place: str = "", deep: int = 0) -> None:
        """Data that may be compressed, and is text otherwise."""
        while data[:2] == _GZIP and deep <= _DEEPEST:
            data, deep = self._decompressed(data), deep + 1
        text, readable = _text(data[: max(self.left, 0) * 4])
        if not readable:
            self.unseen = "it is binary data, which is not understood"
        self.text(text, place, deep)

    def document(self, text: str) -> None:
        try:
            made = json.loads(text) if len(text) <= self.left else None
        except (ValueError, RecursionError):
            made = None
        if isinstance(made, dict | list):
            self._value("", "", made)
        else:
            self.text(text)

    def _value(self, place: str, name: str, value: Any) -> None:
        """A value of a document, by its own name or, where it is a default, by that of what it is the default of."""
        if isinstance(value, Mapping):
            for key, one in value.items():
                inner = f"{place}.{key}" if place else str(key)
                self._value(inner, name if key in _DEFAULTS else str(key), one)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                self._value(f"{place}.{number}", name, one)
        elif isinstance(value, str):
            look = _Look(left=self.left)
            look.pair(name, value)
            self.seen, self.left, self.unseen = self.seen + 1, look.left, look.unseen or self.unseen
            self.found.update({(_shown(place), kind): None for _, kind in look.found})

    def _within(self, text: str) -> str:
        """As much of it as is still looked at."""
        if len(text) > self.left:
            self.unseen = f"it has more than the {LARGEST} characters that are looked at"
            text = text[: max(self.left, 0)]
        self.left -= len(text)
        return text

    def _decompressed(self, data: bytes) -> bytes:
        """All members of it, of a bomb no more than is looked at."""
        made = b""
        while data[:2] == _GZIP:
            most = self.left * 4 - len(made)
            stream = zlib.decompressobj(wbits=31)
            try:
                made += stream.decompress(data, max(most, 1))
            except zlib.error:
                self.unseen = "it is compressed, and not to be read"
                break
            if not stream.eof:
                cut = stream.unconsumed_tail or len(made) >= self.left
                self.unseen = f"it has more than the {LARGEST} characters that are looked at" if cut else _TORN
                break
            data = stream.unused_data
        return made


_GZIP = b"\x1f\x8b"
_TORN = "it is compressed, and not whole"
_DEFAULTS = frozenset({"default", "Default", "value", "Value"})


def _lines(text: str) -> int:
    return len(text[:LARGEST].splitlines())


def _pieces(line: str) -> Iterator[str]:
    """A line; a long one in pieces that overlap."""
    for start in range(0, max(len(line) - _OVERLAP, 1), _WINDOW - _OVERLAP):
        yield line[start : start + _WINDOW]


# What is packed

_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{40,})*(?:\r?\n[ \t]*[A-Za-z0-9+/]+)?={0,2}")
_PERCENT = re.compile(r"data:[^ \"']*%[0-9A-Fa-f]{2}[^ \"']*")


def _unpacked(text: str) -> Iterator[tuple[int, bytes]]:
    """What stands in a text in base64, wrapped or not, and is text or compressed; and what data: addresses hold. With where."""
    for found in _BASE64.finditer(text):
        block = re.sub(r"[^A-Za-z0-9+/]", "", found.group())
        data = base64.b64decode(
            block[: len(block) // 4 * 4] if len(block) % 4 == 1 else block + "=" * (-len(block) % 4)
        )
        if data[:2] == _GZIP or _text(data)[1]:
            yield found.start(), data
    for found in _PERCENT.finditer(text):
        plain = re.sub("%([0-9A-Fa-f]{2})", lambda code: chr(int(code.group(1), 16)), found.group())
        yield found.start(), plain.encode()


def _text(data: bytes) -> tuple[str, bool]:
    """As text, and whether it is one."""
    wide = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = data.decode("utf-16" if wide else "utf-8", "replace")
    odd = sum(text.count(one) for one in _NOT_IN_TEXT)
    return text, odd * 20 <= len(text)


_NOT_IN_TEXT = ["\ufffd", *(chr(code) for code in range(32) if chr(code) not in "\t\n\r\f\x1b")]


# Names and values

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:/@ -]{1,128}")
_REFERENCE = re.compile(
    r"arn:|\{\{|[a-z][a-z0-9+.-]*://|(ssm|secretsmanager|vault|env|file|op|awssm|alias|projects)[:/]|ENC[\[(]|!|AQ[IE]CAH"
)
"""Where a secret is kept instead; or one that KMS (``AQICAH``) or another has encrypted."""
_UNSET = re.compile(
    r"(?i:<.*>|placeholder|todo|tbd|n/?a|unset|empty|dummy|not[-_ ]?(set|used)|(to[-_ ]?be[-_ ]?)?replaced?([-_ ].*)?|"
    r"(enabled?|disabled?|default|required))$"
)
_UUID = re.compile(r"(?i:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")
_KEY_ID = re.compile(r"[a-z0-9]{10}$")
_YAML = re.compile(
    r"[ \t]*(?:- +)?[\"']?([A-Za-z][A-Za-z0-9_.-]{0,99})[\"']?:[ \t]+[\"']?([^\s\"'#|>&*][^\s\"']*)[\"']?[ \t]*(?:#.*)?$"
)
_WORDS = re.compile(r"([A-Z]?[a-z]+|[A-Z]+|v?[0-9]{1,5})([-_./: ]([A-Z]?[a-z]+|[A-Z]+|v?[0-9]{1,4}))*$")


def _by_name(name: str, value: str) -> str:
    """The kind of secret that a value is by its name; empty where it is none."""
    what = meaning(name)
    if not what or not real(value) or _REFERENCE.match(value) or _UNSET.match(value):
        return ""
    if what == "password":
        return BY_NAME
    if _WORDS.match(value):
        return "" if "/" in value or value.isdigit() else MAYBE
    if what == "encryption key" and _UUID.match(value):
        return ""  # the name of a key of KMS
    if what == "api key" and _KEY_ID.match(value):
        return MAYBE  # how API Gateway names keys
    return BY_NAME


def _in_yaml(line: str) -> str:
    """The kind of secret of a line ``name: value``."""
    found = _YAML.match(line)
    return BY_NAME if found and _by_name(*found.groups()) == BY_NAME else ""


def _shown(name: str) -> str:
    """A name as it may be told: one that is longer or stranger than names are may itself be a secret."""
    try:
        return name if _PLAIN_NAME.fullmatch(name) and not rule_of(name) else "?"
    except TooMuchError:
        return "?"


# Facts


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
