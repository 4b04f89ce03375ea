import json

import pytest

from collectors.collector import Collector
from collectors.host.hashes import REDUCE, Kept, kept
from collectors.host.homes import HOMES, homes
from collectors.host.identifiers import NAMES, identifiers
from collectors.host.last_login import last_logins
from collectors.host.new_accounts import new_accounts
from collectors.host.shadow import SHADOW, passwords
from collectors.host.ssh_keys import KEYS, authorized_keys
from collectors.readings import Absent, Text, Unread
from collectors.sources import Command
from tests.hosts import can_run_real_hosts, need

USER = "user:alice:-:shadowed:-:1000:1000:/home/alice:/bin/bash\n"


def outcome(collector: Collector, *texts: str | None) -> object:
    """What a collector makes of the given readings, in the order of its sources."""
    readings = [Absent("it") if text is None else Text(text) for text in texts]
    return collector.outcome({source.key: one for source, one in zip(collector.sources, readings, strict=True)})


def reduced(field: str) -> Kept:
    """What remains of a password field, by the shell function that runs on targets."""
    import subprocess

    script = REDUCE + 'reduce "$1"; echo "$kept"\n'
    answers = {
        subprocess.run([shell, "-c", script, shell, field], capture_output=True, text=True, check=True).stdout.strip()
        for shell in ("dash", "bash")
    }
    assert len(answers) == 1
    return kept(answers.pop())


@pytest.mark.parametrize(
    ("field", "state", "scheme", "cost"),
    [
        ("", "empty", "", None),
        ("*", "locked", "", None),
        ("!!", "locked", "", None),
        ("!*", "locked", "", None),
        ("*LK*", "locked", "", None),
        ("x", "locked", "", None),
        ("*NP*", "locked", "", None),
        ("$y$j9T$salt$hash", "set", "yescrypt", None),
        ("!$y$j9T$salt$hash", "locked", "yescrypt", None),
        ("$2y$05$abcdefghijklmnopqrstuu", "set", "bcrypt", 5),
        ("$2b$12$abcdefghijklmnopqrstuu", "set", "bcrypt", 12),
        ("$6$salt$hash", "set", "sha512", 5000),
        ("$6$rounds=656000$salt$hash", "set", "sha512", 656000),
        ("$6$rounds=$salt$hash", "set", "sha512", None),
        ("$5$rounds=1000$salt$hash", "set", "sha256", 1000),
        ("$1$salt$hash", "set", "md5", None),
        ("$md5,rounds=5000$salt$hash", "set", "sun-md5", None),
        ("$new$salt$hash", "set", "unrecognised", None),
        ("abJnggxhB/yWI", "set", "des", None),
        ("!abJnggxhB/yWI", "locked", "des", None),
        ("_J9..CCCCXBrJUJV154M", "set", "bsdi-des", None),
        ("disabled", "locked", "", None),
        ("a; echo `id` $(id)", "locked", "", None),
    ],
)
def test_a_field_is_reduced_to_what_may_be_known(field: str, state: str, scheme: str, cost: int | None) -> None:
    found = reduced(field)
    assert (found.state, found.scheme, found.cost) == (state, scheme, cost)


def test_described() -> None:
    assert reduced("!$6$rounds=9000$salt$hash").described == "locked-with-hash (sha512 rounds=9000)"
    assert reduced("$2b$12$x").described == "bcrypt cost=12"
    assert reduced("!").described == "locked"


@pytest.mark.parametrize(
    "text", ["", "malformed\n", USER + "malformed\n", "user:a:b\n", "group:staff:-:none:-:50:\n", "\x00\x01"]
)
def test_garbage_gives_no_identifiers(text: str) -> None:
    assert isinstance(outcome(identifiers, text), Unread)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice:-:yescrypt:-:20000:0:99999:7:::\n",
        "shadow file\nmalformed\n",
        "shadow file\nalice:-:rot13:-:20000:0:99999:7:::\n",
        "shadow file\nalice:?:yescrypt:-:20000:0:99999:7:::\n",
        "shadow file\nalice:-:yescrypt:-:20000:0:99999:7::\n",
    ],
)
def test_garbage_gives_no_passwords(text: str) -> None:
    assert isinstance(outcome(passwords, USER, text), Unread)


def test_passwords_are_joined_by_name() -> None:
    found = outcome(
        passwords, USER, "shadow file\nalice:!:sha512:5000:20000:0:90:7:30:20500:\nalice:-:empty:-:::::::\n"
    )
    assert isinstance(found, tuple)
    (alice,) = found
    assert (alice.kept.state, alice.maximum_age, alice.inactive, alice.expires) == ("locked", 90, 30, 20500)


