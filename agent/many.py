"""Many targets at the same time: the organizations among them taken apart into accounts, and each result as it comes.

The unit of work is one host or one account. What raises is unseen, and says so; it takes no other result with it.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from agent.config import Target
from agent.errors import ConfigError, UnreachableError
from agent.evaluate import Facts
from agent.gather import Scanned
from agent.plan import Plan
from agent.scan import judge_taken, scan_target, unseen

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

AT_ONCE = 8
"""Targets under way at the same time."""


def scan_many(
    plan: Plan, targets: Sequence[Target], shared: Facts | None, executor: "Executor | None" = None
) -> Iterator[Scanned]:
    """Read and judge all targets; the results in the order in which they are there.

    ``executor`` runs them, threads of our own where none is given. ``ConfigError`` where a target asks for what is not there.
    """
    if executor is None and len(targets) == 1 and not targets[0].has_members:
        yield scan_target(plan, targets[0], shared)
        return
    from concurrent.futures import as_completed  # noqa: PLC0415 - not for one target

    from agent.threads import Threads  # noqa: PLC0415 - same

    pool = executor or Threads(AT_ONCE)
    under_way: dict[Future[Scanned], tuple[Plan, Target]] = {}
    for target in targets:
        if target.has_members:
            try:
                known, members = members_of(plan, target)
            except ConfigError:
                raise
            except Exception as fault:  # noqa: BLE001 - whatever it is, the others go on
                yield judge_taken(plan, unseen(plan, target, _told(fault)), shared)
                continue
            under_way |= {pool.submit(scan_target, known, one, shared): (known, one) for one in members}
        else:
            under_way[pool.submit(scan_target, plan, target, shared)] = (plan, target)
    for done in as_completed(under_way):
        known, target = under_way.pop(done)
        try:
            yield done.result()
        except ConfigError:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others go on
            yield judge_taken(known, unseen(known, target, _told(fault)), shared)


def _told(fault: Exception) -> str:
    """Why nothing was seen. Of what nobody foresaw, the kind only: its message may quote what was read."""
    return str(fault) if isinstance(fault, UnreachableError) else f"the scan failed: {type(fault).__name__}"


def members_of(plan: Plan, target: Target) -> tuple[Plan, list[Target]]:
    """The accounts or hosts that a target stands for, and the plan, which may know more with them. ``UnreachableError`` where
    they cannot be listed.
    """
    if target.kind == "fleet":
        from agent.inventories import hosts  # noqa: PLC0415 - not for other kinds

        return plan, hosts.members_of(target)
    from agent.aws import organization  # noqa: PLC0415 - boto3 takes its time

    return organization.members_of(plan, target)
