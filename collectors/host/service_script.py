"""The script that reads the configuration of every installed product of the table, and the arguments of its daemons.

A line of its answer is ``path TAB entry`` for a file that was read, or ``path TAB entry TAB key TAB value``. The path of a running
daemon's environment is ``env:NUMBER``, that of its arguments ``pid:NUMBER``. A key with ``!`` says why something was not read.
"""

import shlex
from collections.abc import Iterable

from collectors.host.service_awk import program
from collectors.host.service_table import Entry, service_defaults
from collectors.sources import KIB, Command

_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")

_FUNCTIONS = r"""
newline="
"
list= running= said= some=
found() { for one; do if [ -e "$one" ]; then return 0; fi; done; return 1; }
say() { printf "%s\t%s\t%s\t%s\n" "$1" "$entry" "$2" "$3"; }
way() {
  need=$1; shift
  for place; do
    if [ -d "$place" ] && { [ ! -x "$place" ] || { [ "$need" = r ] && [ ! -r "$place" ]; }; }; then say "$place" "!closed"; fi
  done
}
part() {
  list="$list${newline}E=$entry${newline}R=$1"; shift
  for place; do
    if [ -f "$place" ]; then
      if [ ! -r "$place" ]; then say "$place" "!denied"; continue; fi
      case $place in *"$newline"*) say "" "!a name of two lines"; continue;; esac
      list="$list$newline$place" some=1
    elif [ -L "$place" ] && [ ! -e "$place" ]; then
      case $(ls -L "$place" 2>&1) in *ermission*) say "$place" "!denied";; esac
    fi
  done
}
exists() { key=$1; shift; for place; do if [ -e "$place" ]; then say "$place" "$key" yes; fi; done; }
older() {
  minutes=$1; shift
  for place; do
    [ -f "$place" ] || continue
    late=$place
    [ "$minutes" = 0 ] || late=$(find "$place" -prune -mmin "+$minutes") || say "$place" "!its age"
    if [ "$late" ]; then say "$place" marker old; else say "$place" marker new; fi
  done
}
versions() { for place; do if [ -e "$place" ]; then say "$place" @version "${place##*/}"; fi; done; }
"""

_PROCESSES = r"""
if [ "$running" ]; then
  taken=0
  for place in /proc/[0-9]*; do
    { read -r name <"$place/comm"; } 2>/dev/null || continue
    case "$running " in *" $name="*|*" $name:"*) ;; *) continue;; esac
    # Everybody may give a process any name, and as many words as will hold this up.
    taken=$((taken + 1))
    if [ "$taken" -gt 60 ]; then
      for one in $running; do
        wanted=${one%%=*} entry=${one#*=}
        [ "${wanted%%:*}" != "$name" ] || say "pid:${place#/proc/}" "!more than is looked at"
      done
      continue
    fi
    { words=$(head -c 65536 "$place/cmdline" | tr "\000\t" "\n "); } 2>/dev/null || continue
    [ "$words" ] || continue
    entry=
    for one in $running; do
      wanted=${one%%=*}
      [ "${wanted%%:*}" = "$name" ] || continue
      case $wanted in *:*) case $words in *"${wanted#*:}"*) ;; *) continue;; esac;; esac
      entry=${one#*=}
    done
    [ "$entry" ] || continue
    if [ ! -e "$place/root/." ]; then say "pid:${place#/proc/}" "!denied"; continue; fi
    [ "$place/root" -ef / ] || continue
    { around=$(head -c 65536 <"$place/environ" | tr "\000\t" "\n "; : <"$place/environ"); } 2>/dev/null ||
      { say "pid:${place#/proc/}" "!denied"; continue; }
    set -f; IFS=$newline
    set -- $words $around
    if [ "$#" -gt 600 ] || [ "${#words}" -gt 60000 ] || [ "${#around}" -gt 60000 ]; then
      set +f; unset IFS
      say "pid:${place#/proc/}" "!more than is looked at"
      continue
    fi
    number=${place#/proc/}
    own="$entry	env:$number	$newline"
    for word in $around; do own="$own$entry	env:$number	$word$newline"; done
    for word in $words; do own="$own$entry	pid:$number	$word$newline"; done
    said=$said$own
    set +f; unset IFS
  done
fi
[ -z "$said" ] || list="$list${newline}R=process$newline-"
"""

_END = r"""
[ "$some$said" ] || exit 0
set -f; IFS=$newline
set -- $list
unset IFS
printf "%s" "$said" | awk "$reduce" "$@"
"""


def script(root: str = "") -> str:
    """The shell script for the table; below ``root`` no process is looked at."""
    entries = tuple(one for one in service_defaults().values() if one.kind != "authorized_key")
    blocks = "".join(_block(one, root) for one in entries)
    return "\n".join(
        [
            f"reduce={shlex.quote(program(entries))}",
            _FUNCTIONS,
            blocks,
            "" if root else _PROCESSES,
            _END,
        ]
    )


def _block(entry: Entry, root: str) -> str:
    """What is done for one product, where it is installed."""
    programs = [
        f"{root}{place}"
        for name in entry.programs
        for place in ([name] if name.startswith("/") else [f"{folder}/{name}" for folder in _FOLDERS])
    ]
    patterns = [one for part in entry.read for one in part.files]
    search, look = _ways(patterns)
    lines = [f"if found {_quoted(programs)}; then", f"entry={entry.id}"]
    lines += [f"way x {_quoted(root + one for one in search)}"] if search else []
    lines += [f"way r {_quoted(root + one for one in look)}"] if look else []
    for part in entry.read:
        files = _quoted(root + one for one in part.files)
        if entry.kind == "marker":
            lines.append(f"older {60 * entry.older_than_hours} {files}")
        elif part.reader == "exists":
            lines.append(f"exists {part.key} {files}")
        else:
            lines.append(f"part {part.reader} {files}")
    if entry.version_files:
        lines.append(f"versions {_quoted(root + one for one in entry.version_files)}")
    if entry.version_packages:
        lines.append(f"part dpkg {root}/var/lib/dpkg/status")
    for named in entry.processes:
        name, mark, word = named.partition(":")
        lines.append(f'running="$running {name[:15]}{mark}{word}={entry.id}"')
    return "\n".join([*lines, "fi\n"])


def _quoted(patterns: Iterable[str]) -> str:
    """Patterns as they stand: none has a character that a shell would take for more than a pattern."""
    return " ".join(patterns)


def _ways(patterns: list[str]) -> tuple[list[str], list[str]]:
    """The folders on the way that must be searched, and those that must also be listed."""
    search: dict[str, None] = {}
    look: dict[str, None] = {}
    for pattern in patterns:
        parts = pattern.split("/")[1:]
        for depth in range(1, len(parts)):
            place = "/" + "/".join(parts[:depth])
            (look if any(mark in parts[depth] for mark in "*?[") else search)[place] = None
    return list(search), list(look)


SERVICES = Command(shlex.join(["sh", "-c", script()]), name="defaults of services", limit=256 * KIB, reads_only=True)
