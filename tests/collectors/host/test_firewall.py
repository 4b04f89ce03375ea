import json

import pytest

from collectors.collector import Collector
from collectors.host import iptables_rules, nft_ruleset, nft_script
from collectors.host.firewall import Firewall, firewall
from collectors.host.firewall_start import FirewallStart, firewall_start
from collectors.host.packet_filter import Chain, Rule, Stranger, denies
from collectors.readings import Absent, Reading, Text, Unread

ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
EMPTY = '{"nftables": [{"metainfo": {"version": "1.0.6"}}]}'


def given(one: Collector, *texts: str | None) -> dict[str, Reading]:
    return {
        source.key: Absent() if text is None else Text(text) for source, text in zip(one.sources, texts, strict=True)
    }


def of(rules: str, routes: str = ROUTES, routes6: str | None = None, addresses6: str | None = None) -> object:
    return firewall.outcome(given(firewall, rules, routes, routes6, addresses6))


@pytest.mark.parametrize(
    "rules",
    [
        "",
        "table inet filter {}",
        "== nft\n",
        "== nft\nnot json",
        "== nft\n[]",
        '== nft\n{"nftables": [{"rule": {"family": "ip"}}]}',
        '== nft\n{"nftables": [{"chain": {"family": "ip", "table": "a"}}]}',
        '== iptables\n*filter\n:INPUT DROP [0:0]\n-A INPUT -m comment --comment "open\nCOMMIT\n',
        "== iptables\n*filter\n:INPUT DROP [0:0]\nnonsense\n",
    ],
)
def test_what_is_not_understood_is_unread(rules: str) -> None:
    assert isinstance(of(rules), Unread)


def test_no_rules_is_a_fact() -> None:
    assert of(f"== nft\n{EMPTY}\n") == Firewall(ipv6=False)
    assert of("== none\n") == Firewall(ipv6=False)


def test_the_interfaces_of_default_routes_face_the_internet() -> None:
    routes = f"{ROUTES}eth0\t00000000\t0101A8C0\t3\t0\t0\t0\t00000000\ndocker0\t000011AC\t0\t1\t0\t0\t0\t0000FFFF\n"
    zeros = "0" * 32
    routes6 = f"{zeros} 00 {zeros} 00 {zeros} ffffffff 1 0 200200 lo\n{zeros} 00 {zeros} 00 {zeros} 400 1 0 3 wan6\n"
    addresses6 = "fe800000000000000000000000000001 02 40 20 80 eth0\n"
    found = of(f"== nft\n{EMPTY}\n", routes, routes6, addresses6)
    assert isinstance(found, Firewall)
    assert found.outside == ("eth0", "wan6")
    assert found.ipv6


def test_chains_that_jump_in_a_circle_raise() -> None:
    chains = (
        Chain("ip", "t", "input", "input", "drop", (Rule((), "jump", "a"),)),
        Chain("ip", "t", "a", rules=(Rule((), "jump", "a"),)),
    )
    with pytest.raises(ValueError, match="circle"):
        denies(chains, Stranger("ip"))


def test_return_leaves_a_chain_and_goto_does_not_come_back() -> None:
    left = Chain("ip", "t", "a", rules=(Rule((), "return"), Rule((), "accept")))
    after = Rule((), "accept")
    jumps = Chain("ip", "t", "input", "input", "drop", (Rule((), "jump", "a"), after))
    goes = Chain("ip", "t", "input", "input", "drop", (Rule((), "goto", "a"), after))
    assert not denies((jumps, left), Stranger("ip"))
    assert denies((goes, left), Stranger("ip"))


def test_a_nat_chain_is_no_filter() -> None:
    chain = {
        "family": "ip",
        "table": "nat",
        "name": "PREROUTING",
        "type": "nat",
        "hook": "prerouting",
        "policy": "drop",
    }
    chains = nft_ruleset.chains(json.dumps({"nftables": [{"chain": chain}]}))
    assert not denies(chains, Stranger("ip"))


def test_bridge_and_arp_do_not_count() -> None:
    chain = {"family": "bridge", "table": "f", "name": "i", "type": "filter", "hook": "input", "policy": "drop"}
    assert nft_ruleset.chains(json.dumps({"nftables": [{"chain": chain}]})) == ()


