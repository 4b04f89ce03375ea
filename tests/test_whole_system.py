"""The vow, over the recording of a whole system with systemd, audit and encrypted disks, made by ``make snapshots-vm``."""

from dataclasses import replace

from checks.verdict import Status
from collectors.readings import Text, Unread
from tests.recordings import WHOLE_SYSTEM, findings
from tests.test_vow import A_FACT_WHATEVER_IT_SAYS, GARBAGE, keys, statuses


def test_a_whole_system_shows_everything_that_is_asked() -> None:
    """What the image without a kernel of its own could not show is as unforgiving of garbage."""
    whole = WHOLE_SYSTEM.load()
    assert [key for key, reading in whole.readings.items() if isinstance(reading, Unread)] == []
    before = statuses(findings(whole))
    new = {key for key, one in whole.readings.items() if isinstance(one, Text) and key not in keys(Text)}
    assert new
    for key in new - A_FACT_WHATEVER_IT_SAYS:
        for reading in (Unread("not seen"), *(Text(text) for text in GARBAGE)):
            after = statuses(findings(replace(whole, readings={**whole.readings, key: reading})))
            for check, told in after.items():
                assert told in ({"": Status.UNKNOWN}, before[check]), (key, reading, check, before[check], told)
