"""Load balancers, CloudFront, WAF, EKS and Cognito: what one denied call hides, and what is never asked or kept."""

import json
from typing import Any

import pytest

from collectors.aws.waf import WEB_ACL
from collectors.kept import kept
from collectors.readings import Absent, Unread
from tests.aws_accounts import NOBODY, Account, judged, statuses

ELB = f"arn:aws:elasticloadbalancing:us-east-1:{NOBODY}"
SITE = f"{ELB}:loadbalancer/app/site/1"
HTTP, HTTPS = f"{ELB}:listener/app/site/1/80", f"{ELB}:listener/app/site/1/443"
LISTENERS = f'us-east-1 elbv2:DescribeListeners {{"LoadBalancerArn": "{SITE}"}}'
RULES = f'us-east-1 elbv2:DescribeRules {{"ListenerArn": "{HTTP}"}}'
POLICIES = "us-east-1 elbv2:DescribeSSLPolicies"
BALANCERS: dict[str, Any] = {
    "us-east-1 elbv2:DescribeLoadBalancers": {
        "LoadBalancers": [{"LoadBalancerArn": SITE, "Scheme": "internet-facing", "Type": "application"}]
    },
    LISTENERS: {
        "Listeners": [
            {"ListenerArn": HTTP, "Protocol": "HTTP", "Port": 80},
            {"ListenerArn": HTTPS, "Protocol": "HTTPS", "Port": 443, "SslPolicy": "new"},
        ]
    },
    RULES: {"Rules": [{"Actions": [{"Type": "forward"}]}]},
    POLICIES: {"SslPolicies": [{"Name": "new", "SslProtocols": ["TLSv1.3"]}]},
}
ONLY_TLS, CURRENT_TLS = "load-balancer-listeners-serve-only-tls", "load-balancer-listeners-agree-to-current-tls-only"


@pytest.mark.parametrize(
    ("denied", "only_tls", "current_tls"),
    [
        ("", {HTTP: "fail", HTTPS: "pass"}, {HTTPS: "pass"}),
        (RULES, {HTTP: "unknown", HTTPS: "pass"}, {HTTPS: "pass"}),
        (POLICIES, {HTTP: "fail", HTTPS: "pass"}, {HTTPS: "unknown"}),
        (LISTENERS, {SITE: "unknown"}, {SITE: "unknown"}),
    ],
)
def test_a_denied_call_hides_only_what_rests_on_it(
    denied: str, only_tls: dict[str, str], current_tls: dict[str, str]
) -> None:
    answers = {**BALANCERS, **({denied: Unread("needs it")} if denied else {})}
    assert statuses(judged(answers, ONLY_TLS, CURRENT_TLS)) == {ONLY_TLS: only_tls, CURRENT_TLS: current_tls}


def test_a_listener_that_goes_away_while_it_is_asked_about_is_no_finding_against_anybody() -> None:
    told = statuses(judged({**BALANCERS, RULES: Absent("DescribeRules")}, ONLY_TLS))
    assert told[ONLY_TLS] == {HTTP: "not_applicable", HTTPS: "pass"}


@pytest.mark.parametrize("field", ["ListenerArn", "Protocol", "Port"])
def test_a_listener_without_a_field_is_unknown(field: str) -> None:
    whole = {"ListenerArn": HTTPS, "Protocol": "HTTPS", "Port": 443}
    answers = {**BALANCERS, LISTENERS: {"Listeners": [{k: v for k, v in whole.items() if k != field}]}}
    assert set(statuses(judged(answers, ONLY_TLS))[ONLY_TLS].values()) == {"unknown"}


def _acl(name: str, *rules: Any) -> dict[str, Any]:
    parameters = json.dumps({"Id": "1", "Name": name, "Scope": "REGIONAL"})
    return {f"us-east-1 wafv2:GetWebACL {parameters}": {"WebACL": {"Rules": list(rules)}}}


def _arn(name: str) -> str:
    return f"arn:aws:wafv2:us-east-1:{NOBODY}:regional/{name}"


