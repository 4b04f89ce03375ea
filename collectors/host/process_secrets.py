r"""Secrets in the command lines and the environments of running processes: of what kind, never the secret.

Everybody may read the command line of every process, unless /proc is mounted with ``hidepid``; only root and the process's own
account read its environment. One awk reads both and prints, in fields parted by tabs::

    hidden 0|1                        whether hidepid keeps other accounts from the command lines
    argument PROGRAM UID RULE         a command line that a rule fits
    variable PROGRAM UID RULE NAME    a variable of an environment that a rule fits, by its name
    unseen argument|variable PROGRAM UID WHY
    denied NUMBER                     processes whose environment may not be read; a kernel's thread has none
    end NUMBER                        processes that were seen
"""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.secret_rules import rule_ids, text_awk
from collectors.sources import KIB, Command

THE_REST = "every other process"
"""The subject of those in which nothing was found, taken together."""

# head parts the files by a line with the name of each; a process that forges one only gives its own secret to another.
_SCRIPT = r"""
read -r first </proc/1/comm || exit 1
cd /proc || exit 1
awk AWK_PROGRAM
"""
_AWK = r"""
function value(pid, file, name,   path, line, found, part) {
  if (pid !~ /^[0-9]+$/) return ""
  path = "/proc/" pid "/" file
  while ((getline line < path) > 0) {
    if (name == "") { found = line; break }
    split(line, part, /[ \t]+/)
    if (part[1] == name) { found = part[2]; break }
  }
  close(path)
  gsub(/[[:cntrl:]\\]/, "?", found)
  return found
}
function who(pid,   program, uid) {
  program = value(pid, "comm", ""); uid = value(pid, "status", "Uid:")
  return uid ~ /^[0-9]+$/ ? program "\t" uid : ""
}
function tell(word, pid, rest,   owner) { owner = who(pid); if (owner != "") print word "\t" owner "\t" rest }
function variable(pid, line,   at, id, name) {
  got += length(line) + 1
  if (got >= SIZE && !(pid in long)) { long[pid]; tell("unseen\tvariable", pid, "its environment is longer than what is read") }
  at = index(line, "=")
  id = at ? text(line) : ""
  if (tries >= 300) tell("unseen\tvariable", pid, "its environment has more to look at than is looked at")
  tries = 0
  if (id == "") return
  name = substr(line, 1, at - 1)
  tell("variable", pid, id "\t" (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/ && length(name) < 65 ? name : "?"))
}
BEGIN {
  SIZE = 32768; MOST = 4000
  mounts = "/proc/self/mounts"
  while ((getline line < mounts) > 0) {
    split(line, part, " ")
    if (part[2] == "/proc") { hidden = part[4] ~ /(^|,)hidepid=/ && part[4] !~ /(^|,)hidepid=(0|off)(,|$)/ }
  }
  close(mounts)
  print "hidden\t" hidden + 0
  command = "head -c " SIZE " [0-9]*/cmdline /dev/null 2>/dev/null | tr \"\\000\" \" \""
  pid = ""
  while ((command | getline line) > 0) {
    if (line ~ /^==> [0-9]+\/cmdline <==$/ || line == "==> /dev/null <==") {
      pid = substr(line, 5, length(line) - 16)
      if (line ~ /cmdline/) { if (++number > MOST) exit 1; seen[pid]; got = 0 }
      continue
    }
    got += length(line) + 1
    if (line != "") args[pid]
    if (got >= SIZE && !(pid in cut)) { cut[pid]; tell("unseen\targument", pid, "its command line is longer than what is read") }
    id = text(line)
    if (id != "") tell("argument", pid, id)
    else if (tries >= 300) tell("unseen\targument", pid, "its command line has more to look at than is looked at")
    tries = 0
  }
  if (close(command) || !number) exit 1
  command = "head -c " SIZE " [0-9]*/environ /dev/null 2>/dev/null | tr \"\\n\\000\" \" \\n\""
  pid = ""
  while ((command | getline line) > 0) {
    # No blanks before it: of a long run of them each would be tried as the beginning.
    while (match(line, /==> ([0-9]+\/environ|\/dev\/null) <== /)) {
      if (RSTART > 1) variable(pid, substr(line, 1, RSTART - 1))
      pid = substr(line, RSTART, RLENGTH)
      line = substr(line, RSTART + RLENGTH)
      gsub(/[^0-9]/, "", pid)
      told[pid]; got = 0
    }
    if (line != "") variable(pid, line)
  }
  if (close(command)) exit 1
  for (pid in seen) if (pid in args && !(pid in told) && who(pid) != "") denied++
  print "denied\t" denied + 0
  print "end\t" number
}
"""

