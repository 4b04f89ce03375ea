"""A tool that is missing, or that dies in silence, is no answer: what it would have shown is unknown."""

from collections import defaultdict

import pytest

from agent.gather import judge, snapshot, sources_for
from collectors.collector import Platform
from tests.accounts import add, authorize, key
from tests.hosts import RunningHost, catalogue

pytestmark = pytest.mark.real

MISSING = ("awk", "grep", "head", "ps", "lsblk", "nft", "sed", "ss", "ssh-keygen", "stat", "uname", "lastlog")
BROKEN = ("awk", "cat", "head", "ps", "ssh-keygen", "stat")
RULES = "table inet own { chain in { type filter hook input priority 0; policy drop; iif lo accept; }; }"


def statuses(host: RunningHost) -> dict[str, dict[str, str]]:
    found = catalogue()
    sources = sources_for(found, found.checks, Platform.LINUX)
    taken = snapshot(host.transport, sources, asset="test", platform=Platform.LINUX)
    told: dict[str, dict[str, str]] = defaultdict(dict)
    for one in judge(found, found.checks, taken, settings={}).findings:
        told[one.check.id][one.subject] = one.status.value
    return told


def test_without_a_tool_nothing_changes_but_to_unknown(host: RunningHost) -> None:
    add(host, "ann", "a-Word-to-3nter")
    add(host, "bob")
    for name in ("ann", "bob"):
        authorize(host, name, key("A"))
    host.write("/etc/crypttab", "data /dev/sda2 /root/key luks\n")
    host.write("/etc/nginx/sites-enabled/tls", "server { listen 443 ssl; ssl_protocols TLSv1 TLSv1.2; }\n")
    host.run("nft", "-f", "-", stdin=RULES)
    whole = statuses(host)
    assert whole["firewall-denies-inbound-by-default"] == {"": "pass"}
    for tool, breaks in [*((one, False) for one in MISSING), *((one, True) for one in BROKEN)]:
        places = [host.path(f"/usr/{folder}/{tool}") for folder in ("bin", "sbin")]
        asides = [(place, place.with_name(f"{tool}.aside")) for place in places if place.is_symlink() or place.exists()]
        assert asides, tool
        for place, aside in asides:
            place.rename(aside)
            if breaks:
                place.write_text("#!/bin/sh\nexit 1\n")
                place.chmod(0o755)
        without = statuses(host)
        for place, aside in asides:
            aside.replace(place)
        changed = {check: told for check, told in without.items() if told != whole[check]}
        assert all(set(told.values()) == {"unknown"} for told in changed.values()), (tool, breaks, changed)
        assert set(without) == set(whole)
