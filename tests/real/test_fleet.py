"""What only several hosts together tell: clones of an image, found by their host keys."""

from datetime import timedelta

import pytest

from agent.config import CheckSettings, Config, Target
from agent.gather import judge
from agent.plan import Selection, plan
from agent.results import Results
from agent.scanning.scan import scan, take
from collectors.readings import Unread
from collectors.scanning import Scanning
from tests import hosts
from tests.hosts import Tree

pytestmark = pytest.mark.real

CHECK = "no-other-scanned-host-has-this-hosts-keys"
SCANNED = "this-scanner-looks-at-the-host-regularly"


def scanned(*trees: Tree, check: str = CHECK) -> Results:
    targets = tuple(Target(f"host-{number}", "chroot", path=tree.root) for number, tree in enumerate(trees))
    config = Config(targets=targets, checks={check: CheckSettings(enabled=True)})
    return scan(plan(config, hosts.catalogue(), Selection(checks=(check,))), targets)


def statuses(results: Results) -> dict[str, str]:
    return {one.asset: finding.status.value for one in results.assets for finding in one.findings}


def test_clones_have_the_same_keys_until_they_are_made_anew(tree: Tree) -> None:
    with hosts.tree_of(hosts.image()) as clone, hosts.tree_of(hosts.image("trixie")) as other:
        results = scanned(tree, clone, other)
        assert statuses(results) == {"host-0": "fail", "host-1": "fail", "host-2": "pass"}
        told = results.assets[0].findings[0].verdict.observed
        assert told["hosts"] == "host-0, host-1"
        printed = tree.run("ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub").split()[1]
        assert f"ssh-ed25519 {printed}" in told["keys"]
        for key in clone.path("/etc/ssh").glob("ssh_host_*"):
            key.unlink()
        clone.run("ssh-keygen", "-A")
        assert set(statuses(scanned(tree, clone, other)).values()) == {"pass"}


def test_one_host_alone_and_one_that_was_not_seen(tree: Tree) -> None:
    assert statuses(scanned(tree)) == {"host-0": "not_applicable"}
    with hosts.tree_of(hosts.image()) as clone:
        clone.write("/etc/ssh/ssh_host_ed25519_key.pub", "no key")
        assert statuses(scanned(tree, clone)) == {"host-0": "not_applicable", "host-1": "unknown"}


def test_who_looks_at_the_host(tree: Tree) -> None:
    assert tree.status(SCANNED) == "fail"
    tree.write("/etc/systemd/system/wispwatch.service", "[Service]\nExecStart=/usr/bin/wispwatch run\n")
    assert tree.status(SCANNED) == "fail"
    wanted = "/etc/systemd/system/multi-user.target.wants"
    tree.path(wanted).mkdir(exist_ok=True)
    tree.path(f"{wanted}/wispwatch.service").symlink_to("/etc/systemd/system/wispwatch.service")
    assert tree.status(SCANNED) == "pass"


def test_a_daemon_elsewhere(tree: Tree) -> None:
    config = Config(targets=(target := Target("host", "chroot", path=tree.root),))
    chosen = plan(config, hosts.catalogue(), Selection(checks=(SCANNED,)))
    taken = take(chosen, target)
    for interval, status in ((timedelta(hours=1), "pass"), (timedelta(days=30), "fail"), (None, "fail")):
        told = judge(chosen.catalogue, chosen.checks, taken, settings={}, scanning=Scanning(interval))
        assert [one.status.value for one in told.findings] == [status]
    unseen = {key: Unread("no answer") for key in taken.readings}
    told = judge(
        chosen.catalogue, chosen.checks, type(taken)("host", taken.platform, taken.taken_at, unseen), settings={}
    )
    assert [one.status.value for one in told.findings] == ["unknown"]
