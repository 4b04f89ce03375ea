"""``wispwatch explain CHECK``: the page of a check."""

import difflib
import textwrap
from pathlib import Path

import click

from agent.commands.options import config_option, prepared
from agent.config import settings_of
from agent.discover import Catalogue
from agent.errors import UsageError
from checks import catalog
from checks.check import Check
from collectors.collector import ApiCollector, Platform

_WIDTH = 96


@click.command("explain")
@config_option
@click.argument("check")
def command(config_path: Path | None, check: str) -> int:
    """Tell what CHECK asserts, why, how to mend it, what it reads and what can be set."""
    config, catalogue = prepared(config_path)
    found = next((one for one in catalogue.checks if one.id == check.replace("_", "-")), None)
    if found is None:
        close = difflib.get_close_matches(check, [one.id for one in catalogue.checks], 3)
        meant = f"; did you mean {' or '.join(close)}?" if close else "; `wispwatch checks` lists them"
        raise UsageError(f"there is no check {check!r}{meant}")
    for line in page(found, catalogue, settings_of(config).get(found.id, {})):
        click.echo(line)
    return 0


def page(check: Check, catalogue: Catalogue, configured: dict[str, object]) -> list[str]:
    """The page, line by line; ``configured`` are settings other than the defaults."""
    lines = [click.style(check.id, bold=True), *_paragraph(check.title), ""]
    lines.append(f"Severity: {check.severity.label}")
    if not check.enabled:
        lines += _paragraph(
            f"Off by default; enable it with checks: {{{check.id}: {{enabled: true}}}} in the configuration"
        )
    for cited in check.controls:
        control = catalog.controls()[cited]
        lines += _paragraph(f"{control.id}{f' ({check.facet})' if check.facet else ''}: {control.text}")
    lines += ["", *_paragraph(f"Why: {check.why}"), "", *_paragraph(f"Fix: {check.fix}"), ""]
    for setting in check.settings:
        value = configured.get(setting.name, setting.default)
        shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
        lines += _paragraph(f"Setting {setting.name} = {shown}: {setting.meaning}")
    if check.settings:
        lines += [
            f"  (in the configuration: checks: {{{check.id}: {{settings: {{{check.settings[0].name}: ...}}}}}})",
            "",
        ]
    lines.append("Reads:")
    for need in check.needs:
        for collector in catalogue.collectors:
            if collector.fact is need.fact:
                if isinstance(collector, ApiCollector):
                    lines.append(f"  fact {need.fact.__name__} of an AWS account")
                    lines += [f"    {call.key} ({', '.join(call.permissions)})" for call in collector.calls]
                    continue
                live = " (only on a running host)" if any(one.live for one in collector.sources) else ""
                where = "register" if collector.platform is Platform.ORGANIZATION else "fact"
                lines.append(f"  {where} {need.fact.__name__}{live}")
                lines += [f"    {source.key}" for source in collector.sources]
    return lines


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
