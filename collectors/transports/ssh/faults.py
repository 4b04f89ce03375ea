"""What goes wrong on the way to a host."""

from collectors.transports.answers import shown

_LONGEST = 1000


class SshFault(Exception):  # noqa: N818 - a fault of the way, and the reason of an ``Unread``
    """Why a host could not be asked; ``transient`` where another try may help, which is for connections only."""

    def __init__(self, reason: str, *, transient: bool = False) -> None:
        self.reason = shown(reason)[:_LONGEST]
        """In one line, without control characters: names of hosts may come from an inventory, and words from a server."""
        super().__init__(self.reason)
        self.transient = transient
