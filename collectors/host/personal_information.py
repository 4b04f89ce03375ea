r"""Who can get at the places that the operator declared to hold personal information.

A place is looked at twice: its *door* (itself and the folders above it, exactly), and what lies *below* it, up to a bound
of entries. Who does not get through the door gets at nothing behind it, so a bound that is hit only matters where the door
is open. File names never leave the target, but for one example of each kind of mode.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.sources import Declared

MOST = 20_000
"""Entries below a place that are looked at; more are told as ``cut``."""

# `ls` marks what has an access control list with a "+", which stat does not tell. "/." is no path that find prints: it stands
# for what find could not list. GNU ls needs -q to keep a line break in a name from ending the line; busybox has no -q and
# never prints one. The first line is the place itself, and folders come before what lies in them. When awk has seen enough it ends, ls dies of the closed pipe, xargs of that, and find with them.
_SCRIPT = (
    r"""
most="""
    + str(MOST)
    + r"""
quoted=; if ls -dq / >/dev/null 2>&1; then quoted=q; fi
told() { printf '%s\t' "$1"; stat -L -c '%f:%u:%g:%U:%G:%n' "$2" || { echo; exit 1; }; }
marked() { case $(ls -ldn$quoted -- "$1") in ??????????+*) return 0;; esac; return 1; }
door() { (
  set -f; IFS=/; at=; told way /
  for part in ${1#/}; do [ -z "$part" ] || { at=$at/$part; told way "$at"; }; done
) || exit 1; }
below() {
  { find "$1" -xdev \( -type f -o -type d \) -print0 || printf '/.\000'; } 2>/dev/null |
  xargs -0 ls -ldn$quoted -- 2>/dev/null |
  awk -v most="$most" '
    {
      mode = $1; uid = $3; gid = $4; path = $0
      for (i = 1; i < 8; i++) sub(/^[^ ]+ +/, "", path)
      sub(/^[^ ]+ /, "", path)
      if (path == "/.") { print "unlisted"; next }
      if (++seen > most) { print "cut"; exit }
      above = path; sub(/\/[^\/]*$/, "", above)
      if (NR == 1) { passed[path]; next }
      open = above in passed
      if (open && mode ~ /^d........[xt]/) passed[path]
      key = mode " " uid " " gid " " open
      if (!(key in count)) { if (++kinds > 500) { print "cut"; exit } sample[key] = path }
      count[key]++
    }
    END {
      for (key in count) print "below\t" count[key] " " key "\t" sample[key]
      if (seen) print "looked"
    }' | sort
}
volumes() {  # that are mounted below, where find does not look, and that are no declared place themselves
  [ -r /proc/self/mounts ] || return 0
  place=${1%/}/ declared=$declared awk '
    { at = $2; gsub(/\\040/, " ", at); gsub(/\\134/, "\\", at) }
    index(at, ENVIRON["place"]) == 1 && !index(ENVIRON["declared"], "\n" at "\n") { print "volume\t" at; exit }
  ' /proc/self/mounts || exit 1
}
names() {  # of the numbers in a field of what was found below
  kind=$1 base=$2 field=$3; shift 3
  numbers=$(printf '%s\n' "$1" | awk -v field="$field" '$1 == "below" { print $field }' | sort -u)
  [ -n "$numbers" ] || return 0
  if command -v getent >/dev/null 2>&1; then getent "$base" $numbers; else cat "/etc/$base"; fi |
  awk -F: -v kind="$kind" '{ print kind "\t" $3 ":" $1 }'
}
known() {
  printf '%s\n' "$1"
  names user passwd 4 "$1"
  names group group 5 "$1"
}
newline="
"
declared=$newline number=0
for word; do
  number=$((number + 1))
  if [ $((number % 2)) = 1 ]; then declared=$declared${word%/}$newline; fi
done
while [ $# -ge 2 ]; do
  printf 'place\t%s\t%s\n' "$2" "$1"
  if real=$(readlink -f -- "$1") && [ -e "$real" ]; then
    case $real in *[[:cntrl:]]*) echo "$1 leads to a name with control characters" >&2; exit 1;; esac
    door "$real"
    if marked "$real"; then
      if command -v getfacl >/dev/null 2>&1; then
        getfacl -cpE -- "$real" | sed -n 's/[[:space:]].*//; /./s/^/acl\t/p'
      else
        printf 'acl\t?\n'
      fi
    fi
    known "$(below "$real")"
    volumes "$real"
  elif said=$(stat -L "$1" 2>&1) || case $said in *"No such file"*|*"Not a directory"*) false;; esac; then
    printf '%s\n' "$said" >&2; exit 1
  fi
  shift 2
