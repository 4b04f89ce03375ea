import pytest

from collectors.collector import Platform
from collectors.host.firewall import Firewall
from collectors.transports.local import Shell
from tests.hosts import RunningHost, Tree, catalogue, facts_of, scan, snapshot, sources_for, until, worst

pytestmark = pytest.mark.real

IN_FORCE = "firewall-denies-inbound-by-default"
IN_FORCE_6 = "firewall-denies-inbound-over-ipv6"
AT_START = "firewall-is-loaded-at-start"
CONFIGURED = "configured-firewall-denies-inbound-by-default"
CONFIGURED_6 = "configured-firewall-covers-ipv6"

SERVER = """
table inet filter {
  set web { type inet_service; flags interval; elements = { 80, 443, 8000-8100 } }
  chain input {
    type filter hook input priority 0; policy %s;
    iifname lo accept
    ct state vmap { established : accept, related : accept, invalid : drop }
    meta l4proto { icmp, icmpv6 } accept
    tcp dport { 22, 2222 } accept comment "ssh; and more"
    tcp dport @web counter accept
    ip saddr 10.0.0.0/8 accept
    %s
  }
  chain world { tcp dport 25 accept; log prefix "no way" counter drop; }
}
"""


def outside(host: RunningHost) -> None:
    """Give the host an interface to the outside, with both families and a default route."""
    host.run("ip", "link", "add", "wan0", "type", "veth", "peer", "name", "other0")
    host.run("ip", "link", "set", "other0", "up")
    host.run("ip", "link", "set", "wan0", "up")
    host.run("ip", "address", "add", "192.0.2.2/24", "dev", "wan0")
    host.run("ip", "-6", "address", "add", "2001:db8::2/64", "dev", "wan0", "nodad")
    host.run("ip", "route", "add", "default", "via", "192.0.2.1")


def load(host: RunningHost, rules: str) -> None:
    host.run("nft", "-f", "-", stdin=f"flush ruleset\n{rules}")


def firewall_of(host: RunningHost) -> Firewall:
    found = catalogue()
    chosen = [one for one in found.checks if one.id == IN_FORCE]
    asked = sources_for(found, chosen, Platform.LINUX)
    taken = snapshot(host.transport, asked, asset="test", platform=Platform.LINUX)
    fact = facts_of(found, taken).outcomes[Firewall]
    assert isinstance(fact, Firewall), fact
    return fact


@pytest.mark.parametrize(
    ("policy", "last", "expected"),
    [
        ("drop", "", "pass"),
        ("accept", "", "fail"),
        ("accept", "drop", "pass"),
        ("accept", "counter log reject with icmpx port-unreachable", "pass"),
        ("accept", "jump world", "pass"),
        ("accept", "goto world", "pass"),
        ("accept", "iifname wan0 jump world", "pass"),
        ("accept", "iifname vmap { lo : accept, wan0 : jump world }", "pass"),
        ("accept", "meta nfproto vmap { ipv4 : jump world, ipv6 : jump world }", "pass"),
        ("accept", "iifname wg0 drop", "fail"),
        ("accept", "limit rate over 10/second drop", "fail"),
        ("accept", "tcp dport 1-65535 drop", "fail"),  # UDP is let in
        ("accept", "ip saddr != 10.0.0.0/8 drop; meta nfproto ipv6 drop", "pass"),
        ("drop", "accept", "fail"),
        ("drop", "iifname wan0 accept", "fail"),
        ("drop", "iifname docker0 accept", "pass"),
        ("drop", "ct state new accept", "fail"),
        ("drop", "tcp dport 1-65535 accept", "fail"),
        ("drop", "tcp dport 1024-65535 accept", "pass"),
        ("drop", "meta l4proto udp accept", "fail"),
    ],
)
def test_nftables_in_force(host: RunningHost, policy: str, last: str, expected: str) -> None:
    outside(host)
    load(host, SERVER % (policy, last))
    assert host.verdict(IN_FORCE)[0] == expected, host.verdict(IN_FORCE)
    assert host.status(IN_FORCE_6) == expected


def test_no_rules_at_all(host: RunningHost) -> None:
    outside(host)
    assert host.verdict(IN_FORCE) == ("fail", "no packet filter rule is in force")
    assert host.status(IN_FORCE_6) == "fail"


def test_ports_are_judged_one_by_one(host: RunningHost) -> None:
    outside(host)
    load(host, SERVER % ("drop", ""))
    firewall = firewall_of(host)
    assert firewall.enabled
    assert not firewall.denies("ip", 22)
    assert not firewall.denies("ip6", 2222)
    assert firewall.denies("ip", 23)
    assert firewall.denies("ip", 22, protocol="udp")


