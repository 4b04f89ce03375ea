"""``wispwatch doctor``: what a scan of this machine would see, and what it would take to see the rest."""

import os
import platform
from pathlib import Path

import click

from agent import __version__
from agent.commands.config import listener_faults
from agent.commands.named_paths import absent
from agent.commands.options import Named, chosen_targets, config_option, prepared
from agent.config import Config
from agent.config_faults import faults
from agent.errors import UnreachableError
from agent.plan import plan
from agent.printable import printable
from agent.reports.remedies import remedy_for
from agent.scanning.scan import take
from collectors.readings import Absent, Text, Unread
from collectors.snapshot import Snapshot
from collectors.transports.libraries import lacking


@click.command("doctor")
@click.option(
    "--aws",
    is_flag=False,
    flag_value="",
    metavar="[PROFILE]",
    help="Look at an AWS account instead: who asks, where, and which permissions are missing.",
)
@click.option("--target", "name", metavar="NAME", help="Look at an AWS account of the configuration instead.")
@config_option
def command(config_path: Path | None, aws: str | None, name: str | None) -> int:
    """Tell what this machine lets wispwatch see, and what would make the rest visible. Changes nothing."""
    config, catalogue = prepared(config_path)
    if aws is not None or name is not None:
        if why := lacking("boto3"):
            raise UnreachableError(f"{why}: {remedy_for(why)}")
        from agent.commands.aws_doctor import tell_account  # noqa: PLC0415 - boto3 takes its time

        (target,) = chosen_targets(config, Named((name,) if name else (), aws=aws))
        return tell_account(config, catalogue, target)
    click.echo(f"wispwatch {__version__}, Python {platform.python_version()} on {platform.system()}")
    who = "root" if os.geteuid() == 0 else "an ordinary user: what only root may read stays unseen"
    click.echo(f"Running as {who}")
    click.echo(f"{len(catalogue.checks)} checks on {len(catalogue.collectors)} facts")
    problems = [*faults(config, catalogue), *listener_faults(config)]
    for problem in problems or ["none"]:
        click.echo(f"Fault of the configuration: {problem}")
    for key, path, why in absent(config):
        click.echo(f"Named and not to be found: {key}: {printable(str(path))}: {why}")
    _tell_places(config)
    _tell_libraries()
    if problems:
        return 2
    _tell_push(config)
    taken = take(plan(config, catalogue), config.this_machine())
    _tell_sight(taken)
    return 0


def _tell_places(config: Config) -> None:
    for name in ("roster", "training", "attestations"):
        path = config.registers.paths().get(name)
        told = "not configured: its checks are unknown" if path is None else str(path)
        if path is not None and not os.access(path, os.R_OK):
            told += " (cannot be read)"
        click.echo(f"Register {name}: {told}")
    state = config.daemon.state_dir
    nearest = next(place for place in (state, *state.parents) if place.exists())
    able = os.access(nearest, os.W_OK | os.X_OK)
    click.echo(f"State of the daemon: {state} ({'can' if able else 'cannot'} be written)")


def _tell_push(config: Config) -> None:
    if config.push.url:
        import urllib.parse  # noqa: PLC0415 - only who pushes pays for it

        from agent.push.trial import tried  # noqa: PLC0415 - same

        click.echo(f"Push to {urllib.parse.urlsplit(config.push.url).netloc}: {tried(config.push)}")


def _tell_libraries() -> None:
    for name, what in (("paramiko", "Hosts over SSH"), ("boto3", "AWS accounts")):
        why = lacking(name)
        click.echo(f"{what}: {f'stay unknown, since {why} -> {remedy_for(why)}' if why else 'can be asked'}")


def _tell_sight(taken: Snapshot) -> None:
    seen = sum(isinstance(reading, Text) for reading in taken.readings.values())
    absent = sum(isinstance(reading, Absent) for reading in taken.readings.values())
    unread = {key: reading.reason for key, reading in taken.readings.items() if isinstance(reading, Unread)}
    click.echo(
        f"Of {len(taken.readings)} sources {seen} were read, {absent} are not on this machine, {len(unread)} could not be seen"
    )
    for key, reason in sorted(unread.items(), key=lambda pair: pair[1]):
        remedy = remedy_for(reason)
        click.echo(f"  {printable(key, 100)}: {printable(reason, 200)}{f' -> {remedy}' if remedy else ''}")
