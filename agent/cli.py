"""The command line. Results go to standard output, everything else to standard error; only this module ends the program.

Exit status: 0 done, 1 error, 2 usage or configuration, 3 findings at or above ``--fail-on``, 4 something could not be seen
and ``--strict``. Subcommands are imported when they are asked for.
"""

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from agent import __version__
from agent.errors import WispwatchError

_COMMANDS = {
    "scan": "agent.commands.scan",
    "run": "agent.commands.run",
    "record": "agent.commands.record",
    "discover": "agent.commands.discover",
    "target-script": "agent.commands.target_script",
    "checks": "agent.commands.checks",
    "explain": "agent.commands.explain",
    "attest": "agent.commands.attest",
    "config": "agent.commands.config",
    "doctor": "agent.commands.doctor",
}


class _Lazy(click.Group):
    """A group whose commands are modules, imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which one meets them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command if isinstance(command, click.Command) else None


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="wispwatch")
def group() -> None:
    """Check computers against the security requirements of Massachusetts 201 CMR 17.04.

    What could not be seen is never a pass and never a fail.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and end the program."""
    try:
        status: Any = group.main(arguments, prog_name="wispwatch", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        status = ended.exit_code
    except click.ClickException as fault:
        fault.show()
        status = 2
    except click.Abort:
        click.echo("Stopped.", err=True)
        status = 1
    except WispwatchError as fault:
        for line in str(fault).splitlines():
            click.echo(f"wispwatch: {line}", err=True)
        status = fault.exit_code
    except BrokenPipeError:
        # Whoever read the results has seen enough; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except OSError as fault:
        click.echo(f"wispwatch: {fault.filename or 'standard output'}: {fault.strerror}", err=True)
        _silence_standard_output()
        status = 1
    sys.exit(status if isinstance(status, int) else 0)


def _silence_standard_output() -> None:
    """What is still buffered cannot be written either: do not fail a second time on the way out."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
