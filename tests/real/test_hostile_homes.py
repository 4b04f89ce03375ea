"""What a person may put into a home that root's scanner then reads."""

import os
import time

import pytest

from collectors.host.kept_secrets import KEPT, script
from collectors.readings import Text, Unread
from collectors.transports.local import Shell
from tests.accounts import add
from tests.hosts import RunningHost, Tree, scan, worst

pytestmark = pytest.mark.real

PRIVATE = "files-with-credentials-are-private"
NONE = "no-credentials-lie-in-well-known-files"
HISTORY = "shell-histories-hold-no-secret"
JOBS = "jobs-and-units-hold-no-secret"
KEYS = "private-keys-of-accounts-are-private"
SECRET = "hunter2-Tr0ub4dor"
ALICE = (1000, 1000)


def mine(tree: Tree, name: str, text: str, mode: int = 0o600) -> str:
    tree.write(f"/home/alice/{name}", text, mode=mode, owner=ALICE)
    return f"/home/alice/{name}"


def link(tree: Tree, name: str, target: str) -> str:
    path = tree.path(f"/home/alice/{name}")
    path.symlink_to(target)
    os.lchown(path, *ALICE)
    return f"/home/alice/{name}"


def subjects(tree: Tree, check: str) -> dict[str, str]:
    return {one.subject: one.status.value for one in tree.findings(check)}


@pytest.mark.alone
def test_what_is_no_regular_file_is_not_opened(tree: Tree) -> None:
    add(tree, "alice")
    home = tree.path("/home/alice")
    os.mkfifo(home / ".netrc")
    os.mkfifo(home / ".bash_history")
    os.mknod(home / ".pgpass", 0o020666, os.makedev(1, 5))  # /dev/zero: as long as one reads
    (home / ".npmrc").mkdir()
    link(tree, ".zsh_history", "/dev/null")
    link(tree, ".python_history", "/dev/zero")
    (home / ".ssh").mkdir()
    os.mkfifo(home / ".ssh/id_rsa")
    os.mkfifo(tree.path("/etc/cron.d/fifo"))
    begun = time.monotonic()
    assert isinstance(tree.transport.read([KEPT])[KEPT.key], Text)
    assert time.monotonic() - begun < 5
    for check in (PRIVATE, JOBS):
        assert list(subjects(tree, check).values()) == ["pass"]
    assert tree.status(HISTORY) == "not_applicable"
    assert tree.status(KEYS) == "not_applicable"


def test_a_link_to_a_file_of_somebody_else_is_not_followed(tree: Tree) -> None:
    add(tree, "alice", "correct horse")
    tree.write("/root/.pgpass", f"h:1:d:u:{SECRET}\n", mode=0o600)
    hidden = [link(tree, ".pgpass", "/root/.pgpass"), link(tree, ".netrc", "/etc/shadow")]
    tree.path("/root/.config/gh").mkdir(parents=True)
    tree.write("/root/.config/gh/hosts.yml", f"oauth_token: {SECRET}\n", mode=0o600)
    hidden.append(link(tree, ".config", "/root/.config") + "/gh/hosts.yml")
    dangling = link(tree, ".npmrc", "/nowhere/at/all")
    own = mine(tree, "dotfiles/pypirc", f"password = {SECRET}\n")
    link(tree, ".pypirc", "dotfiles/pypirc")
    for path in hidden:
        assert tree.verdict(NONE, path) == (
            "unknown",
            "it was not looked at: it belongs to somebody else, and the account may not read it",
        )
    assert dangling not in subjects(tree, NONE)
    assert own not in subjects(tree, NONE)
    assert subjects(tree, NONE)["/home/alice/.pypirc"] == "fail"
    assert subjects(tree, NONE)["/root/.pgpass"] == "fail"


