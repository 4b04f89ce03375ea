"""17.04(3) to MariaDB and MySQL on other machines."""

from checks.check import check, given
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed, unknown
from collectors.host.mysql import MysqlServer
from collectors.host.mysql_accounts import SqlAccount

_LOCAL = SqlAccount("root@localhost")
_PLAIN = SqlAccount("app@10.%")
_TLS = SqlAccount("app@10.%", tls=True)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        MysqlServer(requires_tls=True, tls=True),
        MysqlServer(requires_tls=True, not_seen="no server runs"),
        MysqlServer(tls=True, accounts=(_LOCAL, _TLS)),
        given(
            MysqlServer(requires_tls=True, tls=True, tls_versions=("TLSv1.1", "TLSv1.2")),
            versions=("TLSv1.1", "TLSv1.2"),
        ),
    ],
    fails=[
        MysqlServer(tls=False, not_seen="no server runs"),
        MysqlServer(tls=True, accounts=(_LOCAL, _TLS, _PLAIN)),
        MysqlServer(requires_tls=True, tls=True, tls_versions=("TLSv1.0", "TLSv1.2")),
    ],
    not_applicable=[
        MysqlServer(networking=False),
        MysqlServer(addresses=("127.0.0.1", "::1")),
        MysqlServer(tls=True, accounts=(_LOCAL,)),
    ],
)
def mysql_takes_remote_connections_only_encrypted(
    mysql_server: MysqlServer, *, versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
) -> Verdict:
    """Records that go to or come from MariaDB or MySQL over a network are encrypted.

    Why: a server that can encrypt still takes a connection without TLS, unless it or the account requires it.
    Fix: set `require_secure_transport = ON`, `ssl_cert`, `ssl_key` and `tls_version = TLSv1.2,TLSv1.3` in the `[mysqld]`
    group and restart; or `bind-address = 127.0.0.1` where only this machine needs it.
    Settings:
        versions: of TLS that may be spoken. 1.2 and 1.3 by default, since RFC 8996 took 1.0 and 1.1 out of use.
    """
    observed = {
        "bind_address": mysql_server.addresses or "every address",
        "require_secure_transport": mysql_server.requires_tls,
    }
    if not mysql_server.reachable and mysql_server.networking and mysql_server.x_protocol is None:
        return unknown(
            "whether the X Protocol of MySQL 8 listens for other machines is not stated: set mysqlx_bind_address"
        )
    if not mysql_server.reachable:
        return not_applicable("the server listens on this machine only")
    if mysql_server.tls is False:
        return failed("the server takes other machines and cannot encrypt", **observed)
    old = [one for one in mysql_server.tls_versions if one not in versions]
    if old:
        return failed("the server takes other machines with an old TLS", tls_version=old, **observed)
    if mysql_server.requires_tls:
        return passed(tls_version=mysql_server.tls_versions or "the default", **observed)
    if mysql_server.not_seen:
        return unknown(
            f"require_secure_transport is off, and whether accounts require TLS is not seen: {mysql_server.not_seen}"
        )
    remote = [one for one in mysql_server.accounts if one.remote and not one.locked]
    plain = [one.name for one in remote if not one.tls]
    if plain:
        return failed("accounts come in from other machines without TLS", accounts=plain, **observed)
    if not remote:
        return not_applicable("no account may come in from another machine", **observed)
    return passed("every account of other machines requires TLS", accounts=len(remote), **observed)
