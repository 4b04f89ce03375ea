"""What faces the Internet, good and bad: load balancers, distributions, web ACLs, pools, clusters, file servers."""

from typing import Any

from tests.aws_accounts import Account

Expected = dict[str, dict[str, str]]
VISIBLE = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
TRUST = "arn:aws:iam::{}:role/any"


def make(account: Account, region: str) -> Expected:
    """Make good and bad twins; what each check must say of which subject."""
    return {
        **_load_balancers(account, region),
        **_classic(account, region),
        **_distributions(account, region),
        **_web_acls(account, region),
        **_pools(account, region),
        **_clusters(account, region),
        **_transfer(account, region),
    }


def _load_balancers(account: Account, region: str) -> Expected:
    ec2, elb, acm = (account.client(one, region) for one in ("ec2", "elbv2", "acm"))
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate("ab")
    ]
    certificate = acm.request_certificate(DomainName="edge.example.com")["CertificateArn"]
    target = elb.create_target_group(Name="edge", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0][
        "TargetGroupArn"
    ]
    forward = [{"Type": "forward", "TargetGroupArn": target}]
    redirect = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]

    def balancer(name: str, kind: str = "application", scheme: str = "internet-facing") -> str:
        made = elb.create_load_balancer(Name=name, Subnets=subnets, Scheme=scheme, Type=kind)
        return str(made["LoadBalancers"][0]["LoadBalancerArn"])

    def listener(of: str, protocol: str, port: int, actions: list[Any], policy: str = "") -> str:
        tls: Any = {"SslPolicy": policy, "Certificates": [{"CertificateArn": certificate}]} if policy else {}
        made = elb.create_listener(LoadBalancerArn=of, Protocol=protocol, Port=port, DefaultActions=actions, **tls)
        return str(made["Listeners"][0]["ListenerArn"])

    good, bad, inside = balancer("good"), balancer("bad"), balancer("inside", scheme="internal")
    network = balancer("network", "network")
    listener(inside, "HTTP", 80, forward)
    current = listener(good, "HTTPS", 443, forward, "ELBSecurityPolicy-TLS13-1-2-2021-06")
    old = listener(bad, "HTTPS", 443, forward, "ELBSecurityPolicy-2016-08")
    redirects = listener(good, "HTTP", 80, redirect)
    plain = listener(bad, "HTTP", 80, forward)
    leaks = listener(bad, "HTTP", 8080, redirect)
    elb.create_rule(
        ListenerArn=leaks, Priority=1, Conditions=[{"Field": "path-pattern", "Values": ["/api/*"]}], Actions=forward
    )
    passed_through = listener(network, "TCP", 443, forward)
    ended = listener(network, "TLS", 8443, forward, "ELBSecurityPolicy-TLS13-1-2-2021-06")
    for one, logs in ((good, "true"), (bad, "false"), (inside, "false")):
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=one, Attributes=[{"Key": "access_logs.s3.enabled", "Value": logs}]
        )
    return {
        "load-balancer-listeners-serve-only-tls": {
            current: "pass",
            old: "pass",
            ended: "pass",
            redirects: "pass",
            plain: "fail",
            leaks: "fail",
            passed_through: "unknown",
        },
        "load-balancer-listeners-agree-to-current-tls-only": {current: "pass", ended: "pass", old: "fail"},
        "acm-certificates-in-use-are-far-from-expiry": {certificate: "not_applicable"},
        "application-load-balancers-log-access": {good: "pass", bad: "fail", inside: "fail"},
    }


