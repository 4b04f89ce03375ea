"""17.04(1)(e) before web applications: how often may somebody try?"""

from collections.abc import Sequence
from dataclasses import replace

from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, passed, unknown, unless_blind
from collectors.aws.waf import CloudFrontRuleGroup, CloudFrontWebAcl, RateRule, RuleGroup, RuleGroupUse, WebAcl
from collectors.collector import Unseen, Whole

_TAKEOVER = "AWS/AWSManagedRulesATPRuleSet"
"""Account takeover prevention blocks addresses and sessions that try logins too often."""
_LIMIT_NOTHING = frozenset(
    f"AWS/AWSManagedRules{name}"
    for name in (
        "AdminProtectionRuleSet",
        "AmazonIpReputationList",
        "AnonymousIpList",
        "CommonRuleSet",
        "KnownBadInputsRuleSet",
        "LinuxRuleSet",
        "PHPRuleSet",
        "SQLiRuleSet",
        "UnixRuleSet",
        "WindowsRuleSet",
        "WordPressRuleSet",
    )
)
"""Groups that judge each request by itself, as
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html describes them."""

_LIMIT = RateRule(name="logins", requests=100)
_GROUP = RuleGroup(arn="group", rates=(_LIMIT,))
_USE = RuleGroupUse(name="group")
_NO_GROUPS: Whole[RuleGroup] = Whole(())
_CORE = RuleGroupUse(name="AWS/AWSManagedRulesCommonRuleSet")
_PASSES = [
    (WebAcl(rates=(_LIMIT,)), _NO_GROUPS),
    (WebAcl(groups=(_USE,)), Whole((_GROUP,))),
    (WebAcl(managed=(RuleGroupUse(name=_TAKEOVER),)), _NO_GROUPS),
    given(WebAcl(rates=(replace(_LIMIT, requests=9000),)), _NO_GROUPS, requests=9000),
]
_FAILS = [
    (WebAcl(managed=(_CORE,)), _NO_GROUPS),
    (WebAcl(rates=(replace(_LIMIT, acts=False),)), _NO_GROUPS),
    (WebAcl(rates=(replace(_LIMIT, requests=9000),)), _NO_GROUPS),
    (WebAcl(groups=(RuleGroupUse(name="group", acts={"logins": False}),)), Whole((_GROUP,))),
    (WebAcl(), Whole((_GROUP,), (Unseen("another", "needs wafv2:GetRuleGroup"),))),
]


def _judged(acl: WebAcl, groups: Sequence[RuleGroup], unseen: Sequence[Unseen], requests: int) -> Verdict:
    held = {group.arn: group.rates for group in groups}
    rules = [rule for rule in acl.rates if rule.acts]
    for use in acl.groups:
        rules += [rule for rule in held.get(use.name, ()) if use.acts.get(rule.name, rule.acts)]
    strictest = min(rules, key=lambda rule: rule.requests, default=None)
    if strictest is not None and strictest.requests <= requests:
        return passed(rule=strictest.name, requests=f"{strictest.requests:g} in five minutes")
    if any(use.name == _TAKEOVER and not use.acts for use in acl.managed):
        return passed("account takeover prevention limits logins", rule_group=_TAKEOVER)
    if opaque := [use.name for use in acl.managed if use.name not in _LIMIT_NOTHING]:
        return unknown("managed rule groups may limit requests, and cannot be looked into", rule_groups=opaque)
    blind = "; ".join(dict.fromkeys(one.reason for one in unseen if one.subject in {use.name for use in acl.groups}))
    if strictest is not None:
        told = f"{strictest.requests:g} in five minutes"
        return unless_blind(
            blind, failed("it lets too many requests through before it limits any", rule=strictest.name, requests=told)
        )
    return unless_blind(blind, failed("none of its rules blocks those who ask too often"))


@check("17.04(1)(e)", severity=MEDIUM, passes=_PASSES, fails=_FAILS)
def web_acls_limit_request_rates(acl: WebAcl, groups: Whole[RuleGroup], *, requests: int = 2000) -> Verdict:
    """A web ACL of a region blocks or challenges those who ask too often.

    Why: access is to be blocked "after multiple unsuccessful attempts"; before a web application it is a rate-based rule that
    stops the guessing of passwords, whatever account it is tried at.
    Fix: add a rate-based rule with the action Block, best for the path of the login only, or account takeover prevention.
    Settings:
        requests: most requests in five minutes that may be let through. 2,000 is a usual limit for a whole site; a rule
            for the login alone needs no more than 100.
    """
    return _judged(acl, groups.facts, groups.unseen, requests)


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[(CloudFrontWebAcl(rates=(_LIMIT,)), Whole(()))],
    fails=[
        (CloudFrontWebAcl(), Whole(())),
        given(CloudFrontWebAcl(rates=(_LIMIT,)), Whole(()), requests=50),
    ],
)
def cloudfront_web_acls_limit_request_rates(
    acl: CloudFrontWebAcl, groups: Whole[CloudFrontRuleGroup], *, requests: int = 2000
) -> Verdict:
    """A web ACL that a distribution of CloudFront uses blocks or challenges those who ask too often.

    Why: access is to be blocked "after multiple unsuccessful attempts"; before a web application it is a rate-based rule that
    stops the guessing of passwords, whatever account it is tried at.
    Fix: add a rate-based rule with the action Block, best for the path of the login only, or account takeover prevention.
    Settings:
        requests: most requests in five minutes that may be let through. 2,000 is a usual limit for a whole site; a rule
            for the login alone needs no more than 100.
    """
    return _judged(acl, groups.facts, groups.unseen, requests)
