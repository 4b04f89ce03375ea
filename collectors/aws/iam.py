"""The account itself: its root user, its password policy. https://docs.aws.amazon.com/IAM/latest/APIReference/"""

from dataclasses import dataclass

from collectors.api import ACCOUNT, Answer, Api, Place
from collectors.aws.organization import ORGANIZATION
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

SUMMARY = Api(
    "iam",
    "GetAccountSummary",
    "SummaryMap{AccountAccessKeysPresent AccountMFAEnabled AccountPasswordPresent}",
    where=ACCOUNT,
)
VIRTUAL_DEVICES = Api(
    "iam",
    "ListVirtualMFADevices",
    "VirtualMFADevices{SerialNumber User{Arn}}",
    {"AssignmentStatus": "Assigned"},
    where=ACCOUNT,
)
FEATURES = Api(
    "iam",
    "ListOrganizationsFeatures",
    "OrganizationId EnabledFeatures",
    where=ACCOUNT,
    absent=(
        "AccountNotManagementOrDelegatedAdministratorException",
        "OrganizationNotFoundException",
        "OrganizationNotInAllFeaturesModeException",
        "ServiceAccessNotEnabledException",
    ),
)
PASSWORD_POLICY = Api("iam", "GetAccountPasswordPolicy", "PasswordPolicy", where=ACCOUNT, absent=("NoSuchEntity",))


@dataclass(frozen=True, kw_only=True)
class RootUser(Resource):
    """What the root user can enter with."""

    access_key: bool = False
    mfa: bool = False
    password: bool = True
    """False where it was taken away: the root users of an organization's accounts need none."""
    console: bool = True
    """Whether the partition lets a root user sign in at all: AWS GovCloud (US) does not."""


@aws_collector(SUMMARY)
def root_user(at: Place, summary: Answer) -> RootUser:
    """A summary that does not speak of the password comes from where it cannot be taken away."""
    told = summary["SummaryMap"]
    return RootUser(
        access_key=told["AccountAccessKeysPresent"] > 0,
        mfa=told["AccountMFAEnabled"] > 0,
        password=told.get("AccountPasswordPresent", 1) > 0,
        console=at.partition != "aws-us-gov",
    )


@dataclass(frozen=True, kw_only=True)
class RootDevices(Resource):
    """The root user's virtual MFA devices. Of security keys and other hardware no call tells."""

    virtual: tuple[str, ...] = ()
    """Their serial numbers, which are ARNs."""


@aws_collector(VIRTUAL_DEVICES)
def root_devices(at: Place, devices: Answer) -> RootDevices:
    """A device that belongs to the root user names it."""
    root = at.arn("iam", "root")
    found = (one for one in devices["VirtualMFADevices"] if one.get("User", {}).get("Arn") == root)
    return RootDevices(virtual=tuple(str(one["SerialNumber"]) for one in found))


@dataclass(frozen=True, kw_only=True)
class RootManagement(Resource):
    """What an organization does about the root users of its accounts."""

    told: bool = True
    """False for an account that is not let know it: a plain member."""
    features: frozenset[str] = frozenset()
    """Those that are on: ``RootCredentialsManagement``, ``RootSessions``."""


@aws_collector(FEATURES, ORGANIZATION)
def root_management(at: Place, features: Answer | None, organization: Answer) -> RootManagement:
    """The management account is refused only where nothing is switched on; a member is refused for being one."""
    if features is None:
        return RootManagement(told=organization["Organization"]["MasterAccountId"] == at.account)
    return RootManagement(features=frozenset(features["EnabledFeatures"]))


_CLASSES = {
    "RequireUppercaseCharacters": "upper case",
    "RequireLowercaseCharacters": "lower case",
    "RequireNumbers": "digits",
    "RequireSymbols": "symbols",
}


@dataclass(frozen=True, kw_only=True)
class IamPasswordPolicy(Resource):
    """What IAM asks of a new password. The defaults are AWS' own policy, for an account that has set none: eight characters
    of three of four classes, for ever. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    """

    custom: bool = False
    shortest: int = 8
    """Characters."""
    classes: int = 3
    """How many of the four classes of characters there must be."""
    named: tuple[str, ...] = ()
    """Those classes that it names; AWS' own lets the user choose."""
    remembered: int = 0
    """How many old passwords are not taken again."""
    longest_days: int = 0
    """Days after which a password ends; 0: never."""


@aws_collector(PASSWORD_POLICY)
def iam_password_policy(at: Place, policy: Answer | None) -> IamPasswordPolicy:
    """A policy says nothing of reuse or expiry where it does not ask for them."""
    del at
    if policy is None:
        return IamPasswordPolicy()
    asked = policy["PasswordPolicy"]
    named = tuple(name for field, name in _CLASSES.items() if asked[field])
    return IamPasswordPolicy(
        custom=True,
        shortest=asked["MinimumPasswordLength"],
        classes=len(named),
        named=named,
        remembered=asked.get("PasswordReusePrevention", 0),
        longest_days=asked.get("MaxPasswordAge", 0) if asked["ExpirePasswords"] else 0,
    )
