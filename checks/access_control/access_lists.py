"""17.04(2)(a) in what the modes of files do not show: access control lists, and passwords of groups."""

from fnmatch import fnmatchcase

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed, unknown
from collectors.host.access_lists import AccessLists
from collectors.host.group_passwords import GroupPasswords
from collectors.host.hashes import Kept

_LOG = "/var/log/journal"


@check(
    "17.04(2)(a)",
    "17.04(1)(c)",
    severity=HIGH,
    passes=[
        AccessLists(),
        AccessLists.of(_LOG, ("group", "adm", "r-x"), ("group", "wheel", "r-x")),
        AccessLists.of("/etc/shadow", ("user", "alice", "---")),
        given(AccessLists.of("/home/alice", ("user", "backup", "r-x")), allowed=("user:backup:/home/*",)),
    ],
    fails=[
        AccessLists.of("/etc/shadow", ("user", "alice", "r--")),
        AccessLists.of("/home/alice", ("user", "bob", "--x")),
        AccessLists.of("/etc/gshadow-", ("group", "adm", "r--")),
        AccessLists.of(_LOG, ("group", "adm", "rwx")),
    ],
)
def no_access_list_opens_private_files(
    lists: AccessLists,
    *,
    allowed: tuple[str, ...] = (
        *("group:adm:/var/log/*", "group:wheel:/var/log/*", "group:systemd-journal:/var/log/*"),
        *("user:root:*", "group:root:*"),
    ),
) -> Verdict:
    """No access control list (ACL) lets others at stored passwords, keys of the SSH server, sudoers, logs and homes.

    Why: the checks of modes say that these files are private; a list gives a right beside the mode, which neither shows
    nor takes back.
    Fix: look with `getfacl PATH`; take an entry away with `setfacl --remove user:NAME PATH`, or all with
    `setfacl --remove-all PATH`.
    Settings:
        allowed: who may have an entry where: `user:NAME:PATTERN` or `group:NAME:PATTERN`, to read and to enter, but not to
            write. systemd itself lets the groups adm and wheel read the journal.
    """
    open_to = []
    unread = []
    for one in lists.lists:
        if one.entries is None:
            unread.append(one.path)
        open_to += [
            f"{one.path} {kind}:{name}:{may}"
            for kind, name, may in one.entries or ()
            if may != "---" and ("w" in may or not _allowed(f"{kind}:{name}:{one.path}", allowed))
        ]
    if open_to:
        return failed("an access control list opens what is meant to be private", entries=open_to)
    if unread:
        return unknown("files have access control lists, and getfacl is not installed to read them", files=unread)
    return passed(lists=len(lists.lists))


def _allowed(entry: str, allowed: tuple[str, ...]) -> bool:
    return any(fnmatchcase(entry, pattern) for pattern in allowed)


@check(
    "17.04(2)(b)",
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[GroupPasswords(), GroupPasswords((("staff", Kept("locked", "!", "yescrypt")),))],
    fails=[
        GroupPasswords((("staff", Kept("set", scheme="yescrypt")),)),
        GroupPasswords((("staff", Kept("set", scheme="des")),)),
    ],
)
def no_group_has_a_password(passwords: GroupPasswords) -> Verdict:
    """Membership in a group is given to people, not to whoever knows a word. Local groups are judged.

    Why: a group's password is one that several people share, and by `newgrp` it gives anybody the group's access to records.
    Fix: `gpasswd --remove-password GROUP`, and add those who need it: `gpasswd --add NAME GROUP`.
    """
    if found := [f"{name} ({one.described})" for name, one in passwords.groups if one.state == "set"]:
        return failed("whoever knows its password becomes a member of a group", groups=found)
    return passed()
