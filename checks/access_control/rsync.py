"""17.04(2)(a) at the rsync daemon."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.host.rsync_daemon import RsyncModule


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        RsyncModule("backup", "/srv/backup", ("backup",)),
        RsyncModule("here", "/srv/here", local_only=True),
        given(RsyncModule("pub", "/srv/pub"), public=("pub",)),
    ],
    fails=[RsyncModule("backup", "/srv/backup"), given(RsyncModule("in", "/srv/in", read_only=False), public=("pub",))],
)
def rsync_module_asks_for_a_password(module: RsyncModule, *, public: tuple[str, ...] = ()) -> Verdict:
    """Nobody takes files from the rsync daemon, or puts them there, without a password.

    Why: a module without `auth users` is open to whoever reaches the port, and such modules often hold whole backups.
    Fix: give the module `auth users` and `secrets file` in /etc/rsyncd.conf, or better stop the daemon and use rsync over ssh,
    since the daemon also sends everything in clear.
    Settings:
        public: names of modules that are meant for everybody and hold no personal information.
    """
    observed = {"path": module.path, "auth_users": module.users, "read_only": module.read_only}
    if module.users:
        return passed(**observed)
    if module.local_only:
        return passed("only this machine may use it", **observed)
    if module.name in public:
        return passed("it is meant for everybody", **observed)
    what = "read" if module.read_only else "read and change"
    return failed(f"whoever reaches the daemon may {what} it without a password", **observed)
