"""Hashes that the products' own tools made, of published passwords and of others."""

import base64
import hashlib
import json
import subprocess
from collections.abc import Iterator

import pytest

from agent.evaluate import Finding
from collectors.host.stored_defaults import ServiceDefault, logins, sql_defaults, stored_hashes
from collectors.host.stored_logins import stored_logins
from collectors.transports.local import Shell
from tests.hosts import Tree, scan, worst
from tests.service_hosts import services_tree

pytestmark = pytest.mark.real

CHECK = "no-service-keeps-a-vendor-default-password"
USERS = "/etc/nginx/users"
GOOD = "correct horse"
_COLUMNS = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, version INTEGER NOT NULL, login TEXT NOT NULL, email TEXT NOT NULL, "
    "name TEXT NULL, password TEXT NULL, salt TEXT NULL, rands TEXT NULL, company TEXT NULL, org_id INTEGER NOT NULL, "
    "is_admin INTEGER NOT NULL, email_verified INTEGER NULL, theme TEXT NULL, created DATETIME NOT NULL, "
    "updated DATETIME NOT NULL, help_flags1 INTEGER NOT NULL DEFAULT 0, last_seen_at DATETIME NULL"
)
TABLES = {
    4: _COLUMNS,
    9: _COLUMNS + ", is_disabled INTEGER NOT NULL DEFAULT 0, is_service_account BOOLEAN DEFAULT 0",
}
"""The columns of its users as the migrations of these releases of Grafana leave them."""


@pytest.fixture
def web() -> Iterator[Tree]:
    with services_tree() as fresh:
        fresh.write(
            "/etc/nginx/conf.d/own.conf", "server {\n  location / { auth_basic x;\n  auth_basic_user_file users; }\n}\n"
        )
        yield fresh


def htpasswd(tree: Tree, user: str, password: str, *scheme: str) -> str:
    return tree.run("htpasswd", "-nb", *scheme, user, password).strip()


def of(tree: Tree, subject: str) -> Finding:
    return next(one for one in tree.findings(CHECK) if one.subject == subject)


SCHEMES = pytest.mark.parametrize("scheme", [["-m"], ["-s"], ["-d"], ["-B", "-C", "5"], ["-2"], ["-5"]], ids=str)


@SCHEMES
def test_htpasswd(web: Tree, scheme: list[str]) -> None:
    for password, expected in (("admin", "fail"), ("password", "pass"), (GOOD, "pass")):
        web.write(USERS, f"ana:{'x' * 13}\n{htpasswd(web, 'admin', password, *scheme)}\n")
        assert web.status(CHECK, f"admin in {USERS}") == expected
    web.write(USERS, htpasswd(web, "ana", "admin", *scheme) + "\n")
    assert web.verdict(CHECK, USERS)[0] == "pass"


def test_what_nginx_also_takes(web: Tree) -> None:
    for stored, expected in (
        ("{PLAIN}admin", "fail"),
        ("{PLAIN}other", "pass"),
        ("{SSHA}" + base64.b64encode(hashlib.sha1(b"adminsalt").digest() + b"salt").decode(), "fail"),
        ("{SSHA}" + base64.b64encode(hashlib.sha1(b"othersalt").digest() + b"salt").decode(), "pass"),
        ("{SSHA}????", "unknown"),
        ("admin", "unknown"),
        ("$2y$14$" + "a" * 53, "unknown"),
        ("$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", "unknown"),
    ):
        web.write(USERS, f"admin:{stored}\n")
        assert web.status(CHECK, f"admin in {USERS}") == expected, stored


def test_a_digest_of_apache(web: Tree) -> None:
    web.write(
        "/etc/apache2/sites-enabled/own.conf",
        '<Location "/x">\n  AuthType Digest\n  authuserfile "/srv/own digest"\n</Location>\n# AuthUserFile /srv/none\n',
    )
    for password, expected in (("nagios", "fail"), (GOOD, "pass")):
        made = hashlib.md5(f"nagiosadmin:Nagios Core:{password}".encode()).hexdigest()
        web.write("/srv/own digest", f"nagiosadmin:Nagios Core:{made}\n")
        assert web.status(CHECK, "nagiosadmin in /srv/own digest") == expected


