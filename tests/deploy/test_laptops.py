"""The definitions for launchd and WinSW: of their formats, and with arguments that the command line takes."""

import plistlib
import shlex
import xml.etree.ElementTree as ET
from typing import Any

import click

from agent.cli import group
from tests.daemons import ROOT

KNOWN_TO_LAUNCHD = {
    "Label": str,
    "ProgramArguments": list,
    "RunAtLoad": bool,
    "KeepAlive": dict,
    "ThrottleInterval": int,
    "ExitTimeOut": int,
    "ProcessType": str,
    "LowPriorityIO": bool,
    "Nice": int,
    "Umask": int,
    "StandardErrorPath": str,
}
"""launchd.plist(5)."""
KNOWN_TO_WINSW = {
    "id", "name", "description", "executable", "arguments", "startmode", "delayedAutoStart", "priority", "stoptimeout",
    "onfailure", "resetfailure", "logpath", "log",
}  # fmt: skip
"""WinSW's docs/xml-config-file.md."""


def is_taken(words: list[str]) -> dict[str, Any]:
    """The options of a subcommand, as click understands them."""
    command = group.get_command(click.Context(group), words[0])
    assert command is not None
    return command.make_context(words[0], words[1:]).params


def test_launchd() -> None:
    path = ROOT / "deploy/launchd/org.wispwatch.agent.plist"
    with path.open("rb") as file:
        told = plistlib.load(file)
    assert {name: type(value) for name, value in told.items()} == KNOWN_TO_LAUNCHD
    assert path.name == f"{told['Label']}.plist"
    program, *words = told["ProgramArguments"]
    assert program.startswith("/")
    assert str(is_taken(words)["config_path"]).startswith("/")
    assert told["Umask"] == 0o077
    assert told["ProcessType"] == "Background"


def test_winsw() -> None:
    root = ET.parse(ROOT / "deploy/windows/wispwatch.xml").getroot()
    assert root.tag == "service"
    assert {one.tag for one in root} == KNOWN_TO_WINSW
    words = shlex.split(root.findtext("arguments", "").replace("\\", "/"))
    assert is_taken(words)["state_dir"].name == "state"
    (log,) = root.findall("log")
    assert (log.attrib, {one.tag for one in log}) == ({"mode": "roll-by-size"}, {"sizeThreshold", "keepFiles"})


def test_nobody_is_promised_what_is_not_there() -> None:
    assert "does not\n     start on Windows" in (ROOT / "deploy/windows/wispwatch.xml").read_text()
    assert "do not deploy it" in (ROOT / "docs/deploying-to-laptops.md").read_text()
