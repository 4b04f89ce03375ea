"""A real MariaDB in good and bad states, and the same judged from its option files."""

import signal
import time
from collections.abc import Iterator

import pytest

from collectors.host.mysql import MysqlServer, mysql_servers
from collectors.host.stored_defaults import sql_defaults
from collectors.readings import Text
from collectors.transports.local import Shell
from tests.hosts import RunningHost, Tree, image, running, scan, tree_of, until, worst
from tests.service_hosts import mariadb, services_host, services_tree, sql

pytestmark = pytest.mark.real

GRANTS = "mysql-looks-at-its-accounts"
ACCOUNTS = "mariadb-accounts-have-a-name-and-a-password-of-their-own"
DATABASES = "mariadb-has-no-database-that-every-account-may-use"
REMOTE = "mysql-takes-remote-connections-only-encrypted"
SERVER = "/etc/mysql/mariadb.conf.d/50-server.cnf"
OWN = "/etc/mysql/mariadb.conf.d/99-own.cnf"
SECRET = "correct-horse-battery"


@pytest.fixture
def files() -> Iterator[Tree]:
    with services_tree() as fresh:
        yield fresh


@pytest.fixture
def database() -> Iterator[RunningHost]:
    with services_host() as alive:
        yield alive


def certificate(host: Tree) -> None:
    host.run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=db"),
        *("-keyout", "/etc/mysql/key.pem", "-out", "/etc/mysql/cert.pem"),
    )
    host.run("chown", "mysql", "/etc/mysql/key.pem")


def test_accounts(database: RunningHost) -> None:
    with mariadb(database, "--user=mysql", "--skip-name-resolve"):
        assert database.status(ACCOUNTS) == "pass"
        sql(
            database,
            f"CREATE USER ana@'%' IDENTIFIED BY '{SECRET}'; CREATE ROLE readers; GRANT SELECT ON mysql.* TO PUBLIC",
        )
        assert database.status(ACCOUNTS) == "pass"
        sql(database, "CREATE USER root@'127.0.0.1' IDENTIFIED BY ''")
        assert database.run("mariadb", "--no-defaults", "-h127.0.0.1", "-uroot", "-e", "SELECT 7").split() == ["7", "7"]
        assert database.status(ACCOUNTS) == "fail"
        assert database.status(ACCOUNTS, accepted=("root@127.0.0.1",)) == "pass"
        sql(database, "ALTER USER root@'127.0.0.1' ACCOUNT LOCK")
        assert database.status(ACCOUNTS) == "pass"
        sql(database, "DROP USER root@'127.0.0.1'; CREATE USER ''@localhost")
        assert "@localhost has no name" in str(database.findings(ACCOUNTS)[0].verdict.observed)
        sql(database, f"ALTER USER ''@localhost IDENTIFIED BY '{SECRET}'")
        assert database.status(ACCOUNTS) == "fail"
        sql(database, "DROP USER ''@localhost; CREATE USER ben@localhost IDENTIFIED BY 'ben'")
        assert database.status(ACCOUNTS) == "fail"
        sql(
            database,
            "ALTER USER ben@localhost IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('ben')",
        )
        assert database.status(ACCOUNTS) == "fail"
        sql(database, "ALTER USER ben@localhost IDENTIFIED VIA unix_socket OR mysql_native_password USING ''")
        assert database.status(ACCOUNTS) == "fail"
        sql(database, "ALTER USER ben@localhost IDENTIFIED VIA unix_socket")
        assert database.status(ACCOUNTS) == "pass"
        sql(
            database,
            "INSTALL SONAME 'auth_ed25519'; CREATE USER eve@localhost IDENTIFIED VIA ed25519 USING PASSWORD('eve')",
        )
        assert database.status(ACCOUNTS) == "pass"  # its form cannot be compared in SQL


def test_every_entry_of_the_table(database: RunningHost) -> None:
    with mariadb(database):
        for one in sql_defaults():
            for user, secret in one.pairs:
                for made, expected in ((secret, "fail"), (f"{secret} and more", "pass")):
                    sql(database, f"CREATE USER '{user}'@'10.1.1.1' IDENTIFIED BY '{made}'")
                    status = database.status(ACCOUNTS)
                    assert status == expected, (user, made)
                    sql(database, f"DROP USER '{user}'@'10.1.1.1'")


def test_no_hash_leaves_the_server(database: RunningHost) -> None:
    with mariadb(database):
        sql(database, f"CREATE USER ana@'%' IDENTIFIED BY '{SECRET}'")
        stored = sql(
            database, "SELECT JSON_VALUE(Priv, '$.authentication_string') FROM mysql.global_priv WHERE User='ana'"
        )
        assert len(stored.strip()) == 41
        said = str(database.transport.read(mysql_servers.sources))
        assert "account\\tana\\t%\\t0\\t0\\tset" in said
        assert stored.strip()[1:12] not in said
        assert SECRET not in said


