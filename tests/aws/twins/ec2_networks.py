"""Networks: security groups, network ACLs and flow logs, good and bad."""

from typing import Any

from tests.aws_accounts import Account

_HALVES = ("0.0.0.0/1", "128.0.0.0/1")
_EVERYBODY: dict[str, Any] = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
_EVERYBODY_BY_IPV6: dict[str, Any] = {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}
_IN_HALVES: dict[str, Any] = {"IpRanges": [{"CidrIp": one} for one in _HALVES]}
_OFFICE: dict[str, Any] = {"IpRanges": [{"CidrIp": "203.0.113.0/24"}]}


def _ports(origin: dict[str, Any], first: int, last: int | None = None) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last or first, **origin}


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Make two networks and groups in them; what each check must say of which subject."""
    ec2 = account.client("ec2", region)
    account.client("logs", region).create_log_group(logGroupName="flows")

    def arn(kind: str, name: str) -> str:
        return f"arn:aws:ec2:{region}:{account.number}:{kind}/{name}"

    def network(traffic: str) -> str:
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet)
        ec2.create_flow_logs(
            ResourceIds=[vpc],
            ResourceType="VPC",
            TrafficType=traffic,
            LogGroupName="flows",
            DeliverLogsPermissionArn=f"arn:aws:iam::{account.number}:role/flows",
        )
        return str(vpc)

    good, bad = network("ALL"), network("REJECT")
    empty = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]

    def group(name: str, *permissions: dict[str, Any]) -> str:
        made = ec2.create_security_group(GroupName=name, Description=name, VpcId=good)["GroupId"]
        ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=list(permissions))
        return arn("security-group", made)

    every_list = ec2.create_managed_prefix_list(
        PrefixListName="halves", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": one} for one in _HALVES]
    )["PrefixList"]["PrefixListId"]
    by_list = {"PrefixListIds": [{"PrefixListId": every_list}]}
    closed = group(
        "closed",
        _ports(_OFFICE, 22),
        _ports(_EVERYBODY, 443),
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, **_EVERYBODY},
    )
    admin = {
        group("ssh", _ports(_EVERYBODY, 22)): "fail",
        group("rdp", _ports(_EVERYBODY_BY_IPV6, 3000, 4000)): "fail",
        group("halves", _ports(_IN_HALVES, 22)): "fail",
        group("list", _ports(by_list, 5985)): "fail",
    }
    data = group("data", _ports(_EVERYBODY, 5432))
    every = group("every", {"IpProtocol": "-1", **_EVERYBODY_BY_IPV6})
    by_group = group("by-group", {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": closed.rpartition("/")[2]}]})

    default = {
        one["VpcId"]: one["GroupId"]
        for one in ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])[
            "SecurityGroups"
        ]
    }
    ec2.revoke_security_group_egress(GroupId=default[good], IpPermissions=[{"IpProtocol": "-1", **_EVERYBODY}])

    first = {
        one["VpcId"]: one["NetworkAclId"]
        for one in ec2.describe_network_acls(Filters=[{"Name": "default", "Values": ["true"]}])["NetworkAcls"]
    }
    ec2.create_network_acl_entry(
        NetworkAclId=first[good], RuleNumber=50, Protocol="6", RuleAction="deny", Egress=False,
        CidrBlock="0.0.0.0/0", PortRange={"From": 0, "To": 1023},
    )  # fmt: skip
    return {
        "vpcs-log-their-traffic": {
            arn("vpc", good): "pass",
            arn("vpc", bad): "fail",
            arn("vpc", empty): "not_applicable",
        },
        "security-groups-do-not-open-every-port": {closed: "pass", data: "pass", by_group: "pass", every: "fail"},
        "security-groups-open-no-admin-port-to-everybody": {closed: "pass", data: "pass", every: "fail", **admin},
        "security-groups-open-no-data-port-to-everybody": {
            closed: "pass",
            data: "fail",
            every: "fail",
            by_group: "pass",
        },
        "default-security-groups-are-closed": {
            arn("security-group", default[good]): "pass",
            arn("security-group", default[bad]): "fail",
        },
        "network-acls-open-no-admin-port-to-everybody": {
            arn("network-acl", first[good]): "pass",
            arn("network-acl", first[bad]): "fail",
            arn("network-acl", first[empty]): "not_applicable",
        },
    }
