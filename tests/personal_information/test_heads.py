"""Numbers below heads in a text that blanks lay out."""

import pytest

from collectors.personal_information.sightings import Kind, Tier
from tests.personal_information.made_up import AREA, GROUP, SERIAL, tiers

TOGETHER = AREA + GROUP + SERIAL
SSN = Kind.SOCIAL_SECURITY_NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "ID      NAME            SSN         PHONE\n------  --------------- ----------- ------\n1       Mary Brown      {}   6175550123\n",
        "NAME       SSN       PHONE      X\nMary Brown {} 6175550123 y\n",
        "id | name | ssn | x\n---+---+---+---\n12 | Mary | {} | y\n",
        "a  Employee's social security number     OMB No. 1545-0008\n   {}\nb Employer identification number",
        "PAYER'S TIN          RECIPIENT'S TIN      x\n041234567            {}            y\n",
        "RECIPIENT'S TIN\n{}\n",
        "BORROWER'S TIN {}",
    ],
)
def test_nine_digits_below_a_head_are_medium(text: str) -> None:
    assert tiers(text.format(TOGETHER)) == {SSN: Tier.MEDIUM}


@pytest.mark.parametrize(
    "text",
    [
        "ID           SSN ON FILE                             PHONE\n{}    yes                                     6175550123\n",
        "SSN Networks Incorporated                Invoice\nItem {} of {} x\n",
        "PAYER'S TIN          x\n{}            y\n",
        "We never ask for anybody's SSN, whoever that is, by telephone or by mail\n{}  is an order\n",
        "SSN                                            x\nnone\n{}\n",
    ],
)
def test_nine_digits_elsewhere_are_nothing(text: str) -> None:
    assert tiers(text.format(*[TOGETHER] * 2)) == {}
