"""The register of attestations from the command line."""

import hashlib
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.agent.test_cli import wispwatch
from tests.midnight import today

HEADER = "control,statement,owner,date,expires,evidence,sha256\n"
ADD = ("--control", "17.03(2)(a)", "--statement", 'Ann keeps it, "the program"', "--owner", "Ann Lee")


def day(days: int) -> date:
    return today() + timedelta(days=days)


class Desk:
    """A folder with a configuration and a register."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.register = folder / "registers" / "attestations.csv"
        self.register.parent.mkdir()
        (folder / "c.yaml").write_text("registers:\n  attestations: registers/attestations.csv\n")

    def attest(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        return wispwatch("attest", verb, "--config", str(self.folder / "c.yaml"), *words, cwd=self.folder)

    def document(self, name: str, content: bytes) -> Path:
        path = self.register.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    today()  # it does not end while dates are written
    return Desk(tmp_path)


def test_a_register_is_made_with_its_header(desk: Desk) -> None:
    desk.document("papers/wisp.pdf", b"the program")
    done = desk.attest("add", *ADD, "--evidence", "registers/papers/wisp.pdf")
    assert (done.returncode, done.stderr) == (0, "")
    digest = hashlib.sha256(b"the program").hexdigest()
    line = f'17.03(2)(a),"Ann keeps it, ""the program""",Ann Lee,{day(0)},{day(365)},papers/wisp.pdf,{digest}\n'
    assert desk.register.read_text() == HEADER + line
    assert desk.attest("verify").returncode == 0
    scan = wispwatch(
        "scan",
        "--config",
        str(desk.folder / "c.yaml"),
        "--check",
        "the-programs-keeper-is-attested",
        "--fail-on",
        "low",
    )
    assert scan.returncode == 0, scan.stdout + scan.stderr


@pytest.mark.parametrize(
    ("before", "line"),
    [
        (HEADER.strip(), "\n17.03(2)(a),x,Ann,2026-01-15,2026-12-31,,\n"),
        ("\ufeff" + HEADER.replace("\n", "\r\n"), "17.03(2)(a),x,Ann,2026-01-15,2026-12-31,,\r\n"),
        ("Item;Text;By;Date;Until;note\nbroken;;;;;\n", "17.03(2)(a);x;Ann;2026-01-15;2026-12-31;\n"),
        ("owner\tcontrol\tstatement\texpires\tdate\n", "Ann\t17.03(2)(a)\tx\t2026-12-31\t2026-01-15\n"),
        ("\n", HEADER + "17.03(2)(a),x,Ann,2026-01-15,2026-12-31,,\n"),
    ],
)
def test_what_was_there_stays_byte_for_byte(desk: Desk, before: str, line: str) -> None:
    desk.register.write_bytes(before.encode())
    desk.register.chmod(0o640)
    words = ("--control", "201 CMR 17.03(2)(a)", "--statement", "x", "--owner", "Ann", "--date", "2026-01-15")
    done = desk.attest("add", *words, "--expires", "2026-12-31")
    assert done.returncode == 0, done.stderr
    assert desk.register.read_bytes() == (before + line).encode()
    assert desk.register.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in desk.register.parent.iterdir()] == ["attestations.csv"]


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (b"control,statement\n", "no column owner, date, expires"),
        (HEADER.encode() + b'17.03(2)(a),"x,Ann,2026-01-15,2026-12-31,,\n', "quotation mark"),
        (b"control,statement,owner,date,expires\n\xff\n", "UTF-8"),
    ],
)
def test_a_register_that_cannot_take_the_line_is_left_alone(desk: Desk, before: bytes, told: str) -> None:
    desk.register.write_bytes(before)
    done = desk.attest("add", *ADD)
    assert done.returncode == 2
    assert told in done.stderr
    assert desk.register.read_bytes() == before


