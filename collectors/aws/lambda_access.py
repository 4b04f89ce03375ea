"""Whom Lambda's functions answer. https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html"""

import re
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.lambda_functions import FUNCTIONS
from collectors.aws.policy import Policied, statements
from collectors.collector import aws_collector

_NONE = ("ResourceNotFoundException",)
URLS = Items(
    Api(
        "lambda",
        "ListFunctionUrlConfigs",
        "FunctionUrlConfigs{FunctionArn AuthType}",
        {"FunctionName": Of("FunctionArn")},
        absent=_NONE,
    ),
    "FunctionUrlConfigs",
    "{FunctionArn}",
    of=FUNCTIONS,
)
"""A function, and each alias of it, can have an address of its own. The ARN of an alias ends in its name."""
_TOKENS = re.compile(r'(?i)("lambda:EventSourceToken"\s*:\s*)("(?:[^"\\]|\\.)*"|\[[^\]]*\])')


def _without_tokens(answer: Answer) -> Answer:
    """Whoever shows the token that a condition names may call the function. Only whether any will do is kept."""

    def told(found: re.Match[str]) -> str:
        return found[1] + ('"*"' if any(sign in found[2] for sign in "*?$") else '"token"')

    return {**answer, "Policy": _TOKENS.sub(told, answer["Policy"])} if "Policy" in answer else answer


POLICY = Api("lambda", "GetPolicy", "Policy", {"FunctionName": Of("FunctionArn")}, absent=_NONE, redact=_without_tokens)


@dataclass(frozen=True, kw_only=True)
class LambdaPolicy(Policied):
    """A function, and whom its policy lets call it."""


@aws_collector(POLICY, each=FUNCTIONS)
def lambda_policy(function: Item, told: Answer | None) -> LambdaPolicy:
    """Lambda tells by an error that a function has no policy."""
    said = statements(told["Policy"]) if told is not None else ()
    return LambdaPolicy(arn=function.arn, region=function.region, policy=said)


@dataclass(frozen=True, kw_only=True)
class LambdaUrl(Policied):
    """An address on the Internet at which a function (or an alias of it) answers, and the policy that stands there."""

    auth: str
    """``AWS_IAM``: callers must sign with credentials of AWS; ``NONE``: they need not."""


@aws_collector(POLICY, each=URLS)
def lambda_url(url: Item, told: Answer | None) -> LambdaUrl:
    """Without a policy an address answers nobody but its own account."""
    said = statements(told["Policy"]) if told is not None else ()
    return LambdaUrl(arn=url.arn, region=url.region, policy=said, auth=url["AuthType"])
