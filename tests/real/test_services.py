"""Debian's own packages of services, as they ship and as they run, in good and bad states."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from collectors.host.service_script import SERVICES
from collectors.readings import Text
from collectors.transports.local import Shell
from tests import hosts
from tests.hosts import RunningHost, Tree, scan, until, worst
from tests.services import CHECKS
from tests.time_at_work import Clock

pytestmark = pytest.mark.real

PACKAGES = "memcached mosquitto etcd-server rabbitmq-server tomcat10 tomcat10-admin zookeeperd influxdb"
DATABASES, BROKERS, CONSOLES, INTERFACES = (CHECKS[one] for one in ("database", "broker", "console", "management"))
DAEMONS = (
    "memcached",
    "mosquitto",
    "etcd",
    "influxd",
    "java",
    "rabbitmq-server",
    "/usr/share/tomcat10/bin/catalina.sh",
)
BOX = """mkdir -p /srv/box && mount -t tmpfs box /srv/box && cd /srv/box && mkdir usr etc tmp
mount --bind /usr usr && mount --bind /etc etc && ln -s usr/bin usr/lib usr/lib64 usr/sbin ."""
"""A root of its own, as a container has one."""
OUTSIDE = "10.9.9.9"
"""An address of the running host that is not a loopback one."""


@pytest.fixture
def tree() -> Iterator[Tree]:
    with hosts.tree_of(hosts.image(packages=PACKAGES)) as fresh:
        yield fresh


@pytest.fixture
def host(tree: Tree) -> Iterator[RunningHost]:
    with hosts.running(tree, "services") as alive:
        alive.run("ip", "address", "add", f"{OUTSIDE}/32", "dev", "lo")
        yield alive


@contextmanager
def started(host: RunningHost, *command: str, port: int, at: str = "127.0.0.1") -> Iterator[None]:
    """A daemon of the host, once it answers; gone afterwards."""
    process = host.start(*command)
    try:
        until(lambda: answers(host, port, at))
        yield
    finally:
        name = next(one for one in command if one in DAEMONS)
        ended = {"rabbitmq-server": "beam.smp", "/usr/share/tomcat10/bin/catalina.sh": "java"}.get(name, name)
        host.run("sh", "-c", f"kill -9 $(pgrep -x {ended}) 2>/dev/null; true")
        process.kill()
        process.wait()
        until(lambda: not host.runs(ended))


def answers(host: RunningHost, port: int, at: str = OUTSIDE) -> bool:
    """Whether somebody takes connections there."""
    probe = f"import socket; socket.create_connection(({at!r}, {port}), 60).close()"
    return host.run("sh", "-c", f"python3 -c {shlex.quote(probe)} 2>/dev/null && echo yes || echo no") == "yes\n"


def listens(host: RunningHost, port: int, at: str) -> bool:
    return f"{at}:{port} " in host.run("ss", "-Htln")


def said(tree: Tree) -> str:
    reading = tree.transport.read([SERVICES])[SERVICES.key]
    assert isinstance(reading, Text)
    return reading.text


def test_as_debian_ships_them(tree: Tree) -> None:
    assert tree.verdict(DATABASES, "memcached: /etc/memcached.conf") == ("pass", "only this machine gets in")
    assert tree.status(DATABASES, "InfluxDB 1: /etc/influxdb/influxdb.conf") == "fail"
    assert tree.status(BROKERS, "Mosquitto: /etc/mosquitto/mosquitto.conf") == "pass"
    assert tree.status(BROKERS, "RabbitMQ: /etc/rabbitmq/rabbitmq-env.conf") == "pass"
    assert tree.status(CONSOLES, "Tomcat: /etc/tomcat10/tomcat-users.xml") == "pass"
    assert tree.status(INTERFACES, "etcd: /etc/default/etcd") == "pass"
    assert tree.status(INTERFACES, "ZooKeeper: /etc/zookeeper/conf/zoo.cfg") == "fail"
    assert tree.status(CHECKS[""]) == "not_applicable"
    assert tree.status(DATABASES, "memcached: /etc/memcached.conf", local_without_login=False) == "fail"
    assert tree.status(BROKERS, "Mosquitto: /etc/mosquitto/mosquitto.conf", local_without_login=False) == "fail"


def test_other_states_of_their_files(tree: Tree) -> None:
    tree.replace("/etc/memcached.conf", "-l 127.0.0.1", "#-l 127.0.0.1")
    tree.replace("/etc/influxdb/influxdb.conf", "# auth-enabled = false", "auth-enabled = true")
    assert tree.status(DATABASES, "memcached: /etc/memcached.conf") == "fail"
    assert tree.status(DATABASES, "InfluxDB 1: /etc/influxdb/influxdb.conf") == "pass"
    tree.write("/etc/mosquitto/conf.d/a.conf", "listener 1883\n")
    assert tree.status(BROKERS, "Mosquitto: /etc/mosquitto/mosquitto.conf") == "pass"
    tree.append("/etc/mosquitto/conf.d/a.conf", "allow_anonymous true\n")
    assert tree.status(BROKERS, "Mosquitto: /etc/mosquitto/mosquitto.conf") == "fail"
    tree.write("/etc/rabbitmq/rabbitmq.conf", "loopback_users.guest = false\n")
    assert tree.status(BROKERS, "RabbitMQ: /etc/rabbitmq/rabbitmq.conf") == "fail"
    users = "/etc/tomcat10/tomcat-users.xml"
    tree.replace(
        users, "</tomcat-users>", '<user username="ann" password="s3cret" roles="manager-gui"/>\n</tomcat-users>'
    )
    assert tree.status(CONSOLES, f"Tomcat: {users}") == "fail"
    tree.replace(users, "s3cret", "planted-but-own")
    assert tree.status(CONSOLES, f"Tomcat: {users}") == "pass"
    assert "planted" not in said(tree)
    tree.append("/etc/default/etcd", 'ETCD_LISTEN_CLIENT_URLS="http://0.0.0.0:2379"\n')
    assert tree.status(INTERFACES, "etcd: /etc/default/etcd") == "fail"
    tree.append("/etc/zookeeper/conf_example/zoo.cfg", "clientPortAddress=127.0.0.1\n")
    assert tree.status(INTERFACES, "ZooKeeper: /etc/zookeeper/conf/zoo.cfg") == "pass"


def test_a_package_that_was_removed_leaves_its_configuration(tree: Tree) -> None:
    tree.replace("/etc/memcached.conf", "-l 127.0.0.1", "-l 0.0.0.0")
    assert tree.status(DATABASES) == "fail"
    tree.remove("/usr/bin/memcached")
    tree.remove("/usr/bin/influxd")
    assert tree.status(DATABASES) == "not_applicable"


def test_a_file_that_may_not_be_read_is_unknown_and_hides_no_other(tree: Tree) -> None:
    tree.path("/etc/memcached.conf").chmod(0o600)
    tree.path("/etc/mosquitto/conf.d").chmod(0o700)
    within = Shell(("chroot", str(tree.root), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    found = scan(within, DATABASES)
    assert worst(found, "memcached: /etc/memcached.conf")[0] == "unknown"
    assert "not readable" in worst(found, "memcached: /etc/memcached.conf")[1]
    assert worst(found, "InfluxDB 1: /etc/influxdb/influxdb.conf")[0] == "fail"
    status, reason = worst(scan(within, BROKERS), "Mosquitto: /etc/mosquitto/mosquitto.conf")
    assert (status, "may not be looked into" in reason) == ("unknown", True)


def test_memcached_itself_agrees(host: RunningHost) -> None:
    subject = "memcached: arguments"
    with started(host, "memcached", "-u", "root", "-l", "127.0.0.1,::1", port=11211):
        assert not answers(host, 11211)
        assert host.status(DATABASES, subject) == "pass"
    with started(host, "memcached", "-vu", "root", "-p11311", port=11311):
        assert answers(host, 11311)  # the file says loopback, the process was not told
        assert host.status(DATABASES, subject) == "fail"


def test_two_instances_of_memcached_are_two_subjects(host: RunningHost) -> None:
    with (
        started(host, "memcached", "-u", "root", "-l", "127.0.0.1", port=11211),
        started(host, "memcached", "-u", "root", "-p", "11311", port=11311),
    ):
        found = {one.subject: one.status.value for one in host.findings(DATABASES) if "memcached" in one.subject}
        assert sorted(found.values()) == ["fail", "pass"]


def test_a_process_of_another_root_is_not_the_hosts(host: RunningHost) -> None:
    host.run("sh", "-c", BOX)
    with started(host, "chroot", "/srv/box", "memcached", "-u", "root", "-p", "11411", port=11411):
        assert answers(host, 11411)
        assert host.verdict(DATABASES, "memcached: /etc/memcached.conf") == ("pass", "only this machine gets in")


@pytest.mark.parametrize(
    ("lines", "port", "outside", "status"),
    [
        ("", 1883, False, "pass"),
        ("listener 1883\n", 1883, True, "pass"),
        ("listener 1883\nallow_anonymous true\n", 1883, True, "fail"),
        ("listener 1883 127.0.0.1\nallow_anonymous true\n", 1883, False, "pass"),
        ("port 1884\nallow_anonymous true\n", 1884, True, "fail"),
        ("bind_address 10.9.9.9\nallow_anonymous true\n", 1883, True, "fail"),
        ("allow_anonymous true\n", 1883, False, "pass"),
    ],
)
def test_mosquitto_itself_agrees(host: RunningHost, lines: str, port: int, outside: bool, status: str) -> None:
    host.write("/etc/mosquitto/mosquitto.conf", "user root\ninclude_dir /etc/mosquitto/conf.d\n")
    host.write("/etc/mosquitto/conf.d/a.conf", lines)
    at = OUTSIDE if "bind_address" in lines else "127.0.0.1"
    with started(host, "mosquitto", "-c", "/etc/mosquitto/mosquitto.conf", port=port, at=at):
        assert answers(host, port) is outside
        assert host.status(BROKERS, "Mosquitto: /etc/mosquitto/mosquitto.conf") == status
        if outside:
            assert mqtt_takes_anybody(host, port) is (status == "fail")


def mqtt_takes_anybody(host: RunningHost, port: int) -> bool:
    """Whether the broker takes a CONNECT of MQTT 3.1.1 without a user: code 0 of its CONNACK."""
    hello = "bytes([16, 13, 0, 4]) + b'MQTT' + bytes([4, 2, 0, 60, 0, 1]) + b'a'"
    probe = (
        f"import socket; s = socket.create_connection(({OUTSIDE!r}, {port}), 60); s.send({hello}); print(s.recv(4)[3])"
    )
    return host.run("python3", "-c", probe) == "0\n"


def test_a_configuration_of_mosquitto_that_was_not_read(host: RunningHost) -> None:
    host.write("/srv/m.conf", "user root\nlistener 1883\nallow_anonymous true\n")
    with started(host, "mosquitto", "-c", "/srv/m.conf", port=1883):
        assert host.status(BROKERS, "Mosquitto: arguments") == "unknown"


def test_etcd_itself_agrees(host: RunningHost) -> None:
    asks = "http://127.0.0.1:2379"
    options = ("--data-dir", "/tmp/etcd", "--advertise-client-urls", asks)
    host.write("/etc/hosts", "127.0.0.1 localhost\n")
    with started(host, "etcd", *options, "--listen-client-urls", asks, port=2379):
        assert not answers(host, 2379)
        assert host.status(INTERFACES, "etcd: /etc/default/etcd") == "pass"
    with started(host, "etcd", *options, f"--listen-client-urls={asks},http://{OUTSIDE}:2379", port=2379):
        until(lambda: listens(host, 2379, OUTSIDE))  # the second of two
        assert answers(host, 2379)
        assert host.status(INTERFACES, "etcd: /etc/default/etcd") == "fail"


def test_the_environment_of_a_process_overrides_the_file(host: RunningHost) -> None:
    host.write("/etc/hosts", "127.0.0.1 localhost\n")
    host.append("/etc/default/etcd", 'ETCD_LISTEN_CLIENT_URLS="http://127.0.0.1:2379"\nETCD_ADVERTISE_CLIENT_URLS=x\n')
    assert host.status(INTERFACES, "etcd: /etc/default/etcd") == "pass"
    everywhere = ("ETCD_LISTEN_CLIENT_URLS=http://0.0.0.0:2379", "ETCD_ADVERTISE_CLIENT_URLS=http://127.0.0.1:2379")
    with started(host, "env", *everywhere, "PLANTED=planted-word", "etcd", "--data-dir", "/tmp/etcd", port=2379):
        assert answers(host, 2379)
        assert host.status(INTERFACES, "etcd: /etc/default/etcd") == "fail"
        assert "planted" not in said(host)


def test_zookeeper_runs_with_properties_of_java(host: RunningHost) -> None:
    conf = "/etc/zookeeper/conf/zoo.cfg"
    command = ("java", "-cp", "/usr/share/java/zookeeper.jar:/usr/share/java/*", "-Dzookeeper.admin.enableServer=false")
    main = ("org.apache.zookeeper.server.quorum.QuorumPeerMain", conf)
    with started(host, *command, *main, port=2181):
        assert answers(host, 2181)
        assert host.status(INTERFACES, f"ZooKeeper: {conf}") == "fail"
    login = "org.apache.zookeeper.server.auth.DigestLoginModule"
    host.write("/tmp/jaas.conf", f'Server {{ {login} required user_ann="planted-word"; }};\n')
    sasl = (
        "-Dzookeeper.sessionRequireClientSASLAuth=true",
        "-Dzookeeper.authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider",
        "-Djava.security.auth.login.config=/tmp/jaas.conf",
    )
    with started(host, *command, *sasl, *main, port=2181):
        assert host.status(INTERFACES, f"ZooKeeper: {conf}") == "pass"


@pytest.mark.parametrize(("lines", "status"), [("", "pass"), ("loopback_users.guest = false\n", "fail")])
def test_rabbitmq_itself_agrees(host: RunningHost, lines: str, status: str) -> None:
    host.write("/etc/hosts", "127.0.0.1 localhost services\n")
    host.write("/etc/rabbitmq/rabbitmq.conf", f"listeners.tcp.default = 5672\n{lines}")
    with started(host, "env", "HOME=/var/lib/rabbitmq", "RABBITMQ_NODENAME=ww@localhost", "rabbitmq-server", port=5672):
        assert host.status(BROKERS, "RabbitMQ: /etc/rabbitmq/rabbitmq.conf") == status
        assert amqp_takes_guest(host, "127.0.0.1")
        assert amqp_takes_guest(host, OUTSIDE) is (status == "fail")


def amqp_takes_guest(host: RunningHost, at: str) -> bool:
    """Whether AMQP 0-9-1 goes on (Tune, method 30) after guest's name and password, and is not closed (method 50)."""
    lines = (
        "import socket, struct",
        f"s = socket.create_connection(({at!r}, 5672), 60)",
        "def frame():",
        "    head = b''",
        "    while len(head) < 7: head += s.recv(7 - len(head)) or exit(3)",
        "    size = struct.unpack('>I', head[3:])[0]; body = b''",
        "    while len(body) <= size: body += s.recv(size + 1 - len(body)) or exit(3)",
        "    return struct.unpack('>H', body[2:4])[0]",
        "s.sendall(b'AMQP\\0\\0\\x09\\x01'); frame()",
        "word = b'\\0guest\\0guest'",
        "capable = b'\\x0ccapabilitiesF' + struct.pack('>I', 31) + b'\\x1cauthentication_failure_close' + b't\\1'",
        "body = struct.pack('>HHI', 10, 11, len(capable)) + capable + b'\\x05PLAIN' + struct.pack('>I', len(word)) + word + b'\\5en_US'",
        "s.sendall(struct.pack('>BHI', 1, 0, len(body)) + body + b'\\xce')",
        "print(frame())",
    )
    return host.run("python3", "-c", "\n".join(lines)) == "30\n"


