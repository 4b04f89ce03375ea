"""An account to measure with: the good and bad twins of every family in each of four regions, and more of the usual resources."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.aws.families import TWINS
from tests.aws_accounts import Account, moto_server, new_account
from tests.aws_proxy import Proxy

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1")
_MAKING = ("Create", "Run", "Register", "Import", "Request", "Allocate")


@dataclass(frozen=True)
class Seeded:
    """An account with resources, behind a proxy that counts."""

    account: Account
    resources: int
    """Operations that made one; ``RunInstances`` counts once for each instance."""


@contextmanager
def server() -> Iterator[Proxy]:
    """A moto server behind a proxy."""
    with moto_server() as moto, Proxy(moto) as proxy:
        yield proxy


def seeded(proxy: Proxy, at_least: int = 0) -> Seeded:
    """A new account with all twins, and with so many resources."""
    account = new_account(proxy.address)
    proxy.forget()
    more = 0
    for region in REGIONS:
        for family in TWINS.values():
            family.make(account, region)
    while _made(proxy) + more < at_least:
        for region in REGIONS:
            more += _usual(account, region, _made(proxy))
    made = _made(proxy) + more
    proxy.forget()
    return Seeded(account, made)


def _made(proxy: Proxy) -> int:
    return sum(200 <= status < 300 and asked.operation.startswith(_MAKING) for asked, status in proxy.asked)


def _usual(account: Account, region: str, number: int) -> int:
    """About a hundred resources of the usual kinds; how many of them one call made together with another."""
    ec2, rds, s3 = (account.client(name, region) for name in ("ec2", "rds", "s3"))
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    groups = [_group(ec2, network, f"usual-{number}-{index}", index) for index in range(12)]
    image = ec2.register_image(Name=f"usual-{number}", RootDeviceName="/dev/sda1")["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=20, MaxCount=20, SubnetId=subnet, SecurityGroupIds=groups[:2])
    for index in range(6):
        volume = ec2.create_volume(AvailabilityZone=f"{region}a", Size=1, Encrypted=index % 2 == 0)["VolumeId"]
        ec2.create_snapshot(VolumeId=volume)
    role = account.client("iam").create_role(RoleName=f"usual-{region}-{number}", AssumeRolePolicyDocument=_TRUST)
    for index in range(6):
        name = f"usual-{region}-{number}-{index}"
        account.client("iam").create_user(UserName=name)
        where: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=f"{name}-{account.number}", **where)
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            MasterUsername=f"user{index}",
            MasterUserPassword="not-a-secret",
            AllocatedStorage=20,
            StorageEncrypted=index % 2 == 0,
            PubliclyAccessible=index % 3 == 0,
        )
        account.client("lambda", region).create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="a.b",
            Code={"ZipFile": _CODE},
        )
        account.client("sqs", region).create_queue(QueueName=name)
        account.client("sns", region).create_topic(Name=name)
        account.client("kms", region).create_key(Description=name)
        account.client("logs", region).create_log_group(logGroupName=name)
        account.client("secretsmanager", region).create_secret(Name=name, SecretString="nothing")
        account.client("ecr", region).create_repository(repositoryName=name)
    return 19


def _group(ec2: Any, network: str, name: str, index: int) -> str:
    made: str = ec2.create_security_group(GroupName=name, Description=name, VpcId=network)["GroupId"]
    ports = ({"FromPort": 22 + index, "ToPort": 443, "IpProtocol": "tcp"}, {"IpProtocol": "-1"})[index % 6 == 0]
    ranges = [{"CidrIp": "0.0.0.0/0" if index % 3 == 0 else "10.0.0.0/8"}]
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[{**ports, "IpRanges": ranges}])
    return made


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.py", "b = print")
    return packed.getvalue()


_CODE = _zipped()
_TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "lambda.amazonaws.com"}}]}'
)
