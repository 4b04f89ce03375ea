import pytest

from tests.hosts import RunningHost, Tree, until
from tests.real.servers import listening, tree, tried

__all__ = ["tree"]
pytestmark = pytest.mark.real

CHECK = "ldap-server-insists-on-encryption"
GLOBAL = "/etc/ldap/slapd.d/cn=config.ldif"
DATABASE = "/etc/ldap/slapd.d/cn=config/olcDatabase={1}mdb.ldif"
FRONTEND = "/etc/ldap/slapd.d/cn=config/olcDatabase={-1}frontend.ldif"


@pytest.mark.parametrize(
    ("where", "line", "refused"),
    [
        ("", "", False),
        (GLOBAL, "olcSecurity: tls=1", True),
        (GLOBAL, "olcSecurity: simple_bind=128 s\n sf=128", True),
        (GLOBAL, "olcSecurity: simple_bind=128 update_tls=128", False),
        (DATABASE, "olcSecurity: ssf=128", True),
        (FRONTEND, "olcSecurity: ssf=0", False),
    ],
)
def test_slapd_itself_agrees(host: RunningHost, where: str, line: str, refused: bool) -> None:
    if where:
        host.append(where, f"{line}\n")
    host.run("sh", "-c", "ip addr add 10.9.9.9/32 dev lo; mkdir -p /run/slapd; chown openldap /run/slapd")
    host.start(
        "slapd", "-d", "0", "-h", "ldap://10.9.9.9/", "-u", "openldap", "-g", "openldap", "-F", "/etc/ldap/slapd.d"
    )
    until(lambda: listening(host, 389))
    suffix = next(one.split(" ", 1)[1] for one in host.read(DATABASE).splitlines() if one.startswith("olcSuffix:"))
    said = tried(host, "ldapsearch", "-x", "-H", "ldap://10.9.9.9", "-b", suffix)[1]
    assert ("onfidentiality required" in said) is refused, said
    assert host.status(CHECK) == ("pass" if refused else "fail")


def test_where_slapd_listens(tree: Tree) -> None:
    assert tree.status(CHECK) == "fail"
    tree.replace("/etc/default/slapd", "ldap:/// ldapi:///", "ldap://127.0.0.1:389/ ldaps:/// ldapi:///")
    assert tree.status(CHECK) == "pass"
    tree.replace("/etc/default/slapd", 'SLAPD_OPTIONS=""', 'SLAPD_OPTIONS="-h ldap:///"')
    assert tree.status(CHECK) == "unknown"
    tree.remove("/usr/sbin/slapd")
    assert tree.status(CHECK) == "not_applicable"


def test_a_configuration_in_one_file(tree: Tree) -> None:
    tree.remove("/etc/ldap/slapd.d")
    assert tree.status(CHECK) == "unknown"
    tree.write("/etc/ldap/slapd.conf", "database mdb\nsecurity ssf=128\ndatabase mdb\nrootpw s3cr3t\n")
    assert tree.status(CHECK) == "fail"
    tree.append("/etc/ldap/slapd.conf", "Security tls=128\n")
    assert tree.status(CHECK) == "pass"
    tree.write(
        "/etc/ldap/slapd.conf",
        "include /etc/ldap/schema/core.schema\nsecurity tls=128\ndatabase monitor\ndatabase mdb\n",
    )
    assert tree.status(CHECK) == "pass"
    tree.append("/etc/ldap/slapd.conf", "include /srv/more.conf\n")
    assert tree.status(CHECK) == "unknown"


def test_the_administrators_password_stays_where_it_is(tree: Tree) -> None:
    from collectors.host.slapd import slapd

    tree.append(DATABASE, "olcRootPW:: c2VjcmV0LWhhc2g=\n c2VjcmV0LWhhc2g=\n")
    told = str(tree.transport.read(slapd.sources))
    assert "database {1}mdb" in told
    assert "c2VjcmV0" not in told
