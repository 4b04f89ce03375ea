"""Who writes down what goes through a network. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_FlowLog.html"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Item, Items, Of, Rows
from collectors.aws.ec2_firewalls import INTERFACES
from collectors.aws.fields import several
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

VPCS = Api("ec2", "DescribeVpcs", "Vpcs{VpcId OwnerId}")
FLOW_LOGS = Api(
    "ec2",
    "DescribeFlowLogs",
    "FlowLogs{FlowLogId ResourceId TrafficType FlowLogStatus DeliverLogsStatus DeliverLogsErrorMessage}",
)
_DELIVERED = {"SUCCESS": True, "FAILED": False}
_TELLS_WHAT_IS_LET_IN = {"ALL": True, "ACCEPT": True, "REJECT": False}
_HELD_BY = ("VpcId", "SubnetId", "NetworkInterfaceId")


@dataclass(frozen=True, kw_only=True)
class VpcTraffic(Resource):
    """How much of what goes through a VPC is written down: by a log of the VPC, of a subnet, or of the interface itself."""

    interfaces: int
    """Network interfaces in it; without any it carries nothing."""
    unlogged: int = 0
    """Those of them that no log covers."""
    accepted_unlogged: int = 0
    """Those of which no log tells what was let in."""
    undelivered: tuple[str, ...] = ()
    """Logs that AWS cannot deliver, and why. They do not count."""


@aws_collector(
    FLOW_LOGS,
    Rows(INTERFACES, "NetworkInterfaces", "VpcId", Of("VpcId")),
    each=Items(VPCS, "Vpcs", "arn:{partition}:ec2:{region}:{OwnerId}:vpc/{VpcId}"),
)
def vpc_traffic(vpc: Item, logs: Answer, interfaces: tuple[Answer, ...]) -> VpcTraffic | None:
    """The logs of a VPC that another account shares cannot be seen from here, and are that account's matter."""
    if vpc["OwnerId"] != vpc.at.account:
        return None
    held_by = [{one[name] for name in _HELD_BY} for one in interfaces]
    places = set().union(*held_by)
    accepted: dict[str, set[bool]] = {}
    undelivered = []
    for log in several(logs["FlowLogs"]):
        if log["ResourceId"] not in places:
            continue
        if log["FlowLogStatus"] == "ACTIVE" and _DELIVERED[log.get("DeliverLogsStatus", "SUCCESS")]:
            accepted.setdefault(log["ResourceId"], set()).add(_TELLS_WHAT_IS_LET_IN[log["TrafficType"]])
        else:
            undelivered.append(f"{log['FlowLogId']} ({log.get('DeliverLogsErrorMessage', 'failed')})")
    told = [set().union(*(accepted.get(place, ()) for place in one)) for one in held_by]
    return VpcTraffic(
        arn=vpc.arn,
        region=vpc.region,
        interfaces=len(told),
        unlogged=sum(not one for one in told),
        accepted_unlogged=sum(True not in one for one in told),
        undelivered=tuple(undelivered),
    )
