"""Zones as firewalld 1.3 writes them; what nftables then has in force is compared in tests/vm."""

import pytest

from collectors.host import firewalld
from collectors.host.packet_filter import Chain, Condition, Rule, Stranger, denies

CONF = "/etc/firewalld/firewalld.conf"
PUBLIC = "/etc/firewalld/zones/public.xml"
EVERYONE = '<rule family="ipv4">\n    <source address="0.0.0.0/0"/>\n    <accept/>\n  </rule>'


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        ('<service name="ssh"/>', (False, False)),
        (EVERYONE, (True, False)),
        (EVERYONE.replace("ipv4", "ipv6").replace("0.0.0.0/0", "::/0"), (False, True)),
        ('<rule priority="5"><accept/></rule>', (True, True)),
        (EVERYONE.replace("0.0.0.0/0", "192.0.2.0/24"), (False, False)),
        (EVERYONE.replace("<source", '<source invert="True"'), (False, False)),
        (EVERYONE.replace("<accept/>", "<reject/>"), (False, False)),
        (EVERYONE.replace("<accept/>", '<service name="ssh"/><accept/>'), (False, False)),
        (f"<!-- {EVERYONE} -->", (False, False)),
        ('<port port="1-65535" protocol="udp"/>', (True, True)),
        ('<port port="1-32767" protocol="tcp"/><port port="32768-65535" protocol="tcp"/>', (True, True)),
        ('<port port="1025-65535" protocol="tcp"/><port port="1025-65535" protocol="udp"/>', (False, False)),
        ('<rule family="ipv4"><port port="1-65535" protocol="tcp"/><reject/></rule>', (False, False)),
        ('<protocol value="tcp"/>', (True, True)),
    ],
)
def test_what_a_zone_lets_in(inside: str, told: tuple[bool, bool]) -> None:
    assert firewalld.accepted({PUBLIC: f"<zone>\n  {inside}\n</zone>"}) == told


def test_which_zones_a_stranger_meets() -> None:
    accepting = '<zone target="ACCEPT"><short>x</short>{}</zone>'
    home = "/etc/firewalld/zones/home.xml"
    assert firewalld.accepted({}) == (False, False)
    assert firewalld.accepted({CONF: "DefaultZone=trusted\n"}) == (True, True)
    assert firewalld.accepted({home: accepting.format("")}) == (False, False)
    assert firewalld.accepted({home: accepting.format(""), CONF: "DefaultZone=home\n"}) == (True, True)
    assert firewalld.accepted({home: accepting.format('<interface name="eth0"/>')}) == (True, True)
    assert firewalld.accepted({home: accepting.format('<interface name="lo"/>')}) == (False, False)
    assert firewalld.accepted({home: accepting.format('<source address="::/0"/>')}) == (True, True)
    assert firewalld.accepted({home: accepting.format('<source address="10.0.0.0/8"/>')}) == (False, False)


def test_policies() -> None:
    path = "/etc/firewalld/policies/in.xml"
    policy = '<policy target="{}"><ingress-zone name="{}"/><egress-zone name="{}"/></policy>'
    assert firewalld.accepted({path: policy.format("ACCEPT", "ANY", "HOST")}) == (True, True)
    assert firewalld.accepted({path: policy.format("ACCEPT", "public", "HOST")}) == (True, True)
    assert firewalld.accepted({path: policy.format("CONTINUE", "ANY", "HOST")}) == (False, False)
    assert firewalld.accepted({path: policy.format("ACCEPT", "internal", "HOST")}) == (False, False)
    assert firewalld.accepted({path: policy.format("ACCEPT", "HOST", "ANY")}) == (False, False)


@pytest.mark.parametrize(
    ("networks", "negated", "let_in"),
    [
        (("0.0.0.0/0",), False, True),
        (("0.0.0.0/1", "128.0.0.0/1"), False, True),
        (("0.0.0.0/1", "0.0.0.0/2", "64.0.0.0/2"), False, False),
        (("10.0.0.0/8", "192.0.2.7"), False, False),
        (("10.0.0.0/8",), True, True),
        (("0.0.0.0/0",), True, False),
        (("@set",), False, False),
    ],
)
def test_sources_that_are_everyone(networks: tuple[str, ...], negated: bool, let_in: bool) -> None:
    rule = Rule((Condition("source", networks, negated),), "accept")
    assert denies((Chain("ip", "filter", "input", "input", "drop", (rule,)),), Stranger("ip")) is not let_in
