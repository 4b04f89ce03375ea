"""The vow, over a recording of a real host: what could not be seen is never a pass and never a fail.

``tests/recordings.py`` tells how the recording is made.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evaluate import Finding
from checks.verdict import Status
from collectors.readings import Absent, Reading, Text, Unread
from collectors.snapshot import Snapshot
from tests import hosts
from tests.recordings import DEBIAN_12, findings

GARBAGE = (
    "\x00\x01\x7fELF\x02\udcff\udcfe" * 40,
    "<html><body>503 Service Unavailable</body></html>\n",
    "garbage\n" * 20,
)
A_FACT_WHATEVER_IT_SAYS = {
    # These programs pass over what they do not know, and then take what is built in.
    "files:/etc/login.defs /usr/etc/login.defs /usr/etc/login.defs.d/*.defs /etc/login.defs.d/*.defs",
    "files:/etc/default/useradd /usr/etc/default/useradd",
    "files:/etc/security/faillock.conf /usr/etc/security/faillock.conf",
    # libpam denies by a line that it does not know, so nobody comes in by a password through such a stack.
    "files:/etc/pam.d/* /usr/lib/pam.d/* /usr/share/pam.d/* /usr/etc/pam.d/* /etc/pam.conf",
}


@cache
def recorded() -> Snapshot:
    return DEBIAN_12.load()


def statuses(told: tuple[Finding, ...]) -> dict[str, dict[str, Status]]:
    by_check: dict[str, dict[str, Status]] = defaultdict(dict)
    for one in told:
        by_check[one.check.id][one.subject] = one.verdict.status
    return by_check


@cache
def base() -> dict[str, dict[str, Status]]:
    return statuses(findings(recorded()))


def variant(key: str, reading: Reading) -> dict[str, dict[str, Status]]:
    """What is found where one source says this instead."""
    told = findings(replace(recorded(), readings={**recorded().readings, key: reading}))
    assert not [one for one in told if one.raised]
    assert {one.check.id for one in told} == set(base())
    return statuses(told)


def changed(key: str, reading: Reading) -> Iterator[tuple[str, dict[str, Status], dict[str, Status]]]:
    """Check, and its statuses by subject before and after, wherever they differ."""
    for check, after in variant(key, reading).items():
        if after != base()[check]:
            yield check, base()[check], after


@cache
def sources_of() -> dict[str, set[str]]:
    """Check to the keys of every source that its facts are made of."""
    found = hosts.catalogue()
    return {
        check.id: {
            source.key
            for need in check.needs
            for one in found.collectors
            if one.fact is need.fact
            for source in one.sources
        }
        for check in found.checks
    }


def keys(*kinds: type[Reading]) -> list[str]:
    return sorted(key for key, reading in recorded().readings.items() if isinstance(reading, kinds))


def test_a_source_that_cannot_be_read_makes_what_needs_it_unknown_and_changes_nothing_else() -> None:
    for key in keys(Text, Absent, Unread):
        for check, _, after in changed(key, Unread("not seen")):
            assert after == {"": Status.UNKNOWN}, (key, check, after)
            assert key in sources_of()[check], (key, check)


def test_a_target_that_cannot_be_read_is_unknown_throughout() -> None:
    unseen = {key: Unread("the connection ended") for key in recorded().readings}
    told = findings(replace(recorded(), readings=unseen))
    assert {one.verdict.status for one in told} == {Status.UNKNOWN}
    assert {one.check.id for one in told} == set(base())


def test_garbage_is_not_understood() -> None:
    for key in set(keys(Text)) - A_FACT_WHATEVER_IT_SAYS:
        for text in GARBAGE:
            for check, before, after in changed(key, Text(text)):
                assert after == {"": Status.UNKNOWN}, (key, text[:20], check, before, after)


def test_garbage_in_one_file_of_several_makes_nothing_pass() -> None:
    for key in keys(Text):
        if key.startswith("files:"):
            files = json.loads(recorded().readings[key].text)  # type: ignore[union-attr]
            for path in files:
                for text in GARBAGE:
                    for check, before, after in changed(key, Text(json.dumps({**files, path: text}))):
                        better = {one for one, status in after.items() if status is Status.PASS}
                        assert better <= {one for one, status in before.items() if status is Status.PASS}, (path, check)


def test_nothing_passes_because_a_text_is_empty() -> None:
    for key in keys(Text):
        for check, before, after in changed(key, Text("")):
            for subject, status in after.items():
                assert status is not Status.PASS or before.get(subject) is Status.PASS, (key, check, subject)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_text_without_some_of_its_lines_makes_no_check_raise(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(keys(Text)))
    lines = recorded().readings[key].text.splitlines(keepends=True)  # type: ignore[union-attr]
    dropped = data.draw(st.sets(st.integers(0, max(0, len(lines) - 1)), min_size=1, max_size=4))
    left = "".join(line for number, line in enumerate(lines) if number not in dropped)
    cut = data.draw(st.integers(0, len(left)))
    variant(key, Text(left))
    variant(key, Text(left[:cut]))


def test_no_line_that_sshd_leaves_out_makes_a_check_raise() -> None:
    key = "command:sshd -T"
    said = recorded().readings[key]
    assert isinstance(said, Text)
    lines = said.text.splitlines(keepends=True)
    assert len(lines) > 80
    for number in range(len(lines)):
        variant(key, Text("".join(lines[:number] + lines[number + 1 :])))
