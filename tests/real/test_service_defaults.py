import os

import pytest

from agent.gather import snapshot, sources_for
from collectors.collector import Platform
from collectors.snapshot import dump
from tests.hosts import RunningHost, Tree, catalogue, until

pytestmark = pytest.mark.real

TRUST = "postgresql-trusts-no-connection"
REDIS = "redis-asks-for-a-password"
SNMP = "snmp-has-no-default-community"
DOCKER = "docker-takes-remote-commands-only-with-a-certificate"
HBA = "/etc/postgresql/15/main/pg_hba.conf"
CONF = "/etc/postgresql/15/main/postgresql.conf"
SECRET = "correct horse battery staple".replace(" ", "")


def everything_read(tree: Tree) -> str:
    """All that leaves the target for the checks of this family, as a snapshot would keep it."""
    found = catalogue()
    chosen = [one for one in found.checks if "service_defaults" in one.module or "transmission" in one.module]
    sources = sources_for(found, chosen, Platform.LINUX)
    return dump(snapshot(tree.transport, sources, asset="test", platform=Platform.LINUX))


def test_postgresql_trust(tree: Tree) -> None:
    assert tree.status(TRUST) == "pass"
    tree.replace(
        HBA,
        "host    all             all             127.0.0.1/32            scram-sha-256",
        "host    all             all             127.0.0.1/32            trust",
    )
    assert tree.status(TRUST) == "fail"
    assert tree.status(TRUST, loopback=True) == "pass"
    tree.append(CONF, "listen_addresses = ''\n")
    assert tree.status(TRUST) == "pass"


def test_a_row_of_postgresql_behind_one_that_takes_all_is_no_false_alarm(tree: Tree) -> None:
    tree.append(HBA, "host all all 127.0.0.1 255.255.255.255 trust\n")
    assert tree.status(TRUST) == "pass"
    tree.append(HBA, 'host "sales", all "Ann Lee" 10.0.0.0/8 trust\n')
    assert tree.status(TRUST) == "fail"
    tree.write(HBA, "local all all trust\n")
    assert tree.status(TRUST) == "pass"
    assert tree.status(TRUST, local_socket=False) == "fail"


def test_postgresql_itself_reads_the_rows_as_we_do(host: RunningHost) -> None:
    host.write(
        HBA, 'host all, "x y" all 127.0.0.1/32 trust\nhost all all all reject\nlocal all all peer\n', 0o640, (105, 108)
    )
    owner = host.path(CONF).stat()

    os.chown(host.path(HBA), owner.st_uid, owner.st_gid)
    host.run("sh", "-c", "mkdir -p /var/run/postgresql && chown postgres:postgres /var/run/postgresql")
    host.run("sh", "-c", "pg_ctlcluster 15 main start")
    try:
        rows = host.run(
            "su", "postgres", "-c", "psql -Atc 'select type, database, auth_method, error from pg_hba_file_rules'"
        )
        assert rows.splitlines()[0] == 'host|{all,"x y"}|trust|'
        assert host.run("su", "postgres", "-c", "psql -h 127.0.0.1 -Atc 'select 1'") == "1\n"
        assert host.status(TRUST) == "fail"
    finally:
        host.run("pg_ctlcluster", "15", "main", "stop", "-m", "immediate")


def test_a_configuration_of_postgresql_that_is_elsewhere_is_unknown(tree: Tree) -> None:
    tree.append(CONF, "include '/srv/pg/more.conf'\n")
    assert tree.status(TRUST) == "unknown"


def test_redis(tree: Tree) -> None:
    conf = "/etc/redis/redis.conf"
    assert tree.status(REDIS) == "pass"
    assert tree.status(REDIS, local_without_password=False) == "fail"
    tree.append(conf, "bind 0.0.0.0\n")
    assert tree.status(REDIS) == "pass"  # version 7 in protected mode turns others away
    tree.append(conf, "protected-mode no\n")
    assert tree.status(REDIS) == "fail"
    tree.append(conf, f'requirepass "{SECRET}"\n')
    assert tree.status(REDIS) == "pass"
    tree.append(conf, "user default on nopass ~* +@all\n")
    assert tree.status(REDIS) == "fail"
    tree.append(conf, "aclfile /srv/users.acl\n")
    assert tree.status(REDIS) == "unknown"


