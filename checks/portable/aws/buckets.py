"""How buckets keep what is put into them."""

from checks.check import SUPPORTING, check
from checks.verdict import MEDIUM, Verdict, failed, passed
from collectors.aws.s3 import BucketEncryption


@check(
    "17.04(5)",
    severity=MEDIUM,
    basis=SUPPORTING,
    passes=[BucketEncryption(algorithm="AES256"), BucketEncryption(algorithm="aws:kms")],
    fails=[BucketEncryption()],
)
def s3_buckets_encrypt_by_default(bucket_encryption: BucketEncryption) -> Verdict:
    """The bucket encrypts whatever is put into it.

    Why: a disk that leaves the data centre then holds nothing that can be read. Amazon S3 has done it for all new objects since
    January 2023; other stores with its interface may not.
    Fix: set default encryption of the bucket, with SSE-S3 or a key of KMS.
    """
    if bucket_encryption.algorithm:
        return passed(algorithm=bucket_encryption.algorithm)
    return failed("the bucket encrypts nothing of its own accord")
