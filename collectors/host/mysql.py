"""MariaDB and MySQL servers: what they were told, and what the running one says of itself."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.mysql_accounts import ACCOUNTS, NOT_ASKED, SqlAccount, told
from collectors.host.mysql_option_files import OPTIONS
from collectors.host.mysql_options import reachable, servers

_TLS_BY_ITSELF = (11, 4)
"""The MariaDB that makes its own certificate where it is given none."""


@dataclass(frozen=True)
class MysqlServer(Fact):
    """One server. What it was told and what holds now are both looked at, since either may be the worse."""

    datadir: str = "/var/lib/mysql"
    product: str = "MariaDB"
    running: bool = True
    version: tuple[int, ...] = ()
    """Of the running server, where it was seen."""
    skips_grants: bool = False
    """Whether everybody comes in as everybody: ``skip-grant-tables``."""
    networking: bool = True
    """Whether it has a TCP port at all."""
    addresses: tuple[str, ...] = ()
    """``bind-address``; empty means every address."""
    x_protocol: bool | None = False
    """Whether MySQL's X Protocol listens for other machines on its own port; None where that is not known."""
    requires_tls: bool = False
    """``require_secure_transport``, by its options and, where it was seen, now."""
    tls: bool | None = None
    """Whether it can encrypt; None where that is not known."""
    tls_versions: tuple[str, ...] = ()
    """``tls_version`` as the running server has it, else as it is told; empty where it was not told."""
    not_seen: str = ""
    """Why its accounts are not known; empty where they are."""
    accounts: tuple[SqlAccount, ...] = ()
    open_databases: tuple[str, ...] = ()
    """Patterns of databases that every account may use, by a grant to the anonymous user."""

    @property
    def subject(self) -> str:
        """Where its data are."""
        return self.datadir

    @property
    def reachable(self) -> bool:
        """Whether it listens beyond the loopback interface."""
        return self.networking and (reachable(self.addresses) or self.x_protocol is True)


@collector(OPTIONS, ACCOUNTS)
def mysql_servers(options: str, asked: str | None) -> tuple[MysqlServer, ...]:
    """One for each process; where none runs, the one that the option files describe."""
    said = told(asked)
    found = servers(options, said.version)
    seen = not said.not_seen
    if seen and [one.running for one in found] != [True]:
        raise ValueError("the server that answered is not the one whose options were read")
    for one in found:
        reachable(one.addresses)
    return tuple(
        MysqlServer(
            datadir=one.datadir,
            product=one.product,
            running=one.running,
            version=said.version,
            skips_grants=one.skips_grants or said.skips_grants,
            networking=one.networking or (seen and said.networking),
            addresses=one.addresses,
            x_protocol=one.x_protocol if one.product == "MySQL" else False,
            requires_tls=one.requires_tls and (said.requires_tls or not seen),
            tls=_can_encrypt(one.product, one.tls, one.certificate, said.tls if seen else None, said.version),
            tls_versions=said.tls_versions or one.tls_versions,
            not_seen=said.not_seen if one.product == "MariaDB" else NOT_ASKED,
            accounts=said.accounts,
            open_databases=said.open_databases,
        )
        for one in found
    )


def _can_encrypt(
    product: str, wanted: bool, certificate: bool, now: bool | None, version: tuple[int, ...]
) -> bool | None:
    """MySQL makes a certificate where it has none since 5.7.6."""
    if not wanted or now is False:
        return False
    if product == "MySQL" or certificate or now:
        return True
    return version >= _TLS_BY_ITSELF if version else None
