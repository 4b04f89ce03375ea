"""17.04(3) to databases on other machines."""

from checks.check import check
from checks.verdict import HIGH, Verdict, failed, not_applicable, passed
from collectors.host.postgresql import HbaRow, PostgresCluster

_SSL = HbaRow("hostssl", ("all",), ("all",), "10.0.0.0/8", "scram-sha-256")
_EITHER = HbaRow("host", ("all",), ("all",), "10.0.0.0/8", "scram-sha-256")
_NO_PLAIN = HbaRow("hostnossl", ("all",), ("all",), "all", "reject")
_ANY = ("*",)


def _turned_away(row: HbaRow, postgresql: PostgresCluster) -> bool:
    """Whether an earlier row rejects the plain connections that this row would let in."""
    plain = HbaRow("hostnossl", row.databases, row.users, row.address, row.method)
    earlier = postgresql.rows[: postgresql.rows.index(row)]
    return any(one.method == "reject" and one.covers(plain) for one in earlier)


@check(
    "17.04(3)",
    facet="public",
    severity=HIGH,
    passes=[
        PostgresCluster("a", listen=_ANY, ssl=True, rows=(_SSL,)),
        PostgresCluster("a", listen=_ANY, ssl=True, rows=(_NO_PLAIN, _EITHER)),
    ],
    fails=[
        PostgresCluster("a", listen=_ANY, ssl=True, rows=(_EITHER,)),
        PostgresCluster("a", listen=_ANY, ssl=False, rows=(_EITHER,)),
    ],
    not_applicable=[PostgresCluster("a", rows=(_EITHER,))],
)
def postgresql_takes_remote_connections_only_encrypted(postgresql: PostgresCluster) -> Verdict:
    """Records that go to or come from PostgreSQL over a network are encrypted.

    Why: a row of type `host` takes a connection without TLS as readily as one with it.
    Fix: set `ssl = on` in postgresql.conf and make the rows of pg_hba.conf for other machines `hostssl`, or put
    `hostnossl all all all reject` before them; reload.
    """
    if not postgresql.reachable:
        return not_applicable("PostgreSQL listens on this machine only", listen=postgresql.listen)
    remote = [row for row in postgresql.effective_rows if row.beyond_loopback and row.method != "reject"]
    plain = [
        f"{row.kind} {','.join(row.databases)} {','.join(row.users)} {row.address}"
        for row in remote
        if row.kind in ("host", "hostnossl", "hostnogssenc") and not _turned_away(row, postgresql)
    ]
    if plain:
        return failed("rows of pg_hba.conf take other machines without TLS", rows=plain, ssl=postgresql.ssl)
    return passed(ssl=postgresql.ssl, remote_rows=len(remote), listen=postgresql.listen)
