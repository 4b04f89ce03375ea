"""17.04(1)(c): credentials and private keys that programs keep in files."""

from checks.check import check, given
from checks.verdict import HIGH, LOW, Verdict, failed, not_applicable, passed, unknown
from collectors.host.accounts import is_system
from collectors.host.identifiers import Group, Identifiers, User
from collectors.host.secret_rules import kinds, needed_kinds
from collectors.host.secrets_at_rest import CredentialFile, Held, Kept, PrivateKey

_FIRST_PERSON = 1000
_NAMES = Identifiers(
    (User("root", 0), User("alice", 1000, 1000), User("bob", 1001, 100), User("carol", 1002, 100)),
    (Group("root", 0), Group("alice", 1000), Group("mail", 8), Group("users", 100), Group("ops", 50, ("bob",))),
)


def _netrc(permissions: int = 0o600, **others: object) -> CredentialFile:
    """An example: alice's .netrc with one password."""
    known: dict[str, object] = {"account": "alice", "uid": 1000, "owner": 1000, "group": 1000, **others}
    held = (Held("netrc"),)
    return CredentialFile("/home/alice/.netrc", "netrc", permissions=permissions, holds=held, **known)  # type: ignore[arg-type]


def _relay(permissions: int, **others: object) -> CredentialFile:
    """An example: the system's password for its mail relay."""
    held = (Held("exim-relay"),)
    return CredentialFile("/etc/exim4/passwd.client", "exim-relay", permissions=permissions, holds=held, **others)  # type: ignore[arg-type]


def _key(permissions: int = 0o600, **others: object) -> PrivateKey:
    """An example: alice's private key."""
    known: dict[str, object] = {"account": "alice", "uid": 1000, "owner": 1000, "group": 1000, **others}
    return PrivateKey("/home/alice/.ssh/id_ed25519", "ssh-key", permissions=permissions, **known)  # type: ignore[arg-type]


def _who_reads(file: Kept, names: Identifiers) -> tuple[list[str], bool]:
    """Whom the group's bits let in besides the owner and root, and whether the group is one that the local files know."""
    if not (file.permissions & 0o060 and file.group_reaches):
        return [], True
    groups = [group for group in names.groups if group.gid == file.group]
    ids = {user.name: user.uid for user in names.users}
    members = [user.name for user in names.users if user.gid == file.group]
    members += [member for group in groups for member in group.members]
    others = [name for name in dict.fromkeys(members) if ids.get(name) not in {0, file.owner}]
    if not file.path.startswith("/home/") and not file.account:
        # The group of a service is how the system gives the service its password.
        others = [name for name in others if not is_system(ids.get(name, _FIRST_PERSON), _FIRST_PERSON)]
    return others, bool(groups)


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[
        (_netrc(), _NAMES),
        (_netrc(0o640), _NAMES),
        (_netrc(0o644, group_reaches=False, everyone_reaches=False), _NAMES),
        (_netrc(owner=0), _NAMES),
        (_relay(0o640, group=8), _NAMES),
        (CredentialFile(seen=12), _NAMES),
        given(_netrc(0o644), _NAMES, accepted=("netrc",)),
    ],
    fails=[
        (_netrc(0o644), _NAMES),
        (_netrc(0o602), _NAMES),
        (_netrc(0o640, group=100), _NAMES),
        (_netrc(owner=1001), _NAMES),
        (_relay(0o640, group=50), _NAMES),
        (_relay(0o644), _NAMES),
        (_relay(0o600, owner=1001), _NAMES),
    ],
    not_applicable=[(CredentialFile(), _NAMES)],
)
def files_with_credentials_are_private(
    file: CredentialFile, names: Identifiers, *, accepted: tuple[str, ...] = ()
) -> Verdict:
    """Nobody but its owner and root gets at a file that holds a password, a token or a key.

    Why: a password that other accounts can read does not protect what it opens. The file's mode counts, the members of its
    group, and whether a folder on the way is closed to them; what the file holds is looked for on the target, and never leaves it.
    Fix: `chmod 600` the file and `chown` it to its account; a file of the system may stay readable by the group of the service
    that needs it. Change the password or token if others could read it. What /etc/fstab holds belongs into a file of mode 0600
    behind `credentials=`.
    Settings:
        accepted: kinds of file that others may read; none, since there is no kind whose credentials are meant for everybody.
    """
    if file.unseen:
        return unknown(f"it was not looked at: {file.unseen}")
    if not file.holds:
        return passed(looked_at=file.seen) if file.seen else not_applicable("there is no such file")
    told = {"holds": ", ".join(map(str, file.holds)), "mode": file.mode, "owner_id": file.owner}
    what = kinds()[file.kind]
    if file.kind in accepted:
        return passed(f"it holds {what}, which is accepted", **told)
    if file.permissions & 0o006 and file.everyone_reaches:
        return failed(f"every account gets at {what}", **told)
    service = not file.account and is_system(file.owner, _FIRST_PERSON)
    if file.owner not in {file.uid, 0} and not service:
        return failed(f"it holds {what} and belongs to somebody else", **told)
    others, known = _who_reads(file, names)
    if others:
        return failed(f"others in its group get at {what}", **told, others=others[:20])
    if not known:
        return unknown(f"it holds {what}, and who is in its group is not told by the local files", **told)
    return passed(**told)


