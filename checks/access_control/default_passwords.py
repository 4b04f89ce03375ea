"""17.04(2)(b): passwords that came with the product, or that everybody tries first."""

from checks.check import check, given
from checks.verdict import CRITICAL, Verdict, failed, not_applicable, passed, unknown
from collectors.host.default_passwords import DefaultPassword

_WORDS = {
    "user-name": "the account's own name",
    "user-name-reversed": "the account's own name, backwards",
    "generic": "one of the words that everybody tries first",
}
_LOCKED = DefaultPassword("pi", "vendor-default", "Raspberry Pi OS", locked=True)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    enabled=False,
    passes=[DefaultPassword("ana"), DefaultPassword("pi", locked=True)],
    fails=[
        DefaultPassword("pi", "vendor-default", "Raspberry Pi OS"),
        DefaultPassword("ana", "user-name"),
        DefaultPassword("ana", "user-name-reversed"),
        DefaultPassword("ana", "generic"),
        _LOCKED,
    ],
    not_applicable=[given(_LOCKED, locked=False)],
)
def no_account_has_a_vendor_default_password(password: DefaultPassword, *, locked: bool = True) -> Verdict:
    """No local account's password is a vendor's default, the account's own name, or a word that everybody tries first.

    Why: passwords must be "not vendor supplied default passwords"; those are published, and tried on every address of the
    internet all day. Each stored hash is compared on the target itself, which it never leaves, with the published passwords of
    that account name, the name, the name backwards, and five words.
    Fix: give the account a password of its own with `passwd NAME`, or remove it with `userdel NAME`.
    Settings:
        locked: whether a password beneath a lock counts. On, since `usermod -U` opens the account with it, and a lock is a way
            to put off changing it. Off makes locked accounts not applicable.
    """
    if password.locked and not locked:
        return not_applicable("the account is locked")
    if password.not_compared:
        return unknown(password.not_compared)
    if not password.kind:
        return passed(locked=password.locked)
    whose = _WORDS.get(password.kind) or f"the default of {password.product}"
    if password.locked:
        return failed(f"it is locked, and the password beneath the lock is {whose}", kind=password.kind)
    return failed(f"the password is {whose}", kind=password.kind)
