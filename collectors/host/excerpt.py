r"""What is taken on the target out of files that also hold secrets: only the lines a fact keeps ever leave it.

An excerpt is a command whose output has one line ``path<TAB>`` for every file that was read, and one line
``path<TAB>text`` for everything its awk program passes to ``out``. A file or folder that may not be read ends it with a
status other than 0, so that a configuration seen in part is ``Unread``; no file at all is an empty output.
"""

import re
import shlex
from collections.abc import Iterable

from collectors.sources import KIB, Command

_PROLOGUE = """
BEGIN { for (i = 1; i < ARGC; i++) if (ARGV[i] in named) ARGV[i] = ""; else { named[ARGV[i]]; print ARGV[i] "\\t" } }
function out(text) { print FILENAME "\\t" text }
function bare(text) { gsub(/^["\\047]|["\\047]$/, "", text); return text }
"""

FOLDERS = """denied() { printf "%s: Permission denied\\n" "$1" >&2; exit 1; }
searched() { for folder; do if [ -d "$folder" ] && [ ! -x "$folder" ]; then denied "$folder"; fi; done; }
listed() { for folder; do if [ -d "$folder" ] && [ ! -r "$folder" ]; then denied "$folder"; fi; done; searched "$@"; }
"""
"""Shell functions for scripts that look into folders: each ends the script, as a denied source, where one of the folders
it is given is there but may not be searched (for files whose names are known) or listed (for patterns)."""

_SCRIPT = """{installed}
{folders}searched {search}
listed {look}
set --
for place in {patterns}; do
  if [ -f "$place" ]; then set -- "$@" "$place"; continue; fi
  if [ -L "$place" ] && [ ! -e "$place" ]; then
    case $(ls -L "$place" 2>&1) in *ermission*) denied "$place";; esac
  fi
done
{first}
[ $# -eq 0 ] || exec awk {awk} "$@"
"""
_PLAIN = re.compile(r"/[A-Za-z0-9/._*?@+~\-]*")


def excerpt(
    name: str,
    *patterns: str,
    awk: str,
    programs: Iterable[str] = (),
    needs: str = "sh",
    first: str = "",
    reads_only: bool = True,
) -> Command:
    """A command that runs an awk program over the files that match.

    ``programs`` are names or patterns of programs: where none of them is installed nothing is read, since a
    configuration without its program is not in force; a program that it ``needs`` makes it ``Absent`` instead. ``first``
    is shell to run before awk, with the files as its arguments, which it may set anew; where it runs a program that does
    more than read files or print its version, the excerpt is not ``reads_only``. The awk program calls ``out(text)`` for what may leave the target; ``bare(text)`` takes the quotes off a word.
    """
    for pattern in patterns:
        if not _PLAIN.fullmatch(pattern):
            raise ValueError(f"{pattern!r} is no plain absolute path or pattern")
    search, look = folders_on_the_way(patterns)
    script = _SCRIPT.format(
        installed=_installed(programs),
        search=" ".join(search),
        look=" ".join(look),
        patterns=" ".join(patterns),
        folders=FOLDERS,
        first=first,
        awk=shlex.quote(_PROLOGUE + awk),
    )
    return Command(shlex.join(["sh", "-c", script]), needs=needs, name=name, limit=256 * KIB, reads_only=reads_only)


def _installed(programs: Iterable[str]) -> str:
    names = " ".join(programs)
    if not names:
        return ""
    return (
        f'found=\nfor name in {names}; do command -v "$name" >/dev/null 2>&1 && found=1; done\n[ "$found" ] || exit 0'
    )


def folders_on_the_way(patterns: Iterable[str]) -> tuple[list[str], list[str]]:
    """The directories on the way that must be searched, and those that must also be listed."""
    search: dict[str, None] = {}
    look: dict[str, None] = {}
    for pattern in patterns:
        parts = pattern.split("/")[1:]
        for depth in range(1, len(parts)):
            place = "/" + "/".join(parts[:depth])
            search[place] = None
            if any(mark in parts[depth] for mark in "*?"):
                look[place] = None
    return list(search), list(look)


def by_file(text: str) -> dict[str, list[str]]:
    """An excerpt's output as path to its lines, in the order of the patterns; a file with nothing to say has none."""
    files: dict[str, list[str]] = {}
    for line in text.splitlines():
        path, mark, said = line.partition("\t")
        if not mark:
            raise ValueError("a line of an excerpt has no path")
        lines = files.setdefault(path, [])
        if said:
            lines.append(said)
    return files
