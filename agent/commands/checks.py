"""``wispwatch checks``: what is checked."""

import json
import sys
from pathlib import Path

import click

from agent.commands.options import config_option, prepared
from agent.plan import Selection, off, plan
from checks import catalog


@click.command("checks")
@config_option
@click.option("--control", "controls", multiple=True, metavar="ID", help="Only checks of this control (repeatable).")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(config_path: Path | None, controls: tuple[str, ...], form: str) -> int:
    """List the checks that the chosen frameworks ask for, in the order of the law."""
    config, catalogue = prepared(config_path)
    selection = Selection(controls=controls)
    running = plan(config, catalogue, selection).checks
    resting = off(config, catalogue, selection)
    order = list(catalog.controls())
    checks = sorted(
        (*running, *resting),
        key=lambda check: (order.index(check.controls[0]), check.controls, check.facet, check.id),
    )
    if form == "json":
        rows = [
            {
                "check": check.id,
                "controls": list(check.controls),
                "facet": check.facet,
                "severity": check.severity.label,
                "title": check.title,
                "enabled": check not in resting,
                "settings": {one.name: one.default for one in check.settings},
            }
            for check in checks
        ]
        sys.stdout.write(json.dumps(rows, indent=2) + "\n")
        return 0
    control = ""
    for check in checks:
        cited = " ".join(check.controls) + (f" ({check.facet})" if check.facet else "")
        if cited != control:
            control = cited
            click.echo(f"\n{click.style(control, bold=True)}")
        click.echo(f"  {check.severity.label:<9} {check.id:<52} {check.title}")
        if check in resting:
            click.echo(f"  {'':<9} off; enable it with checks: {{{check.id}: {{enabled: true}}}} in the configuration")
    told = f", {len(resting)} of them off" if resting else ""
    click.echo(f"\n{len(checks)} checks{told}. `wispwatch explain CHECK` tells all about one.")
    return 0