def _classic(account: Account, region: str) -> Expected:
    elb = account.client("elb", region)
    policies = {
        "good": {"Protocol-TLSv1": "false", "Protocol-TLSv1.2": "true"},
        "bad": {"Protocol-TLSv1": "true", "Protocol-TLSv1.2": "true"},
    }
    for name, attributes in policies.items():
        listeners = [
            {
                "Protocol": "HTTPS",
                "LoadBalancerPort": 443,
                "InstancePort": 80,
                "SSLCertificateId": TRUST.format(account.number),
            },
            {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80},
        ]
        elb.create_load_balancer(
            LoadBalancerName=name, Listeners=listeners[: 1 if name == "good" else 2], AvailabilityZones=[f"{region}a"]
        )
        elb.create_load_balancer_policy(
            LoadBalancerName=name,
            PolicyName="tls",
            PolicyTypeName="SSLNegotiationPolicyType",
            PolicyAttributes=[{"AttributeName": key, "AttributeValue": value} for key, value in attributes.items()],
        )
        elb.set_load_balancer_policies_of_listener(LoadBalancerName=name, LoadBalancerPort=443, PolicyNames=["tls"])
    elb.create_load_balancer(
        LoadBalancerName="inside", Listeners=listeners[1:], AvailabilityZones=[f"{region}a"], Scheme="internal"
    )
    elb.modify_load_balancer_attributes(
        LoadBalancerName="good",
        LoadBalancerAttributes={"AccessLog": {"Enabled": True, "S3BucketName": "logs", "EmitInterval": 5}},
    )
    good, bad, inside = (
        f"arn:aws:elasticloadbalancing:{region}:{account.number}:loadbalancer/{one}"
        for one in ("good", "bad", "inside")
    )
    return {
        "classic-load-balancers-serve-only-tls": {good: "pass", bad: "fail", inside: "not_applicable"},
        "classic-load-balancers-agree-to-current-tls-only": {good: "pass", bad: "fail"},
        "classic-load-balancers-log-access": {good: "pass", bad: "fail", inside: "fail"},
    }


def _web_acl(waf: Any, scope: str, name: str, statement: Any, action: str) -> str:
    rule: Any = {"Name": "r", "Priority": 0, "Statement": statement, "VisibilityConfig": VISIBLE}
    rule |= {"OverrideAction": {action: {}}} if "RuleGroupReferenceStatement" in statement else {"Action": {action: {}}}
    made = waf.create_web_acl(
        Name=name, Scope=scope, DefaultAction={"Allow": {}}, Rules=[rule], VisibilityConfig=VISIBLE
    )
    return str(made["Summary"]["ARN"])


RATE = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}}


def _web_acls(account: Account, region: str) -> Expected:
    waf = account.client("wafv2", region)
    group = waf.create_rule_group(
        Name="logins",
        Scope="REGIONAL",
        Capacity=10,
        Rules=[{"Name": "r", "Priority": 0, "Statement": RATE, "Action": {"Block": {}}, "VisibilityConfig": VISIBLE}],
        VisibilityConfig=VISIBLE,
    )["Summary"]["ARN"]
    use = {"RuleGroupReferenceStatement": {"ARN": group}}
    made = {
        status + name: _web_acl(waf, "REGIONAL", name, statement, action)
        for status, name, statement, action in (
            ("pass", "blocks", RATE, "Block"),
            ("pass", "group", use, "None"),
            ("fail", "counts", RATE, "Count"),
            ("fail", "group-counts", use, "Count"),
        )
    }
    return {"web-acls-limit-request-rates": {arn: name[:4] for name, arn in made.items()}}


def _distribution(name: str, policy: str, origin: Any, acl: str = "", **certificate: Any) -> dict[str, Any]:
    return {
        "CallerReference": name,
        "Comment": "",
        "Enabled": True,
        "WebACLId": acl,
        "Origins": {"Quantity": 1, "Items": [{"Id": "site", "DomainName": "site.example.com", **origin}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": policy,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "MinTTL": 0,
        },
        "ViewerCertificate": certificate or {"CloudFrontDefaultCertificate": True},
    }


def _custom(policy: str) -> dict[str, Any]:
    return {
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": policy,
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]},
        }
    }


