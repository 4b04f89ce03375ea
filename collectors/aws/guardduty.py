"""GuardDuty: where it looks, for what, and what it found. https://docs.aws.amazon.com/guardduty/latest/APIReference/"""

from dataclasses import dataclass

from collectors.api import ITEM, Answer, Api, Item, Items, Of, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

LIST = Api("guardduty", "ListDetectors", "DetectorIds")
_NAMED = "arn:{partition}:guardduty:{region}:{account}:detector/{value}"
DETECTORS = Items(LIST, "DetectorIds", _NAMED)
DETECTOR = Api(
    "guardduty",
    "GetDetector",
    "Status Features{Name Status} DataSources{MalwareProtection{ScanEc2InstanceWithFindings{EbsVolumes{Status}}}}",
    {"DetectorId": Of("value")},
    where=ITEM,
)
HIGH_FINDINGS = Api(
    "guardduty",
    "ListFindings",
    "FindingIds",
    {
        "DetectorId": Of("value"),
        "FindingCriteria": {
            "Criterion": {
                "severity": {"GreaterThanOrEqual": 7},
                "service.archived": {"Equals": ["false"]},
                "accountId": {"Equals": [Of("account")]},  # an administrator's detector also tells of its members
            }
        },
        "MaxResults": 50,
    },
    where=ITEM,
)
MALWARE, RUNTIME = "EBS_MALWARE_PROTECTION", "RUNTIME_MONITORING"
_ON = "ENABLED"


@dataclass(frozen=True, kw_only=True)
class GuardDuty(Resource):
    """Whether a region has a detector; it has one at most."""

    detector: str = ""
    """Its ARN; empty where there is none."""


@aws_collector(LIST)
def guardduty(at: Place, listed: Answer) -> GuardDuty:
    """A region in which AWS does not offer GuardDuty is left out."""
    detectors = [at.arn("guardduty", f"detector/{one}") for one in listed["DetectorIds"]]
    return GuardDuty(region=at.region, detector=detectors[0] if detectors else "")


@dataclass(frozen=True, kw_only=True)
class Detector(Resource):
    """What a detector of GuardDuty looks at."""

    on: bool = True
    features: frozenset[str] = frozenset()
    """Those that are on, as AWS names them."""
    silent: frozenset[str] = frozenset()
    """``MALWARE`` and ``RUNTIME``, where nothing is told of them."""


@aws_collector(DETECTOR, each=DETECTORS)
def detector(one: Item, told: Answer) -> Detector:
    """Before there were features, malware protection was a data source; AWS still tells both."""
    features = {feature["Name"]: feature["Status"] == _ON for feature in told.get("Features", ())}
    volumes = told.get("DataSources", {}).get("MalwareProtection", {}).get("ScanEc2InstanceWithFindings", {})
    if "EbsVolumes" in volumes:
        features[MALWARE] = features.get(MALWARE, False) or volumes["EbsVolumes"]["Status"] == _ON
    return Detector(
        arn=one.arn,
        region=one.region,
        on=told["Status"] == _ON,
        features=frozenset(name for name, on in features.items() if on),
        silent=frozenset({MALWARE, RUNTIME}) - features.keys(),
    )


@dataclass(frozen=True, kw_only=True)
class HighFindings(Resource):
    """Findings of a detector of high or critical severity that nobody has archived."""

    count: int = 0
    on: bool = True
    """Whether the detector looks for more; one that is suspended keeps those that it has."""


@aws_collector(HIGH_FINDINGS, DETECTOR, each=DETECTORS)
def high_findings(one: Item, found: Answer, told: Answer) -> HighFindings:
    """What they are about is not read."""
    return HighFindings(arn=one.arn, region=one.region, count=len(found["FindingIds"]), on=told["Status"] == _ON)
