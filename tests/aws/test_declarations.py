"""What is declared of AWS' calls, held against AWS' own service models: a name that does not exist is never answered."""

import json
import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import yaml

from collectors.api import PREFIXES, Api, Of
from collectors.collector import ApiCollector
from collectors.transports.aws.clients import Clients
from docs.aws_role import actions, policy_file
from tests.aws_accounts import catalogue

ROOT = Path(__file__).parent.parent.parent
CALLS = {call.key: call for one in catalogue().collectors if isinstance(one, ApiCollector) for call in one.calls}
_session = botocore.session.Session()
READS = re.compile(r"(Get|List|Describe|BatchGet|Search|Lookup)[A-Z]\w*")
NOT_NAMED_SO = {"iam:GenerateCredentialReport"}
"""Operations that change nothing that matters, and that AWS' own read-only policies allow."""


def operation(call: Api) -> Any:
    return _session.get_service_model(call.service).operation_model(call.operation)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
class TestCall:
    def test_only_reads(self, call: Api) -> None:
        assert READS.fullmatch(call.operation)
        for action in call.permissions:
            assert READS.fullmatch(action.partition(":")[2]) or action in NOT_NAMED_SO, action

    def test_exists_and_has_the_fields_that_are_kept(self, call: Api) -> None:
        assert Clients(None, [call]).unknown(call) == ""

    def test_gives_every_parameter_that_is_needed_and_no_other(self, call: Api) -> None:
        shape = operation(call).input_shape
        known = set(shape.members) if shape is not None else set()
        needed = set(shape.required_members) if shape is not None else set()
        batched = {"InstanceIds", "Names", "names", "DomainNames", "accountIds", "LoadBalancerNames", "Filters"}
        assert set(call.parameters) <= known
        assert needed <= set(call.parameters) | batched

    def test_follows_its_pages(self, call: Api) -> None:
        clients = Clients(None, [call])
        out = operation(call).output_shape.members
        tokens = {name for name in out if re.fullmatch(r"(?i)(next)?_?(token|marker)|nextpagetoken", name)}
        assert call.first_page or clients.pagination(call) is not None or not tokens, (
            f"{tokens}: declare pages=(request, answer)"
        )

    def test_tells_absence_by_codes_that_the_operation_has(self, call: Api) -> None:
        model = operation(call)
        known = {shape.name for shape in model.error_shapes}
        known |= {shape.metadata.get("error", {}).get("code", "") for shape in model.error_shapes}
        # Services that moved from XML to JSON still answer with the code of before, as x-amzn-query-error says it.
        known |= {"AWS.SimpleQueueService.NonExistentQueue"}
        undocumented = {
            # The models of EC2 and S3, and a few of IAM's, do not list their errors.
            "ec2": True,
            "s3": True,
            "s3control": True,
        }
        assert call.service in undocumented or {*call.absent, *call.gone} <= known, (call, sorted(known))


def test_prefixes_are_those_of_real_services() -> None:
    assert {name for name in PREFIXES if name not in _session.get_available_services()} == set()


def test_the_policy_allows_each_declared_call_and_nothing_else() -> None:
    policy = json.loads((ROOT / "deploy/aws/iam-policy.json").read_text())
    asked = {action for call in CALLS.values() for action in call.permissions} - {"sts:GetCallerIdentity"}
    assert set(policy["Statement"][0]["Action"]) == asked == set(actions(catalogue()))
    assert (ROOT / "deploy/aws/iam-policy.json").read_text() == policy_file(catalogue())
    role = yaml.safe_load((ROOT / "deploy/aws/role.yaml").read_text())
    reads = role["Resources"]["Reads"]["Properties"]["PolicyDocument"]
    assert reads == policy


def test_parameters_are_taken_from_items() -> None:
    assert any(isinstance(value, Of) for call in CALLS.values() for value in call.parameters.values())


def test_only_the_role_of_members_can_be_assumed() -> None:
    role = yaml.safe_load((ROOT / "deploy/aws/role.yaml").read_text())
    lists = role["Resources"]["Lists"]["Properties"]["PolicyDocument"]["Statement"]
    entering = [one for one in lists if "sts:AssumeRole" in one["Action"]]
    assert [one["Action"] for one in entering] == [["sts:AssumeRole"]]
    assert entering[0]["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${MemberRoleName}"}
