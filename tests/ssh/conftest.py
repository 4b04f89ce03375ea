"""A server that does what it should, and a way to it on which things can happen."""

from collections.abc import Iterator, Mapping

import pytest

from collectors.readings import Absent, Reading, Text
from tests.ssh_outcomes import ASKED
from tests.ssh_way import Way
from tests.sshd import Sshd, sshd


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with sshd("Compression no") as one:  # so that a place in what goes over the connection is a place in the answer
        yield one


@pytest.fixture(scope="module")
def honest(server: Sshd) -> Mapping[str, Reading]:
    """What the server says where nothing is wrong."""
    said = server.host().read(ASKED)
    assert [type(one) for one in said.values()] == [Text, Text, Absent, Text, Text, Text, Text, Text], said
    return said


@pytest.fixture
def way(server: Sshd) -> Iterator[Way]:
    with Way(server.port) as one:
        server.known_at(one.port)
        yield one
