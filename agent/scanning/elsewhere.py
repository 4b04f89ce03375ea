"""Scans in other processes, on this machine or others: what is sent there, and what comes back.

A job is the configuration and not the plan that follows from it, since checks and collectors are code that is there already.
It can be done twice without harm. Secrets are not sent: files of keys, passwords and known hosts are read where it is done.
"""

import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from agent.aws.settings import AwsAccounts
from agent.config import Config, Target
from agent.evaluate import Facts
from agent.gather import Scanned
from agent.plan import Plan, Selection, plan
from agent.scanning.parcels import Packer

_HERE_ONLY = ("local", "chroot", "shell")
"""Kinds of targets that would be another thing in another place."""


@dataclass(frozen=True)
class Job:
    """One target to scan."""

    context: bytes
    """What all targets of a scan have in common: configuration, selection and the organization's facts, packed."""
    aws: AwsAccounts
    target: Target


def here_only(target: Target) -> bool:
    """Whether a target can only be scanned by the process that was asked to."""
    return target.kind in _HERE_ONLY


class Elsewhere:
    """A pool whose scans run on an executor of other processes."""

    def __init__(
        self, executor: Executor, config: Config, selection: Selection, **options: Callable[[str], Any]
    ) -> None:
        """``options`` are given to the executor with each job: functions of the target's name."""
        self._executor = executor
        self._config = config
        self._selection = selection
        self._options = options
        self._packer: Packer | None = None
        self._context = b""

    def submit(self, plan: Plan, target: Target, shared: Facts | None) -> Future[Scanned]:
        """Send a target there."""
        if here_only(target):
            raise ValueError(f"{target.name} is of kind {target.kind}, which is another thing elsewhere")
        if self._packer is None:  # the checks and the organization's facts are the same for all targets of a scan
            self._packer = Packer(plan)
            self._context = pickle.dumps((self._config, self._selection, shared))
        packer = self._packer
        options = {name: value(target.name) for name, value in self._options.items()}
        sent = self._executor.submit(done, Job(self._context, plan.aws, target), **options)
        came: Future[Scanned] = Future()
        sent.add_done_callback(lambda ended: _hand_on(ended, came, packer))
        return came


def _hand_on(ended: "Future[bytes]", came: "Future[Scanned]", packer: Packer) -> None:
    try:
        came.set_result(packer.unpacked(ended.result()))
    except BaseException as fault:  # noqa: BLE001 - it is for whoever asks for the result
        came.set_exception(fault)


def done(job: Job) -> bytes:
    """Scan a target here for somebody else: runs in the other process."""
    from agent.scanning.scan import scan_target  # noqa: PLC0415 - whoever only sends jobs does not need it

    known, shared, packer = _prepared(job.context)
    return packer.packed(scan_target(replace(known, aws=job.aws), job.target, shared))


@lru_cache(maxsize=2)
def _prepared(context: bytes) -> tuple[Plan, Facts | None, Packer]:
    """The plan of a scan, made once in each process."""
    from agent.discover import discover  # noqa: PLC0415 - same

    config, selection, shared = pickle.loads(context)  # noqa: S301 - from ourselves: see the cluster's TLS
    known = plan(config, discover(), selection)
    return known, shared, Packer(known)
