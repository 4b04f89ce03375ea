"""Machines, disks and networks of EC2: what is worth a sentence."""

from typing import Any

import pytest

from collectors.aws.openings import ALL, EVERYTHING, Opening, PacketRule, openings
from collectors.readings import Absent, Unread
from tests.aws_accounts import NOBODY, Answers, findings, judged, recorded, statuses

ADMIN = "security-groups-open-no-admin-port-to-everybody"
DATA = "security-groups-open-no-data-port-to-everybody"
MANAGED = "ec2-instances-are-managed"
FLOWS = "vpcs-log-their-traffic"
PUBLIC = "ebs-snapshots-are-not-public"
DENIED = Unread("needs the permission")
HERE = "us-east-1"
GROUPS = f"{HERE} ec2:DescribeSecurityGroups"
USE = f"{HERE} ec2:DescribeNetworkInterfaces"
NO_USE: Answers = {USE: {"NetworkInterfaces": []}}
INSTANCES = f"{HERE} ec2:DescribeInstances"
NODES = f'{HERE} ssm:DescribeInstanceInformation {{"MaxResults": 50}}'


def tcp(first: int, last: int, origin: str, *, allow: bool = True) -> PacketRule:
    return PacketRule("tcp", first, last, origin, allow)


def entries(name: str) -> str:
    return f'{HERE} ec2:GetManagedPrefixListEntries {{"PrefixListId": "{name}"}}'


def arn(kind: str, name: str) -> str:
    return f"arn:aws:ec2:{HERE}:{NOBODY}:{kind}/{name}"


def group(name: str, *permissions: dict[str, Any]) -> dict[str, Any]:
    return {
        "GroupId": name,
        "GroupName": name,
        "OwnerId": NOBODY,
        "IpPermissions": list(permissions),
        "IpPermissionsEgress": [],
    }


def permission(port: int, *networks: str, lists: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": one} for one in networks],
        "PrefixListIds": [{"PrefixListId": one} for one in lists],
    }


def instance(name: str, state: str = "running", **fields: Any) -> dict[str, Any]:
    return {
        "InstanceId": name,
        "ImageId": "ami-1",
        "State": {"Name": state},
        "LaunchTime": "2026-01-01T00:00:00+00:00",
        "MetadataOptions": {"State": "applied", "HttpTokens": "optional", "HttpEndpoint": "enabled"},
        **fields,
    }


def instances(*several: dict[str, Any]) -> Answers:
    return {INSTANCES: {"Reservations": [{"OwnerId": NOBODY, "Instances": list(several)}]}}


# What everybody is


