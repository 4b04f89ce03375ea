"""What a file is, by its first bytes. Its name says nothing here.

The signatures are those of the formats' own specifications, as gathered in https://www.nationalarchives.gov.uk/PRONOM/.
"""

import math
import re
from collections import Counter
from enum import Enum, auto


class Family(Enum):
    """Which reader a file belongs to."""

    PLAIN = auto()
    RAW = auto()
    """Neither text nor a known format: its bytes as they stand."""
    WIDE = auto()
    PACKED = auto()
    TAR = auto()
    ZIP = auto()
    PDF = auto()
    RTF = auto()
    MAIL = auto()
    SQLITE = auto()
    OLE = auto()
    FOLDED = auto()
    """Calendars and cards of addresses, which break long lines."""
    EBCDIC = auto()
    IMAGE = auto()
    MEDIA = auto()
    PROGRAM = auto()
    ENCRYPTED = auto()
    NO_READER = auto()
    OPAQUE = auto()


_SIGNATURES: dict[bytes, Family] = {
    **dict.fromkeys((b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00", b"x\x01", b"x\x9c", b"x\xda"), Family.PACKED),
    **dict.fromkeys((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04", b"PK00PK\x03\x04"), Family.ZIP),
    b"%PDF-": Family.PDF,
    b"{\\rtf": Family.RTF,
    b"SQLite format 3\x00": Family.SQLITE,
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": Family.OLE,
    **dict.fromkeys((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff"), Family.WIDE),
    **dict.fromkeys(
        (
            *(b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"8BPS\x00"),
            *(b"\x00\x00\x01\x00", b"\x00\x00\x00\x0cjP", b"AT&TFORM", b"gimp xcf", b"\xd7\xcd\xc6\x9a"),
        ),
        Family.IMAGE,
    ),
    **dict.fromkeys(
        (b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"ID3", b"\x00\x00\x01\xba", b"FLV\x01", b"\x30\x26\xb2\x75"), Family.MEDIA
    ),
    **dict.fromkeys(
        (
            *(b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"),
            *(b"\x00asm", b"dex\n03", b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"BC\xc0\xde"),
            *(b"OTTO\x00", b"\x00\x01\x00\x00\x00", b"wOFF", b"wOF2", b"ttcf\x00", b"true\x00"),
        ),
        Family.PROGRAM,
    ),
    **dict.fromkeys(
        (
            *(b"LUKS\xba\xbe", b"Salted__", b"age-encryption.org/", b"-----BEGIN PGP MESSAGE", b"$ANSIBLE_VAULT;"),
            *(
                b"-----BEGIN AGE ENCRYPTED",
                b"\x03\xd9\xa2\x9a",
                b"\x85\x01\x0c\x03",
                b"\x85\x01\x8c\x03",
                b"\x85\x02\x0c\x03",
                b"\x84\x5e\x03",
                b"\x8c\x0d\x04",
                b"U2FsdGVkX1",
            ),
        ),
        Family.ENCRYPTED,
    ),
    **dict.fromkeys(
        (
            *(
                b"7z\xbc\xaf\x27\x1c",
                b"Rar!\x1a\x07",
                b"\x28\xb5\x2f\xfd",
                b"\x04\x22\x4d\x18",
                b"MSCF\x00",
                b"\x1f\x9d",
            ),
            *(
                b"!<arch>\n",
                b"\xed\xab\xee\xdb",
                b"070701",
                b"070702",
                b"070707",
                b"hsqs",
                b"QFI\xfb",
                b"LZIP",
                b"xar!",
            ),
            *(
                b"PAR1",
                b"ORC",
                b"ARROW1\x00\x00",
                b"Obj\x01",
                b"PACK\x00",
                b"\x89HDF\r\n",
                b"KDMV",
                b"conectix",
                b"\xff\x06\x00\x00sNaPpY",
            ),
            *(
                b"!BDN",
                b"ITSF",
                b"\x02!L\x18",
                b"mozLz40\x00",
                b"\xa3\x01",
                b"\xa3\x02",
                b"\xa3\x03",
                b"\x89LZO\x00\r\n",
                b"\x60\xea",
            ),
            *(b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83", b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"),
        ),
        Family.NO_READER,
    ),
}
"""PGP's binary packets are those of a message to an RSA key of 2048, 3072 or 4096 bits, to one of Curve25519, and of one under a
passphrase. The last of what has no reader are the write-ahead log and the journal of SQLite, whose rows have no columns."""
_UNREAD = frozenset((Family.IMAGE, Family.MEDIA, Family.PROGRAM, Family.NO_READER))
_LENGTHS = sorted({len(one) for one in _SIGNATURES}, reverse=True)
_FIRST = tuple(_SIGNATURES)
_MOST_FIELDS = 60
_LOOKED_AT = 8192
"""First bytes in which a text has no zero byte."""
_CONTROL = re.compile(rb"[\x00-\x07\x0e-\x19\x1c-\x1f]")
"""Bytes that no text has."""
_FIELD = re.compile(rb"([A-Za-z][A-Za-z0-9-]{0,40}):")
_OF_A_MESSAGE = frozenset(
    (b"received", b"return-path", b"delivered-to", b"mime-version", b"message-id", b"content-transfer-encoding")
)
"""Fields that only messages begin with: other texts begin with a name and a colon, too."""
_BEFORE = (b"\xef\xbb\xbf", *(bytes((one,)) for one in b" \t\r\n0123456789"))
_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]{0,1000}(?:\d{1,10} *\r?\n)?")
"""Apple's Mail keeps a message behind the number of its bytes."""
_MAILBOX = re.compile(rb"From [^\n]{1,300}\d\d:\d\d[^\n]{0,40}\n[A-Za-z0-9-]{1,60}:")
_PDF = re.compile(rb"%PDF-[12]\.[0-9]\s")
_PDF_BEGINS = 1024
"""Bytes within which readers look for it: printers and servers put theirs before (ISO 32000-1, annex H, note 13)."""
_FOLDED = re.compile(rb"BEGIN:V(?:CALENDAR|CARD)\s", re.IGNORECASE)
"""RFC 5545, 6350."""
_CPIO = re.compile(rb"07070[127][0-9A-Fa-f]{64}")
"""Its headers are digits throughout (cpio(5))."""
_RIFF = {b"WEBP": Family.IMAGE, b"WAVE": Family.MEDIA, b"AVI ": Family.MEDIA}
_STILL = (b"avif", b"heic", b"heix", b"mif1")
_CORE = 4
"""An ELF file of this type is what a process had in memory."""
_SAMPLE = 4096
_LEAST_SAMPLE = 512
_LEAST_COUNTED = 64
"""Bytes in which order can be seen."""
_MOST_OF = 0.92
_NEARLY = 0.15
"""Bits of entropy a byte, by which a sample may be less than random bytes are: programs and tables lack more than one, texts two."""


def family(head: bytes) -> Family:
    """Which reader reads what begins with these bytes (as many as there are, up to a few thousand)."""
    if head.startswith(_FIRST):
        signature = next(head[:length] for length in _LENGTHS if head[:length] in _SIGNATURES)
        found = _SIGNATURES[signature]
        # A word alone does not make a picture, where all that follows is text, too.
        if found not in _UNREAD or not signature.isascii() or _CONTROL.search(head, 0, _LOOKED_AT):
            return found
    by_beginning = _by_beginning(head)
    if by_beginning is not None:
        return by_beginning
    return _binary(head) if b"\0" in head[:_LOOKED_AT] else _textual(head)


def _by_beginning(head: bytes) -> Family | None:
    """Formats of lines, which may hold any bytes further on."""
    begin = beginning(head)
    if head[begin : begin + 1].isalpha() and _is_mail(head[begin:_LOOKED_AT]):
        return Family.MAIL
    if head.startswith(b"{\\rtf", begin):
        return Family.RTF
    if head.startswith((b"BEGIN", b"begin"), begin) and _FOLDED.match(head, begin):
        return Family.FOLDED
    return None


def _textual(head: bytes) -> Family:
    if head[257:262] == b"ustar":
        return Family.TAR
    if _CPIO.match(head):
        return Family.NO_READER
    # Text in an unknown one-byte character set has few bytes above 0x7f beside each other; packed bytes are half of them.
    return Family.PLAIN if head.isascii() else _without_signature(head, Family.PLAIN)


def _without_signature(head: bytes, otherwise: Family) -> Family:
    if _is_pdf(head):
        return Family.PDF
    if _is_ebcdic(head):
        return Family.EBCDIC
    return Family.OPAQUE if has_no_order(_sample(head)) else otherwise


def beginning(head: bytes) -> int:
    """Where a text begins that may have a mark, blank lines or the number of its bytes before it."""
    found = _BEGINNING.match(head) if head.startswith(_BEFORE) else None
    return found.end() if found else 0


def _is_tar(head: bytes) -> bool:
    """Whether it has the mark of POSIX or, as older ones have it alone, the sum of the bytes of its header."""
    if head[257:262] == b"ustar":
        return True
    field = head[148:156].strip(b" \0")
    if len(head) < 512 or not 3 < len(field) < 8 or field.strip(b"01234567"):
        return False
    return sum(head[:148]) + sum(head[156:512]) + 8 * 32 == int(field, 8)


def _is_pdf(head: bytes) -> bool:
    """Whether a PDF begins behind something else; a text that tells of one has nothing packed in it."""
    return _PDF.search(head, 0, _PDF_BEGINS) is not None and b" 0 obj" in head and not head.isascii()


def _is_mail(head: bytes) -> bool:
    if head.startswith(b"From "):
        return _MAILBOX.match(head) is not None
    for line in head.split(b"\n", _MOST_FIELDS)[:_MOST_FIELDS]:
        if line.startswith((b" ", b"\t")):
            continue
        field = _FIELD.match(line)
        if field is None:
            return False
        if field[1].lower() in _OF_A_MESSAGE:
            return True
    return False


def _binary(head: bytes) -> Family:
    if _is_tar(head):
        return Family.TAR
    if _is_wide(head):
        return Family.WIDE
    if _is_unread(head):
        return Family.NO_READER
    if head.startswith(b"\x7fELF"):
        order = "big" if head[5:6] == b"\x02" else "little"
        return Family.RAW if int.from_bytes(head[16:18], order) == _CORE else Family.PROGRAM  # type: ignore[arg-type]
    if head.startswith(b"MZ") or (head[2:4] == b"\r\n" and head[4:8] in {bytes(4), b"\1\0\0\0", b"\3\0\0\0"}):
        return Family.PROGRAM  # the latter is Python's byte code
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], Family.RAW)
    if head[4:8] == b"ftyp":
        return Family.IMAGE if head[8:12] in _STILL else Family.MEDIA
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return Family.IMAGE
    if head[:2] in {b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"}:
        return Family.MEDIA
    if head.startswith(b"]\0\0"):
        return Family.PACKED  # LZMA alone
    return _without_signature(head, Family.RAW)


def _is_unread(head: bytes) -> bool:
    """cpio, LHA, ACE; Zstandard and LZ4 behind a frame that is skipped."""
    if _CPIO.match(head) or (head[2:5] == b"-lh" and head[6:7] == b"-") or head[7:14] == b"**ACE**":
        return True
    return head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] < 0x60


def _is_wide(head: bytes) -> bool:
    """Whether it is UTF-16 or UTF-32 without a mark: of Western text, one byte of a character is mostly zero."""
    sample = head[:_SAMPLE]
    sample = sample[: len(sample) & ~3]
    if len(sample) < 8:
        return False
    zeros = [sample[at::4].count(0) for at in range(4)]
    each = len(sample) // 4
    low, high = each // 20, each * 7 // 10
    little = zeros[1] >= high and zeros[3] >= high and zeros[0] <= low
    big = zeros[0] >= high and zeros[2] >= high and zeros[3] <= low
    # Other control characters are only halves of characters that are not Western; in tables of numbers, they are many.
    return (little or big) and len(sample.translate(None, _OF_TEXT)) * 20 <= len(sample)


_OF_TEXT = bytes(one for one in range(256) if one >= 32 or one in b"\0\t\n\v\f\r\x1b")


_EBCDIC = bytes(
    one for one in range(256) if one in b"\x05\x0d\x15\x25" or "\x20" <= bytes((one,)).decode("cp037") < "\x7f"
)


def _is_ebcdic(head: bytes) -> bool:
    """Whether it is text of a mainframe: much of it blanks, which are 0x40 there, most of it letters and digits, above 0x7f."""
    sample = head[:_SAMPLE]
    if len(sample) < 16 or sample.count(b"\x40") * 25 < len(sample):
        return False
    return len(sample.translate(None, _EBCDIC)) * 20 <= len(sample) and len(sample.translate(None, _ASCII)) * 3 >= len(
        sample
    )


_ASCII = bytes(range(0x80))


def _sample(head: bytes) -> bytes:
    """What stands behind a header."""
    return head if len(head) < 2 * _LEAST_SAMPLE else head[len(head) // 4 :][:_SAMPLE]


def has_no_order(sample: bytes) -> bool:
    """Whether these bytes, a few thousand at most, are packed or encrypted, or random."""
    count = len(sample)
    if count < _LEAST_COUNTED or sample.isascii():
        return False
    if count < _LEAST_SAMPLE:
        # So many of the 256 are there on average where each byte is drawn by chance; texts and tables have far fewer.
        return len(set(sample)) > _MOST_OF * 256 * (1 - (255 / 256) ** count)
    entropy = math.log2(count) - sum(one * math.log2(one) for one in Counter(sample).values()) / count
    # Of a finite sample, the entropy falls short of its source's by about (256 - 1) / 2n nats (Miller, 1955).
    return entropy > 8 - 255 / (2 * count * math.log(2)) - _NEARLY
