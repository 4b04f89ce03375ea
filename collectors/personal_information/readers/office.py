"""Documents that are zip archives of XML: ECMA-376 (docx, pptx, xlsx) and ISO/IEC 26300 (odt, odp, ods)."""

import re
from collections.abc import Iterator, Sequence

from collectors.personal_information.limits import CutError, OverError
from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.markup import stripped
from collectors.personal_information.readers.members import Members
from collectors.personal_information.readers.packed import FAULTS
from collectors.personal_information.readers.zip_directory import Entry

_SAYS_NOTHING = re.compile(
    r"(?:.*/)?(?:stylesWithEffects|settings|webSettings|fontTable|numbering|presProps|viewProps|tableStyles|manifest|layout\d*)"
    r"\.xml|word/styles\.xml|(?:.*/)?theme/[^/]*\.xml|\[Content_Types\]\.xml|.*\.rels"
    r"|mimetype|META-INF/[^/]*\.xml|(?:.*/)?Thumbnails/thumbnail\.png|(?:.*/)?Configurations2/.*\.xml|docProps/thumbnail\..*"
)
"""Members that every document has, and that say how it looks. Those of an OpenDocument's styles hold its headers and footers."""


def is_document(names: Sequence[str]) -> bool:
    """Whether the members of an archive are those of a document."""
    found = set(names)
    return bool(found & {"word/document.xml", "ppt/presentation.xml"}) or found >= {"mimetype", "content.xml"}


def document(members: Members) -> Iterator[Piece]:
    """All text as that of the file itself, in the order of its parts; what is embedded, as members."""
    if any("encryption-data" in text for text in _manifest(members)):
        raise CutError(Why.ENCRYPTED)
    others: list[Entry] = []
    for entry in members.entries:
        if _SAYS_NOTHING.fullmatch(entry.name):
            continue
        if not entry.name.endswith((".xml", ".vml")):
            others.append(entry)
            continue
        try:
            for text in stripped(entry.name, members.counted(entry)):
                yield Text(members.part.member, text)
        except OverError:
            raise
        except (CutError, *FAULTS) as fault:  # the other parts can be read all the same
            yield Unexamined(members.part.member, fault.why if isinstance(fault, CutError) else Why.DAMAGED)
        yield Text(members.part.member, b"\n")
    for entry in others:
        yield from members.inside(entry)


def _manifest(members: Members) -> Iterator[str]:
    """The beginning of the list of members of an OpenDocument, which tells which are encrypted."""
    for entry in members.entries:
        if entry.name == "META-INF/manifest.xml":
            yield members.counted(entry).read(1 << 20).decode("utf-8", "replace")
