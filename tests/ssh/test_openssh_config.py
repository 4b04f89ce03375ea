"""What OpenSSH's configuration says of a host, beside what ``ssh -G`` says."""

import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import paramiko
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from agent.config import Config, Target
from agent.errors import UnreachableError
from agent.plan import Selection, plan
from agent.scanning.scan import take
from agent.ssh.access import access_of
from agent.ssh.openssh_config import settings_for
from agent.ssh.openssh_options import Options, options_for
from agent.ssh.settings import SshSettings, address
from collectors.readings import Unread
from tests.hosts import catalogue

COMPARED = ("port", "user", "identityfile", "proxyjump", "hostkeyalias", "identitiesonly", "connecttimeout")
FILES = ("userknownhostsfile", "globalknownhostsfile")
ME = pwd.getpwuid(os.getuid()).pw_name


def written(folder: Path, text: str, name: str = "config") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def theirs(name: str, file: Path) -> dict[str, list[str]]:
    """What the real ssh says."""
    assert shutil.which("ssh"), "OpenSSH's client is missing: apt-get install openssh-client"
    done = subprocess.run(["ssh", "-G", "-F", file, name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        said.setdefault(keyword, []).append(value)
    return said


def hops(text: str) -> list[tuple[str, str, int | None]]:
    """Jump hosts in one form."""
    parts = [address(one.removeprefix("ssh://")) for one in text.split(",")]
    return [(one.host, one.user, one.port) for one in parts]


def as_ssh_says_it(found: Options) -> dict[str, object]:
    jump = found.one("proxyjump")
    return {
        "hostname": found.hostname,
        "port": found.one("port") or "22",
        "user": found.one("user") or ME,
        "identityfile": list(found.values.get("identityfile", ())),
        "proxyjump": hops(jump) if jump and jump != "none" else [],
        "hostkeyalias": found.one("hostkeyalias"),
        "identitiesonly": found.one("identitiesonly") in {"yes", "true"},
        "connecttimeout": found.one("connecttimeout") or "none",
        **{keyword: list(found.values.get(keyword, ())) for keyword in FILES},
    }


def as_ssh_says(said: dict[str, list[str]]) -> dict[str, object]:
    jump = said.get("proxyjump", [""])[0]
    keys = said.get("identityfile", [])
    files = {keyword: said[keyword][0].split() for keyword in FILES}
    return {
        "hostname": said["hostname"][0],
        "port": said["port"][0],
        "user": said["user"][0],
        "identityfile": [] if keys[:1] == ["~/.ssh/id_rsa"] else keys,
        "proxyjump": hops(jump) if jump else [],
        "hostkeyalias": said.get("hostkeyalias", [""])[0],
        "identitiesonly": said["identitiesonly"] == ["yes"],
        "connecttimeout": said["connecttimeout"][0],
        **{keyword: [] if files[keyword][0].endswith("known_hosts") else files[keyword] for keyword in FILES},
    }


def agrees(file: Path, *names: str) -> None:
    for name in names:
        assert as_ssh_says_it(options_for(name, file)) == as_ssh_says(theirs(name, file)), (name, file.read_text())


CONFIGURATIONS = [
    "",
    "# nothing\n\n   # at all\n",
    "User all\nHost web\n  HostName 10.0.0.1\n  Port 2222\n  User other\n",
    "Host web db\n HostName %h.example.com\nHost *\n User everyone\n Port 2200\n",
    "Host !web *\n  User not-web\nHost web\n User web\n",
    "Host * !web\n  User not-web\n",
    "Host w?b d*\n  Port 1022\n",
    "Host=web\nHostName = 10.0.0.2\nPort=99\n",
    'Host "web"\n  IdentityFile "/keys/a b"\n  IdentityFile /keys/c\\ d\n  IdentityFile /keys/c\\ d\n',
    "host web\nHOSTNAME 10.1.1.1 # a comment\nuser root#1\n",
    "Host web\n  ProxyJump bastion\nHost *\n  ProxyJump other:2222,last@third\n",
    "Host web\n  ProxyJump none\nHost *\n  ProxyJump other\n",
    "Host web\n  ProxyCommand none\nHost *\n  ProxyJump other\n",
    "Host web\n  ProxyJump ssh://ops@bastion:2222\n  HostKeyAlias known\n",
    "Host web\n  ProxyJump ops@[2001:db8::1]:2222\n",
    "Host web\n  IdentityFile none\n",
    "Host web\n  IdentitiesOnly yes\n  ConnectTimeout 7\n",
    "IdentitiesOnly no\nHost web\n  IdentitiesOnly yes\n  ConnectTimeout none\n",
    "Host web\n  UserKnownHostsFile /a /b\n  UserKnownHostsFile /c\n  GlobalKnownHostsFile /dev/null\n",
    "Match host web\n  User matched\nMatch all\n  User rest\n",
    "Match host web,db !user root\n  User never\n",
    "Match originalhost web\n  HostName db\nMatch host db\n  Port 3333\nMatch originalhost db\n  Port 4444\n",
    "Match host *.example.com,!web.example.com\n  User inside\n",
    f"Match localuser {ME}\n  User mine\n",
    "Match user root\n  Port 1\nMatch !user root\n Port 2\n",
    "Host web\n  HostName db.example.com\nMatch final host *.example.com\n  User at-last\nHost web\n Port 5\n",
    "Match final all\n  User at-last\nHost *\n Port 5\n",
    "Match canonical all\n  User never\n",
    'Match host="web"\n  User quoted\n',
    "Host WEB\n  HostName WWW.Example.COM\n",
    "Host web\n  HostName 100%%.%h\n",
    "Host web\n\tIdentityFile\t~/.ssh/%r@%h\n",
]


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_it_says_what_ssh_says(tmp_path: Path, text: str) -> None:
    agrees(written(tmp_path, text), "web", "db", "WEB", "web.example.com", "10.0.0.1")


def test_files_are_included_where_they_stand(tmp_path: Path) -> None:
    for name, text in {
        "one.conf": "Host web\n  User one\nHost db\n  Port 9\n",
        "two.conf": "User two\nHost *\n  IdentityFile /keys/two\n",
        "deep/three.conf": "Match host web\n  HostKeyAlias three\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        written(tmp_path, text, name)
    written(tmp_path, f"Include {tmp_path}/deep/*.conf\nPort 7\n", "four.conf")
    text = (
        f"Host web\n  Include {tmp_path}/one.conf {tmp_path}/four.conf\n  IdentityFile /keys/own\n"
        f"Host db\n  Include {tmp_path}/t*.conf\nInclude {tmp_path}/not-there {tmp_path}/nor*this\nHost *\n  User last\n"
    )
    agrees(written(tmp_path, text), "web", "db", "other")


_names = some.sampled_from(["web", "db", "web.example.com", "10.0.0.1"])
_patterns = some.lists(
    some.sampled_from(["web", "db", "*", "w*", "!web", "*.example.com", "?b", "!db*", "10.*", "web,db"]),
    min_size=1,
    max_size=3,
)
_lines = some.one_of(
    some.sampled_from(["db", "10.9.9.9", "%h.example.org", "Web.Example.Com"]).map("HostName {}".format),
    some.integers(1, 65535).map("Port {}".format),
    some.sampled_from(["root", "scanner", '"the scanner"']).map("User {}".format),
    some.sampled_from(["~/.ssh/a", "/keys/b", '"/keys/c d"', "%d/e"]).map("IdentityFile {}".format),
    some.sampled_from(["bastion", "none", "ops@bastion:22,second", "ssh://third:99"]).map("ProxyJump {}".format),
    some.sampled_from(["none"]).map("ProxyCommand {}".format),
    some.sampled_from(["known", "other"]).map("HostKeyAlias {}".format),
    some.sampled_from(["yes", "no"]).map("IdentitiesOnly {}".format),
    some.integers(1, 99).map("ConnectTimeout {}".format),
)
_heads = some.one_of(
    _patterns.map(lambda found: f"Host {' '.join(found)}"),
    some.tuples(some.sampled_from(["host", "originalhost", "!host", "user", "!user"]), _patterns).map(
        lambda found: f"Match {found[0]} {','.join(one for one in found[1])}"
    ),
    some.sampled_from(["Match all", "Match final host db", "Match host web user root", f"Match localuser {ME}"]),
)
_blocks = some.tuples(_heads, some.lists(_lines, max_size=4)).map(lambda found: "\n  ".join([found[0], *found[1]]))


@given(some.lists(_lines, max_size=2), some.lists(_blocks, max_size=6), _names)
@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_says_what_ssh_says_of_whatever_is_configured(
    tmp_path: Path, lines: list[str], blocks: list[str], name: str
) -> None:
    agrees(written(tmp_path, "\n".join([*lines, *blocks, ""])), name)


def test_a_match_that_would_run_a_command_is_never_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    text = f'Match host web exec "touch {ran}"\n  User other\nHost *\n  Port 9\n'
    file = written(tmp_path, text)
    with pytest.raises(
        UnreachableError, match=r"config:1: Match exec would run a command.* user on line 2 depends on it"
    ):
        settings_for("web", file)
    assert settings_for("db", file).port == 9
    assert settings_for("web", file, user="root").user == "root"  # what it would say does not matter then
    agrees(file, "db")
    assert not ran.exists()


def test_a_match_that_is_not_understood_matters_only_where_it_may_hold(tmp_path: Path) -> None:
    file = written(
        tmp_path, "Match host web localnetwork 10.0.0.0/8\n  Compression yes\nMatch tagged x host db\n  Port 8\n"
    )
    assert settings_for("web", file).port is None
    with pytest.raises(UnreachableError, match="config:3: Match tagged is not understood, and port on line 4"):
        settings_for("db", file)
    assert settings_for("other", file).port is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ProxyCommand nc %h %p", "config:1: ProxyCommand would run a command"),
        ("CanonicalizeHostname yes", "config:1: CanonicalizeHostname asks the network"),
        ("CertificateFile /keys/other.pub", "config:1: the certificate /keys/other.pub is not beside its key"),
        ("Port nowhere", "config:1: 'nowhere' is no port"),
        ("Port 0", "config:1: '0' is no port"),
        ("ConnectTimeout soon", "config:1: 'soon' is no time"),
        ("IdentityFile ~/%C", "config:1: %C in '~/%C' is not understood"),
        ("IdentityFile ${NOT_SET_ANYWHERE}", "config:1: the environment variable NOT_SET_ANYWHERE is not set"),
        ("HostName %n.example.com", "config:1: %n in"),
        ("ProxyJump a b@c@d", ""),
        ("ProxyJump a/b", "config:1: 'a/b' is no"),
        ('User "half', "config:1: a quotation mark"),
        ("=", "config:1: is no line"),
        ("Host", "config:1: host names nothing"),
        ("Match", "config:1: Match has no criteria"),
        ("User", "config:1: user has no value"),
        ("Include config", "is included too deeply"),
    ],
)
def test_what_cannot_be_followed_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = written(tmp_path, text.replace("Include ", f"Include {tmp_path}/") + "\n")
    if not told:
        assert settings_for("web", file).jump == (f"{ME}@a",)
        return
    with pytest.raises(UnreachableError) as fault:
        settings_for("web", file)
    assert told in str(fault.value)


def test_settings_are_what_the_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHERE", "/elsewhere")
    (tmp_path / "known").touch()
    text = f"""
Host web
  HostName web-%h.example.com
  Port ssh
  User scanner
  IdentityFile ~/keys/%r@%h:%p
  IdentityFile ${{WHERE}}/%n-%%-%d
  CertificateFile ~/keys/%r@%h:%p-cert.pub
  IdentitiesOnly yes
  UserKnownHostsFile {tmp_path}/not-there {tmp_path}/known
  GlobalKnownHostsFile none
  HostKeyAlias known
  ProxyJump a,%r@b:%p
  ConnectTimeout 1m30s
  StrictHostKeyChecking no
"""
    assert settings_for("web", written(tmp_path, text)) == SshSettings(
        host="web-web.example.com",
        port=22,
        user="scanner",
        key_files=(tmp_path / "keys/scanner@web-web.example.com:22", Path(f"/elsewhere/web-%-{tmp_path}")),
        agent=False,
        known_hosts=(tmp_path / "known",),
        known_as="known",
        jump=(f"{ME}@a", "scanner@b:22"),
        connect_seconds=90.0,
    )


def test_files_of_known_keys_that_are_all_missing_do_not_become_the_usual_ones(tmp_path: Path) -> None:
    file = written(tmp_path, "UserKnownHostsFile /not/there\nGlobalKnownHostsFile none\n")
    assert settings_for("web", file).known_hosts == (Path("/not/there"),)
    file = written(tmp_path, "UserKnownHostsFile none\nGlobalKnownHostsFile none\n")
    assert settings_for("web", file).known_hosts == (Path("/dev/null"),)


def test_the_usual_files_are_the_users_and_then_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.ssh import openssh_options

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(openssh_options, "_SYSTEM", tmp_path / "system")
    assert settings_for("web", None) == SshSettings(host="web")
    written(tmp_path, "Host web\n  User system\n  Port 4\n", "system")
    (tmp_path / ".ssh").mkdir()
    written(tmp_path / ".ssh", "Host web\n  User own\n  Include more\n")
    written(tmp_path / ".ssh", "HostKeyAlias more\n", "more")
    assert settings_for("web", None) == SshSettings(host="web", user="own", port=4, known_as="more")
    (tmp_path / ".ssh/config").chmod(0o622)
    with pytest.raises(UnreachableError, match="others may write it"):
        settings_for("web", None)
    assert settings_for("web", tmp_path / "none") == SshSettings()
    with pytest.raises(UnreachableError, match="there is no such OpenSSH configuration"):
        settings_for("web", tmp_path / "not-there")


def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    file = written(tmp_path, f"Include {tmp_path}/*.conf\nUser first\n")
    assert settings_for("web", file).user == "first"
    written(tmp_path, "User included\n", "a.conf")
    assert settings_for("web", file).user == "included"
    written(tmp_path, "User included-again\n", "a.conf")
    assert settings_for("web", file).user == "included-again"
    (tmp_path / "a.conf").unlink()
    written(tmp_path, "User second-time\n")
    assert settings_for("web", file).user == "second-time"


def test_many_hosts_are_looked_up_in_time_that_does_not_grow_with_their_square(tmp_path: Path) -> None:
    many = 5000
    text = "".join(f"Host web-{one}\n  HostName 10.0.{one // 256}.{one % 256}\n" for one in range(many))
    file = written(tmp_path, f"{text}Host *\n  User scanner\n")
    begun = time.thread_time()
    found = [settings_for(f"web-{one}", file) for one in range(many)]
    assert {one.user for one in found} == {"scanner"}
    assert len({one.host for one in found}) == many
    assert time.thread_time() - begun < 10


def test_what_is_configured_stands_over_what_openssh_says(tmp_path: Path) -> None:
    file = written(
        tmp_path, "Host web\n  HostName 10.0.0.1\n  User theirs\n  Port 7\n  HostKeyAlias known\n  IdentityFile /k\n"
    )
    access = access_of("web", SshSettings(user="ours", config_file=file))
    assert (access.host, access.user, access.port, access.known_as) == ("10.0.0.1", "ours", 7, "known")
    assert access.key_files == (Path("/k"),)
    assert access_of("fleet/x", SshSettings(host="web", config_file=file)).host == "10.0.0.1"
    none = access_of("web", SshSettings(config_file=tmp_path / "none"))
    assert (none.host, none.user, none.port, none.known_as) == ("web", "", 22, "")


def test_jump_hosts_are_reached_as_their_own_entries_say(tmp_path: Path) -> None:
    text = """
Host web
  User web
  IdentityFile /keys/web
  ProxyJump inner
Host inner
  HostName 10.0.0.2
  ProxyJump far,ops@outer:2200
Host outer
  HostName 10.0.0.3
  Port 99
  User not-this
  IdentityFile /keys/outer
  HostKeyAlias outermost
  ProxyJump never
Host far
  HostName 10.0.0.4
  ProxyJump farther
"""
    file = written(tmp_path, text)
    access = access_of("web", SshSettings(config_file=file, privilege="sudo"))
    way = []
    hop = access.through
    while hop is not None:
        way.append((hop.host, hop.port, hop.user, hop.known_as, hop.key_files))
        assert hop.privilege == "none"
        hop = hop.through
    web = (Path("/keys/web"),)
    assert way == [
        ("10.0.0.2", 22, ME, "", web),
        ("10.0.0.3", 2200, "ops", "outermost", (Path("/keys/outer"),)),
        ("10.0.0.4", 22, ME, "", web),
        ("farther", 22, ME, "", web),
    ]
    ours = access_of("web", SshSettings(config_file=file, jump=("outer",))).through
    assert ours is not None
    assert (ours.host, ours.port, ours.user) == ("10.0.0.3", 99, "not-this")
    alone = access_of("web", SshSettings(config_file=file, jump=("none",)))
    assert alone.through is None


def test_jump_hosts_that_lead_in_a_circle_are_told(tmp_path: Path) -> None:
    file = written(tmp_path, "Host web\n  ProxyJump a\nHost a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
    with pytest.raises(UnreachableError, match="lead in a circle"):
        access_of("web", SshSettings(config_file=file))


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """An SSH server on loopback into which nobody is let: its port. Its key is in the folder's ``known_hosts``."""
    key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")

        def serve() -> None:
            with suppress(OSError, EOFError, paramiko.SSHException):
                one = paramiko.Transport(listener.accept()[0])
                one.add_server_key(key)
                one.start_server(server=paramiko.ServerInterface())
                one.join(10)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield port
        finally:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port)).close()
            thread.join()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ProxyCommand nc %h %p", "ProxyCommand would run a command"),
        ("IdentityFile /not/there", "/not/there: No such file"),
        (
            "UserKnownHostsFile /not/there\nGlobalKnownHostsFile none",
            "/not/there: there is no such file of known hosts",
        ),
    ],
)
def test_a_host_that_cannot_be_reached_as_it_says_is_unseen_with_that_reason(
    tmp_path: Path, text: str, told: str
) -> None:
    file = written(tmp_path, f"{text}\n")
    chosen = plan(Config(), catalogue(), Selection(checks=("sshd-refuses-empty-passwords",)))
    with server(tmp_path) as port:
        known = () if "KnownHosts" in text else (tmp_path / "known_hosts",)
        reached = SshSettings(host="127.0.0.1", port=port, config_file=file, retries=0, known_hosts=known, agent=False)
        taken = take(chosen, Target("web", kind="ssh", ssh=reached, seconds=10))
    assert {type(one) for one in taken.readings.values()} == {Unread}
    assert {told in one.reason for one in taken.readings.values() if isinstance(one, Unread)} == {True}
