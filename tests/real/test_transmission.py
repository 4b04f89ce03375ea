import pytest

from tests.hosts import RunningHost, Tree, until
from tests.real.test_service_defaults import HBA, SECRET, everything_read

pytestmark = pytest.mark.real

PLAIN = "no-plaintext-service-listens-beyond-loopback"
NGINX = "nginx-offers-only-current-tls"
OPENSSL = "openssl-allows-only-current-tls"
POSTGRES = "postgresql-takes-remote-connections-only-encrypted"
LOGS = "logs-leave-the-host-encrypted"
WIFI = "wireless-network-is-encrypted"
TKIP = "wireless-network-uses-no-tkip"
LISTEN = """
import socket, sys, time
kind = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[sys.argv[1]]
made = socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET, kind)
made.bind((sys.argv[2], int(sys.argv[3])))
kind == socket.SOCK_DGRAM or made.listen()
time.sleep(1000)
"""


@pytest.mark.parametrize(
    ("check", "weak"),
    [
        ("sshd-offers-only-strong-ciphers", "Ciphers aes256-ctr,aes128-cbc"),
        ("sshd-offers-only-strong-macs", "MACs hmac-sha2-256,hmac-md5"),
        ("sshd-offers-only-strong-key-exchange", "KexAlgorithms +diffie-hellman-group14-sha1"),
    ],
)
def test_algorithms_of_sshd(tree: Tree, check: str, weak: str) -> None:
    assert tree.status(check) == "pass"
    tree.write("/etc/ssh/sshd_config.d/a.conf", f"{weak}\n")
    assert tree.status(check) == "fail"


def listen(host: RunningHost, protocol: str, address: str, port: int) -> None:
    def waiting() -> int:
        return host.run("/srv/ss", "-Htuln").count(f":{port} ")

    before = waiting()
    host.start("python3", "-c", LISTEN, protocol, address, str(port))
    until(lambda: waiting() > before)


@pytest.mark.parametrize("with_ss", [True, False], ids=["ss", "proc"])
def test_services_in_clear(host: RunningHost, with_ss: bool) -> None:
    host.run("cp", "/usr/bin/ss", "/srv/ss")
    if not with_ss:
        host.remove("/usr/bin/ss")
    listen(host, "tcp", "127.0.0.2", 23)
    listen(host, "udp", "::1", 69)
    listen(host, "tcp", "::", 443)
    assert host.verdict(PLAIN) == ("pass", "")
    listen(host, "tcp", "0.0.0.0", 143)
    assert host.status(PLAIN) == "unknown"
    assert host.status(PLAIN, may_encrypt=()) == "pass"
    listen(host, "udp", "0.0.0.0", 69)
    assert host.status(PLAIN) == "fail"


def test_services_in_clear_are_unknown_in_a_tree(tree: Tree) -> None:
    assert tree.status(PLAIN) == "unknown"


def site(tree: Tree, text: str) -> None:
    tree.write("/etc/nginx/sites-enabled/pi", text)
    tree.remove("/etc/nginx/sites-enabled/default")
    tree.run("nginx", "-t")


def certificate(tree: Tree) -> str:
    tree.run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/etc/nginx/k.pem", "-out",
        "/etc/nginx/c.pem", "-subj", "/CN=x",
    )  # fmt: skip
    return "ssl_certificate /etc/nginx/c.pem; ssl_certificate_key k.pem;"


def test_nginx_is_judged_as_it_answers(host: RunningHost) -> None:
    own = certificate(host)
    names = "server_name pi.example.com _;"
    site(host, f"server {{ listen 80; listen 443 ssl; {names} {own} }} # }}\nserver {{ listen 8080; }}")
    assert [one.subject for one in host.findings(NGINX)] == ["pi.example.com on 443"]

    def speaks_tls_1() -> bool:
        host.run("nginx")
        shake = "openssl s_client -connect 127.0.0.1:443 -tls1 -cipher DEFAULT@SECLEVEL=0 </dev/null 2>&1 || true"
        said = host.run("env", "OPENSSL_CONF=/dev/null", "sh", "-c", shake)
        host.run("nginx", "-s", "stop")
        until(lambda: ":443 " not in host.run("ss", "-Htln"))
        return "Cipher is (NONE)" not in said

    # Debian's nginx.conf names TLSv1, but OpenSSL's security level of 2 refuses it.
    assert not speaks_tls_1()
    assert host.status(NGINX) == "pass"
    site(host, f'server {{ listen 443 ssl; {names} {own} ssl_ciphers "DEFAULT:@SECLEVEL=0"; }}')
    assert speaks_tls_1()
    assert host.status(NGINX) == "fail"
    host.write("/etc/nginx/snippets/tls.conf", "ssl_protocols TLSv1.2 TLSv1.3;\n")
    site(host, f"server {{ listen 443 ssl; {own} ssl_ciphers DEFAULT:@SECLEVEL=0; include snippets/tls.conf; }}")
    assert not speaks_tls_1()
    assert host.status(NGINX) == "pass"


