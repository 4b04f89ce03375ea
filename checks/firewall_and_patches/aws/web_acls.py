"""17.04(6) before web applications: is there a firewall that understands HTTP?"""

from checks.check import SUPPORTING, check
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed, unless_blind
from collectors.aws.cloudfront import Distribution
from collectors.aws.elbv2 import ApplicationLoadBalancer
from collectors.aws.waf import WebAclLoadBalancers
from collectors.collector import Whole

_BALANCER = ApplicationLoadBalancer(arn="site", region="eu-west-1")
_NONE: Whole[WebAclLoadBalancers] = Whole(())


@check(
    "17.04(6)",
    facet="firewall",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[(_BALANCER, Whole((WebAclLoadBalancers(arn="acl", load_balancers=frozenset({"site"})),)))],
    fails=[
        (_BALANCER, _NONE),
        (_BALANCER, Whole((WebAclLoadBalancers(arn="acl", load_balancers=frozenset({"other"})),))),
    ],
    not_applicable=[(ApplicationLoadBalancer(arn="site", internal=True), _NONE)],
)
def application_load_balancers_stand_behind_a_web_acl(
    balancer: ApplicationLoadBalancer, acls: Whole[WebAclLoadBalancers]
) -> Verdict:
    """An application load balancer that faces the Internet is protected by a web ACL of AWS WAF.

    Why: a security group lets a web port in whole; only a firewall that understands HTTP keeps out requests that exploit the
    application behind it.
    Fix: make a web ACL with AWS' managed rules in the region, and associate the load balancer with it.
    """
    if balancer.internal:
        return not_applicable("it is internal: it does not face the Internet")
    for acl in acls.facts:
        if balancer.arn in acl.load_balancers:
            return passed(web_acl=acl.arn)
    blind = "; ".join(dict.fromkeys(one.reason for one in acls.unseen if one.region == balancer.region))
    return unless_blind(blind, failed("no web ACL stands before it"))


@check(
    "17.04(6)",
    facet="firewall",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[Distribution(web_acl="arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/1")],
    fails=[Distribution()],
    not_applicable=[Distribution(enabled=False)],
)
def cloudfront_distributions_stand_behind_a_web_acl(distribution: Distribution) -> Verdict:
    """A distribution of CloudFront is protected by a web ACL of AWS WAF.

    Why: CloudFront lets everybody in; only a firewall that understands HTTP keeps out requests that exploit the application
    behind it.
    Fix: make a web ACL with AWS' managed rules for CloudFront, and choose it in the distribution's security settings.
    """
    if not distribution.enabled:
        return not_applicable("the distribution is disabled")
    return passed(web_acl=distribution.web_acl) if distribution.web_acl else failed("no web ACL stands before it")
