r"""The script that an administrator installs on hosts, for whom ``sudo sh`` would give a scanner too much.

An account that may run it as root, and nothing else, learns what it reads and can change nothing. It is the script of
``shell``, constant but for its mark, behind a beginning that lets nobody who runs it have a say: it starts itself anew with
an empty environment, works in ``/``, closes what it was handed beside three open streams, takes no argument, refuses to run
where anyone but root could change it, and takes one line of standard input, 32 hexadecimal digits, which become the mark.
Its answer begins with a frame that names the SHA-256 of the whole file as it was run::

    \nMARK @ <digest>\n

Which sources stand in it is known here from the same declarations, so that an answer is only understood where the digests
are the same: that of another version, of another configuration or one that somebody changed is ``Unread``.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from collectors.readings import Answers, Unread
from collectors.sources import Source
from collectors.transports import answers, shell

_OWN_WORDS = "wispwatch-read: "
"""How what it says of itself begins."""

# Sudo takes out of the environment what steers a shell before its first line (LD_*, SHELLOPTS, PS4, functions of bash), also
# without env_reset: sudo(8), "Command environment". The rest is left behind by the first command, which is a special
# built-in, so that no function stands before it. What follows holds no single quote. The whole file is in memory before
# anything of it is run or hashed, so that an update at this moment cannot make a mixture of two.
_BEGINNING = r"""#!/bin/sh
# Reads what the checks of wispwatch need to know of this machine, and writes nothing. Made by `wispwatch target-script`.
# An account that may run this as root sees what it reads, and can do nothing else: docs/ssh.md of wispwatch tells more.
# It must belong to root, and so must the folders above it. It takes no arguments, and one line: 32 hexadecimal digits.
exec /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/ /bin/sh -c '
# Where its rule has a digest, sudo starts the very file that it has looked at.
file=$2
case $file in /dev/fd/*) file=$(readlink "$file") ;; esac
# Where one of the three streams is closed, the first file that is opened would take its place.
exec 3<&0 4>&1 5>&2 || exit 64
exec 3<&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
cd / || exit 64
umask 077
newline="
"
refuse() { printf "wispwatch-read: %s\n" "$1" >&2; exit 64; }
# Who starts this may have set limits under which programs fail in odd places; root may mostly lift them.
for one in d f t v; do ulimit -"$one" unlimited; done 2>/dev/null
ulimit -n 1024 2>/dev/null
ulimit -s 8192 2>/dev/null
ulimit -c 0
for one in d v; do
  case $(ulimit -"$one" 2>/dev/null) in ""|unlimited) ;; *) refuse "a limit of memory holds that it may not lift (ulimit -$one)" ;; esac
done
# Elsewhere the whole of this file would be an argument of a program, for which it is too long.
case $(command -v printf) in /*) refuse "/bin/sh must be dash, bash or busybox" ;; esac
[ "$1" = 0 ] || refuse "takes no arguments"
case $file in /*) ;; *) refuse "start it by its whole path" ;; esac
place=$file
while :; do
  case $(stat -L -c %u:%a "$place") in
    0:*[2367]|0:*[2367]?) refuse "$place can be written to by others than root: chmod go-w $place" ;;
    0:*[0145]) ;;
    *) refuse "$place does not belong to root: chown root:root $place" ;;
  esac
  [ "$place" != / ] || break
  place=${place%/*}
  place=${place:-/}
done
limit=
if timeout 5 true 2>/dev/null; then limit="timeout 60"; fi
line=$($limit head -c 33; printf .)
case $line in *"$newline".) mark=${line%"$newline".} ;; *) mark= ;; esac
case $mark in *[!0-9a-f]*) mark= ;; esac
[ "${#mark}" = 32 ] || refuse "takes one line of 32 hexadecimal digits"
exec </dev/null
whole=$(cat "$file"; printf .)
whole=${whole%.}
digest=$(printf %s "$whole" | sha256sum)
digest=${digest%% *}
body=${whole#*"$newline""# What is read:""$newline"}
case $body in "$whole") refuse "is not whole" ;; *"$newline"wispwatch"$newline") ;; *) refuse "is not whole" ;; esac
printf "\n%s @ %s\n" "$mark" "${digest:-none}"
{ printf "M=%s\n" "$mark"; printf %s "$body"; } | exec sh -s
' wispwatch-read "$#" "$0"
# What is read:
"""


@dataclass(frozen=True)
class Installed:
    """A script as it must be on hosts."""

    script: bytes
    sources: tuple[Source, ...]
    """In the order of their index in the script."""
    digest: str
    """SHA-256 of the script, in hexadecimal digits."""


def installed(sources: Iterable[Source]) -> Installed:
    """The script that reads these sources. It does not hang on their order."""
    return _installed(tuple(sorted(sources, key=lambda source: source.key)))


@lru_cache(maxsize=16)
def _installed(sources: tuple[Source, ...]) -> Installed:
    before, after = shell.template(sources)
    script = _BEGINNING.encode() + before + after
    return Installed(script, sources, hashlib.sha256(script).hexdigest())


def request(script: Installed, mark: str | None = None) -> shell.Request:
    """What is sent, and what is needed to take the answer apart. ``mark`` is for tests; otherwise 128 random bits."""
    mark = mark or secrets.token_hex(16)
    return shell.Request(f"{mark}\n".encode(), mark, script.sources)


def understood(
    script: Installed, asked: Sequence[Source], sent: shell.Request, stdout: bytes, stderr: bytes, cut: str
) -> Answers:
    """The readings of what was asked; ``cut`` is the reason for those that have no whole answer."""
    found = re.search(rb"\n" + sent.mark.encode() + rb" @ ([0-9a-f]{64}|none)\n", stdout)
    if found is None:
        return Answers(answers.every(asked, cut))
    if (why := _is_another(script, found.group(1).decode())) is not None:
        return Answers(answers.every(asked, why))
    readings = answers.parse(sent, stdout, stderr, cut)
    left_out = Unread(
        "the script that is installed there does not read it: it has the checks of the configuration; enable the check there"
        " and install the script anew"
    )
    held = set(script.sources)
    return Answers({one.key: readings[one.key] if one in held else left_out for one in asked})


def _is_another(script: Installed, digest: str) -> str | None:
    """Why what answers is not this script; None where it is."""
    if digest == script.digest:
        return None
    if digest == "none":
        return "the script that is installed there cannot tell its digest: sha256sum is not there or does not work"
    return f"the script installed there is of another version or configuration (digest {digest}): install it anew"


def instead(told: str, path: str) -> str:
    """Why there is no answer at all, of the last that was said in its place."""
    shown = f" ({told})" if told else ""
    low = told.lower()
    if told.startswith(_OWN_WORDS):
        return f"the installed script refuses to run: {told.removeprefix(_OWN_WORDS)}"
    if "a password is required" in low or "must have a tty" in low or "not allowed to" in low or "may not run" in low:
        return f"sudo on the target does not let this account run {path} without a password{shown}"
    if re.search(r"\bsudo: (command )?not found", low):
        return f"there is no sudo on the target{shown}"
    if "command not found" in low or "no such file" in low or "unable to execute" in low:
        return (
            f"the script is not installed at {path}, or cannot be started there{shown}: `wispwatch target-script"
            " --install-instructions` tells how"
        )
    return f"the script that is installed at {path} did not answer{shown}"
