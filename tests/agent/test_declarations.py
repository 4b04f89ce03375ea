"""What the operator declares about assets."""

import pytest

from agent.declarations import UNDECLARED, PersonalInformation, Place, bound
from collectors.host.personal_information import PLACES
from collectors.readings import Absent
from collectors.sources import Declared, File


def test_an_asset_gets_the_places_whose_pattern_it_matches() -> None:
    declared = PersonalInformation(
        (Place("/srv/clients/", "files-*", ("clients",)), Place("/home", "laptop-?"), Place("/srv/b", readers=())),
        none_on=("web-*",),
    )
    assert declared.on("files-1") == ("/srv/clients", "root,clients", "/srv/b", "root")
    assert declared.on("laptop-7") == ("/home", "-", "/srv/b", "root")


def test_none_here_is_not_nothing_said() -> None:
    declared = PersonalInformation(none_on=("web-*",))
    assert isinstance(declared.on("web-1"), Absent)
    assert declared.on("files-1") is UNDECLARED


@pytest.mark.parametrize("path", ["srv/clients", "/srv/../etc", "/srv/*", "/srv/[a]", "/srv/a\nb", "/srv/\x1b[2J", ""])
def test_a_path_that_cannot_be_asked(path: str) -> None:
    assert PersonalInformation((Place(path),)).faults()


@pytest.mark.parametrize("reader", ["", "a,b", "a\tb"])
def test_a_reader_that_is_no_name(reader: str) -> None:
    assert PersonalInformation((Place("/srv", readers=(reader,)),)).faults()


def test_what_can_be_asked() -> None:
    assert not PersonalInformation((Place("/srv/Kunden & Akten", readers=("domain users",)),)).faults()


def test_words_of_a_declaration_never_become_a_script() -> None:
    asked, readings = bound([PLACES, File("/etc/hosts")], ("/srv/$(reboot)'; reboot #", "-"))
    assert not readings
    place = asked[0]
    assert isinstance(place, Declared)
    assert place.command.words[:3] == ["sh", "-c", PLACES.script]
    assert place.command.words[3:] == ["sh", "/srv/$(reboot)'; reboot #", "-"]
    assert place.key == PLACES.key


def test_a_source_about_which_nothing_is_declared_is_unread() -> None:
    other = Declared("something else", "exit 1")
    asked, readings = bound([other, PLACES], ("/srv", "-"))
    assert [source.key for source in asked] == [PLACES.key]
    assert readings == {other.key: UNDECLARED}