@pytest.mark.parametrize(
    ("rule", "denied"),
    [
        ("-j DROP", True),
        ("-i lo -j DROP", False),
        ("! -i lo -j DROP", True),
        ("-s 10.0.0.0/8 -j DROP", False),
        ("! -s 10.0.0.0/8 -j DROP", True),
        ("-s 0.0.0.0/0 -j REJECT --reject-with icmp-port-unreachable", True),
        ("-p tcp -j DROP", True),
        ("-p udp -j DROP", False),
        ("-p tcp -m tcp ! --dport 22 -j DROP", True),
        ("-m state --state NEW -j DROP", True),
        ("-m set --match-set bad src -j DROP", False),
        ("-m hashlimit --hashlimit-above 9/sec --hashlimit-name x -j DROP", False),
        ('-m comment --comment "-j ACCEPT" -j DROP', True),
        ("-j LOGDROP", True),
        ("-g LOGDROP", True),
        ("-j SOMETHING_OF_THE_KERNEL", False),
    ],
)
def test_iptables_rules(rule: str, denied: bool) -> None:
    head = "*filter\n:INPUT ACCEPT [0:0]\n:LOGDROP - [0:0]\n-A LOGDROP -j LOG\n-A LOGDROP -j DROP\n"
    saved = f"# Generated\n*nat\n:INPUT DROP [0:0]\nCOMMIT\n{head}[3:4] -A INPUT {rule}\nCOMMIT\n"
    assert denies(iptables_rules.chains(saved, "ip"), Stranger("ip")) is denied


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("table filter { chain i { type filter hook input priority 0; policy drop; }; }", True),
        ("table filter { chain i { type filter hook input priority 0\n policy drop\n} }", True),
        ("table filter { chain i { type filter hook input priority 0; # policy drop;\n } }", False),
        ("table ip6 filter { chain i { type filter hook input priority 0; policy drop; } }", False),
        ("table filter { chain i { type filter hook forward priority 0; policy drop; } }", False),
        ('table filter { chain i { type filter hook input priority 0; log prefix "drop; accept" drop } }', True),
        ('table filter { chain i { type filter hook input priority 0; comment "drop" } }', False),
        ("table filter { chain i { type filter hook input priority 0; policy drop; } }\nflush ruleset\n", False),
        ("table filter { chain i { type filter hook input priority 0; iif != lo drop } }", True),
        (
            "table filter { set s { type inet_service; elements = { 1, 2 } }\nchain i { type filter hook input priority 0; tcp dport @s accept; counter packets 0 bytes 0 drop } }",
            True,
        ),
    ],
)
def test_nftables_language(text: str, denied: bool) -> None:
    assert denies(nft_script.chains({"/etc/nftables.conf": text}, "/etc/nftables.conf"), Stranger("ip")) is denied


@pytest.mark.parametrize(
    "text",
    [
        "table filter { chain i {",
        'include "/opt/other.nft"',
        "add rule inet filter input drop",
        'include "/etc/nftables.conf"',
    ],
)
def test_nftables_files_that_are_not_understood_are_unread(text: str) -> None:
    listing = "init systemd\nwants sysinit.target.wants/nftables.service\n"
    found = firewall_start.outcome(given(firewall_start, listing, json.dumps({"/etc/nftables.conf": text})))
    assert isinstance(found, Unread)


def test_a_configuration_whose_service_is_off_is_not_read() -> None:
    found = firewall_start.outcome(given(firewall_start, "init systemd\n", json.dumps({"/etc/nftables.conf": "{{{"})))
    assert found == FirewallStart()


def test_ufw_with_a_policy_that_it_does_not_know_is_unread() -> None:
    files = {"/etc/ufw/ufw.conf": "ENABLED=yes\n", "/etc/default/ufw": 'DEFAULT_INPUT_POLICY="MAYBE"\n'}
    listing = "init systemd\nwants multi-user.target.wants/ufw.service\n"
    assert isinstance(firewall_start.outcome(given(firewall_start, listing, json.dumps(files))), Unread)
