"""Real services in good and bad states, logged in to from the target itself."""

import json
import time
from collections.abc import Iterator

import pytest

from collectors.host.local_logins import local_logins
from collectors.host.stored_defaults import logins
from tests.hosts import RunningHost, Tree, image, running, tree_of, until
from tests.service_hosts import mariadb, services_host, sql

pytestmark = pytest.mark.real

CHECK = "no-service-here-lets-in-with-a-published-login"
HBA = "/etc/postgresql/15/main/pg_hba.conf"
GOOD = "correct-horse-battery"


@pytest.fixture
def services() -> Iterator[RunningHost]:
    with services_host() as alive:
        yield alive


def found(host: RunningHost) -> dict[str, tuple[str, str]]:
    return {one.subject: (one.status.value, one.verdict.reason) for one in host.findings(CHECK)}


def listens(host: RunningHost, port: int) -> bool:
    rows = [line.split() for line in host.run("sh", "-c", "cat /proc/net/tcp /proc/net/tcp6").splitlines()]
    return any(row[1].endswith(f":{port:04X}") and row[3] == "0A" for row in rows)


def test_nothing_listens(services: RunningHost) -> None:
    assert found(services) == {"": ("not_applicable", found(services)[""][1])}


def postgresql(host: RunningHost, method: str) -> None:
    owner = host.path(HBA).stat()
    host.path(HBA).write_text(f"local all all peer\nhost all all 127.0.0.1/32 {method}\n")
    assert host.path(HBA).stat().st_uid == owner.st_uid
    # Who is connected later than a reload is told its time; the rows of pg_hba_file_rules are the file's, loaded or not.
    loaded = "psql -Atqc 'select pg_conf_load_time()'"
    before = host.run("su", "postgres", "-c", loaded)
    host.run("su", "postgres", "-c", "psql -Atqc 'select pg_reload_conf()'")
    until(lambda: host.run("su", "postgres", "-c", loaded) != before)
    rows = "psql -Atqc 'select auth_method from pg_hba_file_rules'"
    assert host.run("su", "postgres", "-c", rows).split()[-1] == method


def test_postgresql(services: RunningHost) -> None:
    subject = "postgresql postgres"
    services.run("sh", "-c", "mkdir -p /var/run/postgresql && chown postgres:postgres /var/run/postgresql")
    services.run("pg_ctlcluster", "15", "main", "start")
    try:
        assert found(services) == {subject: ("pass", "refused")}
        for encryption, method in (("scram-sha-256", "scram-sha-256"), ("scram-sha-256", "password"), ("md5", "md5")):
            postgresql(services, method)
            for password, expected in (("postgres", "fail"), (GOOD, "pass")):
                change = f"set password_encryption = '{encryption}'; alter role postgres password '{password}'"
                services.run("su", "postgres", "-c", f'psql -Atqc "{change}"')
                assert found(services)[subject][0] == expected, (method, password)
        services.run("su", "postgres", "-c", "psql -Atqc \"alter role postgres password 'postgres'\"")
        postgresql(services, "password")
        assert found(services)[subject][0] == "fail"
        services.append(HBA, "host all all 10.0.0.0/8 pam pamservice=postgresql\n")
        status, reason = found(services)[subject]
        assert (status, "lock" in reason) == ("unknown", True)
        services.run("su", "postgres", "-c", f"psql -Atqc \"alter role postgres password '{GOOD}'\"")
        postgresql(services, "trust")
        assert found(services)[subject][0] == "fail"
        postgresql(services, "reject")
        assert found(services)[subject] == ("pass", "refused")
        log = services.read("/var/log/postgresql/postgresql-15-main.log")
        before = log.count('user "postgres"')
        postgresql(services, "scram-sha-256")
        assert found(services)[subject] == ("pass", "refused")
        log = services.read("/var/log/postgresql/postgresql-15-main.log")
        assert log.count('user "postgres"') == before + 1  # the pair without a password ends before one is sent
        services.append("/etc/postgresql/15/main/postgresql.conf", "shared_preload_libraries = 'credcheck'\n")
        status, reason = found(services)[subject]
        assert (status, "lock" in reason) == ("unknown", True)
    finally:
        services.run("pg_ctlcluster", "15", "main", "stop", "-m", "immediate")


def redis(host: RunningHost, *options: str) -> None:
    host.run("sh", "-c", "redis-cli shutdown nosave 2>/dev/null; kill $(pidof redis-server) 2>/dev/null; true")
    until(lambda: not listens(host, 6379))
    host.start("redis-server", "--save", "", "--dir", "/tmp", *options)
    until(lambda: listens(host, 6379))