def test_what_cannot_be_attested(desk: Desk) -> None:
    outside = desk.folder / "wisp.pdf"
    outside.write_bytes(b"x")
    os.mkfifo(desk.register.parent / "pipe")
    for words, told in (
        (("--evidence", str(outside)), "must lie below"),
        (("--evidence", "registers/nope.pdf"), "no such file"),
        (("--evidence", "registers/pipe"), "not a regular file"),
        (("--control", "17.99"), "no such item"),
        (("--control", "17.04(1)"), "no such item"),
        (("--statement", "a\nb"), "one line"),
        (("--owner", " "), "one line"),
        (("--date", "2026-02-01", "--expires", "2026-01-01"), "before"),
        (("--date", "1.2.2026"), "does not match"),
    ):
        done = desk.attest("add", *ADD, *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert told in done.stderr
    assert not desk.register.exists()
    desk.register.parent.rename(desk.folder / "elsewhere")
    assert desk.attest("add", *ADD).returncode == 1


def test_the_days_that_are_left_are_listed(desk: Desk) -> None:
    desk.register.write_text(
        f"{HEADER}17.04(8),Trained\x1b[2J,Ann,{day(-9)},{day(30)},,\n17.03(2)(b),x,Bo,{day(-9)},{day(-1)},,\n"
        f"17.03(2)(c),x,,{day(-9)},{day(9)},,\n17.03(2)(d),x,Bo,{day(3)},{day(9)},,\n17.03(2)(a),x,Bo,soon,later,,\n"
    )
    done = desk.attest("list")
    assert done.returncode == 1
    assert "line 6" in done.stderr
    assert "\x1b" not in done.stdout
    for told in ("30 days left", f"expired {day(-1)}", "names no owner", f"begins {day(3)}"):
        assert told in done.stdout
    desk.register.write_text(HEADER)
    assert desk.attest("list").stdout == "The register has no attestation.\n"


def test_evidence_is_compared(desk: Desk) -> None:
    paper = desk.document("wisp.pdf", b"first")
    assert desk.attest("add", *ADD, "--evidence", str(paper), "--expires", str(day(30))).returncode == 0
    assert "wisp.pdf: unaltered" in desk.attest("verify").stdout
    paper.write_bytes(b"second")
    done = desk.attest("verify")
    assert (done.returncode, "altered" in done.stdout) == (3, True)
    assert desk.attest("add", *ADD, "--evidence", str(paper)).returncode == 0
    assert desk.attest("verify").returncode == 0  # the newer one counts
    paper.unlink()
    done = desk.attest("verify")
    assert (done.returncode, "missing" in done.stdout) == (3, True)
    paper.symlink_to("/etc/passwd")
    done = desk.attest("verify")
    assert (done.returncode, "cannot be compared" in done.stdout) == (1, True)
    desk.register.write_text(f"{HEADER}17.03(2)(a),x,Ann,{day(-9)},{day(-1)},,\n")
    done = desk.attest("verify")
    assert (done.returncode, "expired" in done.stdout) == (3, True)
    desk.register.write_text(f"{HEADER}17.03(2)(a),x,Ann,{day(-9)},{day(1)},,\nfaulty\n")
    assert desk.attest("verify").returncode == 1


def test_without_a_register(desk: Desk) -> None:
    for verb in ("list", "verify"):
        done = desk.attest(verb)
        assert done.returncode == 2
        assert "No such file" in done.stderr
    (desk.folder / "c.yaml").write_text("asset: x\n")
    for words in (("list",), ("verify",), ("add", *ADD)):
        done = desk.attest(*words)
        assert done.returncode == 2
        assert "add registers.attestations" in done.stderr


def test_a_full_disk_leaves_the_register_as_it_was(desk: Desk) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root (a small file system)")
    folder = desk.register.parent
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "wispwatch", str(folder)], check=True)
    try:
        desk.register.write_text(HEADER)
        with pytest.raises(OSError, match="space"):
            (folder / "filler").write_bytes(b"x" * (1 << 20))
        done = desk.attest("add", *ADD)
        assert done.returncode == 1
        assert "untouched" in done.stderr
        assert desk.register.read_text() == HEADER
        assert {path.name for path in folder.iterdir()} == {"attestations.csv", "filler"}
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_two_at_once_both_stay(desk: Desk) -> None:
    """Each reads what is there and writes the whole; one that did not wait would lose the other's line."""
    command = [sys.executable, "-m", "agent", "attest", "add", "--config", str(desk.folder / "c.yaml"), *ADD]
    root = Path(__file__).parents[2]
    started = [subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL) for _ in range(6)]
    assert [one.wait(180) for one in started] == [0] * 6
    assert len(desk.register.read_text().splitlines()) == 7


def test_a_register_in_yaml(desk: Desk) -> None:
    desk.register = desk.register.with_suffix(".yaml")
    (desk.folder / "c.yaml").write_text("registers:\n  attestations: registers/attestations.yaml\n")
    desk.document("papers/wisp.pdf", b"the program")
    for _ in range(2):
        done = desk.attest("add", *ADD, "--evidence", "registers/papers/wisp.pdf")
        assert done.returncode == 0, done.stderr
    written = desk.register.read_text()
    assert written.startswith('- control: "17.03(2)(a)"\n  statement: "Ann keeps it, \\"the program\\""\n')
    assert written.count("- control") == 2
    assert desk.attest("verify").returncode == 0
    desk.document("papers/wisp.pdf", b"altered")
    assert desk.attest("verify").returncode == 3
    desk.register.write_text("[{control: x}]\n")
    done = desk.attest("add", *ADD)
    assert (done.returncode, desk.register.read_text()) == (2, "[{control: x}]\n")
