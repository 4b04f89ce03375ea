"""Web ACLs of AWS WAF, and what they hold back. https://docs.aws.amazon.com/waf/latest/APIReference/

WAF Classic, which AWS has ended, is not asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from collectors.api import ITEM, Answer, Api, Item, Items, Of
from collectors.aws.cloudfront import DISTRIBUTIONS
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

_GROUP = "ExcludedRules{Name} RuleActionOverrides{Name ActionToUse{Block{} Captcha{} Challenge{}}}"
_STATEMENT = f"ManagedRuleGroupStatement{{VendorName Name {_GROUP}}} RuleGroupReferenceStatement{{ARN {_GROUP}}}"
_RULE = (
    "Name Action{Block{} Captcha{} Challenge{}} OverrideAction{Count{}}"
    f" Statement{{RateBasedStatement{{Limit EvaluationWindowSec}} {_STATEMENT}}}"
)
_OF_MANAGER = f"OverrideAction{{Count{{}}}} FirewallManagerStatement{{{_STATEMENT}}}"
_KEEP = (
    f"WebACL{{Rules{{{_RULE}}} PreProcessFirewallManagerRuleGroups{{{_OF_MANAGER}}}"
    f" PostProcessFirewallManagerRuleGroups{{{_OF_MANAGER}}}}}"
)
_GONE = ("WAFNonexistentItemException",)

WEB_ACLS = Api(
    "wafv2", "ListWebACLs", "WebACLs{ARN Name Id}", {"Scope": "REGIONAL"}, pages=("NextMarker", "NextMarker")
)


def _web_acl(scope: str) -> Api:
    parameters = {"Scope": scope, "Name": Of("Name"), "Id": Of("Id")}
    return Api("wafv2", "GetWebACL", _KEEP, parameters, absent=_GONE, where=ITEM)


WEB_ACL = _web_acl("REGIONAL")
CLOUDFRONT_WEB_ACL = _web_acl("CLOUDFRONT")
RULE_GROUP = Api(
    "wafv2",
    "GetRuleGroup",
    f"RuleGroup{{ARN Rules{{{_RULE}}}}}",
    {"ARN": Of("ARN")},
    where=ITEM,
)
"""One that a web ACL uses and that is said not to exist is no longer shared: nobody can delete it."""
RESOURCES = Api(
    "wafv2",
    "ListResourcesForWebACL",
    "ResourceArns",
    {"WebACLArn": Of("ARN"), "ResourceType": "APPLICATION_LOAD_BALANCER"},
    absent=_GONE,
    also=("elasticloadbalancing:DescribeWebACLAssociation",),
)


def _of_distributions(answer: Answer) -> Iterator[Answer]:
    """The web ACLs that distributions name: ``arn:aws:wafv2:us-east-1:111122223333:global/webacl/NAME/ID``."""
    for one in answer["DistributionList"].get("Items") or ():
        if one["WebACLId"].startswith("arn:"):
            _, _, name, identifier = one["WebACLId"].split(":", 5)[5].split("/")
            region = one["WebACLId"].split(":")[3]
            yield {"ARN": one["WebACLId"], "Name": name, "Id": identifier, "Region": region}


def _rule_groups(answer: Answer) -> Iterator[Answer]:
    for rule in _rules(answer["WebACL"]):
        if "RuleGroupReferenceStatement" in _statement(rule):
            arn = _statement(rule)["RuleGroupReferenceStatement"]["ARN"]
            yield {"ARN": arn, "Region": arn.split(":")[3]}


_WEB_ACLS = Items(WEB_ACLS, "WebACLs", "{ARN}")
_CLOUDFRONT_WEB_ACLS = Items(DISTRIBUTIONS, _of_distributions, "{ARN}", region="Region")
_RULE_GROUPS = Items(WEB_ACL, _rule_groups, "{ARN}", of=_WEB_ACLS, region="Region")
_CLOUDFRONT_RULE_GROUPS = Items(CLOUDFRONT_WEB_ACL, _rule_groups, "{ARN}", of=_CLOUDFRONT_WEB_ACLS, region="Region")


def _rules(acl: Answer) -> list[Answer]:
    """Its own, and those that Firewall Manager puts before and after them."""
    return [
        *acl.get("PreProcessFirewallManagerRuleGroups", ()),
        *acl["Rules"],
        *acl.get("PostProcessFirewallManagerRuleGroups", ()),
    ]


def _statement(rule: Answer) -> Answer:
    held: Answer = rule.get("Statement") or rule.get("FirewallManagerStatement") or {}
    return held


@dataclass(frozen=True, kw_only=True)
class RateRule:
    """A rule that counts requests."""

    name: str = ""
    requests: float
    """As many in five minutes are let through before it acts."""
    acts: bool = True
    """Whether it then blocks or challenges; otherwise it only counts."""


@dataclass(frozen=True, kw_only=True)
class RuleGroupUse:
    """A group of rules that a web ACL uses."""

    name: str
    """Its ARN; of a managed one who sells it, and its name, e.g. ``AWS/AWSManagedRulesCommonRuleSet``."""
    acts: Mapping[str, bool] = field(default_factory=dict)
    """Of the rules that the web ACL overrides: whether they now act."""


@dataclass(frozen=True, kw_only=True)
class WebAcl(Resource):
    """A web ACL for load balancers and other resources of a region."""

    rates: tuple[RateRule, ...] = ()
    groups: tuple[RuleGroupUse, ...] = ()
    """Groups of rules of one's own."""
    managed: tuple[RuleGroupUse, ...] = ()
    """Groups of AWS and of vendors, whose rules AWS does not tell. None of ``groups`` and ``managed`` only counts as a whole."""


