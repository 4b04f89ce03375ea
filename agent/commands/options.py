"""Options that several commands share, and what they stand for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from agent.config import AwsAccount, Config, Target, load
from agent.discover import Catalogue, discover, discover_for
from agent.errors import UsageError
from agent.kinds import kinds_of

_Command = TypeVar("_Command", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The configuration; otherwise wispwatch.yaml here, then /etc/wispwatch/config.yaml, then defaults.",
)


def target_options(command: _Command) -> _Command:
    """What to scan: this machine, a directory tree, a recording, or targets of the configuration."""
    for option in (
        click.option(
            "--target", "names", multiple=True, metavar="NAME", help="A target of the configuration (repeatable)."
        ),
        click.option(
            "--aws",
            is_flag=False,
            flag_value="",
            metavar="[PROFILE]",
            help="An AWS account, with boto3's credentials or those of a profile.",
        ),
        click.option(
            "--replay", type=click.Path(path_type=Path), metavar="SNAPSHOT", help="Judge a recorded snapshot."
        ),
        click.option(
            "--chroot", type=click.Path(path_type=Path), metavar="DIR", help="A directory tree, read as a host."
        ),
    ):
        command = option(command)
    return command


def chosen_targets(
    config: Config, names: tuple[str, ...], chroot: Path | None, replay: Path | None, aws: str | None = None
) -> tuple[Target, ...]:
    """The targets that the options name; all of the configuration's, or this machine, where they name none."""
    if sum(map(bool, (names, chroot, replay, aws is not None))) > 1:
        raise UsageError("--target, --chroot, --aws and --replay exclude each other")
    if aws is not None:
        return (Target(name=aws, kind="aws", aws=AwsAccount(profile=aws)),)
    if chroot is not None:
        if not chroot.is_dir():
            raise UsageError(f"--chroot {chroot}: is no directory")
        whole = chroot.resolve()
        return (Target(name=str(whole), kind="chroot", path=whole),)
    if replay is not None:
        return (Target(name=str(replay), kind="replay", path=replay),)
    known = {target.name: target for target in config.all_targets()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"--target {unknown[0]}: there is no such target; known: {', '.join(known)}")
    return tuple(known[name] for name in names) or config.all_targets()


def prepared(config_path: Path | None) -> tuple[Config, Catalogue]:
    """The configuration, and everything that discovery finds."""
    from agent.ownership import refuse_foreign_owners  # noqa: PLC0415 - not for --help

    refuse_foreign_owners()
    return load(config_path), discover()


def prepared_for(
    config_path: Path | None, choose: Callable[[Config], tuple[Target, ...]], checks: tuple[str, ...] = ()
) -> tuple[Config, Catalogue, tuple[Target, ...]]:
    """The configuration, the targets that are chosen of it, and what they need of everything that discovery finds: what is
    about AWS accounts is only imported where a target is one, or a check of theirs is named.
    """
    from agent.ownership import refuse_foreign_owners  # noqa: PLC0415 - not for --help

    refuse_foreign_owners()
    config = load(config_path)
    targets = choose(config)
    return config, discover_for(config.named_checks | set(checks), kinds_of(targets)), targets
