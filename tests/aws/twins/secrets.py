"""Secrets in every place where AWS shows them, and their references beside them; runtimes of Lambda."""

import base64
import gzip
import io
import json
import zipfile
from typing import Any

from tests.aws_accounts import Account

NIGHT = "Night-Owl9"
"""The secret in all of them."""
REFERENCE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
GOOD_SCRIPT = "#!/bin/sh\nexport DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db)\n"
BAD_SCRIPT = f"#!/bin/sh\nexport DB_PASSWORD={NIGHT}\n"
ASSUMED_BY_LAMBDA = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """A good and a bad one of each; what each check must say of which subject."""
    made = {}
    for family in (
        _instances,
        _templates,
        _configurations,
        _functions,
        _tasks,
        _builds,
        _stacks,
        _parameters,
        _documents,
    ):
        made |= family(account, region)
    return made


def _coded(script: str, packed: bool = False) -> str:
    return base64.b64encode(gzip.compress(script.encode()) if packed else script.encode()).decode()


def _instances(account: Account, region: str) -> dict[str, dict[str, str]]:
    ec2 = account.client("ec2", region)
    told = {}
    for script, status in ((GOOD_SCRIPT, "pass"), (BAD_SCRIPT, "fail")):
        (one,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, UserData=script)["Instances"]
        told[f"arn:aws:ec2:{region}:{account.number}:instance/{one['InstanceId']}"] = status
    return {"ec2-user-data-holds-no-secret": told}


def _templates(account: Account, region: str) -> dict[str, dict[str, str]]:
    ec2 = account.client("ec2", region)
    told = {}
    for name, script, status in (("good", GOOD_SCRIPT, "pass"), ("bad", BAD_SCRIPT, "fail")):
        data = {"UserData": _coded(script, packed=True)}
        made = ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=data)["LaunchTemplate"]
        told[f"arn:aws:ec2:{region}:{account.number}:launch-template/{made['LaunchTemplateId']}"] = status
    return {"ec2-launch-templates-hold-no-secret": told}


def _configurations(account: Account, region: str) -> dict[str, dict[str, str]]:
    autoscaling = account.client("autoscaling", region)
    told = {}
    for name, script, status in (("good", GOOD_SCRIPT, "pass"), ("bad", BAD_SCRIPT, "fail")):
        autoscaling.create_launch_configuration(
            LaunchConfigurationName=name, ImageId="ami-12c6146b", InstanceType="t3.micro", UserData=script
        )
        (one,) = autoscaling.describe_launch_configurations(LaunchConfigurationNames=[name])["LaunchConfigurations"]
        told[one["LaunchConfigurationARN"]] = status
    return {"autoscaling-launch-configurations-hold-no-secret": told}


def _functions(account: Account, region: str) -> dict[str, dict[str, str]]:
    iam, lambdas = account.client("iam"), account.client("lambda", region)
    role = iam.create_role(RoleName=f"runs-{region}", AssumeRolePolicyDocument=json.dumps(ASSUMED_BY_LAMBDA))["Role"][
        "Arn"
    ]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", "def handler(event, context): pass")
    told: dict[str, dict[str, str]] = {"lambda-variables-hold-no-secret": {}, "lambda-runtimes-are-supported": {}}
    for name, runtime, variables, of_variables, of_runtime in (
        (
            "good",
            "python3.13",
            {"DB_SECRET_ARN": REFERENCE, "DB_PASSWORD": f"{{{{resolve:{REFERENCE}}}}}"},
            "pass",
            "pass",
        ),
        ("bad", "python3.8", {"LOG_LEVEL": "info", "DATABASE_URL": f"postgres://app:{NIGHT}@db/shop"}, "fail", "fail"),
        ("none", "nodejs99.x", {}, "not_applicable", "unknown"),
        ("maybe", "python3.13", {"DB_SECRET": "shop-db"}, "unknown", "pass"),
    ):
        arn = lambdas.create_function(
            FunctionName=name,
            Runtime=runtime,
            Role=role,
            Handler="main.handler",
            Code={"ZipFile": archive.getvalue()},
            Environment={"Variables": variables},
        )["FunctionArn"]
        told["lambda-variables-hold-no-secret"][arn] = of_variables
        told["lambda-runtimes-are-supported"][arn] = of_runtime
    return told


