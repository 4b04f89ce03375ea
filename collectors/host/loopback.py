"""Which names and addresses are this machine itself."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine is meant by a name, an address or a network; ``127.`` is how smb.conf writes a network."""
    if host in ("localhost", "ip6-localhost") or host.startswith("127."):
        return True
    try:
        return ipaddress.ip_interface(host).is_loopback
    except ValueError:
        return False
