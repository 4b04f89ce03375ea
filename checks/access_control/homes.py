"""17.04(2)(a): what people keep in their home directories."""

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, passed
from collectors.host.homes import Home


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[
        Home("alice", "/home/alice", 0o700),
        Home("alice", "/home/alice", 0o2750),
        Home("root", "/root", 0o700, 0, 0),
    ],
    fails=[
        Home("alice", "/home/alice", 0o755),
        Home("alice", "/home/alice", 0o711),
        Home("alice", "/home/alice", 0o770),
        Home("alice", "/home/alice", 0o700, owner_uid=1001),
        given(Home("alice", "/home/alice", 0o750), most="0700"),
    ],
)
def home_directories_are_private(home: Home, *, most: str = "0750") -> Verdict:
    """Nobody else may look into or write to a person's home directory, root's included. Local accounts only.

    Why: people keep records there; those who do not need them should not be able to look.
    Fix: `chmod 0700` the directory, `chown` it to its account, and set `HOME_MODE 0700` in login.defs.
    Settings:
        most: permission bits that it may have at most, in octal; 0750, since on most systems each person has a group alone.
    """
    if home.owner_uid not in {home.uid, 0}:
        return failed("the home directory belongs to somebody else", path=home.path, owner_id=home.owner_uid)
    if home.permissions & 0o777 & ~int(most, 8):
        return failed("others may look into the home directory", path=home.path, mode=f"{home.permissions:04o}")
    return passed(path=home.path, mode=f"{home.permissions:04o}")
