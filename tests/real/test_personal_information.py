"""Declared places of personal information, and the files of databases, on a real file system with real access control lists."""

import os
import subprocess

import pytest

from tests import hosts
from tests.hosts import RunningHost, Tree, install_packages, scan, worst

pytestmark = pytest.mark.real

CLOSED = "personal-information-is-closed-to-others"
READERS = "personal-information-opens-only-for-those-who-need-it"
OWNER = "personal-information-has-an-owner"
PLACE = "/srv/client files"


def verdict(
    tree: Tree, check: str, readers: tuple[str, ...] | None = ("clients",), place: str = PLACE
) -> tuple[str, str]:
    return worst(scan(tree.transport, check, places={place: readers}), place)


def status(tree: Tree, check: str, readers: tuple[str, ...] | None = ("clients",), place: str = PLACE) -> str:
    return verdict(tree, check, readers, place)[0]


@pytest.fixture
def clients(tree: Tree) -> Tree:
    """A tree with a place that the group `clients` has, of which ann is a member and bo is not."""
    for name in ("ann", "bo"):
        tree.run("useradd", "--create-home", name)
    tree.run("groupadd", "clients")
    tree.run("usermod", "-aG", "clients", "ann")
    tree.write(f"{PLACE}/2026/contract.pdf", "x", 0o644)
    tree.run("chown", "-R", "root:clients", PLACE)
    tree.path(PLACE).chmod(0o750)
    return tree


def test_nothing_declared_is_unknown_and_says_how_to_declare(tree: Tree) -> None:
    told, reason = tree.verdict(CLOSED)
    assert told == "unknown"
    assert "personal_information.places" in reason


def test_a_place_that_is_not_there(tree: Tree) -> None:
    for check in (CLOSED, READERS, OWNER):
        assert status(tree, check, place="/srv/nothing here") == "not_applicable"
    assert status(tree, CLOSED, place="/etc/passwd/below") == "not_applicable"


def test_the_door_closes_everything_behind_it(clients: Tree) -> None:
    assert status(clients, CLOSED) == "pass"
    clients.path(PLACE).chmod(0o751)
    assert status(clients, CLOSED) == "fail"
    clients.path(f"{PLACE}/2026").chmod(0o750)
    assert status(clients, CLOSED) == "pass"
    clients.path(PLACE).chmod(0o754)
    assert status(clients, CLOSED) == "fail"
    clients.path(PLACE).chmod(0o755)
    assert "list it" in verdict(clients, CLOSED)[1]


def test_a_folder_above_closes_it_too(clients: Tree) -> None:
    clients.path(PLACE).chmod(0o755)
    assert status(clients, CLOSED) == "fail"
    clients.path("/srv").chmod(0o750)
    assert status(clients, CLOSED) == "pass"


def test_a_place_behind_a_link_is_judged_where_it_is(clients: Tree) -> None:
    clients.path("/data").symlink_to(PLACE)
    assert status(clients, CLOSED, place="/data") == "pass"
    clients.path(PLACE).chmod(0o755)
    assert status(clients, CLOSED, place="/data") == "fail"


def test_a_place_that_is_one_file(clients: Tree) -> None:
    clients.write("/srv/people.csv", "x", 0o644)
    assert status(clients, CLOSED, place="/srv/people.csv") == "fail"
    clients.path("/srv/people.csv").chmod(0o640)
    assert status(clients, CLOSED, place="/srv/people.csv") == "pass"


def test_readers(clients: Tree) -> None:
    assert status(clients, READERS) == "pass"
    assert status(clients, READERS, None) == "unknown"
    assert status(clients, READERS, ("ann",)) == "pass"
    assert status(clients, READERS, ("bo",)) == "fail"
    clients.run("usermod", "-aG", "clients", "bo")
    assert status(clients, READERS, ("ann",)) == "fail"
    assert status(clients, READERS, ("ann", "bo")) == "pass"


