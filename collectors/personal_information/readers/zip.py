"""Zip archives, and the documents that are some."""

from collections.abc import Iterator

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Piece, Unexamined, Why
from collectors.personal_information.readers.members import Members
from collectors.personal_information.readers.office import document, is_document
from collectors.personal_information.readers.part import Part
from collectors.personal_information.readers.workbook import is_workbook, workbook
from collectors.personal_information.readers.zip_directory import Entry, begins_with_another, entries


def zipped(part: Part) -> Iterator[Piece]:
    """The members of an archive, or the text of the document that it is."""
    file = part.whole()
    found: list[Entry] = []
    why: Why | None = None
    try:
        for entry in entries(file):
            if len(found) >= part.budget.limits.members:
                why = Why.TOO_MANY
                break
            found.append(entry)
    except CutError as cut:
        why = cut.why
    members = Members(part, file, tuple(found))
    names = [one.name for one in found]
    if is_workbook(names):
        yield from workbook(members)
    elif is_document(names):
        yield from document(members)
    else:
        for entry in found:
            yield from members.inside(entry)
    if "xl/workbook.bin" in names or any(name.endswith(".iwa") for name in names):
        yield Unexamined(part.member, Why.NO_READER)  # its strings were read, its numbers were not
    if begins_with_another(file):
        yield Unexamined(part.member, Why.DAMAGED)
    if why is not None:
        yield Unexamined(part.member, why)
