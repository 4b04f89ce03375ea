"""What keeps people from guessing SSH passwords: fail2ban, ufw and nftables as they really are."""

import ast

import pytest

from collectors.host.fail2ban import Fail2ban, fail2ban
from tests import hosts
from tests.hosts import RunningHost, Tree, until

pytestmark = pytest.mark.real
GUARDED = "a-guard-shuts-out-who-guesses-ssh-passwords"
RUNNING = "guards-of-sshd-are-running"


def _dumped(tree: Tree) -> dict[str, dict[str, list[object]]]:
    """Jails as fail2ban itself understands its configuration: name to option to values."""
    found: dict[str, dict[str, list[object]]] = {}
    for line in tree.run("fail2ban-client", "-d").splitlines():
        match ast.literal_eval(line) if line.startswith("[") else []:
            case ["add", str(name), backend]:
                found.setdefault(name, {})["backend"] = [backend]
            case ["set", str(name), str(option), *values]:
                if name in found:
                    found[name].setdefault(option, []).extend(values[:1])
    return found


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"jail.local": "[DEFAULT]\nmaxretry = 3\nignoreip = 127.0.0.1/8 ::1\n[sshd]\nbackend = systemd ; inline\n"},
        {"jail.d/zz.local": "[sshd]\nmaxretry=9\n", "jail.local": "[sshd]\nmaxretry = 4\nbackend: polling\n"},
        {"jail.d/a.conf": "[mine]\nenabled = yes\nfilter = sshd[mode=aggressive]\nlogpath = /var/log/auth.log\n  /var/log/x*\n"},
        {"paths-overrides.local": "[DEFAULT]\nsshd_backend = systemd\n", "jail.d/a.local": "[sshd]\nmode=ddos\n"},
        {"jail.local": "[INCLUDES]\nafter = paths-mine.conf\n[sshd]\nmaxretry = %(default/maxretry)s\n",
         "paths-mine.conf": "[DEFAULT]\nmaxretry = 8\n[sshd]\nlogpath = %(syslog_authpriv)s\n"},
        {"jail.local": "[sshd]\nenabled = false\n"},
    ],
)  # fmt: skip
def test_jails_are_those_of_fail2ban(equipped: Tree, files: dict[str, str]) -> None:
    equipped.write("/var/log/auth.log", "")
    equipped.write("/var/log/x1", "")
    for name, text in files.items():
        equipped.write(f"/etc/fail2ban/{name}", text)
    fact = fail2ban.outcome(equipped.transport.read(fail2ban.sources))
    assert isinstance(fact, Fail2ban)
    told = _dumped(equipped)
    assert {jail.name for jail in fact.jails} == set(told)
    for jail in fact.jails:
        own = told[jail.name]
        assert [jail.backend] == own["backend"]
        assert own["maxretry"] == [jail.attempts]
        if jail.backend != "systemd":
            assert own["addlogpath"] == [path.replace("x*", "x1") for path in jail.logs]


def test_the_log_that_is_not_there(equipped: Tree) -> None:
    assert equipped.verdict(GUARDED) == ("fail", "fail2ban jail sshd: it follows a log that is not there")
    equipped.write("/var/log/auth.log", "")
    assert equipped.status(GUARDED) == "pass"
    assert equipped.status(GUARDED, most=4) == "fail"
    equipped.remove("/etc/systemd/system/multi-user.target.wants/rsyslog.service")
    assert "no syslog service" in equipped.verdict(GUARDED)[1]
    equipped.write("/etc/fail2ban/jail.local", "[sshd]\nbackend = systemd\n")
    assert equipped.status(GUARDED) == "pass"
    journal = "/usr/lib/python3/dist-packages/systemd/journal.py"
    equipped.path(journal).rename(equipped.path(f"{journal}.away"))
    assert equipped.status(GUARDED) == "unknown"
    equipped.path(f"{journal}.away").rename(equipped.path(journal))
    equipped.write("/etc/ssh/sshd_config.d/a.conf", "Port 2222\n")
    assert "it shuts the ports ssh" in equipped.verdict(GUARDED)[1]
    equipped.write("/etc/fail2ban/jail.d/a.local", "[sshd]\nbanaction = %(banaction_allports)s\n")
    assert equipped.status(GUARDED) == "pass"
    equipped.write("/etc/fail2ban/jail.d/a.local", "[sshd]\nbanaction = nftables[type=allports]\n")
    assert equipped.status(GUARDED) == "pass"
    equipped.write("/etc/fail2ban/jail.d/a.local", "[sshd]\nbanaction = nftables[type=multiport]\n")
    assert equipped.status(GUARDED) == "fail"
    equipped.append("/etc/fail2ban/jail.local", "port = ssh,2222\n")
    assert equipped.status(GUARDED) == "pass"
    equipped.append(
        "/etc/fail2ban/jail.local", "action = something-else[token=secret]\n%(action_)s\n".replace("\n%", "\n  %")
    )
    assert equipped.status(GUARDED) == "pass"
    equipped.append("/etc/fail2ban/jail.local", "[DEFAULT]\nignoreip = 0.0.0.0/0\n")
    assert equipped.status(GUARDED) == "fail"


def test_what_is_given_to_actions_stays_on_the_target(equipped: Tree) -> None:
    equipped.write(
        "/etc/fail2ban/jail.local", "[sshd]\naction = abuseipdb[abuseipdb_apikey=geheim]\nabuse_key = geheim\n"
    )
    readings = equipped.transport.read(fail2ban.sources)
    assert "action = abuseipdb" in str(readings)
    assert "geheim" not in str(readings)


