import json

import pytest

from collectors.host.sshd import Sshd, sshd
from collectors.readings import Absent, Text, Unread

T, FILES = (source.key for source in sshd.sources)
MAIN, DROP_IN = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/a.conf"


def read(effective: str, **files: str) -> object:
    named = {MAIN: files.get("main", ""), DROP_IN: files.get("drop_in", "")}
    return sshd.outcome({T: Text(effective), FILES: Text(json.dumps(named))})


def match_settings(**files: str) -> object:
    outcome = read("port 22\nusepam yes\n", **files)
    return outcome.match_settings if isinstance(outcome, Sshd) else outcome


def test_match_blocks_count_where_the_file_is_included() -> None:
    block = "Match User a\nPermitEmptyPasswords yes\n"
    include = "Include /etc/ssh/sshd_config.d/*.conf\n"
    assert match_settings(main=block) == (("User a", "permitemptypasswords", "yes"),)
    assert match_settings(drop_in=block) == ()
    assert match_settings(main=include, drop_in=block) == (("User a", "permitemptypasswords", "yes"),)
    assert match_settings(main=f"Match Group g\n{include}", drop_in="Banner x\n") == (("Group g", "banner", "x"),)
    assert match_settings(main="Match all\nBanner x\n") == ()
    assert match_settings(main=f"{include}Banner x\n", drop_in=block)[1:] == ()


def test_what_was_not_read_is_unseen() -> None:
    assert isinstance(match_settings(main="Include /opt/ssh/*.conf\n"), Unread)
    assert isinstance(match_settings(main=f"Include {MAIN}\n"), Unread)
    assert isinstance(read(""), Unread)
    assert isinstance(sshd.outcome({T: Absent(), FILES: Absent()}), Absent)
    assert isinstance(sshd.outcome({T: Unread("denied"), FILES: Absent()}), Unread)


def test_the_first_value_holds() -> None:
    outcome = read("port 22\nPermitRootLogin no\npermitrootlogin yes\n")
    assert isinstance(outcome, Sshd)
    assert outcome.value("permitrootlogin") == "no"
    assert outcome.value("nosuch") == ""


@pytest.mark.parametrize(
    "effective", ["", " ", "usepam yes\n", "port 22\nbad: line\n", "port 22\n\nusepam yes\n", "[]"]
)
def test_what_sshd_does_not_say_is_not_understood(effective: str) -> None:
    assert isinstance(read(effective), Unread)
