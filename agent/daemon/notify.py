"""Telling systemd how we are: sd_notify(3), written out, since it is one datagram.

Without ``NOTIFY_SOCKET`` everything here does nothing.
"""

import contextlib
import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Speaks to the service manager that started us, if one did."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        meant = environment.get("WATCHDOG_PID", "")
        usec = environment.get("WATCHDOG_USEC", "")
        watched = bool(address) and usec.isdigit() and int(usec) > 0 and meant in ("", str(os.getpid()))
        self.watchdog: float | None = int(usec) / 2e6 if watched else None
        """Seconds within which it wants to hear from us: half of the time after which we would be ended."""

    def ready(self, status: str) -> None:
        """We are up, or up again after a reload."""
        self._send("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """We read the configuration again; ``ready`` must follow."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """We are on our way out."""
        self._send("STOPPING=1", "STATUS=stopping")

    def status(self, told: str) -> None:
        """One line for ``systemctl status``."""
        self._send(f"STATUS={told}")

    def alive(self) -> None:
        """The scheduler ticks. Only it may say so."""
        if self.watchdog is not None:
            self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        message = "\n".join(line.replace("\n", " ") for line in lines).encode("utf-8", "replace")
        # A service manager that does not listen must not end what it manages.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.settimeout(1)
            to.sendto(message, self._address)
