"""17.04(2) within MariaDB and MySQL: who comes in, and by what."""

from checks.check import check, given
from checks.verdict import CRITICAL, LOW, Verdict, failed, not_applicable, passed, unknown
from collectors.host.mysql import MysqlServer
from collectors.host.mysql_accounts import SqlAccount
from collectors.host.stored_defaults import sql_defaults

_ROOT = SqlAccount("root@localhost", ways=("none-fits", "socket"))
_OPEN = SqlAccount("root@%", ways=("empty",))
_NOBODY = SqlAccount("@localhost", ways=("empty",))


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[MysqlServer(), MysqlServer(running=False)],
    fails=[MysqlServer(skips_grants=True), MysqlServer(running=False, skips_grants=True)],
)
def mysql_looks_at_its_accounts(mysql_server: MysqlServer) -> Verdict:
    """MariaDB and MySQL ask who comes in: skip-grant-tables is off, in the option files, the arguments and the server.

    Why: with it, whoever reaches the server is its administrator and gives no password at all; it is meant for a few
    minutes of repair, and is easily left behind.
    Fix: remove `skip-grant-tables` from the option files and from the arguments of the service, and restart it.
    """
    if mysql_server.skips_grants:
        return failed("the server does not look at accounts and passwords", skip_grant_tables=True)
    return passed(product=mysql_server.product, running=mysql_server.running, skip_grant_tables=False)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[
        MysqlServer(accounts=(_ROOT, SqlAccount("ana@%"), SqlAccount("sys@localhost", locked=True, ways=("empty",)))),
        MysqlServer(accounts=(SqlAccount("ana@%", ways=("elsewhere",)),)),
        given(MysqlServer(accounts=(_ROOT, _OPEN)), accepted=("root@%",)),
    ],
    fails=[
        MysqlServer(accounts=(_ROOT, _OPEN)),
        MysqlServer(accounts=(_NOBODY,)),
        MysqlServer(accounts=(SqlAccount("@%", ways=("set",)),)),
        MysqlServer(accounts=(SqlAccount("ana@%", ways=("user-name",)),)),
        MysqlServer(accounts=(SqlAccount("root@%", ways=("set", "vendor-default:mariadb-image-example")),)),
    ],
)
def mariadb_accounts_have_a_name_and_a_password_of_their_own(
    mysql_server: MysqlServer, *, accepted: tuple[str, ...] = ()
) -> Verdict:
    """No account of MariaDB is anonymous, and none opens without a password, with its own name, or with a published one.

    Why: "unique identifications plus passwords, which are not vendor supplied default passwords": releases before 10.4, and
    containers to this day, come with a root account that has none. The server itself compares; no hash leaves it.
    Fix: `ALTER USER NAME@HOST IDENTIFIED BY ...` or `IDENTIFIED VIA unix_socket`, `DROP USER ''@HOST`; or run
    `mariadb-secure-installation`.
    Settings:
        accepted: accounts, as USER@HOST, that may do without; none by default. For one that another program creates anew
            at every start and that can read nothing.
    """
    if mysql_server.not_seen:
        return unknown(mysql_server.not_seen)
    products = {f"vendor-default:{one.id}": one.product for one in sql_defaults()}
    open_to: dict[str, str] = {}
    unclear = []
    for one in mysql_server.accounts:
        if one.locked or one.name in accepted:
            continue
        published = next((products[way] for way in one.ways if way in products), "")
        if one.anonymous:
            open_to[one.name] = "has no name"
        elif "empty" in one.ways:
            open_to[one.name] = "has no password"
        elif published:
            open_to[one.name] = f"has the password of {published}"
        elif "user-name" in one.ways:
            open_to[one.name] = "has its own name as its password"
        elif "unrecognised" in one.ways:
            unclear.append(one.name)
    if open_to:
        return failed(
            "accounts come in without a password of their own",
            accounts=[f"{name} {why}" for name, why in open_to.items()],
        )
    if unclear:
        return unknown("accounts come in through plugins that are not known here", accounts=unclear)
    return passed(accounts=len(mysql_server.accounts))


@check(
    "17.04(2)(a)",
    severity=LOW,
    passes=[MysqlServer(accounts=(_ROOT,))],
    fails=[MysqlServer(accounts=(_ROOT,), open_databases=("test", r"test\_%"))],
    not_applicable=[given(MysqlServer(accounts=(_ROOT,), open_databases=("scratch",)), accepted=("scratch",))],
)
def mariadb_has_no_database_that_every_account_may_use(
    mysql_server: MysqlServer, *, accepted: tuple[str, ...] = ()
) -> Verdict:
    """No database of MariaDB is open to every account, as the vendor's test database is.

    Why: access to records is for those who need it; a grant to the anonymous user is a grant to everybody, and what is copied
    into `test` to try something may be read by every application's account.
    Fix: `DELETE FROM mysql.db WHERE User = ''; FLUSH PRIVILEGES;` and `DROP DATABASE test`, or run
    `mariadb-secure-installation`.
    Settings:
        accepted: databases, as the grant names them, that everybody may use on purpose; none by default.
    """
    if mysql_server.not_seen:
        return unknown(mysql_server.not_seen)
    found = [one for one in mysql_server.open_databases if one not in accepted]
    if found:
        return failed("databases are open to every account", databases=found)
    if mysql_server.open_databases:
        return not_applicable("the open databases are accepted by the configuration")
    return passed(open_databases=0)
