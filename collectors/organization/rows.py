"""Rows of a register: CSV text (RFC 4180) with a header, its columns found by name or by another usual name.

A spreadsheet's semicolons or tabs are taken as well as commas. What does not fit becomes a ``Fault`` with its line, and
never a row.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

_T = TypeVar("_T")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?")
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0", ""})

LINE = "#line"
"""Header of a first column that tells where each row stood in the file it was made of."""
Columns = Mapping[str, tuple[str, ...]]
"""A column to the header names it may have, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line of a register that was not understood, and how to mend it."""

    line: int
    """Counted from 1; line 1 is the header."""
    what: str
    """What is wrong, with the remedy; it does not quote the line."""
    about: str = ""
    """Whom or what the line is about, where that much was understood; empty where it may be about anything."""

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


class RowError(ValueError):
    """One row that was not understood; its text becomes the fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the text of each column that the register has, stripped."""

    line: int
    cells: Mapping[str, str]

    def needed(self, column: str) -> str:
        """The text of a column that must not be empty."""
        if not self.cells.get(column):
            raise RowError(f"{column} is empty: fill it in")
        return self.cells[column]

    def day(self, column: str) -> date | None:
        """The date in a column, None where it is empty. A time of day behind the date is ignored."""
        text = self.cells.get(column, "")
        if not text:
            return None
        found = _DATE.fullmatch(text)
        try:
            return date.fromisoformat(found.group(1) if found else "")
        except ValueError as fault:
            raise RowError(f"{column} is no date: write it as YYYY-MM-DD") from fault

    def needed_day(self, column: str) -> date:
        """The date in a column that must not be empty."""
        day = self.day(column)
        if day is None:
            raise RowError(f"{column} is empty: fill it in")
        return day

    def flag(self, column: str) -> bool:
        """Yes or no; empty is no."""
        word = self.cells.get(column, "").casefold()
        if word not in _YES | _NO:
            raise RowError(f"{column} must be yes or no")
        return word in _YES

    def words(self, column: str) -> tuple[str, ...]:
        """Several names in one cell, apart by spaces, commas, semicolons or bars."""
        return tuple(word for word in re.split(r"[\s,;|]+", self.cells.get(column, "")) if word)


@dataclass(frozen=True, slots=True)
class Rows:
    """A register, taken apart."""

    rows: tuple[Row, ...]
    columns: frozenset[str]
    """Those it has."""
    faults: tuple[Fault, ...]

    def understood(self, make: Callable[[Row], _T | None], about: str) -> tuple[tuple[_T, ...], tuple[Fault, ...]]:
        """What ``make`` makes of each row (None: nothing to keep), and all faults by line, those of rows that ``make``
        refuses among them. ``about`` is the column that says what a row is about.
        """
        made: list[_T] = []
        faults = list(self.faults)
        for row in self.rows:
            try:
                one = make(row)
            except RowError as fault:
                faults.append(Fault(row.line, str(fault), row.cells.get(about, "")))
            else:
                made.extend(() if one is None else (one,))
        return tuple(made), tuple(sorted(faults, key=lambda fault: fault.line))


def same(name: str) -> str:
    """A name in the form in which two registers agree on it: without regard to case and spacing."""
    return " ".join(name.split()).casefold()


def rows(text: str, columns: Columns, needed: Sequence[str]) -> Rows:
    """Take a register apart. Its header must have a column for each of ``needed``."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    found: list[Row] = []
    faults: list[Fault] = []
    places: dict[str, int] | None = None
    width = 0
    line = 1
    told = False
    try:
        for cells in reader:
            begun, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if told:
                begun = int(cells[0])
            if places is None:
                places, width, told = _places(cells, columns), len(cells), cells[0] == LINE
                faults += _header_faults(begun, places, columns, needed)
            elif len(cells) > width:
                faults.append(Fault(begun, "has more cells than the header: quote a cell that has a comma in it"))
            else:
                stripped = [cell.strip() for cell in cells] + [""] * (width - len(cells))
                found.append(Row(begun, {column: stripped[place] for column, place in places.items()}))
    except csv.Error:
        faults.append(Fault(line, "is no CSV from here on: look for a quotation mark that is not closed"))
    if places is None and not faults:
        faults.append(Fault(1, f"the register has no header: write {','.join(columns)}"))
    header_faulty = any(column not in (places or {}) for column in needed)
    return Rows(() if header_faulty else tuple(found), frozenset(places or ()), tuple(faults))


def header(text: str, columns: Columns) -> tuple[str, tuple[str, ...]]:
    """How a register is written: what is between its cells, and for each cell of its header the column that it is, empty
    where it is another. A register without a header has no cells.
    """
    delimiter = _delimiter(text)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        cells = next((cells for cells in lines if any(cell.strip() for cell in cells)), [])
    except csv.Error:
        cells = []
    held = {place: column for column, place in _places(cells, columns).items()}
    return delimiter, tuple(held.get(place, "") for place in range(len(cells)))


def _delimiter(text: str) -> str:
    header = next((line for line in text.split("\n") if line.strip()), "")
    return max(",;\t", key=header.count)


def _places(header: Sequence[str], columns: Columns) -> dict[str, int]:
    """Where each column stands: by its preferred name if that is there, else by the next. A name that stands twice is none."""
    names = [re.sub(r"[^a-z0-9]+", "_", cell.strip().casefold()).strip("_") for cell in header]
    places = {}
    for column, accepted in columns.items():
        name = next((one for one in accepted if one in names), "")
        if names.count(name) == 1:
            places[column] = names.index(name)
    return places


def _header_faults(line: int, places: Mapping[str, int], columns: Columns, needed: Sequence[str]) -> list[Fault]:
    return [
        Fault(
            line,
            f"there is not one column {column}: name one so (it may also be called {', '.join(columns[column][1:])})",
        )
        for column in needed
        if column not in places
    ]


def may_be_about(faults: Sequence[Fault], name: str) -> Fault | None:
    """The first of the faults that is about a name, or may be because nothing tells whom it is about."""
    return next((fault for fault in faults if not fault.about or same(fault.about) == same(name)), None)
