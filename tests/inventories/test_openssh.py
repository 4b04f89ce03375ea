"""The hosts of an OpenSSH configuration."""

from pathlib import Path

import pytest

from agent.config import Target, Unasked
from agent.errors import InventoryError
from agent.inventories.hosts import listed, members_of
from agent.inventories.settings import Fleet
from agent.ssh.access import access_of
from agent.ssh.settings import SshSettings

TEXT = """
Host web-1 web-2 *.example.com !web-3 w?b
  User web
Host db-1
  HostName 10.0.0.9
  ProxyJump bastion
Host odd
  ProxyCommand nc %h %p
Match host not-listed
  User x
Host bastion
  HostName 192.0.2.1
  User ops
Match all
Include MORE
Host web-1
  Port 2222
Host *
  User everyone
  IdentityFile /keys/all
"""


def written(folder: Path, text: str) -> Path:
    (folder / "more").write_text("Host included\n  HostKeyAlias more\n")
    path = folder / "config"
    path.write_text(text.replace("MORE", str(folder / "more")))
    return path


def test_every_name_that_is_no_pattern_is_a_host(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT)
    hosts = {one.name: one for one in listed(Fleet("openssh", file))}
    assert list(hosts) == ["web-1", "web-2", "db-1", "odd", "bastion", "included"]
    keys = (Path("/keys/all"),)
    assert hosts["web-1"].ssh == SshSettings(port=2222, user="web", key_files=keys, config_file=file)
    assert hosts["included"].ssh.known_as == "more"
    assert (
        hosts["odd"].fault
        == f"{file}:8: ProxyCommand would run a command, which is never done; use ProxyJump, or name a jump host under ssh.jump"
    )


def test_a_host_is_reached_as_its_file_says_whatever_the_defaults_are(tmp_path: Path) -> None:
    file = written(tmp_path, TEXT)
    target = Target(
        "office", kind="fleet", fleet=Fleet("openssh", file), ssh=SshSettings(user="fleet", privilege="sudo")
    )
    members = {one.name: one for one in members_of(target)}
    assert {name for name, one in members.items() if isinstance(one, Unasked)} == {"office/odd"}
    defaults = SshSettings(user="default", jump=("elsewhere",), config_file=tmp_path / "none", retries=5)
    access = access_of("office/db-1", members["office/db-1"].ssh.over(defaults))
    assert (access.host, access.user, access.privilege, access.retries) == ("10.0.0.9", "everyone", "sudo", 5)
    assert access.through is not None
    assert (access.through.host, access.through.user) == ("192.0.2.1", "ops")


def test_a_file_that_is_not_understood_is_no_half_inventory(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"config:3: a quotation mark"):
        listed(Fleet("openssh", written(tmp_path, 'Host a\nHost b\n  User "x\n')))
    with pytest.raises(InventoryError, match="there is no such"):
        listed(Fleet("openssh", tmp_path / "not-there"))
