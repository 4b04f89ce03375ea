"""What the scripts for MariaDB and MySQL say, understood.

The forms of MySQL's files are those of its manual (Using Option Files; Persisted System Variables); there is no MySQL in
Debian to run.
"""

import pytest

from checks.transmission.mysql import mysql_takes_remote_connections_only_encrypted
from collectors.host.mysql import ACCOUNTS, OPTIONS, MysqlServer, mysql_servers
from collectors.readings import Absent, Text, Unread

SERVER = "server\t10.11.18-MariaDB\troot@localhost\t0\t0\tDISABLED\tTLSv1.2,TLSv1.3\n"
ROOT = "account\troot\tlocalhost\t0\t0\tsocket\n"
RUNNING = "product\tMariaDB\nprocess\tbegin 17\n"
MYSQL = "product\tMySQL\n/etc/my.cnf\t\n"


def outcome(options: str, asked: str | None) -> object:
    return mysql_servers.outcome(
        {OPTIONS.key: Text(options), ACCOUNTS.key: Absent("mariadb") if asked is None else Text(asked)}
    )


def server(options: str, asked: str | None = None) -> MysqlServer:
    found = outcome(options, asked)
    assert isinstance(found, tuple), found
    assert isinstance(found[0], MysqlServer)
    return found[0]


def remote(options: str) -> str:
    return mysql_takes_remote_connections_only_encrypted.judge(server(options)).status.value


def test_nothing_is_installed() -> None:
    assert outcome("", None) == ()
    assert outcome("", "unseen process\n") == ()


def test_the_account_of_each_way() -> None:
    found = server(RUNNING, SERVER + ROOT + "account\troot\tlocalhost\t0\t0\tempty\nopen\ttest\nend\n")
    (account,) = found.accounts
    assert account.ways == ("socket", "empty")
    assert found.open_databases == ("test",)


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "end\n",
        SERVER + "end\n",
        SERVER + ROOT,
        SERVER + ROOT.replace("socket", "many") + "end\n",
        SERVER + ROOT.replace("socket", "*81F5E21E35407D884A6CD4A731AEBFB6AF209E1B") + "end\n",
        SERVER + "nonsense\tx\nend\n",
        SERVER.replace("DISABLED", "?") + ROOT + "end\n",
        "unseen more than words\n",
    ],
)
def test_what_is_not_understood(asked: str) -> None:
    assert isinstance(outcome(RUNNING, asked), Unread)


def test_why_a_server_said_nothing() -> None:
    for said, words in (
        ("process", "no server process"),
        ("1045", "does not let root in"),
        ("2013", "error 2013"),
        ("", "unknown"),
    ):
        assert words in server(RUNNING, f"unseen {said}\n").not_seen


def test_an_answer_of_a_server_that_is_not_seen_is_not_believed() -> None:
    assert isinstance(outcome("product\tMariaDB\n", SERVER + ROOT + "end\n"), Unread)
    assert isinstance(outcome(RUNNING + "process\tbegin 18\n", SERVER + ROOT + "end\n"), Unread)


def test_a_group_of_one_release() -> None:
    options = RUNNING + "/etc/my.cnf\t\n/etc/my.cnf\toption mariadb-{} skip-grant-tables\n"
    asked = SERVER + ROOT + "end\n"
    assert server(options.format("10.11"), asked).skips_grants
    assert not server(options.format("11.4"), asked).skips_grants
    assert isinstance(outcome(options.format("11.4"), None), Unread)


def test_the_arguments_of_a_process_say_which_files_count() -> None:
    files = "/etc/my.cnf\t\n/etc/my.cnf\toption mysqld skip-grant-tables\n/etc/mysql/own.cnf\t\n"
    assert server(RUNNING + files).skips_grants
    assert not server(RUNNING + "process\tno-defaults\n" + files).skips_grants
    assert not server(RUNNING + "process\tdefaults-file=/etc/mysql/own.cnf\n" + files).skips_grants
    assert not server(RUNNING + "process\tskip-grant-tables=0\n" + files).skips_grants
    assert isinstance(outcome(RUNNING + "process\tdefaults-file=/srv/own.cnf\n" + files, None), Unread)
    assert isinstance(outcome(RUNNING + "process\tdefaults-group-suffix=2\n" + files, None), Unread)


def test_groups_of_mariadb_are_not_those_of_mysql() -> None:
    assert not server(MYSQL + "/etc/my.cnf\toption mariadb skip-grant-tables\n").skips_grants
    assert server(MYSQL + "/etc/my.cnf\toption mysqld skip-grant-tables\n").skips_grants


def test_mysql_and_what_it_persisted() -> None:
    x_local = "/etc/my.cnf\toption mysqld mysqlx-bind-address=127.0.0.1\n"
    assert remote(MYSQL) == "unknown"  # it can encrypt, and its accounts are not asked
    assert remote(MYSQL + "persisted\trequire_secure_transport=ON\n") == "pass"
    assert (
        remote(MYSQL + "/etc/my.cnf\toption mysqld require-secure-transport\npersisted\trequire_secure_transport=OFF\n")
        == "unknown"
    )
    assert remote(MYSQL + "/etc/my.cnf\toption mysqld ssl=0\n") == "fail"
    assert remote(MYSQL + "/etc/my.cnf\toption mysqld bind-address=127.0.0.1\n") == "unknown"
    assert remote(MYSQL + "/etc/my.cnf\toption mysqld bind-address=127.0.0.1\n" + x_local) == "not_applicable"
    assert (
        remote(MYSQL + "/etc/my.cnf\toption mysqld bind-address=127.0.0.1\npersisted\tmysqlx_bind_address=*\n")
        == "unknown"
    )


def test_a_host_name_instead_of_an_address() -> None:
    assert isinstance(outcome(MYSQL + "/etc/my.cnf\toption mysqld bind-address=db.example.com\n", None), Unread)
