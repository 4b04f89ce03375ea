"""What CloudFormation shows of stacks. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Place
from collectors.aws.secret_values import KEPT, MayHoldSecrets, in_pairs, of_secrets, with_secrets
from collectors.collector import aws_collector


def _texts(stack: Answer) -> Iterator[tuple[str, str]]:
    """A parameter that is declared with NoEcho is shown as asterisks."""
    for one in stack.get("Outputs") or ():
        yield f"output {one['OutputKey']}", one.get("OutputValue") or ""
    for one in stack.get("Parameters") or ():
        yield f"parameter {one['ParameterKey']}", one.get("ParameterValue") or ""
        yield f"parameter {one['ParameterKey']}", one.get("ResolvedValue") or ""


STACKS = Api(
    "cloudformation",
    "DescribeStacks",
    f"Stacks{{StackId {KEPT}}}",
    also=("cloudformation:ListStacks",),  # without the name of a stack it takes both
    redact=lambda answer: with_secrets(answer, "Stacks", lambda one: in_pairs(_texts(one))),
)


@dataclass(frozen=True, kw_only=True)
class Stack(MayHoldSecrets):
    """Outputs and parameters of a stack, shown to all who may describe it."""


@aws_collector(STACKS)
def stacks(at: Place, listed: Answer) -> tuple[Stack, ...]:
    """One for each that is there: deleted ones are not listed."""
    return tuple(Stack(arn=one["StackId"], region=at.region, **of_secrets(one["Secrets"])) for one in listed["Stacks"])
