"""Instances, disks and images, good and bad."""

from tests.aws_accounts import Account


def make(account: Account, region: str) -> dict[str, dict[str, str]]:
    """Make good and bad machines, disks and images; what each check must say of which subject."""
    ec2 = account.client("ec2", region)

    def arn(kind: str, name: str, owner: str = account.number) -> str:
        return f"arn:aws:ec2:{region}:{owner}:{kind}/{name}"

    def started(key: str, **options: str) -> str:
        made = ec2.run_instances(
            ImageId="ami-12345678",
            MinCount=1,
            MaxCount=1,
            KeyName=key,
            MetadataOptions={"HttpEndpoint": "enabled"} | options,
        )
        return str(made["Instances"][0]["InstanceId"])

    good, off = started("hers", HttpTokens="required"), started("shared", HttpEndpoint="disabled")
    bad, gone = started("shared", HttpTokens="optional"), started("gone", HttpTokens="optional")
    ec2.stop_instances(InstanceIds=[bad])
    ec2.terminate_instances(InstanceIds=[gone])

    zone = f"{region}a"
    kept = ec2.create_volume(AvailabilityZone=zone, Size=1, Encrypted=True)["VolumeId"]
    clear = ec2.create_volume(AvailabilityZone=zone, Size=1)["VolumeId"]
    kept_copy = ec2.create_snapshot(VolumeId=kept)["SnapshotId"]
    clear_copy = ec2.create_snapshot(VolumeId=clear)["SnapshotId"]
    ec2.enable_ebs_encryption_by_default()

    own, public = (ec2.create_image(InstanceId=good, Name=f"{kind}-image")["ImageId"] for kind in ("own", "public"))
    ec2.modify_image_attribute(ImageId=own, LaunchPermission={"Add": [{"UserId": "123456789012"}]})
    ec2.modify_image_attribute(ImageId=public, LaunchPermission={"Add": [{"Group": "all"}]})
    return {
        "ec2-instances-require-metadata-tokens": {
            arn("instance", good): "pass",
            arn("instance", off): "pass",
            arn("instance", bad): "fail",
        },
        "ec2-key-pairs-open-one-instance": {arn("key-pair", "hers"): "pass", arn("key-pair", "shared"): "fail"},
        "ebs-volumes-are-encrypted": {arn("volume", kept): "pass", arn("volume", clear): "fail"},
        "ebs-snapshots-are-encrypted": {
            arn("snapshot", kept_copy, owner=""): "pass",
            arn("snapshot", clear_copy, owner=""): "fail",
        },
        "new-ebs-volumes-are-encrypted": {region: "pass"},
        "machine-images-are-not-public": {arn("image", own, owner=""): "pass", arn("image", public, owner=""): "fail"},
    }