def test_tomcat_itself_agrees(host: RunningHost) -> None:
    users = "/etc/tomcat10/tomcat-users.xml"
    user = '<user username="tomcat" password="s3cret" roles="manager-script"/>'
    host.write("/etc/hosts", "127.0.0.1 localhost services\n")
    base = ("env", "CATALINA_HOME=/usr/share/tomcat10", "CATALINA_BASE=/var/lib/tomcat10", "JAVA_HOME=/usr")
    assert host.status(CONSOLES, f"Tomcat: {users}") == "pass"
    host.replace(users, "</tomcat-users>", f"{user}\n</tomcat-users>")
    with started(host, *base, "/usr/share/tomcat10/bin/catalina.sh", "run", port=8080):
        assert tomcat_says(host) == "200\n"
        assert host.status(CONSOLES, f"Tomcat: {users}") == "fail"


def tomcat_says(host: RunningHost) -> str:
    """The status that its manager answers the manual's user with."""
    lines = (
        "import base64, http.client",
        "c = http.client.HTTPConnection('127.0.0.1', 8080, timeout=90)",
        "word = base64.b64encode(b'tomcat:s3cret').decode()",
        "c.request('GET', '/manager/text/list', headers={'Authorization': 'Basic ' + word})",
        "print(c.getresponse().status)",
    )
    return host.run("python3", "-c", "\n".join(lines))


