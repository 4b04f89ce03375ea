"""17.04(2)(a) at the files that a survey found to hold personal information, wherever they are."""

from datetime import UTC, datetime, timedelta

from checks.check import check
from checks.verdict import CRITICAL, Verdict, failed, not_applicable, passed, unknown
from collectors.host.personal_information_files import PersonalInformationFiles
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 6, 1, tzinfo=UTC))
_THEN = datetime(2026, 5, 28, tzinfo=UTC)
_OPEN = PersonalInformationFiles(_THEN, holding=3, open_holding=1, examples=("/srv/clients.csv",))


@check(
    "17.04(2)(a)",
    severity=CRITICAL,
    passes=[
        (PersonalInformationFiles(_THEN, files=900, holding=3, incomplete=40), _NOW),
    ],
    fails=[(_OPEN, _NOW)],
    not_applicable=[
        (PersonalInformationFiles(_THEN, files=900), _NOW),
        (PersonalInformationFiles(_THEN), _NOW),  # as of a volume that was not mounted
    ],
)
def discovered_personal_information_is_closed_to_others(
    found: PersonalInformationFiles, moment: Moment, *, days: int = 31
) -> Verdict:
    """No file that was found to hold personal information can be read by everybody on the machine.

    Why: the item leaves records with personal information to those "who need such information to perform their job duties",
    also those that lie where nobody expects them.
    Fix: `wispwatch discover PATH` names the files. Move each to where such records belong, or `chmod o-r` it; what nobody needs
    is deleted.
    Settings:
        days: oldest survey that says anything; a month, as the timer that comes with the packages looks every week.
    """
    told = {"surveyed": found.ended.isoformat(), "roots": list(found.roots), "excluded": list(found.excluded)}
    if found.ended > moment.at + timedelta(days=1):
        return unknown("the last survey is from the future: a clock is wrong", **told)
    if moment.at - found.ended > timedelta(days=days):
        return unknown(
            "the last survey for personal information is too old: run `wispwatch discover --summary`", **told
        )
    if found.open_holding:
        return failed(
            f"{found.open_holding} files that likely hold personal information can be read by everybody",
            examples=list(found.examples),
            **told,
        )
    if found.open_incomplete:
        return unknown(f"{found.open_incomplete} files that everybody can read could not be examined wholly", **told)
    if found.unseen:
        return unknown(f"{found.unseen} folders or files could not be looked at", **told)
    if not found.holding:
        return not_applicable(f"of {found.files} files none was found to hold personal information")
    return passed(files=found.files, holding=found.holding, **told)
