"""Parsers and checks never touch the world: they run here under an audit hook that notes every attempt."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = """
import json, sys
sys.path.insert(0, {path!r})
from datetime import UTC, datetime
from agent.discover import discover
from agent.evaluate import Facts, evaluate, facts_of
from collectors.collector import Fact, Platform
from collectors.readings import Absent, Text, Unread
from collectors.snapshot import Snapshot
from collectors.sources import Files, Stat
import difflib

from tests.aws_garbage import TURNS, answer, read, shape_of

found = discover()
GARBAGE = [
    "", " ", "\\n", "\\x00" * 50, "\\ud800", "a: b\\n" * 30, "a b c d e f g h i\\n" * 5, "[]", "{{}}", "{{\\"a\\": 1}}",
    "=" * 500, "-1", "9" * 400, "root:x:0:0:root:/root:/bin/sh\\n", "\\x1b[31m\\n", "<a><b/></a>", "../../etc/shadow",
    "person,course,date\\nAnn,Basics,2025-01-01\\n", "[section]\\nkey = value\\n", "key=value\\nkey: value\\n", "\\u2028\\u0130",
]
touched = []
watching = False
NOTHING_TO_DO_WITH_THE_WORLD = (
    "compile", "exec", "object.", "sys._getframe", "sys.audit", "sys.unraisablehook", "builtins.id", "code.__new__",
    "function.__new__", "marshal.", "array.__new__", "import", "gc.", "re.",
)

def hook(event, arguments):
    if watching and not event.startswith(NOTHING_TO_DO_WITH_THE_WORLD):
        touched.append([event, repr(arguments)[:200], where])

def shaped(source, garbage):
    if isinstance(source, Files):
        return json.dumps({{path.replace("*", "x"): garbage for path in source.patterns}})
    if isinstance(source, Stat):
        return "".join(f"81a4 0 0 root root 5 1700000000 {{path.replace('*', 'x')}}\\n" for path in source.patterns)
    return garbage

{extra}
hosts = [one for one in found.collectors if one.platform is not Platform.AWS]
accounts = [one for one in found.collectors if one.platform is Platform.AWS]
for one in accounts:
    for call in one.calls:
        shape_of(call)  # AWS' models are files
where = ""
sys.addaudithook(hook)
ran = 0
for turn in range(2):  # What is imported late, is imported in the first turn.
    watching = turn == 1
    for one in hosts:
        where = one.name
        for garbage in GARBAGE:
            for make in (lambda source: Text(garbage), lambda source: Text(shaped(source, garbage))):
                outcome = one.outcome({{source.key: make(source) for source in one.sources}})
                assert isinstance(outcome, Fact | tuple | Absent | Unread), (one.name, outcome)
                ran += 1
    for check in found.checks:
        where = check.id
        for example in (*check.passes, *check.fails, *check.not_applicable):
            check.judge(*example.facts, **example.settings)
            ran += 1
    for garbage in GARBAGE:
        where = "evaluate"
        for platform in Platform:
            readings = {{
                source.key: Text(shaped(source, garbage))
                for one in hosts if one.platform is platform for source in one.sources
            }}
            facts = facts_of(found, Snapshot("x", platform, datetime(2026, 1, 15, tzinfo=UTC), readings))
            raised = [
                finding.check.id
                for finding in evaluate(
                    found.checks, facts, asset="x", asset_kind="", settings={{}}, plural=found.plural_facts
                )
                if finding.raised
            ]
            assert not raised, (garbage, raised)
            ran += 1
    for kind in range(TURNS):
        where = "accounts"
        taken = Snapshot(
            "x", Platform.AWS, datetime(2026, 1, 15, tzinfo=UTC), read(accounts, lambda call: answer(call, kind))
        )
        raised = [
            finding.check.id
            for finding in evaluate(
                [check for check in found.checks if found.platform_of(check) is Platform.AWS],
                facts_of(found, taken), asset="x", asset_kind="", settings={{}}, plural=found.plural_facts
            )
            if finding.raised
        ]
        assert not raised, (kind, sorted(set(raised)))
        ran += 1
watching = False
print(json.dumps({{"ran": ran, "touched": touched}}))
"""


def watched(extra: str = "") -> dict[str, object]:
    program = WATCHED.format(path=str(Path.cwd()), extra=extra)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_no_parser_and_no_check_touches_the_world() -> None:
    told = watched()
    assert told["touched"] == []
    assert isinstance(told["ran"], int)
    assert told["ran"] > 100


@pytest.mark.parametrize(
    ("act", "event"),
    [
        ("open('/etc/passwd').close()", "open"),
        ("__import__('os').system('true')", "os.system"),
        ("__import__('os').listdir('/')", "os.listdir"),
        ("__import__('os').environ.__setitem__('x', 'y')", "os.putenv"),
        ("__import__('subprocess').run(['true'])", "subprocess.Popen"),
        ("__import__('socket').socket().close()", "socket.__new__"),
        ("__import__('socket').gethostbyname('localhost')", "socket.gethostbyname"),
    ],
)
def test_the_guard_sees_what_it_should_see(act: str, event: str) -> None:
    extra = f"""
from dataclasses import replace
one = found.collectors[0]
def parse(*texts):
    if watching and not touched:
        {act}
    return one.parse(*texts)
found = replace(found, collectors=(replace(one, parse=parse),), checks=())
"""
    touched = watched(extra)["touched"]
    assert isinstance(touched, list)
    assert event in {each[0] for each in touched}
