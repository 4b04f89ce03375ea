"""17.04(2)(b) in the configuration of services: nothing that comes in without a password of its own."""

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, MEDIUM, Verdict, failed, not_applicable, passed
from collectors.host.docker import DockerDaemon
from collectors.host.postgresql import HbaRow, PostgresCluster
from collectors.host.redis import RedisServer
from collectors.host.snmpd import SnmpAgent
from collectors.host.sshd import Sshd
from collectors.host.trusted_hosts import TrustedHosts

_TRUST_LOOPBACK = HbaRow("host", ("all",), ("all",), "127.0.0.1/32", "trust")
_TRUST_SOCKET = HbaRow("local", ("all",), ("postgres",), "", "trust")
_SCRAM = HbaRow("host", ("all",), ("all",), "all", "scram-sha-256")


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[
        PostgresCluster("a", rows=(_SCRAM,)),
        PostgresCluster("a", rows=(_SCRAM, _TRUST_LOOPBACK)),
        PostgresCluster("a", rows=(_TRUST_SOCKET,)),
        PostgresCluster("a", listen=(), rows=(_TRUST_LOOPBACK,)),
        given(PostgresCluster("a", rows=(_TRUST_LOOPBACK,)), loopback=True),
    ],
    fails=[
        PostgresCluster("a", rows=(_TRUST_LOOPBACK, _SCRAM)),
        given(PostgresCluster("a", rows=(_TRUST_SOCKET,)), local_socket=False),
    ],
)
def postgresql_trusts_no_connection(
    postgresql: PostgresCluster, *, local_socket: bool = True, loopback: bool = False
) -> Verdict:
    """PostgreSQL lets nobody in over the network without a password or another proof.

    Why: the method `trust` gives every role, also the superuser, to whoever can connect: there is no password at all.
    Fix: replace `trust` in pg_hba.conf by `scram-sha-256` (or `peer` on the local socket) and reload.
    Settings:
        local_socket: whether `trust` on `local` rows is accepted. On, since only accounts of this machine reach the socket.
        loopback: whether `trust` for addresses of this machine only is accepted. Off: any account or web application here
            that can open a connection would be the database's superuser.
    """
    trusting = [row for row in postgresql.effective_rows if row.method == "trust"]
    counted = [
        f"{row.kind} {','.join(row.databases)} {','.join(row.users)} {row.address}".strip()
        for row in trusting
        if (
            not local_socket
            if row.kind == "local"
            else postgresql.listen and not (loopback and not row.beyond_loopback)
        )
    ]
    if counted:
        return failed("rows of pg_hba.conf let in without a password", trust=counted)
    return passed(methods={row.method for row in postgresql.effective_rows}, listen=postgresql.listen)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[
        RedisServer("a", password=True, protected=False),
        RedisServer("a", addresses=("127.0.0.1", "::1")),
        RedisServer("a", addresses=("0.0.0.0",), version=(7, 0, 15)),  # noqa: S104 - an example
        RedisServer("a", listens=False, protected=False),
    ],
    fails=[
        RedisServer("a", protected=False),
        RedisServer("a", addresses=("0.0.0.0",), version=(6, 0)),  # noqa: S104 - an example
        given(RedisServer("a", addresses=("127.0.0.1",)), local_without_password=False),
    ],
)
def redis_asks_for_a_password(redis_server: RedisServer, *, local_without_password: bool = True) -> Verdict:
    """Other machines do not get into Redis without a password.

    Why: Redis ships without a password; whoever reaches it reads all data and can write files as its account.
    Fix: set `requirepass` or an ACL file, and `bind 127.0.0.1 -::1` where only this machine needs it.
    Settings:
        local_without_password: whether a server that turns away other machines (bound to loopback, or in protected mode)
            may go without a password. On, since that is what distributions ship for a cache.
    """
    observed = {
        "password": redis_server.password,
        "bind": redis_server.addresses or "every address",
        "protected_mode": redis_server.protected,
    }
    if redis_server.password:
        return passed(**observed)
    if not local_without_password:
        return failed("Redis asks for no password", **observed)
    if redis_server.local_only or redis_server.refuses_strangers:
        return passed("only this machine gets in", **observed)
    return failed("Redis answers other machines and asks for no password", **observed)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[
        SnmpAgent(),
        SnmpAgent((("rocommunity", "10.0.0.0/8", False),)),
        given(SnmpAgent((("rocommunity", "default", True),), ("127.0.0.1",)), on_loopback=True),
    ],
    fails=[
        SnmpAgent((("rocommunity", "default", True),)),
        SnmpAgent((("com2sec", "10.0.0.0/8", True),)),
        SnmpAgent((("rocommunity", "default", True),), ("127.0.0.1",)),
    ],
)
def snmp_has_no_default_community(snmp_agent: SnmpAgent, *, on_loopback: bool = False) -> Verdict:
    """SNMP does not answer to a community that vendors ship, such as public or private.

    Why: a community is a password, and these are the best known of all vendor supplied default passwords.
    Fix: remove the `rocommunity`, `rwcommunity` and `com2sec` lines from snmpd.conf and use SNMP version 3 users.
    Settings:
        on_loopback: whether a default community is accepted while the agent listens on the loopback interface only, as
            Debian ships it. Off, since the item asks that the password is not the vendor's.
    """
    shipped = [f"{keyword} for {source}" for keyword, source, default in snmp_agent.communities if default]
    listens = snmp_agent.addresses or "every address"
    if shipped and not (on_loopback and snmp_agent.local_only):
        return failed("the agent answers to a community that vendors ship", communities=shipped, listens=listens)
    return passed(own_communities=len(snmp_agent.communities) - len(shipped), listens=listens)


