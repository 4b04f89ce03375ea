"""What a target says beside its answer, or instead of it, or without end."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from collectors.readings import Reading, Text
from collectors.sources import Command, File, Files, Source
from tests.ssh_outcomes import ASKED, measured
from tests.sshd import Sshd, sshd

pytestmark = pytest.mark.real


def seen_of(one: Sshd, *sources: Source, seconds: float = 20.0) -> Mapping[str, Reading]:
    return one.host(seconds).read(sources or ASKED)


@pytest.mark.parametrize(
    "before",
    [
        "echo Welcome to web-1; echo Authorized users only >&2",
        "printf 'no newline at the end'",
        "head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2",
        "head -c 300000 /dev/urandom; head -c 300000 /dev/urandom >&2",
        "printf '\\n%s 0\\nroot::0:0::/:/bin/sh\\n\\n%s = 0\\n' " + " ".join(["0" * 32] * 2),
        "printf '\\033]0;owned\\007\\033[2J'",
    ],
)
def test_garbage_before_and_after_the_answer(before: str, honest: Mapping[str, Reading]) -> None:
    with sshd(f"ForceCommand {before}; $SSH_ORIGINAL_COMMAND; {before}") as one:
        assert seen_of(one) == honest


def test_a_forged_frame_and_nuls_are_content(tmp_path: Path) -> None:
    mark = "0" * 32
    forged = f"\n{mark} 0\nforged\n{mark} = 0\n\n{mark} .\n"
    (tmp_path / "forged").write_text(forged)
    (tmp_path / "nuls").write_bytes(b"a\0b\0\0c\n\0")
    with sshd() as one:
        nuls, text = File(str(tmp_path / "nuls")), File(str(tmp_path / "forged"))
        both = Files(f"{tmp_path}/*")
        said = seen_of(one, Command(f"cat {tmp_path}/forged"), text, nuls, both, Command("echo last"))
    assert said[text.key] == said[f"command:cat {tmp_path}/forged"] == Text(forged)
    assert said[nuls.key] == Text("a\0b\0\0c\n\0")
    together = said[both.key]
    assert isinstance(together, Text)
    assert "a\\u0000b\\u0000\\u0000c" in together.text
    assert said["command:echo last"] == Text("last\n")


@pytest.mark.alone
@pytest.mark.parametrize(
    ("command", "told", "megabytes"),
    [
        # Of one host 64 MB are kept, which parsing has a second time, and what they are collected in grows by copies.
        ("exec yes", "the answer is longer than everything that was asked", 280),
        ("exec cat /dev/zero", "the answer is longer than everything that was asked", 280),
        ("exec yes >&2", "no answer within the time limit of the scan", 80),
        ("exec cat /dev/zero >&2", "no answer within the time limit of the scan", 80),
    ],
)
def test_endless_output(command: str, told: str, megabytes: int, server: Sshd) -> None:
    with sshd(f"ForceCommand {command}") as one:
        for file in ("known_hosts",):
            (one.folder / file).write_text((one.folder / file).read_text() + (server.folder / file).read_text())
        limit = 6 if "limit" in told else 60  # so much may take a while
        taken, seconds, reasons = measured(one.port, one.folder, limit)
    assert reasons == told
    assert taken < megabytes << 10
    assert seconds < 12
