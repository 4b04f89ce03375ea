"""17.04(3) by the system-wide policy of cryptography."""

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, passed, unknown
from collectors.host.crypto_policy import CryptoPolicy

_KNOWN = frozenset({"DEFAULT", "FUTURE", "FIPS", "NEXT", "BSI"})


def _policy(*words: str) -> CryptoPolicy:
    return CryptoPolicy(words, words)


@check(
    "17.04(3)",
    facet="public",
    severity=MEDIUM,
    passes=[
        _policy("DEFAULT"),
        _policy("FUTURE"),
        _policy("FIPS", "OSPP"),
        _policy("DEFAULT", "NO-SHA1"),
        given(_policy("DEFAULT", "SHA1"), tolerated=("SHA1",)),
        given(_policy("COMPANY"), own=("COMPANY",)),
    ],
    fails=[
        _policy("LEGACY"),
        _policy("DEFAULT", "SHA1"),
        _policy("DEFAULT", "AD-SUPPORT-LEGACY"),
        CryptoPolicy(("DEFAULT",), ("LEGACY",)),
        CryptoPolicy(("LEGACY",), ("DEFAULT",)),
    ],
)
def system_crypto_policy_is_not_weakened(
    policy: CryptoPolicy, *, tolerated: tuple[str, ...] = (), own: tuple[str, ...] = ()
) -> Verdict:
    """The system-wide policy of cryptography is neither LEGACY nor loosened by a module.

    Why: the item asks for encryption of what is transmitted; LEGACY lets every program on the host agree on TLS 1.0 and
    SHA-1, which no longer protect it.
    Fix: `update-crypto-policies --set DEFAULT`, then restart the system.
    Settings:
        tolerated: modules, in capitals, that may loosen the policy here, e.g. `SHA1` for a peer that has nothing better.
        own: policies of your own, in capitals, that you have found to be no weaker than DEFAULT; what they hold is not read.
    """
    observed = {"applied": ":".join(policy.applied), "configured": ":".join(policy.configured)}
    for name, words in (("in force", policy.applied), ("configured", policy.configured)):
        if words[0] in ("LEGACY", "EMPTY"):
            return failed(f"the policy {name} is {words[0]}", **observed)
        weak = [word for word in words[1:] if word in _WEAK and word not in tolerated]
        if weak:
            return failed(f"the policy {name} is loosened by {', '.join(weak)}", **observed)
    for words in (policy.applied, policy.configured):
        if words[0] not in _KNOWN and words[0] not in own:
            return unknown(f"what the policy {words[0]} allows is not known", **observed)
        strange = [word for word in words[1:] if word not in _HARMLESS | {*tolerated, *own}]
        if strange:
            return unknown(f"what the module {', '.join(strange)} changes is not known", **observed)
    return passed(**observed)


# Modules that crypto-policies itself ships; what others hold is not known by their names.
_WEAK = frozenset({"SHA1", "AD-SUPPORT", "AD-SUPPORT-LEGACY"})
_HARMLESS = frozenset({"NO-SHA1", "NO-CAMELLIA", "NO-ENFORCE-EMS", "ECDHE-ONLY", "OSPP", "NO-PQ", "PQ", "TEST-PQ"})
