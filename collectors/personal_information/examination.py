"""What likely is personal information in one text, which is looked through piece by piece.

Nothing of it is kept but how often, how sure, whether beside a name, and where first. What an examination holds at any time is a
window of the text and a few numbers, whatever comes; and what it says does not depend on how the text was cut.
"""

from collections.abc import Iterator
from itertools import groupby

from collectors.personal_information import accounts, cards, ibans, licenses, social_security
from collectors.personal_information.columns import HEAD, LINE, Column, Columns, columns_of, names_unsought
from collectors.personal_information.engine import Engine
from collectors.personal_information.finding import Finding
from collectors.personal_information.plain_engine import PlainEngine
from collectors.personal_information.shapes import Candidate, Shape
from collectors.personal_information.sightings import Kind, Sighting
from collectors.personal_information.surroundings import Surroundings
from collectors.personal_information.tally import RANK, Tally

RULES_VERSION = "3"
"""Another whenever the verdict about a text can be another."""
_BEHIND = LINE + 512
"""What is seen again of the text before a window: at least the line of a cell, and the words before a number."""
_AHEAD = 512
"""What is seen of the text after it: the longest number and the words after."""
_NINE = ord("9")
_KINDS = {
    Shape.SOCIAL_SECURITY: (Kind.SOCIAL_SECURITY_NUMBER,),
    Shape.CARD: (Kind.PAYMENT_CARD,),
    Shape.IBAN: (Kind.FINANCIAL_ACCOUNT,),
    Shape.SOCIAL_SECURITY_WORD: (Kind.SOCIAL_SECURITY_NUMBER, Kind.TAXPAYER_NUMBER),
    Shape.TAXPAYER_WORD: (Kind.SOCIAL_SECURITY_NUMBER, Kind.TAXPAYER_NUMBER),
    Shape.DRIVERS_LICENSE_WORD: (Kind.DRIVERS_LICENSE,),
    Shape.LICENSE_NUMBER_WORD: (Kind.DRIVERS_LICENSE,),
    Shape.ACCOUNT_WORD: (Kind.FINANCIAL_ACCOUNT,),
    Shape.LICENSE_NUMBER: (Kind.DRIVERS_LICENSE,),
    Shape.BANK_LINE: (Kind.FINANCIAL_ACCOUNT,),
}
"""What a shape can turn out to be."""
_WINDOW = 1 << 20
_LEAST = 1 << 16
"""A window is at least so long, unless the text ends: looking often at little is slow."""


def engine() -> Engine:
    """Hyperscan's where that is installed and works, else the standard library's: the verdicts are the same. Each process makes
    its own, and no two threads use one at the same time.
    """
    try:
        from collectors.personal_information.hyperscan_engine import HyperscanEngine  # noqa: PLC0415 - an extra

        return HyperscanEngine()
    except Exception:  # noqa: BLE001 - not there, broken, or not for this processor: whatever it is, the other engine serves
        return PlainEngine()