def test_nginx_with_a_weak_system_policy(tree: Tree) -> None:
    own = certificate(tree)
    site(tree, f"server {{ listen 443 ssl; {own} }}")
    assert tree.status(NGINX) == "pass"
    weaken(tree, "CipherString = DEFAULT:@SECLEVEL=0\nMinProtocol = TLSv1.2")
    assert tree.status(OPENSSL) == "pass"
    assert tree.status(NGINX) == "fail"  # nginx sets its own lowest version
    tree.write("/srv/more.conf", "ssl_protocols TLSv1.2;\n")
    site(tree, f"server {{ listen 443 ssl; {own} include /srv/more.conf; }}")
    assert tree.status(NGINX) == "unknown"


def test_keys_and_headers_of_nginx_stay_where_they_are(tree: Tree) -> None:
    own = certificate(tree)
    header = f'proxy_set_header Authorization "Basic {SECRET};"; # {SECRET}\n'
    site(tree, f"server {{ listen 443 ssl; {own} location / {{ {header} proxy_pass http://127.0.0.1; }} }}")
    read = everything_read(tree)
    assert "listen 443 ssl" in read
    assert SECRET not in read
    assert "PRIVATE KEY" not in read


def weaken(tree: Tree, policy: str) -> None:
    sections = f"[openssl_init]\nssl_conf = ssl_sect\n[ssl_sect]\nsystem_default = all\n[all]\n{policy}\n[rest]\n"
    tree.replace("/etc/ssl/openssl.cnf", "[openssl_init]\n", sections)


def test_the_policy_of_openssl(tree: Tree) -> None:
    assert tree.status(OPENSSL) == "pass"
    assert tree.status(OPENSSL, minimum="TLSv1.3") == "fail"
    weaken(tree, "MinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0")
    assert tree.status(OPENSSL) == "fail"


def test_a_level_of_1_still_refuses_old_versions(host: RunningHost) -> None:
    weaken(host, "MinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=1")
    assert host.status(OPENSSL) == "pass"


def test_a_policy_that_is_elsewhere_is_unknown(tree: Tree) -> None:
    tree.append("/etc/ssl/openssl.cnf", ".include /srv/policy.cnf\n")
    assert tree.status(OPENSSL) == "unknown"


def test_postgresql_on_the_network(tree: Tree) -> None:
    assert tree.status(POSTGRES) == "not_applicable"
    tree.write("/etc/postgresql/15/main/conf.d/net.conf", "Listen_Addresses = '*' # all\n")
    assert tree.status(POSTGRES) == "pass"  # no row for other machines
    tree.append(HBA, "host all all 10.0.0.0/8 scram-sha-256\n")
    assert tree.status(POSTGRES) == "fail"
    tree.write(HBA, "hostnossl all all 0.0.0.0/0 reject\nhost all all 10.0.0.0/8 scram-sha-256\n")
    assert tree.status(POSTGRES) == "pass"
    tree.write(HBA, "hostssl all all 10.0.0.0/8 scram-sha-256\n")
    assert tree.status(POSTGRES) == "pass"
    auto = "/var/lib/postgresql/15/main/postgresql.auto.conf"
    tree.append(auto, f"listen_addresses = 'localhost'\nprimary_conninfo = 'user=r password={SECRET}'\n")
    assert tree.status(POSTGRES) == "not_applicable"
    tree.append(HBA, f'host all all 10.0.0.0/8 ldap ldapserver=x "ldapbindpasswd={SECRET}"\n')
    assert SECRET not in everything_read(tree)


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("*.* @logs.example.com\n", "fail"),
        ("*.* @@(o)logs.example.com:514;RSYSLOG_ForwardFormat\n", "fail"),
        ("$DefaultNetstreamDriver gtls\n$ActionSendStreamDriverMode 1\n*.* @@logs.example.com:6514\n", "pass"),
        ("$DefaultNetstreamDriver gtls\n*.* @@logs.example.com:6514\n$ActionSendStreamDriverMode 1\n", "fail"),
        ('*.* action(type="omfwd" # (to the vault)\n  target="logs.example.com" protocol="tcp")\n', "fail"),
        (
            '*.* action(type="omfwd" Target="logs.example.com" Protocol="tcp"\n StreamDriver="gtls"\n StreamDriverMode="1")\n',
            "pass",
        ),
        (
            'global(DefaultNetstreamDriver="ossl")\n*.* action(type="omfwd" target="l" protocol="tcp" StreamDriverMode="1")\n',
            "pass",
        ),
        ('action(type="omfwd" target="l" protocol="udp" StreamDriver="gtls" StreamDriverMode="1")\n', "fail"),
        ("# *.* @logs.example.com\n*.* @127.0.0.1\n", "not_applicable"),
        ('if $msg contains "a@b" then /var/log/x\n:msg, contains, "to @home" /var/log/x\n', "not_applicable"),
    ],
)
def test_logs_on_their_way(tree: Tree, written: str, status: str) -> None:
    tree.write("/etc/rsyslog.d/forward.conf", written)
    assert tree.status(LOGS) == status


