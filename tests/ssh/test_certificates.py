"""Certificates of hosts, made by the real ssh-keygen; and what becomes of them when a byte is another one."""

import base64
import subprocess
import time
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from collectors.transports.ssh.certificates import HostCertificate, certificate, fault_of, is_signed
from collectors.transports.ssh.faults import SshFault

KINDS = ("ed25519", "ecdsa", "rsa")
HOST = "web-1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


def make_key(path: Path, kind: str, *words: str) -> Path:
    if not path.exists():
        command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path), *words]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def made(folder: Path, *words: str, kind: str = "ed25519", authority: str = "ed25519") -> bytes:
    """The certificate of a new key, as it goes over the wire."""
    signer, key = make_key(folder / f"ca-{authority}", authority), make_key(folder / f"host-{kind}", kind)
    options = words or ("-h", "-n", f"{HOST},10.0.0.1")
    command = ["ssh-keygen", "-q", "-s", str(signer), "-I", "id", *options, f"{key}.pub"]
    subprocess.run(command, check=True, capture_output=True)
    return base64.b64decode(Path(f"{key}-cert.pub").read_text().split()[1])


@pytest.mark.parametrize("authority", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_certificates_of_all_kinds_by_all_kinds(folder: Path, kind: str, authority: str) -> None:
    one = certificate(made(folder, kind=kind, authority=authority))
    assert one.principals == (HOST, "10.0.0.1")
    assert one.authority == base64.b64decode((folder / f"ca-{authority}.pub").read_text().split()[1])
    assert is_signed(one)
    assert fault_of(one, HOST) == fault_of(one, "WEB-1") == fault_of(one, "10.0.0.1") == ""


@pytest.mark.parametrize("bits", ["384", "521"])
def test_longer_curves(folder: Path, bits: str) -> None:
    make_key(folder / f"ca-ecdsa-{bits}", "ecdsa", "-b", bits)
    make_key(folder / f"host-ecdsa-{bits}", "ecdsa", "-b", bits)
    assert fault_of(certificate(made(folder, kind=f"ecdsa-{bits}", authority=f"ecdsa-{bits}")), HOST) == ""


@pytest.mark.parametrize(
    ("words", "host", "why"),
    [
        (("-h", "-n", "web-1"), "web-2", "its host certificate is for web-1, not for web-2"),
        (("-h", "-n", "web-*,*,web-?"), "web-2", "its host certificate is for web-*, *, web-?, not for web-2"),
        (("-h", "-n", "web"), "web-1", "is for web, not for web-1"),
        (("-h",), "web-1", "is for nobody, not for web-1"),
        (("-n", "web-1"), "web-1", "its host certificate is one of a user"),
        (("-h", "-n", "web-1", "-O", "critical:nothing@example.com=1"), "web-1", "options that are not understood"),
        (("-h", "-n", "web-1", "-V", "20200101:20200102"), "web-1", "is not valid now"),
        (("-h", "-n", "web-1", "-V", "+1h:+2h"), "web-1", "is not valid now"),
    ],
)
def test_certificates_that_show_nothing(folder: Path, words: tuple[str, ...], host: str, why: str) -> None:
    assert why in fault_of(certificate(made(folder, *words)), host)


def test_the_moment_that_counts(folder: Path) -> None:
    one = certificate(made(folder, "-h", "-n", HOST, "-V", "20250101000000Z:20260101000000Z"))
    assert (one.valid_after, one.valid_before) == (1735689600, 1767225600)
    assert fault_of(one, HOST, one.valid_after - 0.5) != ""
    assert fault_of(one, HOST, one.valid_after) == ""
    assert fault_of(one, HOST, one.valid_before - 0.5) == ""
    assert fault_of(one, HOST, one.valid_before) != ""
    assert fault_of(certificate(made(folder, "-h", "-n", HOST, "-V", "always:forever")), HOST, 2.0**40) == ""


def test_signatures_of_weak_hashes_and_of_others(folder: Path) -> None:
    make_key(folder / "ca-rsa", "rsa")
    for hash_, good in (("rsa-sha2-256", True), ("rsa-sha2-512", True), ("ssh-rsa", False)):
        one = certificate(made(folder, "-h", "-n", HOST, "-t", hash_, authority="rsa"))
        assert is_signed(one) == good
    mine, other = certificate(made(folder)), certificate(made(folder, "-h", "-n", "db-1"))
    assert not is_signed(replace(mine, signature=other.signature))
    assert not is_signed(replace(mine, authority=certificate(made(folder, authority="ecdsa")).authority))
    assert "has a signature that is not its authority's" in fault_of(replace(mine, signature=b""), HOST)


@cache
def genuine() -> tuple[bytes, ...]:
    """One of each kind."""
    with TemporaryDirectory() as place:
        return tuple(made(Path(place), kind=kind, authority=kind) for kind in KINDS)


def is_accepted(blob: bytes, like: bytes) -> bool:
    """Whether it would be taken: with the authority that is trusted."""
    try:
        one = certificate(blob)
    except SshFault:
        return False
    assert isinstance(one, HostCertificate)
    return one.authority == certificate(like).authority and fault_of(one, HOST, time.time()) == ""


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(range(3)), st.integers(0, 10_000), st.integers(1, 255))
@example(0, 0, 1)
@example(0, 253, 1)  # the first length within the signature
def test_no_byte_can_be_another_one(which: int, place: int, change: int) -> None:
    real = genuine()[which]
    forged = bytearray(real)
    forged[place % len(real)] ^= change
    assert is_accepted(real, real)
    assert not is_accepted(bytes(forged), real)


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(range(3)), st.integers(0, 10_000), st.binary(max_size=64))
def test_nothing_can_be_cut_off_or_put_in(which: int, place: int, more: bytes) -> None:
    real = genuine()[which]
    at = place % len(real)
    assert not is_accepted(real[:at], real)
    if more:
        assert not is_accepted(real[:at] + more + real[at:], real) or real[:at] + more + real[at:] == real
        assert not is_accepted(real + more, real)


@settings(deadline=None, max_examples=300)
@given(st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda raw: genuine()[0][:120] + raw)))
def test_any_bytes_are_a_fault_and_nothing_worse(raw: bytes) -> None:
    assert not is_accepted(raw, genuine()[0])
    garbled = replace(certificate(genuine()[0]), authority=raw, signature=raw)
    assert not is_signed(garbled)
