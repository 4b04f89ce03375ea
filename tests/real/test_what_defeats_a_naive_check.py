"""Configurations that look harmless, or are elsewhere than one looks first."""

import pytest

from tests.hosts import Tree

pytestmark = pytest.mark.real

ROOT = "root-does-not-log-in-over-ssh-with-a-password"
SUDO = "sudo-asks-for-a-password"
REDIS = "redis-asks-for-a-password"
TRUST = "postgresql-trusts-no-connection"
DOCKER = "docker-takes-remote-commands-only-with-a-certificate"
SQUASH = "nfs-export-does-not-trust-the-clients-root"
AUTOMATIC = "nobody-is-logged-in-automatically"
WATCHED = "audit-rules-watch-accounts-and-rights"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ('SSHD_OPTS="-o PermitRootLogin=yes"', "fail"),
        ("SSHD_OPTS=-oPermitRootLogin=yes", "fail"),
        ("SSHD_OPTS=", "pass"),
        ("SSHD_OPTS='-4 -u0'", "pass"),
        ("SSHD_OPTS='-f /srv/sshd_config'", "unknown"),
        ("SSHD_OPTS=$OTHER", "unknown"),
        ("SSHD_OPTS=$(touch /tmp/x)", "unknown"),
    ],
)
def test_options_that_sshd_is_started_with(tree: Tree, line: str, status: str) -> None:
    tree.write("/etc/default/ssh", f"# options\n{line}\n")
    assert tree.status(ROOT) == status


def test_the_policy_of_red_hat_that_a_drop_in_includes(tree: Tree) -> None:
    policy = "/etc/crypto-policies/back-ends/opensshserver.config"
    tree.write("/etc/ssh/sshd_config.d/50-redhat.conf", f"Include {policy}\n")
    tree.write(policy, "Ciphers aes256-gcm@openssh.com,3des-cbc\n")
    assert tree.status("sshd-offers-only-strong-ciphers") == "fail"
    tree.write(policy, "Ciphers aes256-gcm@openssh.com\n")
    assert tree.status("sshd-offers-only-strong-ciphers") == "pass"
    tree.remove("/etc/ssh/sshd_config.d/50-redhat.conf")
    tree.write(policy, "CRYPTO_POLICY='-oCiphers=3des-cbc -oMACs=hmac-sha2-256'\n")
    assert tree.status("sshd-offers-only-strong-ciphers") == "pass"  # Debian's unit has no such variable
    unit = f"[Service]\nEnvironmentFile=-{policy}\nExecStart=\nExecStart=/usr/sbin/sshd -D $OPTIONS $CRYPTO_POLICY\n"
    tree.write("/etc/systemd/system/ssh.service.d/redhat.conf", unit)
    assert tree.status("sshd-offers-only-strong-ciphers") == "fail"


@pytest.mark.parametrize("command", ["/usr/bin/env", "/bin/sh -c *", "/usr/bin/python3", "/usr/bin/less, /usr/bin/vim"])
def test_programs_that_run_any_other(tree: Tree, command: str) -> None:
    tree.write("/etc/sudoers.d/x", f"ann ALL=(ALL) NOPASSWD: {command}\n", 0o440)
    assert tree.status(SUDO) == "fail"


def test_rules_of_sudo_at_the_vendors_place(tree: Tree) -> None:
    tree.write("/usr/etc/sudoers", tree.read("/etc/sudoers"), 0o440)
    tree.remove("/etc/sudoers")
    tree.write("/etc/sudoers.d/x", "ann ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    assert tree.status(SUDO) == "fail"


def test_a_user_of_redis_beside_the_default_one(tree: Tree) -> None:
    conf = "/etc/redis/redis.conf"
    tree.append(conf, "bind 0.0.0.0\nuser default on >secret ~* +@all\nuser bob off nopass ~* +@all\n")
    assert tree.status(REDIS) == "pass"
    tree.append(conf, "user bob on nopass ~* +@all\n")
    assert tree.status(REDIS) == "fail"


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ("host passwords all 0.0.0.0/0 trust", "fail"),
        ("host all all 0.0.0.0/0 password", "pass"),
        ('host all all 0.0.0.0/0 ldap ldapserver=x ldapbindpasswd="a b"', "pass"),
    ],
)
def test_words_that_look_like_a_secret_of_postgresql(tree: Tree, row: str, status: str) -> None:
    tree.write("/etc/postgresql/15/main/pg_hba.conf", f"{row}\n")
    tree.append("/etc/postgresql/15/main/postgresql.conf", "listen_addresses = '*'\n")
    assert tree.status(TRUST) == status


