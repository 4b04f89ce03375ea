"""What instances are told when they start, by whoever starts them: every process of the instance can read it, and everybody
who may describe it. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from collectors.api import ITEM, Answer, Api, Item, Items, Of, Place
from collectors.aws.ec2_instances import RUNNING_OR_STOPPED
from collectors.aws.secret_values import KEPT, Held, MayHoldSecrets, in_data, of_secrets, with_secrets
from collectors.collector import aws_collector


def _of_an_instance(answer: Answer) -> Answer:
    """An instance without user data has an empty one."""
    return {"Secrets": in_data((answer.get("UserData") or {}).get("Value"))}


USER_DATA = Api(
    "ec2",
    "DescribeInstanceAttribute",
    KEPT,
    {"InstanceId": Of("InstanceId"), "Attribute": "userData"},
    absent=("InvalidInstanceID.NotFound",),
    where=ITEM,
    redact=_of_an_instance,
)


@dataclass(frozen=True, kw_only=True)
class UserData(MayHoldSecrets):
    """The user data of an instance."""


@aws_collector(USER_DATA, each=RUNNING_OR_STOPPED)
def ec2_user_data(instance: Item, told: Answer) -> UserData:
    """A stopped instance keeps its user data."""
    return UserData(arn=instance.arn, region=instance.region, **of_secrets(told["Secrets"]))


TEMPLATES = Items(
    Api("ec2", "DescribeLaunchTemplates", "LaunchTemplates{LaunchTemplateId}"),
    "LaunchTemplates",
    "arn:{partition}:ec2:{region}:{account}:launch-template/{LaunchTemplateId}",
)
VERSIONS = Api(
    "ec2",
    "DescribeLaunchTemplateVersions",
    f"LaunchTemplateVersions{{VersionNumber {KEPT}}}",
    {"LaunchTemplateId": Of("LaunchTemplateId")},
    gone=("InvalidLaunchTemplateId.NotFound",),
    where=ITEM,
    redact=lambda answer: with_secrets(
        answer, "LaunchTemplateVersions", lambda one: in_data((one.get("LaunchTemplateData") or {}).get("UserData"))
    ),
)
"""All versions of a template: whoever may describe the latest may describe the one before it that held a password."""


@dataclass(frozen=True, kw_only=True)
class TemplateUserData(MayHoldSecrets):
    """The user data of a launch template, in all its versions."""


@aws_collector(VERSIONS, each=TEMPLATES)
def template_user_data(template: Item, listed: Answer) -> TemplateUserData:
    """A template has one version at least."""
    versions = {
        int(one["VersionNumber"]): TemplateUserData(
            arn=template.arn, region=template.region, **of_secrets(one["Secrets"])
        )
        for one in listed["LaunchTemplateVersions"]
    }
    holds = (
        Held(f"version {version}, {one.place}", one.kind) for version, told in versions.items() for one in told.holds
    )
    several = list(versions.values())
    unseen: Iterable[str] = dict.fromkeys(one.unseen for one in several if one.unseen)
    return replace(several[0], holds=tuple(holds), seen=sum(one.seen for one in several), unseen="; ".join(unseen))


CONFIGURATIONS = Api(
    "autoscaling",
    "DescribeLaunchConfigurations",
    f"LaunchConfigurations{{LaunchConfigurationARN {KEPT}}}",
    {"MaxRecords": 100},
    redact=lambda answer: with_secrets(answer, "LaunchConfigurations", lambda one: in_data(one.get("UserData"))),
)


@dataclass(frozen=True, kw_only=True)
class ConfigurationUserData(MayHoldSecrets):
    """The user data of a launch configuration of EC2 Auto Scaling."""


@aws_collector(CONFIGURATIONS)
def configuration_user_data(at: Place, listed: Answer) -> tuple[ConfigurationUserData, ...]:
    """One for each; a configuration cannot be changed, and is replaced by another."""
    return tuple(
        ConfigurationUserData(arn=one["LaunchConfigurationARN"], region=at.region, **of_secrets(one["Secrets"]))
        for one in listed["LaunchConfigurations"]
    )
