"""``wispwatch run``: the daemon."""

from pathlib import Path

import click

from agent.commands.options import config_option


@click.command("run")
@config_option
@click.option("--listen", metavar="ADDR:PORT", help="Where /metrics and the status page are served.")
@click.option("--state-dir", type=click.Path(path_type=Path), metavar="DIR", help="Where results are kept.")
@click.option(
    "--textfile-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where metrics are written for node_exporter's textfile collector, too.",
)
def command(config_path: Path | None, listen: str | None, state_dir: Path | None, textfile_dir: Path | None) -> int:
    """Scan on a schedule and serve the results as Prometheus metrics and a status page."""
    from agent.daemon.daemon import run  # noqa: PLC0415 - only the daemon pays for what it needs

    return run(config_path, listen=listen, state_dir=state_dir, textfile_dir=textfile_dir)
