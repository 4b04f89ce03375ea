"""What is said to a listener to learn whether it still speaks an old version: bytes of our own.

OpenSSL 3 cannot offer SSL 3 and hides TLS 1.0 and 1.1 behind a security level that differs between distributions, so a
client of the target's cannot tell what the target's servers offer. A ClientHello is forty numbers; this one offers all that
was common in its time, so that a refusal is about the version.
"""

VERSIONS = {"0302": "TLSv1.1", "0301": "TLSv1", "0300": "SSLv3"}
"""In the order they are asked: a server answers a hello with the highest version it has at or below that of the hello, so
the first settles whether there is any, and each further one what is below."""

_CIPHERS = (
    "c009 c00a c013 c014 c007 c011 c008 c012 0033 0039 0016 0032 0038 0013 0045 0088 009a 0044 0087 0099 "
    "002f 0035 000a 0005 0004 0041 0084 0096 0007 c004 c005 c00e c00f c003 c00d "
    "0009 0015 0012 0003 0006 0008 0014 0011 0034 003a 0018 001b c018 c019 c017 0001 0002 00ff"
)
_EXTENSIONS = bytes.fromhex("000a000a0008001d001700180019000b00020100")
"""Which curves (x25519, the three of NIST) and forms of their points; without them no key on a curve is offered."""


def _sized(size: int, body: bytes) -> bytes:
    return len(body).to_bytes(size, "big") + body


def hello(version: str) -> str:
    """A ClientHello of this version (RFC 2246, 7.4.1.2), in one record, in hexadecimal digits."""
    random = b"wispwatch asks which versions..."
    body = bytes.fromhex(version) + random + _sized(1, b"") + _sized(2, bytes.fromhex(_CIPHERS)) + _sized(1, b"\0")
    if version != "0300":
        body += _sized(2, _EXTENSIONS)
    record = bytes.fromhex("0300" if version == "0300" else "0301")
    return (b"\x16" + record + _sized(2, b"\x01" + _sized(3, body))).hex()


_LDAP = "301d02010177188016312e332e362e312e342e312e313436362e3230303337"
_POSTGRES = "0000000804d2162f"
_MYSQL = "20000001" + "00080200" + "00000001" + "21" + "00" * 23
_HAS_SSL = "".join(f"\\x{byte:02x}" for byte in range(256) if byte & 0x08)
_GREETING = r"\A...\x00\x0a[^\x00]*\x00.{14}"
STARTTLS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "smtp": (
        (r"\A(?:220-[^\n]*\n)*220 [^\n]*\n", r"\A[45]\d\d", b"EHLO localhost\r\n".hex()),
        (r"(?:\A|\n)250 [^\n]*\n", r"(?:\A|\n)[45]\d\d ", b"STARTTLS\r\n".hex()),
        (r"\A220[ \r]", r"\A[45]\d\d", ""),
    ),
    "imap": (
        (r"\A\* OK[^\n]*\n", r"\A\* BYE", b"a STARTTLS\r\n".hex()),
        (r"(?:\A|\n)a OK", r"(?:\A|\n)a (?:NO|BAD)", ""),
    ),
    "pop3": ((r"\A\+OK[^\n]*\n", r"\A-ERR", b"STLS\r\n".hex()), (r"\A\+OK", r"\A-ERR", "")),
    "ftp": ((r"(?:\A|\n)220 [^\n]*\n", r"\A[45]\d\d", b"AUTH TLS\r\n".hex()), (r"\A234", r"\A[45]\d\d", "")),
    "ldap": (
        ("", "", _LDAP),
        (r"\A\x30.{1,5}\x02\x01\x01\x78.{1,5}\x0a\x01\x00", r"\A\x30.{1,5}\x02\x01\x01\x78.{1,5}\x0a\x01[^\x00]", ""),
    ),
    "postgres": (("", "", _POSTGRES), (r"\AS", r"\A[NE]", "")),
    "mysql": ((rf"{_GREETING}[{_HAS_SSL}]", rf"{_GREETING}[^{_HAS_SSL}]", _MYSQL),),
}
"""For each kind of greeting the steps before the hello: what must have come, what refuses, what is then sent (hexadecimal).
A first step that waits for nothing is sent at once; the hello comes behind the last. The patterns mean the same
in Perl and in Python.
"""


def steps() -> str:
    """The table as the programs take it: ``KIND TAB YES TAB NO TAB SEND TAB YES ...``, one kind a line."""
    rows = ("\t".join((kind, *(part for step in several for part in step))) for kind, several in STARTTLS.items())
    return "\n".join(rows)