def test_redis(services: RunningHost) -> None:
    subject = "redis without a login"
    redis(services, "--bind", "127.0.0.1")
    assert found(services)[subject][0] == "pass"
    assert services.status(CHECK, subject, local_without_login=False) == "fail"
    redis(services)
    assert found(services)[subject][0] == "pass"  # protected mode turns other machines away
    redis(services, "--protected-mode", "no")
    assert found(services)[subject][0] == "fail"
    redis(services, "--requirepass", "foobared")
    assert found(services) == {subject: ("pass", "refused"), "redis default": found(services)["redis default"]}
    assert found(services)["redis default"][0] == "fail"
    redis(services, "--requirepass", GOOD)
    assert set(found(services).values()) == {("pass", "refused")}


def test_memcached(services: RunningHost) -> None:
    process = services.start("memcached", "-u", "nobody", "-l", "127.0.0.1")
    until(lambda: listens(services, 11211))
    assert found(services)["memcached without a login"][0] == "pass"
    services.run("sh", "-c", "kill $(pidof memcached)")
    process.wait()
    services.start("memcached", "-u", "nobody", "-l", "0.0.0.0")
    until(lambda: listens(services, 11211))
    assert found(services)["memcached without a login"][0] == "fail"


def test_mariadb(services: RunningHost) -> None:
    services.write("/.my.cnf", f"[client]\npassword={GOOD}\n")
    with mariadb(services, "--user=mysql", "--skip-name-resolve"):
        assert found(services) == {"mariadb root": ("pass", "refused")}
        sql(services, "CREATE USER root@'127.0.0.1' IDENTIFIED BY ''")
        assert found(services)["mariadb root"][0] == "fail"
        sql(services, f"ALTER USER root@'127.0.0.1' IDENTIFIED BY '{GOOD}'")
        assert found(services)["mariadb root"][0] == "pass"
        services.path("/usr/bin/mariadb").rename(services.path("/usr/bin/aside"))
        assert found(services)["mariadb root"] == ("unknown", "there is no mariadb client to ask with")
        services.path("/usr/bin/aside").rename(services.path("/usr/bin/mariadb"))


def test_something_else_on_a_port_is_told_no_password(services: RunningHost) -> None:
    seen = "/tmp/seen"
    ports = sorted({one.port for one in logins()})
    greeted = {one.port for one in logins() if one.speaks == "mariadb"}
    script = (
        "import socket, threading\n"
        "def serve(port):\n"
        "    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "    s.bind(('127.0.0.1', port)); s.listen()\n"
        "    while True:\n"
        "        c, _ = s.accept()\n"
        f"        if port in {greeted}: c.shutdown(socket.SHUT_WR)\n"
        "        said = c.recv(4096)\n"
        f"        open('{seen}', 'ab').write(said + b'|')\n"
        f"        if port not in {greeted}:\n"
        "            c.sendall(b'HTTP/1.1 401 No\\r\\nWWW-Authenticate: Basic realm=x\\r\\nContent-Length: 0\\r\\n\\r\\n')\n"
        "        c.close()\n"
        f"for port in {ports}:\n"
        "    threading.Thread(target=serve, args=(port,)).start()\n"
    )
    services.start("python3", "-c", script)
    until(lambda: all(listens(services, port) for port in ports))
    assert set(found(services)) == {""}
    said = services.path(seen).read_bytes()
    assert b"Authorization" not in said
    assert b"AUTH" not in said


@pytest.mark.alone
def test_a_service_that_hangs_does_not_hold_the_scan(services: RunningHost) -> None:
    script = (
        "import socket, time\n"
        "held = []\n"
        f"for port in {sorted({one.port for one in logins()})}:\n"
        "    s = socket.socket(); s.bind(('127.0.0.1', port)); s.listen(50); held.append(s)\n"
        "time.sleep(1000)\n"
    )
    services.start("python3", "-c", script)
    until(lambda: all(listens(services, one.port) for one in logins()))
    begun = time.monotonic()
    told = found(services)
    assert time.monotonic() - begun < 32
    assert {status for status, _ in told.values()} == {"unknown"}


def test_no_password_is_in_what_comes_back(services: RunningHost) -> None:
    redis(services, "--requirepass", "foobared")
    said = str(services.transport.read(local_logins.sources))
    assert "redis\\tany\\t1\\tin" in said
    assert "foobared" not in said


def test_without_python(services: RunningHost) -> None:
    services.remove("/usr/bin/python3")
    assert found(services)[""] == ("unknown", found(services)[""][1])
    assert "no python3" in found(services)[""][1]


def test_a_directory_tree_is_not_logged_in_to(tree: Tree) -> None:
    assert tree.verdict(CHECK) == ("unknown", "a directory tree does not run")


class Http:
    """A stand-in for a product that is not packaged, with its real paths, statuses and words."""

    SCRIPT = """
import base64, http.server, json, sys
port, pages, user, word = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3], sys.argv[4]
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, realm, body = pages[self.path]
        given = self.headers.get("Authorization", "")
        if status == 401 and given == "Basic " + base64.b64encode(f"{user}:{word}".encode()).decode():
            status, realm = 200, ""
        self.send_response(status)
        if realm:
            self.send_header("WWW-Authenticate", realm)
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *words):
        pass
http.server.HTTPServer(("127.0.0.1", port), Page).serve_forever()
"""


