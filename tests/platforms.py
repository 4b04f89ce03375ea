"""The table of platforms: which family was seen how. It is declared in ``platforms.toml`` and shown in docs/coverage.md."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HOW = {
    "host": "real host",
    "tool": "real programs",
    "files": "its files, written by us",
    "recording": "recording",
}
"""How a cell may say that something was seen, and how the page says it."""


@dataclass(frozen=True)
class Seen:
    """One cell."""

    how: str
    test: str
    """``file::function`` that shows it."""
    recordings: tuple[str, ...] = ()
    """Folders of tests/recordings that it rests on."""


@dataclass(frozen=True)
class Family:
    """One row."""

    name: str
    seen: dict[str, Seen]


def platforms() -> tuple[dict[str, str], list[Family]]:
    """The titles of the subjects, and the families."""
    table = tomllib.loads((Path(__file__).parent / "platforms.toml").read_text())
    subjects = table["subjects"]
    families = [
        Family(row.pop("name"), {name: Seen(cell[0], cell[1], tuple(cell[2:])) for name, cell in row.items()})
        for row in table["family"]
    ]
    return {name: table["titles"][name] for name in subjects}, families


def table() -> str:
    """As Markdown."""
    titles, families = platforms()
    lines = [
        "## Platforms\n",
        "How what is asked of a Linux host was seen before it was shipped: on a **real host** of that family in the tests; by its",
        "**real programs** on a directory tree (Debian packages dnf, rpm, zypper, pacman and firewalld); on **its files, written by us** after its",
        "documentation; on a **recording** that others made there (`tests/recordings`, each with its origin). A dash is not covered:",
        "what Linux hosts have in common works there too, but no test has seen it.\n",
        f"| Family | {' | '.join(titles.values())} |",
        f"|---{'|---' * len(titles)}|",
    ]
    for family in families:
        cells = [HOW[family.seen[name].how] if name in family.seen else "-" for name in titles]
        lines.append(f"| {family.name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