def test_options_of_docker_in_variables(tree: Tree) -> None:
    tree.write("/usr/bin/dockerd", "#!/bin/sh\n", mode=0o755)
    unit = "/lib/systemd/system/docker.service"
    tree.write(
        unit, "[Service]\nEnvironmentFile=-/etc/default/docker\nExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS\n"
    )
    assert tree.status(DOCKER) == "pass"
    tree.write("/etc/default/docker", '#DOCKER_OPTS="-H tcp://1.2.3.4:1"\nDOCKER_OPTS="--dns 8.8.8.8"\n')
    assert tree.status(DOCKER) == "pass"
    tree.append("/etc/default/docker", 'DOCKER_OPTS="-H tcp://0.0.0.0:2375"\n')
    assert tree.status(DOCKER) == "fail"
    tree.write(unit, "[Service]\nExecStart=/usr/sbin/dockerd -H fd:// $STORAGE\n")
    assert tree.status(DOCKER) == "unknown"
    tree.write(unit, "[Service]\nExecStart=/usr/sbin/dockerd --config-file /srv/daemon.json\n")
    assert tree.status(DOCKER) == "unknown"


def test_a_client_that_is_squashed_to_root(tree: Tree) -> None:
    tree.write("/etc/exports", "/srv 10.0.0.0/8(rw,all_squash,anonuid=1000)\n")
    assert tree.status(SQUASH) == "pass"
    tree.write("/etc/exports", "/srv 10.0.0.0/8(rw,all_squash,anonuid=0)\n")
    assert tree.status(SQUASH) == "fail"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("-o '-p -- \\\\u' --noclear", "pass"),
        ("-n -l /bin/login", "pass"),
        ("-n -l /bin/bash", "fail"),
        ("--login-program=/usr/bin/zsh", "fail"),
        ("-o '-p -f root'", "fail"),
    ],
)
def test_a_terminal_without_a_question(tree: Tree, options: str, status: str) -> None:
    drop = "/etc/systemd/system/getty@tty1.service.d/a.conf"
    tree.write(drop, f"[Service]\nExecStart=\nExecStart=-/sbin/agetty {options} %I $TERM\n")
    assert tree.status(AUTOMATIC) == status


def test_an_option_that_is_added_to_a_package_source(tree: Tree) -> None:
    tree.write("/etc/apt/sources.list.d/x.list", "deb [trusted+=yes] http://example.org stable main\n")
    assert tree.status("package-sources-are-signed") == "fail"


def test_an_audit_daemon_without_any_rules(tree: Tree) -> None:
    tree.remove("/etc/audit/rules.d")
    tree.remove("/etc/audit/audit.rules")
    assert tree.status(WATCHED) == "fail"
    tree.remove("/etc/audit")
    assert tree.status(WATCHED) == "not_applicable"


def test_an_interface_in_a_zone_of_firewalld_that_takes_everything(tree: Tree) -> None:
    wanted = tree.path("/etc/systemd/system/multi-user.target.wants/firewalld.service")
    tree.write("/lib/systemd/system/firewalld.service", "[Service]\nExecStart=/usr/sbin/firewalld\n")
    wanted.symlink_to("/lib/systemd/system/firewalld.service")
    tree.write("/etc/firewalld/firewalld.conf", "DefaultZone=public\n")
    tree.write("/etc/firewalld/zones/trusted.xml", '<zone target="ACCEPT"><interface name="lo"/></zone>\n')
    check = "configured-firewall-denies-inbound-by-default"
    assert tree.status(check) == "pass"
    tree.write("/etc/firewalld/zones/trusted.xml", '<zone target="ACCEPT"><interface name="eth0"/></zone>\n')
    assert tree.status(check) == "fail"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/netplan/50-wifi.yaml", "network:\n  wifis:\n    wlan0:\n      access-points:\n        open: {}\n"),
        ("/etc/network/interfaces", "iface wlan0 inet dhcp\n  wireless-essid open\n"),
        ("/etc/network/interfaces.d/wlan0", "iface wlan0 inet dhcp\n\twpa-ssid home\n\twpa-psk not-to-be-told\n"),
    ],
)
def test_wireless_networks_in_a_place_that_is_not_read(tree: Tree, path: str, text: str) -> None:
    check = "wireless-network-is-encrypted"
    tree.write("/etc/netplan/01-wired.yaml", "network:\n  ethernets:\n    eth0: {dhcp4: true}\n")
    assert tree.status(check) == "not_applicable"
    tree.write(path, text)
    assert tree.status(check) == "unknown"