def test_a_file_that_is_named_and_not_there(web: Tree) -> None:
    assert web.status(CHECK) == "not_applicable"


def grafana(
    tree: Tree, *users: tuple[str, str, int], path: str = "/var/lib/grafana/grafana.db", release: int = 9
) -> None:
    tree.path(path).parent.mkdir(parents=True, exist_ok=True)
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.close()"
    rows = []
    for user, password, disabled in users:
        parameters = ("digest:SHA256", f"pass:{password}", "salt:wJ4PzQ7Lxo", "iter:10000")
        options = [word for one in parameters for word in ("-kdfopt", one)]
        made = subprocess.run(
            ["openssl", "kdf", "-keylen", "50", *options, "PBKDF2"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        hashed = made.replace(":", "").strip().lower()
        rows.append(
            "INSERT INTO user (version, login, email, password, salt, org_id, is_admin, created, updated, is_disabled) VALUES "
            f"(0, '{user}', '{user}@localhost', '{hashed}', 'wJ4PzQ7Lxo', 1, 1, '', '', {disabled});"
        )
    tree.path(path).unlink(missing_ok=True)
    table = TABLES[release]
    if "is_disabled" not in table:
        rows = [row.replace(", is_disabled)", ")").replace(", 0);", ");") for row in rows]
    tree.run("python3", "-c", script, path, f"CREATE TABLE user ({table});" + "".join(rows))


def test_grafana(web: Tree) -> None:
    subject = "admin in /var/lib/grafana/grafana.db"
    grafana(web, ("admin", "admin", 0), ("ana", "admin", 0))
    assert web.status(CHECK, subject) == "fail"
    grafana(web, ("admin", GOOD, 0))
    assert web.status(CHECK, subject) == "pass"
    grafana(web, ("admin", "admin", 0), release=4)
    assert web.status(CHECK, subject) == "fail"
    grafana(web, ("admin", "admin", 1))
    assert web.status(CHECK) == "pass"  # nobody comes in by an account that is disabled
    grafana(web, ("admin", "admin", 0))
    web.write("/etc/grafana/grafana.ini", "[database]\n;type = mysql\ntype = postgres\n")
    assert web.verdict(CHECK) == ("unknown", "its accounts are in another database")
    web.write("/etc/grafana/grafana.ini", "[paths]\ndata = /srv/grafana\n[auth]\n[database]\n;path = x.db\n")
    web.remove("/var/lib/grafana/grafana.db")
    assert web.status(CHECK) == "not_applicable"
    grafana(web, ("admin", "admin", 0), path="/srv/grafana/grafana.db")
    assert web.status(CHECK) == "fail"
    web.write("/srv/grafana/grafana.db-wal", "newer pages")
    assert web.status(CHECK) == "unknown"
    web.remove("/srv/grafana/grafana.db-wal")
    before = sorted(one.name for one in web.path("/srv/grafana").iterdir())
    assert web.status(CHECK) == "fail"
    assert sorted(one.name for one in web.path("/srv/grafana").iterdir()) == before
    web.write("/srv/grafana/grafana.db", "not a database")
    assert web.status(CHECK) == "unknown"


def written(tree: Tree, one: ServiceDefault, user: str, password: str) -> None:
    """A file of this entry's reader with one account, as the product writes it."""
    path = one.files[0].replace("*", "") if one.files else USERS
    match one.reader:
        case "htpasswd":
            tree.write(path, htpasswd(tree, user, password) + "\n")
        case "properties":
            made = hashlib.md5(f"{user}:ManagementRealm:{password}".encode()).hexdigest()
            tree.write(
                path,
                f"#\n# Users\n#$REALM_NAME=ManagementRealm$ This line is used by the add-user utility\n{user}={made}\n",
            )
        case "splunk":
            made = tree.run("openssl", "passwd", "-6", password).strip()
            tree.write(path, f":{user}:{made}::Administrator:admin:changeme@example.com:::17000\n")
        case "graylog":
            tree.write(
                path, f"is_leader = true\nroot_password_sha2 = {hashlib.sha256(password.encode()).hexdigest()}\n"
            )
        case "slapd":
            made = base64.b64encode(hashlib.sha1(password.encode() + b"salt").digest() + b"salt").decode()
            tree.write(path, f"database mdb\nrootdn cn=Manager\nrootpw {{SSHA}}{made}\n")
        case "grafana":
            grafana(tree, (user, password, 0))
        case other:
            raise AssertionError(other)


def test_every_entry_of_the_table(web: Tree) -> None:
    for one in stored_hashes():
        for user, secret in one.pairs:
            for made, expected in ((secret, "fail"), (f"{secret} and more", "pass")):
                written(web, one, user, made)
                findings = web.findings(CHECK)
                assert [found.status for found in findings] == [expected], (one.id, user, findings)
                assert findings[0].subject.startswith(f"{user} in ")
        path = one.files[0].replace("*", "") if one.files else USERS
        web.remove(path)


def test_the_table_keeps_its_schema() -> None:
    entries = [*sql_defaults(), *stored_hashes(), *logins()]
    assert len({one.id for one in entries}) == len(entries)
    for one in entries:
        assert one.id.replace("-", "").isalnum()
        assert one.id == one.id.lower()
        assert one.pairs
        assert not [word for pair in one.pairs for word in (*pair, one.product) if "\t" in word or "\n" in word]


def test_the_configuration_of_openldap_in_ldif(web: Tree) -> None:
    path = "/etc/ldap/slapd.d/cn=config/olcDatabase={1}mdb.ldif"
    for password, expected in (("secret", "fail"), (GOOD, "pass")):
        made = "{SSHA}" + base64.b64encode(hashlib.sha1(password.encode() + b"salt").digest() + b"salt").decode()
        coded = base64.b64encode(made.encode()).decode()
        web.write(path, f"dn: olcDatabase={{1}}mdb\nolcRootDN: cn=admin\nolcRootPW:: {coded[:20]}\n {coded[20:]}\n")
        assert web.status(CHECK, f"rootdn in {path}") == expected
    web.write(path, "olcRootPW: {ARGON2}$argon2id$v=19$m=7168,t=5,p=1$x$y\n")
    assert web.status(CHECK) == "unknown"


def test_no_hash_and_no_password_leaves_the_target(web: Tree) -> None:
    web.write(USERS, f"{htpasswd(web, 'admin', 'admin')}\n{htpasswd(web, 'ana', GOOD)}\n")
    grafana(web, ("admin", GOOD, 0))
    said = json.dumps([str(reading) for reading in web.transport.read(stored_logins.sources).values()])
    assert "admin\\\\tdefault" in said
    assert "ana" not in said.replace("grafana", "")
    for line in web.read(USERS).split():
        assert line.rpartition("$")[2] not in said


def test_without_python(web: Tree) -> None:
    web.write(USERS, htpasswd(web, "admin", "admin") + "\n")
    web.remove("/usr/bin/python3")
    assert web.verdict(CHECK) == ("unknown", "there is no python3 on the target to compare with")
    web.remove(USERS)
    web.remove("/etc/nginx/conf.d/own.conf")
    assert web.status(CHECK) == "not_applicable"


def test_without_awk_the_files_that_are_named_are_not_seen(web: Tree) -> None:
    web.write(USERS, htpasswd(web, "admin", "admin") + "\n")
    web.path("/usr/bin/awk").unlink()
    assert web.status(CHECK) == "unknown"
    web.write("/usr/bin/awk", "#!/bin/sh\nexit 1\n", mode=0o755)
    assert web.status(CHECK) == "unknown"


def test_an_ordinary_user(web: Tree) -> None:
    web.write(USERS, htpasswd(web, "admin", "admin") + "\n", 0o640)
    within = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    shell = Shell(("chroot", str(web.root), *within))
    assert worst(scan(shell, CHECK)) == ("unknown", "permission denied")
    grafana(web, ("admin", "admin", 0))
    web.path("/var/lib/grafana").chmod(0o700)
    status, reason = worst(scan(shell, CHECK))
    assert status == "unknown"
    assert reason.endswith("/var/lib/grafana: Permission denied")


def test_a_link_to_a_device_does_not_hold_the_scan(web: Tree) -> None:
    web.run("mkfifo", USERS)
    assert web.status(CHECK) == "unknown"


def test_a_machine_without_any(tree: Tree) -> None:
    assert tree.status(CHECK) == "not_applicable"