def test_rsyslog_itself_takes_these_forwards(tree: Tree) -> None:
    tree.write(
        "/etc/rsyslog.d/forward.conf",
        f'template(name="{SECRET}" type="string" string="%msg%")\n*.* @@(o)l:514;RSYSLOG_ForwardFormat\n'
        f'action(type="omfwd" # (\n target="l" template="{SECRET}" protocol="tcp")\n',
    )
    tree.run("rsyslogd", "-N1")
    assert tree.status(LOGS) == "fail"
    assert SECRET not in everything_read(tree)


NM = "/etc/NetworkManager/system-connections"


def test_networks_of_networkmanager(tree: Tree) -> None:
    assert tree.status(WIFI) == "not_applicable"
    secured = f"[wifi-security]\nkey-mgmt=wpa-psk\npsk={SECRET}\n"
    tree.write(f"{NM}/home.nmconnection", f"[connection]\nid=home\ntype=wifi\n[wifi]\nssid=home\n{secured}", 0o600)
    tree.write(f"{NM}/cable.nmconnection", "[connection]\nid=cable\ntype=ethernet\n", 0o600)
    assert tree.status(WIFI) == "pass"
    assert tree.status(TKIP) == "pass"
    assert SECRET not in everything_read(tree)
    tree.write(
        f"{NM}/cafe.nmconnection", "[connection]\nid=cafe\ntype=wifi\nautoconnect=false\n[wifi]\nssid=cafe\n", 0o600
    )
    assert tree.status(WIFI, "cafe") == "pass"
    assert tree.status(WIFI, "cafe", only_automatic=False) == "fail"
    tree.replace(f"{NM}/cafe.nmconnection", "autoconnect=false\n", "")
    assert tree.status(WIFI, "cafe") == "fail"
    tree.append(f"{NM}/home.nmconnection", "proto=wpa;\npairwise=tkip;\n")
    assert tree.status(TKIP, "home") == "fail"


def test_networks_of_wpa_supplicant(tree: Tree) -> None:
    conf = "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf"
    tree.write(
        conf, f'network={{\n\tssid="home"\n\tpsk="{SECRET}"\n}}\nnetwork={{\n key_mgmt=IEEE8021X\n eap=TLS\n}}\n'
    )
    assert [one.subject for one in tree.findings(WIFI)] == ["home"]
    assert tree.status(WIFI) == "pass"
    tree.append(conf, f'network={{\n ssid="old"\n key_mgmt=NONE\n wep_key0="{SECRET[:5]}"\n disabled=1\n}}\n')
    assert tree.status(WIFI, "old") == "pass"
    tree.append(conf, 'network={\n ssid="any"\n key_mgmt=NONE\n}\n')
    assert tree.status(WIFI, "any") == "fail"
    tree.append(conf, 'network={\n ssid="tkip"\n pairwise=CCMP TKIP\n}\n')
    assert tree.status(TKIP, "tkip") == "fail"
    assert SECRET[:5] not in everything_read(tree)


def test_networks_of_iwd(tree: Tree) -> None:
    tree.write("/var/lib/iwd/home.psk", f"[Security]\nPassphrase={SECRET}\n", 0o600)
    assert tree.status(WIFI) == "pass"
    tree.write("/var/lib/iwd/=636166652e.open", "[Settings]\nAutoConnect=true\n")
    assert tree.status(WIFI, "cafe.") == "fail"
    tree.write("/var/lib/iwd/=636166652e.open", "[Settings]\nAutoConnect=false\n")
    assert tree.status(WIFI, "cafe.") == "pass"
    assert SECRET not in everything_read(tree)
