r"""All host sources as one POSIX ``sh`` script; ``answers`` takes apart what it says.

The script goes to ``sh -s`` on standard input and writes nothing on the target. Its answers are framed by a mark of 128
random bits, made anew for every run, so that no file or command can forge a frame. Standard output carries::

    \nMARK <index>\n payload \nMARK = <status>\n

and standard error carries ``\nMARK <index>\n`` before and ``\nMARK =\n`` behind what the source said there. A source of
many files frames each file inside its section (``\nMARK + <path>\0`` payload ``\nMARK - <status>\n``). ``\nMARK .\n``
ends the answer, and ``\nMARK @ <seconds>\n`` tells the target's time at its beginning. What lacks an end frame on either stream was cut off and is ``Unread``: half of what was said on standard
error could otherwise turn "denied" into "not there".

It holds on dash, bash, busybox and mksh, and where ``timeout`` is missing or does not make a process group.
"""

import secrets
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from collectors.sources import Command, Declared, File, Files, Native, Source, Stat

_STDERR_TAKEN = 8192
"""Bytes of a command's standard error that come back, as in ``_BOUNDED``."""
STAT_TAKEN = 524288
"""Bytes of what ``stat`` says that come back, as in ``modes``."""
_LONGEST_PATH = 4096
_LARGEST_ANSWER = 64 << 20
"""Bytes that are kept of one target, however much was asked."""
_LARGEST_COMPLAINT = 16 << 20
"""Same, of its standard error."""

# Runs below ``sh -c`` with the output limit and the command: gives it a bounded standard output and a bounded standard
# error, and ends with its status. Whoever kills this and its group also kills the two that write for it.
_BOUNDED = r"""
size=$1; shift
exec 5>&1
status=$({ { { "$@" 3>&- 4>&- 5>&-; echo $? >&3; } 2>&4 | head -c "$size" >&5 3>&- 4>&- || echo lost >&3; } 4>&1 | head -c 8192 >&2 3>&- 5>&-; } 3>&1)
case $status in *lost*) echo "its output was lost on the way" >&2; exit 125;; esac
exit "${status:-125}"
"""

_FUNCTIONS = r"""
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C LANG=C TZ=UTC0 HOME=/ TERM=dumb
export PATH LC_ALL LANG TZ HOME TERM
unset ENV BASH_ENV CDPATH GLOBIGNORE TIME_STYLE QUOTING_STYLE BLOCK_SIZE LS_BLOCK_SIZE POSIXLY_CORRECT GREP_OPTIONS PS_FORMAT
set +efu
umask 077
exec </dev/null
newline='
'
begin() { printf '\n%s %s\n' "$M" "$1"; printf '\n%s %s\n' "$M" "$1" >&2; }
end() { printf '\n%s = %s\n' "$M" "$1"; printf '\n%s =\n' "$M" >&2; }
file() {
  begin "$1"
  if [ -e "$3" ] && [ ! -f "$3" ]; then end irregular; return; fi
  { head -c "$2"; } <"$3"
  end $?
}
closed() {
  need=$1; shift
  for place; do
    if [ ! -d "$place" ]; then
      # A link that leads nowhere, or to where we may not look: stat says which.
      if [ -L "$place" ] && [ ! -e "$place" ]; then stat -L "$place" >/dev/null; fi
      continue
    fi
    if [ -x "$place" ] && { [ "$need" = x ] || [ -r "$place" ]; }; then continue; fi
    printf '%s: Permission denied\n' "$place" >&2
    shut=1
  done
}
# Several files are read by one process where their sizes tell them apart; what has no true size, as in /proc, and names with
# line breaks are read one by one.
batch() { head -q -c 1 /dev/null && stat -L -c '%s' /dev/null; } >/dev/null 2>&1
K='([A-Za-z_]*([Pp][Aa][Ss][Ss]|[Pp][Aa][Ss][Ss][Ww][Dd]|[Pp][Aa][Ss][Ss][Ww][Oo][Rr][Dd]|[Ss][Ee][Cc][Rr][Ee][Tt]|[Tt][Oo][Kk][Ee][Nn]|[Kk][Ee][Yy]|[Pp][Ww]))='
files() {
  size=$1 left=$2 together=$3 secrets=$4; shift 4
  for path; do
    shift
    if [ ! -f "$path" ]; then
      if [ -L "$path" ] && [ ! -e "$path" ]; then stat -L "$path" >/dev/null; fi
      continue
    fi
    if [ "$left" -le 0 ]; then end many; return; fi
    left=$((left - 1))
    case $path in *"$newline"*) together=0;; esac
    [ -r "$path" ] || together=0
    set -- "$@" "$path"
  done
  if [ "$secrets" = 1 ] && [ "$#" -gt 0 ]; then
    # Unless grep itself says that there is nothing to leave out, it is left out.
    grep -qiE -e "$K" -- "$@" 2>/dev/null
    if [ $? -ne 1 ]; then
      # A sed that fails, or says nothing, must not make an empty file of one that is not.
      if [ "$(echo x=1 | sed -E 's/(x)=1/\1/' 2>/dev/null)" != x ]; then
        echo "sed, which leaves secrets out, is not there or does not work" >&2; end 1; return
      fi
      for path; do
        printf '\n%s + %s\000' "$M" "$path"
        { { sed -E "s/$K[^][:space:]]*/\\1=/g" || echo "$path: sed failed" >&2; } | head -c "$size"; } <"$path"
        printf '\n%s - %s\n' "$M" "$?"
      done
      end "$shut"
      return
    fi
  fi
  if [ "$together" = 1 ] && [ "$#" -gt 2 ]; then
    printf '\n%s * %s\n' "$M" "$#"
    stat -L -c '%s %n' "$@" && printf '\000' && head -q -c "$size" "$@"
    printf '\n%s - %s\n' "$M" "$?"
  else
    for path; do
      printf '\n%s + %s\000' "$M" "$path"
      { head -c "$size"; } <"$path"
      printf '\n%s - %s\n' "$M" "$?"
    done
  fi
  end "$shut"
}
not_there() { printf '%s: No such file or directory\n' "$1" >&2; }
F='%f:%u:%g:%U:%G:%s:%Y:%n'
modes() {
  most=$1; shift
  if [ "$#" -gt "$most" ]; then end many; return; fi
  case $* in *'
'*) end broken; return;; esac
  count=$#
  # What is not found where everything may be searched is not there; stat need not be asked.
  if [ "$shut" = 0 ] && [ "$count" -le 100 ]; then
    for path; do
      if [ -e "$path" ] || [ -L "$path" ]; then set -- "$@" "$path"; else not_there "$path"; fi
      shift
    done
  fi
  if [ "$#" -gt 500 ]; then
    stat -L -c "$F" "$@" | head -c 524288 || shut=1
  elif [ "$#" -gt 0 ]; then
    stat -L -c "$F" "$@"
  fi
  printf '= %s\n' "$count"
  end "$shut"
}
"""

