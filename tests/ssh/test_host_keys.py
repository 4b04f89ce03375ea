"""Whether it is the right machine: real hosts, with keys and certificates as OpenSSH knows them, and OpenSSH's own verdict."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.readings import Reading, Text, Unread
from collectors.sources import Command
from tests.ssh_hosts import USER, SshHost, make_key, ssh_host

pytestmark = pytest.mark.real

ME = Command("id -un")
SIGNED = "/etc/ssh/ssh_host_ed25519_key"


@pytest.fixture(scope="module")
def target() -> Iterator[SshHost]:
    with ssh_host(host_keys=("ed25519", "ecdsa", "rsa")) as host:
        yield host


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[SshHost]:
    """One at another port than the usual one."""
    with ssh_host(port=2222) as host:
        yield host


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


def read(target: SshHost, known: Path, **more: object) -> Reading:
    """What is read where these keys are known; nothing is ever written there."""
    before = known.read_bytes()
    reading = target.transport(known_hosts=(known,), **more).read([ME])[ME.key]  # type: ignore[arg-type]
    assert known.read_bytes() == before
    assert list(known.parent.glob("known_hosts*")) == [known]
    return reading


def openssh_takes(host: SshHost, known: Path, address: str = "", alias: str = "") -> bool:
    """Whether OpenSSH's client does."""
    options = [
        "-F",
        "none",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "GlobalKnownHostsFile=none",
    ]
    options += [
        "-o",
        f"UserKnownHostsFile={known}",
        "-o",
        "UpdateHostKeys=no",
        "-i",
        str(host.key),
        "-p",
        str(host.port),
    ]
    options += ["-o", f"HostKeyAlias={alias}"] if alias else []
    command = ["ssh", *options, f"{USER}@{address or host.address}", "true"]
    return subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL).returncode == 0


def is_taken(target: SshHost, known: Path, alias: str = "", address: str = "") -> None:
    """By OpenSSH, too."""
    assert read(target, known, known_as=alias, **({"host": address} if address else {})) == Text(f"{USER}\n")
    assert openssh_takes(target, known, address, alias)


def is_refused(host: SshHost, known: Path, why: str, alias: str = "") -> None:
    """By OpenSSH, too."""
    reading = read(host, known, known_as=alias)
    assert isinstance(reading, Unread), reading
    assert why in reading.reason, reading.reason
    assert not openssh_takes(host, known, alias=alias)


def line(host: SshHost, names: str, kind: str = "ssh-ed25519", marker: str = "") -> str:
    return f"{marker} {names} {kind} {host.host_keys()[kind]} comment\n".lstrip()


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_a_key_of_any_kind_is_enough_whichever_the_server_prefers(target: SshHost, known: Path, kind: str) -> None:
    known.write_text(line(target, target.address, kind))
    is_taken(target, known)


def test_names_of_all_forms(target: SshHost, known: Path) -> None:
    own = target.address
    prefix = own.rsplit(".", 1)[0]
    for names in (f"web-1,{own},WEB-2", f"{prefix}.*", f"{own[:-1]}?", f"*,!{own}x", "*"):
        known.write_text(line(target, names))
        is_taken(target, known)
    for names in (f"{prefix}.*,!{own}", f"!{own},{own}", f"{own}x", f"[{own}]:2222", f"?{own}", ".", "web-1"):
        known.write_text(line(target, names))
        is_refused(target, known, "is not in known_hosts")


def test_names_that_are_hashed(target: SshHost, known: Path) -> None:
    known.write_text(line(target, "web-1", "ssh-rsa") + line(target, target.address))
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
    known.with_name("known_hosts.old").unlink()
    assert target.address not in known.read_text()
    is_taken(target, known)
    is_taken(target, known, alias="web-1")
    is_refused(target, known, "is not in known_hosts", alias="web-2")


def test_addresses_of_the_sixth_version(target: SshHost, elsewhere: SshHost, known: Path) -> None:
    known.write_text(line(target, target.address6))
    is_taken(target, known, address=target.address6)
    known.write_text(line(elsewhere, f"[{elsewhere.address6}]:2222"))
    is_taken(elsewhere, known, address=elsewhere.address6)