@check(
    "17.04(1)(c)",
    severity=LOW,
    passes=[CredentialFile(seen=12), _relay(0o640), given(_netrc(), accepted=("netrc",))],
    fails=[_netrc(), given(_relay(0o640), accepted=())],
    not_applicable=[CredentialFile()],
)
def no_credentials_lie_in_well_known_files(
    file: CredentialFile, *, accepted: tuple[str, ...] = needed_kinds()
) -> Verdict:
    """No password, token or key lies in the clear where every thief of data looks first.

    Why: whoever gets at an account, a backup or a lost disk has what these files hold; stealing programs go through just this
    list. A file that only its owner can read is less bad than one that all can: that is another check.
    Fix: keep it in a keyring, a password manager or the program's own helper (`git config credential.helper`, `credsStore` of
    docker, `aws sso`, `PassCmd` of mail programs), let it expire soon, and delete the line.
    Settings:
        accepted: kinds of file that may hold one. By default those of the system that a program must find when it starts by
            itself, with nobody there to type: networks, shares, mail relays and the environment of services.
    """
    if file.unseen:
        return unknown(f"it was not looked at: {file.unseen}")
    if not file.holds:
        return passed(looked_at=file.seen) if file.seen else not_applicable("there is no such file")
    told = {"kind": file.kind, "holds": ", ".join(map(str, file.holds)), "mode": file.mode}
    if file.kind in accepted:
        return passed(f"it holds {kinds()[file.kind]}, which is accepted", **told)
    return failed(f"it holds {kinds()[file.kind]}", **told)


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[_key(), _key(0o400), _key(owner=0)],
    fails=[_key(0o640), _key(0o644), _key(0o602), _key(owner=1001)],
)
def private_keys_of_accounts_are_private(key: PrivateKey) -> Verdict:
    """Only its account, and root, gets at a private key for SSH in a home.

    Why: with a copy of the key anybody is that person wherever the key opens something, and no password is asked.
    Fix: `chmod 600` the key and `chown` it to its account; make a new one if others could read it (`ssh-keygen -t ed25519`), and
    take the old one out of every authorized_keys.
    """
    if key.unseen:
        return unknown(f"it was not looked at: {key.unseen}")
    if key.owner not in {key.uid, 0}:
        return failed("the key belongs to somebody else", mode=key.mode, owner_id=key.owner)
    if key.permissions & 0o077:
        return failed("others than its owner may read or change the key", mode=key.mode, owner_id=key.owner)
    return passed(mode=key.mode, owner_id=key.owner)


@check(
    "17.04(1)(c)",
    severity=LOW,
    passes=[_key(cipher="encrypted"), _key(cipher="token"), given(_key(), unattended=("alice",))],
    fails=[_key()],
)
def private_keys_of_accounts_have_a_passphrase(key: PrivateKey, *, unattended: tuple[str, ...] = ()) -> Verdict:
    """A private key for SSH in a home is encrypted, so that a copy of the file alone opens nothing.

    Why: backups and lost disks carry the file away; without a passphrase that is all it takes. Whether the passphrase is a good
    one cannot be seen.
    Fix: `ssh-keygen -p -f KEY` gives it one, and ssh-agent asks for it once a session; or use a key that a device holds
    (`ssh-keygen -t ed25519-sk`).
    Settings:
        unattended: accounts whose keys programs use when nobody is there to type; none. Restrict what such a key may do where
            it opens something (`restrict,command=` in authorized_keys).
    """
    if key.unseen:
        return unknown(f"it was not looked at: {key.unseen}")
    if key.cipher == "unknown":
        return unknown("the key is of a form that this version does not know")
    if key.cipher == "token":
        return passed("it only works with the device that holds the real key")
    if key.cipher == "encrypted":
        return passed(encrypted=True)
    if key.account and key.account in unattended:
        return passed("it is not encrypted, which is accepted for this account", encrypted=False)
    return failed("the key is not encrypted", encrypted=False)