def test_names_of_files(tree: Tree) -> None:
    add(tree, "alice")
    unit = f"[Service]\nEnvironment=PGPASSWORD={SECRET}\n"
    mine(tree, ".config/systemd/user/two words '\"$(id)`id`.service", unit)
    mine(tree, ".config/systemd/user/\x1b]0;owned\x07.service", unit)
    mine(tree, ".config/systemd/user/x=y:M:81a4:644:0:0:1:.service", unit)
    tree.write("/etc/cron.d/with\nline", f"* * * * * root mysql -p{SECRET}\n")
    found = subjects(tree, JOBS)
    assert found == {
        "/home/alice/.config/systemd/user/two words '\"$(id)`id`.service": "fail",
        "/home/alice/.config/systemd/user/\\033]0;owned\\007.service": "fail",
        "/home/alice/.config/systemd/user/x=y:M:81a4:644:0:0:1:.service": "fail",
        "/etc/cron.d": "unknown",
        "every other file looked at": "pass",
    }


def test_names_of_homes(tree: Tree) -> None:
    tree.append("/etc/passwd", "eve:x:2000:2000::/srv/o'neil $(touch x) `id` \x1b[2J:/bin/sh\n")
    tree.append("/etc/passwd", "mal:x:2001:2001::/home/../etc:/bin/sh\nrel:x:2002:2002::home/rel:/bin/sh\n")
    tree.write("/srv/o'neil $(touch x) `id` \x1b[2J/.pgpass", f"h:1:d:u:{SECRET}\n", owner=(2000, 2000))
    assert subjects(tree, PRIVATE)["/srv/o'neil $(touch x) `id` \\033[2J/.pgpass"] == "fail"


@pytest.mark.alone
def test_long_lines_and_long_files(tree: Tree) -> None:
    add(tree, "alice")
    mine(tree, ".bash_history", "x" * 1_500_000 + f" mysql -p{SECRET} " + "y" * 400_000)
    assert tree.status(HISTORY, "/home/alice/.bash_history") == "fail"
    mine(tree, ".zsh_history", "echo\n" * 500_000)
    assert tree.verdict(HISTORY, "/home/alice/.zsh_history") == (
        "unknown",
        "it was not looked at: it is longer than 2097152 bytes",
    )
    with tree.path("/home/alice/.psql_history").open("wb") as sparse:
        sparse.truncate(1 << 40)
    os.chown(tree.path("/home/alice/.psql_history"), *ALICE)
    begun = time.monotonic()
    assert tree.status(HISTORY, "/home/alice/.psql_history") == "unknown"
    assert time.monotonic() - begun < 5


def test_what_one_account_fills_the_scan_with_does_not_hide_another(tree: Tree) -> None:
    for name in ("alice", "bob"):
        add(tree, name)
    for name in ("bash", "zsh", "ash", "sh", "ksh"):
        mine(tree, f".{name}_history", "ls\n" * 600_000)
    tree.write("/home/bob/.bash_history", f"mysql -p{SECRET}\n", owner=(1001, 1001))
    found = subjects(tree, HISTORY)
    assert found["/home/bob/.bash_history"] == "fail"
    assert sorted(found.values()) == ["fail", "pass", "unknown", "unknown", "unknown"]


def test_more_names_than_are_looked_at(tree: Tree) -> None:
    add(tree, "alice")
    for number in range(501):
        mine(tree, f".ssh/{number}", "")
    assert tree.verdict(KEYS, "/home/alice/.ssh") == ("unknown", "it was not looked at: more than 500 names")


def test_more_homes_than_are_looked_at(tree: Tree) -> None:
    rows = "".join(f"u{n}:x:{3000 + n}:{3000 + n}::/srv/homes/{n}:/bin/sh\n" for n in range(420))
    tree.append("/etc/passwd", rows)
    assert list(subjects(tree, NONE).values()).count("unknown") >= 19


def test_a_bound_on_all_files(tree: Tree) -> None:
    mine(tree, "x", "")
    tree.write("/root/.bash_history", "ls\n" * 100)
    said = tree.run("sh", "-c", script(limit=1000, everything=1000))
    assert "unseen\th\tall files are longer than what is read\t/root/.bash_history" in said


def ordinary(host: RunningHost) -> Shell:
    return Shell((*host.enter, "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"))