def test_a_second_table_that_accepts_does_not_open_the_first(host: RunningHost) -> None:
    outside(host)
    more = "table ip more { chain in { type filter hook input priority 10; policy accept; }; }"
    load(host, SERVER % ("drop", "") + more)
    assert host.status(IN_FORCE) == "pass"


def test_ipv4_alone_is_seen(host: RunningHost) -> None:
    outside(host)
    load(host, "table ip filter { chain input { type filter hook input priority 0; policy drop; }; }")
    assert host.status(IN_FORCE) == "pass"
    assert host.status(IN_FORCE_6) == "fail"
    host.run("ip", "-6", "address", "flush", "dev", "wan0")
    host.run("ip", "-6", "address", "flush", "dev", "other0")
    assert host.status(IN_FORCE_6) == "not_applicable"


@pytest.mark.parametrize("backend", ["nft", "legacy"])
def test_iptables(host: RunningHost, backend: str) -> None:
    outside(host)
    tool, tool6 = f"iptables-{backend}", f"ip6tables-{backend}"
    host.run(tool, "-A", "INPUT", "-i", "lo", "-j", "ACCEPT")
    host.run(tool, "-A", "INPUT", "-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT")
    host.run(tool, "-N", "SERVICES")
    host.run(tool, "-A", "INPUT", "-m", "comment", "--comment", "what we offer", "-j", "SERVICES")
    host.run(tool, "-A", "SERVICES", "-p", "tcp", "-m", "multiport", "--dports", "22,80:90", "-j", "ACCEPT")
    host.run(tool, "-A", "INPUT", "-m", "limit", "--limit", "3/min", "-j", "LOG", "--log-prefix", "-A INPUT ")
    assert host.status(IN_FORCE) == "fail"
    host.run(tool, "-A", "INPUT", "-j", "REJECT")
    assert host.status(IN_FORCE) == "pass"
    assert host.status(IN_FORCE_6) == "fail"
    host.run(tool6, "-P", "INPUT", "DROP")
    assert host.status(IN_FORCE_6) == "pass"
    firewall = firewall_of(host)
    assert not firewall.denies("ip", 85)
    assert firewall.denies("ip", 91)
    host.run(tool, "-I", "INPUT", "-m", "conntrack", "--ctstate", "NEW,ESTABLISHED", "-j", "ACCEPT")
    assert host.status(IN_FORCE) == "fail"


def test_iptables_without_nft(host: RunningHost) -> None:
    outside(host)
    host.remove("/usr/sbin/nft")
    assert host.status(IN_FORCE) == "unknown"
    host.run("iptables", "-P", "INPUT", "DROP")
    assert host.status(IN_FORCE) == "pass"


def test_tables_of_nftables_that_cannot_be_listed_are_not_said_to_be_missing(host: RunningHost) -> None:
    outside(host)
    load(host, SERVER % ("drop", ""))
    host.remove("/usr/sbin/nft")
    for check in (IN_FORCE, IN_FORCE_6):
        status, reason = host.verdict(check)
        assert status == "unknown"
        assert "nft is not installed" in reason
    host.write("/sys/module/x_tables/refcnt", "1\n")  # a kernel without nf_tables: there is nothing else to list
    assert host.status(IN_FORCE) == "fail"


@pytest.mark.parametrize("ipv6", ["yes", "no"])
def test_ufw(host: RunningHost, ipv6: str) -> None:
    outside(host)
    host.replace("/etc/default/ufw", "IPV6=yes", f"IPV6={ipv6}")
    assert host.status(AT_START) == "fail"
    assert host.status(CONFIGURED) == "not_applicable"
    host.run("ufw", "allow", "22/tcp")
    host.run("ufw", "--force", "enable")
    assert [host.status(check) for check in (IN_FORCE, IN_FORCE_6)] == ["pass", "pass"]
    assert [host.status(check) for check in (AT_START, CONFIGURED, CONFIGURED_6)] == ["pass", "pass", "pass"]
    assert not firewall_of(host).denies("ip", 22)
    host.run("ufw", "default", "allow", "incoming")
    assert host.status(IN_FORCE) == "fail"
    assert host.status(CONFIGURED) == "fail"


