"""Hostile and odd input to the parsers: not understood is ``Unread``, never a fact that is wrong."""

import subprocess

import pytest

from collectors.collector import Collector, Outcome
from collectors.host.docker import docker_daemons
from collectors.host.excerpt import by_file, excerpt
from collectors.host.listeners import Listener, Listeners, listeners
from collectors.host.mandatory_access import mandatory_access
from collectors.host.nfs_exports import NfsExport, nfs_exports
from collectors.host.nginx import TlsSite, tls_sites
from collectors.host.openssl_policy import OpensslPolicy, openssl_policy
from collectors.host.postgresql import HbaRow, PostgresCluster, hba_words, postgres_clusters
from collectors.host.redis import RedisServer, redis_servers
from collectors.host.rsyslog import log_forwards
from collectors.host.snmpd import snmp_agents
from collectors.host.umask import DefaultUmask, bits, default_umask
from collectors.host.wireless import WirelessNetwork, wireless_networks
from collectors.readings import Absent, Reading, Text, Unread
from collectors.sources import Command

PG = "/etc/postgresql/15/main"
START = f"{PG}/postgresql.conf\tset data_directory = '/var/lib/postgresql/15/main'\n{PG}/postgresql.conf\tset hba_file = '{PG}/pg_hba.conf'\n"


def understood(collector: Collector, *readings: str | None) -> Outcome:
    """What a collector makes of its sources' texts, in their order; None is a source that is not there."""
    given: dict[str, Reading] = {
        source.key: Absent(source.key) if text is None else Text(text)
        for source, text in zip(collector.sources, readings, strict=True)
    }
    return collector.outcome(given)


