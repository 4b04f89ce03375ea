"""17.04(2)(a) at Samba: what is shared, and with whom."""

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, passed
from collectors.host.samba import SambaServer, SambaShare

_OPEN = SambaShare("pub", "/srv/pub", guest=True)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        SambaShare("hr", "/srv/hr"),
        SambaShare("pub", "/srv/pub", guest=True, local_only=True),
        given(_OPEN, public=("pub",)),
    ],
    fails=[_OPEN, given(SambaShare("pub", guest=True, read_only=False), public=("forms",))],
)
def samba_share_lets_in_no_guest(share: SambaShare, *, public: tuple[str, ...] = ()) -> Verdict:
    """Nobody reads or writes a shared folder without an account.

    Why: a guest is anybody who can reach the server; access is then restricted to nobody, and no name stands in the log.
    Neither `map to guest = Never` nor `restrict anonymous = 2` closes a share that says `guest ok = yes`.
    Fix: set `guest ok = no` (or take out `public = yes` and `guest only`) in the share of smb.conf and run `smbcontrol all
    reload-config`; for a folder that an account has published, `net usershare delete NAME`.
    Settings:
        public: names of shares that are meant for everybody and hold no personal information.
    """
    observed = {"path": share.path, "read_only": share.read_only, "by_user": share.by_user}
    if share.guest and share.local_only:
        return passed("only this machine may use it", **observed)
    if share.guest and share.name not in public:
        what = "read" if share.read_only else "read and change"
        return failed(f"whoever reaches the server may {what} the files without an account", **observed)
    return passed("it is meant for everybody" if share.guest else "", **observed)


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[
        SambaShare("hr", "/srv/hr", people=("@hr",)),
        SambaShare("homes", people=("%S",)),
        given(SambaShare("all", "/srv/all"), by_file_permissions=True),
        given(SambaShare("forms", "/srv/forms"), public=("forms",)),
        SambaShare("sysvol"),
    ],
    fails=[SambaShare("all", "/srv/all"), SambaShare("mine", "/home/ann", by_user=True)],
)
def samba_share_is_limited_to_named_accounts(
    share: SambaShare, *, by_file_permissions: bool = False, public: tuple[str, ...] = ("netlogon", "sysvol")
) -> Verdict:
    """A shared folder is open to the accounts or groups that it names, not to every account of the server.

    Why: access is to be restricted "to those who need such information to perform their job duties"; a share without names
    lets in every account, and leaves it to the rights of each single file to keep out who has no need.
    Fix: name accounts or groups (`valid users = @hr`) in the share of smb.conf; `[homes]` takes `valid users = %S`.
    Settings:
        by_file_permissions: whether the owners and modes of the files may do it alone. Off, since one file copied in with an
            open mode is then open to everybody. Turn it on where access lists in the file system are how you restrict it.
        public: names of shares that are meant for every account and hold no personal information; by default those that a
            domain controller must show to every account.
    """
    observed = {"path": share.path, "valid_users": share.people or "every account"}
    if share.people or share.local_only:
        return passed(**observed)
    if share.name in public:
        return passed("it is meant for everybody", **observed)
    if by_file_permissions:
        return passed("the rights of the files restrict it, and they are not looked at", **observed)
    return failed("every account of the server may enter; only the rights of the files restrict it", **observed)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[SambaShare("hr"), given(SambaShare("hr", root=("admin",)), administrators=("admin",))],
    fails=[SambaShare("hr", root=("@staff",)), SambaShare("hr", root=("everybody",))],
)
def samba_share_makes_nobody_root(share: SambaShare, *, administrators: tuple[str, ...] = ("root",)) -> Verdict:
    """Nobody acts as root in a shared folder.

    Why: with `admin users` or `force user = root` an account passes over owners and modes of every file in the share.
    Fix: take `admin users` and `force user = root` out of smb.conf; give the files a group instead (`force group`).
    Settings:
        administrators: accounts that may stand in `admin users`; only root, which passes over the rights anyway.
    """
    if extra := [who for who in share.root if who not in administrators]:
        return failed("in this share they are root whatever the files say", root=extra, path=share.path)
    return passed(path=share.path)


@check(
    "17.04(2)(a)",
    severity=MEDIUM,
    passes=[SambaServer(users_may_share=True), SambaServer()],
    fails=[SambaServer(users_may_share=True, users_may_share_with_guests=True)],
)
def samba_lets_no_user_share_with_guests(samba: SambaServer) -> Verdict:
    """No user can publish a folder to people without an account.

    Why: whoever may read records could hand them to everybody with one `net usershare add`, and no administrator sees it.
    Debian's smb.conf allows it to the group sambashare.
    Fix: set `usershare allow guests = no` in smb.conf, or `usershare max shares = 0`, and reload Samba.
    """
    if samba.users_may_share_with_guests:
        return failed("users may publish folders to guests (usershare allow guests = yes)")
    return passed(users_may_share=samba.users_may_share)
