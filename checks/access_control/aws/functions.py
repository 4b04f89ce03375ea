"""Who may call Lambda's functions."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from checks.access_control.aws.policies import covers, open_to_everybody, services_for_anybody
from checks.access_control.aws.public import OF_THE_ACCOUNT, PUBLIC
from checks.check import check
from checks.verdict import CRITICAL, Verdict, failed, passed, unknown
from collectors.aws.lambda_access import LambdaPolicy, LambdaUrl
from collectors.aws.policy import ALLOW, Condition, Principal, Statement

_AUTH, _BY_URL = "lambda:functionurlauthtype", "lambda:invokedviafunctionurl"
_BY_ADDRESS, _INVOKE = "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"
_S3 = "s3.amazonaws.com"


def _asked(policy: Iterable[Statement], request: Mapping[str, str]) -> Iterator[Statement]:
    """What a policy says of requests of one kind: statements about other kinds are left out."""
    for one in policy:
        about = [condition for condition in one.conditions if condition.key in (_AUTH, _BY_URL)]
        if all(_holds(condition, request.get(condition.key, "")) for condition in about):
            yield replace(one, conditions=tuple(held for held in one.conditions if held not in about))


def _holds(condition: Condition, value: str) -> bool:
    if not value and condition.if_exists:
        return True
    return (value in condition.values) is not condition.operator.startswith("stringnot")


def _may(actions: Iterable[str], wanted: str) -> bool:
    return any(covers(Statement(ALLOW, actions=(one,)), wanted, "*") for one in actions)


_FOR_URLS = (
    Statement(
        ALLOW,
        principals=(Principal("*", "*"),),
        actions=(_BY_ADDRESS,),
        conditions=(Condition("stringequals", _AUTH, ("NONE",)),),
    ),
    Statement(
        ALLOW,
        principals=(Principal("*", "*"),),
        actions=("lambda:InvokeFunction",),
        conditions=(Condition("bool", _BY_URL, ("true",)),),
    ),
)
_FROM_ANY_BUCKET = Statement(ALLOW, principals=(Principal("Service", _S3),), actions=("lambda:InvokeFunction",))
_FROM_OUR_BUCKET = replace(
    _FROM_ANY_BUCKET, conditions=(Condition("arnlike", "aws:sourcearn", ("arn:aws:s3:::ours",)),)
)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        LambdaPolicy(),
        LambdaPolicy(policy=OF_THE_ACCOUNT),
        LambdaPolicy(policy=_FOR_URLS),
        LambdaPolicy(policy=(_FROM_OUR_BUCKET,)),
    ],
    fails=[LambdaPolicy(policy=PUBLIC), LambdaPolicy(policy=(_FROM_ANY_BUCKET,))],
)
def lambda_functions_are_not_public(lambda_policy: LambdaPolicy) -> Verdict:
    """The function's policy does not let everybody call it.

    Why: a function acts with the rights of its role, so whoever may call it reaches through it for the records that the role
    may reach. Where S3 may call it for a bucket of anybody's, anybody may.
    Fix: name accounts, roles or services as principals of the function's policy; for a service, set `aws:SourceArn` or
    `aws:SourceAccount` (`aws lambda add-permission --source-account`).
    """
    policy = tuple(_asked(lambda_policy.policy, {_BY_URL: "false"}))
    if actions := [one for one in open_to_everybody(policy) if one.lower() != _BY_ADDRESS.lower()]:
        return failed("its policy lets everybody in", actions=actions)
    services = services_for_anybody(policy)
    if _S3 in services:
        return failed("S3 may call it for anybody's bucket", services_for_anybody=services)
    return passed(services_for_anybody=services) if services else passed()


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        LambdaUrl(auth="AWS_IAM"),
        LambdaUrl(auth="AWS_IAM", policy=OF_THE_ACCOUNT),
        LambdaUrl(auth="AWS_IAM", policy=_FOR_URLS),
        LambdaUrl(auth="NONE", policy=OF_THE_ACCOUNT),
    ],
    fails=[LambdaUrl(auth="NONE", policy=_FOR_URLS), LambdaUrl(auth="AWS_IAM", policy=PUBLIC)],
)
def lambda_urls_are_not_public(lambda_url: LambdaUrl) -> Verdict:
    """An address of a Lambda function on the Internet asks callers who they are.

    Why: with the auth type NONE, and a policy that says so, whoever finds the address can call the function, which acts with
    the rights of its role.
    Fix: set the auth type AWS_IAM and name the callers in the function's policy, or put an API with an authorizer before it;
    waive an address that is meant for everybody and reaches no personal information.
    """
    policy = _asked(lambda_url.policy, {_AUTH: lambda_url.auth, _BY_URL: "true"})
    everybody_may = open_to_everybody(policy)
    if not _may(everybody_may, _BY_ADDRESS):
        return passed(auth=lambda_url.auth)
    if not _may(everybody_may, _INVOKE):
        return unknown(
            "its policy lets everybody in by lambda:InvokeFunctionUrl alone, which is enough only where AWS excepts an older address",
            auth=lambda_url.auth,
        )
    who = "everybody on the Internet" if lambda_url.auth == "NONE" else "every account of AWS"
    return failed(f"{who} may call it", auth=lambda_url.auth)
