from collections.abc import Iterator

import pytest

from tests import machine as machines


@pytest.fixture(scope="session")
def machine() -> Iterator[machines.Machine]:
    """A Debian 12 with systemd and an encrypted disk. It is started once: a test puts back what it changes."""
    with machines.started() as alive:
        yield alive