def test_influxdb_itself_agrees(host: RunningHost) -> None:
    conf = "/etc/influxdb/influxdb.conf"
    make = "CREATE USER ann WITH PASSWORD 'own' WITH ALL PRIVILEGES"
    with started(host, "influxd", "-config", conf, port=8086):
        assert influxdb_says(host, make) == (200, '{"results":[{"statement_id":0}]}')
        assert '["ann",true]' in influxdb_says(host, "SHOW USERS")[1]
        until(lambda: b"ann" in host.path("/var/lib/influxdb/meta/meta.db").read_bytes())
        assert influxdb_says(host, "SHOW DATABASES")[0] == 200
        assert host.status(DATABASES, f"InfluxDB 1: {conf}") == "fail"
    host.replace(conf, "# auth-enabled = false", "auth-enabled = true")
    with started(host, "influxd", "-config", conf, port=8086):
        assert influxdb_says(host, "SHOW DATABASES") == (401, '{"error":"unable to parse authentication credentials"}')
        assert host.status(DATABASES, f"InfluxDB 1: {conf}") == "pass"


def influxdb_says(host: RunningHost, query: str) -> tuple[int, str]:
    """The status of its answer to a query without a user, and the answer, where a query that failed is told, too."""
    lines = (
        "import http.client, sys, urllib.parse",
        f"c = http.client.HTTPConnection({OUTSIDE!r}, 8086, timeout=60)",
        "c.request('POST', '/query?' + urllib.parse.urlencode({'q': sys.argv[1]}))",
        "a = c.getresponse()",
        "print(a.status, a.read().decode())",
    )
    status, _, body = host.run("python3", "-c", "\n".join(lines), query).partition(" ")
    return int(status), body.strip()


