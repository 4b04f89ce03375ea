"""The SSH connection itself: paramiko's, with our choice of ciphers, kinds of keys and compression, and bounds."""

import logging
import math
import threading
import time
from types import MappingProxyType
from typing import Any

import paramiko
from paramiko.message import Message

from collectors.transports.ssh import compression
from collectors.transports.ssh.bounds import Packets

_WEAK = {
    "macs": ("hmac-md5", "hmac-md5-96", "hmac-sha1-96"),
}
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
"""In our order: AES-GCM authenticates as it deciphers, where paramiko compares the codes of other ciphers in Python, byte by
byte, for each of a host's hundreds of packets.
"""
_LONGEST_FAREWELL = 200
"""Characters."""
_OF_A_THREAD = vars(threading.Thread()).keys()
"""Names that it has as a thread."""
_LOG = "wispwatch.ssh"
logging.getLogger(_LOG).setLevel(logging.CRITICAL + 1)  # paramiko's log quotes servers; what matters is our reason


class Transport(paramiko.Transport):
    """Paramiko's, which offers the kinds of host keys in the order in which the host is known by them, and remembers why the
    other side hung up.
    """

    _compression_info = MappingProxyType(
        {compression.NAME: (compression.Compressor, compression.Decompressor), "none": (None, None)}
    )
    kinds: tuple[str, ...] = ()
    compresses: bool = False
    active: bool = False
    farewell: str = ""
    """What the other side said when it disconnected."""
    deadline: float = math.inf
    """Moment of the monotonic clock at which the login must be done."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream, disabled_algorithms={name: list(weak) for name, weak in _WEAK.items()})
        self.packets = self.packetizer = Packets(stream)
        self.daemon = True
        self.set_log_channel(_LOG)

    @property
    def left(self) -> float:
        """Seconds for the login; a little where there are none, since nothing waits for no time."""
        return max(0.1, self.deadline - time.monotonic())

    def _parse_disconnect(self, message: Message) -> None:
        """Code, words and language (RFC 4253, section 11.1)."""
        message.get_int()
        self.farewell = message.get_string().decode("utf-8", "backslashreplace")[:_LONGEST_FAREWELL]

    @property
    def preferred_ciphers(self) -> tuple[str, ...]:
        """The cheapest first; none that is weak."""
        return _CIPHERS

    @property
    def preferred_compression(self) -> tuple[str, ...]:
        """Only to the machine that is asked: what is already enciphered does not become shorter."""
        return (compression.NAME, "none") if self.compresses else ("none",)

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """As ``algorithms_for`` orders them."""
        return self.kinds

    def let_go(self) -> None:
        """Drop all that it holds, once its thread has ended: its parts refer to each other, and would wait for the collector with
        some 150 kB of what came. Afterwards it is a connection that is not there.
        """
        if not self.is_alive() and "packets" in vars(self):
            vars(self.packets).clear()
            for name in vars(self).keys() - _OF_A_THREAD:
                delattr(self, name)
