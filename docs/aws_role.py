"""The least that a role needs to look at an AWS account, from the declared calls: an IAM policy, and a CloudFormation role."""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from agent.discover import Catalogue
from collectors.aws.organization import CALLS
from collectors.collector import ApiCollector

_FREE = frozenset({"sts:GetCallerIdentity"})
"""What everybody may."""
_LARGEST = 6144
"""Characters of a managed policy, blanks not counted."""


def actions(found: Catalogue) -> list[str]:
    """The permissions that all checks together need, sorted."""
    calls = [call for one in found.collectors if isinstance(one, ApiCollector) for call in one.calls]
    return sorted({action for call in calls for action in call.permissions} - _FREE)


def organization_actions() -> list[str]:
    """What the role needs besides in the account that lists the organization's accounts, to list them."""
    return sorted({action for call in CALLS for action in call.permissions})


def policy(allowed: Iterable[str]) -> dict[str, Any]:
    """An IAM policy. The calls are about whatever there is, so its resource is everything."""
    statement = {"Sid": "WispwatchReads", "Effect": "Allow", "Action": list(allowed), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def policy_file(found: Catalogue) -> str:
    """deploy/aws/iam-policy.json. ``ValueError`` where it is larger than AWS takes."""
    made = policy(actions(found))
    if len(json.dumps(made, separators=(",", ":"))) > _LARGEST:
        raise ValueError(f"the policy has more than the {_LARGEST} characters that AWS takes: make it two")
    return json.dumps(made, indent=2) + "\n"


def role_file(found: Catalogue) -> str:
    """deploy/aws/role.yaml: the role that a scanned account gives to the scanner."""
    trusted = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "ScannerPrincipal"}},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
    }
    listing = policy(organization_actions())
    listing["Statement"][0]["Sid"] = "WispwatchListsAccounts"
    members = {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${MemberRoleName}"}
    assuming = {"Sid": "WispwatchEntersAccounts", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": members}
    listing["Statement"].append(assuming)
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role that lets wispwatch read what its checks need, and nothing else.",
        "Parameters": {
            "ScannerPrincipal": {
                "Type": "String",
                "Description": "ARN of the role or user that scans, e.g. arn:aws:iam::111111111111:role/scanner",
                "AllowedPattern": "arn:aws[a-z-]*:iam::[0-9]{12}:.+",
            },
            "ExternalId": {
                "Type": "String",
                "Description": "A text that only you and your scanner know the account by: aws.external_id of its configuration",
                "MinLength": 8,
            },
            "RoleName": {"Type": "String", "Default": "wispwatch"},
            "MemberRoleName": {
                "Type": "String",
                "Default": "wispwatch",
                "Description": "What the role is called in the accounts of the organization: aws.member_role of the configuration",
            },
            "ListsAccounts": {
                "Type": "String",
                "AllowedValues": ["yes", "no"],
                "Default": "no",
                "Description": "yes in the account that lists the accounts of the organization and assumes a role in each",
            },
        },
        "Conditions": {"ListsAccounts": {"Fn::Equals": [{"Ref": "ListsAccounts"}, "yes"]}},
        "Resources": {
            "Reads": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": "What the checks of wispwatch read",
                    "PolicyDocument": policy(actions(found)),
                },
            },
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": {"Ref": "RoleName"},
                    "Description": "Read by wispwatch: 201 CMR 17.04",
                    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusted]},
                    "ManagedPolicyArns": [{"Ref": "Reads"}],
                    "MaxSessionDuration": 3600,
                },
            },
            "Lists": {
                "Type": "AWS::IAM::RolePolicy",
                "Condition": "ListsAccounts",
                "Properties": {
                    "PolicyName": "wispwatch-lists-accounts",
                    "RoleName": {"Ref": "Role"},
                    "PolicyDocument": listing,
                },
            },
        },
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    note = "# Generated by `make docs` from the declared calls; edits here are lost.\n"
    return note + yaml.dump(template, Dumper=_Plain, sort_keys=False, width=120)


def terraform_file(found: Catalogue) -> str:
    """deploy/terraform/aws-role/actions.tf: the same permissions for the Terraform module of the role."""
    lists = {"reads": actions(found), "lists": organization_actions()}
    told = [
        f"  {name} = [\n{''.join(f'    {json.dumps(one)},{chr(10)}' for one in those)}  ]\n"
        for name, those in lists.items()
    ]
    return (
        "# Generated by `make docs` from the declared calls; edits here are lost.\nlocals {\n" + "\n".join(told) + "}\n"
    )


class _Plain(yaml.SafeDumper):
    """Writes each value out, where it comes a second time too."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        del data
        return True
