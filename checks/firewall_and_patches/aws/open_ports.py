"""17.04(6), the half about the firewall: what networks in AWS let in from everybody."""

from collections.abc import Callable, Iterable, Sequence

from checks.check import check, given
from checks.verdict import CRITICAL, HIGH, MEDIUM, Verdict, failed, not_applicable, passed, unless_blind
from collectors.aws.ec2_firewalls import DefaultSecurityGroup, GroupsInUse, NetworkAcl, PrefixList, SecurityGroup
from collectors.aws.openings import ALL, EVERYTHING, Opening, PacketRule, openings
from collectors.collector import Unseen, Whole

_ADMIN = ("22", "23", "512-514", "2375-2376", "3389", "5900-5909", "5985-5986", "10250")
_DATA = (
    "111", "139", "445", "873", "1433-1434", "1521", "2049", "2181", "2379-2380", "3306", "5432", "5439", "5601", "5984",
    "6379", "7000-7001", "7474", "7687", "8086", "8123", "9042", "9092", "9200", "9300", "11211", "26257", "27017-27019",
    "50000",
)  # fmt: skip
_NO_LISTS: Whole[PrefixList] = Whole(())
_UNSEEN_LIST: Whole[PrefixList] = Whole((), (Unseen("arn:aws:ec2:::prefix-list/pl-1", "denied"),))
_LISTS = Whole((PrefixList(id="pl-1", networks=("0.0.0.0/1", "128.0.0.0/1")),))
_NO_USE: Whole[GroupsInUse] = Whole(())
_USE = Whole((GroupsInUse(interfaces={"sg-1": 2}, public={"sg-1": 1}),))


def _group(*origins: str, protocol: str = "tcp", first: int = 22, last: int = 22) -> SecurityGroup:
    return SecurityGroup(id="sg-1", inbound=tuple(PacketRule(protocol, first, last, one) for one in origins))


_OFFICE = _group("203.0.113.0/24", "2001:db8::/32")
_EVERY = _group(EVERYTHING[0], protocol=ALL, first=0, last=65535)


@check(
    "17.04(6)",
    facet="firewall",
    severity=CRITICAL,
    passes=[
        (_OFFICE, _NO_LISTS, _USE),
        (_group(*EVERYTHING), _NO_LISTS, _USE),
        (_group("10.0.0.0/8", protocol=ALL, first=0, last=65535), _NO_LISTS, _USE),
        given(_group(EVERYTHING[0], first=1024, last=65535), _NO_LISTS, _USE, most=65000),
    ],
    fails=[
        (_EVERY, _NO_LISTS, _USE),
        (_group("::/0", protocol="udp", first=1, last=65535), _NO_LISTS, _USE),
        (_group("pl-1", first=1024, last=65535), _LISTS, _USE),
    ],
)
def security_groups_do_not_open_every_port(
    group: SecurityGroup, lists: Whole[PrefixList], use: Whole[GroupsInUse], *, most: int = 32768
) -> Verdict:
    """A security group does not let everybody in to all ports, or to most of them.

    Why: a firewall that lets everything in is none; whatever is started behind it can be reached from the Internet.
    Fix: open only the ports of the service, and to everybody only what everybody should reach. Delete a group that nothing
    uses: whoever starts the next machine may pick it.
    Settings:
        most: how many ports of TCP, or of UDP, may be open to everybody; half of them by default.
    """

    def too_many(found: Iterable[Opening]) -> list[str]:
        counts: dict[tuple[str, int], int] = {}
        for one in found:
            counts[one.protocol, one.version] = counts.get((one.protocol, one.version), 0) + one.last - one.first + 1
        return [f"{protocol} by IPv{version}" for (protocol, version), count in counts.items() if count > most]

    return _judged(group, lists, use, too_many, "everybody is let in to most ports")


