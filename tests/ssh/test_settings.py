"""Addresses, and settings behind settings."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ssh.access import access_of
from agent.ssh.settings import Address, SshSettings, address, faults_of_ssh
from collectors.transports.ssh.access import Privilege


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("web-1", Address("web-1")),
        ("scanner@web-1", Address("web-1", "scanner")),
        ("web-1:2222", Address("web-1", "", 2222)),
        ("scanner@web-1.example.com:1", Address("web-1.example.com", "scanner", 1)),
        ("10.0.0.1:65535", Address("10.0.0.1", "", 65535)),
        ("2001:db8::1", Address("2001:db8::1")),
        ("::1", Address("::1")),
        ("scanner@2001:db8::1", Address("2001:db8::1", "scanner")),
        ("[2001:db8::1]", Address("2001:db8::1")),
        ("[2001:db8::1]:22", Address("2001:db8::1", "", 22)),
        ("scanner@[fe80::1%eth0]:2222", Address("fe80::1%eth0", "scanner", 2222)),
        ("fe80::1%eth0", Address("fe80::1%eth0")),
        ("domain\\scanner@web-1", Address("web-1", "domain\\scanner")),
    ],
)
def test_addresses(text: str, parts: Address) -> None:
    assert address(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@web-1",
        "web-1:",
        "web-1:0",
        "web-1:65536",
        "web-1:123456",
        "web-1:ssh",
        "web 1",
        "web-1\n",
        "web-1 -oProxyCommand=reboot",
        "-oProxyCommand=reboot",
        "-l@web-1",
        "a@b@c",
        "[2001:db8::1",
        "2001:db8::1]",
        "[web-1]:22",
        "ssh://web-1",
        "web-1/2",
        "a" * 256,
        "web-1:٢٢",
        "scanner@-oProxyCommand=reboot",
        "web-1\x1b[2J",
        "web-1\0",
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no \[user@\]host|a port is from 1 to 65535"):
        address(text)


@given(st.text(max_size=300))
def test_any_text_is_an_address_or_is_not(text: str) -> None:
    try:
        parts = address(text)
    except ValueError:
        return
    assert parts.host
    assert not parts.host.startswith("-")
    assert all(one.isprintable() and not one.isspace() for one in parts.host + parts.user)


FULL = SshSettings(
    host="10.0.0.1",
    port=2222,
    user="scanner",
    key_files=(Path("/key"),),
    agent=False,
    password_file=Path("/password"),
    passphrase_variable="PASSPHRASE",
    known_hosts=(Path("/known"),),
    known_as="web-1",
    jump=("bastion",),
    privilege="sudo",
    connect_seconds=3.0,
    retries=0,
    config_file=Path("none"),
)


def test_what_is_given_is_stronger_also_where_it_says_no() -> None:
    assert FULL.over(SshSettings(agent=True, retries=5, port=22, user="other", jump=("a", "b"))) == SshSettings(
        **{one.name: getattr(FULL, one.name) for one in fields(FULL)}
    )
    assert SshSettings().over(FULL) == FULL
    assert FULL.over(SshSettings()) == FULL
    mixed = SshSettings(user="other", agent=True, retries=1).over(FULL)
    assert (mixed.user, mixed.agent, mixed.retries, mixed.port) == ("other", True, 1, 2222)


def test_a_password_in_one_place_is_stronger_than_one_in_another() -> None:
    given_here = SshSettings(password_variable="PASSWORD").over(SshSettings(password_file=Path("/password")))
    assert list(faults_of_ssh("ssh", given_here)) == []
    access = access_of("web-1", given_here)
    assert access.password is not None
    assert (access.password.file, access.password.variable) == (None, "PASSWORD")


def test_what_the_transport_is_told() -> None:
    access = access_of("name", FULL)
    assert (access.host, access.port, access.user, access.name) == ("10.0.0.1", 2222, "scanner", "web-1")
    assert access.privilege is Privilege.SUDO
    assert access.agent is False
    assert (access.connect_seconds, access.retries) == (3.0, 0)
    hop = access.through
    assert hop is not None
    assert (hop.host, hop.port, hop.user, hop.known_as, hop.privilege) == ("bastion", 22, "scanner", "", Privilege.NONE)
    assert hop.password is None
    assert hop.through is None
    usual = access_of("name", SshSettings())
    assert (usual.host, usual.port, usual.agent, usual.retries, usual.through) == ("name", 22, True, 2, None)
    two = access_of("name", SshSettings(jump=("one", "two:2222"), port=99)).through
    assert two is not None
    assert two.through is not None
    assert (two.host, two.port, two.through.host, two.through.port) == ("two", 2222, "one", 22)
    assert access_of("name", SshSettings(jump=("none",))).through is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"port": 0}, "ssh.port: must be from 1 to 65535"),
        ({"host": "a b"}, "ssh.host: 'a b' is no name or address"),
        ({"host": "me@web-1"}, "the account stands under user"),
        ({"host": "-oProxyCommand=reboot"}, "ssh.host: "),
        ({"host": "web-1\x1b[2J"}, "ssh.host: 'web-1\\x1b[2J' is no name"),
        ({"user": "-oProxyCommand=reboot"}, None),
        ({"privilege": "root"}, "ssh.privilege: 'root' is none of none, sudo, installed"),
        ({"jump": ("a b",)}, "ssh.jump[0]: 'a b' is no [user@]host[:port]"),
        ({"password_file": Path("/a"), "password_variable": "A"}, "ssh.password_file: and password_variable exclude"),
        ({"connect_seconds": float("inf")}, "ssh.connect_seconds: must be a number that is more than 0"),
        ({"connect_seconds": float("nan")}, "ssh.connect_seconds: must be a number that is more than 0"),
        ({"retries": 11}, "ssh.retries: must be from 0 to 10"),
    ],
)
def test_what_does_not_fit(wrong: dict[str, Any], told: str | None) -> None:
    said = list(faults_of_ssh("ssh", SshSettings(**wrong)))
    assert told is None or (len(said) == 1 and told in said[0])