@pytest.mark.parametrize(
    ("collector", "readings"),
    [
        (listeners, ("Netid State Recv-Q Send-Q Local Address:Port Peer\n",)),
        (listeners, ("tcp LISTEN 0 128 nowhere:22 0.0.0.0:*\n",)),
        (listeners, ("tcp ESTAB 0 0 10.0.0.1:22 10.0.0.2:999\n",)),
        (listeners, ("/proc/net/tcp\n  0: zz:0016 0:0 0A\n",)),
        (listeners, ("ss: command failed\n",)),
        (mandatory_access, (None, "Y\n", "no mode at all\n", None)),
        (mandatory_access, (None, None, None, "maybe\n")),
        (nfs_exports, ('{"/etc/exports": "/srv \\"unclosed"}', None)),
        (nfs_exports, ('{"/etc/exports": "srv *(rw)"}', None)),
        (nfs_exports, ('{"/etc/exports": "/srv host(rw"}', None)),
        (nfs_exports, ("[]", None)),
        (default_umask, ("UMASK\twide\n", '{"/etc/pam.d/login": "session optional pam_umask.so"}', "")),
        (default_umask, (None, None, "/etc/profile\tumask $MASK\n")),
        (default_umask, (None, None, "/etc/profile\tumask 0999\n")),
        (default_umask, (None, None, "umask 077\n")),
        (tls_sites, ("/etc/nginx/nginx.conf\thttp {\n",)),
        (tls_sites, ("/etc/nginx/nginx.conf\t}\n",)),
        (tls_sites, ("no tab in this line",)),
        (tls_sites, ("/etc/nginx/nginx.conf\tserver {\n/etc/nginx/nginx.conf\tlisten 443 ssl;\n/etc/nginx/nginx.conf\t}\n",)),
        (tls_sites, ("/etc/nginx/nginx.conf\tinclude nginx.conf;\n",)),
        (postgres_clusters, (f"{START}{PG}/pg_hba.conf\trow nonsense all all trust\n",)),
        (postgres_clusters, (f"{START}{PG}/pg_hba.conf\trow host all all 10.0.0.0 255.0.0.x trust\n",)),
        (postgres_clusters, (f"{START}{PG}/pg_hba.conf\trow host all\n",)),
        (postgres_clusters, (f"{START}{PG}/pg_hba.conf\trow include_dir /srv/more\n",)),
        (postgres_clusters, (START,)),
        (postgres_clusters, (f"{PG}/postgresql.conf\tset data_directory = '/srv/pg'\n",)),
        (postgres_clusters, (f"{PG}/postgresql.conf\tset listen_addresses = 'unclosed\n",)),
        (redis_servers, ("/etc/redis/redis.conf\tinclude /srv/more.conf\n",)),
        (redis_servers, ("/etc/redis/redis.conf\tinclude /etc/redis/redis.conf\n",)),
        (snmp_agents, ("/etc/snmp/snmpd.conf\tincludefile /srv/snmpd.conf\n",)),
        (snmp_agents, ("/etc/snmp/snmpd.conf\trocommunity\n",)),
        (docker_daemons, ("/lib/systemd/system/docker.service\thost tcp://[::1\n",)),
        (log_forwards, ("/etc/rsyslog.conf\t*.* @@\n",)),
        (log_forwards, ('/etc/rsyslog.conf\tinclude( file="/srv/x.conf")\n',)),
        (log_forwards, ('/etc/rsyslog.conf\taction( type="omfwd")\n',)),
        (openssl_policy, ("/etc/ssl/openssl.cnf\tinclude /srv/x.cnf\n", "81a4 0 0 root root 1 1 /lib/libssl.so.3\n", None)),
        (openssl_policy, ("", "81a4 0 0 root root 1 1 /lib/libssl.so.odd\n", None)),
        (wireless_networks, ("/etc/NetworkManager/system-connections/x\t[connection]\n/etc/NetworkManager/system-connections/x\ttype=wifi\n/etc/NetworkManager/system-connections/x\t[wifi-security]\n",)),
        (wireless_networks, ("/var/lib/iwd/=zz.open\t\n",)),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_unread(collector: Collector, readings: tuple[str | None, ...]) -> None:
    outcome = understood(collector, *readings)
    assert isinstance(outcome, Unread), outcome
    assert "not understood" in outcome.reason


def test_sockets_of_ss_and_of_the_kernels_tables_are_the_same() -> None:
    said = (
        'udp   UNCONN 0      0        127.0.0.53%lo:53   0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=13))\n'
        "tcp   LISTEN 0      4096                 *:443        *:*\n"
        "udp   UNCONN 0      0      [fe80::1%eth0]:546     [::]:*\n"
        "udp   UNCONN 0      0      [fe80::1]%eth0:547     [::]:*\n"
        'tcp   LISTEN 0      4096   [::ffff:127.0.0.1]:63342 *:*    users:(("odd (name",pid=1,fd=3))\n'
    )  # fmt: skip
    found = understood(listeners, said)
    assert isinstance(found, Listeners)
    assert [one.name for one in found.exposed] == ["tcp/443", "udp/546", "udp/547"]
    assert [one.process for one in found.sockets] == ["systemd-resolve", "", "", "", "odd (name"]
    tables = (
        "/proc/net/tcp\n  sl  local_address rem_address   st\n   0: 0100007F:0035 00000000:0000 0A 0\n"
        "   1: 0200000A:0016 0300000A:9C40 01 0\n   2: 00000000:0016 00000000:0000 0A 0\n/proc/net/tcp6\n  sl  local_address\n"
        "   0: 0000000000000000FFFF00000100007F:0019 00000000000000000000000000000000:0000 0A 0\n"
        "   1: B80D01200000000000000000FF000000:0050 00000000000000000000000000000000:0000 0A 0\n"
    )
    found = understood(listeners, tables)
    assert isinstance(found, Listeners)
    assert found.exposed == (Listener("tcp", "0.0.0.0", 22), Listener("tcp", "2001:db8::ff", 80))


@pytest.mark.parametrize(
    ("written", "mask"), [("027", 0o27), ("0077", 0o77), ("u=rwx,g=rx,o=", 0o27), ("a=rx", 0o222), ("'22'", 0o22)]
)
def test_a_umask_as_the_shell_takes_it(written: str, mask: int) -> None:
    assert bits(written) == mask
    shell = subprocess.run(
        ["sh", "-c", f"umask 022; umask {written}; umask"], capture_output=True, text=True, check=True
    )
    assert int(shell.stdout, 8) == mask


def test_a_umask_under_a_condition_may_hold_beside_the_one_before() -> None:
    profile = (
        "/etc/profile\t\n/etc/profile\tumask 077\n/etc/profile\tif [ $UID -gt 199 ] && true; then umask 002; else\n"
        "/etc/profile\tumask 022\n/etc/profile\tfi\n/etc/profile.d/z.sh\t\n/etc/profile.d/z.sh\tumask -S\n"
    )
    found = understood(default_umask, None, None, profile)
    assert isinstance(found, DefaultUmask)
    assert [value for _, value in found.values] == [0o77, 0o2, 0o22]
    last = profile.replace("umask -S", "umask 027")
    assert understood(default_umask, None, None, last) == DefaultUmask((("/etc/profile.d/z.sh", 0o27),))


def test_exports_as_their_manual_page_has_them() -> None:
    text = "/a -rw,no_root_squash one two(ro) # three\\n/b\\n/c host (rw)\\n/d *.example.com(rw,sec=sys:krb5) @group(rw)\\n"
    found = understood(nfs_exports, f'{{"/etc/exports": "{text}"}}', None)
    assert isinstance(found, tuple)
    exports = [one for one in found if isinstance(one, NfsExport)]
    assert [(one.path, one.client, one.writable) for one in exports] == [
        ("/a", "one", True), ("/a", "two", False), ("/b", "*", False), ("/c", "host", False), ("/c", "*", True),
        ("/d", "*.example.com", True), ("/d", "@group", True),
    ]  # fmt: skip
    assert [one.keeps_root for one in exports][:3] == [True, True, False]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("host all all 10.0.0.0/8 md5 # x", ["host", "all", "all", "10.0.0.0/8", "md5"]),
        ('host a , "b c",d  "all" all trust', ["host", "a,b c,d", "all", "all", "trust"]),
        ('local "#odd" x peer map=y', ["local", "#odd", "x", "peer", "map=y"]),
    ],
)
def test_fields_of_pg_hba(line: str, words: list[str]) -> None:
    assert hba_words(line) == words