def test_published_keys(tree: Tree) -> None:
    check = "no-published-key-opens-an-account"
    vagrant = "AAAAC3NzaC1lZDI1NTE5AAAAIN1YdxBpNlzxDqfJyw/QKow1F+wvG9hXGoqiysfJOn5Y"
    own = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"
    tree.write("/root/.ssh/authorized_keys", f"ssh-ed25519 {own} ann\n")
    assert tree.status(check) == "pass"
    tree.append("/root/.ssh/authorized_keys", f'from="10.0.0.0/8" ssh-ed25519 {vagrant} ann@laptop\n')
    assert tree.status(check) == "fail"


def test_first_run_files(tree: Tree) -> None:
    check = CHECKS[""]
    tree.write("/opt/gitlab/bin/gitlab-ctl", "#!/bin/sh\n", 0o755)
    tree.write("/etc/gitlab/initial_root_password", "Password: planted\n", 0o600)
    assert tree.status(check) == "pass"
    tree.run("touch", "-d", "2 days ago", "/etc/gitlab/initial_root_password")
    assert tree.status(check) == "fail"
    assert "planted" not in said(tree)
    tree.write("/usr/share/java/jenkins.war", "")
    tree.write("/var/lib/jenkins/secrets/initialAdminPassword", "planted\n", 0o600)
    tree.path("/var/lib/jenkins/secrets").chmod(0o700)
    assert tree.status(check, "Jenkins: /var/lib/jenkins/secrets/initialAdminPassword") == "fail"
    within = Shell(("chroot", str(tree.root), "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    assert worst(scan(within, check), "Jenkins: /var/lib/jenkins/secrets")[0] == "unknown"


@pytest.mark.alone
def test_a_process_of_another_account_does_not_hold_the_scan_up(host: RunningHost, at_work: Clock) -> None:
    host.run("cp", "/usr/bin/perl", "/opt/memcached")
    host.start("setpriv", "--reuid=1000", "--clear-groups", "/opt/memcached", "-e", "sleep 600", *["a"] * 20_000)
    until(lambda: "memcached" in host.run("ps", "-A", "-o", "comm"))
    begun = at_work()
    told = {one.subject: one.status.value for one in host.findings(DATABASES)}
    assert at_work() - begun < 3
    assert [status for subject, status in told.items() if subject.startswith("memcached")].count("unknown") == 1