class Examination:
    """One text, looked through piece by piece."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pieces: list[bytes] = [b"\n"]
        self._held = 1
        self._from = 1
        """Where in what is held the part begins that has not been judged."""
        self._base = -1
        """Where in the text what is held begins; a line break was put before the text."""
        self._columns: Columns | None = None
        self._head: bytes | None = None
        self._returns = False
        """Whether lines end with a carriage return alone, as on the Macintosh of old."""
        self._ended = False
        self._tallies = {kind: Tally() for kind in Kind}
        self._cards = cards.CardTally()

    def feed(self, block: bytes) -> None:
        """The next piece, in order."""
        if self._ended:
            raise ValueError("the text has ended")
        for start in range(0, len(block), _WINDOW):
            piece = block[start : start + _WINDOW]
            self._pieces.append(piece)
            self._held += len(piece)
            if self._held - self._from >= (_LEAST if self._head is not None else max(_LEAST, HEAD)) + _AHEAD:
                self._look(_AHEAD)

    def end(self) -> tuple[Sighting, ...]:
        """What was seen, one for each kind, sorted by kind. May be called once."""
        if self._ended:
            raise ValueError("the text has ended")
        self._pieces.append(b"\n")
        self._held += 1
        self._look(0)
        self._ended = True
        self._pieces = []
        self._tallies[Kind.PAYMENT_CARD] = self._cards.total()
        seen = (tally.sighting(kind) for kind, tally in sorted(self._tallies.items()))
        return tuple(one for one in seen if one is not None)

    def _look(self, ahead: int) -> None:
        """Judge what is held but for the last bytes, then keep what the next look needs."""
        text = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if self._head is None:
            self._head = text[1 : HEAD + 1]
            self._returns = b"\r" in self._head and b"\n" not in self._head.rstrip(b"\n")
            if self._returns:
                self._head = self._head.replace(b"\r", b"\n")
        if self._returns:
            text = text.replace(b"\r", b"\n")
        until = len(text) - ahead
        self._judge(text, self._from, until)
        kept = max(0, until - _BEHIND)
        rest = text[kept:]
        self._pieces, self._held = [rest], len(rest)
        self._from = until - kept
        self._base += kept

    def _judge(self, text: bytes, start: int, until: int) -> None:
        """Judge what begins between two places."""
        candidates = self._engine.candidates(text)
        if self._head and (candidates or (self._base < 0 and names_unsought(self._head))):
            # Nearly any head worth knowing is a candidate itself or stands above some: most texts are never looked at for heads.
            self._columns, self._head = columns_of(self._head), b""
        around = Surroundings(text, self._columns)
        findings: set[Finding] = set()
        for candidate in candidates:
            if candidate.shape is Shape.CARD:
                if start <= candidate.start < until:
                    self._card(around, candidate)
            elif (
                not self._told(candidate, text)
                and (finding := _finding(around, candidate))
                and start <= finding.start < until
            ):
                findings.add(finding)
        findings.update(_in_columns(around, start, until))
        for finding in _once(findings):
            self._add(around, finding)

    def _told(self, candidate: Candidate, text: bytes) -> bool:
        """Whether one more of what it could be changes nothing."""
        shape = candidate.shape
        if shape is Shape.SOCIAL_SECURITY and text[candidate.start] == _NINE:
            return self._tallies[Kind.TAXPAYER_NUMBER].is_full
        return all(self._tallies[kind].is_full for kind in _KINDS[shape])

    def _add(self, around: Surroundings, finding: Finding) -> None:
        tally = self._tallies[finding.kind]
        near = tally.asks_for_name and around.near_name(finding.start, finding.end)
        tally.add(finding.tier, self._base + finding.start, near_name=near)

    def _card(self, around: Surroundings, candidate: Candidate) -> None:
        card = cards.judged(around, candidate.start, candidate.end)
        if card is None:
            return
        tally = self._cards.of(card)
        if card.passes:
            near = tally.asks_for_name and around.near_name(candidate.start, candidate.end)
            tally.add(card.finding.tier, self._base + candidate.start, near_name=near)


def _once(findings: set[Finding]) -> Iterator[Finding]:
    """In the order of the text; of one kind at one place, to which several words lead, the surest."""
    ordered = sorted(findings, key=lambda one: (one.start, one.kind, -RANK[one.tier]))
    for _, same in groupby(ordered, key=lambda one: (one.start, one.kind)):
        yield next(same)


def _finding(around: Surroundings, candidate: Candidate) -> Finding | None:
    start, end, shape = candidate
    match shape:
        case Shape.SOCIAL_SECURITY:
            return social_security.delimited(around, start, end)
        case Shape.SOCIAL_SECURITY_WORD | Shape.TAXPAYER_WORD:
            return social_security.behind_word(around, start, end, taxpayer=shape is Shape.TAXPAYER_WORD)
        case Shape.IBAN:
            return ibans.judged(around, start)
        case Shape.ACCOUNT_WORD:
            return accounts.behind_word(around, end)
        case Shape.LICENSE_NUMBER:
            return licenses.judged(around, start, end)
        case Shape.BANK_LINE:
            return accounts.bank_line(around, start, end)
        case _:
            return licenses.behind_word(around, start, end, drivers=shape is Shape.DRIVERS_LICENSE_WORD)


def _in_columns(around: Surroundings, start: int, until: int) -> Iterator[Finding]:
    if around.columns is None:
        return
    for place, cell, column in around.columns.cells(around.text, start, until):
        finding: Finding | None = None
        match column:
            case Column.SOCIAL_SECURITY | Column.TAXPAYER:
                finding = social_security.in_column(cell, place, taxpayer=column is Column.TAXPAYER)
            case Column.LICENSE | Column.ANY_LICENSE:
                finding = licenses.in_column(cell, place, drivers=column is Column.LICENSE)
            case Column.ACCOUNT | Column.ANY_ACCOUNT:
                finding = accounts.in_column(around, cell, place, any_account=column is Column.ANY_ACCOUNT)
        if finding:
            yield finding
