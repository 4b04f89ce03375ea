"""One survey from end to end: what was wished for, what is looked through, and where it is told."""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agent import __version__
from agent.discovery.index import Index
from agent.discovery.inventory import Inventory
from agent.discovery.settings import Discover, faults_of_discover
from agent.discovery.survey import Survey
from agent.discovery.told import document, jsonl, rows, table, table_of_csv
from agent.errors import OutputError, StoppedError, UsageError
from agent.whole_files import write_whole
from collectors.personal_information.examination import RULES_VERSION
from collectors.personal_information.mounts import Mounts, mounted
from collectors.personal_information.sightings import Tier
from collectors.personal_information.where import where

_EVERY = 0.2
"""Seconds between two lines about how far it is, on a terminal."""
_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Wish:
    """What somebody asked for."""

    settings: Discover
    tier: Tier
    """How sure it must be to be listed; what is counted does not hang on it."""
    asset: str
    """What this machine is called."""
    form: str
    """The format of standard output."""
    outputs: Sequence[tuple[str, Path]] = ()
    """Formats and files."""
    summary: Path | None = None
    index: Path | None = None


def discover(wish: Wish) -> bool:
    """Look through everything and tell; whether anything was not examined. ``UsageError``, ``OutputError``, ``StoppedError``."""
    given = wish.settings
    roots = [path.absolute() for path in given.paths]
    faults = [f"{path}: there is nothing of that name to look through" for path in roots if not os.path.lexists(path)]
    faults += faults_of_discover("discover", given)
    if faults:
        raise UsageError("\n".join(faults))
    survey = Survey(roots, given.exclude, given.jobs, given.rate * _MEGABYTE)
    inventory = Inventory()
    try:
        with _index(wish.index) as survey.index:
            found = _found(wish, survey, inventory)
    except KeyboardInterrupt:
        raise StoppedError(
            f"Stopped after {survey.files} files, {inventory.holding} of which likely hold personal information; what was seen"
            " is kept in the index, where one is given, and no summary is written"
        ) from None
    summary = inventory.summary(survey, wish.asset)
    for name, path in wish.outputs:
        text = "".join(_told(name, found, summary, inventory, survey))
        _write(f"--output {path}", path, text)
    if wish.summary is not None:
        _write(f"--summary {wish.summary}", wish.summary, json.dumps(summary, indent=2) + "\n")
    if wish.form != "jsonl":
        sys.stdout.writelines(_told(wish.form, found, summary, inventory, survey))
    return bool(inventory.incomplete or survey.unseen)


def _found(wish: Wish, survey: Survey, inventory: Inventory) -> list[dict[str, Any]]:
    """Everything that is to be told, and told at once where that is wished for."""
    mounts, progress = _mounts(), _Progress()
    kept = wish.form != "jsonl" or bool(wish.outputs)
    found = []
    try:
        for looked in survey.run():
            at = where(looked.path, looked.status, mounts)
            inventory.take(looked, at.volume)
            for row in rows(looked, wish.tier, at):
                if wish.form == "jsonl":
                    sys.stdout.write(jsonl(row))
                if kept:
                    found.append(row)
            progress.tell(survey, inventory)
    finally:
        progress.clear()
    sys.stdout.flush()
    return found


def _told(
    form: str, found: list[dict[str, Any]], summary: dict[str, Any], inventory: Inventory, survey: Survey
) -> Iterator[str]:
    if form == "table":
        yield from (f"{line}\n" for line in table(found, inventory, survey))
    elif form == "json":
        yield document(found, summary)
    elif form == "csv":
        yield table_of_csv(found)
    else:
        yield from map(jsonl, found)


def _write(option: str, path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as fault:
        raise OutputError(f"{option}: {fault.strerror}; an earlier file there is untouched") from fault


@contextmanager
def _index(path: Path | None) -> Iterator[Index | None]:
    if path is None:
        yield None
        return
    try:
        index = Index(path, _version())
    except (OSError, sqlite3.Error) as fault:
        told = fault.strerror if isinstance(fault, OSError) else fault
        raise OutputError(f"--index {path}: {told}; name another file, or remove this one to begin anew") from fault
    try:
        yield index
    except sqlite3.Error as fault:
        raise OutputError(f"--index {path}: {fault}") from fault
    finally:
        index.close()


def _version() -> str:
    """What else than a file itself decides what is seen in it."""
    libraries = [name for name in ("pypdfium2",) if find_spec(name)]
    return " ".join([__version__, RULES_VERSION, *libraries, "root" if os.geteuid() == 0 else "not root"])


def _mounts() -> Mounts:
    try:
        return mounted()
    except OSError:
        return Mounts({})


class _Progress:
    """How far it is, on a terminal."""

    def __init__(self) -> None:
        self._begun = self._told = time.monotonic()
        self._terminal = sys.stderr.isatty()

    def tell(self, survey: Survey, inventory: Inventory) -> None:
        """One line that the next one replaces."""
        now = time.monotonic()
        if self._terminal and now - self._told >= _EVERY:
            self._told = now
            rate = survey.size / _MEGABYTE / (now - self._begun)
            line = f"{survey.files} files, {survey.size / _MEGABYTE:.0f} MB, {rate:.0f} MB/s, {inventory.holding} hold some"
            sys.stderr.write(f"\r\033[K{line}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave the line empty."""
        if self._terminal:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
