"""17.04(2)(a) in the modes of files: what new ones get, and what the system's own have."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed
from collectors.host.system_paths import SystemPaths
from collectors.host.umask import DefaultUmask


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[
        DefaultUmask((("pam_umask", 0o027),)),
        DefaultUmask((("pam_umask", 0o077), ("/etc/bash.bashrc", 0o027))),
        given(DefaultUmask((("init", 0o022),)), masked="022"),
    ],
    fails=[
        DefaultUmask((("init", 0o022),)),
        DefaultUmask((("pam_umask", 0o027), ("/etc/profile.d/a.sh", 0o002))),
    ],
)
def new_files_are_closed_to_others(umask: DefaultUmask, *, masked: str = "027") -> Verdict:
    """Files that a person makes are not open to everybody else by default.

    Why: a record written with the umask 022 can be read by every account of the machine, whether the job needs it or not.
    Fix: add `session optional pam_umask.so` to the PAM session stack and set `UMASK 027` in /etc/login.defs (without
    pam_umask that line has no effect on sessions), and take weaker `umask` lines out of /etc/profile.d. What services
    write is theirs: see `UMask=` of their units.
    Settings:
        masked: permissions, in octal, that the umask must take away. 027 takes writing from the group and everything from
            others; a group that has only its owner in it may keep its rights.
    """
    wanted = int(masked, 8)
    weak = [f"{where}: {value:03o}" for where, value in umask.values if value & wanted != wanted]
    if weak:
        return failed("new files may be read or written by others", umask=weak)
    return passed(umask=[f"{where}: {value:03o}" for where, value in umask.values])


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[SystemPaths(seen=300)],
    fails=[SystemPaths(seen=300, world_writable=("/etc/cron.d/backup",))],
)
def system_files_are_not_writable_by_everyone(paths: SystemPaths) -> Verdict:
    """Nobody but their owners changes the system's configuration, scheduled jobs and units.

    Why: whoever can write a root cron job or a unit decides who reads the records on this machine.
    Fix: `chmod o-w` the path; a shared folder needs the sticky bit (`chmod +t`).
    """
    if paths.world_writable:
        return failed(
            f"{len(paths.world_writable)} system paths can be written by every account", paths=paths.world_writable[:20]
        )
    return passed(looked_at=paths.seen)


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[SystemPaths(seen=300)],
    fails=[SystemPaths(seen=300, unowned=("/opt/old",))],
)
def system_files_have_an_owner(paths: SystemPaths) -> Verdict:
    """Every system path belongs to an account and a group that exist.

    Why: the next account that is given the left-over number gets the files with it, needed for the job or not.
    Fix: `chown` the path to the account that needs it, or remove it.
    """
    if paths.unowned:
        return failed(f"{len(paths.unowned)} system paths belong to nobody", paths=paths.unowned[:20])
    return passed(looked_at=paths.seen)
