"""17.04(1)(d): access for active users and active user accounts only."""

from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.accounts import Account
from collectors.host.hashes import Kept
from collectors.host.last_login import LastLogins
from collectors.host.new_accounts import NewAccounts
from collectors.host.ssh_keys import AuthorizedKey, AuthorizedKeys
from collectors.snapshot import Moment

_OPEN = Kept("set", scheme="yescrypt")
_LOCKED = Kept("locked", "!", "yescrypt")
_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_LAST_WEEK = datetime(2026, 1, 8, tzinfo=UTC)
_LAST_YEAR = datetime(2025, 1, 8, tzinfo=UTC)
_ALICE = Account("alice", password=_OPEN, password_changed=_LAST_YEAR)
_KEY = AuthorizedKey("alice", "SHA256:a")


@check(
    "17.04(1)(d)",
    severity=MEDIUM,
    passes=[
        (_ALICE, LastLogins((("alice", _LAST_WEEK),)), _NOW),
        (Account("new", password=_OPEN, password_changed=_LAST_WEEK), LastLogins((("new", None),)), _NOW),
    ],
    fails=[
        (_ALICE, LastLogins((("alice", _LAST_YEAR),)), _NOW),
        (_ALICE, LastLogins((("alice", None),)), _NOW),
        given(_ALICE, LastLogins((("alice", _LAST_WEEK),)), _NOW, days=5),
    ],
    not_applicable=[(Account("alice"), None, _NOW), (Account("root", 0, password=_OPEN), LastLogins(), _NOW)],
)
def accounts_with_a_password_are_in_use(
    account: Account, logins: LastLogins | None, moment: Moment, *, days: int = 90
) -> Verdict:
    """Every account that a password opens was used lately, or its password is new. Local accounts, but not root.

    Why: an account that nobody uses is not active; if somebody guesses its password, nobody notices.
    Fix: lock and expire it (`usermod --lock --expiredate 1 NAME`) or remove it.
    Settings:
        days: without a login or a new password; 90, a quarter, after which people rarely come back.
    """
    if account.uid == 0 or not (account.by_password and account.login_shell) or account.expired(moment.at):
        return not_applicable("no password opens it, or it is root's", password=account.password.described)
    limit = moment.at - timedelta(days=days)
    changed = account.password_changed
    if why := moment.undatable(*([changed] if changed is not None else [])):
        return unknown(why)
    if changed is not None and changed >= limit:
        return passed(password_changed=changed.date())
    if logins is None or not logins.at:
        return unknown("this system keeps no lasting record of logins (neither lastlog nor lastlog2)")
    if account.name not in logins.by_account:
        return unknown("the record of logins does not name it")
    last = logins.by_account[account.name]
    if why := moment.undatable(*([last] if last is not None else [])):
        return unknown(why)
    if last is not None and last >= limit:
        return passed(last_login=last.date())
    if last is None and logins.since is not None and logins.since > limit:
        return unknown("it is in no record of logins, and they do not go back that far", since=logins.since.date())
    return failed(f"nobody has used it for {days} days", last_login=last.date() if last else "never")


@check(
    "17.04(1)(d)",
    severity=LOW,
    passes=[(Account("alice", expires=_LAST_YEAR), AuthorizedKeys(), _NOW)],
    fails=[(Account("alice", expires=_LAST_YEAR), AuthorizedKeys((_KEY,)), _NOW)],
    not_applicable=[(_ALICE, AuthorizedKeys((_KEY,)), _NOW)],
)
def expired_accounts_have_no_keys(account: Account, keys: AuthorizedKeys, moment: Moment) -> Verdict:
    """An account past its end has no authorized SSH keys left. Local accounts are judged.

    Why: sshd refuses an expired account, but only as long as its PAM stack asks; a program that does not ask, or a new
    date, lets the key's holder back in.
    Fix: remove the account's authorized_keys file, or the account.
    """
    if not account.expired(moment.at) or account.expires is None:
        return not_applicable("it is not expired")
    if authorized := keys.of(account.name):
        return failed("the account has expired but keeps its keys", keys=len(authorized), end=account.expires.date())
    return passed(end=account.expires.date())


@check(
    "17.04(1)(d)",
    severity=LOW,
    passes=[NewAccounts(30)],
    fails=[NewAccounts(), NewAccounts(400), given(NewAccounts(45), days=30)],
)
def new_accounts_are_disabled_when_unused(defaults: NewAccounts, *, days: int = 45) -> Verdict:
    """Useradd disables accounts some days after their password has run out unchanged.

    Why: what nobody renews is not in use; the system should close it without anyone having to think of it.
    Fix: `useradd -D --inactive 30`, and for those that exist `chage --inactive 30 NAME`; passwords need a maximum age, too.
    Settings:
        days: the most, after a password's end; 45, so that a long leave does not lock people out.
    """
    if defaults.inactive is None:
        return failed("new accounts are never disabled for not being used", inactive=-1)
    if defaults.inactive > days:
        return failed(f"new accounts are disabled only after more than {days} days", inactive=defaults.inactive)
    return passed(inactive=defaults.inactive)


_KEY_ONLY = (
    *("admin", "almalinux", "alpine", "arch", "azureuser", "centos", "cloud-user", "debian", "ec2-user", "fedora"),
    *("opc", "opensuse", "rocky", "root", "ubuntu", "vagrant"),
)


@check(
    "17.04(1)(d)",
    severity=MEDIUM,
    passes=[
        (Account("alice", password=_LOCKED), AuthorizedKeys()),
        (Account("alice", password=_LOCKED), AuthorizedKeys((_KEY,), refuses_locked=True)),
        (Account("alice", password=Kept("locked", "*")), AuthorizedKeys((_KEY,))),
        (Account("ubuntu", password=Kept("locked", "!")), AuthorizedKeys((AuthorizedKey("ubuntu", "SHA256:a"),))),
    ],
    fails=[
        (Account("alice", password=_LOCKED), AuthorizedKeys((_KEY,))),
        (Account("alice", password=Kept("locked", "!")), AuthorizedKeys((_KEY,))),
        (Account("alice", password=Kept("locked", "*", "sha512", 5000)), AuthorizedKeys((_KEY,), refuses_locked=True)),
    ],
    not_applicable=[(_ALICE, AuthorizedKeys((_KEY,)))],
)
def locked_accounts_are_not_open_by_key(
    account: Account, keys: AuthorizedKeys, *, key_only: tuple[str, ...] = _KEY_ONLY
) -> Verdict:
    """An account whose password is locked does not let anyone in by SSH key. Local accounts are judged.

    Why: locking the password looks as if it disabled the account, but sshd with PAM still takes its keys.
    Fix: to disable it, remove its keys and expire it (`usermod --expiredate 1 NAME`); an account that is meant for keys only
    gets `*` instead of `!` (`usermod --password '*' NAME`), as sshd(8) asks.
    Settings:
        key_only: accounts that never had a password and may be marked by `!`; root, and the first accounts of cloud images.
    """
    kept = account.password
    if kept.state != "locked":
        return not_applicable("its password is not locked", password=kept.described)
    if kept.mark != "!" and not kept.scheme:
        return passed("it never had a password and is for keys only, or for nobody", password=kept.described)
    if account.name in key_only and not kept.scheme:
        return passed("it is an account for keys only", password=kept.described)
    if account.by_key(keys):
        return failed("the password is locked, but keys still open the account", keys=len(keys.of(account.name)))
    if keys.unseen and account.login_shell and not (keys.refuses_locked and kept.mark == "!"):
        return unknown(keys.unseen)
    return passed(password=kept.described, keys=len(keys.of(account.name)))
