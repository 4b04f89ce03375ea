"""``wispwatch scan``: read, judge, report, once."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.options import Named, config_option, prepared_for, target_options
from agent.commands.reports import NAMES, Reports
from agent.commands.reports import named as named_report
from agent.config import Config, Target
from agent.durations import as_duration
from agent.errors import StoppedError, UsageError
from agent.expected import expected_of
from agent.plan import Plan, Selection, plan
from agent.reports.forms import Shown
from agent.results import Results
from agent.scanning.kinds import kinds_of
from agent.scanning.many import WORKERS, Limits
from agent.scanning.shards import EVERYTHING, shard
from agent.scanning.sweep import Sweep
from checks.verdict import Severity, Status
from collectors.collector import Platform

if TYPE_CHECKING:
    from agent.scanning.cluster import Cluster

_SEVERITIES = click.Choice([severity.label for severity in Severity])
_FOUND, _UNSEEN = 3, 4


@click.command("scan")
@target_options
@config_option
@click.option("--format", "form", type=click.Choice(NAMES), default="table", show_default=True)
@click.option(
    "--output", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write a report to a file (repeatable)."
)
@click.option(
    "--control", "controls", multiple=True, metavar="ID", help="Run only checks of this control (repeatable)."
)
@click.option("--check", "checks", multiple=True, metavar="CHECK", help="Run only this check (repeatable).")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="List only these findings (repeatable).",
)
@click.option("--severity", type=_SEVERITIES, default="low", help="List only findings of at least this severity.")
@click.option("--fail-on", type=_SEVERITIES, help="Exit with 3 when a finding of at least this severity fails.")
@click.option("--strict", is_flag=True, help="Exit with 4 when something could not be seen.")
@click.option(
    "--workers",
    type=click.IntRange(1, 1000),
    help=f"Targets under way at a time; {WORKERS} where nothing is given, on a cluster what it has room for.",
)
@click.option("--time-limit", metavar="TIME", help="For all targets together, e.g. 10m; what is left then is unknown.")
@click.option("--shard", "part", metavar="I/N", help="Scan only part I (from 0) of N of the targets.")
@click.option("--cluster", "scheduler", metavar="tcp+tls://HOST:PORT", help="Scan on a cluster of dask.distributed.")
def command(
    config_path: Path | None,
    named: Named,
    form: str,
    outputs: tuple[str, ...],
    controls: tuple[str, ...],
    checks: tuple[str, ...],
    statuses: tuple[str, ...],
    severity: str,
    fail_on: str | None,
    strict: bool,
    workers: int | None,
    time_limit: str | None,
    part: str | None,
    scheduler: str | None,
) -> int:
    """Scan this machine (or what the options or the configuration name) and report.

    Control statuses are always of all findings of the checks that ran; --status and --severity only choose what is listed.
    """
    files = tuple(named_report(output) for output in outputs)
    limits = _limits(workers, time_limit, part)
    config, catalogue, targets = prepared_for(config_path, named, checks)
    selection = Selection(controls, checks)
    chosen = plan(config, catalogue, selection)
    _refuse_idle(chosen, checks, kinds_of(targets))
    shown = Shown(tuple(Status(status) for status in statuses), Severity[severity.upper()])
    reports = Reports(form, files, shown, chosen, expected_of(config, targets))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    streaming = form == "jsonl" and (len(targets) > 1 or targets[0].has_members)
    with _room(scheduler, config, selection, targets) as there:
        if there is not None and workers is None:
            limits = replace(limits, workers=there.room)
        pool = None if there is None else there.pool
        with closing(Sweep(chosen, targets, limits, reports.write if streaming else None, pool)) as sweep:
            results = sweep.results()
            reports.write_files(results)
            reports.write(sweep.untold(results))
            if sweep.stopped:
                raise StoppedError(sweep.stopped)
            return _exit_status(results, Severity[fail_on.upper()] if fail_on else None, strict)


@contextmanager
def _room(
    scheduler: str | None, config: Config, selection: Selection, targets: Sequence[Target]
) -> Iterator["Cluster | None"]:
    """The cluster that was asked for, or none."""
    if scheduler is None:
        yield None
        return
    from agent.scanning.cluster import cluster, refuse_what_is_here  # noqa: PLC0415 - an extra

    refuse_what_is_here(targets)
    with cluster(scheduler, config, selection) as there:
        yield there


def _limits(workers: int | None, time_limit: str | None, part: str | None) -> Limits:
    try:
        seconds = as_duration(time_limit).total_seconds() if time_limit else float("inf")
    except ValueError as fault:
        raise UsageError(f"--time-limit {time_limit}: is no time such as 30s, 5m or 1h") from fault
    try:
        return Limits(workers or WORKERS, seconds, shard(part) if part else EVERYTHING)
    except ValueError as fault:
        raise UsageError(f"--shard {fault}") from fault


def _refuse_idle(chosen: Plan, named: tuple[str, ...], kinds: set[str]) -> None:
    """A check that is named and asked of nothing would look as if it had found nothing."""
    idle = {Platform.LINUX: kinds <= {"aws"}, Platform.AWS: kinds.isdisjoint({"aws", "replay"})}
    for check in chosen.checks:
        platform = chosen.catalogue.platform_of(check)
        if check.id in named and idle.get(platform):
            what = "AWS accounts" if platform is Platform.AWS else "hosts"
            raise UsageError(f"--check {check.id}: is about {what}, and no target is one")


def _exit_status(results: Results, fail_on: Severity | None, strict: bool) -> int:
    found = unseen = False
    for one in (finding for asset in results.assets for finding in asset.findings):
        found = found or (fail_on is not None and one.status is Status.FAIL and one.check.severity >= fail_on)
        unseen = unseen or one.status is Status.UNKNOWN
    if found:
        return _FOUND
    return _UNSEEN if strict and unseen else 0
