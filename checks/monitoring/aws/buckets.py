"""What is written down of who asks for what in a bucket."""

from checks.check import SUPPORTING, check
from checks.verdict import LOW, Verdict, failed, passed
from collectors.aws.s3 import BucketLogging


@check(
    "17.04(4)",
    severity=LOW,
    basis=SUPPORTING,
    passes=[BucketLogging(target="logs")],
    fails=[BucketLogging()],
)
def s3_buckets_log_access(bucket_logging: BucketLogging) -> Verdict:
    """S3 writes down who asks for what in the bucket.

    Why: without a log nobody can tell who read records with personal information.
    Fix: switch on server access logging of the bucket, or data events of CloudTrail for it.
    """
    if bucket_logging.target:
        return passed(target=bucket_logging.target)
    return failed("the bucket keeps no access log")
