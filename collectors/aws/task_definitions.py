"""What ECS starts containers with. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import ITEM, Answer, Api, Item, Items, Of
from collectors.aws.secret_values import KEPT, MayHoldSecrets, in_pairs, of_secrets
from collectors.collector import aws_collector

LIST = Api("ecs", "ListTaskDefinitions", "taskDefinitionArns", {"status": "ACTIVE"})
DEFINITIONS = Items(LIST, "taskDefinitionArns", "{value}")
"""All active revisions: whoever may describe the latest may describe the one before it that held a password."""


def _texts(container: Answer) -> Iterator[tuple[str, str]]:
    """Everything of a container that is written out, by name; ``secrets`` and ``secretOptions`` only name where they are."""
    for one in container.get("environment") or ():
        yield one["name"], one["value"]
    yield from ((container.get("logConfiguration") or {}).get("options") or {}).items()
    yield from (container.get("dockerLabels") or {}).items()
    yield "entryPoint", " ".join(container.get("entryPoint") or ())
    yield "command", " ".join(container.get("command") or ())
    yield "healthCheck", " ".join((container.get("healthCheck") or {}).get("command") or ())


def _redacted(answer: Answer) -> Answer:
    containers = answer["taskDefinition"]["containerDefinitions"]
    pairs = ((f"{one['name']}/{name}", text) for one in containers for name, text in _texts(one))
    return {"Secrets": in_pairs(pairs)}


DEFINITION = Api("ecs", "DescribeTaskDefinition", KEPT, {"taskDefinition": Of("value")}, where=ITEM, redact=_redacted)


@dataclass(frozen=True, kw_only=True)
class TaskDefinition(MayHoldSecrets):
    """An active revision of a task definition: variables, arguments, labels and options of its containers."""


@aws_collector(DEFINITION, each=DEFINITIONS)
def task_definitions(revision: Item, told: Answer) -> TaskDefinition:
    """Revisions that were deregistered are left out: they can be described until they are deleted, and are not listed."""
    return TaskDefinition(arn=revision.arn, region=revision.region, **of_secrets(told["Secrets"]))
