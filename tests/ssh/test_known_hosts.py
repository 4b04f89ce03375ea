"""Files of known hosts, beside what ``ssh-keygen -F`` finds in them."""

import base64
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.transports.ssh.access import Access
from collectors.transports.ssh.faults import SshFault
from collectors.transports.ssh.host_keys import algorithms_for
from collectors.transports.ssh.known_hosts import Line, known_hosts

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJuVfzZ3ahFW1mX6Yc8eLDrGCVlUhfVzDCr1rYvzXVTh"
NAMES = (
    "web-1",
    "WEB-1",
    "web-2",
    "web-1.example.com",
    "10.0.0.1",
    "[web-1]:2222",
    "2001:db8::1",
    "[2001:db8::1]:2222",
)
PATTERNS = (
    "web-1",
    "WEB-1",
    "web-?",
    "web-*",
    "*.example.com",
    "10.0.0.*",
    "[web-1]:2222",
    "[web-?]:*",
    "*",
    "?*",
    "[*",
    "*]:2222",
)


def about(folder: Path, text: str, name: str, otherwise: str = "") -> list[Line]:
    path = folder / "known_hosts"
    path.write_text(text)
    return known_hosts((path,)).about(name, otherwise)


def openssh_finds(folder: Path, text: str, name: str) -> bool:
    """It looks for the name in small letters, as ssh does before it asks."""
    path = folder / "openssh"
    path.write_text(text)
    return (
        subprocess.run(["ssh-keygen", "-F", name.lower(), "-f", str(path)], capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize(
    "pattern", [*PATTERNS, "!web-1,*", "*,!web-1", "!web-*", "web-2,web-1", "!*.com,web*", "a,,b", "!"]
)
def test_patterns_mean_what_they_mean_to_openssh(tmp_path: Path, pattern: str) -> None:
    line = f"{pattern} ssh-ed25519 {KEY} comment\n"
    for name in NAMES:
        assert bool(about(tmp_path, line, name)) == openssh_finds(tmp_path, line, name), (pattern, name)


def test_hashed_names(tmp_path: Path) -> None:
    path = tmp_path / "hashed"
    path.write_text("".join(f"{name} ssh-ed25519 {KEY}\n" for name in NAMES if name != "WEB-1"))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(path)], check=True, capture_output=True)
    text = path.read_text()
    assert "web" not in text
    known = known_hosts((path,))
    for number, name in enumerate(one for one in NAMES if one != "WEB-1"):
        assert [line.place for line in known.about(name)] == [f"{path}:{number + 1}"]
        assert known.about(name.upper()) == known.about(name)
    assert known.about("web-3") == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# web-1 ssh-ed25519 KEY",
        "web-1",
        "web-1 ssh-ed25519",
        "web-1 ssh-ed25519 not/base64!",
        "@unknown web-1 ssh-ed25519 KEY",
        "@ web-1 ssh-ed25519 KEY",
        "@revoked web-1 ssh-ed25519",
        "|1|c2FsdA==|c2FsdA== ssh-ed25519 KEY",
        "|1|%%%|%%% ssh-ed25519 KEY",
        "|2|c2FsdA==|c2FsdA== ssh-ed25519 KEY",
        "|1|c2FsdA==,web-1 ssh-ed25519 KEY",
        "| ssh-ed25519 KEY",
        ", ssh-ed25519 KEY",
    ],
)
def test_lines_that_are_not_understood_know_nobody(tmp_path: Path, line: str) -> None:
    good = f"web-1 ssh-ed25519 {KEY}"
    found = about(tmp_path, f"{line.replace('KEY', KEY)}\n{good}\n", "web-1")
    assert [(one.marker, one.place) for one in found] == [("", f"{tmp_path / 'known_hosts'}:2")]


def test_markers_and_what_they_mean_to_the_order(tmp_path: Path) -> None:
    found = about(
        tmp_path, f"@cert-authority *.example.com,web-1 ssh-ed25519 {KEY}\n@revoked * ssh-rsa {KEY}\n", "web-1"
    )
    assert [line.marker for line in found] == ["@cert-authority", "@revoked"]
    assert found[0].key == base64.b64decode(KEY)
    assert algorithms_for(found)[0] == "ssh-ed25519-cert-v01@openssh.com"
    assert algorithms_for(found[1:])[0] == "ssh-ed25519"
    assert "ssh-rsa" not in algorithms_for(found)
    known_by_rsa = [Line("", ("web-1",), "ssh-rsa", b"", "x:1"), Line("", ("web-1",), "ssh-dss", b"", "x:2")]
    assert algorithms_for(known_by_rsa)[:2] == ("rsa-sha2-512", "rsa-sha2-256")
    assert len(set(algorithms_for(known_by_rsa))) == len(algorithms_for(known_by_rsa)) == 6


def test_a_name_without_its_port_counts_where_no_key_is_known_with_it(tmp_path: Path) -> None:
    plain, ported = f"web-1 ssh-ed25519 {KEY}\n", f"[web-1]:2222 ssh-ed25519 {KEY}\n"
    access = Access("web-1", 2222)
    assert (access.name, access.name_without_port) == ("[web-1]:2222", "web-1")
    assert [line.portless for line in about(tmp_path, plain, access.name, access.name_without_port)] == [True]
    assert [line.portless for line in about(tmp_path, plain + ported, access.name, access.name_without_port)] == [False]
    authority = f"@cert-authority * ssh-rsa {KEY}\n"
    found = about(tmp_path, authority + plain, access.name, access.name_without_port)
    assert [(line.marker, line.portless) for line in found] == [("@cert-authority", False), ("", True)]
    assert Access("web-1").name_without_port == Access("10.0.0.1", 2222, known_as="web-1").name_without_port == ""
    assert Access("10.0.0.1", 2222, known_as="web-1").name == "web-1"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert known_hosts((), usual=(missing,)).about("web-1") == []
    with pytest.raises(SshFault, match="there is no such file of known hosts"):
        known_hosts((missing,))
    with pytest.raises(SshFault, match="Is a directory"):
        known_hosts((tmp_path,))
    endless = tmp_path / "endless"
    with endless.open("wb") as file:
        file.truncate(17 << 20)
    with pytest.raises(SshFault, match="is longer than"):
        known_hosts((endless,))


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    assert about(tmp_path, "", "web-1") == []
    assert len(about(tmp_path, f"web-1 ssh-ed25519 {KEY}\n", "web-1")) == 1


def test_several_files_in_order(tmp_path: Path) -> None:
    paths = tuple(tmp_path / name for name in ("one", "two"))
    for path in paths:
        path.write_text(f"web-1 ssh-ed25519 {KEY}\n")
    assert [line.place for line in known_hosts(paths).about("web-1")] == [f"{path}:1" for path in paths]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(raw + b"\n" + f"web-1 ssh-ed25519 {KEY}\n".encode())
    found = known_hosts((path,)).about("web-1")
    assert found[-1].key == base64.b64decode(KEY)


def test_a_fleet_does_not_look_at_every_line_for_every_host(tmp_path: Path) -> None:
    path = tmp_path / "fleet"
    count = 20_000
    path.write_text("".join(f"host-{n},10.0.{n // 250}.{n % 250} ssh-ed25519 {KEY}\n" for n in range(count)))
    known = known_hosts((path,))
    begun = time.thread_time()
    for number in range(1000):
        assert len(known.about(f"host-{number}")) == 1
    assert time.thread_time() - begun < 0.5
