"""Devices that carry data to AWS and back. https://docs.aws.amazon.com/snowball/latest/api-reference/"""

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("snowball", "ListJobs", "JobListEntries{JobId JobState IsMaster}")


def _with_devices(answer: Answer) -> Iterator[Answer]:
    for one in answer["JobListEntries"]:
        if one.get("JobState") not in ("Complete", "Cancelled") and not one.get("IsMaster"):
            yield {**one, "Region": ""}


JOBS = Items(LIST, _with_devices, "arn:{partition}:snowball:{region}:{account}:job/{JobId}", region="Region")
"""Jobs with a device that holds data, or will: a main job has none but those of its parts, and AWS erases the device of one
that is complete. A region of the United States lists the jobs of all of them, and does not
tell which is whose: so a job has no region here, and counts once."""
JOB = Api(
    "snowball",
    "DescribeJob",
    "JobMetadata{JobId KmsKeyARN}",
    {"JobId": Of("JobId")},
    absent=("InvalidResourceException",),
)


@dataclass(frozen=True, kw_only=True)
class SnowJob(Resource):
    """A device with data on its way."""

    key: str = ""
    """The KMS key that protects the keys on the device; empty where AWS tells none."""


@aws_collector(JOB, each=JOBS)
def snow_job(job: Item, told: Answer) -> SnowJob:
    """Whose device it is and where it goes is not kept."""
    return SnowJob(arn=job.arn, region=job.region, key=told["JobMetadata"].get("KmsKeyARN", ""))
