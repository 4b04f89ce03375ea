"""17.04(1)(c): passwords and keys are kept where and how they do not compromise what they protect."""

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.hashes import Kept
from collectors.host.identifiers import Group, Identifiers, User
from collectors.host.password_files import HostKeys, PasswordFiles
from collectors.host.shadow import Password

_STRONG = ("yescrypt", "gost-yescrypt", "scrypt", "argon2", "bcrypt", "sha512", "sha256")


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[
        Password("alice", Kept("set", scheme="yescrypt")),
        Password("alice", Kept("set", scheme="bcrypt", cost=12)),
        Password("alice", Kept("set", scheme="sha512", cost=5000)),
    ],
    fails=[
        Password("alice", Kept("set", scheme="md5")),
        Password("alice", Kept("locked", "!", scheme="des")),
        Password("alice", Kept("set", scheme="sha512", cost=1000)),
        Password("alice", Kept("set", scheme="bcrypt", cost=4)),
        given(Password("alice", Kept("set", scheme="sha256", cost=5000)), schemes=("yescrypt",)),
    ],
    not_applicable=[Password("daemon", Kept("locked", "*")), Password("alice", Kept("empty"))],
)
def stored_passwords_use_strong_hashes(
    password: Password, *, schemes: tuple[str, ...] = _STRONG, rounds: int = 5000, bcrypt_cost: int = 5
) -> Verdict:
    """Every stored password, also of a locked account, is hashed by a strong and slow scheme. Local accounts only.

    Why: a copied shadow file gives away every password that a weak scheme lets be guessed quickly.
    Fix: set `ENCRYPT_METHOD YESCRYPT` in login.defs and `yescrypt` at pam_unix, and have the password changed.
    Settings:
        schemes: those that are strong; all of crypt(5) but DES, MD5, SHA-1 and NT, which one graphics card guesses through.
        rounds: the least for sha512 and sha256; 5000, with which crypt(5) calculates when nothing is said.
        bcrypt_cost: the least, as a power of two; 5, which takes about as long as 5000 rounds of sha512.
    """
    kept = password.kept
    if not kept.scheme:
        return not_applicable("no hash is stored", password=kept.described)
    if kept.scheme == "unrecognised":
        return unknown("the hash is of a scheme that this version does not know", kept_in=password.place)
    if kept.scheme not in schemes:
        return failed("the password is hashed by a weak scheme", password=kept.described, kept_in=password.place)
    least = {"sha512": rounds, "sha256": rounds, "bcrypt": bcrypt_cost}.get(kept.scheme)
    if least is not None and (kept.cost is None or kept.cost < least):
        return failed("the hash is too quick to calculate", password=kept.described, least=least)
    return passed(password=kept.described)


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[
        PasswordFiles.of(0o640),
        PasswordFiles.of(0o000, group="root"),
        PasswordFiles.of(0o600, path="/etc/security/opasswd", group="root"),
    ],
    fails=[
        PasswordFiles.of(0o644),
        PasswordFiles.of(0o660),
        PasswordFiles.of(0o640, uid=1000),
        PasswordFiles.of(0o640, group="users"),
        PasswordFiles.of(0o640, path="/etc/security/opasswd"),
    ],
)
def password_files_are_private(files: PasswordFiles, *, groups: tuple[str, ...] = ("root", "shadow")) -> Verdict:
    """Only root, and the group shadow by reading, gets at the files of hashes and their copies in customary places.

    Why: whoever reads a hash can guess the password at leisure; whoever writes one is anybody.
    Fix: `chown root:shadow` and `chmod 640` (0600 for /etc/security/opasswd), and delete copies that nobody needs.
    Settings:
        groups: those that may read the shadow files; the ones to which distributions give them.
    """
    wrong = []
    for mode in files.files:
        readers = 0o040 if mode.group in groups and "/opasswd" not in mode.path else 0
        if mode.uid != 0 or mode.permissions & 0o7777 & ~(0o600 | readers):
            wrong.append(f"{mode.path} {mode.owner}:{mode.group} {mode.permissions:04o}")
    if wrong:
        return failed("others than root get at stored passwords", files=wrong)
    return passed(files=[mode.path for mode in files.files])


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[Identifiers((User("alice", 1000), User("daemon", 1, password=Kept("locked", "*"))))],
    fails=[
        Identifiers((User("alice", 1000, password=Kept("set", scheme="sha512", cost=5000)),)),
        Identifiers((User("alice", 1000, password=Kept("locked", "!", scheme="des")),)),
        Identifiers(groups=(Group("staff", 50, password=Kept("set", scheme="des")),)),
    ],
)
def passwd_and_group_files_hold_no_hash(identifiers: Identifiers) -> Verdict:
    """No password hash stands in /etc/passwd or /etc/group, which everyone may read.

    Why: these files must be readable by everyone, so a hash in them is readable by everyone.
    Fix: `pwconv` and `grpconv` move them to the shadow files; then have those passwords changed.
    """
    users = [user.name for user in identifiers.users if user.password is not None and user.password.scheme]
    groups = [group.name for group in identifiers.groups if group.password.scheme]
    if users or groups:
        return failed("hashes stand in a file that everyone may read", users=users, groups=groups)
    return passed()


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[HostKeys.of(0o600), HostKeys.of(0o640, group="ssh_keys")],
    fails=[
        HostKeys.of(0o644),
        HostKeys.of(0o640, group="users"),
        HostKeys.of(0o600, uid=1000),
        HostKeys.of(0o660, group="ssh_keys"),
    ],
    not_applicable=[HostKeys()],
)
def ssh_host_keys_are_private(keys: HostKeys, *, groups: tuple[str, ...] = ("root", "ssh_keys")) -> Verdict:
    """Only root, and the group ssh_keys by reading, gets at the SSH server's private keys.

    Why: with a copy of the key another machine poses as this one and is told people's passwords.
    Fix: `chown root:root` and `chmod 600`; make new keys if others could read them.
    Settings:
        groups: those that may read the keys; the ones to which distributions give them.
    """
    wrong = []
    for mode in keys.files:
        readers = 0o040 if mode.group in groups else 0
        if mode.uid != 0 or mode.permissions & 0o7777 & ~(0o600 | readers):
            wrong.append(f"{mode.path} {mode.owner}:{mode.group} {mode.permissions:04o}")
    if wrong:
        return failed("others than root get at a private key of the SSH server", files=wrong)
    if keys.elsewhere:
        return unknown("sshd has keys in places that were not looked at", files=keys.elsewhere)
    if not keys.files:
        return not_applicable("there is no private key of an SSH server")
    return passed(files=[mode.path for mode in keys.files])
