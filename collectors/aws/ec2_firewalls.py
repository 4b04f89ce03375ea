"""Security groups and network ACLs: what they let in.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from collectors.api import Answer, Api, Item, Items, Of, Place, rows_of
from collectors.aws.fields import count, several, truth
from collectors.aws.openings import ALL, PORTS, PacketRule
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

_PERMISSION = "{IpProtocol FromPort ToPort IpRanges{CidrIp} Ipv6Ranges{CidrIpv6} PrefixListIds{PrefixListId}}"
GROUPS = Api(
    "ec2",
    "DescribeSecurityGroups",
    f"SecurityGroups{{GroupId GroupName OwnerId IpPermissions{_PERMISSION} IpPermissionsEgress{{IpProtocol}}}}",
)
INTERFACES = Api(
    "ec2",
    "DescribeNetworkInterfaces",
    "NetworkInterfaces{NetworkInterfaceId SubnetId VpcId Groups{GroupId} Association{IpOwnerId} Ipv6Addresses{IsPrimaryIpv6}}",
)
ACLS = Api(
    "ec2",
    "DescribeNetworkAcls",
    "NetworkAcls{NetworkAclId OwnerId IsDefault Associations{SubnetId}"
    " Entries{CidrBlock Ipv6CidrBlock Egress PortRange{From To} Protocol RuleAction RuleNumber}}",
)
LIST_ENTRIES = Api(
    "ec2",
    "GetManagedPrefixListEntries",
    "Entries{Cidr}",
    {"PrefixListId": Of("value")},
)
"""One that a rule names and that is said not to exist is no longer shared, and the rule holds."""
_NAMED = "arn:{partition}:ec2:{region}:{OwnerId}:security-group/{GroupId}"
_ORIGINS = (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"))


@dataclass(frozen=True, kw_only=True)
class SecurityGroup(Resource):
    """The packet filter of whatever it is attached to."""

    id: str = ""
    inbound: tuple[PacketRule, ...] = ()
    """What it lets in of TCP and UDP; rules that name other groups are not among them."""


@aws_collector(each=Items(GROUPS, "SecurityGroups", _NAMED))
def security_group(group: Item) -> SecurityGroup:
    """Of all VPCs, also those that others share with the account."""
    inbound = tuple(rule for one in several(group["IpPermissions"]) for rule in _permitted(one))
    return SecurityGroup(arn=group.arn, region=group.region, id=group["GroupId"], inbound=inbound)


def _default_groups(answer: Answer) -> Iterator[Any]:
    """AWS keeps the name for them."""
    return (one for one in rows_of(answer, "SecurityGroups") if one["GroupName"] == "default")


@dataclass(frozen=True, kw_only=True)
class DefaultSecurityGroup(Resource):
    """The group that a VPC gives to whatever is started in it without one."""

    rules_in: int = 0
    """How many rules it has, of all kinds."""
    rules_out: int = 0


@aws_collector(each=Items(GROUPS, _default_groups, _NAMED))
def default_security_group(group: Item) -> DefaultSecurityGroup:
    """One for each VPC."""
    return DefaultSecurityGroup(
        arn=group.arn,
        region=group.region,
        rules_in=len(several(group["IpPermissions"])),
        rules_out=len(several(group["IpPermissionsEgress"])),
    )


def _protocol(told: str) -> str:
    """``tcp``, ``udp`` or ``all``; empty for what has no ports. ``ValueError`` where it is no protocol."""
    known = {"-1": ALL, "6": "tcp", "tcp": "tcp", "17": "udp", "udp": "udp", "icmp": "", "icmpv6": ""}
    if told not in known and not told.isdigit():
        raise ValueError("no protocol")
    return known.get(told, "")


def _permitted(permission: Mapping[str, Any]) -> Iterator[PacketRule]:
    protocol = _protocol(permission["IpProtocol"])
    if not protocol:
        return
    every = protocol == ALL or permission["FromPort"] == -1
    first, last = (PORTS[0], PORTS[-1]) if every else (permission["FromPort"], permission["ToPort"])
    for field, name in _ORIGINS:
        for one in several(permission.get(field, [])):
            yield PacketRule(protocol, first, last, str(one[name]))


def _lists(answer: Answer) -> Iterator[str]:
    """The prefix lists that groups let in from."""
    seen = rows_of(answer, "SecurityGroups.IpPermissions.PrefixListIds.PrefixListId")
    return iter(dict.fromkeys(str(one) for one in seen))


@dataclass(frozen=True, kw_only=True)
class PrefixList(Resource):
    """A list of networks that security groups name. Only those that some group lets in from are looked at."""

    id: str
    networks: tuple[str, ...]


@aws_collector(LIST_ENTRIES, each=Items(GROUPS, _lists, "arn:{partition}:ec2:{region}:{account}:prefix-list/{value}"))
def prefix_list(named: Item, entries: Answer) -> PrefixList:
    """Also those that AWS or another account keeps; the name does not tell whose they are."""
    networks = tuple(str(ip_network(one["Cidr"])) for one in several(entries["Entries"]))
    return PrefixList(arn=named.arn, region=named.region, id=named["value"], networks=networks)


@dataclass(frozen=True, kw_only=True)
class GroupsInUse(Resource):
    """What the security groups of a region are attached to."""

    interfaces: Mapping[str, int]
    """By id of the group: how many network interfaces."""
    public: Mapping[str, int]
    """How many of them have a public address, by IPv4 or IPv6."""


@aws_collector(INTERFACES)
def groups_in_use(at: Place, interfaces: Answer) -> GroupsInUse:
    """Whatever has an address in a VPC has a network interface: instances, databases, load balancers, functions."""
    every: Counter[str] = Counter()
    public: Counter[str] = Counter()
    for one in interfaces["NetworkInterfaces"]:
        groups = [str(group["GroupId"]) for group in one["Groups"]]
        every.update(groups)
        if one.get("Association") or one.get("Ipv6Addresses"):
            public.update(groups)
    return GroupsInUse(region=at.region, interfaces=every, public=public)


@dataclass(frozen=True, kw_only=True)
class NetworkAcl(Resource):
    """The packet filter of subnets; it knows no connections, so answers need a rule too."""

    inbound: tuple[PacketRule, ...] = ()
    """In their order."""
    subnets: int = 0


@aws_collector(each=Items(ACLS, "NetworkAcls", "arn:{partition}:ec2:{region}:{OwnerId}:network-acl/{NetworkAclId}"))
def network_acl(acl: Item) -> NetworkAcl | None:
    """Those of a VPC that another account shares are that account's matter."""
    if acl["OwnerId"] != acl.at.account:
        return None
    entries = sorted(
        (one for one in several(acl["Entries"]) if not truth(one["Egress"])), key=lambda one: count(one["RuleNumber"])
    )
    inbound = tuple(rule for one in entries for rule in _of_entry(one))
    return NetworkAcl(arn=acl.arn, region=acl.region, inbound=inbound, subnets=len(several(acl["Associations"])))


def _of_entry(entry: Mapping[str, Any]) -> Iterator[PacketRule]:
    protocol = _protocol(entry["Protocol"])
    if not protocol:
        return
    ports = {"From": PORTS[0], "To": PORTS[-1]} if protocol == ALL else entry["PortRange"]
    origin = entry["CidrBlock"] if "CidrBlock" in entry else entry["Ipv6CidrBlock"]
    yield PacketRule(
        protocol, ports["From"], ports["To"], str(origin), {"allow": True, "deny": False}[entry["RuleAction"]]
    )
