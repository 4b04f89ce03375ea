"""A server that does what it should, and a way to it on which things can happen; a host with the installed script."""

from collections.abc import Iterator, Mapping

import pytest

from collectors.readings import Absent, Reading, Text
from tests.ssh_hosts import SshHost, ssh_host
from tests.ssh_installed import RULE, install
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


@pytest.fixture(scope="module")
def with_rule() -> Iterator[SshHost]:
    with ssh_host(sudoers=RULE) as made:
        yield made


@pytest.fixture
def installed_host(with_rule: SshHost) -> SshHost:
    """With the script as it must be, and the rule as it must be."""
    install(with_rule)
    with_rule.running.write("/etc/sudoers.d/test", RULE, 0o440)
    return with_rule
