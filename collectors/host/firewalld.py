"""What firewalld's configuration lets in that no rule of it names: firewalld.zone(5), firewalld.policy(5)."""

import re
from collections.abc import Mapping

_ZONES = "/etc/firewalld/zones/"
_POLICIES = "/etc/firewalld/policies/"
_EVERYWHERE = ("0.0.0.0/0", "::/0")
# Patterns are compiled when they are used: few hosts have firewalld.
_RULE = r"(?s)<rule\b([^>]*)>(.*?)</rule>"
_COMMENT = r"(?s)<!--.*?-->"
_PARTICULAR = r"<(service|port|protocol|icmp-block|icmp-type|masquerade|forward-port|source-port|destination)\b"
_EVERY_PORT = 65535


def accepted(files: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether packets of IPv4 and of IPv6 that no rule names are let in. They meet the target of the zone they belong to,
    which is a rejection unless it says ACCEPT: the zone of their interface or network, or the default zone.
    """
    named = re.search(r"^DefaultZone=(\S+)", files.get("/etc/firewalld/firewalld.conf", ""), re.MULTILINE)
    default = named.group(1) if named else "public"
    # The zones that firewalld brings deny by default, but for this one.
    found = [(True, True)] if default == "trusted" and f"{_ZONES}trusted.xml" not in files else []
    for path, text in files.items():
        if path.startswith(_ZONES) and (path == f"{_ZONES}{default}.xml" or _meets_strangers(text)):
            found.append(_lets_in(text, "zone"))
        if path.startswith(_POLICIES) and re.search(r"<egress-zone\b[^>]*\bname=[\"']HOST[\"']", text):
            from_ = re.findall(r"<ingress-zone\b[^>]*\bname=[\"']([^\"']*)", text)
            if {"ANY", default} & set(from_):
                found.append(_lets_in(text, "policy"))
    return any(four for four, _ in found), any(six for _, six in found)


def _meets_strangers(text: str) -> bool:
    """Whether a zone is bound to an interface, other than loopback, or to every address."""
    return bool(
        re.search(r"<interface\b[^>]*\bname=[\"'](?!lo[\"'])", text)
        or any(one in _EVERYWHERE for one in re.findall(r"<source\b[^>]*\baddress=[\"']([^\"']*)", _bare(text)))
    )


def _bare(text: str) -> str:
    """A zone without comments and without its rich rules."""
    return re.sub(_RULE, "", re.sub(_COMMENT, "", text))


def _lets_in(text: str, root: str) -> tuple[bool, bool]:
    bare = _bare(text)
    target = re.search(rf"<{root}\b[^>]*\btarget=[\"']([^\"']*)", bare)
    if (target and target.group(1) == "ACCEPT") or _every_port(bare):
        return True, True
    four = six = False
    for attributes, body in re.findall(_RULE, re.sub(_COMMENT, "", text)):
        inverted = re.search(r"<source\b[^>]*\binvert=[\"'](yes|true)", body, re.IGNORECASE)
        sources = re.findall(r"<source\b[^>]*>", body)
        everyone = not sources or any(place in source for source in sources for place in _EVERYWHERE)
        if "<accept" in body and everyone and not inverted and not re.search(_PARTICULAR, body):
            family = re.search(r"\bfamily=[\"'](\w+)", attributes)
            four |= not family or family.group(1) == "ipv4"
            six |= not family or family.group(1) == "ipv6"
    return four, six


def _every_port(bare: str) -> bool:
    for protocol in ("tcp", "udp"):
        if re.search(rf"<protocol\b[^>]*\bvalue=[\"']{protocol}[\"']", bare):
            return True
        ports = [
            element for element in re.findall(r"<port\b[^>]*>", bare) if f'"{protocol}"' in element.replace("'", '"')
        ]
        ranges = [re.search(r"\bport=[\"'](\d+)(?:-(\d+))?", element) for element in ports]
        if sum(int(one[2] or one[1]) - int(one[1]) + 1 for one in ranges if one) >= _EVERY_PORT:
            return True
    return False