def test_without_a_service_or_with_keys_only(equipped: Tree) -> None:
    equipped.write("/var/log/auth.log", "")
    equipped.remove("/etc/systemd/system/multi-user.target.wants/fail2ban.service")
    assert equipped.verdict(GUARDED) == ("fail", "fail2ban: it is not started at boot")
    equipped.write("/etc/ssh/sshd_config.d/a.conf", "ListenAddress 127.0.0.1\n")
    assert equipped.status(GUARDED) == "not_applicable"
    equipped.write("/etc/ssh/sshd_config.d/a.conf", "PasswordAuthentication no\n")
    assert equipped.status(GUARDED) == "not_applicable"
    equipped.append("/etc/ssh/sshd_config.d/a.conf", "Match User backup\n  PasswordAuthentication yes\n")
    assert equipped.status(GUARDED) == "fail"


def test_a_configuration_that_is_not_understood_is_unknown(equipped: Tree) -> None:
    equipped.write("/etc/fail2ban/jail.local", "[sshd]\nlogpath = %(of_my_own)s\n")
    assert equipped.status(GUARDED) == "unknown"


def test_fail2ban_that_runs(equipped: Tree) -> None:
    with hosts.running(equipped, "guarded") as host:
        assert host.status(RUNNING) == "fail"
        host.write("/var/log/auth.log", "")
        host.run("mkdir", "-p", "/run/fail2ban")
        host.start("fail2ban-server", "-xf", "start")
        until(lambda: "pong" in _said(host, "ping"))
        until(lambda: "sshd" in _said(host, "status"))
        assert host.status(RUNNING) == "pass"
        assert host.status(GUARDED) == "pass"


def _said(host: RunningHost, word: str) -> str:
    try:
        return host.run("fail2ban-client", word)
    except AssertionError:
        return ""


def _enable(host: RunningHost, word: str) -> None:
    host.run("sed", "-i", f"s/^ENABLED=.*/ENABLED={word}/", "/etc/ufw/ufw.conf")


def test_ufw_limits(host: RunningHost) -> None:
    assert host.status(GUARDED) == "fail"
    host.run("ufw", "limit", "ssh")
    assert host.status(GUARDED) == "fail"  # it is not enabled
    _enable(host, "yes")
    assert host.status(GUARDED) == "pass"
    _enable(host, "no")  # it would load its rules
    host.run("ufw", "prepend", "allow", "22")
    _enable(host, "yes")
    assert host.status(GUARDED) == "fail"  # the rule before it lets everyone in
    _enable(host, "no")
    host.run("ufw", "delete", "allow", "22")
    _enable(host, "yes")
    assert host.status(GUARDED) == "pass"
    assert host.status(RUNNING) == "not_applicable"


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ("tcp dport ssh ct state new add @guess { ip saddr limit rate over 6/minute } drop", "pass"),
        ("tcp dport { 22, 2222 } limit rate over 9/minute drop", "pass"),
        ("tcp dport 22 limit rate 6/minute accept", "unknown"),
        ('tcp dport 22 limit rate 6/minute log prefix "ssh "', "fail"),
        ("tcp dport 80 limit rate over 9/minute drop", "fail"),
        ("ip saddr 10.0.0.0/8 tcp dport 22 limit rate over 9/minute drop", "unknown"),
        ("ip saddr != 10.0.0.0/8 tcp dport 22 limit rate over 9/minute drop", "pass"),
        ("}\n chain out { type filter hook output priority 0; tcp dport 22 limit rate over 9/minute drop;", "fail"),
    ],
)  # fmt: skip
def test_limits_of_nftables(host: RunningHost, rule: str, status: str) -> None:
    host.write(
        "/etc/nftables.conf",
        f"table inet filter {{\n set guess {{ type ipv4_addr; flags dynamic; }}\n"
        f" chain input {{\n  type filter hook input priority 0;\n  {rule}\n }}\n}}\n",
    )
    host.run("nft", "-c", "-f", "/etc/nftables.conf")
    assert host.status(GUARDED) == "fail"
    host.path("/etc/systemd/system/sysinit.target.wants").mkdir(parents=True, exist_ok=True)
    host.path("/etc/systemd/system/sysinit.target.wants/nftables.service").symlink_to(
        "/lib/systemd/system/nftables.service"
    )
    assert host.status(GUARDED) == status


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ("-A INPUT -p tcp -m tcp --dport 22 -m recent --update --seconds 60 --hitcount 4 -j DROP", "pass"),
        ("-A OUTPUT -p tcp -m tcp --dport 22 -m recent --update --seconds 60 --hitcount 4 -j DROP", "fail"),
        (
            "-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m recent --update --seconds 60 --hitcount 4 -j DROP",
            "unknown",
        ),
        ("-A INPUT ! -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -m recent --update --hitcount 4 -j DROP", "pass"),
    ],
)
def test_limits_of_iptables(tree: Tree, rule: str, status: str) -> None:
    tree.remove("/etc/fail2ban")
    tree.write("/etc/iptables/rules.v4", f"*filter\n:INPUT ACCEPT [0:0]\n{rule}\nCOMMIT\n")
    tree.write("/lib/systemd/system/netfilter-persistent.service", "[Service]\nExecStart=/bin/true\n")
    tree.path("/etc/systemd/system/multi-user.target.wants/netfilter-persistent.service").symlink_to(
        "/lib/systemd/system/netfilter-persistent.service"
    )
    assert tree.status(GUARDED) == status
