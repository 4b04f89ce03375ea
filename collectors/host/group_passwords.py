"""Passwords of groups, by which whoever knows one becomes a member (gshadow(5), newgrp(1))."""

import shlex
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.hashes import REDUCE, Kept, kept
from collectors.host.identifiers import NAMES, identifiers
from collectors.sources import Command

_SCRIPT = (
    REDUCE
    + r"""
if [ ! -e /etc/gshadow ] && [ ! -L /etc/gshadow ]; then echo "no gshadow file"; exit 0; fi
entries=$(cat /etc/gshadow) || exit 1
echo "gshadow file"
IFS=$newline
for line in $entries; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*) ;; *) echo malformed; continue ;; esac
  name=${line%%:*}; line=${line#*:}
  reduce "${line%%:*}"
  case $kept in -:empty:-|*:none:-) ;; *) printf "%s:%s\n" "$name" "$kept" ;; esac
done
"""
)
_STATES = Command(shlex.join(["sh", "-c", _SCRIPT]), name="group passwords", limit=1 << 20, reads_only=True)


@dataclass(frozen=True)
class GroupPasswords(Fact):
    """Groups of which a hash is stored; never the hash. An empty field lets in members only."""

    groups: tuple[tuple[str, Kept], ...] = ()


@collector(NAMES, _STATES)
def group_passwords(names: str, states: str) -> GroupPasswords:
    """``gshadow file`` or ``no gshadow file``, then ``NAME:MARK:SCHEME:COST``; the group file itself may hold a hash, too."""
    lines = states.splitlines()
    if not lines or lines[0] not in {"gshadow file", "no gshadow file"}:
        raise ValueError("not the states of a gshadow file")
    found = [(group.name, group.password) for group in identifiers.parse(names).groups if group.password.scheme]
    for line in lines[1:]:
        name, state = line.split(":", 1)
        found.append((name, kept(state)))
    return GroupPasswords(tuple(found))
