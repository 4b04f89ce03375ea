"""S3 in the shapes that AWS documents: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html"""

from collectors.readings import Absent
from tests.aws_accounts import Case

_BLOCK = 'global s3control:GetPublicAccessBlock {"AccountId": "123456789012"}'
_ALL = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}

CASES = (
    Case("s3-account-blocks-public-access", "pass", {_BLOCK: {"PublicAccessBlockConfiguration": _ALL}}),
    Case("s3-account-blocks-public-access", "fail", {_BLOCK: Absent()}),
)
