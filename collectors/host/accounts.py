"""Local accounts and what decides whether each of them can be entered."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from collectors.collector import Fact, collector
from collectors.host.hashes import LOCKED, Kept
from collectors.host.identifiers import NAMES, Group, User, identifiers
from collectors.host.login_defs import LOGIN_DEFS, login_defs_text
from collectors.host.shadow import SHADOW, Password, passwords
from collectors.host.ssh_keys import AuthorizedKeys

_UID_MIN = 1000
"""Where login.defs does not say (useradd(8))."""
_NOBODY = 65534
_NO_SHELLS = frozenset({"nologin", "false", "true", "null", "sync", "shutdown", "halt", "git-shell"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_login_shell(shell: str) -> bool:
    """Whether a shell gives a session: not ``nologin`` and its like. An empty field means ``/bin/sh`` (passwd(5))."""
    return shell.rsplit("/", 1)[-1] not in _NO_SHELLS


@dataclass(frozen=True)
class Account(Fact):
    """One account of /etc/passwd, its groups and the state of its password. Directories (LDAP) are not asked."""

    name: str
    uid: int = 1000
    shell: str = "/bin/bash"
    system: bool = False
    """Whether it belongs to a program, not to a person: its id is below ``UID_MIN`` or that of nobody, and is not 0."""
    groups: tuple[str, ...] = ()
    """Primary group first."""
    password: Kept = LOCKED
    password_changed: datetime | None = None
    """Start of the day; None where it is not recorded."""
    expires: datetime | None = None
    """Start of the day on which the account is disabled."""
    gids: tuple[int, ...] = ()
    """Of the same groups."""

    @property
    def subject(self) -> str:
        """The account's name."""
        return self.name

    @property
    def login_shell(self) -> bool:
        """Whether its shell gives a session."""
        return is_login_shell(self.shell)

    @property
    def by_password(self) -> bool:
        """Whether some password, or none at all, opens it."""
        return self.password.state in {"set", "empty"}

    def by_key(self, authorized: AuthorizedKeys) -> bool:
        """Whether a public key opens it; a locked password alone does not prevent that."""
        shut = authorized.refuses_locked and self.password.mark == "!"
        return bool(authorized.of(self.name)) and not shut

    def by_unseen_key(self, authorized: AuthorizedKeys, now: datetime) -> bool:
        """Whether a key that no file holds may open it: a command of sshd knows it, or an authority has certified it."""
        shut = authorized.refuses_locked and self.password.mark == "!"
        return bool(authorized.unseen) and self.login_shell and not shut and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        """Whether its end is past; login programs then refuse it."""
        return self.expires is not None and self.expires <= now

    def enabled(self, authorized: AuthorizedKeys, now: datetime) -> bool:
        """Whether a person can get a session with it: a shell, a way in, and not expired."""
        return self.login_shell and (self.by_password or self.by_key(authorized)) and not self.expired(now)


@collector(NAMES, SHADOW, LOGIN_DEFS)
def accounts(names: str, shadow: str, login_defs: dict[str, str] | None) -> tuple[Account, ...]:
    """Joins what the files say by name."""
    known = identifiers.parse(names)
    kept = {one.account: one for one in passwords.parse(names, shadow)}
    first = uid_min(login_defs)
    return tuple(_account(user, kept[user.name], known.groups, first) for user in known.users)


def _account(user: User, password: Password, groups: tuple[Group, ...], first: int) -> Account:
    primary = [group.name for group in groups if group.gid == user.gid]
    further = [group for group in groups if user.name in group.members]
    return Account(
        name=user.name,
        uid=user.uid,
        shell=user.shell,
        system=is_system(user.uid, first),
        groups=tuple(dict.fromkeys([*primary, *(group.name for group in further)])),
        password=password.kept,
        password_changed=_day(password.changed) if password.changed else None,
        expires=_day(password.expires),
        gids=tuple(dict.fromkeys([user.gid, *(group.gid for group in further)])),
    )


def is_system(uid: int, first: int) -> bool:
    """Whether an id belongs to a program: below the ``first`` of people, or that of nobody; root's is neither."""
    return 0 < uid < first or uid == _NOBODY


def _day(number: int | None) -> datetime | None:
    """Days since the epoch as a moment; a number past the calendar is as good as none."""
    if number is None:
        return None
    return _EPOCH + timedelta(days=number) if number < 2_900_000 else None


def uid_min(login_defs: dict[str, str] | None) -> int:
    """The first id of people, from login.defs(5); the last line of a name counts."""
    found = re.findall(r"^\s*UID_MIN\s+(\S+)", login_defs_text(login_defs), re.MULTILINE)
    return int(found[-1], 0) if found else _UID_MIN
