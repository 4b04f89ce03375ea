"""``wispwatch config``: is it right, and what holds."""

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import click

from agent.commands.options import config_option, prepared
from agent.config import faults
from agent.errors import ConfigError


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
    if found:
        raise ConfigError("\n".join(found))
    click.echo("The configuration is good.")
    return 0


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