PAGES = {
    "grafana-login": {
        "/api/org": [401, "", '{"message":"Unauthorized"}'],
        "/api/health": [200, "", '{"commit":"x","database":"ok","version":"9.5.2"}'],
    },
    "rabbitmq": {"/api/whoami": [401, 'Basic realm="RabbitMQ Management"', '{"error":"not_authorised"}']},
    "elasticsearch": {"/": [401, 'Basic realm="security" charset="UTF-8"', '{"error":{}}']},
    "opensearch": {"/": [401, 'Basic realm="OpenSearch Security"', "Unauthorized"]},
    "tomcat": {"/manager/html": [401, 'Basic realm="Tomcat Manager Application"', "401"]},
}


@pytest.mark.parametrize("name", [name for name in PAGES if name != "tomcat"])
def test_consoles_by_their_documented_answers(services: RunningHost, name: str) -> None:
    entry = next(one for one in logins() if one.id == name)
    user, secret = entry.pairs[-1]
    for password, expected in ((secret, "fail"), (GOOD, "pass")):
        process = services.start("python3", "-c", Http.SCRIPT, str(entry.port), json.dumps(PAGES[name]), user, password)
        until(lambda: listens(services, entry.port))
        assert found(services)[f"{name} {user}"][0] == expected
        services.run("sh", "-c", "kill $(pidof python3)")
        process.wait()
    opened = {path: [200, "", body or "{}"] for path, (_, _, body) in PAGES[name].items()}
    if name == "elasticsearch":
        opened["/"][2] = '{"tagline" : "You Know, for Search"}'
    if name == "opensearch":
        opened["/"][2] = '{"tagline" : "The OpenSearch Project: https://opensearch.org/"}'
    if entry.pairs[0][0] == "":
        services.start("python3", "-c", Http.SCRIPT, str(entry.port), json.dumps(opened), "x", "y")
        until(lambda: listens(services, entry.port))
        assert services.status(CHECK, f"{name} without a login", local_without_login=False) == "fail"


@pytest.fixture
def tomcat() -> Iterator[RunningHost]:
    with tree_of(image("bookworm", "tomcat10 tomcat10-admin")) as fresh, running(fresh, "tomcat") as alive:
        yield alive


def test_tomcat(tomcat: RunningHost) -> None:
    users = "/etc/tomcat10/tomcat-users.xml"
    line = '<user username="{}" password="{}" roles="manager-gui"/></tomcat-users>'
    tomcat.replace(users, "</tomcat-users>", line.format("tomcat", "s3cret"))
    tomcat.replace(
        "/etc/tomcat10/server.xml",
        'org.apache.catalina.realm.LockOutRealm"',
        'org.apache.catalina.realm.CombinedRealm"',
    )
    run = "export CATALINA_BASE=/var/lib/tomcat10 CATALINA_HOME=/usr/share/tomcat10 JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64"
    process = tomcat.start("sh", "-c", f"{run}; exec /usr/share/tomcat10/bin/catalina.sh run")
    until(lambda: listens(tomcat, 8080))
    until(lambda: found(tomcat).get("tomcat tomcat", ("", ""))[0] in ("fail", "pass"))
    assert found(tomcat)["tomcat tomcat"][0] == "fail"
    assert process.poll() is None
    tomcat.replace(
        "/etc/tomcat10/server.xml",
        'org.apache.catalina.realm.CombinedRealm"',
        'org.apache.catalina.realm.LockOutRealm"',
    )
    status, reason = found(tomcat)["tomcat tomcat"]
    assert (status, "lock" in reason) == ("unknown", True)


@pytest.fixture
def rabbit() -> Iterator[RunningHost]:
    with tree_of(image("bookworm", "rabbitmq-server")) as fresh, running(fresh, "rabbit") as alive:
        yield alive


def test_rabbitmq(rabbit: RunningHost) -> None:
    rabbit.append("/etc/hosts", "127.0.0.1 rabbit localhost\n")
    rabbit.write("/etc/rabbitmq/enabled_plugins", "[rabbitmq_management].\n")
    home = "export HOME=/var/lib/rabbitmq"
    rabbit.start("su", "rabbitmq", "-s", "/bin/sh", "-c", f"{home}; exec /usr/lib/rabbitmq/bin/rabbitmq-server")
    until(lambda: listens(rabbit, 15672))
    until(lambda: found(rabbit).get("rabbitmq guest", ("", ""))[0] in ("fail", "pass"))
    assert found(rabbit)["rabbitmq guest"][0] == "fail"
    rabbit.run("sh", "-c", f"{home}; rabbitmqctl change_password guest {GOOD}")
    assert found(rabbit)["rabbitmq guest"] == ("pass", "refused")
