"""17.04(2)(b): each person has an identification of their own."""

from checks.check import check
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.ssh_keys import AuthorizedKey, AuthorizedKeys


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[AuthorizedKeys((AuthorizedKey("alice", "SHA256:a"), AuthorizedKey("bob", "SHA256:b")))],
    fails=[AuthorizedKeys((AuthorizedKey("alice", "SHA256:a"), AuthorizedKey("bob", "SHA256:a")))],
    not_applicable=[AuthorizedKeys(), AuthorizedKeys((AuthorizedKey("alice", "SHA256:a"),), accepted=False)],
)
def each_ssh_key_opens_one_account(keys: AuthorizedKeys, *, shared_with: tuple[str, ...] = ()) -> Verdict:
    """No SSH key is authorized for two local accounts.

    Why: "unique identifications ... to each person": with one key for two accounts, two people share it or one has two ids.
    Fix: remove the key from all accounts but its owner's; let people use sudo where they need another account.
    Settings:
        shared_with: accounts whose keys may also open others; none. Name an account of an automation that keeps its own.
    """
    if not keys.accepted or not keys.keys:
        return not_applicable("no SSH key opens an account here")
    owners: dict[str, set[str]] = {}
    for key in keys.keys:
        if key.account not in shared_with:
            owners.setdefault(key.fingerprint, set()).add(key.account)
    twice = {fingerprint: accounts for fingerprint, accounts in owners.items() if len(accounts) > 1}
    if twice:
        return failed(
            "a key opens several accounts",
            keys=sorted(twice),
            accounts=sorted({account for accounts in twice.values() for account in accounts}),
        )
    return passed(keys=len(owners), accounts=len({key.account for key in keys.keys}))
