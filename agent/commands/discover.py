"""``wispwatch discover``: which files likely hold personal information."""

import signal
from dataclasses import replace
from pathlib import Path

import click

from agent.commands.options import config_option
from agent.config import load
from agent.discovery.settings import FORMATS
from agent.errors import UsageError
from collectors.personal_information.sightings import Tier

_UNSEEN = 4


@click.command("discover")
@click.argument("paths", nargs=-1, metavar="PATH...", type=click.Path(path_type=Path))
@config_option
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out paths that match, e.g. '/home/*/.cache'.")
@click.option("--tier", type=click.Choice([one.value for one in Tier]), default="medium", show_default=True,
              help="How sure it must be to be listed; medium and high are counted.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMATS), default="table",
              show_default=True)  # fmt: skip
@click.option("--output", "outputs", multiple=True, metavar="FORMAT=PATH", help="Write to a file (repeatable).")
@click.option("--summary", type=click.Path(path_type=Path), metavar="FILE",
              help="Write counts to a file; scans judge /var/lib/wispwatch/personal-information.json.")  # fmt: skip
@click.option("--index", type=click.Path(path_type=Path), metavar="FILE",
              help="Remember what was seen, and read only what has changed since.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes that read at a time.")
@click.option("--rate", type=click.FloatRange(min=0), metavar="MB/S", help="Megabytes a second to read at most.")
@click.option("--strict", is_flag=True, help="Exit with 4 when something was not examined.")
def command(
    paths: tuple[Path, ...],
    config_path: Path | None,
    exclude: tuple[str, ...],
    tier: str,
    form: str,
    outputs: tuple[str, ...],
    summary: Path | None,
    index: Path | None,
    jobs: int | None,
    rate: float | None,
    strict: bool,
) -> int:
    """Find the files below PATH that likely hold personal information: where, of which kind and how sure.

    What is found never leaves its file: no number is shown, nor written anywhere.
    """
    config = load(config_path)
    from agent.discovery.discovering import Wish, discover  # noqa: PLC0415 - not for --help

    own = config.discover
    settings = replace(
        own,
        paths=paths or own.paths,
        exclude=exclude or own.exclude,
        jobs=jobs or own.jobs,
        rate=own.rate if rate is None else rate,
    )
    if not settings.paths:
        raise UsageError(
            "name what to look through, e.g. `wispwatch discover /home /srv`, or discover.paths in the configuration"
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wish = Wish(settings, Tier(tier), config.this_machine().name, form, tuple(map(_output, outputs)), summary, index)
    return _UNSEEN if discover(wish) and strict else 0


def _output(text: str) -> tuple[str, Path]:
    name, mark, path = text.partition("=")
    if not mark or not path or name not in FORMATS:
        raise UsageError(f"--output {text}: give a format ({', '.join(FORMATS)}), an equals sign and a path")
    return name, Path(path)
