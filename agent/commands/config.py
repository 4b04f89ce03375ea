"""``wispwatch config``: is it right, and what holds."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import click

from agent.commands.named_paths import absent
from agent.commands.options import config_option, prepared
from agent.config import Config, Target, Unasked
from agent.config_faults import faults
from agent.errors import ConfigError, InventoryError, UnreachableError
from agent.printable import printable

_TOLD = 20
"""Hosts that cannot be asked, one line each."""


@click.group("config")
def command() -> None:
    """Check the configuration, or show what holds."""


@command.command("check")
@config_option
def check(config_path: Path | None) -> int:
    """Tell every fault of the configuration, or that there is none."""
    config, catalogue = prepared(config_path)
    found = faults(config, catalogue)
    found += [
        f"registers.{name}: {path}: there is no such file"
        for name, path in config.registers.paths().items()
        if not path.is_file()
    ]
    found += listener_faults(config)
    if not found:
        found = list(_fleet_faults(config))
    if found:
        raise ConfigError("\n".join(found))
    click.echo("The configuration is good.")
    for key, path, why in absent(config):
        click.echo(f"{key}: {printable(str(path))}: {why}; what needs it will be unknown, or not done")
    return 0


def listener_faults(config: Config) -> Iterator[str]:
    """Why the daemon would not start, or would refuse a reload, for its certificates and passwords."""
    from agent.web.web_config import Watched, WebConfigError  # noqa: PLC0415 - only this command and the daemon pay for it

    try:
        Watched(config.daemon.web_config, lambda _: None)
    except WebConfigError as fault:
        yield str(fault)


def _fleet_faults(config: Config) -> Iterator[str]:
    """The faults of inventories that are files; what those that are right list is told at once. Nothing on the network is asked."""
    for index, target in enumerate(config.targets):
        if target.kind != "fleet":
            continue
        if target.fleet.file is None:
            click.echo(
                f"{target.name}: its hosts are listed at each scan ({target.fleet.url or 'EC2'}), and were not asked for now"
            )
            continue
        from agent.inventories.hosts import members_of  # noqa: PLC0415 - only fleets pay for it

        try:
            members = members_of(target)
        except InventoryError as fault:
            yield from fault.faults
        except UnreachableError as fault:
            yield f"targets[{index}].fleet: {fault}"
        else:
            _tell_members(target, members)


def _tell_members(target: Target, members: Sequence[Target]) -> None:
    unasked = [one for one in members if isinstance(one, Unasked)]
    told = f", {len(unasked)} of which cannot be asked:" if unasked else ""
    click.echo(f"{target.name}: {len(members)} host{'' if len(members) == 1 else 's'}{told}")
    for one in unasked[:_TOLD]:
        click.echo(f"  {printable(one.name, 100)}: {printable(one.why)}")
    if len(unasked) > _TOLD:
        click.echo(f"  and {len(unasked) - _TOLD} more")


@command.command("show")
@config_option
def show(config_path: Path | None) -> int:
    """Show the configuration that holds, defaults filled in, as YAML."""
    import yaml  # noqa: PLC0415 - only this command and a configured scan pay for it

    config, _ = prepared(config_path)
    click.echo(yaml.safe_dump(plain(config), sort_keys=False, allow_unicode=True), nl=False)
    return 0


def plain(value: Any) -> Any:
    """Dataclasses as the mappings and scalars that a configuration file has."""
    match value:
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
            return {name: plain(held) for name, held in fields if held is not None}
        case Mapping():
            return {str(name): plain(held) for name, held in value.items()}
        case tuple() | list():
            return [plain(one) for one in value]
        case Enum():
            return value.name.lower()
        case Path():
            return str(value)
        case timedelta():
            return f"{int(value.total_seconds())}s"
        case date():
            return value.isoformat()
        case _:
            return value
