"""What a survey tells of folders and volumes, and what the checks make of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.discovery import inventory as inventories
from agent.discovery.inventory import Inventory
from agent.discovery.survey import Survey
from checks.access_control.discovered_files import personal_information_lies_where_it_is_declared
from checks.portable.discovered_files import discovered_personal_information_lies_on_encrypted_volumes
from checks.verdict import Status, Verdict
from collectors.collector import Whole
from collectors.host.chassis import Chassis
from collectors.host.personal_information import PersonalPlace, Way
from collectors.host.personal_information_files import OnVolume, PersonalInformationFiles, personal_information_files
from collectors.host.volumes import Volume, Volumes
from collectors.personal_information.mounts import mounted
from collectors.snapshot import Moment
from tests.discovery.offices import office

LAPTOP = Chassis(10, battery=True)


def surveyed(*roots: Path) -> PersonalInformationFiles:
    """What a scan understands of the summary of a survey."""
    survey, inventory, mounts = Survey(roots), Inventory(), mounted()
    for looked in survey.run():
        mount = mounts.of(looked.path)
        assert mount is not None
        inventory.take(looked, mount.place)
    found = personal_information_files.parse(json.dumps(inventory.summary(survey, "here")))
    assert isinstance(found, PersonalInformationFiles)
    return found


def declared(found: PersonalInformationFiles, *places: Path) -> Verdict:
    """What comes of declaring these places."""
    facts = (PersonalPlace(str(place), way=(Way("/", 0o755), Way(str(place), 0o750))) for place in places)
    now = Moment(datetime.now(UTC))
    verdict = personal_information_lies_where_it_is_declared.judge(found, now, Whole(tuple(facts)))
    assert isinstance(verdict, Verdict)
    return verdict


def test_files_outside_of_declared_places_are_found_by_their_folders(tmp_path: Path) -> None:
    files = office(tmp_path / "office")
    (files / "logo.png").unlink()
    (files / "old clients").mkdir()
    (files / "clients/list.csv").rename(files / "old clients/list.csv")
    found = surveyed(files)
    assert found.folders == {str(files / "clients"): 2, str(files / "old clients"): 1}
    verdict = declared(found, files / "clients")
    assert verdict.status is Status.FAIL
    assert verdict.observed["folders"] == str(files / "old clients")
    assert declared(found).reason == "3 files that likely hold personal information lie at no declared place"
    assert declared(found, files).status is Status.PASS
    assert declared(found, files / "clients", files / "old clients").status is Status.PASS
    assert declared(found, files / "old").status is Status.FAIL


def test_what_was_not_seen_is_no_pass(tmp_path: Path) -> None:
    files = office(tmp_path / "office")
    found = surveyed(files)
    assert declared(found, files).reason == "1 files could not be examined wholly"
    assert declared(replace(found, incomplete=0, unseen=2), files).status is Status.UNKNOWN
    assert declared(replace(found, incomplete=0, elsewhere=1), files).status is Status.UNKNOWN
    assert declared(replace(found, incomplete=0, folders=None), files).status is Status.UNKNOWN
    assert declared(found).status is Status.FAIL, "what was seen is a failure, whatever else was not"


def test_folders_are_named_as_far_as_a_summary_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        office(tmp_path / f"office {number}")
    monkeypatch.setattr(inventories, "_FOLDERS", 2)
    found = surveyed(tmp_path)
    assert found.folders is not None
    assert (len(found.folders), found.elsewhere) == (2, 9)
    assert declared(found, tmp_path).reason == "9 files that hold some lie in more folders than a survey names"
    monkeypatch.setattr(inventories, "_CHARACTERS", len(str(tmp_path)))
    assert surveyed(tmp_path).elsewhere == 15


def test_a_name_that_is_no_text_is_told_as_one(tmp_path: Path) -> None:
    office(tmp_path / "caf\udce9")
    assert surveyed(tmp_path).folders == {f"{tmp_path}/caf\\xe9/clients": 3}


def test_the_volumes_of_files_are_asked_whether_they_are_encrypted(tmp_path: Path) -> None:
    found = surveyed(office(tmp_path / "office"))
    assert found.volumes is not None
    ((place, on),) = found.volumes.items()
    assert on == OnVolume(holding=3, incomplete=1)
    now = Moment(datetime.now(UTC))
    for encrypted, status in ((True, Status.PASS), (False, Status.FAIL), (None, Status.UNKNOWN)):
        volumes = Volumes({place: Volume(place, encrypted, "/dev/sda2")})
        verdict = discovered_personal_information_lies_on_encrypted_volumes.judge(found, now, volumes, LAPTOP)
        assert verdict.status is status


def on_volumes(*, unseen: int = 0, **volumes: tuple[int, int]) -> PersonalInformationFiles:
    told = {f"/{name}": OnVolume(*counts) for name, counts in volumes.items()}
    holding, incomplete = (sum(counts[at] for counts in volumes.values()) for at in (0, 1))
    return PersonalInformationFiles(
        datetime.now(UTC), holding=holding, incomplete=incomplete, unseen=unseen, volumes=told
    )


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (on_volumes(srv=(1, 0), home=(0, 5)), Status.UNKNOWN),
        (on_volumes(srv=(1, 5)), Status.PASS),
        (on_volumes(srv=(1, 0), unseen=1), Status.UNKNOWN),
        (on_volumes(home=(0, 5)), Status.UNKNOWN),
        (on_volumes(home=(1, 0), gone=(1, 0)), Status.FAIL),
        (on_volumes(srv=(1, 0), gone=(1, 0)), Status.UNKNOWN),
        (replace(on_volumes(srv=(1, 0)), volumes=None), Status.UNKNOWN),
        (on_volumes(), Status.NOT_APPLICABLE),
    ],
)
def test_what_lies_on_a_volume_that_is_not_encrypted_must_have_been_seen(
    found: PersonalInformationFiles, status: Status
) -> None:
    volumes = Volumes({**Volumes.of(srv=True, home=False).mounts, "/gone": Volume("/gone", None, why="it is gone")})
    judge = discovered_personal_information_lies_on_encrypted_volumes.judge
    assert judge(found, Moment(datetime.now(UTC)), volumes, LAPTOP).status is status
