"""17.04(6), the half about patches: machines of EC2."""

from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.aws.ec2_instances import ImageOfInstance
from collectors.aws.ssm_nodes import InstanceManagement, InstancePatches
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 3, 10, 12, tzinfo=UTC))
_TODAY = datetime(2026, 3, 10, tzinfo=UTC)
_LONG_AGO = datetime(2025, 3, 10, tzinfo=UTC)


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[(InstancePatches(scanned_at=_TODAY), _NOW), given(InstancePatches(scanned_at=_LONG_AGO), _NOW, days=400)],
    fails=[
        (InstancePatches(scanned_at=_TODAY, missing=2), _NOW),
        (InstancePatches(scanned_at=_TODAY, failed=1), _NOW),
        (InstancePatches(scanned_at=_TODAY, awaiting_restart=1), _NOW),
        (InstancePatches(scanned_at=_TODAY, urgent=1), _NOW),
    ],
)
def ec2_instances_have_their_patches(patches: InstancePatches, moment: Moment, *, days: int = 14) -> Verdict:
    """Patch Manager has looked at a running instance of late, and every patch of its baseline is installed and in force.

    Why: the item asks for "reasonably up-to-date ... operating system security patches"; the baseline already says how many
    days a patch may wait.
    Fix: run AWS-RunPatchBaseline with `Install` on the instance and let it restart; have Quick Setup or a maintenance window
    do so every week. Of an instance that is patched otherwise, scan the system itself.
    Settings:
        days: days for which a scan by Patch Manager tells of the present; 14 is twice a week's rhythm.
    """
    if patches.scanned_at is None:
        return unknown("Patch Manager has never looked at the instance")
    observed = {
        "scanned_at": patches.scanned_at,
        "missing": patches.missing,
        "failed": patches.failed,
        "awaiting_restart": patches.awaiting_restart,
        "critical_or_security": patches.urgent,
    }
    if moment.at - patches.scanned_at > timedelta(days=days):
        return unknown(f"Patch Manager has not looked at the instance for more than {days} days", **observed)
    if patches.missing or patches.failed:
        return failed("patches that the baseline approves are not installed", **observed)
    if patches.awaiting_restart or patches.urgent:
        return failed("patches are installed and not in force, or are withheld by the baseline", **observed)
    return passed(**observed)


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[(InstanceManagement(started_at=_LONG_AGO, online=True), _NOW)],
    fails=[
        (InstanceManagement(started_at=_LONG_AGO, known=False), _NOW),
        (InstanceManagement(started_at=_LONG_AGO, heard_at=_LONG_AGO), _NOW),
        given(InstanceManagement(started_at=_TODAY), _NOW, minutes=10),
    ],
    not_applicable=[(InstanceManagement(started_at=_NOW.at - timedelta(minutes=5)), _NOW)],
)
def ec2_instances_are_managed(management: InstanceManagement, moment: Moment, *, minutes: int = 60) -> Verdict:
    """Systems Manager is in touch with a running instance, so that patches reach it and what it lacks is known.

    Why: patches stay up to date where something installs them and tells so, on every machine.
    Fix: give the instance a role with AmazonSSMManagedInstanceCore (or switch on Default Host Management), an agent, and a way
    to the endpoints of Systems Manager.
    Settings:
        minutes: minutes after its start that an instance has to report; 60 by default.
    """
    if management.online:
        return passed()
    if moment.at - management.started_at < timedelta(minutes=minutes):
        return not_applicable(f"the instance was started less than {minutes} minutes ago")
    if not management.known:
        return failed("Systems Manager does not know the instance")
    return failed("Systems Manager has lost touch with the instance", heard_at=management.heard_at or "never")


@check(
    "17.04(6)",
    facet="patches",
    severity=MEDIUM,
    passes=[
        (ImageOfInstance(image="ami-1", created_at=_TODAY, state="available"), _NOW),
        given(ImageOfInstance(image="ami-1", created_at=_LONG_AGO, state="available"), _NOW, days=365),
    ],
    fails=[
        (ImageOfInstance(image="ami-1", created_at=_LONG_AGO, state="available"), _NOW),
        (ImageOfInstance(image="ami-1", created_at=_LONG_AGO, state="deregistered"), _NOW),
    ],
)
def ec2_instances_come_from_recent_images(image: ImageOfInstance, moment: Moment, *, days: int = 180) -> Verdict:
    """A running instance was started from an image that is not older than some months.

    Why: what is started anew from an old image lacks every patch since, until something has installed them; and machines that
    nobody replaces for long tend to be those that nobody patches.
    Fix: build images regularly and replace instances by new ones. Where instances are patched in place for good,
    ec2-instances-have-their-patches tells; raise `days` then.
    Settings:
        days: days that the image may be old; 180 by default.
    """
    observed = {"image": image.image, "created_at": image.created_at or "", "state": image.state}
    if image.created_at is None:
        return unknown("AWS does not tell how old the image is", **observed)
    age = (moment.at - image.created_at).days
    return failed(f"the image is {age} days old", **observed) if age > days else passed(**observed)