def _distributions(account: Account, region: str) -> Expected:
    cloudfront, waf = account.client("cloudfront"), account.client("wafv2")
    certificate = {
        "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
        "CloudFrontDefaultCertificate": False,
        "SSLSupportMethod": "sni-only",
    }
    acls = {
        name: _web_acl(waf, "CLOUDFRONT", f"{name}-{region}", RATE, action)
        for name, action in (("good", "Block"), ("bad", "Count"))
    }
    configs = {
        "good": _distribution(
            f"good-{region}",
            "https-only",
            _custom("https-only"),
            acls["good"],
            **certificate,
            MinimumProtocolVersion="TLSv1.2_2021",
        ),
        "bad": _distribution(f"bad-{region}", "allow-all", _custom("match-viewer")),
        "half": _distribution(f"half-{region}", "redirect-to-https", _custom("http-only"), acls["bad"]),
        "matching": _distribution(f"matching-{region}", "redirect-to-https", _custom("match-viewer")),
    }
    good, bad, half, matching = (
        cloudfront.create_distribution(DistributionConfig=one)["Distribution"]["ARN"] for one in configs.values()
    )
    return {
        "cloudfront-distributions-serve-only-tls": {good: "pass", bad: "fail", half: "pass", matching: "pass"},
        "cloudfront-distributions-agree-to-current-tls-only": {good: "pass", bad: "fail"},
        "cloudfront-distributions-ask-origins-over-tls": {good: "pass", bad: "fail", half: "fail", matching: "pass"},
        "cloudfront-distributions-stand-behind-a-web-acl": {good: "pass", bad: "fail"},
        "cloudfront-web-acls-limit-request-rates": {acls["good"]: "pass", acls["bad"]: "fail"},
    }


def _pools(account: Account, region: str) -> Expected:
    cognito = account.client("cognito-idp", region)
    identity = account.client("cognito-identity", region)
    settings: dict[str, Any] = {
        "good": {
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
            "Policies": {"PasswordPolicy": {"MinimumLength": 14}},
            "MfaConfiguration": "ON",
            "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"},
        },
        "bad": {
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False},
            "Policies": {"PasswordPolicy": {"MinimumLength": 6}},
            "MfaConfiguration": "OPTIONAL",
            "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        },
        "plain": {},
    }
    good, bad, plain = (
        cognito.create_user_pool(PoolName=name, **one)["UserPool"]["Arn"] for name, one in settings.items()
    )
    members, guests = (
        f"arn:aws:cognito-identity:{region}:{account.number}:identitypool/"
        + identity.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=one)["IdentityPoolId"]
        for one in (False, True)
    )
    told = {good: "pass", bad: "fail", plain: "fail"}
    return {
        "user-pools-let-nobody-sign-up-alone": told,
        "user-pools-ask-for-a-second-factor": told,
        "user-pools-ask-for-long-passwords": told,
        "user-pools-block-suspicious-sign-ins": told,
        "identity-pools-give-guests-no-credentials": {members: "pass", guests: "fail"},
    }


def _clusters(account: Account, region: str) -> Expected:
    eks = account.client("eks", region)
    networks: dict[str, Any] = {
        "good": {"endpointPublicAccess": False, "endpointPrivateAccess": True},
        "bad": {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]},
    }
    good, bad = (
        eks.create_cluster(
            name=name,
            roleArn=TRUST.format(account.number),
            resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"], **network},
            logging={"clusterLogging": [{"types": ["api", "audit"], "enabled": name == "good"}]},
        )["cluster"]["arn"]
        for name, network in networks.items()
    )
    return {
        "eks-endpoints-are-closed-to-the-internet": {good: "pass", bad: "fail"},
        "eks-clusters-keep-an-audit-log": {good: "pass", bad: "fail"},
    }


def _transfer(account: Account, region: str) -> Expected:
    transfer = account.client("transfer", region)
    good, bad = (
        f"arn:aws:transfer:{region}:{account.number}:server/{transfer.create_server(Protocols=one)['ServerId']}"
        for one in (["SFTP"], ["SFTP", "FTP"])
    )
    return {"transfer-servers-speak-no-ftp": {good: "pass", bad: "fail"}}