def test_a_rule_group_that_may_not_be_read_hides_only_the_web_acls_that_use_it() -> None:
    use = {
        "Name": "u",
        "OverrideAction": {"None": {}},
        "Statement": {"RuleGroupReferenceStatement": {"ARN": _arn("g")}},
    }
    rate = {"Name": "r", "Action": {"Block": {}}, "Statement": {"RateBasedStatement": {"Limit": 100}}}
    names = ("uses", "limits", "nothing", "both", "denied")
    answers: dict[str, Any] = {
        'us-east-1 wafv2:ListWebACLs {"Scope": "REGIONAL"}': {
            "WebACLs": [{"ARN": _arn(name), "Name": name, "Id": "1"} for name in names]
        },
        **_acl("uses", use),
        **_acl("limits", rate),
        **_acl("nothing"),
        **_acl("both", use, rate),
        **dict.fromkeys(_acl("denied"), Unread("needs wafv2:GetWebACL")),
        f'us-east-1 wafv2:GetRuleGroup {{"ARN": "{_arn("g")}"}}': Unread("needs wafv2:GetRuleGroup"),
    }
    assert statuses(judged(answers, "web-acls-limit-request-rates"))["web-acls-limit-request-rates"] == {
        _arn("uses"): "unknown",
        _arn("limits"): "pass",
        _arn("nothing"): "fail",
        _arn("both"): "pass",
        _arn("denied"): "unknown",
    }


def test_web_acls_that_cannot_be_listed_hide_only_the_load_balancers_of_their_region() -> None:
    answers: dict[str, Any] = {}
    for region in ("us-east-1", "eu-west-1"):
        balancer = {"LoadBalancerArn": f"lb-{region}", "Scheme": "internet-facing", "Type": "application"}
        answers[f"{region} elbv2:DescribeLoadBalancers"] = {"LoadBalancers": [balancer]}
        answers[f'{region} wafv2:ListWebACLs {{"Scope": "REGIONAL"}}'] = {"WebACLs": []}
    answers['eu-west-1 wafv2:ListWebACLs {"Scope": "REGIONAL"}'] = Unread("needs wafv2:ListWebACLs")
    check = "application-load-balancers-stand-behind-a-web-acl"
    found = judged(answers, check, regions=("us-east-1", "eu-west-1"))
    assert statuses(found)[check] == {"lb-us-east-1": "fail", "lb-eu-west-1": "unknown"}
    assert [one.verdict.reason for one in found if one.status == "unknown"] == ["needs wafv2:ListWebACLs"]


def test_versions_of_kubernetes_that_may_not_be_listed_hide_nothing_else_of_a_cluster() -> None:
    network = {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}
    cluster = {"status": "ACTIVE", "version": "1.34", "resourcesVpcConfig": network, "logging": {"clusterLogging": []}}
    answers = {
        "us-east-1 eks:ListClusters": {"clusters": ["main"]},
        'us-east-1 eks:DescribeCluster {"name": "main"}': {"cluster": cluster},
        'us-east-1 eks:DescribeClusterVersions {"includeAll": true}': Unread("needs eks:DescribeClusterVersions"),
    }
    endpoint, version = "eks-endpoints-are-closed-to-the-internet", "eks-clusters-run-a-supported-version"
    arn = f"arn:aws:eks:us-east-1:{NOBODY}:cluster/main"
    assert statuses(judged(answers, endpoint, version)) == {endpoint: {arn: "fail"}, version: {arn: "unknown"}}


@pytest.mark.parametrize(
    "check",
    ["cloudfront-distributions-serve-only-tls", "cloudfront-web-acls-limit-request-rates"],
)
def test_where_there_is_no_cloudfront_nothing_is_said_of_it(check: str) -> None:
    found = judged({"global cloudfront:ListDistributions": Absent("cloudfront")}, check)
    assert [one.status.value for one in found] == ["not_applicable"]


def test_nothing_is_asked_about_what_is_not_there(account: Account) -> None:
    checks = (
        "eks-clusters-run-a-supported-version",
        "cloudfront-web-acls-limit-request-rates",
        CURRENT_TLS,
        "classic-load-balancers-agree-to-current-tls-only",
    )
    asked = {key.split(" ")[0] for key in account.snapshot(checks).readings if key.startswith("aws:")}
    assert asked == {
        "aws:global:sts:GetCallerIdentity",
        "aws:global:cloudfront:ListDistributions",
        "aws:us-east-1:eks:ListClusters",
        "aws:us-east-1:elb:DescribeLoadBalancers",
        "aws:us-east-1:elbv2:DescribeLoadBalancers",
    }


def test_headers_that_a_rule_inserts_are_not_kept_since_they_may_be_secrets() -> None:
    inserted = {"CustomRequestHandling": {"InsertHeaders": [{"Name": "x-origin", "Value": "hunter2"}]}}
    rule = {"Name": "r", "Action": {"Captcha": inserted}, "Statement": {"RateBasedStatement": {"Limit": 100}}}
    held = kept({"WebACL": {"Rules": [rule]}}, WEB_ACL.mask)
    assert held["WebACL"]["Rules"][0]["Action"] == {"Captcha": {}}
    assert "hunter2" not in json.dumps(held)
