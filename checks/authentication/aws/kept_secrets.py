"""17.04(1)(c): secrets that AWS Secrets Manager keeps."""

from checks.access_control.aws.public import OF_THE_ACCOUNT, OF_THE_ORGANIZATION, PUBLIC, refuses_everybody
from checks.check import SUPPORTING, check
from checks.verdict import CRITICAL, MEDIUM, Verdict, failed, passed
from collectors.aws.secretsmanager import Secret, SecretRotation


@check(
    "17.04(1)(c)",
    severity=CRITICAL,
    passes=[Secret(), Secret(policy=OF_THE_ACCOUNT), Secret(policy=OF_THE_ORGANIZATION)],
    fails=[Secret(policy=PUBLIC)],
)
def secretsmanager_secrets_are_not_public(secret: Secret) -> Verdict:
    """The secret's policy does not let everybody read it.

    Why: passwords are to be kept where that "does not compromise the security of the data they protect"; one that everybody
    may read protects nothing.
    Fix: name accounts or roles as principals of the secret's policy, and change the secret; `put-resource-policy
    --block-public-policy` refuses such policies.
    """
    return refuses_everybody(secret.policy)


@check(
    "17.04(1)(c)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[SecretRotation(enabled=True)],
    fails=[SecretRotation()],
)
def secretsmanager_secrets_are_rotated(secret_rotation: SecretRotation) -> Verdict:
    """The secret gets a new value from time to time, of its own accord.

    Why: a password that leaked unnoticed is then of use for days, not for years.
    Fix: switch on automatic rotation of the secret.
    """
    return passed() if secret_rotation.enabled else failed("the secret is not rotated")