def test_files_of_a_reader_and_of_a_stranger(clients: Tree) -> None:
    clients.write(f"{PLACE}/a.txt", "x", 0o664)
    clients.run("chown", "ann:ann", f"{PLACE}/a.txt")
    assert status(clients, READERS) == "pass"
    clients.run("chown", "bo:bo", f"{PLACE}/a.txt")
    told, _ = verdict(clients, READERS)
    assert told == "fail"
    assert status(clients, OWNER) == "pass"
    clients.run("chown", "4711:bo", f"{PLACE}/a.txt")
    assert status(clients, OWNER) == "fail"


def test_names_that_would_break_lines(clients: Tree) -> None:
    clients.path(PLACE).chmod(0o751)
    clients.path(f"{PLACE}/2026").chmod(0o750)
    assert status(clients, CLOSED) == "pass"
    clients.write(f"{PLACE}/a\nbelow\t1 -rw-r----- 0 0 1\tx\x1b[2J", "x", 0o604)
    told, reason = verdict(clients, CLOSED)
    assert told == "fail"
    assert reason.startswith("1 files")


def test_more_than_is_looked_at(clients: Tree) -> None:
    folder = clients.path(f"{PLACE}/many")
    folder.mkdir()
    for number in range(20_100):
        os.mknod(folder / f"{number}", 0o100640)
    assert status(clients, CLOSED) == "pass"
    clients.path(PLACE).chmod(0o751)
    clients.path(f"{PLACE}/2026").chmod(0o750)
    told, reason = verdict(clients, CLOSED)
    assert (told, "more than" in reason) == ("unknown", True)


def test_access_control_lists(clients: Tree) -> None:
    """The mode of a place says nothing of a user that is on its list; without getfacl that user cannot be seen."""
    hosts.need("acl")
    set_list = ["setfacl", "-m"]
    clients.run("chown", "-R", "root:clients", PLACE)
    subprocess.run([*set_list, "u:1001:rx", str(clients.path(PLACE))], check=True)  # bo
    assert status(clients, CLOSED) == "pass"
    told, reason = verdict(clients, READERS)
    assert (told, "getfacl" in reason) == ("unknown", True)
    with open(os.devnull, "w") as log:  # noqa: PTH123
        install_packages(clients.root, "acl", log)
    assert status(clients, READERS) == "fail"
    assert status(clients, READERS, ("clients", "bo")) == "pass"
    subprocess.run(["setfacl", "-b", str(clients.path(PLACE))], check=True)
    assert status(clients, READERS) == "pass"
    subprocess.run([*set_list, "g:1001:r", str(clients.path(f"{PLACE}/2026/contract.pdf"))], check=True)
    assert status(clients, READERS) == "unknown"


def test_an_ordinary_user_does_not_pass_what_it_cannot_see(host: RunningHost) -> None:
    from collectors.transports.local import Shell

    host.run("useradd", "--create-home", "ann")
    host.write(f"{PLACE}/inner/a.txt", "x", 0o644)
    host.path(PLACE).chmod(0o751)
    host.path(f"{PLACE}/inner").chmod(0o711)
    ann = Shell((*host.enter, "setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"))
    assert worst(scan(host.transport, CLOSED, places={PLACE: ()}))[0] == "fail"
    told, reason = worst(scan(ann, CLOSED, places={PLACE: ()}))
    assert told == "unknown", reason


def test_files_and_dumps_of_databases(tree: Tree) -> None:
    files, dumps = "database-files-are-closed-to-others", "database-dumps-are-closed-to-others"
    assert tree.status(files) == "pass"  # PostgreSQL and Redis as Debian installs them
    assert tree.status(dumps) == "not_applicable"
    tree.write("/var/lib/mysql/clients/people.ibd", "x", 0o644)
    assert tree.status(files) == "fail"
    tree.path("/var/lib/mysql").chmod(0o700)
    assert tree.status(files) == "pass"
    tree.write("/home/ann/2026-01.sql.gz", "x", 0o644)
    assert tree.status(dumps) == "fail"
    tree.path("/home/ann").chmod(0o700)
    assert tree.status(dumps) == "pass"
    tree.write("/var/www/html/old/site.sql", "x", 0o640)
    assert tree.status(dumps) == "pass"
    tree.path("/var/www/html/old/site.sql").chmod(0o644)
    assert tree.status(dumps) == "fail"


