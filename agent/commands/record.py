"""``wispwatch record``: what was read, without a judgement, to be judged elsewhere or later."""

import signal
import sys
from dataclasses import replace
from pathlib import Path

import click

from agent.commands.options import Named, config_option, prepared_for, target_options
from agent.config import Target
from agent.errors import OutputError, StoppedError, UsageError
from agent.plan import Plan, plan
from agent.scanning.children import kill_children
from agent.scanning.many import WORKERS, Expanded, members_of
from agent.scanning.progress import Progress
from agent.scanning.recorder import Recorder
from agent.scanning.scan import take
from agent.whole_files import write_whole
from collectors.snapshot import dump

_NAMED = 20
"""How many files that could not be written are named."""


@click.command("record")
@target_options
@config_option
@click.option(
    "--output", metavar="PATH", help="Write to a file, not to standard output; with a slash at its end into a folder."
)
@click.option("--asset", help="Call the asset so in the recording, e.g. to send it to someone.")
@click.option(
    "--workers", type=click.IntRange(1, 1000), default=WORKERS, show_default=True, help="Targets under way at a time."
)
def command(
    config_path: Path | None,
    named: Named,
    output: str | None,
    asset: str | None,
    workers: int,
) -> int:
    """Record what all collectors read of a target, as JSON lines; of several, each into a file of a folder.

    No source carries a password hash or a key, so a recording holds none; it does hold account names and configuration.
    Judge it with `wispwatch scan --replay`, which takes a folder, too.
    """
    config, catalogue, targets = prepared_for(config_path, named)
    if output is not None and (output.endswith("/") or Path(output).is_dir()):
        if asset is not None:
            raise UsageError("--asset: is for a recording that goes into a file; in a folder each has its own name")
        return _into_folder(plan(config, catalogue), targets, Path(output), workers)
    if len(targets) != 1 or (targets[0].has_members and targets[0].kind != "fleet"):
        raise UsageError(
            "several targets are recorded into a folder: give one with --output FOLDER/, or choose a target with --target: "
            f"{', '.join(one.name for one in targets)}"
        )
    chosen = plan(config, catalogue)
    taken = take(chosen, _one_host(chosen, targets[0]) if targets[0].kind == "fleet" else targets[0])
    text = dump(replace(taken, asset=asset or taken.asset))
    if output is None:
        sys.stdout.write(text)
        return 0
    try:
        write_whole(Path(output), text.encode())
    except OSError as fault:
        raise OutputError(f"--output {output}: {fault.strerror}; an earlier file there is untouched") from fault
    return 0


def _into_folder(chosen: Plan, targets: tuple[Target, ...], folder: Path, workers: int) -> int:
    """Each target into a file of its own. An interrupt keeps what is done."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputError(f"--output {folder}: {fault.strerror}") from fault
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    progress, faults = Progress(verb="recorded"), []
    recorder = Recorder(chosen, targets, folder, workers)
    try:
        for told in recorder.run():
            if isinstance(told, Expanded):
                progress.count(told)
            else:
                progress.took(told)
                faults += [f"{told.path}: {told.fault}"] if told.fault else []
    except KeyboardInterrupt:
        written = recorder.stop()
        kill_children()
        progress.say("")
        raise StoppedError(f"Stopped: of {progress.total} targets {written} are recorded in {folder}") from None
    progress.end()
    if faults:
        more = [f"and {len(faults) - _NAMED} more"] if len(faults) > _NAMED else []
        raise OutputError("\n".join(["not every recording could be written:", *faults[:_NAMED], *more]))
    return 0


def _one_host(chosen: Plan, fleet: Target) -> Target:
    """The only host of a fleet that is chosen."""
    _, members = members_of(chosen, fleet)
    if len(members) > 1:
        raise UsageError(
            f"{fleet.name}: a recording is of one host, and this is a fleet of them; choose {fleet.name}/HOST, or a folder with"
            " --output FOLDER/"
        )
    return members[0]