# What the target has dated tells nothing where its clock is wrong.
_CLOCK = 'printf \'\\n%s @ %s\\n\' "$M" "$(date +%s 2>/dev/null)"\n'

# What is needed once a command is to be run, and costs two forks to find out.
_COMMANDS = r"""
again=1
if timeout 5 sh -c '[ "$PPID" != "$1" ] && kill -0 "-$PPID"' sh $$ >/dev/null 2>&1; then
  # It makes a process group of its own, and so kills what the command has started with it.
  limit() { timeout -s KILL "$@"; }
elif command -v setsid >/dev/null 2>&1; then
  limit() {
    seconds=$1; shift
    setsid "$@" & child=$!
    setsid sh -c 'sleep "$1"; kill -9 "-$2"' sh "$seconds" "$child" >/dev/null 2>&1 & watch=$!
    wait "$child"; answer=$?
    { kill -9 "$watch" "-$watch"; wait "$watch"; } 2>/dev/null
    return "$answer"
  }
else
  limit() {
    seconds=$1; shift
    "$@" & child=$!
    (sleep "$seconds"; kill -9 "$child") >/dev/null 2>&1 & watch=$!
    wait "$child"; answer=$?
    { kill -9 "$watch"; wait "$watch"; } 2>/dev/null
    # What it has started lives on, and may write into the answers of others: there must be none.
    [ "$answer" -ne 137 ] || again=0
    return "$answer"
  }
fi
missing() {
  # Why a program is not found: it is not there, or we may not run it or look for it.
  gone=none
  case $1 in /*) places=${1%/*};; *) places='/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin';; esac
  for place in $places; do
    if [ -e "$place/${1##*/}" ]; then gone=denied; return; fi
    while [ -n "$place" ]; do
      if [ -d "$place" ] && [ ! -x "$place" ]; then gone=denied; return; fi
      place=${place%/*}
    done
  done
}
script() {
  begin "$1"
  if ! command -v "$2" >/dev/null 2>&1; then missing "$2"; end "$gone"; return; fi
  code=$3
  (set --; eval "$code")
  end $?
}
command_() {
  begin "$1"
  if ! command -v "$4" >/dev/null 2>&1; then missing "$4"; end "$gone"; return; fi
  size=$2 seconds=$3; shift 4
  limit "$seconds" sh -c "$B" sh "$size" "$@"
  end $?
  [ "$again" = 1 ] || exit
}
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One script and what is needed to take its answer apart."""

    script: bytes
    mark: str
    sources: tuple[Source, ...]
    """In the order of their index in the script."""

    @property
    def last_words(self) -> bytes:
        """What ends a whole answer; whatever holds the pipe open after it is not waited for."""
        return f"\n{self.mark} .\n".encode()

    def has_told_all(self, complaints: bytes | bytearray) -> bool:
        """Whether standard error is whole, too: it has a way of its own, and may come after the last words of the other."""
        return complaints.count(f"\n{self.mark} =\n".encode()) >= len(self.sources)

    @property
    def largest_answer(self) -> int:
        """Bytes that standard output may have at most; more means a target that does not keep to the script."""
        honest = sum(_largest(source) for source in self.sources) + 1024 * len(self.sources) + 65536
        return min(honest, _LARGEST_ANSWER)

    @property
    def largest_complaint(self) -> int:
        """Bytes that standard error may have at most; what comes after them is not kept."""
        honest = sum(_largest_complaint(source) for source in self.sources) + 65536
        return min(honest, _LARGEST_COMPLAINT)


