"""Whether databases refuse connections without TLS: a setting of their parameter group, each engine under its own name.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collectors.api import Answer, Api, Item, Of
from collectors.aws.rds import ALL_CLUSTERS, STANDALONE
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

_FORCED_BY = {
    "aurora": "require_secure_transport",
    "aurora-mysql": "require_secure_transport",
    "aurora-postgresql": "rds.force_ssl",
    "docdb": "tls",
    "mariadb": "require_secure_transport",
    "mysql": "require_secure_transport",
    "postgres": "rds.force_ssl",
    "sqlserver": "rds.force_ssl",
}
_ON_SINCE = {"aurora-mysql": (8, 4), "aurora-postgresql": (17,), "docdb": (), "mariadb": (11, 8), "postgres": (15,)}
"""From which version an engine forces TLS where the parameter is left as it is."""
_OFF = ("", "0", "off", "false", "disabled")
_NAMES = sorted(set(_FORCED_BY.values()))
_ONLY_THESE = [{"Name": "parameter-name", "Values": _NAMES}]


def _of_interest(answer: Any) -> Any:
    """Several hundred parameters, of which one matters: the filter is asked for, and not relied on."""
    told = [one for one in answer.get("Parameters", ()) if one.get("ParameterName") in _NAMES]
    return {**answer, "Parameters": told}


PARAMETERS = Api(
    "rds",
    "DescribeDBParameters",
    "Parameters{ParameterName ParameterValue}",
    {"DBParameterGroupName": Of("DBParameterGroupName"), "Filters": _ONLY_THESE},
    redact=_of_interest,
)
CLUSTER_PARAMETERS = Api(
    "rds",
    "DescribeDBClusterParameters",
    "Parameters{ParameterName ParameterValue}",
    {"DBClusterParameterGroupName": Of("DBClusterParameterGroup"), "Filters": _ONLY_THESE},
    redact=_of_interest,
)


@dataclass(frozen=True, kw_only=True)
class DatabaseTls(Resource):
    """Whether a database refuses connections without TLS."""

    engine: str = ""
    parameter: str = ""
    """The parameter that says so; empty where the engine has none, or always refuses."""
    forced: bool = False
    applied: bool = True
    """Whether the servers run with the parameter group as it now is, and do not wait for a restart."""


@dataclass(frozen=True, kw_only=True)
class RdsStandaloneTls(DatabaseTls):
    """Whether a database on an instance of its own refuses connections without TLS."""


@dataclass(frozen=True, kw_only=True)
class RdsClusterTls(DatabaseTls):
    """Whether a database cluster refuses connections without TLS."""


def _told(one: Item, parameters: Answer) -> Mapping[str, Any]:
    """Neptune has answered to nothing but TLS since engine 1.0.4.0, which no cluster is older than. A parameter that the group
    leaves as it is has the engine's default; one that the group does not know cannot force anything.
    """
    engine = str(one["Engine"])
    parameter = _FORCED_BY.get("sqlserver" if engine.startswith("sqlserver-") else engine, "")
    values = {row["ParameterName"]: row.get("ParameterValue") for row in parameters["Parameters"]}
    value = values.get(parameter)
    if value is None:
        version = tuple(map(int, re.findall(r"\d+", one["EngineVersion"])))
        forced = engine in _ON_SINCE and version >= _ON_SINCE[engine]
    else:
        forced = value.lower() not in _OFF
    return {
        "arn": one.arn,
        "region": one.region,
        "engine": engine,
        "parameter": parameter,
        "forced": forced or engine == "neptune",
    }


@aws_collector(PARAMETERS, each=STANDALONE)
def rds_standalone_tls(instance: Item, parameters: Answer) -> RdsStandaloneTls:
    """One call for each parameter group, whichever databases use it."""
    return RdsStandaloneTls(
        **_told(instance, parameters), applied=instance.get("ParameterApplyStatus", "in-sync") == "in-sync"
    )


@aws_collector(CLUSTER_PARAMETERS, each=ALL_CLUSTERS)
def rds_cluster_tls(cluster: Item, parameters: Answer) -> RdsClusterTls:
    """Each member tells whether it runs with the group; a cluster without servers has none to wait for."""
    members = cluster.get("DBClusterMembers") or ()
    waiting = any(one.get("DBClusterParameterGroupStatus", "in-sync") != "in-sync" for one in members)
    return RdsClusterTls(**_told(cluster, parameters), applied=not waiting)
