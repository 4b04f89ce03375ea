"""What faces the Internet, in the shapes that AWS documents, where moto lacks or differs.

https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateSummary.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServerCertificates.html
https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeClusterVersions.html
https://docs.aws.amazon.com/waf/latest/APIReference/API_ListResourcesForWebACL.html
https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionSummary.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeSSLPolicies.html
https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_DescribeLoadBalancerPolicies.html
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.aws.certificates import CERTIFICATES
from tests.aws_accounts import NOBODY, Case

HERE = "us-east-1"
ELB = f"arn:aws:elasticloadbalancing:{HERE}:{NOBODY}"


def _in(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def _certificate(days: int | None, **more: Any) -> dict[str, Any]:
    held = {
        "CertificateArn": f"arn:aws:acm:{HERE}:{NOBODY}:certificate/1",
        "DomainName": "www.example.com",
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "InUse": True,
        **more,
    }
    held |= {} if days is None else {"NotAfter": _in(days)}
    parameters = json.dumps({"Includes": {"keyTypes": CERTIFICATES.parameters["Includes"]["keyTypes"]}})
    return {f"{HERE} acm:ListCertificates {parameters}": {"CertificateSummaryList": [held]}}


ACM = "acm-certificates-in-use-are-far-from-expiry"
OF_ACM = (
    Case(ACM, "pass", _certificate(120)),
    Case(ACM, "fail", _certificate(29)),
    Case(ACM, "fail", _certificate(-1, Status="EXPIRED", Type="IMPORTED")),
    Case(ACM, "fail", _certificate(120, Status="REVOKED")),
    Case(ACM, "not_applicable", _certificate(-1, Status="EXPIRED", InUse=False)),
    Case(ACM, "fail", _certificate(-1, Status="EXPIRED", Type="PRIVATE", InUse=False, Exported=True)),
    Case(ACM, "not_applicable", _certificate(None, Status="PENDING_VALIDATION", InUse=False)),
)


def _uploaded(days: int) -> dict[str, Any]:
    held = {"Arn": f"arn:aws:iam::{NOBODY}:server-certificate/site", "Expiration": _in(days)}
    return {"global iam:ListServerCertificates": {"ServerCertificateMetadataList": [held]}}


IAM = "iam-server-certificates-are-far-from-expiry"
OF_IAM = (Case(IAM, "pass", _uploaded(120)), Case(IAM, "fail", _uploaded(10)), Case(IAM, "fail", _uploaded(-10)))


def _version(version: str) -> dict[str, Any]:
    listed = [
        {"clusterVersion": "1.34", "status": "standard-support", "versionStatus": "STANDARD_SUPPORT"},
        {"clusterVersion": "1.31", "status": "extended-support"},
        {"clusterVersion": "1.22", "status": "unsupported", "versionStatus": "UNSUPPORTED"},
    ]
    return {
        f"{HERE} eks:ListClusters": {"clusters": ["main"]},
        f'{HERE} eks:DescribeCluster {{"name": "main"}}': {"cluster": {"status": "ACTIVE", "version": version}},
        f'{HERE} eks:DescribeClusterVersions {{"includeAll": true}}': {"clusterVersions": listed},
    }


EKS = "eks-clusters-run-a-supported-version"
OF_EKS = (
    Case(EKS, "pass", _version("1.34")),
    Case(EKS, "pass", _version("1.31")),
    Case(EKS, "fail", _version("1.22")),
    Case(EKS, "unknown", _version("1.99")),
)


def _balancer(name: str, scheme: str = "internet-facing", kind: str = "application") -> dict[str, Any]:
    return {"LoadBalancerArn": f"{ELB}:loadbalancer/app/{name}/1", "Scheme": scheme, "Type": kind}


ACL = f"arn:aws:wafv2:{HERE}:{NOBODY}:regional/webacl/site/1"
GROUP = f"arn:aws:wafv2:{HERE}:{NOBODY}:regional/rulegroup/logins/1"
LIST_ACLS = f'{HERE} wafv2:ListWebACLs {{"Scope": "REGIONAL"}}'
ONE_ACL = {LIST_ACLS: {"WebACLs": [{"ARN": ACL, "Name": "site", "Id": "1"}]}}


def _attached(*names: str) -> dict[str, Any]:
    parameters = json.dumps({"ResourceType": "APPLICATION_LOAD_BALANCER", "WebACLArn": ACL})
    return {
        **ONE_ACL,
        f"{HERE} elbv2:DescribeLoadBalancers": {
            "LoadBalancers": [_balancer("site"), _balancer("inside", "internal"), _balancer("net", kind="network")]
        },
        f"{HERE} wafv2:ListResourcesForWebACL {parameters}": {
            "ResourceArns": [f"{ELB}:loadbalancer/app/{name}/1" for name in names]
        },
    }


BEHIND = "application-load-balancers-stand-behind-a-web-acl"
SITE, INSIDE = (f"{ELB}:loadbalancer/app/{name}/1" for name in ("site", "inside"))
OF_ATTACHMENT = (
    Case(BEHIND, "pass", _attached("other", "site"), SITE),
    Case(BEHIND, "fail", _attached("other"), SITE),
    Case(BEHIND, "fail", {**_attached("site"), LIST_ACLS: {"WebACLs": []}}, SITE),
    Case(BEHIND, "not_applicable", _attached(), INSIDE),
)


def _acl(*rules: dict[str, Any], group: Any = (), **more: Any) -> dict[str, Any]:
    parameters = json.dumps({"Id": "1", "Name": "site", "Scope": "REGIONAL"})
    return {
        **ONE_ACL,
        f"{HERE} wafv2:GetWebACL {parameters}": {
            "WebACL": {"Rules": [{"Name": "r", **rule} for rule in rules], **more}
        },
        f'{HERE} wafv2:GetRuleGroup {{"ARN": "{GROUP}"}}': {"RuleGroup": {"ARN": GROUP, "Rules": list(group)}},
    }


def _rate(limit: int, action: str = "Block", **more: Any) -> dict[str, Any]:
    return {"Name": "logins", "Action": {action: {}}, "Statement": {"RateBasedStatement": {"Limit": limit, **more}}}


def _managed(name: str, vendor: str = "AWS", **more: Any) -> dict[str, Any]:
    statement = {"ManagedRuleGroupStatement": {"VendorName": vendor, "Name": name, **more}}
    return {"OverrideAction": {"None": {}}, "Statement": statement}


def _use(**more: Any) -> dict[str, Any]:
    return {"OverrideAction": {"None": {}}, "Statement": {"RuleGroupReferenceStatement": {"ARN": GROUP, **more}}}


COUNTED = [{"Name": "logins", "ActionToUse": {"Count": {}}}]
BLOCKED = [{"Name": "logins", "ActionToUse": {"Block": {}}}]
OF_MANAGER = {"Name": "fm", "OverrideAction": {"None": {}}, "FirewallManagerStatement": _use()["Statement"]}
RATES = "web-acls-limit-request-rates"
OF_RATES = (
    Case(RATES, "fail", _acl()),
    Case(RATES, "pass", _acl(_rate(100, "Challenge"))),
    Case(RATES, "fail", _acl(_rate(2_000_000))),
    Case(RATES, "fail", _acl(_rate(1000, EvaluationWindowSec=60))),
    Case(RATES, "pass", _acl(_rate(1000, EvaluationWindowSec=600))),
    Case(RATES, "fail", _acl(_managed("AWSManagedRulesCommonRuleSet"))),
    Case(RATES, "pass", _acl(_managed("AWSManagedRulesATPRuleSet"))),
    Case(RATES, "unknown", _acl(_managed("AWSManagedRulesATPRuleSet", RuleActionOverrides=COUNTED))),
    Case(RATES, "fail", _acl({**_managed("AWSManagedRulesATPRuleSet"), "OverrideAction": {"Count": {}}})),
    Case(RATES, "unknown", _acl(_managed("Whatever", "Somebody"))),
    Case(RATES, "pass", _acl(_use(), group=[_rate(100)])),
    Case(RATES, "fail", _acl(_use(RuleActionOverrides=COUNTED), group=[_rate(100)])),
    Case(RATES, "fail", _acl(_use(ExcludedRules=[{"Name": "logins"}]), group=[_rate(100)])),
    Case(RATES, "pass", _acl(_use(RuleActionOverrides=BLOCKED), group=[_rate(100, "Count")])),
    Case(RATES, "pass", _acl(group=[_rate(100)], PreProcessFirewallManagerRuleGroups=[OF_MANAGER])),
)


def _distribution(*behaviors: Any, origins: Any = (), groups: Any = (), **more: Any) -> dict[str, Any]:
    held = {
        "ARN": f"arn:aws:cloudfront::{NOBODY}:distribution/E1",
        "Enabled": True,
        "WebACLId": "",
        "ViewerCertificate": {"MinimumProtocolVersion": "TLSv1.2_2021"},
        "DefaultCacheBehavior": {"TargetOriginId": "app", "ViewerProtocolPolicy": "redirect-to-https"},
        "CacheBehaviors": {"Items": list(behaviors)},
        "Origins": {"Items": [{"Id": "app", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}, *origins]},
        "OriginGroups": {"Items": list(groups)},
        **more,
    }
    return {"global cloudfront:ListDistributions": {"DistributionList": {"Items": [held]}}}


def _custom(policy: str, *versions: str) -> dict[str, Any]:
    return {
        "Id": "site",
        "CustomOriginConfig": {"OriginProtocolPolicy": policy, "OriginSslProtocols": {"Items": list(versions)}},
    }


PLAIN = {"PathPattern": "/images/*", "TargetOriginId": "site", "ViewerProtocolPolicy": "allow-all"}
TO_GROUP = {**PLAIN, "TargetOriginId": "both"}
BOTH = {"Id": "both", "Members": {"Items": [{"OriginId": "app"}, {"OriginId": "site"}]}}
BUCKET = {"Id": "site"}
CLOUDFRONTS = {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"}
TLS, VERSION, ORIGIN = (
    f"cloudfront-distributions-{one}" for one in ("serve-only-tls", "agree-to-current-tls-only", "ask-origins-over-tls")
)
OF_CLOUDFRONT = (
    Case(TLS, "fail", _distribution(PLAIN)),
    Case(TLS, "not_applicable", _distribution(PLAIN, Enabled=False)),
    Case(TLS, "not_applicable", {"global cloudfront:ListDistributions": {"DistributionList": {}}}),
    Case(VERSION, "pass", _distribution()),
    Case(VERSION, "fail", _distribution(ViewerCertificate={"MinimumProtocolVersion": "TLSv1.1_2016"})),
    Case(VERSION, "unknown", _distribution(ViewerCertificate={"MinimumProtocolVersion": "QTLS_2031"})),
    Case(
        VERSION,
        "fail",
        _distribution(
            ViewerCertificate={"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1.2_2021"}
        ),
    ),
    Case(VERSION, "unknown", _distribution(ViewerCertificate=CLOUDFRONTS, ConnectionMode="tenant-only")),
    Case(VERSION, "pass", _distribution(ConnectionMode="tenant-only")),
    Case(ORIGIN, "pass", _distribution(origins=[BUCKET])),
    Case(ORIGIN, "fail", _distribution(PLAIN, origins=[BUCKET])),
    Case(ORIGIN, "fail", _distribution(TO_GROUP, origins=[BUCKET], groups=[BOTH])),
    Case(ORIGIN, "pass", _distribution({**PLAIN, "TargetOriginId": "app"}, origins=[BUCKET])),
    Case(ORIGIN, "pass", _distribution(origins=[_custom("match-viewer", "TLSv1", "TLSv1.2")])),
    Case(ORIGIN, "fail", _distribution(origins=[_custom("http-only")])),
    Case(ORIGIN, "fail", _distribution(origins=[_custom("https-only", "SSLv3", "TLSv1", "TLSv1.1")])),
)


def _listener(protocol: str, port: int, policy: str = "", rules: Any = None) -> dict[str, Any]:
    balancer, listener = _balancer("site"), f"{ELB}:listener/app/site/1/2"
    held = {"ListenerArn": listener, "Protocol": protocol, "Port": port, **({"SslPolicy": policy} if policy else {})}
    return {
        f"{HERE} elbv2:DescribeLoadBalancers": {
            "LoadBalancers": [balancer, _balancer("inside", "internal"), _balancer("gateway", "", "gateway")]
        },
        f'{HERE} elbv2:DescribeListeners {{"LoadBalancerArn": "{balancer["LoadBalancerArn"]}"}}': {"Listeners": [held]},
        f'{HERE} elbv2:DescribeRules {{"ListenerArn": "{listener}"}}': {"Rules": [{"Actions": rules}]},
        f"{HERE} elbv2:DescribeSSLPolicies": {
            "SslPolicies": [
                {"Name": "ELBSecurityPolicy-TLS13-1-3-2021-06", "SslProtocols": ["TLSv1.3"]},
                {"Name": "ELBSecurityPolicy-2016-08", "SslProtocols": ["TLSv1", "TLSv1.1", "TLSv1.2"]},
            ]
        },
    }


def _redirect(**config: str) -> list[dict[str, Any]]:
    return [{"Type": "redirect", "RedirectConfig": config}]


LISTENERS = "load-balancer-listeners-serve-only-tls"
POLICIES = "load-balancer-listeners-agree-to-current-tls-only"
OF_LISTENERS = (
    Case(LISTENERS, "pass", _listener("QUIC", 443)),
    Case(LISTENERS, "unknown", _listener("TCP_QUIC", 443)),
    Case(LISTENERS, "unknown", _listener("UDP", 53)),
    Case(LISTENERS, "pass", _listener("HTTP", 80, rules=_redirect(Protocol="HTTPS"))),
    Case(LISTENERS, "fail", _listener("HTTP", 80, rules=_redirect(Protocol="#{protocol}"))),
    Case(LISTENERS, "fail", _listener("HTTP", 80, rules=_redirect(Host="www.example.com"))),
    Case(LISTENERS, "pass", _listener("HTTP", 80, rules=[{"Type": "fixed-response"}])),
    Case(LISTENERS, "unknown", _listener("HTTP", 80, rules=[])),
    Case(POLICIES, "pass", _listener("HTTPS", 443, "ELBSecurityPolicy-TLS13-1-3-2021-06")),
    Case(POLICIES, "fail", _listener("TLS", 443, "ELBSecurityPolicy-2016-08")),
    Case(POLICIES, "unknown", _listener("TLS", 443, "ELBSecurityPolicy-2099-01")),
)


def _classic(protocol: str, policies: Any, *names: str, **more: Any) -> dict[str, Any]:
    listener = {"Listener": {"Protocol": protocol, "LoadBalancerPort": 443}, "PolicyNames": list(names)}
    held = {"LoadBalancerName": "old", "ListenerDescriptions": [listener], **more}
    return {
        f"{HERE} elb:DescribeLoadBalancers": {"LoadBalancerDescriptions": [held]},
        f'{HERE} elb:DescribeLoadBalancerPolicies {{"LoadBalancerName": "old"}}': {"PolicyDescriptions": policies},
    }


def _policy(name: str, kind: str = "SSLNegotiationPolicyType", **attributes: str) -> dict[str, Any]:
    told = {"Reference-Security-Policy": name, **{key.replace("_", "."): value for key, value in attributes.items()}}
    described = [{"AttributeName": key, "AttributeValue": value} for key, value in told.items()]
    return {"PolicyName": name, "PolicyTypeName": kind, "PolicyAttributeDescriptions": described}


OLD = _policy("p", **{"Protocol-SSLv3": "false", "Protocol-TLSv1": "true", "Protocol-TLSv1_2": "true"})
NEW = _policy("p", **{"Protocol-TLSv1": "false", "Protocol-TLSv1_2": "true"})
STICKY = _policy("sticky", "LBCookieStickinessPolicyType")
CLASSIC, CLASSIC_TLS = (f"classic-load-balancers-{one}" for one in ("serve-only-tls", "agree-to-current-tls-only"))
OF_CLASSIC = (
    Case(CLASSIC, "pass", _classic("SSL", [], Scheme="internet-facing")),
    Case(CLASSIC, "fail", _classic("HTTP", [])),
    Case(CLASSIC, "unknown", _classic("TCP", [], Scheme="internet-facing")),
    Case(CLASSIC_TLS, "pass", _classic("HTTPS", [STICKY, NEW], "sticky", "p")),
    Case(CLASSIC_TLS, "fail", _classic("HTTPS", [STICKY, OLD], "sticky", "p")),
    Case(CLASSIC_TLS, "unknown", _classic("HTTPS", [_policy("p")], "p")),
    Case(CLASSIC_TLS, "unknown", _classic("HTTPS", [NEW, STICKY], "sticky")),
    Case(CLASSIC_TLS, "not_applicable", _classic("HTTPS", [OLD], "p", Scheme="internal")),
)


def _pool(**more: Any) -> dict[str, Any]:
    held = {
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
        "Policies": {"PasswordPolicy": {"MinimumLength": 8}},
        "MfaConfiguration": "OFF",
        **more,
    }
    return {
        f'{HERE} cognito-idp:ListUserPools {{"MaxResults": 60}}': {"UserPools": [{"Id": "us-east-1_1"}]},
        f'{HERE} cognito-idp:DescribeUserPool {{"UserPoolId": "us-east-1_1"}}': {"UserPool": held},
    }


OF_POOLS = (
    Case("user-pools-let-nobody-sign-up-alone", "fail", _pool()),
    Case("user-pools-let-nobody-sign-up-alone", "unknown", _pool(LambdaConfig={"PreSignUp": "arn:aws:lambda:..."})),
    Case("user-pools-block-suspicious-sign-ins", "fail", _pool()),
    Case("user-pools-ask-for-a-second-factor", "fail", _pool()),
)


def _cluster(*sources: str, public: bool = True, logging: Any = (), status: str = "ACTIVE") -> dict[str, Any]:
    network = {"endpointPublicAccess": public, "publicAccessCidrs": list(sources)}
    held = {"status": status, "resourcesVpcConfig": network, "logging": {"clusterLogging": list(logging)}}
    return {
        f"{HERE} eks:ListClusters": {"clusters": ["main"]},
        f'{HERE} eks:DescribeCluster {{"name": "main"}}': {"cluster": held},
    }


ENDPOINT, AUDIT = "eks-endpoints-are-closed-to-the-internet", "eks-clusters-keep-an-audit-log"
OF_CLUSTERS = (
    Case(ENDPOINT, "pass", _cluster("203.0.113.0/24")),
    Case(ENDPOINT, "fail", _cluster("203.0.113.0/24", "::/0")),
    Case(ENDPOINT, "pass", _cluster("0.0.0.0/0", public=False)),
    Case(ENDPOINT, "not_applicable", _cluster("0.0.0.0/0", status="DELETING")),
    Case(AUDIT, "fail", _cluster(logging=[{"types": ["api", "audit"], "enabled": False}])),
    Case(
        AUDIT,
        "pass",
        _cluster(logging=[{"types": ["audit"], "enabled": True}, {"types": ["api"], "enabled": False}]),
    ),
)

CASES = (
    *OF_ACM,
    *OF_IAM,
    *OF_EKS,
    *OF_ATTACHMENT,
    *OF_RATES,
    *OF_CLOUDFRONT,
    *OF_LISTENERS,
    *OF_CLASSIC,
    *OF_POOLS,
    *OF_CLUSTERS,
)