def test_redis_itself_agrees(host: RunningHost) -> None:
    host.write("/etc/redis/redis.conf", "bind 0.0.0.0\nprotected-mode yes\nsave ''\ndir /tmp\n")
    host.run("sh", "-c", "ip addr add 10.9.9.9/32 dev lo")
    host.start("redis-server", "/etc/redis/redis.conf")

    until(lambda: "PONG" in host.run("sh", "-c", "redis-cli ping 2>&1 || true"))
    assert "DENIED" in host.run("sh", "-c", "redis-cli -h 10.9.9.9 ping 2>&1 || true")
    assert host.status(REDIS) == "pass"


def test_snmp_communities(tree: Tree) -> None:
    assert tree.status(SNMP) == "fail"
    assert tree.status(SNMP, on_loopback=True) == "pass"
    conf = "/etc/snmp/snmpd.conf"
    tree.replace(conf, "rocommunity  public default", f"rocommunity  {SECRET} default")
    tree.replace(conf, "rocommunity6 public default", f"rocommunity6 {SECRET} default")
    assert tree.status(SNMP) == "pass"
    tree.write("/etc/snmp/snmpd.conf.d/x.conf", "rwcommunity publicpublic\nrocommunity mysecret\n")
    assert tree.status(SNMP) == "pass"
    tree.write("/etc/snmp/snmpd.conf.d/x.conf", "Com2Sec -Cn ctx readers default 'private'\n")
    assert tree.status(SNMP) == "fail"
    assert SECRET not in everything_read(tree)


def test_an_agent_that_was_removed_leaves_its_configuration(tree: Tree) -> None:
    tree.remove("/usr/sbin/snmpd")
    assert tree.status(SNMP) == "not_applicable"


def test_docker(tree: Tree) -> None:
    assert tree.status(DOCKER) == "not_applicable"
    tree.write("/usr/bin/dockerd", "#!/bin/sh\n", mode=0o755)
    tree.write("/lib/systemd/system/docker.service", "[Service]\nExecStart=/usr/bin/dockerd -H fd://\n")
    assert tree.status(DOCKER) == "pass"
    drop = "/etc/systemd/system/docker.service.d/tcp.conf"
    tree.write(drop, "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd \\\n  -H fd:// -H tcp://0.0.0.0:2375\n")
    assert tree.status(DOCKER) == "fail"
    tree.write(drop, "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -H tcp://127.0.0.1:2375\n")
    assert tree.status(DOCKER) == "pass"
    tree.write(
        "/etc/docker/daemon.json", '{\n "hosts": ["unix:///var/run/docker.sock",\n "tcp://[::]:2376"],\n "tls": true }'
    )
    assert tree.status(DOCKER) == "fail"
    tree.write("/etc/docker/daemon.json", '{"tlsverify" : true, "hosts": ["tcp://0.0.0.0:2376"]}')
    assert tree.status(DOCKER) == "pass"
    tree.remove("/etc/docker/daemon.json")
    tree.write("/etc/systemd/system/docker.socket.d/a.conf", "[Socket]\nListenStream=2375\n")
    assert tree.status(DOCKER) == "fail"


def test_trust_in_machines(tree: Tree) -> None:
    check = "no-file-lets-in-whole-machines"
    tree.write("/etc/hosts.equiv", "# nobody\n-bad.example.com\n")
    tree.path("/root/.rhosts").symlink_to("/dev/null")
    assert tree.status(check) == "pass"
    tree.write("/root/.shosts", "old.example.com root\n")
    assert tree.status(check) == "fail"
    tree.remove("/root/.shosts")
    tree.write("/etc/hosts.equiv", "+ +\n")
    assert tree.status(check) == "fail"


def test_host_based_authentication(tree: Tree) -> None:
    check = "sshd-trusts-no-host"
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/a.conf", "Match Address 10.0.0.0/8\n  HostbasedAuthentication yes\n")
    assert tree.status(check) == "fail"
