import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import hosts, machine_disk
from tests.time_at_work import Clock, time_at_work


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are written by the tests that read them."""
    parser.addoption("--update", action="store_true", help="write the golden findings anew")
    parser.addoption("--record", action="store_true", help="record a fresh image anew, and write the golden findings")
    parser.addoption("--vm", action="store_true", help="run the tests that start a virtual machine, too")


def pytest_configure() -> None:
    """CI skips no test. And whoever is started here can be interrupted: a shell without job control starts what it runs in
    the background deaf to SIGINT, which is inherited. An example of Hypothesis may take as long anywhere as it may in CI, by its
    own profile for that: a machine that is busy for 0.2 seconds falsifies nothing.
    """
    settings.register_profile("unhurried", settings.default, deadline=None)
    settings.load_profile("unhurried")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    why = hosts.can_run_real_hosts()
    if why and os.environ.get("CI") and not os.environ.get("WISPWATCH_SKIP_REAL"):
        raise pytest.UsageError(f"CI must run every test, but this machine {why}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked ``real`` skip, and say why, where real hosts cannot be run; those marked ``vm`` also where nobody asked."""
    why = hosts.can_run_real_hosts()
    for item in items:
        if why and item.get_closest_marker("real"):
            item.add_marker(pytest.mark.skip(reason=why))
    emulated = machine_disk.cannot_run() if config.getoption("--vm") else "starts a virtual machine: run `make test-vm`"
    for item in items:
        if emulated and item.get_closest_marker("vm"):
            item.add_marker(pytest.mark.skip(reason=emulated))


@pytest.fixture
def tree() -> Iterator[hosts.Tree]:
    """A fresh Debian 12, as a directory."""
    with hosts.tree_of(hosts.image()) as fresh:
        yield fresh


@pytest.fixture
def host(tree: hosts.Tree) -> Iterator[hosts.RunningHost]:
    """A fresh Debian 12 with its own network, processes and /proc."""
    with hosts.running(tree, "target") as alive:
        yield alive


@pytest.fixture
def trixie() -> Iterator[hosts.Tree]:
    """A fresh Debian 13, as a directory."""
    base = hosts.image("trixie")
    with hosts.tree_of(base, hosts.added(base, hosts.TRIXIE)) as fresh:
        yield fresh


@pytest.fixture
def equipped() -> Iterator[hosts.Tree]:
    """A fresh Debian 12 with what controls access: fail2ban, doas, ACLs, dropbear, one-time passwords, dconf."""
    base = hosts.image()
    with hosts.tree_of(base, hosts.added(base, hosts.ACCESS)) as fresh:
        yield fresh


@pytest.fixture
def desktop() -> Iterator[hosts.Tree]:
    """A fresh Debian 12 with lightdm and GNOME's settings, but without a session."""
    base = hosts.image()
    with hosts.tree_of(base, hosts.added(base, hosts.DESKTOP)) as fresh:
        yield fresh


@pytest.fixture
def at_work() -> Iterator[Clock]:
    """The seconds since the test began in which this process could go on."""
    with time_at_work() as clock:
        yield clock
