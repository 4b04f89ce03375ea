"""17.04(1)(c): the form in which new passwords are kept."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.password_policy import PasswordChange, PasswordPolicy

_STRONG = frozenset({"yescrypt", "gost_yescrypt", "blowfish", "sha512", "sha256"})


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[
        PasswordPolicy.of(PasswordChange(scheme="yescrypt"), PasswordChange("login", scheme="sha512")),
        PasswordPolicy.of(PasswordChange(scheme="blowfish")),
    ],
    fails=[
        PasswordPolicy.of(PasswordChange(scheme="md5")),
        PasswordPolicy.of(PasswordChange(scheme="yescrypt"), PasswordChange("login", scheme="des")),
    ],
    not_applicable=[PasswordPolicy.of()],
)
def new_passwords_are_stored_with_a_strong_hash(policy: PasswordPolicy) -> Verdict:
    """pam_unix stores new passwords as yescrypt, bcrypt, SHA-512 or SHA-256 hashes.

    Why: passwords must be kept in a "format that does not compromise the security of the data they protect"; DES and MD5
    hashes are guessed by the billion a second.
    Fix: put `yescrypt` (or `sha512`) on the pam_unix line of the password stack. It wins over ENCRYPT_METHOD in
    /etc/login.defs, which pam_unix reads only where its line names none; it does not know BCRYPT there and falls to DES.
    """
    weak = [change for change in policy.changes if change.scheme not in _STRONG]
    if weak:
        names = sorted({change.scheme for change in weak})
        return failed(f"new passwords are stored as {', '.join(names)}", services=[one.service for one in weak])
    if not policy.changes:
        return not_applicable("no service changes local passwords through PAM")
    return passed(scheme=sorted({change.scheme for change in policy.changes}))
