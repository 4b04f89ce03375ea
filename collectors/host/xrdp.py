"""The remote desktop server xrdp."""

import re
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host.excerpt import by_file, excerpt
from collectors.host.loopback import is_loopback

_AWK = r"""
FILENAME !~ /\.ini$/ { if (/^[ \t]*XRDP_OPTIONS=.*(-c|-p)/) out("options other"); next }
/^[ \t]*\[/ { section = tolower($0); gsub(/[][ \t\r]/, "", section); if (section == "globals") out("[globals]"); next }
section == "globals" && /^[ \t]*[A-Za-z_]+[ \t]*=/ {
  key = tolower($0); sub(/=.*/, "", key); gsub(/[ \t]/, "", key); value = $0; sub(/^[^=]*=[ \t]*/, "", value)
  if (key ~ /^(port|address|security_layer|ssl_protocols)$/) out(key "=" value)
}
"""
_LOOPBACK = re.compile(r"tcp6?://(\.|127\.[0-9.]+|\[::1\]|\{::1\}|localhost):[0-9]+|(unix|vsock)://.*")
_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@dataclass(frozen=True)
class Xrdp(Fact):
    """The section [Globals] of xrdp.ini."""

    security_layer: str = "negotiate"
    """``tls``, ``rdp`` (the protocol's own, with RC4) or ``negotiate``, where the client chooses."""
    protocols: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    """Of TLS, in the order of their age."""
    local_only: bool = False
    """Whether it listens only on addresses of this machine."""


@collector(
    excerpt(
        "xrdp configuration", "/etc/xrdp/xrdp.ini", "/etc/default/xrdp", "/etc/sysconfig/xrdp", awk=_AWK, needs="xrdp"
    )
)
def xrdp(text: str) -> Xrdp:
    """xrdp.ini(5): the last of a key wins."""
    files = by_file(text)
    if any("options other" in lines for lines in files.values()):
        raise LookupError("it is started with another configuration")
    lines = files["/etc/xrdp/xrdp.ini"]
    if "[globals]" not in lines:
        raise ValueError("no section [Globals]")
    said = dict(line.split("=", 1) for line in lines if line != "[globals]")
    layer = said.get("security_layer", "negotiate").strip().lower()
    if layer not in ("tls", "rdp", "negotiate"):
        raise ValueError("a security layer that is not known")
    places = [place for place in re.split(r"[ ,]+", said.get("port", "3389").strip()) if place]
    bound = said.get("address", "").strip()
    allowed = {word.strip().lower() for word in said.get("ssl_protocols", "TLSv1.2, TLSv1.3").split(",")}
    return Xrdp(
        security_layer=layer,
        protocols=tuple(name for name in _PROTOCOLS if name.lower() in allowed),
        local_only=is_loopback(bound) or (bool(places) and all(_LOOPBACK.fullmatch(one) for one in places)),
    )
