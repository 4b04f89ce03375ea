"""PDF (ISO 32000), through PDFium where pypdfium2 is installed: https://pypi.org/project/pypdfium2/.

PDFium is a program in C++ of a browser: a hostile file may end the process, take its memory or its time between two pages.
"""

import ctypes
import importlib
import io
from collections.abc import Iterator
from typing import Any

from collectors.personal_information.limits import CutError
from collectors.personal_information.pieces import Piece, Text, Unexamined, Why
from collectors.personal_information.readers.part import Part

_LONGEST_VALUE = 64 << 10
"""Bytes of the value of a form field or of a note."""
_MOST_NOTES = 5000
"""Form fields and notes of one page."""


def pdf(part: Part) -> Iterator[Piece]:
    """The text of the pages, each followed by a form feed, with what stands in form fields and notes; attachments as members. Where
    pages without text show something, or no page has any, that is told as an image.
    """
    pdfium, raw = _library()
    file = part.whole()
    try:
        document = pdfium.PdfDocument(file)
    except pdfium.PdfiumError as fault:
        is_encrypted = getattr(fault, "err_code", None) == raw.FPDF_ERR_PASSWORD
        raise CutError(Why.ENCRYPTED if is_encrypted else Why.DAMAGED) from fault
    try:
        yield from _pages(part, document, pdfium, raw)
        yield from _attachments(part, document, raw)
    finally:
        document.close()


def _library() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pypdfium2"), importlib.import_module("pypdfium2.raw")
    except ImportError as fault:
        raise CutError(Why.NO_READER) from fault


def _pages(part: Part, document: Any, pdfium: Any, raw: Any) -> Iterator[Piece]:
    is_drawn = is_broken = is_written = False
    for number in range(len(document)):
        part.budget.check()
        try:
            page = document[number]
        except pdfium.PdfiumError:
            is_broken = True
            continue
        try:
            text = _text(page)
            is_drawn = is_drawn or (not text.strip() and raw.FPDFPage_CountObjects(page) > 0)
            is_written = is_written or bool(text.strip())
            data = "\n".join([text, *_notes(page, raw), "\f"]).encode("utf-8", "replace")
        except pdfium.PdfiumError:
            is_broken = True
            continue
        finally:
            page.close()
        part.budget.unpacked(len(data))
        yield Text(part.member, data)
    if is_drawn or not is_written:
        yield Unexamined(part.member, Why.IMAGE)
    if is_broken:
        yield Unexamined(part.member, Why.DAMAGED)


def _text(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_range())
    finally:
        text_page.close()


def _notes(page: Any, raw: Any) -> Iterator[str]:
    """The values of the form fields and the notes of a page: both are annotations (12.5.6.4, 12.7.4)."""
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        note = raw.FPDFPage_GetAnnot(page, number)
        if not note:
            continue
        try:
            for key in (b"T", b"V", b"Contents"):
                value = _value(note, key, raw)
                if value:
                    yield value
        finally:
            raw.FPDFPage_CloseAnnot(note)


def _value(note: Any, key: bytes, raw: Any) -> str:
    length = int(raw.FPDFAnnot_GetStringValue(note, key, None, 0))
    if not 2 < length <= _LONGEST_VALUE:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFAnnot_GetStringValue(note, key, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), length)
    return buffer.raw[:-2].decode("utf-16-le", "replace")


def _attachments(part: Part, document: Any, raw: Any) -> Iterator[Piece]:
    for number in range(raw.FPDFDoc_GetAttachmentCount(document)):
        attachment = raw.FPDFDoc_GetAttachment(document, number)
        size = ctypes.c_ulong()
        if not attachment or not raw.FPDFAttachment_GetFile(attachment, None, 0, size):
            yield Unexamined(part.told(f"attachment {number + 1}"), Why.DAMAGED)
        elif size.value > part.budget.limits.held:
            yield Unexamined(part.told(f"attachment {number + 1}"), Why.TOO_LARGE)
        else:
            buffer = ctypes.create_string_buffer(size.value)
            raw.FPDFAttachment_GetFile(attachment, buffer, size.value, size)
            yield from part.inside(f"attachment {number + 1}", io.BytesIO(buffer.raw[: size.value]))
