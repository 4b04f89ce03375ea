"""The catalogue agrees with itself, and the checks with it."""

import pytest

from checks import catalog
from checks.catalog import CatalogError, Control, Reach, controls, frameworks, leaves
from tests.hosts import catalogue

LEAVES = list(leaves(frozenset(frameworks())))
HALVES = [
    pytest.param(control, facet, id=f"{control.id}{' ' if facet else ''}{facet}")
    for control in LEAVES
    for facet in control.facets or ("",)
]


def test_every_item_of_the_law_is_there() -> None:
    assert {one.id for one in LEAVES if one.framework == "201-cmr-17.04"} == {
        *(f"17.04(1)({letter})" for letter in "abcde"),
        *(f"17.04(2)({letter})" for letter in "ab"),
        *(f"17.04({number})" for number in range(3, 9)),
    }
    assert {one.id for one in LEAVES if one.framework == "201-cmr-17.03"} == {
        f"17.03(2)({one})" for one in "abcdefghij"
    }
    assert len(LEAVES) + sum(one.heading for one in controls().values()) == len(controls())


def test_every_citation_is_an_item_with_its_half() -> None:
    for check in catalogue().checks:
        for cited in check.controls:
            assert cited in controls(), check.id
            assert not controls()[cited].heading, check.id
            assert check.facet in (controls()[cited].facets or ("",)), check.id


@pytest.mark.parametrize(("control", "facet"), HALVES)
def test_every_item_is_checked(control: Control, facet: str) -> None:
    """Two checks at least of what a machine can see; one where all that it can see is an attestation."""
    ids = {control.id, control.counts}
    checks = [one.id for one in catalogue().checks if one.facet == facet and ids.intersection(one.controls)]
    only_stated = control.unseen.startswith("everything but the attestation")
    assert len(checks) >= (1 if only_stated else 2), checks


@pytest.mark.parametrize("control", LEAVES, ids=lambda control: control.id)
def test_what_a_machine_cannot_see_of_an_item_is_said(control: Control) -> None:
    assert control.text
    assert control.title
    assert (control.reach is Reach.FULL) == (not control.unseen)
    assert not control.counts or control.counts in controls()


def test_stricter_thresholds_are_settings_that_exist() -> None:
    known = {check.id: {setting.name: setting.kind for setting in check.settings} for check in catalogue().checks}
    for control in LEAVES:
        for check, setting, value in control.settings:
            assert isinstance(value, known[check][setting]), (control.id, check, setting)


ITEM = 'id = "x"\ntitle = "x"\nsource = "x"\ndefault = true\n[controls."1"]\ntitle = "x"\ntext = "x"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'{ITEM}reach = "full"\nunseen = "much"', "cannot be reached in full"),
        (f'{ITEM}reach = "partial"', "must say what a machine cannot see"),
        (f'{ITEM}reach = "none"', "must say what a machine cannot see"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(text: str, told: str) -> None:
    with pytest.raises(CatalogError, match=told):
        catalog._framework(text, "x.toml")
