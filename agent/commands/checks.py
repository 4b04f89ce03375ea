"""``wispwatch checks``: what is checked."""

import json
import sys
from pathlib import Path

import click

from agent.commands.options import config_option, prepared
from agent.scan import Selection, plan
from checks import catalog


@click.command("checks")
@config_option
@click.option("--control", "controls", multiple=True, metavar="ID", help="Only checks of this control (repeatable).")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(config_path: Path | None, controls: tuple[str, ...], form: str) -> int:
    """List the checks that the chosen frameworks ask for, in the order of the law."""
    config, catalogue = prepared(config_path)
    chosen = plan(config, catalogue, Selection(controls=controls))
    order = list(catalog.controls())
    checks = sorted(
        chosen.checks, key=lambda check: (order.index(check.controls[0]), check.controls, check.facet, check.id)
    )
    if form == "json":
        rows = [
            {
                "check": check.id,
                "controls": list(check.controls),
                "facet": check.facet,
                "severity": check.severity.label,
                "title": check.title,
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
    click.echo(f"\n{len(checks)} checks. `wispwatch explain CHECK` tells all about one.")
    return 0
