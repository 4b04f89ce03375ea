"""Facts as gauges: the one table that says which fact feeds which series of the host.

A fact that is absent or could not be seen has no sample: a dashboard must not draw a number that nobody saw. Facts are named
and not imported, so that the exporter does not hang on any one collector; tests read every gauge from the facts that the
checks give as examples.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

Samples = Iterable[tuple[tuple[str, ...], float]]
"""Label values, and a value."""


@dataclass(frozen=True)
class HostGauge:
    """One family: the fact it is read from, and how."""

    name: str
    """Without the prefix ``wispwatch_``."""
    help: str
    fact: str
    """The name of a fact's class."""
    read: Callable[[Any], Samples]
    """From a fact to samples; nothing where the fact does not tell."""
    labels: tuple[str, ...] = ()


def _one(value: float | None) -> Samples:
    return [] if value is None else [((), value)]


GAUGES = (
    HostGauge(
        "host_firewall_enabled",
        "Whether inbound packets that no rule allows are dropped, in every family that is spoken.",
        "Firewall",
        lambda firewall: _one(firewall.enabled),
    ),
    HostGauge(
        "host_pending_security_updates",
        "Packages that a security update is published for and not installed.",
        "SecurityUpdates",
        lambda updates: _one(updates.count if updates.lists and updates.marked and not updates.unread else None),
    ),
    HostGauge(
        "host_oldest_pending_security_update_timestamp_seconds",
        "When the oldest advisory about a security update that is not installed was issued; absent where none is pending or"
        " the lists do not tell, as those of apt do not.",
        "SecurityUpdates",
        lambda updates: _one(updates.oldest_at.timestamp() if updates.oldest_at and updates.marked else None),
    ),
    HostGauge(
        "host_malware_definitions_timestamp_seconds",
        "When the newest definitions of malware were built.",
        "MalwareDefinitions",
        lambda definitions: _one(definitions.built_at.timestamp() if definitions.built_at else None),
    ),
    HostGauge(
        "host_volume_encrypted",
        "Whether a volume of this machine that is in use is encrypted; absent where it could not be told.",
        "Volumes",
        lambda volumes: [
            ((place,), volume.encrypted)
            for place, volume in volumes.mounts.items()
            if volume.encrypted is not None and not volume.elsewhere
        ],
        ("mountpoint",),
    ),
    HostGauge(
        "host_pi_files",
        "Files that the last survey found to hold personal information, likely; one may be of several kinds.",
        "PersonalInformationFiles",
        lambda found: [((kind,), count) for kind, count in found.kinds.items()],
        ("kind",),
    ),
    HostGauge(
        "host_pi_unexamined_files",
        "Files that the last survey for personal information could not examine wholly: they are not known to be free of it.",
        "PersonalInformationFiles",
        lambda found: _one(found.incomplete + found.unseen),
    ),
    HostGauge(
        "host_pi_survey_timestamp_seconds",
        "When the last survey for personal information ended.",
        "PersonalInformationFiles",
        lambda found: _one(found.ended.timestamp()),
    ),
)


def operating_system(facts: Iterable[Any]) -> tuple[str, str]:
    """Name and version of the operating system, empty where no fact tells."""
    for fact in facts:
        if type(fact).__name__ == "OsRelease":
            return str(fact.id), str(fact.version_id)
    return "", ""


def attestation_ends(facts: Iterable[Any]) -> dict[str, Any]:
    """Control to the last day of the attestation about it that ends last."""
    ends: dict[str, Any] = {}
    for fact in facts:
        if type(fact).__name__ == "Attestations":
            for one in fact.attestations:
                ends[one.control] = max(one.expires, ends.get(one.control, one.expires))
    return ends
