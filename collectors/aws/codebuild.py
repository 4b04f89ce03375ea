"""What CodeBuild builds with. https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Project.html"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Batch, Item, Items, Of
from collectors.aws.secret_values import KEPT, MayHoldSecrets, in_pairs, of_secrets, with_secrets
from collectors.collector import aws_collector

LIST = Api("codebuild", "ListProjects", "projects")
PROJECTS = Items(LIST, "projects", "arn:{partition}:codebuild:{region}:{account}:project/{value}")


def _texts(project: Answer) -> Iterator[tuple[str, str]]:
    """Plain variables, and build specifications that are written into the project: others are a path or an address."""
    for one in (project.get("environment") or {}).get("environmentVariables") or ():
        if one.get("type", "PLAINTEXT") == "PLAINTEXT":
            yield one["name"], one["value"]
    for source in (project.get("source") or {}, *(project.get("secondarySources") or ())):
        yield "buildspec", source.get("buildspec") or ""


PROJECT = Batch(
    Api(
        "codebuild",
        "BatchGetProjects",
        f"projects{{name {KEPT}}}",
        {"names": []},
        redact=lambda answer: with_secrets(answer, "projects", lambda one: in_pairs(_texts(one))),
    ),
    into="names",
    keys=Of("value"),
    rows="projects",
    key="name",
)


@dataclass(frozen=True, kw_only=True)
class BuildProject(MayHoldSecrets):
    """Variables and build specification of a project."""


@aws_collector(PROJECT, each=PROJECTS)
def build_projects(project: Item, told: Answer) -> BuildProject:
    """Variables of the types PARAMETER_STORE and SECRETS_MANAGER are names of secrets."""
    return BuildProject(arn=project.arn, region=project.region, **of_secrets(told["Secrets"]))
