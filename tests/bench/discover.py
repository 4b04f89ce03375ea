"""What a survey for personal information costs, beside ripgrep that looks for two shapes in the same files."""

import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from tests.bench.measure import Cost, cost_of
from tests.daemons import ROOT
from tests.hosts import need

_FOLDERS = ("/usr/share", "/usr/lib/python3", "/usr/include")
_SHAPES = r"\b\d{3}-\d{2}-\d{4}\b|\b(?:\d[ -]?){13,19}\b"


def measure() -> Iterator[str]:
    """One sentence a figure. The page cache is warm: everything was read once before."""
    need("ripgrep")
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        for number, source in enumerate(_FOLDERS):
            if Path(source).is_dir():
                shutil.copytree(source, corpus / str(number), symlinks=True, ignore_dangling_symlinks=True)
        files = [path for path in corpus.rglob("*") if path.is_file() and not path.is_symlink()]
        size = sum(path.stat().st_size for path in files) / 1e6
        yield f"{len(files)} files of {', '.join(_FOLDERS)}, {size:.0f} MB"
        arguments = ["discover", str(corpus), "--format", "json"]
        ours = [sys.executable, "-m", "agent", *arguments]
        index = str(Path(folder, "index"))
        told = Path(folder, "told")
        cost_of(ours, 1, told)
        yield _surely(told, size)
        for name, command in (
            ("wispwatch, Hyperscan", ours),
            ("wispwatch, Hyperscan, two processes", [*ours, "--jobs", "2"]),
            ("wispwatch, standard library", _without_hyperscan(Path(folder), arguments)),
            ("wispwatch, first time with an index", [*ours, "--index", index]),
            ("wispwatch, again with an index", [*ours, "--index", index]),
            ("ripgrep, two shapes, one thread, all bytes", ["rg", "-uuu", "-a", "-j1", "-c", _SHAPES, str(corpus)]),
            ("ripgrep, two shapes, one thread, text files", ["rg", "-uu", "-j1", "-c", _SHAPES, str(corpus)]),
        ):
            yield _told(name, cost_of(command, 1), size)
        whole = Path(folder, "whole")
        size = _put_together(files, whole) / 1e6
        yield f"their text in one file, {size:.0f} MB"
        for name, command in (
            ("wispwatch, Hyperscan", [sys.executable, "-m", "agent", "discover", str(whole), "--format", "json"]),
            ("ripgrep, two shapes, one thread", ["rg", "-uu", "-j1", "-c", _SHAPES, str(whole)]),
        ):
            yield _told(name, cost_of(command, 1), size)


def _surely(told: Path, size: float) -> str:
    """How many files are said to hold personal information, in folders that should have none."""
    holding = json.loads(told.read_text())["holding"]
    return f"{holding} files told at medium or above: {holding / size * 1000:.1f} a GB, where there should be none"


def _put_together(files: list[Path], whole: Path) -> int:
    """Write all that is UTF-8 text into one file. Returns its bytes."""
    with whole.open("wb") as kept:
        for path in files:
            content = path.read_bytes()
            with contextlib.suppress(UnicodeDecodeError):
                if "\0" not in content.decode():
                    kept.write(content)
        return kept.tell()


def _without_hyperscan(folder: Path, arguments: list[str]) -> list[str]:
    """The same where the extra is not installed: with links to all other libraries."""
    others = folder / "libraries"
    others.mkdir()
    for library in Path(click.__file__).parents[1].iterdir():
        if not library.name.startswith("hyperscan"):
            (others / library.name).symlink_to(library)
    paths = f"[one for one in sys.path if 'site-packages' not in one] + [{str(ROOT)!r}, {str(others)!r}]"
    program = f"import sys; sys.path = {paths}; from agent.cli import main; main()"
    return [sys.executable, "-I", "-c", program, *arguments]


def _told(name: str, cost: Cost, size: float) -> str:
    return (
        f"{name}: {cost.wall:.1f} s, {cost.cpu:.1f} CPU s, {cost.rss:.0f} MB in the largest process,"
        f" {size / max(cost.cpu, 0.01):.0f} MB a CPU second"
    )