def test_the_first_row_that_matches_decides() -> None:
    everything = HbaRow("host", ("all",), ("all",), "0.0.0.0/0", "reject")
    inner = HbaRow("hostnossl", ("sales",), ("ann",), "10.0.0.0/8", "trust")
    sixth = HbaRow("host", ("sales",), ("ann",), "::1/128", "trust")
    replica = HbaRow("host", ("replication",), ("all",), "10.0.0.0/8", "trust")
    assert PostgresCluster("a", rows=(everything, inner, sixth, replica)).effective_rows == (everything, sixth, replica)
    assert PostgresCluster("a", rows=(inner, everything)).effective_rows == (inner, everything)


def test_a_default_of_nginx_depends_on_its_version() -> None:
    text = "/etc/nginx/nginx.conf\tserver {\n/etc/nginx/nginx.conf\tlisten 443 ssl;\n/etc/nginx/nginx.conf\t}\n"
    old, new = (understood(tls_sites, f"version\t{version}\n{text}") for version in ("1.22.1", "1.27.3"))
    assert isinstance(old, tuple)
    assert isinstance(new, tuple)
    assert old == (TlsSite(listens=("443",), protocols=("TLSv1", "TLSv1.1", "TLSv1.2"), stated=False),)
    assert new == (TlsSite(listens=("443",), protocols=("TLSv1.2", "TLSv1.3"), stated=False),)


def test_the_policy_of_red_hat_stands_in_another_file() -> None:
    main, back = "/etc/pki/tls/openssl.cnf", "/etc/crypto-policies/back-ends/opensslcnf.config"
    text = (
        f"{main}\topenssl_conf=default\n{main}\t[default]\n{main}\tssl_conf=ssl_module\n{main}\t[ssl_module]\n"
        f"{main}\tsystem_default=crypto_policy\n{main}\t[crypto_policy]\n{main}\tinclude {back}\n"
        f"{back}\tcipherstring=@SECLEVEL=1:kEECDH\n{back}\ttls.minprotocol=TLSv1.0\n"
    )
    libraries = "81a4 0 0 root root 1 1 /usr/lib64/libssl.so.1.1\n81a4 0 0 root root 1 1 /usr/lib64/libssl.so.1.1.1k\n"
    assert understood(openssl_policy, text, libraries, None) == OpensslPolicy(("1.1",), "TLSv1", 1)
    ubuntu = understood(openssl_policy, "", libraries, 'ID=ubuntu\nVERSION_ID="20.04"\n')
    assert isinstance(ubuntu, OpensslPolicy)
    assert ubuntu.lowest == "TLSv1.2"
    older = understood(openssl_policy, "", libraries, 'ID=ubuntu\nVERSION_ID="18.04"\n')
    assert isinstance(older, OpensslPolicy)
    assert older.lowest == "TLSv1"


def test_a_server_of_redis_before_7_is_not_protected_on_named_addresses() -> None:
    assert RedisServer("a", addresses=("10.0.0.1",), version=(7,)).refuses_strangers
    assert not RedisServer("a", addresses=("10.0.0.1",), version=(6, 2)).refuses_strangers
    assert not RedisServer("a", addresses=("10.0.0.1",)).refuses_strangers
    user = "/etc/redis/redis.conf\trequirepass set\n/etc/redis/redis.conf\tuser default on nopass resetpass\n"
    assert understood(redis_servers, user) == (RedisServer("/etc/redis/redis.conf", password=True),)


def test_the_same_network_in_two_files_is_one() -> None:
    places = ("/etc/wpa_supplicant/a.conf", "/etc/wpa_supplicant/b.conf")
    text = "".join(f'{place}\tnetwork={{\n{place}\tssid="x"\n{place}\tkey_mgmt=SAE\n{place}\t}}\n' for place in places)
    assert understood(wireless_networks, text) == (WirelessNetwork("x", ("SAE",)),)


def ran(command: Command) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command.words, capture_output=True, text=True, check=False)


def test_an_excerpt_says_what_it_read_and_denies_what_it_could_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("excerpt")
    (folder / "b.conf").write_text("keep this\ndrop that\n")
    (folder / "a=b.conf").write_text("drop that\n")
    pattern = f"{folder}/*.conf"
    done = ran(excerpt("x", pattern, f"{folder}/b.conf", awk="/keep/ { out($0) }"))
    assert by_file(done.stdout) == {f"{folder}/a=b.conf": [], f"{folder}/b.conf": ["keep this"]}
    assert ran(excerpt("x", "/no/such/*", awk="")).stdout == ""
    assert ran(excerpt("x", pattern, awk="{ out($0) }", programs=("no-such-program",))).stdout == ""
    assert ran(excerpt("x", pattern, awk="{ broken")).returncode != 0


def test_a_pattern_that_needs_quoting_is_refused() -> None:
    with pytest.raises(ValueError, match="no plain absolute path"):
        excerpt("x", "/etc/$(id)", awk="")
