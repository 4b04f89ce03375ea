"""``wispwatch attest``: the register of attestations, written, listed and compared with its evidence."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from agent.attesting import add as add_line
from agent.attesting import hashed
from agent.commands.options import config_option
from agent.config import load
from agent.errors import ConfigError, UsageError
from agent.printable import printable
from checks import catalog
from collectors.organization.attestations import Attestation, Attestations, attestations, item
from collectors.organization.evidence import Compared, EvidenceFiles, evidence_files
from collectors.readings import Unread
from collectors.transports.registers import Registers

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group("attest")
def command() -> None:
    """State what no machine can see, with an owner and an end; compare the evidence."""


@command.command("add")
@config_option
@click.option("--control", required=True, metavar="ITEM", help="What it is about, e.g. 17.03(2)(a).")
@click.option("--statement", required=True, metavar="TEXT", help="What is stated, in one line.")
@click.option("--owner", required=True, metavar="NAME", help="Who answers for it.")
@click.option("--date", "made", type=_DAY, help="The day it is made; today (UTC).")
@click.option("--expires", type=_DAY, help="The last day on which it holds; 365 days after it is made.")
@click.option("--evidence", type=click.Path(path_type=Path), metavar="FILE", help="The document; its hash is kept.")
def add(
    config_path: Path | None,
    control: str,
    statement: str,
    owner: str,
    made: datetime | None,
    expires: datetime | None,
    evidence: Path | None,
) -> int:
    """Add a line to the register of attestations.

    What the register holds is kept as it is; a register that is not there is made with its header.
    """
    path = _register(config_path)
    begin = made.date() if made else _today()
    end = expires.date() if expires else begin + timedelta(days=365)
    if end < begin:
        raise UsageError(f"--expires {end}: is before the attestation is made, {begin}")
    name, sha256 = hashed(path, evidence) if evidence else ("", "")
    if evidence and _cell("--evidence", name) != name:
        raise UsageError(
            f"--evidence {evidence}: begins or ends with a blank, which a register does not keep: rename it"
        )
    line = Attestation(
        control=_known(control),
        statement=_cell("--statement", statement),
        owner=_cell("--owner", owner),
        made=begin,
        expires=end,
        evidence=name,
        sha256=sha256,
    )
    add_line(path, line)
    click.echo(f"{path}: {line.control} is attested until {line.expires}.")
    return 0


@command.command("list")
@config_option
def list_(config_path: Path | None) -> int:
    """Show every attestation and how many days it is left."""
    register, _ = _facts(config_path)
    today = _today()
    for one in sorted(register.attestations, key=lambda one: (one.control, one.expires)):
        owner = printable(one.owner, 40) or "nobody"
        click.echo(f"{printable(one.control, 40):<16} {_left(one, today):<24} {owner}: {printable(one.statement, 200)}")
    if not register.attestations:
        click.echo("The register has no attestation.")
    _tell_faults(register)
    return 1 if register.faults else 0


@command.command("verify")
@config_option
def verify(config_path: Path | None) -> int:
    """Compare the evidence with its hashes, and look for what has ended.

    Of several attestations about an item the one that ends last counts. Exit status: 0 all is well, 3 evidence is altered or
    missing or an attestation does not hold, 1 something could not be read.
    """
    register, evidence = _facts(config_path)
    today = _today()
    bad = unseen = 0
    for control in dict.fromkeys(one.control for one in register.attestations):
        one = register.in_force(control, today)
        compared = evidence.compared(one) if one else Compared.NO_HASH
        bad += one is None or compared in {Compared.ALTERED, Compared.MISSING}
        unseen += compared is Compared.UNSEEN
        told = _told(one, compared, evidence) if one else _left(register.about(control)[0], today)
        click.echo(f"{printable(control, 40):<16} {told}")
    if not register.attestations:
        click.echo("The register has no attestation.")
    _tell_faults(register)
    if bad:
        return 3
    return 1 if unseen or register.faults else 0


def _told(one: Attestation, compared: Compared, evidence: EvidenceFiles) -> str:
    name = printable(one.evidence)
    match compared:
        case Compared.SAME:
            return f"{name}: unaltered"
        case Compared.ALTERED:
            return f"{name}: altered, its hash differs"
        case Compared.MISSING:
            return f"{name}: missing"
        case Compared.UNSEEN:
            return f"{name}: cannot be compared: {printable(evidence.why_unseen(one))}"
        case Compared.NO_HASH:
            return "holds; no hash to compare"


def _left(one: Attestation, today: date) -> str:
    if not one.owner:
        return "names no owner"
    if one.expires < today:
        return f"expired {one.expires}"
    if one.made > today:
        return f"begins {one.made}"
    days = (one.expires - today).days
    return f"{days} {'day' if days == 1 else 'days'} left"


def _tell_faults(register: Attestations) -> None:
    for fault in register.faults:
        click.echo(f"wispwatch: register attestations, {fault}", err=True)


def _today() -> date:
    """The scanner judges by UTC."""
    return datetime.now(UTC).date()


def _register(config_path: Path | None) -> Path:
    path = load(config_path).registers.attestations
    if path is None:
        raise ConfigError("no attestations register is configured: add registers.attestations to the configuration")
    return path


def _facts(config_path: Path | None) -> tuple[Attestations, EvidenceFiles]:
    """The register and its evidence; ``ConfigError`` where it cannot be read."""
    answers = Registers({"attestations": _register(config_path)}).read([*attestations.sources, *evidence_files.sources])
    register, evidence = attestations.outcome(answers), evidence_files.outcome(answers)
    for outcome in (register, evidence):
        if isinstance(outcome, Unread):
            raise ConfigError(outcome.reason)
    if not (isinstance(register, Attestations) and isinstance(evidence, EvidenceFiles)):
        raise ConfigError("the register of attestations cannot be read")
    return register, evidence


def _known(control: str) -> str:
    name = item(control)
    known = catalog.controls().get(name)
    if known is None or known.heading:
        raise UsageError(f"--control {control}: there is no such item; docs/coverage.md lists them")
    return name


def _cell(option: str, text: str) -> str:
    cell = text.strip()
    if not cell or not cell.isprintable():
        raise UsageError(f"{option}: must be one line of text")
    return cell
