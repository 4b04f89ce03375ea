"""Who may reach queues, topics, keys, images and file systems, by their own policies."""

from checks.access_control.aws.public import OF_THE_ACCOUNT, OF_THE_ORGANIZATION, PUBLIC, refuses_everybody
from checks.check import check
from checks.verdict import CRITICAL, HIGH, Verdict
from collectors.aws.ecr import Repository
from collectors.aws.efs import FileSystem
from collectors.aws.kms import Key
from collectors.aws.sns import Topic
from collectors.aws.sqs import Queue


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[Queue(), Queue(policy=OF_THE_ACCOUNT), Queue(policy=OF_THE_ORGANIZATION)],
    fails=[Queue(policy=PUBLIC), Queue(policy=(*OF_THE_ACCOUNT, *PUBLIC))],
)
def sqs_queues_are_not_public(queue: Queue) -> Verdict:
    """The queue's policy does not let everybody in.

    Why: whoever knows the address of the queue could read the messages in it, and with them the records that they carry.
    Fix: name accounts or roles as principals of the queue's policy; where a service sends to it, name the service and set
    `aws:SourceArn` or `aws:SourceAccount`.
    """
    return refuses_everybody(queue.policy)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[Topic(policy=OF_THE_ACCOUNT), Topic(policy=OF_THE_ORGANIZATION)],
    fails=[Topic(policy=PUBLIC)],
)
def sns_topics_are_not_public(topic: Topic) -> Verdict:
    """The topic's policy does not let everybody in.

    Why: whoever may subscribe to the topic is sent every message that is published there.
    Fix: name accounts or roles as principals of the topic's policy, or set `aws:SourceOwner` as AWS' own policy does.
    """
    return refuses_everybody(topic.policy)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[Key(policy=OF_THE_ACCOUNT), Key(policy=OF_THE_ORGANIZATION)],
    fails=[Key(policy=PUBLIC)],
)
def kms_keys_are_not_public(key: Key) -> Verdict:
    """The key's policy does not let everybody use it.

    Why: what is encrypted with a key that everybody may use is encrypted for nobody. `kms:ViaService` alone is no limit:
    everybody may use the service.
    Fix: name accounts or roles as principals of the key's policy, or set `kms:CallerAccount` or `aws:PrincipalOrgID`.
    """
    return refuses_everybody(key.policy)


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[Repository(), Repository(policy=OF_THE_ACCOUNT)],
    fails=[Repository(policy=PUBLIC)],
)
def ecr_repositories_are_not_public(repository: Repository) -> Verdict:
    """The repository's policy does not let everybody in.

    Why: images hold programs, their configuration, and often enough credentials for the data behind them.
    Fix: name accounts as principals of the repository's policy, or set `aws:PrincipalOrgID`.
    """
    return refuses_everybody(repository.policy)


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[FileSystem(), FileSystem(policy=OF_THE_ACCOUNT)],
    fails=[FileSystem(policy=PUBLIC)],
)
def efs_file_systems_are_not_public(file_system: FileSystem) -> Verdict:
    """The file system's policy does not let everybody in.

    Why: a policy that names everybody leaves the records to whoever finds a way in, be it through another service of AWS.
    A file system without a policy is open to its private network only.
    Fix: name accounts or roles as principals, or set `elasticfilesystem:AccessedViaMountTarget`, which AWS' own templates do.
    """
    return refuses_everybody(file_system.policy)
