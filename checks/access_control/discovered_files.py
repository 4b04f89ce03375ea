"""17.04(2)(a) at the files that a survey found to hold personal information, wherever they are."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.check import check
from checks.verdict import CRITICAL, HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.collector import Whole
from collectors.host.personal_information import PersonalPlace, Way
from collectors.host.personal_information_files import PersonalInformationFiles
from collectors.snapshot import Moment

_FOLDERS = 5
_NOW = Moment(datetime(2026, 6, 1, tzinfo=UTC))
_THEN = datetime(2026, 5, 28, tzinfo=UTC)
_OPEN = PersonalInformationFiles(_THEN, holding=3, open_holding=1, examples=("/srv/clients.csv",))


def scope(found: PersonalInformationFiles) -> dict[str, Any]:
    """When and where was looked, as it is observed."""
    return {"surveyed": found.ended.isoformat(), "roots": list(found.roots), "excluded": list(found.excluded)}


def says_nothing(found: PersonalInformationFiles, moment: Moment, days: int) -> str:
    """Why a survey says nothing about today; empty where it does."""
    if found.ended > moment.at + timedelta(days=1):
        return "the last survey is from the future: a clock is wrong"
    if moment.at - found.ended > timedelta(days=days):
        return "the last survey for personal information is too old: run `wispwatch discover --summary`"
    return ""


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
    told = scope(found)
    if why := says_nothing(found, moment, days):
        return unknown(why, **told)
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


_FOUND = PersonalInformationFiles(_THEN, files=900, holding=3, folders={"/srv/clients/2026": 2, "/srv/clients": 1})
_DECLARED = Whole((PersonalPlace("/srv/clients", way=(Way("/", 0o755), Way("/srv/clients", 0o750))),))


@check(
    "17.04(2)(a)",
    severity=HIGH,
    passes=[
        (_FOUND, _NOW, _DECLARED),
        (_FOUND, _NOW, Whole((PersonalPlace("/clients", way=(Way("/", 0o755), Way("/srv", 0o750))),))),
    ],
    fails=[
        (replace(_FOUND, folders={"/srv/clients": 2, "/srv/clients-old": 1}), _NOW, _DECLARED),
        (_FOUND, _NOW, Whole(())),
        (_FOUND, _NOW, None),
    ],
    not_applicable=[
        (PersonalInformationFiles(_THEN, files=900, folders={}), _NOW, _DECLARED),
        (PersonalInformationFiles(_THEN, files=900, folders={}), _NOW, None),
    ],
)
def personal_information_lies_where_it_is_declared(
    found: PersonalInformationFiles, moment: Moment, places: Whole[PersonalPlace] | None, *, days: int = 31
) -> Verdict:
    """Every file that was found to hold personal information lies at a place that is declared to hold some.

    Why: access is restricted "to those who need such information" where somebody knows that it lies; who may read it, its
    encryption and its monitoring are checked at declared places only.
    Fix: move what `wispwatch discover` names to where such records belong, delete what nobody needs, or declare the place under
    `personal_information.places` in the configuration.
    Settings:
        days: oldest survey that says anything; a month, as the timer that comes with the packages looks every week.
    """
    told = scope(found)
    if why := says_nothing(found, moment, days):
        return unknown(why, **told)
    if found.folders is None:
        return unknown("the last survey does not tell in which folders: survey again with this version", **told)
    known = [path for place in (places.facts if places else ()) for path in (place.path, place.real)]
    stray = {folder: count for folder, count in found.folders.items() if not _is_below(folder, known)}
    if stray:
        where = "on a host that is declared to hold none" if places is None else "at no declared place"
        return failed(
            f"{sum(stray.values())} files that likely hold personal information lie {where}",
            folders=sorted(stray, key=lambda folder: (-stray[folder], folder))[:_FOLDERS],
            **told,
        )
    if found.elsewhere:
        return unknown(f"{found.elsewhere} files that hold some lie in more folders than a survey names", **told)
    if found.unseen:
        return unknown(f"{found.unseen} folders or files could not be looked at", **told)
    if found.incomplete:
        return unknown(f"{found.incomplete} files could not be examined wholly", **told)
    if not found.holding:
        return not_applicable(f"of {found.files} files none was found to hold personal information")
    return passed(files=found.files, holding=found.holding, **told)


def _is_below(folder: str, places: Iterable[str]) -> bool:
    return any(folder == place or folder.startswith(place.rstrip("/") + "/") for place in places)
