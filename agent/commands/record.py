"""``wispwatch record``: what was read, without a judgement, to be judged elsewhere or later."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from agent.commands.options import Named, config_option, prepared_for, target_options
from agent.config import Target
from agent.errors import OutputError, UsageError
from agent.many import members_of
from agent.plan import Plan, plan
from agent.scan import take
from agent.whole_files import write_whole
from collectors.snapshot import dump


@click.command("record")
@target_options
@config_option
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="PATH", help="Write to a file, not to standard output."
)
@click.option("--asset", help="Call the asset so in the recording, e.g. to send it to someone.")
def command(
    config_path: Path | None,
    named: Named,
    output: Path | None,
    asset: str | None,
) -> int:
    """Record what all collectors read of a target, as JSON lines.

    No source carries a password hash or a key, so a recording holds none; it does hold account names and configuration.
    Judge it with `wispwatch scan --replay`.
    """
    config, catalogue, targets = prepared_for(config_path, named)
    if len(targets) != 1:
        raise UsageError(
            f"a recording is of one target; choose with --target: {', '.join(one.name for one in targets)}"
        )
    if targets[0].aws.organization:
        raise UsageError(f"{targets[0].name}: a recording is of one account, and this is an organization of them")
    chosen = plan(config, catalogue)
    taken = take(chosen, _one_host(chosen, targets[0]) if targets[0].kind == "fleet" else targets[0])
    text = dump(replace(taken, asset=asset or taken.asset))
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        write_whole(output, text.encode())
    except OSError as fault:
        raise OutputError(f"--output {output}: {fault.strerror}; an earlier file there is untouched") from fault
    return 0


def _one_host(chosen: Plan, fleet: Target) -> Target:
    """The only host of a fleet that is chosen."""
    _, members = members_of(chosen, fleet)
    if len(members) > 1:
        raise UsageError(
            f"{fleet.name}: a recording is of one host, and this is a fleet of them; choose {fleet.name}/HOST"
        )
    return members[0]