def test_ports(elsewhere: SshHost, known: Path) -> None:
    for names in (f"[{elsewhere.address}]:2222", "[*]:2222", "[10.213.*]:*", elsewhere.address, "*"):
        known.write_text(line(elsewhere, names))
        is_taken(elsewhere, known)
    known.write_text(line(elsewhere, f"[{elsewhere.address}]:2223"))
    is_refused(elsewhere, known, f"ssh-keyscan -p 2222 {elsewhere.address}")
    known.write_text(f"[{elsewhere.address}]:2222 ssh-rsa AAAA\n" + line(elsewhere, "web-1"))
    is_refused(elsewhere, known, "is not in known_hosts, which knows it by ssh-rsa.")


def test_a_name_instead_of_the_address(target: SshHost, elsewhere: SshHost, known: Path) -> None:
    known.write_text(line(target, "web-1") + line(elsewhere, "web-2"))
    is_taken(target, known, alias="web-1")
    is_taken(elsewhere, known, alias="web-2")
    is_refused(target, known, "shows another host key", alias="web-2")
    is_refused(target, known, "under the name web-3", alias="web-3")


def test_a_host_that_nobody_knows(target: SshHost, known: Path) -> None:
    known.write_text("# nothing\n")
    is_refused(target, known, "is not in known_hosts. Compare with `ssh-keygen -lf` of its key on the host itself")
    reading = read(target, known)
    assert isinstance(reading, Unread)
    listed = target.running.run("ssh-keygen", "-lf", f"{SIGNED}.pub").split()[1]
    assert f"(ssh-ed25519 {listed})" in reading.reason
    # What the message says to do, works.
    scan = reading.reason.partition("add what `")[2].partition("`")[0].split()
    known.write_text(subprocess.run(scan, capture_output=True, text=True, check=True).stdout)
    is_taken(target, known)


def test_a_host_whose_key_changed(target: SshHost, elsewhere: SshHost, known: Path) -> None:
    known.write_text("\n" + line(elsewhere, target.address))
    is_refused(target, known, f"than the one in {known}:2: somebody may pose as it")
    reading = read(target, known)
    assert isinstance(reading, Unread)
    assert f"`ssh-keygen -R {target.address}` and add the new key" in reading.reason
    known.write_text(line(elsewhere, target.address) + line(target, target.address))  # both are known
    is_taken(target, known)


def test_keys_that_are_revoked(target: SshHost, known: Path) -> None:
    known.write_text(line(target, target.address) + line(target, "*", marker="@revoked"))
    is_refused(target, known, f"shows a host key that is revoked in {known}:2")
    known.write_text(line(target, target.address) + line(target, "web-1", marker="@revoked"))
    is_taken(target, known)


def test_lines_that_make_no_sense_know_nobody(target: SshHost, known: Path) -> None:
    good = line(target, target.address)
    name, kind, key, *_ = good.split()
    known.write_bytes(
        f"{name} {kind}\n{name} {kind} %%%\n@unknown {good}{name} {kind} {key[:-9]}\n|1|x|y {kind} {key}\n".encode()
        + b"\xff\xfe \x00\n"
    )
    is_refused(target, known, "is not in known_hosts")
    with known.open("a") as file:
        file.write(good.rstrip() + "\r\n")
    is_taken(target, known)


@pytest.fixture
def authority(target: SshHost, tmp_path: Path) -> Iterator[Path]:
    """One that signs the host's key; the host shows its certificate."""
    key = make_key(tmp_path / "authority")
    yield key
    target.configure("")


def certify(target: SshHost, authority: Path, *words: str, key: str = SIGNED) -> None:
    """Let the host show a certificate; its key is signed as these options of ssh-keygen say."""
    public = authority.with_name("host.pub")
    public.write_bytes(target.running.path(f"{key}.pub").read_bytes())
    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "test", *words, str(public)]
    subprocess.run(command, check=True, capture_output=True)
    target.running.write(f"{key}-cert.pub", authority.with_name("host-cert.pub").read_bytes())
    target.configure(f"HostKey {key}\nHostCertificate {key}-cert.pub\n")


