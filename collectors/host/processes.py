"""Which programs run."""

from dataclasses import dataclass, field

from collectors.collector import Fact, collector
from collectors.sources import Command, Native

_KERNEL_KEEPS = 15
"""Characters of a name that the kernel keeps (proc(5), /proc/pid/comm)."""


@dataclass(frozen=True)
class Processes(Fact):
    """Names of running processes, as the kernel keeps them: their first 15 characters."""

    names: frozenset[str] = field(default_factory=frozenset)

    def any_of(self, *names: str) -> str:
        """The first of these programs that runs, or an empty string."""
        return next((name for name in names if name[:_KERNEL_KEEPS] in self.names), "")

    @staticmethod
    def of(*names: str) -> "Processes":
        """An example: these run."""
        return Processes(frozenset(name[:_KERNEL_KEEPS] for name in names))


# Mounted with hidepid, /proc shows an ordinary user only what is the user's own: then the first process is not there.
_ASK = "sh -c 'read first </proc/1/comm && exec ps -A -o comm='"


@collector(Native("processes", Command(_ASK, needs="ps", instrument=True, live=True, name="ps -A -o comm=")))
def processes(listing: str) -> Processes:
    """One name a line. There is always one process at least, the one that was asked."""
    names = frozenset(line.strip()[:_KERNEL_KEEPS] for line in listing.splitlines() if line.strip())
    if not names:
        raise ValueError("no process at all")
    return Processes(names)
