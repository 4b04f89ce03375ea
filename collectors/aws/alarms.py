"""Which events of a trail raise an alarm: metric filters of its log group, and the alarms on their metrics.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
"""

import re
from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, kw_only=True)
class TrailAlarms(Resource):
    """What is noticed of the events that a trail writes to its log group: see ``collectors.aws.misuse``."""

    raised: frozenset[str] = frozenset()
    """Misuses of which every event raises an alarm that tells somebody."""
    not_understood: tuple[str, ...] = ()
    """Filters whose pattern is not understood, though their metric raises an alarm."""
    elsewhere: str = ""
    """The account that has the log group, where it is another one: what is noticed there cannot be seen."""


@aws_collector(FILTERS, ALARMS, each=Items(TRAILS, _with_log_group, "{TrailARN}", region="HomeRegion"))
def trail_alarms(trail: Item, filters: Answer | None, alarms: Answer) -> TrailAlarms:
    """A log group that is not there has no filters. One of another account may have the same name as one that is here."""
    holder = owner(trail["CloudWatchLogsLogGroupArn"])
    if holder != trail.at.account:
        return TrailAlarms(arn=trail.arn, region=trail.region, elsewhere=holder)
    telling = set(_telling(alarms))
    noticed: set[tuple[str, int]] = set()
    not_understood = []
    for one in filters["metricFilters"] if filters is not None else ():
        metrics = {(made["metricNamespace"], made["metricName"]) for made in one["metricTransformations"]}
        if metrics & telling:
            try:
                noticed.update(_noticed(one))
            except (PatternError, RecursionError):
                not_understood.append(one["filterName"])
    raised = frozenset(
        name for name, events in MISUSE.items() if all((name, at) in noticed for at in range(len(events)))
    )
    return TrailAlarms(arn=trail.arn, region=trail.region, raised=raised, not_understood=tuple(not_understood))


def _noticed(one: Answer) -> list[tuple[str, int]]:
    """The events that a filter counts: of which misuse, and which of its events."""
    if one.get("fieldSelectionCriteria") or one.get("applyOnTransformedLogs"):
        raise PatternError("it is not about the event as CloudTrail writes it")
    pattern = one.get("filterPattern", "")
    return [(name, at) for name, events in MISUSE.items() for at, event in enumerate(events) if counted(pattern, event)]


def _telling(alarms: Answer) -> Iterator[_Metric]:
    """Metrics that raise an alarm when they rise, by which somebody is told."""
    composites = [one["AlarmRule"] for one in alarms.get("CompositeAlarms", ()) if _tells(one)]
    for one in alarms.get("MetricAlarms", ()):
        rises = "Greater" in one.get("ComparisonOperator", "")
        if rises and (_tells(one) or any(_rests_on(rule, one["AlarmName"]) for rule in composites)):
            yield from _metrics(one)


def _tells(alarm: Answer) -> bool:
    actions = [arn.split(":")[2] for arn in alarm.get("AlarmActions", ()) if arn.startswith("arn:")]
    return alarm.get("ActionsEnabled", True) and not _TELLING.isdisjoint(actions)


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
