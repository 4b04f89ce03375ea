"""AWS Config: the record of how resources were configured. https://docs.aws.amazon.com/config/latest/APIReference/"""

from dataclasses import dataclass

from collectors.api import Answer, Api, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

RECORDERS = Api(
    "config",
    "DescribeConfigurationRecorders",
    "ConfigurationRecorders{name servicePrincipal connectorArn recordingGroup{allSupported exclusionByResourceTypes{resourceTypes}"
    " recordingStrategy{useOnly}}}",
)
STATUS = Api(
    "config",
    "DescribeConfigurationRecorderStatus",
    "ConfigurationRecordersStatus{name servicePrincipal recording lastStatus}",
)


@dataclass(frozen=True, kw_only=True)
class ConfigRecorder(Resource):
    """The configuration recorder of a region; it has one at most."""

    exists: bool = True
    recording: bool = True
    failing: bool = False
    """Whether AWS Config could not write down what it recorded last."""
    some_types: bool = False
    """Whether only the types of resources are recorded that somebody chose."""
    left_out: tuple[str, ...] = ()
    """Types of resources that are not recorded, where all others are."""


@aws_collector(RECORDERS, STATUS)
def config_recorder(at: Place, recorders: Answer, states: Answer) -> ConfigRecorder:
    """Recorders that AWS services keep for themselves are left out, and those of clouds of other makers."""
    held = [
        one
        for one in recorders["ConfigurationRecorders"]
        if not (one.get("servicePrincipal") or one.get("connectorArn"))
    ]
    if not held:
        return ConfigRecorder(region=at.region, exists=False, recording=False)
    group = held[0].get("recordingGroup", {})
    left_out = group.get("exclusionByResourceTypes", {}).get("resourceTypes") or ()
    state = next(one for one in states["ConfigurationRecordersStatus"] if one["name"] == held[0]["name"])
    return ConfigRecorder(
        region=at.region,
        recording=state["recording"],
        failing=str(state.get("lastStatus", "")).lower() == "failure",
        some_types=not group.get("allSupported", False) and not left_out,
        left_out=tuple(left_out),
    )
