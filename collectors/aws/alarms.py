"""Which events of a trail raise an alarm: metric filters of its log group, and the alarms on their metrics.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from collectors.api import ITEM, Answer, Api, Item, Items, Of
from collectors.aws.cloudtrail import TRAILS, owner
from collectors.aws.filter_patterns import PatternError, counted
from collectors.aws.misuse import MISUSE
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

FILTERS = Api(
    "logs",
    "DescribeMetricFilters",
    "metricFilters{filterName filterPattern fieldSelectionCriteria applyOnTransformedLogs"
    " metricTransformations{metricName metricNamespace}}",
    {"logGroupName": Of("LogGroup")},
    where=ITEM,
    absent=("ResourceNotFoundException",),
)
ALARMS = Api(
    "cloudwatch",
    "DescribeAlarms",
    "MetricAlarms{AlarmName ActionsEnabled AlarmActions ComparisonOperator Namespace MetricName"
    " Metrics{MetricStat{Metric{Namespace MetricName}}}} CompositeAlarms{ActionsEnabled AlarmActions AlarmRule}",
    {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
    where=ITEM,
)
_TELLING = frozenset({"sns", "lambda", "ssm", "ssm-incidents", "aiops"})
"""Services by which an alarm reaches somebody; others, such as Auto Scaling, only act on machines."""
_Metric = tuple[str, str]


def _with_log_group(listed: Any) -> Iterator[Mapping[str, Any]]:
    """The log group of a trail lies in the trail's home region."""
    for trail in listed["trailList"]:
        if group := trail.get("CloudWatchLogsLogGroupArn"):
            yield {**trail, "LogGroup": group.split(":")[6]}


Counted = tuple[str, int]
"""An event: of which misuse (see ``collectors.aws.misuse``), and which of its events."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on what metric filters count."""

    counted: frozenset[Counted]
    topics: tuple[str, ...] = ()
    """Topics of the account that it is published to: somebody hears of it where they have subscribers."""
    others_topics: tuple[str, ...] = ()
    """Topics of other accounts: whether they have subscribers is only seen there."""
    acted_on: bool = False
    """Whether it also starts something of itself: a function, an incident, an item of work."""


@dataclass(frozen=True, kw_only=True)
class TrailAlarms(Resource):
    """The alarms on what a trail writes to its log group."""

    alarms: tuple[Alarm, ...] = ()
    not_understood: tuple[str, ...] = ()
    """Filters whose pattern is not understood, though there is an alarm on their metric."""
    kept_by: str = ""
    """The account that has the log group, where it is another one: the alarms are there, and cannot be seen here."""


@aws_collector(FILTERS, ALARMS, each=Items(TRAILS, _with_log_group, "{TrailARN}", region="HomeRegion"))
def trail_alarms(trail: Item, filters: Answer | None, alarms: Answer) -> TrailAlarms:
    """A log group that is not there has no filters. One of another account may have the same name as one that is here."""
    holder = owner(trail["CloudWatchLogsLogGroupArn"])
    if holder != trail.at.account:
        return TrailAlarms(arn=trail.arn, region=trail.region, kept_by=holder)
    raised = list(_raised(alarms))
    found: list[Alarm] = []
    not_understood = []
    for one in filters["metricFilters"] if filters is not None else ():
        metrics = {(made["metricNamespace"], made["metricName"]) for made in one["metricTransformations"]}
        actions = [action for metric, action in raised if metric in metrics]
        if actions:
            try:
                found.append(_alarm(_counted(one), actions, trail.at.account))
            except (PatternError, RecursionError):
                not_understood.append(one["filterName"])
    return TrailAlarms(arn=trail.arn, region=trail.region, alarms=tuple(found), not_understood=tuple(not_understood))


def _alarm(events: frozenset[Counted], actions: Sequence[str], account: str) -> Alarm:
    topics = tuple(dict.fromkeys(arn for arn in actions if arn.split(":")[2] == "sns"))
    return Alarm(
        events,
        topics=tuple(arn for arn in topics if owner(arn) == account),
        others_topics=tuple(arn for arn in topics if owner(arn) != account),
        acted_on=any(arn.split(":")[2] != "sns" for arn in actions),
    )


def _counted(one: Answer) -> frozenset[Counted]:
    """The events that a filter counts."""
    if one.get("fieldSelectionCriteria") or one.get("applyOnTransformedLogs"):
        raise PatternError("it is not about the event as CloudTrail writes it")
    pattern = one.get("filterPattern", "")
    return frozenset(
        (name, at) for name, events in MISUSE.items() for at, event in enumerate(events) if counted(pattern, event)
    )


def _raised(alarms: Answer) -> Iterator[tuple[_Metric, str]]:
    """Metrics that raise an alarm when they rise, each with an action that tells of it."""
    composites = [(one["AlarmRule"], action) for one in alarms.get("CompositeAlarms", ()) for action in _actions(one)]
    for one in alarms.get("MetricAlarms", ()):
        if "Greater" not in one.get("ComparisonOperator", ""):
            continue
        above = (action for rule, action in composites if _rests_on(rule, one["AlarmName"]))
        for action in (*_actions(one), *above):
            for metric in _metrics(one):
                yield metric, action


def _actions(alarm: Answer) -> list[str]:
    told = alarm.get("AlarmActions", ()) if alarm.get("ActionsEnabled", True) else ()
    return [arn for arn in told if arn.startswith("arn:") and arn.split(":")[2] in _TELLING]


def _rests_on(rule: str, alarm: str) -> bool:
    """Whether a composite alarm is raised by this alarm alone: one of several that ``OR`` joins."""
    named = re.findall(r'ALARM\(\s*"?(?:arn:[^")]*:alarm:)?([^")]+?)"?\s*\)', rule)
    return alarm in named and not re.search(r"\b(AND|NOT|AT_LEAST)\b", rule)


def _metrics(alarm: Answer) -> Iterator[_Metric]:
    if "MetricName" in alarm:
        yield alarm["Namespace"], alarm["MetricName"]
    for one in alarm.get("Metrics", ()):
        if metric := one.get("MetricStat", {}).get("Metric"):
            yield metric["Namespace"], metric["MetricName"]
