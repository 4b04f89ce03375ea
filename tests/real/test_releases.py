"""Debian 11, 12 and 13, installed and running, are found as their recordings are."""

import json

import pytest

from agent.gather import judge, snapshot, sources_for
from collectors.collector import Platform
from tests import hosts
from tests.recordings import RECORDED, Recorded, organization

pytestmark = pytest.mark.real


@pytest.mark.parametrize("recorded", [one for one in RECORDED if one.suite], ids=lambda one: one.name)
def test_a_fresh_host_is_found_as_its_recording_is(recorded: Recorded) -> None:
    found = hosts.catalogue()
    with hosts.tree_of(hosts.image(recorded.suite)) as tree, hosts.running(tree, recorded.name) as host:
        sources = sources_for(found, found.checks, Platform.LINUX)
        taken = snapshot(host.transport, sources, asset=recorded.name, platform=Platform.LINUX)
    scanned = judge(found, found.checks, taken, settings={}, shared=organization())
    # Its kernel is this machine's.
    told = {
        (one.check.id, one.subject): one.status.value for one in scanned.findings if not _of_the_kernel(one.check.id)
    }
    lines = [json.loads(line) for line in recorded.golden.read_text().splitlines()]
    golden = {(one["check"], one["subject"]): one["status"] for one in lines if not _of_the_kernel(one["check"])}
    assert told == golden


def _of_the_kernel(check: str) -> bool:
    return check == "no-restart-is-pending-after-an-update"
