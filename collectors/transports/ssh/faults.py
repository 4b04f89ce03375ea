"""What goes wrong on the way to a host."""


class SshFault(Exception):  # noqa: N818 - a fault of the way, and the reason of an ``Unread``
    """Why a host could not be asked; ``transient`` where another try may help, which is for connections only."""

    def __init__(self, reason: str, *, transient: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.transient = transient