@check(
    "17.04(6)",
    facet="firewall",
    severity=HIGH,
    passes=[
        (_OFFICE, _NO_LISTS, _USE),
        (_group(EVERYTHING[0], first=443, last=443), _NO_LISTS, _USE),
        (_group(EVERYTHING[0], first=443, last=443), _UNSEEN_LIST, _USE),
        (_group(EVERYTHING[0], protocol="udp"), _NO_LISTS, _USE),
        (_group("pl-1"), _NO_LISTS, _USE),
    ],
    fails=[
        (_EVERY, _NO_LISTS, _USE),
        (_EVERY, _NO_LISTS, _NO_USE),
        (_group("::/0"), _NO_LISTS, _USE),
        (_group("0.0.0.0/1", "128.0.0.0/1"), _NO_LISTS, _USE),
        (_group(EVERYTHING[0], first=3000, last=4000), _NO_LISTS, _USE),
        (_group("pl-1"), _LISTS, _USE),
        given(_group(EVERYTHING[0], protocol="udp", first=623, last=623), _NO_LISTS, _USE, ports=("udp/623",)),
    ],
)
def security_groups_open_no_admin_port_to_everybody(
    group: SecurityGroup, lists: Whole[PrefixList], use: Whole[GroupsInUse], *, ports: tuple[str, ...] = _ADMIN
) -> Verdict:
    """A security group lets in to the ports by which machines are administered only those whom it names.

    Why: these ports are tried day and night with stolen and guessed passwords; a firewall that leaves them open is not
    reasonably up to date. At least half of all addresses count as everybody, in one rule or several, by IPv4 or IPv6.
    Fix: let in the networks of the office or the VPN, or close the ports and use Session Manager. Delete a group that nothing
    uses: whoever starts the next machine may pick it.
    Settings:
        ports: TCP ports or ranges, or `udp/623`: by default SSH, Telnet, rexec, Docker, RDP, VNC, WinRM and the kubelet.
    """
    return _judged(group, lists, use, _among(ports), "everybody is let in to ports of administration")


@check(
    "17.04(6)",
    facet="firewall",
    severity=HIGH,
    passes=[
        (_OFFICE, _NO_LISTS, _USE),
        (_group(*EVERYTHING), _NO_LISTS, _USE),
        (_group("10.0.0.0/8", first=5432, last=5432), _NO_LISTS, _USE),
    ],
    fails=[
        (_EVERY, _NO_LISTS, _USE),
        (_group("::/0", first=5432, last=5432), _NO_LISTS, _USE),
        given(_group(EVERYTHING[0], first=1, last=1000), _NO_LISTS, _USE, ports=("636",)),
    ],
)
def security_groups_open_no_data_port_to_everybody(
    group: SecurityGroup, lists: Whole[PrefixList], use: Whole[GroupsInUse], *, ports: tuple[str, ...] = _DATA
) -> Verdict:
    """A security group lets in to the ports of databases, caches, queues and file shares only those whom it names.

    Why: behind these ports lie the records themselves, often with one password for all.
    Fix: let in the group of the application instead of networks. Delete a group that nothing uses: whoever starts the next
    database may pick it.
    Settings:
        ports: TCP ports or ranges, or `udp/11211`: by default those of common databases, search engines, caches, queues and
            of NFS, SMB and rsync.
    """
    return _judged(group, lists, use, _among(ports), "everybody is let in to ports of databases or file shares")


def _judged(
    group: SecurityGroup,
    lists: Whole[PrefixList],
    use: Whole[GroupsInUse],
    wrong: Callable[[Iterable[Opening]], list[str]],
    why: str,
) -> Verdict:
    """Hold what a group opens against what it should not, with the prefix lists that are known, then with any that may be."""
    known = {one.id: one.networks for one in lists.facts if one.region == group.region}
    found = wrong(openings(group.inbound, known))
    attached = _attached(group, use)
    if found:
        return failed(why, open=found, attached_to=attached)
    unseen = {one.subject.rpartition("/")[2]: one.reason for one in lists.unseen}
    maybe = wrong(openings(group.inbound, {**known, **dict.fromkeys(unseen, EVERYTHING)}))
    blind = {unseen[one.origin] for one in group.inbound if one.origin in unseen} if maybe else ()
    return unless_blind("; ".join(sorted(blind)), passed(attached_to=attached))


def _attached(group: SecurityGroup, use: Whole[GroupsInUse]) -> str:
    """For whoever has to decide what to mend first. It changes no verdict: a group can be attached at any time."""
    here = [one for one in use.facts if one.region == group.region]
    if not here:
        return "not seen"
    count, public = here[0].interfaces.get(group.id, 0), here[0].public.get(group.id, 0)
    return f"{count} network interfaces, {public} of them with a public address" if count else "nothing"


