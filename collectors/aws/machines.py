"""In which regions there are machines at all."""

from dataclasses import dataclass

from collectors.api import Answer, Place, rows_of
from collectors.aws.ec2_instances import INSTANCES
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

_OVER = ("shutting-down", "terminated")


@dataclass(frozen=True, kw_only=True)
class Machines(Resource):
    """The instances of EC2 of a region, whoever looks after them."""

    count: int = 0


@aws_collector(INSTANCES)
def machines(at: Place, instances: Answer) -> Machines:
    """Those that are terminated are listed for an hour and hold nothing."""
    here = [one for one in rows_of(instances, "Reservations.Instances") if one["State"]["Name"] not in _OVER]
    return Machines(region=at.region, count=len(here))
