"""17.04(4) at the scanner itself: these controls are looked at regularly."""

from datetime import timedelta

from checks.check import check, given
from checks.verdict import LOW, Verdict, failed, passed
from collectors.host.schedules import Schedules
from collectors.host.units import Units
from collectors.scanning import Scanning


@check(
    "17.04(4)",
    severity=LOW,
    passes=[
        (Scanning(timedelta(hours=1)), Schedules(), Units()),
        (Scanning(), Schedules(), Units.of("wispwatch.service")),
        (Scanning(), Schedules.of(wispwatch="/etc/cron.d/wispwatch"), Units.of("cron.service")),
    ],
    fails=[
        (Scanning(), Schedules(), Units()),
        given(Scanning(timedelta(days=30)), Schedules(), Units(), days=7),
    ],
)
def this_scanner_looks_at_the_host_regularly(
    scanning: Scanning, schedules: Schedules, units: Units, *, days: int = 7
) -> Verdict:
    """The host is scanned by itself: by a daemon, here or elsewhere, or by a timer or job.

    Why: the item asks for "reasonable monitoring of systems"; a scan that somebody must remember to start is a snapshot.
    Fix: enable the service wispwatch here, or name the host among the `targets` of one that runs elsewhere.
    Settings:
        days: longest time between two scans of a daemon; a week, in which most changes are still remembered.
    """
    if scanning.interval is not None:
        told = {"every_hours": scanning.interval / timedelta(hours=1)}
        if scanning.interval <= timedelta(days=days):
            return passed(by="a daemon", **told)
        return failed("it is scanned too rarely", **told, most_days=days)
    if by := units.any_of("wispwatch.service", "wispwatch.timer") or schedules.starts(units, "wispwatch"):
        return passed(by=by)
    return failed("somebody started this scan, and nothing here starts one by itself")
