import pytest

from collectors.collector import Collector
from collectors.host.kept_secrets import KEPT
from collectors.host.process_secrets import PROCESSES, command_lines, environments
from collectors.host.secrets_at_rest import credential_files, history_files, job_files, private_keys
from collectors.readings import Text, Unread

FILE = "file\tc\tnetrc\talice\t1000\t1000\t1000\t0600\tgo\t/home/alice/.netrc\n"
HOLDS = "holds\tnetrc\t2\t3\n"


def kept(collector: Collector, text: str) -> object:
    return collector.outcome({KEPT.key: Text(text)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        FILE,
        FILE + HOLDS,
        "seen\tc\t3\n",
        "end\tmany\n",
        FILE + "holds\thunter2\t1\t1\nend\t1\n",
        FILE + "holds\tnetrc\t1\nend\t1\n",
        FILE.replace("netrc\talice", "other\talice") + HOLDS + "end\t1\n",
        FILE.replace("0600", "rw-------") + HOLDS + "end\t1\n",
        FILE.replace("/home/alice/.netrc", "password") + HOLDS + "end\t1\n",
        "password hunter2\nend\t1\n",
        "unseen\tc\n" + "end\t1\n",
    ],
)
def test_what_is_not_the_whole_answer_is_not_understood(text: str) -> None:
    assert isinstance(kept(credential_files, text), Unread)


def test_a_place_that_was_not_seen_counts_for_all_that_it_may_hold() -> None:
    text = "unseen\tchjk\tpermission denied\t/home/bob\nseen\tc\t4\nend\t4\n"
    for collector in (credential_files, history_files, job_files, private_keys):
        facts = kept(collector, text)
        assert isinstance(facts, tuple)
        assert (facts[0].path, facts[0].unseen) == ("/home/bob", "permission denied")


def test_a_file_that_is_named_twice_is_told_once() -> None:
    facts = kept(credential_files, f"{FILE}{HOLDS}{FILE}{HOLDS}seen\tc\t5\nend\t5\n")
    assert isinstance(facts, tuple)
    first, rest = facts
    assert (first.path, first.mode, str(first.holds[0])) == ("/home/alice/.netrc", "0600", "netrc (line 3 and 1 more)")
    assert rest.seen == 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hidden\t0\n",
        "hidden\t0\nend\t3\n",
        "hidden\tno\ndenied\t0\nend\t3\n",
        "hidden\t0\nargument\tx\t0\thunter2\ndenied\t0\nend\t3\n",
        "hidden\t0\nargument\tx\troot\tassignment\ndenied\t0\nend\t3\n",
        "hidden\t0\n--password=x\ndenied\t0\nend\t3\n",
    ],
)
def test_half_an_answer_about_processes_is_not_understood(text: str) -> None:
    assert isinstance(command_lines.outcome({PROCESSES.key: Text(text)}), Unread)


def test_processes_of_one_program_and_account_are_one_subject() -> None:
    text = (
        "hidden\t0\nvariable\tphp\t33\tassignment\tDB_PASSWORD\nvariable\tphp\t33\tassignment\tAPI_TOKEN\n"
        "variable\tphp\t0\tprivate-key\t?\nunseen\tvariable\tphp\t33\tit is long\ndenied\t2\nend\t9\n"
    )
    facts = environments.outcome({PROCESSES.key: Text(text)})
    assert isinstance(facts, tuple)
    assert [one.subject for one in facts] == ["php of user 33", "php of user 0", "every other process"]
    assert (facts[0].names, facts[0].found, facts[0].unseen) == (
        ("DB_PASSWORD", "API_TOKEN"),
        ("assignment",),
        "it is long",
    )
    assert (facts[2].seen, facts[2].unseen) == (7, "the environments of 2 processes may not be read")