@check(
    "17.04(2)(b)",
    severity=CRITICAL,
    passes=[
        DockerDaemon(("fd://",)),
        DockerDaemon(("tcp://127.0.0.1:2375",)),
        DockerDaemon(("tcp://0.0.0.0:2376",), verifies_clients=True),
    ],
    fails=[DockerDaemon(("fd://", "tcp://0.0.0.0:2375"))],
)
def docker_takes_remote_commands_only_with_a_certificate(docker: DockerDaemon) -> Verdict:
    """Nobody drives the Docker daemon from another machine without a certificate.

    Why: whoever can talk to the daemon is root of the machine, and on a plain TCP port it asks for no password.
    Fix: remove `tcp://` from `hosts` in /etc/docker/daemon.json and from `-H` in the unit and its drop-ins, or set
    `tlsverify` with an authority of your own; reach it by `ssh://` instead.
    """
    if docker.beyond_loopback and not docker.verifies_clients:
        return failed(
            "the daemon takes commands from other machines without a certificate", hosts=docker.beyond_loopback
        )
    return passed(hosts=docker.hosts or "local socket", tlsverify=docker.verifies_clients)


@check(
    "17.04(2)(b)",
    severity=HIGH,
    passes=[Sshd.of(hostbasedauthentication="no")],
    fails=[
        Sshd.of(hostbasedauthentication="yes"),
        Sshd((("hostbasedauthentication", "no"),), (("Address 10.0.0.0/8", "hostbasedauthentication", "yes"),)),
    ],
)
def sshd_trusts_no_host(sshd: Sshd) -> Verdict:
    """SSH lets in persons, not machines: host-based authentication is off.

    Why: with it, whoever is logged in on a trusted machine comes in as the same user, with no identification of the own.
    Fix: set `HostbasedAuthentication no` in sshd_config, also in its Match blocks, and reload sshd.
    """
    for where, value in sshd.values("hostbasedauthentication"):
        if value == "yes":
            return failed("sshd believes other machines about who their users are", where=where)
    if not sshd.value("hostbasedauthentication"):
        return not_applicable("this sshd has no host-based authentication")
    return passed(hostbasedauthentication="no", ignorerhosts=sshd.value("ignorerhosts") or "yes")


@check(
    "17.04(2)(b)",
    severity=MEDIUM,
    passes=[TrustedHosts()],
    fails=[TrustedHosts(system=("/etc/hosts.equiv",)), TrustedHosts(personal=("/home/ann/.rhosts",))],
)
def no_file_lets_in_whole_machines(trusted_hosts: TrustedHosts) -> Verdict:
    """There is no .rhosts, .shosts or hosts.equiv that lets users of another machine in without a password.

    Why: such trust replaces the unique identification plus password that the item asks for.
    Fix: remove the files; use SSH keys that belong to one person each.
    """
    files = (*trusted_hosts.system, *trusted_hosts.personal)
    if files:
        return failed("users of other machines come in without a password", files=files)
    return passed()
