"""Queues. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.policy import Policied, statements
from collectors.collector import aws_collector


def _queues(listed: Answer) -> Iterator[Answer]:
    """A region without queues lists none; the last part of a queue's address is its name."""
    return ({"Url": url, "Name": url.rpartition("/")[2]} for url in listed.get("QueueUrls", ()))


LIST = Api(
    "sqs",
    "ListQueues",
    "QueueUrls",
    {"MaxResults": 1000},  # without it there are no pages, and no more than a thousand queues
    may_be_empty=True,
)
QUEUES = Items(LIST, _queues, "arn:{partition}:sqs:{region}:{account}:{Name}")
ATTRIBUTES = Api(
    "sqs",
    "GetQueueAttributes",
    "Attributes{QueueArn Policy}",
    {"QueueUrl": Of("Url"), "AttributeNames": ["QueueArn", "Policy"]},
    absent=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
)


@dataclass(frozen=True, kw_only=True)
class Queue(Policied):
    """A queue of SQS."""


@aws_collector(ATTRIBUTES, each=QUEUES)
def queue(item: Item, told: Answer) -> Queue:
    """A queue without a policy has no such attribute."""
    attributes = told["Attributes"]
    said = statements(attributes["Policy"]) if attributes.get("Policy") else ()
    return Queue(arn=item.arn, region=item.region, policy=said)
