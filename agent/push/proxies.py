"""The proxy that the environment names, as other programs read it: ``https_proxy``, ``http_proxy``, ``no_proxy``, in either case.

This machine itself is never asked by way of a proxy.
"""

import base64
import socket
import urllib.parse
import urllib.request
from dataclasses import dataclass

from agent.inventories.settings import is_loopback

_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who passes on what is sent."""

    host: str
    port: int
    authorization: str
    """What ``Proxy-Authorization`` says; empty where it asks for nothing. From the environment, and never shown."""

    @property
    def headers(self) -> dict[str, str]:
        """What a request to the proxy itself carries."""
        return {"Proxy-Authorization": self.authorization} if self.authorization else {}

    def tunnel(self, through: socket.socket, host: str, port: int) -> None:
        """Let it connect us (``CONNECT`` of HTTP/1.1). ``OSError`` where it does not."""
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [
            f"CONNECT {target} HTTP/1.1",
            f"Host: {target}",
            *(f"{name}: {told}" for name, told in self.headers.items()),
        ]
        through.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            # Byte by byte: what comes after is no longer the proxy's.
            one = through.recv(1)
            answer += one
            if not one or len(answer) > _LONGEST:
                raise ConnectionError(f"the proxy {self.host}:{self.port} gives no answer that is understood")
        said = answer.split(b"\r\n", 1)[0].decode("ascii", "replace")
        if said.split(" ")[1:2] != ["200"]:
            raise ConnectionError(f"the proxy {self.host}:{self.port} answers {said[:100]!r}")


def proxy_for(parts: urllib.parse.SplitResult) -> Proxy | None:
    """The proxy for an address, or none. ``ValueError`` where the environment names none that is understood."""
    host = parts.hostname or ""
    named = urllib.request.getproxies().get(parts.scheme)
    if not named or is_loopback(host) or urllib.request.proxy_bypass(f"{host}:{parts.port or ''}".rstrip(":")):
        return None
    proxy = urllib.parse.urlsplit(named if "://" in named else f"http://{named}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise ValueError(f"the environment's {parts.scheme}_proxy is no address such as http://proxy.example.com:3128")
    authorization = ""
    if proxy.username is not None:
        told = f"{urllib.parse.unquote(proxy.username)}:{urllib.parse.unquote(proxy.password or '')}"
        authorization = "Basic " + base64.b64encode(told.encode()).decode()
    return Proxy(proxy.hostname, proxy.port or 80, authorization)