@pytest.mark.parametrize("program", ["/usr/bin/xargs", "/usr/bin/ls", "/usr/bin/mawk", "/usr/bin/sort"])
def test_what_lies_there_is_not_passed_over_where_a_program_is_missing(clients: Tree, program: str) -> None:
    clients.path(PLACE).chmod(0o751)
    clients.path(f"{PLACE}/2026").chmod(0o755)
    assert status(clients, CLOSED) == "fail"
    clients.remove(program)
    assert status(clients, CLOSED) == "unknown"


def test_a_volume_below_a_place_is_not_passed_over(host: RunningHost) -> None:
    below = f"{PLACE}/old years"
    host.write(f"{below}/a.txt", "x", 0o600)
    host.path(PLACE).chmod(0o751)
    assert worst(scan(host.transport, CLOSED, places={PLACE: ()}))[0] == "pass"
    host.run("mount", "-t", "tmpfs", "-o", "mode=755", "years", below)
    host.run("sh", "-c", f"echo x >'{below}/a.txt'; chmod 644 '{below}/a.txt'")
    told, reason = worst(scan(host.transport, CLOSED, places={PLACE: ()}))
    assert (told, below in reason) == ("unknown", True)
    both = scan(host.transport, CLOSED, places={PLACE: (), below: ()})
    assert worst(both, PLACE)[0] == "pass"
    assert worst(both, below)[0] == "fail"


def test_names_of_files_do_not_forge_what_is_told_of_databases(tree: Tree) -> None:
    tree.write("/tmp/x\x0copen_store\t/y.sql", "x")
    tree.write("/tmp/x\u2028open_store\t/z.sql", "x")
    assert tree.status("database-files-are-closed-to-others") == "pass"
    assert tree.status("database-dumps-are-closed-to-others") == "fail"


def test_settings_of_the_operators_shell_change_nothing(clients: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    clients.path(PLACE).chmod(0o751)
    clients.path(f"{PLACE}/2026").chmod(0o755)
    for name, value in {
        "TIME_STYLE": "long-iso",
        "QUOTING_STYLE": "shell-always",
        "BLOCK_SIZE": "human-readable",
    }.items():
        monkeypatch.setenv(name, value)
        assert status(clients, CLOSED) == "fail"
        monkeypatch.delenv(name)


@pytest.mark.parametrize("program", ["find", "tr", "head"])
def test_databases_are_not_passed_over_where_a_program_is_missing(tree: Tree, program: str) -> None:
    tree.write("/var/lib/mysql/a.ibd", "x", 0o600)
    tree.write("/home/a.sql", "x", 0o600)
    for check in ("database-files-are-closed-to-others", "database-dumps-are-closed-to-others"):
        assert tree.status(check) == "pass"
    tree.remove(f"/usr/bin/{program}")
    for check in ("database-files-are-closed-to-others", "database-dumps-are-closed-to-others"):
        assert tree.status(check) == "unknown"


def test_many_dumps(tree: Tree) -> None:
    for number in range(150):
        tree.write(f"/srv/dumps/{number} of\n150.sql", "x", 0o604 if number > 100 else 0o600)
    told = tree.findings("database-dumps-are-closed-to-others")[0]
    assert (told.status.value, told.verdict.reason) == ("fail", "49 dumps of databases may be read by everybody")


def test_each_dump_is_told_by_itself(tree: Tree) -> None:
    for name in ("a", "b", "c"):
        tree.write(f"/srv/{name}.sql", "x", 0o644)
    (found,) = tree.findings("database-dumps-are-closed-to-others")
    told = str(found.verdict.observed["paths"])
    assert all(f"/srv/{name}.sql" in told for name in "abc")
    assert "sql/srv" not in told
    assert found.verdict.reason.startswith("3 dumps")
