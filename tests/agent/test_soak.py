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
    assert life.growth("descriptors") < 0.05
    assert life.growth("threads") < 0.05
    assert life.growth("rss") < 0.15
    assert life.silent < WATCHDOG
