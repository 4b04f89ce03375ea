"""Half a minute of a life that ``make soak`` leads for twenty."""

from pathlib import Path

import pytest

from tests.soak import RELOADS, WATCHDOG, soak


@pytest.mark.alone
def test_scans_and_reloads_leave_nothing_behind(tmp_path: Path) -> None:
    life = soak(tmp_path, 30, reload_every=4)
    assert life.scans > 100
    assert life.reloads >= RELOADS
    assert life.refused >= 1
    # Not at moments of its life: on a busy machine there is always a scan under way, which has some of its own.
    assert life.at_last[0] <= life.at_first[0], "descriptors are left"
    assert life.at_last[1] <= life.at_first[1], "threads are left"
    assert life.growth("rss") < 0.15
    assert life.silent < WATCHDOG
