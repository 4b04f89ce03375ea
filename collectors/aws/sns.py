"""Topics, and who is sent what is published there. https://docs.aws.amazon.com/sns/latest/api/"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of, Place
from collectors.aws.policy import Policied, statements
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("sns", "ListTopics", "Topics{TopicArn}")
TOPICS = Items(LIST, "Topics", "{TopicArn}")
ATTRIBUTES = Api(
    "sns",
    "GetTopicAttributes",
    "Attributes{Policy SubscriptionsConfirmed}",
    {"TopicArn": Of("TopicArn")},
    absent=("NotFound",),
)
SUBSCRIPTIONS = Api("sns", "ListSubscriptions", "Subscriptions{SubscriptionArn Protocol}")
UNCONFIRMED = frozenset({"PendingConfirmation", "Deleted"})


@dataclass(frozen=True, kw_only=True)
class Topic(Policied):
    """A topic of SNS."""


@aws_collector(ATTRIBUTES, each=TOPICS)
def topic(item: Item, told: Answer) -> Topic:
    """Every topic has a policy; AWS makes one that admits the account alone."""
    return Topic(arn=item.arn, region=item.region, policy=statements(told["Attributes"]["Policy"]))


@dataclass(frozen=True, kw_only=True)
class Audience(Resource):
    """Who hears of what is published to a topic."""

    subscriptions: int
    """How many are confirmed, of whichever account."""


@aws_collector(ATTRIBUTES, each=TOPICS)
def audience(item: Item, told: Answer) -> Audience:
    """AWS tells the number as text."""
    return Audience(arn=item.arn, region=item.region, subscriptions=int(told["Attributes"]["SubscriptionsConfirmed"]))


@dataclass(frozen=True, kw_only=True)
class WebSubscription(Resource):
    """A web server that SNS sends messages to."""

    protocol: str
    """``http`` or ``https``."""


@aws_collector(SUBSCRIPTIONS)
def web_subscriptions(at: Place, listed: Answer) -> tuple[WebSubscription, ...]:
    """Those that nobody has confirmed are sent nothing. Where messages go is not kept: it may be a person's address."""
    return tuple(
        WebSubscription(arn=one["SubscriptionArn"], region=at.region, protocol=one["Protocol"])
        for one in listed["Subscriptions"]
        if one["Protocol"] in ("http", "https") and one["SubscriptionArn"] not in UNCONFIRMED
    )