def test_a_root_account_with_a_password_is_unknown_and_asked_once(database: RunningHost) -> None:
    database.write("/etc/mysql/mariadb.conf.d/99-log.cnf", "[mysqld]\nlog_warnings=4\nlog_error=/tmp/error.log\n")
    database.write("/root/.my.cnf", f"[client]\npassword={SECRET}\n")
    database.write("/.my.cnf", f"[client]\npassword={SECRET}\n")
    with mariadb(database):
        sql(database, f"ALTER USER root@localhost IDENTIFIED BY '{SECRET}'")
        status, reason = database.verdict(ACCOUNTS)
        assert status == "unknown"
        assert "does not let root in" in reason
        assert database.read("/tmp/error.log").count("denied for user 'root'") == 1
        assert database.status(GRANTS) == "pass"


def test_root_behind_pam_is_unknown(database: RunningHost) -> None:
    database.write(
        "/etc/pam.d/mysql", "auth required pam_exec.so expose_authtok /tmp/told\naccount required pam_permit.so\n"
    )
    database.write("/tmp/told", "#!/bin/sh\ncat >>/tmp/words\n", mode=0o755)
    with mariadb(database):
        sql(database, "INSTALL SONAME 'auth_pam'; ALTER USER root@localhost IDENTIFIED VIA pam USING 'mysql'")
        assert database.status(ACCOUNTS) == "unknown"
        words = database.path("/tmp/words")
        assert not words.exists() or not words.read_bytes().strip(b"\0")


def test_a_server_that_does_not_look_at_accounts(database: RunningHost) -> None:
    with mariadb(database, "--user=mysql", "--skip-grant-tables"):
        assert database.status(GRANTS) == "fail"
    with mariadb(database, "--user=mysql", "--skip_grant"):
        assert database.status(GRANTS) == "fail"
    with mariadb(database):
        assert database.status(GRANTS) == "pass"
        database.write(OWN, "[mysqld]\nskip-grant-tables\n")
        assert database.status(GRANTS) == "fail"  # from its next start
        database.write(OWN, "[mysqld]\nskip-grant-tables = OFF\n")
        assert database.status(GRANTS) == "pass"
    database.write(OWN, "[mysqld]\nskip-grant-tables\n")
    with mariadb(database):
        database.remove(OWN)
        assert database.status(GRANTS) == "fail"  # until it is restarted


def test_a_server_that_was_started_with_a_file_of_its_own(database: RunningHost) -> None:
    database.write("/etc/mysql/only.cnf", "[mysqld]\nuser=mysql\nskip-networking\nsocket=/run/mysqld/other.sock\n")
    with mariadb(database):
        assert database.findings(ACCOUNTS)[0].status == "pass"
    database.run("ln", "-s", "other.sock", "/run/mysqld/mysqld.sock")
    with mariadb(database, "--defaults-file=/etc/mysql/only.cnf"):
        assert database.status(ACCOUNTS) == "pass"
        (server,) = server_of(database)
        assert not server.networking


def server_of(host: Tree) -> tuple[MysqlServer, ...]:
    found = mysql_servers.outcome(host.transport.read(mysql_servers.sources))
    assert isinstance(found, tuple), found
    return found  # type: ignore[return-value]


def test_databases_that_every_account_may_use(database: RunningHost) -> None:
    with mariadb(database):
        assert database.status(DATABASES) == "pass"
        sql(
            database,
            "INSERT INTO mysql.db (Host, Db, User, Select_priv, Insert_priv) VALUES ('%', 'test', '', 'Y', 'Y');"
            "FLUSH PRIVILEGES; CREATE DATABASE test; CREATE TABLE test.records (id int);"
            f"CREATE USER ana@localhost IDENTIFIED BY '{SECRET}'",
        )
        database.run("mariadb", "--no-defaults", "-uana", f"-p{SECRET}", "-e", "INSERT INTO test.records VALUES (1)")
        assert database.status(DATABASES) == "fail"
        assert database.status(DATABASES, accepted=("test",)) == "not_applicable"
        sql(database, "DELETE FROM mysql.db WHERE User = ''; FLUSH PRIVILEGES")
        assert database.status(DATABASES) == "pass"


