"""Pools of Cognito: who may sign up and in.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DescribeIdentityPool.html
"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

USER_POOLS = Api("cognito-idp", "ListUserPools", "UserPools{Id}", {"MaxResults": 60})
USER_POOL = Api(
    "cognito-idp",
    "DescribeUserPool",
    "UserPool{MfaConfiguration AdminCreateUserConfig{AllowAdminCreateUserOnly} Policies{PasswordPolicy{MinimumLength}}"
    " UserPoolAddOns{AdvancedSecurityMode} LambdaConfig{PreSignUp}}",
    {"UserPoolId": Of("Id")},
    absent=("ResourceNotFoundException",),
)
IDENTITY_POOLS = Api("cognito-identity", "ListIdentityPools", "IdentityPools{IdentityPoolId}", {"MaxResults": 60})
IDENTITY_POOL = Api(
    "cognito-identity",
    "DescribeIdentityPool",
    "AllowUnauthenticatedIdentities",
    {"IdentityPoolId": Of("IdentityPoolId")},
    absent=("ResourceNotFoundException",),
)


@dataclass(frozen=True, kw_only=True)
class UserPool(Resource):
    """A directory of an application's users."""

    open: bool = False
    """Whether people may make themselves an account."""
    vetted: bool = False
    """Whether a function of the operator's is asked before an account is made."""
    mfa: str = "ON"
    """ON, OPTIONAL (each user decides) or OFF."""
    shortest_password: int = 12
    """Characters."""
    threat_protection: str = "ENFORCED"
    """ENFORCED, AUDIT (it only writes down) or OFF."""


@aws_collector(
    USER_POOL, each=Items(USER_POOLS, "UserPools", "arn:{partition}:cognito-idp:{region}:{account}:userpool/{Id}")
)
def user_pool(pool: Item, described: Answer) -> UserPool:
    """A pool without add-ons has no threat protection."""
    held = described["UserPool"]
    return UserPool(
        arn=pool.arn,
        region=pool.region,
        open=not held["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"],
        vetted=bool(held.get("LambdaConfig", {}).get("PreSignUp")),
        mfa=held["MfaConfiguration"],
        shortest_password=held["Policies"]["PasswordPolicy"]["MinimumLength"],
        threat_protection=held.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF"),
    )


@dataclass(frozen=True, kw_only=True)
class IdentityPool(Resource):
    """What gives users of an application credentials of AWS."""

    guests: bool = False
    """Whether it gives them to people who have not signed in."""


@aws_collector(
    IDENTITY_POOL,
    each=Items(
        IDENTITY_POOLS,
        "IdentityPools",
        "arn:{partition}:cognito-identity:{region}:{account}:identitypool/{IdentityPoolId}",
    ),
)
def identity_pool(pool: Item, described: Answer) -> IdentityPool:
    """AWS always answers with the field."""
    return IdentityPool(arn=pool.arn, region=pool.region, guests=described["AllowUnauthenticatedIdentities"])
