"""Lambda's functions. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Place
from collectors.aws.resource import Resource
from collectors.aws.secret_values import KEPT, MayHoldSecrets, Told, in_pairs, of_secrets, with_secrets
from collectors.collector import aws_collector


def _variables(function: Answer) -> Told:
    """Of the variables; they cannot be seen without the right to decrypt them with the function's own key."""
    environment = function.get("Environment") or {}
    told = in_pairs((environment.get("Variables") or {}).items())
    error = environment.get("Error")
    return {**told, "Unseen": f"{_DENIED} ({error.get('ErrorCode')})"} if error else told


_DENIED = "AWS does not show the variables, which needs kms:Decrypt with the function's key"


def _redacted(answer: Answer) -> Answer:
    return with_secrets(answer, "Functions", _variables)


LIST = Api(
    "lambda",
    "ListFunctions",
    f"Functions{{FunctionName FunctionArn Runtime PackageType {KEPT}}}",
    redact=_redacted,
)
FUNCTIONS = Items(LIST, "Functions", "{FunctionArn}")
"""In their latest state (``$LATEST``); older versions that were published are not listed."""


@dataclass(frozen=True, kw_only=True)
class LambdaVariables(MayHoldSecrets):
    """The environment of a function, shown to all who may list functions."""


@aws_collector(LIST)
def lambda_variables(at: Place, listed: Answer) -> tuple[LambdaVariables, ...]:
    """One for each function."""
    return tuple(
        LambdaVariables(arn=one["FunctionArn"], region=at.region, **of_secrets(one["Secrets"]))
        for one in listed["Functions"]
    )


@dataclass(frozen=True, kw_only=True)
class LambdaRuntime(Resource):
    """What a function runs on."""

    identifier: str = ""
    """E.g. ``python3.13``; empty for a function that brings its own as a container image."""


@aws_collector(each=FUNCTIONS)
def lambda_runtimes(function: Item) -> LambdaRuntime:
    """A function from an archive always has a runtime."""
    image = function["PackageType"] == "Image"
    return LambdaRuntime(arn=function.arn, region=function.region, identifier="" if image else str(function["Runtime"]))
