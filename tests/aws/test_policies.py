"""What policies say, and whom they admit."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from checks.access_control.aws.policies import open_to_everybody, services_for_anybody, strangers
from collectors.aws.known_accounts import KnownAccounts
from collectors.aws.policy import Condition, Principal, Statement, statements

OWN, FRIEND, FOREIGN = "111111111111", "222222222222", "999999999999"
KNOWN = KnownAccounts(own=frozenset({OWN}), trusted={FRIEND: "a vendor"}, organization="o-ours123456")
GITHUB = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"


def allow(principal: Any = "*", condition: Any = None, **more: Any) -> dict[str, Any]:
    said = {"Effect": "Allow", "Principal": principal, "Action": "sqs:*", "Resource": "*", **more}
    return said if condition is None else {**said, "Condition": condition}


def deny(condition: Any = None, **more: Any) -> dict[str, Any]:
    return allow("*", condition, **{"Effect": "Deny", "Action": "*", **more})


def policy(*said: Any) -> tuple[Statement, ...]:
    return statements(json.dumps({"Version": "2012-10-17", "Statement": said}))


def where(operator: str, key: str, *values: Any) -> dict[str, Any]:
    return {operator: {key: list(values)}}


PUBLIC = {
    "everybody": [allow()],
    "every principal of AWS": [allow({"AWS": "*"})],
    "one of several": [allow({"AWS": [OWN, "*"]})],
    "every service": [allow({"Service": "*"})],
    "every account": [allow({"AWS": "arn:aws:iam::*:root"})],
    "all but one": [{"Effect": "Allow", "NotPrincipal": {"AWS": OWN}, "Action": "*"}],
    "all actions but one": [{"Effect": "Allow", "Principal": "*", "NotAction": "sqs:DeleteQueue"}],
    "the second statement": [allow({"AWS": OWN}), allow()],
    "TLS is asked of everybody": [allow(), deny(where("Bool", "aws:SecureTransport", False))],
    "TLS is all that is asked": [allow(condition=where("Bool", "aws:SecureTransport", "true"))],
    "any VPC": [allow(condition=where("StringLike", "aws:SourceVpc", "vpc-*"))],
    "any organization": [allow(condition=where("StringLike", "aws:PrincipalOrgID", "o-*"))],
    "one fixed, one not": [allow(condition=where("StringLike", "aws:SourceAccount", OWN, "*"))],
    "half of an account": [allow(condition=where("StringLike", "aws:SourceAccount", "1111*"))],
    "a role of any account": [allow(condition=where("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/app"))],
    "any bucket": [allow(condition=where("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"))],
    "buckets that anybody may make": [allow(condition=where("ArnLike", "aws:SourceArn", "arn:aws:s3:::logs-*"))],
    "all of IPv4": [allow(condition=where("IpAddress", "aws:SourceIp", "0.0.0.0/0"))],
    "all of IPv6": [allow(condition=where("IpAddress", "aws:SourceIp", "10.0.0.0/8", "::/0"))],
    "IPv4 in halves": [allow(condition=where("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1"))],
    "all addresses but one": [allow(condition=where("NotIpAddress", "aws:SourceIp", "203.0.113.1"))],
    "addresses of anybody's VPC": [allow(condition=where("IpAddress", "aws:VpcSourceIp", "10.0.0.0/16"))],
    "whoever uses a service": [allow(condition=where("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com"))],
    "the key may be missing": [allow(condition=where("StringEqualsIfExists", "aws:PrincipalOrgID", "o-ours123456"))],
    "none of none": [allow(condition=where("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-ours123456"))],
    "everybody else": [allow(condition=where("StringNotEquals", "aws:PrincipalAccount", OWN))],
    "there is an organization": [allow(condition=where("Null", "aws:PrincipalOrgID", "false"))],
    "there is none": [allow(condition=where("StringEquals", "aws:PrincipalOrgID", "${aws:PrincipalOrgID}"))],
    "who knows a word": [allow(condition=where("StringEquals", "sts:ExternalId", "word"))],
    "the browser says so": [allow(condition=where("StringLike", "aws:Referer", "https://example.com/*"))],
    "whoever has a tag": [allow(condition=where("StringEquals", "aws:PrincipalTag/team", "blue"))],
    "Facebook": [allow({"Federated": "graph.facebook.com"})],
    "GitHub for its audience": [
        allow({"Federated": GITHUB}, where("StringEquals", "token.actions.githubusercontent.com:aud", "sts"))
    ],
    "GitHub, any repository": [
        allow({"Federated": GITHUB}, where("StringLike", "token.actions.githubusercontent.com:sub", "repo:*"))
    ],
    "GitHub, a branch of anybody's": [
        allow(
            {"Federated": GITHUB}, where("StringEquals", "token.actions.githubusercontent.com:ref", "refs/heads/main")
        )
    ],
    "GitHub, any owner of that beginning": [
        allow({"Federated": GITHUB}, where("StringLike", "token.actions.githubusercontent.com:sub", "repo:us*/a:x"))
    ],
    "Cognito, whoever has logged in": [
        allow(
            {"Federated": "cognito-identity.amazonaws.com"},
            where("ForAnyValue:StringLike", "cognito-identity.amazonaws.com:amr", "authenticated"),
        )
    ],
    "denied something else": [allow(), deny(Action="sqs:DeleteQueue")],
    "denied elsewhere": [allow(), deny(Resource="arn:aws:sqs:::other")],
    "denied to one account": [allow(), {"Effect": "Deny", "Principal": {"AWS": FOREIGN}, "Action": "*"}],
    "denied to some without the key": [
        allow(),
        deny(where("ForAnyValue:StringNotEquals", "aws:PrincipalOrgID", "o-ours123456")),
    ],
    "denied unless a service passes it on": [
        allow(),
        deny(where("StringNotEquals", "aws:PrincipalOrgID", "o-x") | where("Bool", "aws:ViaAWSService", "false")),
    ],
    "denied all but this action": [
        allow(),
        {"Effect": "Deny", "Principal": "*", "NotAction": ["sqs:Send*"], "Resource": "*"},
    ],
    "denied to the members": [allow(), deny(where("StringEquals", "aws:PrincipalOrgID", "o-ours123456"))],
    "denied to those of another organization, but not to those of none": [
        allow(),
        deny(where("StringNotEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}")),
    ],
    "of the resource's account": [allow(condition=where("StringEquals", "aws:ResourceAccount", OWN))],
    "a question mark is no star": [allow(Action="s3:Ge*"), deny(Action="s3:Ge?")],
}

NOT_PUBLIC = {
    "nobody": [],
    "nobody named": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    "an account": [allow({"AWS": OWN})],
    "a role": [allow({"AWS": f"arn:aws:iam::{OWN}:role/app"})],
    "a service": [allow({"Service": "sns.amazonaws.com"})],
    "somebody deleted": [allow({"AWS": "AIDACKCEVSQ6C2EXAMPLE"})],
    "CloudFront": [allow({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"})],
    "SAML": [allow({"Federated": f"arn:aws:iam::{OWN}:saml-provider/okta"})],
    "a cluster": [allow({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/A"})],
    "the key in small letters": [allow(condition=where("StringEquals", "aws:sourceowner", OWN))],
    "the key in capitals": [allow(condition=where("stringequals", "AWS:SOURCEOWNER", OWN))],
    "a topic": [allow(condition=where("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{OWN}:*"))],
    "a bucket": [allow(condition=where("ArnLike", "aws:SourceArn", "arn:aws:s3:::logs"))],
    "a bucket, wherever": [allow(condition=where("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:logs"))],
    "the organization": [allow(condition=where("StringEquals", "aws:PrincipalOrgID", "o-ours123456"))],
    "the resource's organization": [
        allow(condition=where("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}"))
    ],
    "whose organization is the resource's": [
        allow(condition=where("StringEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}"))
    ],
    "whose account is the resource's": [
        allow(condition=where("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"))
    ],
    "a unit": [
        allow(condition=where("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-ours123456/r-ab12/ou-ab12-x/*"))
    ],
    "the key must be there": [
        allow(
            condition=where("StringEqualsIfExists", "aws:PrincipalOrgID", "o-ours123456")
            | where("Null", "aws:PrincipalOrgID", "false")
        )
    ],
    "both are asked": [
        allow(
            condition=where("StringEquals", "kms:ViaService", "s3.us-east-1.amazonaws.com")
            | {"StringLike": {"kms:CallerAccount": OWN}}
        )
    ],
    "an endpoint": [allow(condition=where("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d"))],
    "addresses": [allow(condition=where("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::/32"))],
    "one session of a role": [allow(condition=where("StringLike", "aws:userid", "AROACKCEVSQ6C2EXAMPLE:*"))],
    "a mount target": [allow(condition=where("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"))],
    "a repository at GitHub": [
        allow({"Federated": GITHUB}, where("StringLike", "token.actions.githubusercontent.com:sub", "repo:us/*"))
    ],
    "an identity pool": [
        allow(
            {"Federated": "cognito-identity.amazonaws.com"},
            where("StringEquals", "cognito-identity.amazonaws.com:aud", "us-east-1:12345678-1234"),
        )
    ],
    "all denied": [allow(), deny()],
    "all but the organization denied": [
        allow(),
        deny(where("StringNotEquals", "aws:PrincipalOrgID", "o-ours123456"), Action="SQS:*"),
    ],
    "all but organization and AWS denied": [
        allow(),
        deny(
            where("StringNotEqualsIfExists", "aws:PrincipalOrgID", "o-ours123456")
            | where("BoolIfExists", "aws:PrincipalIsAWSService", "false")
        ),
    ],
    "all but our addresses denied": [allow(), deny(where("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))],
    "all but our endpoint denied": [allow(), deny(where("StringNotEquals", "aws:SourceVpce", "vpce-1a2b3c4d"))],
    "all but one principal denied": [
        allow(),
        {"Effect": "Deny", "NotPrincipal": {"AWS": f"arn:aws:iam::{OWN}:root"}, "Action": "*", "Resource": "*"},
    ],
    "all other actions denied": [
        allow(Action="sqs:SendMessage"),
        {"Effect": "Deny", "Principal": "*", "NotAction": "sqs:ReceiveMessage", "Resource": "*"},
    ],
}


@pytest.mark.parametrize("said", PUBLIC.values(), ids=PUBLIC)
def test_everybody_is_admitted(said: Any) -> None:
    assert open_to_everybody(policy(*said))


@pytest.mark.parametrize("said", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_not_everybody_is_admitted(said: Any) -> None:
    assert open_to_everybody(policy(*said)) == ()


STRANGERS = {
    FOREIGN: [
        [allow({"AWS": FOREIGN})],
        [allow({"AWS": [OWN, f"arn:aws:iam::{FOREIGN}:role/x"]})],
        [allow({"AWS": f"arn:aws:sts::{FOREIGN}:assumed-role/x/y"})],
        [allow(condition=where("StringEquals", "aws:SourceAccount", FOREIGN, OWN))],
        [allow({"Service": "sns.amazonaws.com"}, where("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{FOREIGN}:*"))],
        [allow({"AWS": FOREIGN}, where("StringEquals", "aws:SourceVpce", "vpce-1")), allow({"AWS": FOREIGN})],
        [allow(), deny(where("StringNotEquals", "aws:PrincipalAccount", OWN, FOREIGN))],
    ],
    "o-theirs1234": [[allow(condition=where("StringEquals", "aws:PrincipalOrgID", "o-theirs1234"))]],
    "79a59df900b949e5": [[allow({"CanonicalUser": "79a59df900b949e5"})]],
    "": [
        [],
        [allow()],
        [allow({"AWS": [OWN, FRIEND]})],
        [allow({"AWS": "AIDACKCEVSQ6C2EXAMPLE"})],
        [allow({"AWS": "arn:aws:iam::127311923021:root"})],
        [allow({"AWS": FOREIGN}, where("StringEquals", "aws:PrincipalOrgID", "o-ours123456"))],
        [allow({"AWS": FOREIGN}), deny(where("StringNotEquals", "aws:PrincipalAccount", OWN))],
        [allow({"AWS": FOREIGN}, where("StringEquals", "aws:ResourceAccount", FOREIGN)), deny()],
    ],
}


@pytest.mark.parametrize(("who", "said"), [(who, said) for who, several in STRANGERS.items() for said in several])
def test_strangers_are_told_from_own_and_trusted_accounts(who: str, said: Any) -> None:
    assert strangers(policy(*said), KNOWN) == ((who,) if who else ())


def test_a_service_that_acts_for_anybody_is_told() -> None:
    sns = {"Service": "sns.amazonaws.com"}
    assert services_for_anybody(policy(allow(sns))) == ("sns.amazonaws.com",)
    assert services_for_anybody(policy(allow(sns, where("StringEquals", "AWS:SourceAccount", OWN)))) == ()
    assert services_for_anybody(policy(allow(sns, where("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*")))) == (
        "sns.amazonaws.com",
    )
    assert services_for_anybody(policy(allow({"AWS": OWN}), allow())) == ()


def test_what_everybody_may_do_is_told() -> None:
    said = policy(allow(Action=["sqs:SendMessage", "sqs:ReceiveMessage"]), deny(Action="sqs:Rec*"))
    assert open_to_everybody(said) == ("sqs:SendMessage",)


def test_a_policy_is_read_as_text_or_mapping_with_one_or_several_of_everything() -> None:
    said = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": OWN},
            "Action": "a:b",
            "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": "x"}, "Bool": {"aws:Secure": False}},
        },
    }
    expected = Statement(
        "Allow",
        principals=(Principal("AWS", OWN),),
        actions=("a:b",),
        conditions=(
            Condition("stringlike", "aws:tagkeys", ("x",), if_exists=True, quantifier="foranyvalue"),
            Condition("bool", "aws:secure", ("false",)),
        ),
    )
    assert statements(said) == statements(json.dumps(said)) == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"Statement": "x"}',
        '{"Statement": [{"Effect": "Perhaps", "Action": "*"}]}',
        '{"Statement": [{"Effect": "Allow"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*", "NotAction": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": [1]}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*", "Principal": "123456789012"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*", "Principal": {"Person": "x"}}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*", "Conditions": {}}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*", "Condition": {"For:StringLike": {"a": "b"}}}]}',
        '{"Statement": [{"Effect": "Allow", "Effect": "Deny", "Action": "*"}]}',
        '{"Statement": [{"Effect": "Allow", "Action": "*", "action": "b"}]}',
        '{"Statement": [], "Statements": []}',
    ],
)
def test_what_is_no_policy_is_not_understood(text: str) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        statements(text)


_WORDS = some.sampled_from(
    ["*", OWN, FOREIGN, "o-ours123456", "vpc-1", "arn:aws:s3:::x", f"arn:aws:sns:*:{OWN}:*", "0.0.0.0/0", "a*", "true"]
)
_KEYS = some.sampled_from(["aws:SourceArn", "aws:SourceAccount", "aws:PrincipalOrgID", "aws:SourceIp", "x:y"])
_OPERATORS = some.sampled_from(["StringEquals", "StringNotEqualsIfExists", "ArnLike", "NotIpAddress", "Bool", "Null"])
_CONDITIONS = some.dictionaries(_OPERATORS, some.dictionaries(_KEYS, some.lists(_WORDS, min_size=1), max_size=2))
_ACTIONS = some.lists(some.sampled_from(["*", "s3:*", "s3:Get*", "s3:GetObject", "sqs:Send?essage"]), min_size=1)
_ANYONE = some.sampled_from(["*", {"AWS": "*"}, {"AWS": OWN}, {"AWS": [FOREIGN, OWN]}, {"Service": "a.amazonaws.com"}])
_STATEMENTS = some.builds(
    lambda effect, who, what, when: {
        "Effect": effect,
        "Principal": who,
        "Action": what,
        "Resource": "*",
        "Condition": when,
    },
    some.sampled_from(["Allow", "Allow", "Deny"]),
    _ANYONE,
    _ACTIONS,
    _CONDITIONS,
)


@given(some.lists(_STATEMENTS, max_size=4), _STATEMENTS)
def test_one_more_denial_admits_nobody_more(said: list[Any], more: Any) -> None:
    before, after = policy(*said), policy(*said, {**more, "Effect": "Deny"})
    assert set(open_to_everybody(after)) <= set(open_to_everybody(before))
    assert bool(open_to_everybody(after) or strangers(after, KNOWN)) <= bool(
        open_to_everybody(before) or strangers(before, KNOWN)
    )


@given(some.lists(_STATEMENTS, max_size=4), _STATEMENTS)
def test_one_more_statement_that_allows_takes_nothing_back(said: list[Any], more: Any) -> None:
    before, after = policy(*said), policy(*said, {**more, "Effect": "Allow"})
    assert set(open_to_everybody(before)) <= set(open_to_everybody(after))
    assert set(strangers(before, KNOWN)) <= set(strangers(after, KNOWN))


@given(some.lists(_STATEMENTS, max_size=4), _CONDITIONS)
def test_one_more_condition_admits_nobody_more(said: list[Any], when: Any) -> None:
    narrower = [one | {"Condition": when} if one["Effect"] == "Allow" else one for one in said]
    wider = [one | {"Condition": {}} if one["Effect"] == "Allow" else one for one in said]
    assert set(open_to_everybody(policy(*narrower))) <= set(open_to_everybody(policy(*wider)))


@given(
    some.recursive(
        some.none() | some.booleans() | some.text(), lambda one: some.lists(one) | some.dictionaries(some.text(), one)
    )
)
def test_whatever_else_is_understood_or_raises_one_of_three(document: Any) -> None:
    try:
        statements(document)
    except (ValueError, LookupError, TypeError, AttributeError):
        return