def _among(ports: Sequence[str]) -> Callable[[Iterable[Opening]], list[str]]:
    """Which of some ports are open."""
    ranges = [_range(one) for one in ports]

    def found(opened: Iterable[Opening]) -> list[str]:
        named: dict[str, None] = {}
        for one in opened:
            for protocol, first, last in ranges:
                low, high = max(first, one.first), min(last, one.last)
                if protocol == one.protocol and low <= high:
                    named[f"{protocol}/{low}" if low == high else f"{protocol}/{low}-{high}"] = None
        return list(named)

    return found


def _range(written: str) -> tuple[str, int, int]:
    protocol, _, ports = written.rpartition("/")
    first, _, last = ports.partition("-")
    return protocol or "tcp", int(first), int(last or first)


@check(
    "17.04(6)",
    facet="firewall",
    severity=MEDIUM,
    passes=[DefaultSecurityGroup()],
    fails=[DefaultSecurityGroup(rules_in=1, rules_out=1), DefaultSecurityGroup(rules_out=1)],
)
def default_security_groups_are_closed(group: DefaultSecurityGroup) -> Verdict:
    """The default security group of a VPC has no rules, so what is started without a group reaches nothing and nobody reaches it.

    Why: whatever is started in haste gets this group, and as AWS makes it, lets its members reach each other and the whole
    Internet; a firewall should let through what somebody decided on.
    Fix: give what uses the group one of its own, then delete all rules of the default group, in every region.
    """
    if group.rules_in or group.rules_out:
        return failed("the default group has rules", inbound=group.rules_in, outbound=group.rules_out)
    return passed()


_REPLIES = range(32768, 61000)
"""Ports from which Linux opens connections. A network ACL knows no connections, so it has to let in what answers them."""


def _acl(*rules: PacketRule, subnets: int = 1) -> NetworkAcl:
    return NetworkAcl(inbound=rules, subnets=subnets)


_ALLOW_ALL = PacketRule(ALL, 0, 65535, EVERYTHING[0])


@check(
    "17.04(6)",
    facet="firewall",
    severity=MEDIUM,
    passes=[
        _acl(PacketRule("tcp", 443, 443, EVERYTHING[0]), PacketRule("tcp", 1024, 65535, EVERYTHING[0])),
        _acl(PacketRule("tcp", 0, 1023, EVERYTHING[0], allow=False), _ALLOW_ALL),
        _acl(PacketRule("tcp", 22, 22, "203.0.113.0/24")),
    ],
    fails=[
        _acl(_ALLOW_ALL),
        _acl(PacketRule("tcp", 3389, 3389, "::/0")),
        _acl(PacketRule("tcp", 22, 22, "203.0.113.0/24", allow=False), PacketRule("tcp", 0, 1023, EVERYTHING[0])),
    ],
    not_applicable=[_acl(_ALLOW_ALL, subnets=0)],
)
def network_acls_open_no_admin_port_to_everybody(acl: NetworkAcl, *, ports: tuple[str, ...] = _ADMIN) -> Verdict:
    """The network ACL of a subnet lets in to the ports by which machines are administered only those whom it names.

    Why: it is the firewall that still holds where a security group was opened by mistake. Ports above 1023 do not count where
    they are open as part of all those that answers come back to.
    Fix: deny these ports ahead of the rule that allows all, or allow what the subnet needs and nothing else.
    Settings:
        ports: TCP ports or ranges, or `udp/623`: by default SSH, Telnet, rexec, Docker, RDP, VNC, WinRM and the kubelet.
    """
    if not acl.subnets:
        return not_applicable("no subnet is behind it")
    found = _among(ports)(_without_replies(one) for one in openings(acl.inbound, {}))
    if found:
        return failed("everybody is let in to ports of administration", open=found, subnets=acl.subnets)
    return passed(subnets=acl.subnets)


def _without_replies(opening: Opening) -> Opening:
    answered = opening.first <= _REPLIES[0] and _REPLIES[-1] <= opening.last
    return Opening(opening.protocol, opening.first, 1023, opening.version) if answered else opening
