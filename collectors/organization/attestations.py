"""What the organization states about itself where no machine can look: dated, with an owner and an end."""

import re
from dataclasses import dataclass
from datetime import date

from collectors.collector import Fact, Platform, collector
from collectors.organization.rows import Fault, Row, RowError, rows
from collectors.sources import Register

COLUMNS = {
    "control": ("control", "control_id", "item", "element"),
    "statement": ("statement", "attestation", "text"),
    "owner": ("owner", "attested_by", "responsible", "by"),
    "date": ("date", "attested_on", "signed", "signed_on"),
    "expires": ("expires", "expires_on", "expiry", "valid_until", "until"),
    "evidence": ("evidence", "document", "file", "path"),
    "sha256": ("sha256", "hash"),
}
"""The columns of the register, in the order of a new one, and the other names that each may have."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Attestation:
    """One statement about one item of a regulation."""

    control: str
    """The id of the item, as the catalogue writes it: ``17.03(2)(a)``."""
    statement: str
    owner: str
    """Who answers for it; empty where the register names no one."""
    made: date
    """The day on which it was made."""
    expires: date
    """The last day on which it holds."""
    evidence: str = ""
    """Where the document is that it rests on; a file is named from the folder of the register on."""
    sha256: str = ""
    """Of that document, in lower-case hexadecimal."""

    def holds_on(self, day: date) -> bool:
        """Whether it had been made by that day and had not ended."""
        return self.made <= day <= self.expires


@dataclass(frozen=True)
class Attestations(Fact):
    """The register of attestations."""

    attestations: tuple[Attestation, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Lines that were not understood; ``about`` is the control."""

    def about(self, control: str) -> tuple[Attestation, ...]:
        """Those about one item, the one that ends last first."""
        found = (one for one in self.attestations if one.control == control)
        return tuple(sorted(found, key=lambda one: one.expires, reverse=True))

    def in_force(self, control: str, day: date) -> Attestation | None:
        """The one about an item that counts on a day: it holds, has an owner, and ends last of these."""
        return next((one for one in self.about(control) if one.owner and one.holds_on(day)), None)

    def cloud(self, control: str) -> Fault | None:
        """The first line that was not understood and is, or may be, about an item."""
        return next((one for one in self.faults if not one.about or item(one.about) == control), None)


@collector(Register("attestations"), platform=Platform.ORGANIZATION)
def attestations(text: str) -> Attestations:
    """Columns ``control``, ``statement``, ``owner``, ``date``, ``expires`` (YYYY-MM-DD), and where there is a document,
    ``evidence`` (its path) and ``sha256``.
    """
    table = rows(text, COLUMNS, ("control", "statement", "owner", "date", "expires"))
    made, faults = table.understood(_attestation, "control")
    return Attestations(made, faults)


def item(written: str) -> str:
    """The id of an item as the catalogue writes it, from ``201 CMR 17.03(2)(a)`` or ``965 CMR 3.04(1)(c)`` as well."""
    compact = re.sub(r"[\s§]+", "", written)
    return re.sub(r"(?i)^965CMR-?", "965-", re.sub(r"(?i)^201CMR", "", compact))


def _attestation(row: Row) -> Attestation:
    made, expires = row.needed_day("date"), row.needed_day("expires")
    if expires < made:
        raise RowError("expires is before date: mend one of them")
    sha256 = row.cells.get("sha256", "").casefold()
    if sha256 and not _SHA256.fullmatch(sha256):
        raise RowError("sha256 is no SHA-256: write 64 hexadecimal digits, as sha256sum prints them")
    return Attestation(
        control=item(row.needed("control")),
        statement=row.needed("statement"),
        owner=row.cells["owner"],
        made=made,
        expires=expires,
        evidence=row.cells.get("evidence", ""),
        sha256=sha256,
    )