def trust(known: Path, authority: Path, names: str = "*", marker: str = "@cert-authority", besides: str = "") -> None:
    known.write_text(f"{marker} {names} {Path(f'{authority}.pub').read_text()}{besides}")


def signed_for(target: SshHost) -> tuple[str, ...]:
    return "-h", "-n", f"web-1,{target.address}", "-V", "-1h:+1h"


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_certificates_of_all_kinds(target: SshHost, known: Path, tmp_path: Path, kind: str) -> None:
    for kind_of_authority in ("ed25519", "ecdsa", "rsa"):
        authority = make_key(tmp_path / kind_of_authority, kind_of_authority)
        certify(target, authority, *signed_for(target), key=f"/etc/ssh/ssh_host_{kind}_key")
        trust(known, authority)
        is_taken(target, known)
    target.configure("")


def test_a_certificate_shows_who_it_is_for(target: SshHost, authority: Path, known: Path) -> None:
    certify(target, authority, *signed_for(target))
    trust(known, authority, f"{target.address},web-*")
    is_taken(target, known)
    is_taken(target, known, alias="web-1")
    is_refused(target, known, "its host certificate is for web-1", alias="web-2")
    trust(known, authority, "db-*")
    is_refused(target, known, "is not in known_hosts")
    certify(target, authority, "-h", "-n", "web-?,10.213.*,*")  # names, and no patterns
    trust(known, authority)
    is_refused(target, known, "its host certificate is for web-?, 10.213.*, *, not for")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-h", "-n", "web-9"), "is for web-9, not for"),
        (("-h", "-n", "{address}", "-V", "20200101:20200201"), "its host certificate is not valid now"),
        (("-h", "-n", "{address}", "-V", "+1d:+2d"), "its host certificate is not valid now"),
    ],
)
def test_certificates_that_show_nothing(
    target: SshHost, authority: Path, known: Path, words: tuple[str, ...], why: str
) -> None:
    certify(target, authority, *(word.replace("{address}", target.address) for word in words))
    trust(known, authority)
    is_refused(target, known, why)
    # As with OpenSSH, the key below it may still be known.
    trust(known, authority, besides=line(target, target.address))
    is_taken(target, known)


def test_a_certificate_without_names_is_stricter_here(target: SshHost, authority: Path, known: Path) -> None:
    certify(target, authority, "-h")
    trust(known, authority)
    reading = read(target, known)
    assert isinstance(reading, Unread)
    assert "is for nobody" in reading.reason


def test_a_certificate_of_a_user_shows_no_host(target: SshHost, authority: Path, known: Path) -> None:
    certify(target, authority, "-n", target.address)
    trust(known, authority)
    is_refused(target, known, "its host certificate is one of a user")


def test_authorities_that_nobody_trusts(target: SshHost, authority: Path, known: Path, tmp_path: Path) -> None:
    certify(target, authority, *signed_for(target))
    other = make_key(tmp_path / "other")
    trust(known, other)
    is_refused(target, known, "which is no authority of it in known_hosts")
    trust(known, authority, besides=f"@revoked * {Path(f'{authority}.pub').read_text()}")
    is_refused(target, known, "of an authority that is revoked")
    trust(known, authority, besides=line(target, "*", marker="@revoked"))
    is_refused(target, known, "shows a host key that is revoked")
    trust(known, authority, marker="")  # the authority's key as that of a host
    is_refused(target, known, "shows another host key")


def test_an_authority_vouches_for_hosts_at_other_ports(elsewhere: SshHost, tmp_path: Path, known: Path) -> None:
    authority = make_key(tmp_path / "authority")
    certify(elsewhere, authority, "-h", "-n", elsewhere.address)
    try:
        for names in (elsewhere.address, f"[{elsewhere.address}]:2222", "*"):
            trust(known, authority, names)
            is_taken(elsewhere, known)
    finally:
        elsewhere.configure("")
