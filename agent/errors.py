"""The errors that wispwatch raises on purpose. Each says what to do next; only ``cli`` ends the program.

WispwatchError              exit 1
├── DiscoveryError          collectors and checks do not fit together (``discover``)
├── OutputError             a report or a file could not be written (``cli``)
├── UnreachableError        what there is to scan cannot be listed or reached (``aws``, ``ssh``); scans turn it into ``unknown``
│   └── InventoryError      the hosts of a fleet cannot be listed: every fault of the inventory (``inventories``)
├── ClusterError            the cluster that was to scan cannot (``cluster``)
├── StoppedError            a scan or a survey was broken off; what was done by then is reported (``scan``, ``discovery``)
├── DaemonError             the daemon cannot start, e.g. another one has its state (``daemon``)
└── UsageError              exit 2
    └── ConfigError         the configuration or the selection asks for what is not there (``config``, ``scan``)
        └── WebConfigError  TLS and passwords of the listener (``web_config``)
"""


class WispwatchError(Exception):
    """Something that the person who runs wispwatch can mend; the message says how."""

    exit_code = 1


class DiscoveryError(WispwatchError):
    """Collectors and checks that do not fit together; the message lists every fault."""


class OutputError(WispwatchError):
    """Something that could not be written; what was there before is untouched."""


class UnreachableError(WispwatchError):
    """What there is to scan could not be found out; the message says why."""


class InventoryError(UnreachableError):
    """An inventory that is not right, told as one line: its first fault, and how to have them all told."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Every fault, each with its place and a remedy."""
        return tuple(str(one) for one in self.args)

    def __str__(self) -> str:
        first, *more = self.faults
        return f"{first} (and {len(more)} more: `wispwatch config check` tells them)" if more else first


class ClusterError(WispwatchError):
    """A cluster that cannot be used."""


class StoppedError(WispwatchError):
    """A scan or a survey that was broken off."""


class DaemonError(WispwatchError):
    """The daemon cannot start."""


class UsageError(WispwatchError):
    """The command line asks for what cannot be."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration that cannot be used; the message lists every fault with its place and a remedy."""
