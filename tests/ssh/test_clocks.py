"""Targets whose clock is years off. What they have dated themselves is then neither a pass nor a fail; what others have dated
is judged by the scanner's clock.
"""

import time
from collections.abc import Iterator

import pytest

from agent.evaluate import Finding
from agent.gather import judge, snapshot, sources_for
from checks.verdict import Status
from collectors.collector import Platform
from collectors.snapshot import Snapshot, SnapshotError, dump, load
from tests.hosts import catalogue
from tests.sshd import Sshd, sshd

pytestmark = pytest.mark.real

DAY = 86400
DATED_BY_THE_TARGET = (
    "packages-were-updated-lately",
    "records-of-logins-are-kept",
    "accounts-with-a-password-are-in-use",
    "security-lists-are-fresh",
    "password-of-account-is-changed-in-time",
)
CHECKS = (*DATED_BY_THE_TARGET, "expired-accounts-have-no-keys", "sshd-refuses-empty-passwords")
SETTINGS = {"password-of-account-is-changed-in-time": {"longest": 365}}

# The target's own idea of the time: `date` says it, and its files have it. A password and a record of logins are of the same
# day, and an account has ended in 2020, by anybody's clock.
CHANGES = """
mkdir {folder}/usr-bin {folder}/empty
cat >{folder}/date <<'END'
#!/bin/sh
case $* in *+%s*) echo $(( $(/proc/self/root{folder}/real-date +%s) + OFF ));; *) exec {folder}/real-date "$@";; esac
END
cp /usr/bin/date {folder}/real-date
chmod 755 {folder}/date
mount --bind {folder}/date /usr/bin/date
now=$(( $({folder}/real-date +%s) + WRITTEN ))
mount -t tmpfs none /var/lib/dpkg/info
mount -t tmpfs none /var/lib/apt
mount -t tmpfs none /var/log
touch /var/log/wtmp /var/log/btmp /var/log/lastlog
chmod 660 /var/log/wtmp /var/log/btmp
printf 'ann:x:4343:4343::/home/ann:/bin/bash\nold:x:4344:4344::/home/old:/bin/bash\n' | cat /etc/passwd - >{folder}/passwd
printf 'ann:$y$j9T$abcdefgh$01234567890123456789012345678901234567890ab:%s:0:300:7:::\nold:*:19000:0:300:7::18300:\n' $(( now / 86400 )) |
  cat /etc/shadow - >{folder}/shadow
mount --bind {folder}/passwd /etc/passwd
mount --bind {folder}/shadow /etc/shadow
touch -d @$now /var/lib/dpkg/info /var/log/wtmp /var/log/btmp
"""


@pytest.fixture(params=["right", "years ahead", "years behind", "was ahead"])
def target(request: pytest.FixtureRequest) -> Iterator[tuple[str, Sshd]]:
    """A host whose clock is like that, and what was written while it was."""
    off, written = {
        "right": (0, -3600),
        "years ahead": (3000 * DAY, 3000 * DAY),
        "years behind": (-3000 * DAY, -3000 * DAY),
        "was ahead": (0, 3000 * DAY),
    }[request.param]
    with sshd(changes=CHANGES.replace("OFF", str(off)).replace("WRITTEN", str(written))) as one:
        yield request.param, one


def taken(one: Sshd) -> Snapshot:
    found = catalogue()
    checks = [check for check in found.checks if check.id in CHECKS]
    assert {check.id for check in checks} == set(CHECKS)
    return snapshot(
        one.host(30),
        sources_for(found, checks, Platform.LINUX),
        asset="web",
        platform=Platform.LINUX,
    )


def findings_of(of: Snapshot) -> list[Finding]:
    found = catalogue()
    checks = [check for check in found.checks if check.id in CHECKS]
    return list(judge(found, checks, of, settings=SETTINGS).findings)


def test_a_wrong_clock_makes_no_verdict(target: tuple[str, Sshd]) -> None:
    kind, one = target
    seen = taken(one)
    expected = {"right": 0, "years ahead": 3000 * DAY, "years behind": -3000 * DAY, "was ahead": 0}[kind]
    assert abs(seen.clock_off - expected) < 60
    assert abs(seen.taken_at.timestamp() - time.time()) < 60, "by the scanner's clock"
    assert load(dump(seen).splitlines()).clock_off == seen.clock_off
    findings = findings_of(seen)
    again = findings_of(load(dump(seen).splitlines()))
    assert [(each.subject, each.verdict) for each in again] == [(each.subject, each.verdict) for each in findings]
    told = {(each.check.id, each.subject): (each.status, each.verdict.reason) for each in findings}
    dated = {
        key: said
        for key, said in told.items()
        if key[0] in ("packages-were-updated-lately", "records-of-logins-are-kept")
        or key in {(check, "ann") for check in DATED_BY_THE_TARGET}
    }
    assert len(dated) == 4, told
    if kind == "right":
        assert {status for status, _ in dated.values()} == {Status.PASS}, dated
    else:
        assert {status for status, _ in dated.values()} == {Status.UNKNOWN}, dated
        assert all("clock is" in why for _, why in dated.values()), dated
    lists = {said[0] for key, said in told.items() if key[0] == "security-lists-are-fresh"}
    assert lists == {Status.FAIL}, "that there is no list is so at any time"
    ended = told["expired-accounts-have-no-keys", "old"]
    assert ended[0] is Status.PASS, "it has ended by the scanner's clock, whatever the target's says"
    assert told["expired-accounts-have-no-keys", "ann"][0] is Status.NOT_APPLICABLE
    assert told["sshd-refuses-empty-passwords", ""][0] is not Status.UNKNOWN


@pytest.mark.parametrize("off", ['"1"', "true", "NaN", "1e999", "[]"])
def test_a_recording_with_an_odd_clock_is_none(off: str) -> None:
    header = f'{{"schema": "wispwatch.snapshot/1", "asset": "a", "platform": "linux", "taken_at": "2026-01-01T00:00:00Z", "clock_off": {off}}}'
    with pytest.raises(SnapshotError, match="clock_off"):
        load([header])


def test_a_clock_that_is_a_little_off_is_no_matter() -> None:
    with sshd(changes=CHANGES.replace("OFF", "1800").replace("WRITTEN", "-3600")) as one:
        assert taken(one).clock_off == 0