@pytest.mark.parametrize(
    "origins",
    [
        ["0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["0.0.0.0/1"],
        ["128.0.0.0/2", "192.0.0.0/3", "64.0.0.0/2", "10.0.0.0/8"],
        ["pl-halves"],
    ],
)
def test_at_least_half_of_all_addresses_are_everybody(origins: list[str]) -> None:
    rules = [tcp(22, 22, one) for one in origins]
    assert openings(rules, {"pl-halves": ("0.0.0.0/1", "128.0.0.0/1")}) == (Opening("tcp", 22, 22, 4),)


@pytest.mark.parametrize(
    "origins",
    [
        ["10.0.0.0/8"],
        ["0.0.0.0/2"],
        ["0.0.0.0/2", "0.0.0.0/2", "0.0.0.0/2"],
        ["2001:db8::/32"],
        ["fd00::/8"],
        ["pl-1"],
        [],
    ],
)
def test_fewer_are_not_however_often_they_are_named(origins: list[str]) -> None:
    assert openings([tcp(22, 22, one) for one in origins], {}) == ()


@pytest.mark.parametrize("origin", ["::/0", "2000::/3", "2000::/4", "::/1"])
def test_of_ipv6_only_public_addresses_count(origin: str) -> None:
    assert openings([tcp(22, 22, origin)], {}) == (Opening("tcp", 22, 22, 6),)


def test_rules_for_different_ports_add_up_where_they_overlap() -> None:
    rules = [tcp(20, 25, "0.0.0.0/2"), tcp(22, 30, "64.0.0.0/2"), tcp(443, 443, "0.0.0.0/0")]
    assert openings(rules, {}) == (Opening("tcp", 22, 25), Opening("tcp", 443, 443))


def test_neighbouring_ranges_are_one_opening() -> None:
    rules = [tcp(1, 21, "0.0.0.0/0"), tcp(22, 30, "0.0.0.0/0"), tcp(25, 65535, "0.0.0.0/0")]
    assert openings(rules, {}) == (Opening("tcp", 1, 65535),)


def test_all_protocols_are_tcp_and_udp() -> None:
    rule = PacketRule(ALL, 0, 65535, "0.0.0.0/0")
    assert openings([rule], {}) == (Opening("tcp", 0, 65535), Opening("udp", 0, 65535))


def test_the_first_rule_of_an_acl_that_fits_decides() -> None:
    deny, allow = tcp(22, 22, "0.0.0.0/0", allow=False), tcp(22, 22, "0.0.0.0/0")
    assert openings([deny, allow], {}) == ()
    assert openings([allow, deny], {}) == (Opening("tcp", 22, 22),)
    half = tcp(0, 1023, "0.0.0.0/1", allow=False)
    assert openings([half, tcp(22, 22, "0.0.0.0/2", allow=False), allow], {}) == (Opening("tcp", 22, 22),)
    assert openings([half, tcp(22, 22, "128.0.0.0/2", allow=False), allow], {}) == ()


def test_many_rules_take_no_long_time() -> None:
    rules = [tcp(port, port + 7, f"{port % 200 + 1}.0.0.0/8") for port in range(1000)]
    assert openings([*rules, tcp(22, 22, EVERYTHING[0])], {}) == (Opening("tcp", 22, 22),)


# Security groups


def test_a_prefix_list_that_cannot_be_read_blinds_only_the_ports_it_opens() -> None:
    answers: Answers = {
        **NO_USE,
        GROUPS: {
            "SecurityGroups": [
                group("sg-ssh", permission(22, lists=("pl-1",))),
                group("sg-web", permission(443, lists=("pl-1",))),
                group("sg-open", permission(22, "0.0.0.0/0", lists=("pl-1",))),
                group("sg-known", permission(22, lists=("pl-2",))),
                group("sg-gone", permission(22, lists=("pl-3",))),
            ]
        },
        entries("pl-1"): DENIED,
        entries("pl-2"): {"Entries": [{"Cidr": "198.51.100.0/24"}]},
        entries("pl-3"): Absent(),
    }
    told = statuses(judged(answers, ADMIN, DATA))
    assert told[ADMIN] == {
        arn("security-group", "sg-ssh"): "unknown",
        arn("security-group", "sg-web"): "pass",
        arn("security-group", "sg-open"): "fail",
        arn("security-group", "sg-known"): "pass",
        arn("security-group", "sg-gone"): "pass",
    }
    assert set(told[DATA].values()) == {"pass"}


def test_what_a_group_is_attached_to_is_told_and_changes_no_verdict() -> None:
    opened = group("sg-1", permission(22, "0.0.0.0/0"))
    interface = {
        "NetworkInterfaceId": "eni-1",
        "SubnetId": "subnet-1",
        "VpcId": "vpc-1",
        "Groups": [{"GroupId": "sg-1"}],
    }
    told = {}
    for name, use in {
        "unattached": {"NetworkInterfaces": []},
        "public": {"NetworkInterfaces": [interface | {"Association": {"IpOwnerId": NOBODY}}, interface]},
        "denied": DENIED,
    }.items():
        (found,) = judged({GROUPS: {"SecurityGroups": [opened]}, USE: use}, ADMIN)
        assert found.status.value == "fail"
        assert found.verdict.observed["open"] == "tcp/22"
        told[name] = found.verdict.observed["attached_to"]
    assert told == {
        "unattached": "nothing",
        "public": "2 network interfaces, 1 of them with a public address",
        "denied": "not seen",
    }


def test_a_group_whose_rules_are_not_understood_is_unknown_and_no_other() -> None:
    broken = group("sg-broken", {"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]})
    odd = group("sg-odd", permission(22, "everywhere"))
    told = statuses(judged({**NO_USE, GROUPS: {"SecurityGroups": [broken, odd, group("sg-1")]}}, ADMIN))[ADMIN]
    assert told == {
        arn("security-group", "sg-broken"): "unknown",
        arn("security-group", "sg-odd"): "unknown",
        arn("security-group", "sg-1"): "pass",
    }


def test_a_region_that_does_not_tell_its_groups_is_unknown_and_no_other() -> None:
    answers: Answers = {
        **NO_USE,
        GROUPS: DENIED,
        "eu-west-1 ec2:DescribeSecurityGroups": {"SecurityGroups": [group("sg-1")]},
        "eu-west-1 ec2:DescribeNetworkInterfaces": {"NetworkInterfaces": []},
    }
    told = statuses(judged(answers, ADMIN, regions=(HERE, "eu-west-1")))[ADMIN]
    assert told == {HERE: "unknown", f"arn:aws:ec2:eu-west-1:{NOBODY}:security-group/sg-1": "pass"}


# Flow logs


def flows(*logs: dict[str, str], owner: str = NOBODY) -> str:
    interfaces = [
        {"NetworkInterfaceId": f"eni-{number}", "SubnetId": f"subnet-{number}", "VpcId": "vpc-1", "Groups": []}
        for number in (1, 2)
    ]
    full = [{"FlowLogId": "fl-1", "FlowLogStatus": "ACTIVE", "TrafficType": "ALL", **one} for one in logs]
    answers: Answers = {
        f"{HERE} ec2:DescribeVpcs": {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": owner}]},
        f"{HERE} ec2:DescribeFlowLogs": {"FlowLogs": full},
        USE: {"NetworkInterfaces": interfaces},
    }
    (told,) = judged(answers, FLOWS)
    return str(told.status.value)


def test_logs_of_all_subnets_or_interfaces_are_as_good_as_one_of_the_network() -> None:
    assert flows({"ResourceId": "vpc-1"}) == "pass"
    assert flows({"ResourceId": "subnet-1"}) == "fail"
    assert flows({"ResourceId": "subnet-1"}, {"ResourceId": "eni-2"}) == "pass"


def test_a_log_that_is_not_delivered_or_is_of_another_network_does_not_count() -> None:
    assert (
        flows({"ResourceId": "vpc-1", "DeliverLogsStatus": "FAILED", "DeliverLogsErrorMessage": "Access error"})
        == "fail"
    )
    assert flows({"ResourceId": "vpc-2"}) == "fail"
    assert flows({"ResourceId": "vpc-1", "TrafficType": "ACCEPT", "DeliverLogsStatus": "SUCCESS"}) == "pass"


def test_the_logs_of_a_shared_network_are_its_owners_matter() -> None:
    assert flows(owner="999999999999") == "not_applicable"


# Instances


def test_only_running_instances_are_asked_after_their_patches() -> None:
    answers: Answers = {
        **instances(
            instance("i-1"),
            instance("i-2", "stopped"),
            instance("i-3", "terminated"),
            instance("i-4", Operator={"Managed": True, "Principal": "eks.amazonaws.com"}),
        ),
        NODES: {"InstanceInformationList": []},
    }
    assert statuses(judged(answers, MANAGED, "ec2-instances-require-metadata-tokens")) == {
        MANAGED: {arn("instance", "i-1"): "fail"},
        "ec2-instances-require-metadata-tokens": {arn("instance", "i-1"): "fail", arn("instance", "i-2"): "fail"},
    }


def test_patches_are_asked_for_fifty_instances_at_a_time() -> None:
    names = [f"i-{number:03}" for number in range(60)]
    several = instances(*(instance(one) for one in names))
    call = f'{HERE} ssm:DescribeInstancePatchStates {{"InstanceIds": %s, "MaxResults": 50}}'
    quoted = [f'"{one}"' for one in names]
    state = {"OperationEndTime": "2026-01-01T00:00:00+00:00", "MissingCount": 0, "FailedCount": 0}
    answers: Answers = {
        **several,
        call % f"[{', '.join(quoted[:50])}]": {"InstancePatchStates": [{"InstanceId": one, **state} for one in names]},
        call % f"[{', '.join(quoted[50:])}]": DENIED,
    }
    check = "ec2-instances-have-their-patches"
    told = statuses(judged(answers, check, ec2_instances_have_their_patches={"days": 10_000}))[check]
    assert [told[arn("instance", one)] for one in names] == ["pass"] * 50 + ["unknown"] * 10


def test_an_instance_that_the_images_do_not_name_is_unknown() -> None:
    answers: Answers = {
        **instances(instance("i-1")),
        f"{HERE} ec2:DescribeInstanceImageMetadata": {"InstanceImageMetadata": []},
    }
    (found,) = judged(answers, "ec2-instances-come-from-recent-images")
    assert found.status.value == "unknown"


def test_a_denied_listing_blinds_what_rests_on_it_and_nothing_else() -> None:
    several = {**instances(instance("i-1", KeyName="k")), NODES: DENIED}
    told = statuses(judged(several, MANAGED, "ssm-agents-are-up-to-date", "ec2-key-pairs-open-one-instance"))
    assert told == {
        MANAGED: {arn("instance", "i-1"): "unknown"},
        "ssm-agents-are-up-to-date": {HERE: "unknown"},
        "ec2-key-pairs-open-one-instance": {arn("key-pair", "k"): "pass"},
    }


# What AWS does not document


@pytest.mark.parametrize(
    ("check", "call", "answer"),
    [
        (
            "ebs-volumes-are-encrypted",
            "ec2:DescribeVolumes",
            {"Volumes": [{"VolumeId": "v", "State": "x", "Encrypted": "no"}]},
        ),
        (
            "ebs-volumes-are-encrypted",
            "ec2:DescribeVolumes",
            {"Volumes": [{"VolumeId": "vol-1", "State": "available"}]},
        ),
        (
            "machine-images-are-not-public",
            'ec2:DescribeImages {"Owners": ["self"]}',
            {"Images": [{"ImageId": "ami-1"}]},
        ),
        ("ebs-snapshots-cannot-be-made-public", "ec2:GetSnapshotBlockPublicAccessState", {"State": "half"}),
        ("new-ebs-volumes-are-encrypted", "ec2:GetEbsEncryptionByDefault", {"EbsEncryptionByDefault": "true"}),
        (
            "ec2-instances-require-metadata-tokens",
            "ec2:DescribeInstances",
            instances(instance("i-1", MetadataOptions={"HttpTokens": "sometimes", "HttpEndpoint": "enabled"}))[
                INSTANCES
            ],
        ),
        (
            "default-security-groups-are-closed",
            "ec2:DescribeSecurityGroups",
            {"SecurityGroups": [group("sg-1") | {"GroupName": "default", "IpPermissionsEgress": ""}]},
        ),
        (
            "network-acls-open-no-admin-port-to-everybody",
            "ec2:DescribeNetworkAcls",
            {
                "NetworkAcls": [
                    {
                        "NetworkAclId": "acl-1",
                        "OwnerId": NOBODY,
                        "Associations": [{}],
                        "Entries": [
                            {
                                "Egress": False,
                                "RuleNumber": 1,
                                "Protocol": "6",
                                "RuleAction": "perhaps",
                                "CidrBlock": "0.0.0.0/0",
                            }
                        ],
                    }
                ]
            },
        ),
    ],
)
def test_a_value_that_is_not_documented_is_unknown(check: str, call: str, answer: Any) -> None:
    (found,) = judged({f"{HERE} {call}": answer}, check)
    assert found.status.value == "unknown"
    assert "not understood" in found.verdict.reason


# Snapshots


@pytest.mark.parametrize(
    ("listed", "block", "status"),
    [
        ([], DENIED, "pass"),
        (["snap-1"], DENIED, "unknown"),
        (["snap-1"], {"State": "unblocked"}, "fail"),
        (None, DENIED, "unknown"),
    ],
)
def test_the_block_matters_only_to_a_snapshot_that_is_shared(listed: list[str] | None, block: Any, status: str) -> None:
    shared = {"Snapshots": [{"SnapshotId": one} for one in listed]} if listed is not None else DENIED
    answers: Answers = {
        f'{HERE} ec2:DescribeSnapshots {{"OwnerIds": ["self"]}}': {
            "Snapshots": [
                {"SnapshotId": "snap-1", "Encrypted": False, "State": "completed"},
                {"SnapshotId": "snap-2", "Encrypted": False, "State": "error"},
            ]
        },
        f'{HERE} ec2:DescribeSnapshots {{"OwnerIds": ["self"], "RestorableByUserIds": ["all"]}}': shared,
        f"{HERE} ec2:GetSnapshotBlockPublicAccessState": block,
    }
    told = statuses(findings(recorded(answers), [PUBLIC, "ebs-snapshots-are-encrypted"]))
    snapshot = f"arn:aws:ec2:{HERE}::snapshot/snap-1"
    assert told == {PUBLIC: {snapshot: status}, "ebs-snapshots-are-encrypted": {snapshot: "fail"}}
