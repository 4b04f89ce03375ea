"""A line for the register of attestations: what was there stays byte for byte, and the new line must be understood."""

import contextlib
import csv
import fcntl
import io
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from agent.errors import OutputError, UsageError
from agent.whole_files import write_whole
from collectors.organization.attestations import COLUMNS, Attestation, Attestations, attestations
from collectors.organization.evidence import evidence_files
from collectors.organization.rows import header
from collectors.sources import Digests
from collectors.transports.registers import YAML, digest


def add(path: Path, made: Attestation) -> None:
    """Append a line to the register; one that is not there is made with its header. ``UsageError`` where the register
    cannot take the line, ``OutputError`` where it cannot be written; it is then untouched.
    """
    with _alone(path):
        before, content = _read(path)
        after = _with_entry(path, content, made) if path.suffix.lower() in YAML else _with_line(path, content, made)
        _write(path, after, before)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep a second ``attest add`` waiting, which would otherwise write what it read before ours was there."""
    try:
        folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as fault:
        raise OutputError(f"{path}: {fault.strerror}") from fault
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _with_line(path: Path, content: bytes, made: Attestation) -> bytes:
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
    return content


def _with_entry(path: Path, content: bytes, made: Attestation) -> bytes:
    from collectors.transports.yaml_register import YamlRegisterError, as_csv  # noqa: PLC0415 - only YAML pays for it

    text = content.decode("utf-8-sig")
    cells = [(name, cell) for name, cell in _cells(made).items() if cell]
    entry = "\n".join(
        f"{'- ' if not place else '  '}{name}: {json.dumps(cell)}" for place, (name, cell) in enumerate(cells)
    )
    after = content + (("" if not text or text.endswith("\n") else "\n") + entry + "\n").encode()
    empty = ",".join(COLUMNS) + "\n"
    try:
        told = [attestations.parse(as_csv(one) or empty) for one in (text, after.decode("utf-8-sig"))]
    except YamlRegisterError as fault:
        raise UsageError(
            f"{path}: a new entry would not be understood; add it by hand, or mend it first: {fault}"
        ) from fault
    _must_be_understood(path, told[0], told[1], made)
    return after


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
