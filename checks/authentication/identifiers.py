"""17.04(1)(a): control of user IDs and other identifiers."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.accounts import Account
from collectors.host.auto_login import AutomaticLogin
from collectors.host.guest_sessions import GuestSessions
from collectors.host.hashes import Kept
from collectors.host.identifiers import Group, Identifiers, User
from collectors.host.ssh_keys import AuthorizedKey, AuthorizedKeys
from collectors.host.su import Su
from collectors.snapshot import Moment

_OPEN = Kept("set", scheme="yescrypt")
_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))


@check(
    "17.04(1)(a)",
    severity=CRITICAL,
    passes=[Identifiers.of(root=0, alice=1000)],
    fails=[Identifiers.of(root=0, toor=0)],
)
def only_root_has_user_id_zero(identifiers: Identifiers, *, superusers: tuple[str, ...] = ("root",)) -> Verdict:
    """No account but root has the user id 0. Local accounts are judged, not those of a directory (LDAP).

    Why: an id stands for one user; whoever has root's id acts as root, whatever the name in the log.
    Fix: give the other account an id of its own (`usermod --uid`), or remove it, and let people use sudo.
    Settings:
        superusers: names that may have the id 0; only root, because every system has it and no one needs a second.
    """
    others = [user.name for user in identifiers.users if user.uid == 0 and user.name not in superusers]
    if others:
        return failed("accounts besides root have the user id 0", accounts=others)
    return passed(accounts=[user.name for user in identifiers.users if user.uid == 0])


def _repeated(values: Iterable[str | int]) -> list[str | int]:
    return [value for value, count in Counter(values).items() if count > 1]


@check(
    "17.04(1)(a)",
    "17.04(2)(b)",
    severity=HIGH,
    passes=[Identifiers.of(root=0, alice=1000, bob=1001)],
    fails=[Identifiers.of(alice=1000, bob=1000), Identifiers((User("bob", 1000), User("bob", 1001)))],
)
def user_names_and_ids_are_unique(identifiers: Identifiers) -> Verdict:
    """Every user name and every user id stands once in the passwd file. Directories (LDAP) are not asked.

    Why: two accounts of one id are one user to the system: neither files nor logs tell them apart.
    Fix: give each account its own id (`usermod --uid`, then `chown` its files), and remove lines that repeat a name.
    """
    names = _repeated(user.name for user in identifiers.users)
    ids = _repeated(user.uid for user in identifiers.users)
    if names or ids:
        sharing = [user.name for user in identifiers.users if user.uid in ids]
        return failed("user names or ids occur twice", names=names, ids=ids, accounts=sharing)
    return passed(users=len(identifiers.users))


@check(
    "17.04(1)(a)",
    severity=MEDIUM,
    passes=[Identifiers(groups=(Group("staff", 50), Group("users", 100)))],
    fails=[
        Identifiers(groups=(Group("staff", 50), Group("users", 50))),
        Identifiers(groups=(Group("staff", 50), Group("staff", 51))),
    ],
)
def group_names_and_ids_are_unique(identifiers: Identifiers) -> Verdict:
    """Every group name and every group id stands once in the group file. Directories (LDAP) are not asked.

    Why: access is given to groups; two of one id give each other's members access that nobody decided.
    Fix: give each group its own id (`groupmod --gid`, then `chgrp` its files), and merge lines that repeat a name.
    """
    names = _repeated(group.name for group in identifiers.groups)
    ids = _repeated(group.gid for group in identifiers.groups)
    if names or ids:
        return failed("group names or ids occur twice", names=names, ids=ids)
    return passed(groups=len(identifiers.groups))


_SHARED = (
    *("admin", "administrator", "demo", "ftpuser", "generic", "guest", "kiosk", "office", "operator", "public"),
    *("reception", "shared", "student", "support", "temp", "test", "test1", "tester", "testuser", "tmp", "training"),
    *("user", "user1", "vendor", "visitor"),
)


@check(
    "17.04(1)(a)",
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[(Account("alice", password=_OPEN), AuthorizedKeys(), _NOW)],
    fails=[
        (Account("test", password=_OPEN), AuthorizedKeys(), _NOW),
        (Account("Guest", password=Kept("empty")), AuthorizedKeys(), _NOW),
        (Account("admin"), AuthorizedKeys((AuthorizedKey("admin", "SHA256:a"),)), _NOW),
        given(Account("frontdesk", password=_OPEN), AuthorizedKeys(), _NOW, names=("frontdesk",)),
    ],
    not_applicable=[
        (Account("test"), AuthorizedKeys(), _NOW),
        (Account("guest", 1000, "/usr/sbin/nologin", password=_OPEN), AuthorizedKeys(), _NOW),
    ],
)
def no_enabled_account_is_shared(
    account: Account, keys: AuthorizedKeys, moment: Moment, *, names: tuple[str, ...] = _SHARED
) -> Verdict:
    """No account that can be entered has a name that stands for nobody in particular. Local accounts only.

    Why: "unique identifications ... to each person": under a generic name several people act, and nobody is responsible.
    Fix: give each person an own account; lock and expire the shared one (`usermod --lock --expiredate 1`), remove its keys.
    Settings:
        names: account names, in lower case, that are taken for shared; those that tests, demonstrations and counters get.
    """
    if not account.enabled(keys, moment.at):
        return not_applicable("nobody can log in with it", password=account.password.described)
    if account.name.lower() in names:
        return failed("an account with a generic name can be entered", account=account.name, uid=account.uid)
    return passed(account=account.name)


@check(
    "17.04(1)(a)",
    severity=MEDIUM,
    passes=[
        Account("daemon", 1, "/usr/sbin/nologin", system=True),
        Account("sync", 4, "/bin/sync", system=True),
        Account("postgres", 105, "/bin/bash", system=True, password=Kept("locked", "!")),
    ],
    fails=[
        Account("www-data", 33, "/bin/bash", system=True),
        Account("postgres", 105, "/bin/bash", system=True, password=_OPEN),
        Account("backup", 34, "/usr/sbin/nologin", system=True, password=_OPEN),
        Account("games", 5, "", system=True),
    ],
    not_applicable=[Account("alice"), Account("root", 0)],
)
def system_accounts_cannot_log_in(
    account: Account, *, shells: tuple[str, ...] = ("postgres", "barman", "jenkins", "couchdb", "cyrus")
) -> Verdict:
    """No account of a program has a login shell or a usable password. Local accounts are judged.

    Why: such an id belongs to a service, not to a person; whoever enters with it is nobody.
    Fix: `usermod --shell /usr/sbin/nologin --lock NAME`; run its commands with `sudo -u NAME`.
    Settings:
        shells: accounts that may keep a shell as long as no password opens them; those whose packages bring it for `su`.
    """
    if not account.system:
        return not_applicable("it is no account of a program")
    if account.by_password:
        return failed("a password opens an account of a program", password=account.password.described)
    if account.login_shell and account.name not in shells:
        return failed("an account of a program has a login shell", shell=account.shell or "/bin/sh")
    return passed(shell=account.shell, password=account.password.described)


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[AutomaticLogin()],
    fails=[AutomaticLogin((("gdm", "alice"),))],
)
def nobody_is_logged_in_automatically(login: AutomaticLogin) -> Verdict:
    """Neither a display manager nor a terminal logs an account in without asking.

    Why: whoever switches the machine on would act under an id that nobody proved to be theirs.
    Fix: take out `AutomaticLogin` (gdm), `autologin-user` (lightdm), `[Autologin] User` (sddm), `--autologin` (getty units).
    """
    if login.accounts:
        return failed(
            "an account is logged in automatically",
            programs=sorted({program for program, _ in login.accounts}),
            accounts=sorted({account for _, account in login.accounts}),
        )
    return passed()


@check(
    "17.04(1)(a)",
    severity=HIGH,
    passes=[GuestSessions()],
    fails=[GuestSessions((("lightdm", "a guest session at seat:*"),))],
)
def no_guest_session_is_offered(guests: GuestSessions) -> Verdict:
    """Nobody gets a session without an account of their own.

    Why: a guest is nobody in particular, and what a guest did cannot be told from what the next one did. (An account that is
    named guest is judged with the shared ones.)
    Fix: set `allow-guest=false` under [Seat:*] in /etc/lightdm/lightdm.conf; take accounts out of
    /etc/security/sepermit.conf.
    """
    if guests.offered:
        return failed("whoever comes is let in as a guest", offered=[f"{by}: {what}" for by, what in guests.offered])
    if guests.unclear:
        return unknown("lightdm may have a script for guests that was not looked for", scripts=guests.unclear)
    return passed()


@check(
    "17.04(1)(a)",
    severity=LOW,
    passes=[(Account("root", 0), None), (Account("root", 0, password=_OPEN), Su(restricted=True, group="adm"))],
    fails=[
        (Account("root", 0, password=_OPEN), Su()),
        (Account("root", 0, password=Kept("empty")), Su(restricted=True)),
    ],
    not_applicable=[(Account("alice", password=_OPEN), Su())],
)
def root_password_is_locked_or_su_restricted(account: Account, su: Su | None) -> Verdict:
    """Root has no password, or only one group may use su to become root.

    Why: root's password is known to several people and names none of them; sudo does.
    Fix: `passwd --lock root` once sudo works, or `auth required pam_wheel.so` in /etc/pam.d/su.
    """
    if account.uid != 0:
        return not_applicable("it is not root")
    if not account.by_password:
        return passed(password=account.password.described)
    if account.password.state == "set" and su is not None and su.restricted:
        return passed(password=account.password.described, su=su.group or "wheel")
    return failed("anyone who knows root's password may become root with su", password=account.password.described)