done
"""
)
PLACES = Declared("places of personal information", _SCRIPT)


@dataclass(frozen=True)
class Way:
    """A place, or a folder on the way to it."""

    path: str
    permissions: int
    owner: str = "root"
    group: str = "root"
    folder: bool = True

    @property
    def lets_others_in(self) -> bool:
        """Whether everybody may go into a folder, or read or write a file."""
        return bool(self.permissions & (0o001 if self.folder else 0o006))


@dataclass(frozen=True)
class Kind:
    """Files or folders below a place that have owner, group and mode in common."""

    folder: bool
    permissions: int
    owner: str
    group: str
    count: int
    example: str
    listed: bool = False
    """Whether they have access control lists, which were not read."""
    open: bool = True
    """Whether no folder between the place and them keeps others out."""


@dataclass(frozen=True)
class PersonalPlace(Fact):
    """A declared place of personal information on this host."""

    path: str
    readers: tuple[str, ...] | None = None
    """Who needs it for the job; None where that is not declared."""
    way: tuple[Way, ...] = ()
    """From ``/`` to the place; empty where it is not there."""
    entries: tuple[str, ...] | None = ()
    """Of the place's access control list, as ``getfacl -cE`` writes it; None where it has one that could not be read."""
    below: tuple[Kind, ...] = ()
    """What lies there, without the place itself."""
    cut: bool = False
    """Whether there is more than was looked at."""
    unlisted: bool = False
    """Whether a folder below could not be listed."""
    volume: str = ""
    """Another volume that is mounted below, and that is not declared itself."""

    @property
    def subject(self) -> str:
        """The path."""
        return self.path

    @property
    def there(self) -> bool:
        """Whether the place exists."""
        return bool(self.way)

    @property
    def real(self) -> str:
        """Where it is once symbolic links are followed."""
        return self.way[-1].path if self.way else self.path

    @property
    def others_get_in(self) -> bool:
        """Whether everybody on the host comes through the door."""
        return all(step.lets_others_in for step in self.way)

    @property
    def others_look_in(self) -> bool:
        """Whether everybody on the host may list the place, or write to it."""
        return all(step.lets_others_in for step in self.way[:-1]) and bool(self.way[-1].permissions & 0o006)

    @property
    def unseen(self) -> str:
        """What of what lies there was not seen, or nothing."""
        if self.unlisted:
            return "a folder below it could not be listed"
        if self.volume:
            return f"{self.volume} is another volume, which is not looked at: declare it as a place too"
        return f"it holds more than the {MOST} files that are looked at" if self.cut else ""


@collector(PLACES)
def personal_places(said: str) -> tuple[PersonalPlace, ...]:
    """Lines ``place<TAB>readers<TAB>path``, and below each: ``way`` (as ``stat`` prints it), ``acl``, ``below`` (how many, mode
    as ``ls -l`` prints it, user and group id, whether others get there, and an example), ``looked`` at the
    end of these, ``volume``, ``user`` and ``group`` (id:name).
    """
    groups: list[list[str]] = []
    for line in filter(None, said.split("\n")):
        if line.startswith("place\t"):
            groups.append([])
        groups[-1].append(line)
    return tuple(_place(lines) for lines in groups)


def _place(lines: list[str]) -> PersonalPlace:
    _, readers, path = lines[0].split("\t")
    rest = [line.partition("\t")[::2] for line in lines[1:]]
    entries = [said for kind, said in rest if kind == "acl"]
    names = {(kind, said.partition(":")[0]): said.partition(":")[2] for kind, said in rest if kind in ("user", "group")}
    return PersonalPlace(
        path=path,
        readers=None if readers == "-" else tuple(readers.split(",")),
        way=tuple(_way(said) for kind, said in rest if kind == "way"),
        entries=None if "?" in entries else tuple(entries),
        below=tuple(_kind(said, names) for kind, said in rest if kind == "below"),
        cut=("cut", "") in rest,
        unlisted=("unlisted", "") in rest or (any(kind == "way" for kind, _ in rest) and ("looked", "") not in rest),
        volume=next((said for kind, said in rest if kind == "volume"), ""),
    )


def _way(said: str) -> Way:
    mode, uid, gid, owner, group, path = said.split(":", 5)
    bits = int(mode, 16)
    return Way(path, stat.S_IMODE(bits), _named(owner, uid), _named(group, gid), stat.S_ISDIR(bits))


def _named(name: str, number: str) -> str:
    """``#1042`` for a number that has no name here."""
    return f"#{number}" if name == "UNKNOWN" else name


def _kind(said: str, names: Mapping[tuple[str, str], str]) -> Kind:
    told, _, example = said.partition("\t")
    count, mode, uid, gid, is_open = told.split(" ")
    return Kind(
        folder=mode[0] == "d",
        permissions=_bits(mode[1:10]),
        owner=names.get(("user", uid), f"#{uid}"),
        group=names.get(("group", gid), f"#{gid}"),
        count=int(count),
        example=example,
        listed=mode[10:] == "+",
        open=is_open == "1",
    )


def _bits(letters: str) -> int:
    """``rwxr-x---`` as 0o750; the set-id and sticky bits (capital without x) are left out."""
    if len(letters) != 9:
        raise ValueError("not a mode")
    return sum(1 << (8 - place) for place, letter in enumerate(letters) if letter not in "-ST")
