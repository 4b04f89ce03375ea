"""The names and numbers of users and groups in the local files."""

import shlex
from dataclasses import dataclass
from functools import lru_cache

from collectors.collector import Fact, collector
from collectors.host.hashes import LOCKED, REDUCE, Kept, kept
from collectors.sources import Command

# glibc skips blank lines, comments, and the "+" and "-" lines of NIS compatibility; so do we. Names of people (GECOS) stay
# on the target.
_SCRIPT = (
    REDUCE
    + r"""
users=$(cat /etc/passwd) || exit 1
groups=$(cat /etc/group) || exit 1
IFS=$newline
for line in $users; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*:*:*:*) ;; *) echo malformed; continue ;; esac
  name=${line%%:*}; line=${line#*:}
  field=${line%%:*}; line=${line#*:}
  case $field in x|"##$name") kept=-:shadowed:- ;; *) reduce "$field" ;; esac
  uid=${line%%:*}; line=${line#*:}
  gid=${line%%:*}; line=${line#*:}
  case $uid$gid in *[!0-9]*) echo malformed; continue ;; esac
  printf "user:%s:%s:%s:%s:%s\n" "$name" "$kept" "$uid" "$gid" "${line#*:}"
done
for line in $groups; do
  case $line in "#"*|+*|-*) continue ;; *:*:*:*) ;; *) echo malformed; continue ;; esac
  name=${line%%:*}; line=${line#*:}
  field=${line%%:*}; line=${line#*:}
  case $field in x|""|"*"|"!") kept=-:none:- ;; *) reduce "$field" ;; esac
  printf "group:%s:%s:%s\n" "$name" "$kept" "$line"
done
"""
)
NAMES = Command(shlex.join(["sh", "-c", _SCRIPT]), name="users and groups", limit=1 << 20, reads_only=True)
"""``user:NAME:MARK:SCHEME:COST:UID:GID:HOME:SHELL`` and ``group:NAME:MARK:SCHEME:COST:GID:MEMBERS``, one to a line."""


@dataclass(frozen=True)
class User:
    """One line of passwd(5)."""

    name: str
    uid: int
    gid: int = 0
    home: str = "/nonexistent"
    shell: str = "/usr/sbin/nologin"
    password: Kept | None = None
    """What the password field itself holds; None where it points to the shadow file."""


@dataclass(frozen=True)
class Group:
    """One line of group(5)."""

    name: str
    gid: int
    members: tuple[str, ...] = ()
    """Those that the line names; whoever has it as primary group is a member as well."""
    password: Kept = LOCKED


@dataclass(frozen=True)
class Identifiers(Fact):
    """All users and groups of /etc/passwd and /etc/group, in their order. Directories (LDAP) are not asked."""

    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()

    @staticmethod
    def of(**uids: int) -> "Identifiers":
        """An example: user names with their ids."""
        return Identifiers(tuple(User(name, uid) for name, uid in uids.items()))


@collector(NAMES)
def identifiers(names: str) -> Identifiers:
    """A malformed line is not passed over: a program with another reader may take it for an account."""
    return _identifiers(names)


@lru_cache(maxsize=2)
def _identifiers(names: str) -> Identifiers:
    """Seven collectors ask it of each host."""
    users, groups = [], []
    for line in names.splitlines():
        kind, _, rest = line.partition(":")
        if kind == "user":
            users.append(_user(rest))
        elif kind == "group":
            groups.append(_group(rest))
        else:
            raise ValueError("a line of passwd or group is malformed")
    if not users:
        raise ValueError("there is no user at all")
    return Identifiers(tuple(users), tuple(groups))


def _user(line: str) -> User:
    name, mark, scheme, cost, uid, gid, home, shell = line.split(":", 7)
    password = None if scheme == "shadowed" else kept(f"{mark}:{scheme}:{cost}")
    return User(name, int(uid), int(gid), home, shell, password)


def _group(line: str) -> Group:
    name, mark, scheme, cost, gid, members = line.split(":", 5)
    named = tuple(member.strip() for member in members.split(",") if member.strip())
    return Group(name, int(gid), named, kept(f"{mark}:{scheme}:{cost}"))
