"""A line for the register of attestations: what was there stays byte for byte, and the new line must be understood."""

import contextlib
import csv
import io
import os
import stat
from pathlib import Path

from agent.errors import OutputError, UsageError
from agent.whole_files import write_whole
from collectors.organization.attestations import COLUMNS, Attestation, Attestations, attestations
from collectors.organization.evidence import evidence_files
from collectors.organization.rows import header
from collectors.sources import Digests
from collectors.transports.registers import digest


def add(path: Path, made: Attestation) -> None:
    """Append a line to the register; one that is not there is made with its header. ``UsageError`` where the register
    cannot take the line, ``OutputError`` where it cannot be written; it is then untouched.
    """
    before, content = _read(path)
    text = content.decode("utf-8-sig")
    if not text.strip():
        content += ("" if not text or text.endswith("\n") else "\n").encode() + (",".join(COLUMNS) + "\n").encode()
        text = content.decode("utf-8-sig")
    delimiter, columns = header(text, COLUMNS)
    cells = _cells(made)
    if homeless := [name for name, cell in cells.items() if cell and name not in columns]:
        raise UsageError(f"{path}: has no column {', '.join(homeless)}: add it to the header")
    newline = "\r\n" if "\r\n" in text else "\n"
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator=newline).writerow([cells.get(name, "") for name in columns])
    content += (("" if text.endswith("\n") else newline) + line.getvalue()).encode()
    _must_be_understood(path, attestations.parse(text), attestations.parse(content.decode("utf-8-sig")), made)
    _write(path, content, before)


def hashed(register: Path, document: Path) -> tuple[str, str]:
    """How the register names a document, and its SHA-256. ``UsageError`` where a scan could not compare it."""
    source = next(one for one in evidence_files.sources if isinstance(one, Digests))
    folder = register.parent.resolve()
    place = document.resolve()
    if not place.is_relative_to(folder):
        raise UsageError(f"--evidence {document}: must lie below {folder}, where scans compare it: put it there")
    name = place.relative_to(folder).as_posix()
    told, _ = digest(folder, name, source.limit)
    if not told.startswith("sha256 "):
        why = "there is no such file" if told == "absent" else told.removeprefix("unread ")
        raise UsageError(f"--evidence {document}: {why}")
    return name, told.removeprefix("sha256 ")


def _cells(made: Attestation) -> dict[str, str]:
    return {
        "control": made.control,
        "statement": made.statement,
        "owner": made.owner,
        "date": made.made.isoformat(),
        "expires": made.expires.isoformat(),
        "evidence": made.evidence,
        "sha256": made.sha256,
    }


def _read(path: Path) -> tuple[os.stat_result | None, bytes]:
    """What the register is and holds; nothing where it is not there."""
    try:
        if not path.exists():
            return None, b""
        if not path.is_file():
            raise UsageError(f"{path}: is not a regular file")
        content = path.read_bytes()
        content.decode("utf-8-sig")
        return path.stat(), content
    except OSError as fault:
        raise UsageError(f"{path}: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise UsageError(f"{path}: is not UTF-8 text (byte {fault.start}): save it as UTF-8") from fault


def _must_be_understood(path: Path, before: Attestations, after: Attestations, made: Attestation) -> None:
    if after.faults == before.faults and after.attestations == (*before.attestations, made):
        return
    fault = next((one for one in after.faults if one not in before.faults), next(iter(before.faults), ""))
    raise UsageError(f"{path}: a new line would not be understood; mend it first: {fault}")


def _write(path: Path, content: bytes, before: os.stat_result | None) -> None:
    try:
        write_whole(path, content, stat.S_IMODE(before.st_mode) if before else 0o644)
        if before:
            with contextlib.suppress(PermissionError):  # an ordinary user owns what they write
                os.chown(path, before.st_uid, before.st_gid)
    except OSError as fault:
        raise OutputError(f"{path}: {fault.strerror}; what was there is untouched") from fault