PROCESSES = Command(
    shlex.join(["sh", "-c", _SCRIPT.replace("AWK_PROGRAM", shlex.quote(text_awk() + _AWK))]),
    name="secrets in processes",
    needs="head",
    instrument=True,
    seconds=10,
    limit=512 * KIB,
    live=True,
)


@dataclass(frozen=True)
class Process(Fact):
    """The processes of one program and one account that have a secret; or all others, taken together."""

    program: str = ""
    """As the kernel keeps its name; empty for all others."""
    uid: int = 0
    """Of the account that runs it."""
    found: tuple[str, ...] = ()
    """The rules that fit."""
    unseen: str = ""
    """Why not all of it was seen; empty where it was."""
    hidden: bool = False
    """Whether other accounts than root and the process's own are kept from it."""
    seen: int = 0
    """Of those taken together: how many."""

    @property
    def subject(self) -> str:
        """Program and account."""
        return f"{self.program} of user {self.uid}" if self.program else THE_REST


class CommandLine(Process):
    """With what arguments they were started."""


@dataclass(frozen=True)
class Environment(Process):
    """With what variables they were started."""

    names: tuple[str, ...] = ()
    """Of the variables; ``?`` for one whose name is none of a shell's."""


@collector(PROCESSES)
def command_lines(told: str) -> tuple[CommandLine, ...]:
    """One for each program and account with something found or not seen, and all others as one."""
    hidden, _, seen, lines = _told(told)
    found: dict[tuple[str, int], CommandLine] = {}
    for key, rule, _, unseen in _of(lines, "argument"):
        before = found.get(key, CommandLine(*key))
        rules = dict.fromkeys([*before.found, *([rule] if rule else [])])
        found[key] = CommandLine(*key, tuple(rules), unseen or before.unseen, hidden)
    return (*found.values(), CommandLine(hidden=hidden, seen=seen))


@collector(PROCESSES)
def environments(told: str) -> tuple[Environment, ...]:
    """One for each program and account with something found or not seen, and all others as one."""
    _, denied, seen, lines = _told(told)
    found: dict[tuple[str, int], Environment] = {}
    for key, rule, name, unseen in _of(lines, "variable"):
        before = found.get(key, Environment(*key))
        rules = dict.fromkeys([*before.found, *([rule] if rule else [])])
        names = dict.fromkeys([*before.names, *([name] if name else [])])
        found[key] = Environment(*key, tuple(rules), unseen or before.unseen, names=tuple(names))
    unseen = f"the environments of {denied} processes may not be read" if denied else ""
    return (*found.values(), Environment(unseen=unseen, seen=seen - denied))


def _told(text: str) -> tuple[bool, int, int, list[list[str]]]:
    """Whether they are hidden, how many were denied and seen, and the lines between."""
    lines = [line.split("\t") for line in text.split("\n") if line]
    if len(lines) < 3 or [lines[at][0] for at in (0, -2, -1)] != ["hidden", "denied", "end"]:
        raise ValueError("not told to the end")
    if unexpected := {line[0] for line in lines[1:-2]} - {"argument", "variable", "unseen"}:
        raise ValueError(f"unexpected lines: {len(unexpected)}")
    return {"0": False, "1": True}[lines[0][1]], int(lines[-2][1]), int(lines[-1][1]), lines[1:-2]


def _of(lines: list[list[str]], wanted: str) -> Iterator[tuple[tuple[str, int], str, str, str]]:
    """Program and account, rule, name of a variable, and why it was not seen; what does not apply is empty."""
    for word, *rest in lines:
        if word == "unseen" and rest[0] == wanted:
            _, program, uid, why = rest
            yield (program, int(uid)), "", "", why
        elif word == wanted:
            program, uid, rule, *name = rest
            if rule not in rule_ids():
                raise ValueError("a rule that is not in the table")
            yield (program, int(uid)), rule, "".join(name), ""
