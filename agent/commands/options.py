"""Options that several commands share, and what they stand for."""

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from agent.aws.settings import AwsAccount
from agent.config import Config, Target, load
from agent.discover import Catalogue, discover, discover_for
from agent.errors import InventoryError, UsageError
from agent.inventories.settings import Fleet
from agent.scanning.kinds import kinds_of
from agent.ssh.settings import SshSettings, address
from collectors.transports.ssh.access import Privilege

_Command = TypeVar("_Command", bound=Callable[..., Any])
_OVER_SSH = ("ssh", "fleet")

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration; otherwise wispwatch.yaml here, then /etc/wispwatch/config.yaml, then defaults.",
)


@dataclass(frozen=True)
class Named:
    """What the options of ``target_options`` name."""

    names: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    aws: str | None = None
    chroot: Path | None = None
    replay: Path | None = None
    inventory: Path | None = None
    ssh: SshSettings = field(default_factory=SshSettings)
    """How the hosts are reached, over what the configuration says."""


def target_options(command: _Command) -> _Command:
    """What to scan: this machine, hosts, an account, a directory tree, a recording, or targets of the configuration. The
    command is given it as ``named``.
    """

    @functools.wraps(command)
    def with_named(privilege: str, identities: tuple[Path, ...], **options: Any) -> Any:
        ssh = SshSettings(privilege=privilege or "", key_files=tuple(path.absolute() for path in identities))
        named = Named(ssh=ssh, **{one.name: options.pop(one.name) for one in fields(Named) if one.name != "ssh"})
        return command(named=named, **options)

    wrapped: Any = with_named
    for option in (
        click.option(
            "--target", "names", multiple=True, metavar="NAME", help="A target of the configuration (repeatable)."
        ),
        click.option(
            "--privilege",
            type=click.Choice([one.value for one in Privilege]),
            help="With which rights hosts over SSH are read.",
        ),
        click.option(
            "--identity",
            "identities",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="A private key for hosts over SSH (repeatable).",
        ),
        click.option(
            "--host",
            "hosts",
            multiple=True,
            metavar="[USER@]HOST[:PORT]",
            help="A host over SSH (repeatable).",
        ),
        click.option(
            "--inventory",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="All hosts of an inventory, over SSH.",
        ),
        click.option(
            "--aws",
            is_flag=False,
            flag_value="",
            metavar="[PROFILE]",
            help="An AWS account, with boto3's credentials or those of a profile.",
        ),
        click.option(
            "--replay",
            type=click.Path(path_type=Path),
            metavar="SNAPSHOT",
            help="Judge a recorded snapshot, or a folder of them.",
        ),
        click.option(
            "--chroot", type=click.Path(path_type=Path), metavar="DIR", help="A directory tree, read as a host."
        ),
    ):
        wrapped = option(wrapped)
    return cast(_Command, wrapped)


def chosen_targets(config: Config, named: Named) -> tuple[Target, ...]:
    """The targets that the options name; all of the configuration's, or this machine, where they name none."""
    given = (named.names, named.hosts, named.inventory, named.chroot, named.replay, named.aws is not None)
    if sum(map(bool, given)) > 1:
        raise UsageError("--target, --host, --inventory, --chroot, --aws and --replay exclude each other")
    if named.aws is not None:
        return (Target(name=named.aws, kind="aws", aws=AwsAccount(profile=named.aws)),)
    if named.hosts:
        return tuple(_over_ssh(host) for host in dict.fromkeys(named.hosts))
    if named.inventory is not None:
        return (_of_inventory(named.inventory),)
    if named.chroot is not None:
        if not named.chroot.is_dir():
            raise UsageError(f"--chroot {named.chroot}: is no directory")
        whole = named.chroot.resolve()
        return (Target(name=str(whole), kind="chroot", path=whole),)
    if named.replay is not None:
        return (Target(name=str(named.replay), kind="replay", path=named.replay),)
    return tuple(_named(config, name) for name in named.names) or config.all_targets()


def _over_ssh(text: str) -> Target:
    try:
        parts = address(text)
    except ValueError as fault:
        raise UsageError(f"--host {fault}") from fault
    name = text.rpartition("@")[2]
    return Target(name=name, kind="ssh", ssh=SshSettings(host=parts.host, user=parts.user, port=parts.port))


def _of_inventory(file: Path) -> Target:
    from agent.inventories.guessing import guessed  # noqa: PLC0415 - only this option pays for YAML

    try:
        form = guessed(file)
    except InventoryError as fault:
        raise UsageError(f"--inventory {fault}") from fault
    if not form:
        raise UsageError(
            f"--inventory {file}: its format is not certain; make it a target of kind fleet in the configuration, with its format"
        )
    return Target(name=file.name, kind="fleet", fleet=Fleet(format=form, file=file))


def _named(config: Config, name: str) -> Target:
    """A target, or one host of a fleet: ``FLEET/HOST``."""
    known = {target.name: target for target in config.all_targets()}
    if name in known:
        return known[name]
    fleet, _, host = name.rpartition("/")  # which no host has in its name
    if host and fleet in known and known[fleet].kind == "fleet":
        return replace(known[fleet], fleet=replace(known[fleet].fleet, include=(_escaped(host),)))
    raise UsageError(f"--target {name}: there is no such target; known: {', '.join(known)}")


def _escaped(name: str) -> str:
    """A pattern that only this name fits."""
    return "".join(f"[{one}]" if one in "*?[" else one for one in name)


def prepared(config_path: Path | None) -> tuple[Config, Catalogue]:
    """The configuration, and everything that discovery finds."""
    from agent.ownership import refuse_foreign_owners  # noqa: PLC0415 - not for --help

    refuse_foreign_owners()
    return load(config_path), discover()


def prepared_for(
    config_path: Path | None, named: Named, checks: tuple[str, ...] = ()
) -> tuple[Config, Catalogue, tuple[Target, ...]]:
    """The configuration, the targets that are chosen of it, and what they need of everything that discovery finds: what is
    about AWS accounts is only imported where a target is one, or a check of theirs is named.
    """
    from agent.ownership import refuse_foreign_owners  # noqa: PLC0415 - not for --help

    refuse_foreign_owners()
    config = load(config_path)
    targets = chosen_targets(config, named)
    if named.ssh != SshSettings():
        if not any(one.kind in _OVER_SSH for one in targets):
            raise UsageError(
                "--privilege and --identity are about hosts over SSH: name some with --host, --inventory or --target"
            )
        targets = tuple(replace(one, ssh=named.ssh.over(one.ssh)) for one in targets)
    return config, discover_for(config.named_checks | set(checks), kinds_of(targets)), targets
