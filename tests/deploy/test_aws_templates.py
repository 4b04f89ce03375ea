"""The templates for AWS: right by cfn-lint, which knows AWS' schemas, and with exactly the rights that are declared."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import yaml

from docs.aws_role import terraform_file
from tests.aws_accounts import catalogue
from tests.daemons import ROOT

AWS = ROOT / "deploy/aws"
MODULE = ROOT / "deploy/terraform/aws-role"


def template(name: str) -> Any:
    return yaml.safe_load((AWS / name).read_text())


def test_cfn_lint_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("cfn-lint")
    command = [linter, "--non-zero-exit-code", "informational", *sorted(AWS.glob("*.yaml"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_stack_set_gives_what_the_role_asks_for() -> None:
    given = template("stackset.yaml")["Resources"]["Roles"]["Properties"]["Parameters"]
    asked = template("role.yaml")["Parameters"]
    names = {one["ParameterKey"] for one in given}
    assert names <= set(asked)
    assert {name for name, one in asked.items() if "Default" not in one} <= names


def test_the_task_scans_with_a_good_configuration(tmp_path: Path) -> None:
    resources = template("scheduled-task.yaml")["Resources"]
    (container,) = resources["Task"]["Properties"]["ContainerDefinitions"]
    (variable,) = container["Environment"]
    filled = {
        "ListingRole": "arn:aws:iam::111111111111:role/wispwatch",
        "MemberRoleName": "wispwatch",
        "ExternalId": "=1:a,b",
    }
    config = re.sub(r"\$\{(\w+)\}", lambda found: filled[found[1]], variable["Value"]["Fn::Sub"])
    (tmp_path / "wispwatch").write_text(f'#!/bin/sh\nexec {sys.executable} -m agent config check --config "$3"\n')
    (tmp_path / "wispwatch").chmod(0o755)
    (script,) = container["Command"]
    done = subprocess.run(
        [*container["EntryPoint"], script.replace("/tmp/", f"{tmp_path}/")],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), variable["Name"]: config},
        cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "The configuration is good.\n", done.stderr
    assert (tmp_path / "config.yaml").read_text() == config


def test_the_task_may_assume_roles_of_the_organization_and_nothing_else() -> None:
    resources = template("scheduled-task.yaml")["Resources"]
    (policy,) = resources["ScannerRole"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert "ManagedPolicyArns" not in resources["ScannerRole"]["Properties"]
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceOrgID": {"Ref": "OrganizationId"}}}
    assert resources["Outwards"]["Properties"].get("SecurityGroupIngress") is None


def block(kind: str, type_: str, name: str) -> Any:
    """A block of the module, as python-hcl2 reads it."""
    read = hcl2.loads((MODULE / "main.tf").read_text())
    for one in read[kind]:
        found = one.get(f'"{type_}"', one.get(type_, {}))
        if named := found.get(f'"{name}"', found.get(name)):
            return named
    raise AssertionError(f"there is no {kind} {type_} {name}")


def as_json(expression: str, **filled: str) -> Any:
    """The value of ``jsonencode(...)``, which Terraform evaluates, with these expressions filled in."""
    inside = (
        expression.strip().removeprefix("${").removesuffix("}").strip().removeprefix("jsonencode(").removesuffix(")")
    )
    for name, value in filled.items():
        inside = inside.replace(name.replace("__", "."), value)
    (value,) = hcl2.loads(f"value = {inside}\n").values()
    return plain(value)


def plain(value: Any) -> Any:
    """Without the quotes and marks that python-hcl2 leaves around what it read."""
    if isinstance(value, dict):
        return {plain(name): plain(one) for name, one in value.items() if not str(name).startswith("__")}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.strip('"') if isinstance(value, str) else value


def test_the_module_for_terraform_gives_the_same_rights() -> None:
    actions = (MODULE / "actions.tf").read_text()
    assert actions == terraform_file(catalogue())
    (listed,) = hcl2.loads(actions)["locals"]
    lists = plain(listed)
    assert block("resource", "aws_iam_role_policy", "lists")
    role = template("role.yaml")["Resources"]
    reads = as_json(block("resource", "aws_iam_policy", "reads")["policy"], local__reads=json.dumps(lists["reads"]))
    assert reads == role["Reads"]["Properties"]["PolicyDocument"] == json.loads((AWS / "iam-policy.json").read_text())
    lister = as_json(
        block("resource", "aws_iam_role_policy", "lists")["policy"], local__lists=json.dumps(lists["lists"])
    )
    theirs = role["Lists"]["Properties"]["PolicyDocument"]
    (first, entering), (their_first, their_entering) = lister["Statement"], theirs["Statement"]
    assert first == their_first
    told = entering.pop("Resource").replace("data.aws_partition.current.partition", "AWS::Partition")
    assert told.replace("var.member_role_name", "MemberRoleName") == their_entering.pop("Resource")["Fn::Sub"]
    assert entering == their_entering
    trust = as_json(
        block("resource", "aws_iam_role", "wispwatch")["assume_role_policy"],
        var__scanner_principal='"ScannerPrincipal"', var__external_id='"ExternalId"',
    )  # fmt: skip
    (statement,) = role["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Statement"] == [json.loads(re.sub(r'\{"Ref": ("\w+")\}', r"\1", json.dumps(statement)))]