def test_remote_connections(database: RunningHost) -> None:
    certificate(database)
    with mariadb(database):
        assert database.status(REMOTE) == "not_applicable"
    database.replace(SERVER, "bind-address            = 127.0.0.1", "bind-address = 0.0.0.0")
    with mariadb(database):
        status, reason = database.verdict(REMOTE)
        assert (status, reason) == ("fail", "the server takes other machines and cannot encrypt")
    database.write(OWN, "[mariadb]\nssl_cert=/etc/mysql/cert.pem\nssl-key = /etc/mysql/key.pem # own\n")
    with mariadb(database):
        assert database.status(REMOTE) == "not_applicable"  # nobody may come from elsewhere
        sql(database, f"CREATE USER ana@'10.%' IDENTIFIED BY '{SECRET}'")
        assert database.status(REMOTE) == "fail"
        sql(database, "ALTER USER ana@'10.%' REQUIRE SSL")
        assert database.status(REMOTE) == "pass"
        sql(database, "ALTER USER ana@'10.%' REQUIRE NONE; SET GLOBAL require_secure_transport = ON")
        assert database.status(REMOTE) == "fail"  # the next start forgets it
    database.append(OWN, "require_secure_transport = on\n")
    with mariadb(database):
        assert database.status(REMOTE) == "pass"
        sql(database, "SET GLOBAL require_secure_transport = OFF")
        assert database.status(REMOTE) == "fail"
    database.append(OWN, "tls_version=TLSv1.1,TLSv1.2\n")
    with mariadb(database):
        assert database.status(REMOTE) == "fail"
        assert database.status(REMOTE, versions=("TLSv1.1", "TLSv1.2")) == "pass"


def test_option_files(files: Tree) -> None:
    assert files.status(REMOTE) == "not_applicable"
    assert files.status(GRANTS) == "pass"
    assert files.verdict(ACCOUNTS) == (
        "unknown",
        "no server process is seen, and only a running server tells its accounts",
    )
    files.write(OWN, "[mysqld]\n#bind-address = 10.1.1.1\n[client]\nskip-grant-tables\n")
    assert files.status(REMOTE) == "not_applicable"
    assert files.status(GRANTS) == "pass"
    files.write(OWN, "[mysqld]\nbind_address = '10.1.1.1'\nrequire_secure_transport\n")
    assert files.status(REMOTE) == "pass"
    files.append(OWN, "skip-require-secure-transport\n")
    assert files.status(REMOTE) == "unknown"
    files.append(OWN, "skip-ssl\n")
    assert files.status(REMOTE) == "fail"
    files.append(OWN, "skip-networking=1\n")
    assert files.status(REMOTE) == "not_applicable"
    files.append(OWN, "[mariadb]\nloose-skip_grant_tables = 1\n")
    assert files.status(GRANTS) == "fail"
    files.write(OWN, "[mariadb-10.11]\nskip-grant-tables\n")
    assert files.status(GRANTS) == "unknown"  # which release reads it is not told by files
    files.write(OWN, "!include /srv/more.cnf\n")
    assert files.status(GRANTS) == "unknown"


def test_a_file_that_everybody_may_write_to_is_passed_over_as_the_server_does(database: RunningHost) -> None:
    database.write(OWN, "[mysqld]\nskip-networking\n", mode=0o666)
    database.replace(SERVER, "bind-address            = 127.0.0.1", "bind-address = 0.0.0.0")
    with mariadb(database):
        assert sql(database, "SELECT @@skip_networking") == "0\n"
        (server,) = server_of(database)
        assert server.networking
        assert database.status(REMOTE) == "fail"
    database.path(OWN).chmod(0o644)
    with mariadb(database):
        assert sql(database, "SELECT @@skip_networking") == "1\n"
        assert database.status(REMOTE) == "not_applicable"


def test_an_option_file_that_may_not_be_read_is_unknown(files: Tree) -> None:
    files.write(OWN, "[mysqld]\nskip-grant-tables\n", mode=0o600)
    within = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    status, reason = worst(scan(Shell(("chroot", str(files.root), *within)), GRANTS))
    assert status == "unknown"
    assert "ermission denied" in reason


def test_an_ordinary_user_does_not_ask_the_server(database: RunningHost) -> None:
    database.write("/etc/mysql/debian.cnf", "[client]\n", mode=0o644)
    with mariadb(database):
        within = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        shell = Shell((*database.enter, *within))
        assert worst(scan(shell, ACCOUNTS)) == ("unknown", "only root may ask the server who has an account")
        assert worst(scan(shell, GRANTS))[0] == "pass"


@pytest.mark.alone
def test_a_server_that_hangs_does_not_hold_the_scan(database: RunningHost) -> None:
    with mariadb(database) as process:
        database.run("sh", "-c", "kill -STOP $(pidof mariadbd)")
        begun = time.monotonic()
        status, _ = database.verdict(ACCOUNTS)
        assert status == "unknown"
        assert time.monotonic() - begun < 10
        database.run("sh", "-c", "kill -CONT $(pidof mariadbd)")
        process.send_signal(signal.SIGCONT)  # nsenter stops with what it has started