@dataclass(frozen=True, kw_only=True)
class CloudFrontWebAcl(WebAcl):
    """A web ACL that a distribution uses."""


@dataclass(frozen=True, kw_only=True)
class RuleGroup(Resource):
    """A group of rules of one's own, or shared with the account."""

    rates: tuple[RateRule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CloudFrontRuleGroup(RuleGroup):
    """One that a web ACL of a distribution uses."""


@aws_collector(WEB_ACL, each=_WEB_ACLS)
def web_acl(acl: Item, described: Answer) -> WebAcl:
    """Whether anything uses it or not."""
    return _web_acl_of(WebAcl, acl, described["WebACL"])


@aws_collector(CLOUDFRONT_WEB_ACL, each=_CLOUDFRONT_WEB_ACLS)
def cloudfront_web_acl(acl: Item, described: Answer) -> CloudFrontWebAcl:
    """Found by the distributions, so that nothing is asked where there is no CloudFront."""
    return _web_acl_of(CloudFrontWebAcl, acl, described["WebACL"])


@aws_collector(RULE_GROUP, each=_RULE_GROUPS)
def rule_group(group: Item, described: Answer) -> RuleGroup:
    """Groups hold no groups."""
    return RuleGroup(arn=group.arn, region=group.region, rates=_rates(described["RuleGroup"]["Rules"]))


@aws_collector(RULE_GROUP, each=_CLOUDFRONT_RULE_GROUPS)
def cloudfront_rule_group(group: Item, described: Answer) -> CloudFrontRuleGroup:
    """Groups hold no groups."""
    return CloudFrontRuleGroup(arn=group.arn, region=group.region, rates=_rates(described["RuleGroup"]["Rules"]))


_Acl = TypeVar("_Acl", bound=WebAcl)


def _web_acl_of(kind: type[_Acl], item: Item, acl: Answer) -> _Acl:
    statements = [_statement(rule) for rule in _rules(acl) if "Count" not in rule.get("OverrideAction", {})]
    groups = (one["RuleGroupReferenceStatement"] for one in statements if "RuleGroupReferenceStatement" in one)
    managed = (one["ManagedRuleGroupStatement"] for one in statements if "ManagedRuleGroupStatement" in one)
    return kind(
        arn=item.arn,
        region=item.region,
        rates=_rates(acl["Rules"]),
        groups=tuple(RuleGroupUse(name=one["ARN"], acts=_overridden(one)) for one in groups),
        managed=tuple(
            RuleGroupUse(name=f"{one['VendorName']}/{one['Name']}", acts=_overridden(one)) for one in managed
        ),
    )


def _overridden(group: Answer) -> dict[str, bool]:
    excluded = {one["Name"]: False for one in group.get("ExcludedRules", ())}
    return excluded | {one["Name"]: _acts(one["ActionToUse"]) for one in group.get("RuleActionOverrides", ())}


def _acts(action: Answer) -> bool:
    return any(kind in action for kind in ("Block", "Captcha", "Challenge"))


def _rates(rules: Iterable[Answer]) -> tuple[RateRule, ...]:
    """A window that is left out is one of five minutes."""
    return tuple(
        RateRule(
            name=rule["Name"],
            requests=counted["Limit"] * 300 / counted.get("EvaluationWindowSec", 300),
            acts=_acts(rule["Action"]),
        )
        for rule in rules
        if (counted := _statement(rule).get("RateBasedStatement")) is not None
    )


@dataclass(frozen=True, kw_only=True)
class WebAclLoadBalancers(Resource):
    """Which application load balancers a web ACL stands before."""

    load_balancers: frozenset[str] = frozenset()
    """Their ARNs."""


@aws_collector(RESOURCES, each=_WEB_ACLS)
def web_acl_load_balancers(acl: Item, resources: Answer) -> WebAclLoadBalancers:
    """Asked of each web ACL, since there are fewer of them than of load balancers."""
    return WebAclLoadBalancers(arn=acl.arn, region=acl.region, load_balancers=frozenset(resources["ResourceArns"]))