def _tasks(account: Account, region: str) -> dict[str, dict[str, str]]:
    ecs = account.client("ecs", region)
    named = {
        "secrets": [{"name": "DB_PASSWORD", "valueFrom": REFERENCE}],
        "environment": [{"name": "PORT", "value": "80"}],
    }
    told = {}
    families: dict[str, tuple[list[dict[str, Any]], str]] = {
        "good": ([named], "pass"),
        "mended": ([{"environment": [{"name": "DB_PASSWORD", "value": NIGHT}]}, named], "fail pass"),
        "bad": ([{"environment": [{"name": "DB_PASSWORD", "value": NIGHT}]}], "fail"),
        "bad-command": ([{"command": ["mysqldump", f"-p{NIGHT}", "shop"]}], "fail"),
    }
    for family, (revisions, statuses) in families.items():
        for container, status in zip(revisions, statuses.split(), strict=True):
            made = ecs.register_task_definition(
                family=family, containerDefinitions=[{"name": "web", "image": "web", "memory": 64, **container}]
            )
            told[made["taskDefinition"]["taskDefinitionArn"]] = status
    return {"ecs-task-definitions-hold-no-secret": told}


def _builds(account: Account, region: str) -> dict[str, dict[str, str]]:
    codebuild = account.client("codebuild", region)
    told = {}
    for name, variable, status in (
        ("good-build", {"name": "NPM_TOKEN", "value": "/ci/npm", "type": "PARAMETER_STORE"}, "pass"),
        ("bad-build", {"name": "NPM_TOKEN", "value": f"{NIGHT}Zq8", "type": "PLAINTEXT"}, "fail"),
    ):
        arn = codebuild.create_project(
            name=name,
            source={"type": "S3", "location": "bucket/path"},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": "aws/codebuild/standard:7.0",
                "computeType": "BUILD_GENERAL1_SMALL",
                "environmentVariables": [{"name": "STAGE", "value": "prod", "type": "PLAINTEXT"}, variable],
            },
            serviceRole=f"arn:aws:iam::{account.number}:role/service-role/builds",
        )["project"]["arn"]
        told[arn] = status
    return {"codebuild-projects-hold-no-secret": told}


def _stacks(account: Account, region: str) -> dict[str, dict[str, str]]:
    cloudformation = account.client("cloudformation", region)
    told = {}
    # A parameter with NoEcho is shown by moto, unlike by AWS.
    for name, parameter, output, status in (
        ("good", "{{resolve:secretsmanager:db}}", REFERENCE, "pass"),
        ("bad-parameter", NIGHT, REFERENCE, "fail"),
        ("bad-output", "****", NIGHT, "fail"),
    ):
        template = {
            "Parameters": {"MasterPassword": {"Type": "String"}},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"DbPassword": {"Value": output}},
        }
        made = cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": "MasterPassword", "ParameterValue": parameter}],
        )
        told[made["StackId"]] = status
    return {"cloudformation-stacks-show-no-secret": told}


def _parameters(account: Account, region: str) -> dict[str, dict[str, str]]:
    ssm = account.client("ssm", region)
    told = {}
    for name, value, kind, status in (
        ("/shop/db/host", "db.example.org", "String", "pass"),
        ("/shop/db/password", NIGHT, "String", "fail"),
        ("hosts", f"https://a.example.org,https://app:{NIGHT}@b.example.org", "StringList", "fail"),
        ("/shop/db/admin-password", NIGHT, "SecureString", ""),
    ):
        ssm.put_parameter(Name=name, Value=value, Type=kind)
        if status:
            told[f"arn:aws:ssm:{region}:{account.number}:parameter/{name.removeprefix('/')}"] = status
    return {"ssm-plain-parameters-hold-no-secret": told}


def _documents(account: Account, region: str) -> dict[str, dict[str, str]]:
    ssm = account.client("ssm", region)
    told = {}
    for name, line, status in (
        ("good", "mysql -p{{ssm:/shop/db}} shop", "pass"),
        ("bad", f"mysql -p{NIGHT} shop", "fail"),
    ):
        steps = [{"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": ["cd /srv", line]}}]
        content = {"schemaVersion": "2.2", "description": "dump", "mainSteps": steps}
        ssm.create_document(Name=name, Content=json.dumps(content), DocumentType="Command", DocumentFormat="JSON")
        told[f"arn:aws:ssm:{region}:{account.number}:document/{name}"] = status
    return {"ssm-documents-hold-no-secret": told}
