"""The root user of an account: nobody in particular, and everything is open to it."""

from checks.check import SUPPORTING, check
from checks.verdict import CRITICAL, LOW, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.aws.iam import RootDevices, RootManagement, RootUser


@check("17.04(1)(a)", severity=CRITICAL, passes=[RootUser()], fails=[RootUser(access_key=True)])
def root_has_no_access_key(root_user: RootUser) -> Verdict:
    """The root user of the account has no access key.

    Why: a key of the root user opens everything, belongs to no person, needs no second factor, and no policy limits it.
    Fix: sign in as the root user and delete its access keys, active or not; use roles instead.
    """
    return failed("the root user has an access key") if root_user.access_key else passed()


@check(
    "17.04(1)(b)",
    severity=CRITICAL,
    passes=[RootUser(mfa=True)],
    fails=[RootUser(), RootUser(access_key=True)],
    not_applicable=[RootUser(password=False), RootUser(console=False)],
)
def root_needs_a_second_factor(root_user: RootUser) -> Verdict:
    """The root user of the account signs in with a second factor.

    Why: its password, which its mail box can set anew, would otherwise open every record.
    Fix: sign in as the root user and assign MFA devices under Security credentials; in an organization, take the password
    of its members' root users away instead.
    """
    if not root_user.console:
        return not_applicable("AWS GovCloud (US) lets no root user sign in")
    if root_user.mfa:
        return passed()
    if not root_user.password:
        return not_applicable("the root user has no password")
    return failed("the root user's password needs no second factor")


_VIRTUAL = "arn:aws:iam::123456789012:mfa/root-account-mfa-device"


@check(
    "17.04(1)(b)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[(RootUser(mfa=True), RootDevices())],
    fails=[(RootUser(mfa=True), RootDevices(virtual=(_VIRTUAL,)))],
    not_applicable=[(RootUser(), RootDevices())],
)
def root_has_no_virtual_second_factor(root_user: RootUser, root_devices: RootDevices) -> Verdict:
    """None of the root user's second factors is an app that makes codes: all are security keys, passkeys or hardware.

    Why: the codes of an app can be phished, and its secret can be copied; what opens every record deserves the better kind.
    Fix: assign the root user two security keys, then remove its virtual devices.
    """
    if not root_user.mfa:
        return not_applicable("the root user has no second factor")
    if root_devices.virtual:
        return failed("a virtual device can sign in as root", devices=root_devices.virtual)
    return passed()


@check(
    "17.04(1)(a)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[RootManagement(features=frozenset({"RootCredentialsManagement", "RootSessions"}))],
    fails=[RootManagement(), RootManagement(features=frozenset({"RootSessions"}))],
    not_applicable=[RootManagement(told=False)],
)
def root_credentials_of_members_are_managed_centrally(root_management: RootManagement) -> Verdict:
    """The organization manages the credentials of its members' root users in one place. Its management account is judged.

    Why: a root user without credentials cannot be entered; one in each account is one more id that belongs to nobody.
    Fix: switch on root access management in IAM of the management account, and delete the members' root credentials.
    """
    if not root_management.told:
        return not_applicable("only the organization's management account, or its delegate, knows")
    if "RootCredentialsManagement" in root_management.features:
        return passed(features=root_management.features)
    return failed("each member account keeps root credentials of its own", features=root_management.features)
