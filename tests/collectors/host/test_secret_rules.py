import os
import re
import subprocess
from pathlib import Path

import pytest

from collectors.host.secret_rules import by_folder, kinds, known_awk, needed_kinds, rule_ids, table, text_awk
from tests.hosts import need

SAMPLE = Path(__file__).parent.parent.parent / "secret_lines.txt"
AWKS = ["mawk", "gawk", "original-awk", "busybox awk"]


def sample() -> list[tuple[str, str, str]]:
    """Our label, what detect-secrets said, and the line."""
    text = SAMPLE.read_text().replace("¦", "")
    rows = [line.split("\t", 2) for line in text.splitlines() if not line.startswith("#")]
    assert len(rows) > 150
    return [(label, theirs, line) for label, theirs, line in rows]


def verdicts(lines: list[str], awk: str = "awk") -> list[str]:
    """The rule that fits each line, or nothing."""
    program = text_awk() + '{ print NR "\\t" text($0) }'
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
    text = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        [*awk.split(), program], input=text, capture_output=True, text=True, check=True, env=environment
    )
    return [line.split("\t")[1] for line in done.stdout.splitlines()]


@pytest.mark.real
@pytest.mark.parametrize("awk", AWKS)
def test_every_awk_finds_each_secret_and_nothing_else(awk: str) -> None:
    need("mawk", "gawk", "original-awk", "busybox")
    rows = sample()
    wrong = [
        (label, rule, line)
        for (label, _, line), rule in zip(rows, verdicts([row[2] for row in rows], awk), strict=True)
        if (label == "secret") != bool(rule)
    ]
    assert not wrong


def test_beside_detect_secrets() -> None:
    """What decision 011 says of it: it finds few of these lines, and none of them that we do not."""
    rows = sample()
    ours = verdicts([row[2] for row in rows])
    theirs = [found == "found" for _, found, _ in rows]
    real = [label == "secret" for label, _, _ in rows]
    assert sum(real) > 70
    assert sum(t and r for t, r in zip(theirs, real, strict=True)) < 15
    assert all(bool(o) for o, t, r in zip(ours, theirs, real, strict=True) if t and r)


def test_every_rule_has_a_line_that_it_fits() -> None:
    found = set(verdicts([line for _, _, line in sample()]))
    assert found - {""} == {rule["id"] for rule in table()["text"]}


def test_the_program_does_not_find_itself() -> None:
    program = text_awk() + known_awk()
    assert set(verdicts(program.splitlines())) == {""}
    assert set(verdicts([program.replace("\n", " ")])) == {""}


def test_the_table() -> None:
    ids = [one["id"] for one in (*table()["text"], *table()["file"])]
    assert len(ids) == len(set(ids)) == len(rule_ids())
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", one) for one in ids)
    assert {rule["group"] for rule in table()["text"]} == set(table()["groups"])
    assert set(needed_kinds()) < set(kinds())
    text = {"id", "group", "hint", "before", "value", "after", "least", "word", "unless", "program"}
    file = {
        "id",
        "what",
        "places",
        "format",
        "keys",
        "blank",
        "first",
        "field",
        "separator",
        "before",
        "value",
        "after",
        "needed",
    }
    for one in table()["text"]:
        assert set(one) <= text
        for name in ("hint", "program", "before", "value", "after", "unless"):
            # No braces to count with, which older mawk takes for themselves, and no backslash.
            assert not re.search(r"\{[0-9]|\\", one.get(name, "")), one["id"]
    for one in table()["file"]:
        assert set(one) <= file
        assert all(re.fullmatch(r"(~|/[a-z]+)/[A-Za-z0-9_.*/-]+", place) for place in one["places"])


def test_folders_come_before_what_is_in_them() -> None:
    folders = list(by_folder([("a", "~/.config/x/y"), ("b", "~/z"), ("c", "~/.config/q"), ("d", "~/.config/x/*/adc")]))
    assert folders == ["~", "~/.config", "~/.config/x"]
    with pytest.raises(ValueError, match="no place"):
        by_folder([("a", "nowhere")])


HOSTILE = {
    "programs": "mysql curl redis-cli -x ",
    "options": "mysql -u -p ",
    "urls": "a://b@c ",
    "url": "a://bbbb",
    "words": "password",
    "names": "a_b-c.password_",
    "assignments": " password=$x",
    "quoted": ' "password": ""',
    "keys": '"auth": "", ',
    "flags": "curl -uuuuuuuu",
    "user": "curl -u aaaaaaaa",
    "sql": "user role identified with x ",
    "headers": " X-a-a-a-a-",
    "dashes": " --a-a-a-a-a",
    "echo": "chpasswd echo a:b ",
    "xml": "<password>{",
    "blanks": "key          ",
    "quotes": "'\"'\"'\"",
}


@pytest.mark.real
@pytest.mark.parametrize("function", ["text(line)", 'known("registry-login", line)'])
@pytest.mark.parametrize("awk", ["mawk", "gawk"])
def test_a_hostile_line_takes_no_longer_than_others(awk: str, function: str, tmp_path: Path) -> None:
    """Each of a million characters: nothing is tried from each place of it to its end."""
    need("mawk", "gawk")
    program = text_awk() + known_awk() + "{ line = $0; " + function + " }"
    for name, piece in HOSTILE.items():
        path = tmp_path / name
        path.write_text(piece * (1_000_000 // len(piece)) + "\n")
        before = os.times()
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        try:
            subprocess.run([awk, program, str(path)], check=True, capture_output=True, env=environment, timeout=60)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{name} takes more than a minute")
        after = os.times()
        spent = after.children_user - before.children_user
        assert spent < 3, (name, spent)
