"""17.04(4) at the clock: what different hosts logged can be put in order."""

from checks.check import check
from checks.verdict import LOW, Verdict, failed, passed
from collectors.host.clock import Clock
from collectors.host.units import Units

_SERVICES = ("systemd-timesyncd.service", "chrony.service", "chronyd.service", "ntpsec.service", "ntp.service", "ntpd.service",
             "openntpd.service", "ntpd-rs.service", "ptp4l.service", "vmtoolsd.service", "open-vm-tools.service")  # fmt: skip


@check(
    "17.04(4)",
    severity=LOW,
    passes=[Units.of("systemd-timesyncd.service"), Units.of("chronyd.service")],
    fails=[Units.of("ssh.service"), Units(masked=frozenset({"systemd-timesyncd.service"}))],
)
def time_service_is_enabled(units: Units) -> Verdict:
    """Every boot starts a service that keeps the clock right.

    Why: logs of several hosts show what someone did only when their times agree.
    Fix: run `timedatectl set-ntp true`, or install chrony.
    """
    if unit := units.any_of(*_SERVICES):
        return passed(unit=unit)
    return failed("no boot starts a time service")


@check(
    "17.04(4)",
    severity=LOW,
    passes=[Clock(True), Clock(True, "chrony", -0.0002)],
    fails=[Clock(False), Clock(True, "chrony", 42.0)],
)
def clock_is_synchronised(clock: Clock, *, seconds: float = 1.0) -> Verdict:
    """The clock follows a time source, and is not far off.

    Why: logs of several hosts show what someone did only when their times agree.
    Fix: look at `chronyc sources` or `timedatectl timesync-status`: the servers must be reachable over UDP port 123.
    Settings:
        seconds: largest offset; events of different hosts one second apart can still be put in order.
    """
    if not clock.synchronised:
        return failed("the clock follows no time source", told_by=clock.told_by)
    if clock.offset_seconds is not None and abs(clock.offset_seconds) > seconds:
        return failed("the clock is far off", offset_seconds=clock.offset_seconds)
    return passed(told_by=clock.told_by)
