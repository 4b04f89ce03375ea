"""17.04(6), the half about patches: an operating system for which patches are still made."""

from datetime import UTC, date, datetime

from checks.check import check, given
from checks.firewall_and_patches.support import compiled, is_rolling, support_of
from checks.verdict import HIGH, Verdict, failed, passed, unknown
from collectors.host.os_release import OsRelease
from collectors.snapshot import Moment

_BOOKWORM = OsRelease("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
_FOCAL = OsRelease("ubuntu", "20.04", "focal")


def _on(year: int, month: int, day: int) -> Moment:
    return Moment(datetime(year, month, day, tzinfo=UTC))


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[
        (_BOOKWORM, _on(2026, 1, 1)),
        (_BOOKWORM, _on(2027, 1, 1)),
        given(_FOCAL, _on(2026, 1, 1), paid=True),
        (OsRelease("arch"), _on(2026, 1, 1)),
        (OsRelease("alpine", "3.22.1"), _on(2026, 1, 1)),
    ],
    fails=[
        (_BOOKWORM, _on(2029, 1, 1)),
        given(_BOOKWORM, _on(2027, 1, 1), long_term=False),
        (_FOCAL, _on(2026, 1, 1)),
        (OsRelease("centos", "7"), _on(2026, 1, 1)),
    ],
)
def operating_system_release_is_supported(
    system: OsRelease, moment: Moment, *, long_term: bool = True, paid: bool = False
) -> Verdict:
    """Security updates are still made for the release of the operating system.

    Why: "reasonably up-to-date" patches cannot be installed where nobody makes them any more.
    Fix: upgrade to a supported release, or take a subscription that extends its support and set `paid`.
    Settings:
        long_term: whether support by a further team that is open to everybody counts, as Debian LTS does; it fills the
            same security archive, so the default is yes.
        paid: whether support under a subscription counts (Ubuntu Pro, Debian ELTS, RHEL ELS); say yes only where the
            subscription is in use.
    """
    if not system.id:
        return unknown("the system does not say what it is (os-release)")
    name = f"{system.id} {system.version_id}".strip()
    if is_rolling(system):
        return passed(release=name, supported_until="it is a rolling release")
    support = support_of(system)
    if support is None:
        return unknown(f"no end of support is known for {name} in the table of {compiled()}", release=name)
    ends = [support.eol, support.long_term if long_term else None, support.paid if paid else None]
    until = max(end for end in ends if end)
    today: date = moment.at.astimezone(UTC).date()
    if today > until:
        return failed(f"security support of {name} ended on {until}", release=name, supported_until=until)
    return passed(release=name, supported_until=until)
