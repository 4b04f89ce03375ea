"""What moto does not know or tells otherwise, in the shapes that AWS documents, as the transport keeps them:
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Parameter.html (NoEcho, ResolvedValue),
https://docs.aws.amazon.com/lambda/latest/api/API_EnvironmentResponse.html (Error), API_FunctionConfiguration (container images),
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html (no user data),
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (secretOptions, healthCheck),
https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html (buildspec).
"""

import base64
import json
from typing import Any

from collectors.api import Api
from collectors.aws import codebuild, ec2_user_data, lambda_functions, ssm_texts, stacks, task_definitions
from collectors.kept import kept
from tests.aws_accounts import Case

NIGHT = "Night-Owl9"
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"


def answered(api: Api, raw: Any) -> Any:
    """What is left of an answer where it arrives."""
    assert api.redact is not None
    told = kept(api.redact(raw), api.mask)
    assert NIGHT not in json.dumps(told)
    return told


def _stack(**told: Any) -> dict[str, Any]:
    stack = {"StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1", "StackName": "shop", **told}
    return {"us-east-1 cloudformation:DescribeStacks": answered(stacks.STACKS, {"Stacks": [stack]})}


def _function(**told: Any) -> dict[str, Any]:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:pay"
    function = {"FunctionName": "pay", "FunctionArn": arn, "Runtime": "python3.13", "PackageType": "Zip", **told}
    return {"us-east-1 lambda:ListFunctions": answered(lambda_functions.LIST, {"Functions": [function]})}


def _instance(user_data: dict[str, str]) -> dict[str, Any]:
    asked = 'us-east-1 ec2:DescribeInstanceAttribute {"Attribute": "userData", "InstanceId": "i-1"}'
    raw = {"InstanceId": "i-1", "UserData": user_data}
    listed = {"Reservations": [{"Instances": [{"InstanceId": "i-1", "State": {"Name": "stopped"}}]}]}
    return {"us-east-1 ec2:DescribeInstances": listed, asked: answered(ec2_user_data.USER_DATA, raw)}


def _templates(*versions: tuple[int, str]) -> dict[str, Any]:
    listed = {"us-east-1 ec2:DescribeLaunchTemplates": {"LaunchTemplates": [{"LaunchTemplateId": "lt-1"}]}}
    asked = 'us-east-1 ec2:DescribeLaunchTemplateVersions {"LaunchTemplateId": "lt-1"}'
    told = [
        {"LaunchTemplateId": "lt-1", "VersionNumber": number, "LaunchTemplateData": {"UserData": _coded(script)}}
        for number, script in versions
    ]
    return {**listed, asked: answered(ec2_user_data.VERSIONS, {"LaunchTemplateVersions": told})}


def _task(**container: Any) -> dict[str, Any]:
    revision = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3"
    raw = {"taskDefinition": {"family": "web", "containerDefinitions": [{"name": "web", **container}]}}
    return {
        'us-east-1 ecs:ListTaskDefinitions {"status": "ACTIVE"}': {"taskDefinitionArns": [revision]},
        f'us-east-1 ecs:DescribeTaskDefinition {{"taskDefinition": "{revision}"}}': answered(
            task_definitions.DEFINITION, raw
        ),
    }


def _build(**project: Any) -> dict[str, Any]:
    raw = {"projects": [{"name": "web", **project}]}
    return {
        "us-east-1 codebuild:ListProjects": {"projects": ["web"]},
        'us-east-1 codebuild:BatchGetProjects {"names": ["web"]}': answered(codebuild.PROJECT.api, raw),
    }


def _document(content: str) -> dict[str, Any]:
    asked = 'us-east-1 ssm:ListDocuments {"Filters": [{"Key": "Owner", "Values": ["Self"]}], "MaxResults": 50}'
    return {
        asked: {"DocumentIdentifiers": [{"Name": "run"}]},
        'us-east-1 ssm:GetDocument {"Name": "run"}': answered(ssm_texts.DOCUMENT, {"Name": "run", "Content": content}),
    }


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


