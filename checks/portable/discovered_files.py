"""17.04(5) at the files that a survey found to hold personal information, wherever they are."""

from dataclasses import replace
from datetime import UTC, datetime

from checks.access_control.discovered_files import says_nothing, scope
from checks.check import check, given
from checks.portable.machines import spared
from checks.verdict import CRITICAL, Verdict, failed, not_applicable, passed, unknown
from collectors.host.chassis import Chassis
from collectors.host.personal_information_files import OnVolume, PersonalInformationFiles
from collectors.host.volumes import Volumes
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 6, 1, tzinfo=UTC))
_LAPTOP, _SERVER = Chassis(10, battery=True), Chassis(23)
_FOUND = PersonalInformationFiles(
    datetime(2026, 5, 28, tzinfo=UTC),
    files=900,
    holding=3,
    incomplete=40,
    volumes={"/": OnVolume(incomplete=40), "/srv": OnVolume(3)},
)
_NONE = replace(_FOUND, holding=0, incomplete=0, volumes={})


@check(
    "17.04(5)",
    severity=CRITICAL,
    passes=[
        (_FOUND, _NOW, Volumes.of(root=True, srv=True), _LAPTOP),
        given(_FOUND, _NOW, Volumes.of(root=True, srv=True), _SERVER, everywhere=True),
    ],
    fails=[
        (_FOUND, _NOW, Volumes.of(root=True, srv=False), _LAPTOP),
        (_FOUND, _NOW, Volumes.of(root=False), _LAPTOP),
        given(_FOUND, _NOW, Volumes.of(root=False), _SERVER, everywhere=True),
    ],
    not_applicable=[
        (_FOUND, _NOW, Volumes.of(root=False), _SERVER),
        (_NONE, _NOW, Volumes.of(root=False), _LAPTOP),
    ],
)
def discovered_personal_information_lies_on_encrypted_volumes(
    found: PersonalInformationFiles,
    moment: Moment,
    volumes: Volumes,
    chassis: Chassis,
    *,
    days: int = 31,
    everywhere: bool = False,
) -> Verdict:
    """Every file on a portable computer that was found to hold personal information lies on an encrypted volume.

    Why: the item asks for encryption of all personal information that is stored on laptops or other portable devices, also of
    what lies where nobody expects it.
    Fix: `wispwatch discover PATH` names the files: move them to a volume with LUKS below it, encrypt the one they are on, or delete
    what nobody needs.
    Settings:
        days: oldest survey that says anything; a month, as the timer that comes with the packages looks every week.
        everywhere: ask it of desktops and servers too; no, since the item names laptops and other portable devices.
    """
    told = scope(found)
    if why := says_nothing(found, moment, days):
        return unknown(why, **told)
    if found.volumes is None:
        return unknown("the last survey does not tell on which volumes: survey again with this version", **told)
    encrypted = {place: volumes.holding(place).encrypted if place else None for place in found.volumes}
    holding = [place for place, on in found.volumes.items() if on.holding]
    if (verdict := spared(chassis, all(encrypted[place] for place in holding), everywhere=everywhere)) is not None:
        return verdict
    if bare := [place for place in holding if encrypted[place] is False]:
        count = sum(found.volumes[place].holding for place in bare)
        return failed(f"{count} files that likely hold personal information lie on volumes that are not encrypted",
                      volumes=bare, **told)  # fmt: skip
    if untold := [place or "what they lie on" for place in holding if encrypted[place] is None]:
        return unknown(f"it cannot be told whether {', '.join(untold[:5])} is encrypted", **told)
    open_volumes = [place for place, on in found.volumes.items() if on.incomplete and not encrypted[place]]
    if open_volumes:
        count = sum(found.volumes[place].incomplete for place in open_volumes)
        return unknown(
            f"{count} files on volumes that are not known to be encrypted could not be examined wholly", **told
        )
    if found.unseen and not all(volume.encrypted for volume in volumes.mounts.values()):
        return unknown(f"{found.unseen} folders or files could not be looked at", **told)
    if not found.holding:
        return not_applicable(f"of {found.files} files none was found to hold personal information")
    return passed(files=found.files, holding=found.holding, volumes=holding, **told)