def test_what_an_ordinary_user_may_not_see_is_unknown(host: RunningHost) -> None:
    add(host, "alice")
    add(host, "bob")
    host.run("chmod", "700", "/home/bob")
    mine(host, ".netrc", f"machine h login l password {SECRET}\n")
    host.write("/etc/mysql/debian.cnf", f"password = {SECRET}\n", mode=0o600)
    as_alice = ordinary(host)
    told = {one.subject: one.status.value for one in scan(as_alice, NONE)}
    assert told["/home/alice/.netrc"] == "fail"
    assert told["/home/bob"] == "unknown"
    assert told["/root"] == "unknown"
    assert told["/etc/mysql/debian.cnf"] == "unknown"
    assert worst(scan(as_alice, HISTORY), "/home/bob")[0] == "unknown"
    assert worst(scan(as_alice, KEYS), "/home/bob")[0] == "unknown"
    assert worst(scan(as_alice, JOBS), "every other file looked at")[0] == "pass"
    host.run("chmod", "755", "/home/bob")
    host.write("/home/bob/.ssh/id", "x", mode=0o600, owner=(1001, 1001))
    host.write("/home/bob/.config/x", "x", mode=0o600, owner=(1001, 1001))
    host.run("chmod", "700", "/home/bob/.ssh", "/home/bob/.config")
    host.write("/var/spool/cron/crontabs/root", "", mode=0o600)
    host.run("chmod", "1730", "/var/spool/cron/crontabs")
    assert worst(scan(as_alice, KEYS), "/home/bob/.ssh")[0] == "unknown"
    assert worst(scan(as_alice, NONE), "/home/bob/.config")[0] == "unknown"
    assert worst(scan(as_alice, JOBS), "/var/spool/cron/crontabs")[0] == "unknown"


def test_without_stat_or_with_a_broken_awk_nothing_is_told(tree: Tree) -> None:
    tree.write("/usr/local/bin/awk", "#!/bin/sh\nexit 3\n", mode=0o755)
    assert isinstance(tree.transport.read([KEPT])[KEPT.key], Unread)
    tree.remove("/usr/local/bin/awk")
    tree.write("/usr/local/bin/stat", "#!/bin/sh\nexit 1\n", mode=0o755)
    tree.write("/root/.pgpass", f"h:1:d:u:{SECRET}\n")
    assert isinstance(tree.transport.read([KEPT])[KEPT.key], Unread)
    tree.remove("/usr/local/bin/stat")
    tree.remove("/usr/bin/stat")
    assert tree.status(NONE) == "unknown"


def test_tens_of_long_histories_are_read_quickly(tree: Tree) -> None:
    lines = "cd src/project\ngit status\nls -la /var/log\nvim config.yaml\nssh web1.example.org\nmake test\nmkdir -p build\n"
    for number in range(30):
        add(tree, f"user{number}")
        tree.write(f"/home/user{number}/.bash_history", lines * 1000, mode=0o600, owner=(1000 + number, 1000 + number))
    before = os.times()
    tree.run("sh", "-c", KEPT.words[2])
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert spent < 0.5, spent


def test_one_home_does_not_use_up_the_time_and_the_room_of_all(tree: Tree) -> None:
    for name in ("alice", "bob"):
        add(tree, name)
    tree.write("/home/bob/.netrc", f"machine h login l password {SECRET}\n", owner=(1001, 1001))
    for number in range(12_000):
        tree.path(f"/home/alice/.config/gcloud/legacy_credentials/{number}").mkdir(parents=True)
    units = tree.path("/home/alice/.config/systemd/user")
    for number in range(400):
        folder = units / f"{number}-{'x' * 200}.d"
        folder.mkdir(parents=True)
        for other in range(30):
            (folder / f"{other}-{'y' * 200}").touch()
    tree.run("chown", "-R", "alice:", "/home/alice")
    found = subjects(tree, NONE)
    assert found["/home/bob/.netrc"] == "fail"
    assert found["/home/alice/.config/gcloud/legacy_credentials"] == "unknown"
    assert tree.verdict(JOBS, "/home/alice") == (
        "unknown",
        "it was not looked at: it has more names than are looked at",
    )