def test_a_machine_without_it(tree: Tree) -> None:
    for check in (GRANTS, ACCOUNTS, DATABASES, REMOTE):
        assert tree.status(check) == "not_applicable"


def test_without_the_client_only_the_accounts_are_unknown(files: Tree) -> None:
    files.path("/usr/bin/mariadb").unlink()
    assert files.verdict(ACCOUNTS) == ("unknown", "there is no mariadb client to ask with")
    assert files.status(GRANTS) == "pass"


def test_the_secrets_beside_the_options_stay(files: Tree) -> None:
    files.write(OWN, f"[mysqld]\nwsrep_sst_auth=root:{SECRET}\nssl-passphrase={SECRET}\nbind-address=::1\n")
    reading = files.transport.read(mysql_servers.sources[:1])[mysql_servers.sources[0].key]
    assert isinstance(reading, Text)
    assert "bind-address=::1" in reading.text
    assert SECRET not in reading.text


@pytest.mark.parametrize("tool", ["awk", "find", "readlink", "sed", "tr"])
@pytest.mark.parametrize("breaks", [False, True])
def test_without_a_tool_nothing_changes_but_to_unknown(database: RunningHost, tool: str, breaks: bool) -> None:
    database.replace(SERVER, "bind-address            = 127.0.0.1", "bind-address = 0.0.0.0")
    with mariadb(database, "--user=mysql", "--skip-grant-tables"):
        before = {check: database.status(check) for check in (GRANTS, ACCOUNTS, REMOTE)}
        assert before[GRANTS] == before[REMOTE] == "fail"
        place = database.path(f"/usr/bin/{tool}")
        aside = place.with_name(f"{tool}.aside")
        place.rename(aside)
        if breaks:
            place.write_text("#!/bin/sh\nexit 1\n")
            place.chmod(0o755)
        after = {check: database.status(check) for check in before}
        aside.replace(place)
        assert all(status in (before[check], "unknown") for check, status in after.items()), after


@pytest.fixture
def newer() -> Iterator[RunningHost]:
    with tree_of(image("trixie", "mariadb-server")) as fresh, running(fresh, "newer") as alive:
        yield alive


def test_a_release_that_makes_its_own_certificate(newer: RunningHost) -> None:
    newer.replace(SERVER, "bind-address            = 127.0.0.1", "#")
    with mariadb(newer):
        (server,) = server_of(newer)
        assert server.version >= (11, 4)
        assert server.tls
        assert newer.status(ACCOUNTS) == newer.status(GRANTS) == newer.status(DATABASES) == "pass"
        sql(newer, f"CREATE USER ana@'%' IDENTIFIED BY '{SECRET}'")
        assert newer.verdict(REMOTE) == ("fail", "accounts come in from other machines without TLS")
    newer.write(OWN, "[mariadbd]\nrequire-secure-transport\n")
    with mariadb(newer):
        assert newer.status(REMOTE) == "pass"
    newer.write(OWN, "[mariadbd]\nrequire-secure-transport=0\nskip-ssl\n")
    with mariadb(newer):
        assert newer.verdict(REMOTE)[1] == "the server takes other machines and cannot encrypt"
    with mariadb(newer, "--user=mysql", "--skip-grant-tables"):
        assert newer.status(GRANTS) == "fail"


def test_a_program_of_another_account_with_the_servers_name_is_not_run(database: RunningHost) -> None:
    database.run("useradd", "-m", "eve")
    database.run("cp", "/bin/sleep", "/home/eve/mysqld")
    database.start("setpriv", "--reuid=eve", "--regid=eve", "--clear-groups", "/home/eve/mysqld", "600")
    until(lambda: "mysqld" in database.run("ps", "-A", "-o", "comm"))
    database.remove("/home/eve/mysqld")
    database.write("/home/eve/mysqld", "#!/bin/sh\nid >/home/eve/ran\n", mode=0o755)
    assert database.status(ACCOUNTS) == "unknown"
    assert not database.path("/home/eve/ran").exists()


def test_many_processes_with_the_servers_name_do_not_hold_the_scan_up(database: RunningHost) -> None:
    database.start("perl", "-e", 'for (1 .. 25) { if (!fork) { $0 = "mysqld"; sleep 600; exit } } sleep 600')
    until(lambda: database.run("ps", "-A", "-o", "comm").count("mysqld") == 25)
    status, reason = database.verdict(GRANTS)
    assert status == "unknown"
    assert "more than 20 processes have the name of a server" in reason