def _largest(source: Source) -> int:
    match source:
        case File() | Command() | Declared():
            return source.limit + 1
        case Files():
            return (source.limit + 1 + _LONGEST_PATH) * source.most
        case Stat():
            return STAT_TAKEN
        case _:
            return 65536


def _largest_complaint(source: Source) -> int:
    """A path in a message may be quoted, four characters for a byte."""
    return source.most * 4 * _LONGEST_PATH if isinstance(source, Files | Stat) else 2 * _STDERR_TAKEN


def asked(source: Source) -> Source:
    """What the shell is asked for a source: itself, or the command that stands for it."""
    match source:
        case Native():
            return source.otherwise
        case Declared():
            return source.command
        case _:
            return source


def render(sources: Iterable[Source], mark: str | None = None) -> Request:
    """Write the script that reads all sources in one go. ``mark`` is for tests; otherwise 128 random bits."""
    mark = mark or secrets.token_hex(16)
    ordered = tuple(sources)
    before, after = template(ordered)
    # Before anything else: where a login has read some of the script away, nothing is framed, whatever runs of the rest.
    return Request(b"".join((f"M={mark}; ".encode(), before, after)), mark, ordered)


@lru_cache(maxsize=16)
def template(sources: tuple[Source, ...]) -> tuple[bytes, bytes]:
    """The opening and the rest of the script, without its mark, which is all that the hosts of a fleet do not share."""
    numbered = [(index, asked(source)) for index, source in enumerate(sources)]
    body = "".join(_section(index, source) for index, source in numbered if not _only_reads(source))
    body += _scripts([(index, source) for index, source in numbered if _only_reads(source)])
    commands = (
        f"B={shlex.quote(_BOUNDED)}\n{_COMMANDS}" if any(isinstance(asked(one), Command) for one in sources) else ""
    )
    batch = "if batch; then batch=1; else batch=0; fi\n" if any(isinstance(one, Files) for one in sources) else ""
    # A function that is called on the last line: a script cut off on its way runs nothing.
    after = f"{_FUNCTIONS}\n{_CLOCK}{commands}\n{batch}{body}printf '\\n%s .\\n' \"$M\"\n}}\nwispwatch\n"
    return b"wispwatch() {\n", after.encode()


def _only_reads(source: Source) -> bool:
    return isinstance(source, Command) and source.reads_only


def _scripts(numbered: Sequence[tuple[int, Source]]) -> str:
    """All scripts that only read, behind one limit for all they say: what exceeds it takes those behind it along, unseen."""
    if not numbered:
        return ""
    most = sum(_largest(source) + 200 for _, source in numbered)
    lines = "".join(_section(index, source) for index, source in numbered)
    return f"scripts() {{\n{lines}}}\nscripts | head -c {most}\n"


def _section(index: int, source: Source) -> str:
    match source:
        case File(path, limit):
            return f"file {index} {limit + 1} {shlex.quote(path)}\n"
        case Files():
            return (
                _opening(index, source.patterns)
                + f"files {source.limit + 1} {source.most} {0 if source.live else '$batch'} {int(source.secrets)} "
                + f"{' '.join(source.patterns)}\n"
            )
        case Stat():
            # A pattern that matches nothing stays as it is and stat says "No such file", which is the exact answer.
            return _opening(index, source.patterns) + f"modes {source.most} {' '.join(source.patterns)}\n"
        case Command(reads_only=True):
            script = shlex.quote(source.words[2])
            return f"script {index} {shlex.quote(source.program)} {script}\n"
        case Command():
            words = " ".join(shlex.quote(word) for word in source.words)
            return f"command_ {index} {source.limit + 1} {source.seconds} {shlex.quote(source.program)} {words}\n"
        case _:
            raise TypeError(f"{source.key} is no source of a host")


def _opening(index: int, patterns: Sequence[str]) -> str:
    """Say which directories on the way to a pattern may not be looked into: a pattern there silently matches nothing."""
    search: list[str] = []
    look: list[str] = []
    for pattern in patterns:
        parts = pattern.split("/")[1:]
        for depth in range(1, len(parts)):
            place = "/" + "/".join(parts[:depth])
            lists = any(mark in parts[depth] for mark in "*?[")
            (look if lists else search).append(place)
    lines = [f"begin {index}; shut=0\n"]
    for need, places in (("x", search), ("r", look)):
        if places:
            lines.append(f"closed {need} {' '.join(dict.fromkeys(places))}\n")
    return "".join(lines)