_STACKS = "cloudformation-stacks-show-no-secret"
_VARIABLES = "lambda-variables-hold-no-secret"
_TASKS = "ecs-task-definitions-hold-no-secret"
_BUILDS = "codebuild-projects-hold-no-secret"
_SECURE = f"#!/bin/sh\naws ssm get-parameter --name {ARN}\n"
_SPLUNK = {"logDriver": "splunk", "options": {"splunk-url": "https://splunk:8088"}}
_FROM = [{"name": "splunk-token", "valueFrom": ARN}]

CASES = (
    Case(_STACKS, "pass", _stack(Parameters=[{"ParameterKey": "DbPassword", "ParameterValue": "****"}])),
    Case(
        _STACKS,
        "fail",
        _stack(Parameters=[{"ParameterKey": "DbPassword", "ParameterValue": "/db/pw", "ResolvedValue": NIGHT}]),
    ),
    Case(_STACKS, "not_applicable", _stack()),
    Case(
        _STACKS,
        "pass",
        _stack(Outputs=[{"OutputKey": "EncryptionKey", "OutputValue": "0a0b0c0d-1111-2222-3333-444455556666"}]),
    ),
    Case(_STACKS, "unknown", _stack(Outputs=[{"OutputKey": "ApiKey", "OutputValue": "a1b2c3d4e5"}])),
    Case(
        _VARIABLES, "unknown", _function(Environment={"Error": {"ErrorCode": "AccessDeniedException", "Message": "x"}})
    ),
    Case(_VARIABLES, "not_applicable", _function()),
    Case(_VARIABLES, "pass", _function(Environment={"Variables": {"DB_PASSWORD": "AQICAHhQ1Z0m"}})),
    Case("lambda-runtimes-are-supported", "not_applicable", _function(Runtime=None, PackageType="Image")),
    Case("ec2-user-data-holds-no-secret", "not_applicable", _instance({})),
    Case(
        "ec2-user-data-holds-no-secret", "fail", _instance({"Value": _coded(f"password: {NIGHT}\nssh_pwauth: true\n")})
    ),
    Case("ec2-launch-templates-hold-no-secret", "fail", _templates((3, _SECURE), (1, f"export DB_PASSWORD={NIGHT}\n"))),
    Case("ec2-launch-templates-hold-no-secret", "pass", _templates((3, _SECURE), (2, _SECURE))),
    Case(_TASKS, "pass", _task(logConfiguration={**_SPLUNK, "secretOptions": _FROM}, secrets=_FROM)),
    Case(_TASKS, "fail", _task(logConfiguration={**_SPLUNK, "options": {"splunk-token": f"{NIGHT}-4d2e-0Zq8"}})),
    Case(_TASKS, "fail", _task(healthCheck={"command": ["CMD-SHELL", f"redis-cli -a {NIGHT} ping"]})),
    Case(_TASKS, "not_applicable", _task()),
    Case(
        _BUILDS, "fail", _build(source={"buildspec": f"version: 0.2\nenv:\n  variables:\n    DB_PASSWORD: {NIGHT}\n"})
    ),
    Case(_BUILDS, "pass", _build(source={"buildspec": f"env:\n  secrets-manager:\n    DB_PASSWORD: {ARN}\n"})),
    Case(_BUILDS, "not_applicable", _build(source={"type": "CODEPIPELINE"})),
    Case(
        "ssm-documents-hold-no-secret",
        "fail",
        _document(f"parameters:\n  dbPassword:\n    default: x\nenv: 'PGPASSWORD={NIGHT}'\n"),
    ),
    Case(
        "ssm-documents-hold-no-secret",
        "fail",
        _document(json.dumps({"parameters": {"dbPassword": {"type": "String", "default": NIGHT}}})),
    ),
    Case(
        "ssm-documents-hold-no-secret",
        "pass",
        _document(json.dumps({"parameters": {"dbPassword": {"type": "String", "default": "{{ssm:/shop/db}}"}}})),
    ),
)
