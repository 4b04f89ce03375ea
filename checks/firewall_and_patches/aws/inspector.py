"""How long vulnerabilities stay that an update would end."""

from datetime import UTC, datetime, timedelta

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, passed
from collectors.aws.inspector import PAGE, FixableVulnerabilities
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 3, 1, tzinfo=UTC))
_A_WEEK_AGO = FixableVulnerabilities(first_seen=(datetime(2026, 2, 22, tzinfo=UTC),), resources=("i-1",))


@check(
    "17.04(6)",
    facet="patches",
    severity=HIGH,
    passes=[(FixableVulnerabilities(), _NOW), (_A_WEEK_AGO, _NOW)],
    fails=[given(_A_WEEK_AGO, _NOW, days=5)],
)
def known_vulnerabilities_are_patched(
    inspected_region: FixableVulnerabilities, moment: Moment, *, days: int = 30
) -> Verdict:
    """Critical and high vulnerabilities that Inspector found are gone within days of an update being there.

    Why: patches are to be "reasonably up-to-date". Vulnerabilities without an update, and those that somebody has suppressed,
    do not count.
    Fix: update the packages that Inspector names, or build and deploy images and functions anew.
    Settings:
        days: how many days after Inspector first saw it a vulnerability may stay; 30, as most rules for patching have it.
    """
    since = moment.at - timedelta(days=days)
    late = [seen for seen in inspected_region.first_seen if seen < since]
    if not late:
        return passed(younger=len(inspected_region.first_seen))
    count = f"at least {PAGE}" if len(late) >= PAGE else str(len(late))
    return failed(
        f"vulnerabilities with an update have stayed for more than {days} days",
        vulnerabilities=count,
        oldest_days=(moment.at - late[0]).days,
        among=inspected_region.resources[:5],
    )
