"""A folder of an office: some files hold made-up personal information, some hold none, one cannot be examined."""

import gzip
import zipfile
from pathlib import Path

from agent.discovery.children import Wanted
from tests.discovery.numbers import ANOTHER, CARD, SOCIAL_SECURITY

FILES = 5


def office(folder: Path) -> Path:
    """Make it."""
    (folder / "clients").mkdir(parents=True)
    (folder / "clients/list.csv").write_text(f"name,ssn\nAnn Smith,{SOCIAL_SECURITY}\nBo Jones,{ANOTHER}\n")
    (folder / "clients/list.csv.gz").write_bytes(gzip.compress(f"SSN {SOCIAL_SECURITY} of Ann Smith".encode()))
    with zipfile.ZipFile(folder / "clients/all.zip", "w") as archive:
        archive.writestr("deep/card.txt", f"Ann Smith's credit card is {CARD}, until 12/30\n")
    (folder / "notes.txt").write_text("Call Ann at 617-555-0123 about order 512438876, and ask her how she is.\n")
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return folder


def wanted(path: Path) -> Wanted:
    """A file that a process is to examine."""
    status = path.stat()
    return Wanted(str(path), status.st_dev, status.st_ino, status.st_size)


def large(folder: Path) -> Wanted:
    """A file that takes a while: 400 MB."""
    path = folder / "large.txt"
    with path.open("wb") as file:
        for _ in range(400):
            file.write(b"an ordinary line of words, of which there are many\n" * 20_000)
    return wanted(path)