@pytest.mark.parametrize("text", ["shadow file\n", "no shadow file\n"])
def test_without_an_entry_no_password_opens_an_account(text: str) -> None:
    found = outcome(passwords, USER, text)
    assert isinstance(found, tuple)
    assert (found[0].kept.state, found[0].place) == ("locked", "nowhere")


END = "256 SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk end (ED25519)\n"
LOOKED = "looked .ssh/authorized_keys\nlooked .ssh/authorized_keys2\n"


@pytest.mark.parametrize("text", [LOOKED, END, LOOKED + "256 SHA256:x 1 (RSA)\n" + END, LOOKED + "what\n" + END])
def test_half_an_answer_gives_no_keys(text: str) -> None:
    server = "authorizedkeysfile .ssh/authorized_keys\npubkeyauthentication yes\nusepam yes\n"
    assert isinstance(outcome(authorized_keys, text, server, None), Unread)


def test_a_place_where_nobody_looked_gives_no_keys() -> None:
    server = "authorizedkeysfile .ssh/authorized_keys /etc/keys/%u\npubkeyauthentication yes\n"
    assert isinstance(outcome(authorized_keys, LOOKED + END, server, None), Unread)


STAT = "41c0 1000 1000 alice alice 4096 1700000000 /home/alice\n"


@pytest.mark.parametrize(
    "text", ["", "garbage\n", "stat: cannot statx '/home/alice': Permission denied\n", STAT.replace("41c0", "xyz")]
)
def test_a_home_that_was_not_seen_is_not_known(text: str) -> None:
    assert isinstance(outcome(homes, USER, None, text), Unread)


@pytest.mark.parametrize(
    "text",
    [
        "stat: cannot statx '/home/alice': No such file or directory\n",
        "stat: cannot stat '/home/alice': No such file or directory\n",
        "stat: can't stat '/home/alice': No such file or directory\n",
    ],
)
def test_a_home_that_is_not_there_is_left_out(text: str) -> None:
    assert outcome(homes, USER, None, text) == ()


HEADER = "Username         Port     From                                       Latest\n"


@pytest.mark.parametrize("text", ["", "garbage\n", HEADER + "alice    pts/0    10.0.0.1    yesterday\n"])
def test_garbage_gives_no_last_logins(text: str) -> None:
    assert isinstance(outcome(last_logins, text, "", "no database\n", USER), Unread)
    assert isinstance(outcome(last_logins, None, "", f"table\n{text}", USER), Unread)


def test_the_later_of_both_records_counts() -> None:
    kept_for_good = (
        HEADER + "alice            pts/0    10.0.0.1                                   Mon Jan  5 09:00:00 +0000 2026\n"
    )
    recent = "alice    tty2         :0    2026-01-08T09:00:00+00:00   gone - no logout\n\nwtmp begins 2026-01-01T00:00:00+00:00\n"
    found = last_logins.parse(kept_for_good, recent, "no database\n", USER)
    assert found.by_account["alice"].day == 8
    assert last_logins.parse(kept_for_good, "", "no database\n", USER).by_account["alice"].day == 5


def test_a_database_that_says_nothing_of_an_account() -> None:
    found = last_logins.parse(None, "", "seconds\nbob 1767600000\ncarol 0\n", USER)
    assert found.by_account["alice"] is None
    assert found.by_account["bob"] == found.since
    assert not last_logins.parse(None, "", "no database\n", USER).at


def test_new_accounts() -> None:
    own, vendor = "/etc/default/useradd", "/usr/etc/default/useradd"
    assert new_accounts.parse({own: "INACTIVE=30\n#INACTIVE=10\nINACTIVE=35\n"}).inactive == 35
    assert new_accounts.parse({own: "INACTIVE=-1\n", vendor: "INACTIVE=7\n"}).inactive is None
    assert new_accounts.parse({vendor: "INACTIVE=7\n"}).inactive == 7
    assert new_accounts.parse(None).inactive is None
    assert isinstance(outcome(new_accounts, json.dumps({own: "INACTIVE=soon\n"})), Unread)


@pytest.mark.parametrize("source", [NAMES, SHADOW, KEYS, HOMES])
@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh"])
def test_scripts_are_posix(source: Command, shell: str) -> None:
    import shutil
    import subprocess

    program = shell.split(maxsplit=1)[0]
    if not can_run_real_hosts():
        need(program)
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    done = subprocess.run([*shell.split(), "-n", "-c", source.words[2]], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
