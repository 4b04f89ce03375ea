"""``wispwatch scan``: read, judge, report, once."""

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from agent.commands.options import Named, chosen_targets, config_option, prepared_for, target_options
from agent.errors import OutputError, UsageError
from agent.gather import AWS_ACCOUNT
from agent.kinds import kinds_of
from agent.many import scan_many
from agent.plan import Plan, Selection, plan
from agent.printable import printable
from agent.report import FORMATS, Shown
from agent.results import Results, results_of
from agent.scan import scan_organization
from agent.table import Table
from agent.whole_files import write_whole
from checks.verdict import Severity, Status
from collectors.collector import Platform

_SEVERITIES = click.Choice([severity.label for severity in Severity])
_FOUND, _UNSEEN = 3, 4


@click.command("scan")
@target_options
@config_option
@click.option("--format", "form", type=click.Choice(["table", *FORMATS]), default="table", show_default=True)
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
def command(
    config_path: Path | None,
    names: tuple[str, ...],
    hosts: tuple[str, ...],
    chroot: Path | None,
    replay: Path | None,
    aws: str | None,
    form: str,
    outputs: tuple[str, ...],
    controls: tuple[str, ...],
    checks: tuple[str, ...],
    statuses: tuple[str, ...],
    severity: str,
    fail_on: str | None,
    strict: bool,
) -> int:
    """Scan this machine (or what the options or the configuration name) and report.

    Control statuses are always of all findings of the checks that ran; --status and --severity only choose what is listed.
    """
    files = [_output(output) for output in outputs]
    config, catalogue, targets = prepared_for(
        config_path, lambda config: chosen_targets(config, Named(names, hosts, aws, chroot, replay)), checks
    )
    chosen = plan(config, catalogue, Selection(controls, checks))
    _refuse_idle(chosen, checks, kinds_of(targets))
    organization = scan_organization(chosen)
    _progress(
        f"scanning {targets[0].name or 'the account'}" if len(targets) == 1 else f"scanning {len(targets)} targets"
    )
    shown = Shown(tuple(Status(status) for status in statuses), Severity[severity.upper()])
    today = datetime.now(UTC).date()
    scanned = []
    for one in scan_many(chosen, targets, organization.facts):
        scanned.append(one)
        _progress(f"scanned {one.asset} ({len(scanned)})")
        if form == "jsonl" and one.asset_kind == AWS_ACCOUNT:  # what is found on others changes nothing of it
            _write(form, results_of(chosen, [one], today), shown)
    _progress("")
    order = {target.name: place for place, target in enumerate(targets)}
    scanned.sort(key=lambda one: (order.get(one.asset, order.get(one.asset.rpartition("/")[0], 0)), one.asset))
    results = results_of(chosen, [*scanned, organization], today)
    for format_name, path in files:
        try:
            write_whole(path, "".join(_render(format_name, results, shown, colours=False)).encode())
        except OSError as fault:
            raise OutputError(f"--output {path}: {fault.strerror}; an earlier file there is untouched") from fault
    left = tuple(one for one in results.assets if form != "jsonl" or one.asset_kind != AWS_ACCOUNT)
    _write(form, replace(results, assets=left), shown)
    return _exit_status(results, Severity[fail_on.upper()] if fail_on else None, strict)


def _refuse_idle(chosen: Plan, named: tuple[str, ...], kinds: set[str]) -> None:
    """A check that is named and asked of nothing would look as if it had found nothing."""
    idle = {Platform.LINUX: kinds <= {"aws"}, Platform.AWS: kinds.isdisjoint({"aws", "replay"})}
    for check in chosen.checks:
        platform = chosen.catalogue.platform_of(check)
        if check.id in named and idle.get(platform):
            what = "AWS accounts" if platform is Platform.AWS else "hosts"
            raise UsageError(f"--check {check.id}: is about {what}, and no target is one")


def _output(text: str) -> tuple[str, Path]:
    name, mark, path = text.partition("=")
    if not mark or not path or name not in {"table", *FORMATS}:
        raise UsageError(
            f"--output {text}: give a format ({', '.join(['table', *FORMATS])}), an equals sign and a path"
        )
    return name, Path(path)


def _write(form: str, results: Results, shown: Shown) -> None:
    """To standard output, at once."""
    colours = form == "table" and sys.stdout.isatty() and not _no_colour()
    for part in _render(form, results, shown, colours=colours):
        sys.stdout.write(part)
    sys.stdout.flush()


def _render(form: str, results: Results, shown: Shown, *, colours: bool) -> Iterator[str]:
    if form == "table":
        width = min(shutil.get_terminal_size((100, 24)).columns, 140)
        return (f"{line}\n" for line in Table(width, colours).render(results, shown))
    return FORMATS[form](results, shown)


def _no_colour() -> bool:
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


def _progress(text: str) -> None:
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{printable(text, 200)}")
        sys.stderr.flush()


def _exit_status(results: Results, fail_on: Severity | None, strict: bool) -> int:
    findings = [finding for asset in results.assets for finding in asset.findings]
    if fail_on is not None and any(one.status is Status.FAIL and one.check.severity >= fail_on for one in findings):
        return _FOUND
    if strict and any(one.status is Status.UNKNOWN for one in findings):
        return _UNSEEN
    return 0