def test_without_the_right_to_list_it_is_unknown(host: RunningHost) -> None:
    load(host, SERVER % ("drop", ""))
    within = ("setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
    status, reason = worst(scan(Shell((*host.enter, *within)), IN_FORCE))
    assert status == "unknown"
    assert "run as root" in reason


def test_without_any_program_it_is_unknown(host: RunningHost) -> None:
    for name in ("nft", "xtables-nft-multi", "xtables-legacy-multi"):
        host.remove(f"/usr/sbin/{name}")
    assert host.status(IN_FORCE) == "unknown"


def test_a_directory_tree_runs_no_firewall(tree: Tree) -> None:
    assert tree.status(IN_FORCE) == "unknown"
    assert tree.status(IN_FORCE_6) == "unknown"


def enable(tree: Tree, unit: str) -> None:
    tree.path("/etc/systemd/system/sysinit.target.wants").mkdir(exist_ok=True)
    link = tree.path(f"/etc/systemd/system/sysinit.target.wants/{unit}.service")
    link.symlink_to(f"/lib/systemd/system/{unit}.service")


def test_nftables_at_start(tree: Tree) -> None:
    assert tree.status(AT_START) == "fail"
    tree.write("/etc/nftables.conf", f"#!/usr/sbin/nft -f\nflush ruleset\n{SERVER % ('drop', '')}")
    assert tree.status(AT_START) == "fail"
    enable(tree, "nftables")
    assert [tree.status(check) for check in (AT_START, CONFIGURED, CONFIGURED_6)] == ["pass", "pass", "pass"]
    tree.replace("/etc/nftables.conf", "policy drop", "policy accept")
    assert [tree.status(check) for check in (AT_START, CONFIGURED, CONFIGURED_6)] == ["pass", "fail", "fail"]
    tree.replace("/etc/nftables.conf", "policy accept", "policy drop")
    tree.path("/etc/systemd/system/nftables.service").symlink_to("/dev/null")
    assert tree.status(AT_START) == "fail"


def test_the_configuration_that_debian_ships_denies_nothing(tree: Tree) -> None:
    enable(tree, "nftables")
    assert tree.status(AT_START) == "fail"


def test_an_included_file_counts(tree: Tree) -> None:
    enable(tree, "nftables")
    tree.write("/etc/nftables.conf", 'flush ruleset\ninclude "/etc/nftables.d/*.nft"\n')
    tree.write("/etc/nftables.d/a.nft", SERVER % ("drop", ""))
    assert tree.status(CONFIGURED) == "pass"
    tree.append("/etc/nftables.conf", 'include "/opt/unseen.nft"\n')
    assert tree.status(CONFIGURED) == "unknown"


def test_what_the_kernel_says_agrees_with_what_the_file_says(host: RunningHost) -> None:
    """The reader of nft's own language against nft itself, which loads the same file."""
    for policy, last in (("drop", ""), ("accept", ""), ("accept", "jump world"), ("drop", "iifname lo accept; accept")):
        text = f"flush ruleset\n{SERVER % (policy, last)}"
        host.write("/etc/nftables.conf", text)
        load(host, text)
        if not host.path("/etc/systemd/system/sysinit.target.wants/nftables.service").is_symlink():
            enable(host, "nftables")
        assert host.status(CONFIGURED) == host.status(IN_FORCE)


def test_saved_iptables_rules(tree: Tree) -> None:
    tree.write("/lib/systemd/system/netfilter-persistent.service", "[Unit]\n")
    enable(tree, "netfilter-persistent")
    assert tree.status(AT_START) == "fail"
    tree.write("/etc/iptables/rules.v4", "*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n")
    assert [tree.status(check) for check in (AT_START, CONFIGURED, CONFIGURED_6)] == ["pass", "pass", "fail"]
    tree.write("/etc/iptables/rules.v6", "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n")
    assert tree.status(CONFIGURED_6) == "pass"


def test_firewalld(tree: Tree) -> None:
    tree.write("/lib/systemd/system/firewalld.service", "[Unit]\n")
    enable(tree, "firewalld")
    tree.write("/etc/firewalld/firewalld.conf", "# a\nDefaultZone=home\n")
    assert tree.status(CONFIGURED) == "pass"
    tree.write("/etc/firewalld/zones/home.xml", '<zone target="ACCEPT"><short>Home</short></zone>')
    assert tree.status(CONFIGURED) == "fail"


def test_an_ordinary_user_may_not_read_saved_rules(tree: Tree) -> None:
    enable(tree, "nftables")
    tree.write("/etc/nftables.conf", SERVER % ("drop", ""), mode=0o600)
    shell = Shell(("chroot", "--userspec=65534:65534", str(tree.root)))
    status, reason = worst(scan(shell, CONFIGURED))
    assert status == "unknown"
    assert "denied" in reason


def test_ports_that_the_firewall_lets_in(host: RunningHost) -> None:
    check = "every-reachable-port-is-on-the-allow-list"
    outside(host)
    assert host.status(check) == "pass"
    listen = "import socket, time; s = socket.create_server(('0.0.0.0', 2525)); time.sleep(3600)"
    host.start("python3", "-c", listen)
    until(lambda: "2525" in host.run("ss", "-Htln"))
    assert host.status(check) == "fail"
    assert host.status(check, allowed=("22", "tcp/2500-2600")) == "pass"
    load(host, SERVER % ("drop", ""))
    assert host.status(check) == "pass"
    load(host, SERVER % ("drop", "tcp dport 2525 accept"))
    assert host.status(check) == "fail"
