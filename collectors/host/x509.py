"""What a certificate says of itself, out of its DER (X.690, RFC 5280)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import NamedTuple

_SEQUENCE, _SET, _INTEGER, _OID, _BITS, _OCTETS = 0x30, 0x31, 0x02, 0x06, 0x03, 0x04
_UTC_TIME, _TIME = 0x17, 0x18
_VERSION, _EXTENSIONS = 0xA0, 0xA3
_DNS_NAME, _ADDRESS = 0x82, 0x87
_TEXTS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}

_COMMON_NAME = "2.5.4.3"
_ALTERNATIVE_NAMES = "2.5.29.17"
_RSA = ("1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10")
_EC = "1.2.840.10045.2.1"
_DSA = "1.2.840.10040.4.1"
_EDWARDS = {"1.3.101.112": ("Ed25519", 256), "1.3.101.113": ("Ed448", 456)}
_CURVES = {
    "1.2.840.10045.3.1.1": 192,
    "1.2.840.10045.3.1.7": 256,
    "1.3.132.0.33": 224,
    "1.3.132.0.10": 256,
    "1.3.132.0.34": 384,
    "1.3.132.0.35": 521,
    "1.3.36.3.3.2.8.1.1.7": 256,
    "1.3.36.3.3.2.8.1.1.11": 384,
    "1.3.36.3.3.2.8.1.1.13": 512,
}
_PSS = "1.2.840.113549.1.1.10"
_DIGESTS = {"1.3.14.3.2.26": "SHA1", "2.16.840.1.101.3.4.2.1": "SHA256"} | {
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
}
_SIGNATURES = {
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA1",
    "1.3.14.3.2.29": "SHA1",
    "1.2.840.113549.1.1.14": "SHA224",
    "1.2.840.113549.1.1.11": "SHA256",
    "1.2.840.113549.1.1.12": "SHA384",
    "1.2.840.113549.1.1.13": "SHA512",
    "1.2.840.10040.4.3": "SHA1",
    "2.16.840.1.101.3.4.3.2": "SHA256",
    "1.2.840.10045.4.1": "SHA1",
    "1.2.840.10045.4.3.1": "SHA224",
    "1.2.840.10045.4.3.2": "SHA256",
    "1.2.840.10045.4.3.3": "SHA384",
    "1.2.840.10045.4.3.4": "SHA512",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate."""

    subject: str
    """Its common name; the first alternative name where it has none."""
    issuer: str
    """The common name of who signed it."""
    not_before: datetime
    not_after: datetime
    key: str = "RSA"
    """``RSA``, ``EC``, ``DSA``, ``Ed25519``, ``Ed448``, or the object identifier of another kind."""
    bits: int = 0
    """Size of the key; 0 where the kind or the curve is not known."""
    digest: str = ""
    """What the signature is made over (``SHA256``, ``SHA1``), or the object identifier of a scheme that is not known."""
    names: tuple[str, ...] = ()
    """Alternative names: of hosts, and addresses."""
    self_issued: bool = False
    """Whether subject and issuer are the same, as in one that signed itself."""


class _Value(NamedTuple):
    """One element: its tag, what it holds, and all of it with the tag."""

    tag: int
    held: bytes
    whole: bytes


def _values(der: bytes) -> list[_Value]:
    """Every element of a concatenation; ``ValueError`` where one is cut off."""
    found = []
    while der:
        tag, size, at = der[0], der[1] if len(der) > 1 else -1, 2
        if size > 0x80:
            at = 2 + (size & 0x7F)
            size = int.from_bytes(der[2:at], "big")
        elif size == 0x80:
            size = -1
        if size < 0 or len(der) < at + size or at > 6:
            raise ValueError("DER that is cut off")
        found.append(_Value(tag, der[at : at + size], der[: at + size]))
        der = der[at + size :]
    return found


def _of(value: _Value, tag: int) -> list[_Value]:
    """The elements within one of this kind."""
    if value.tag != tag:
        raise ValueError("another element of DER than expected")
    return _values(value.held)


def _oid(value: _Value) -> str:
    if value.tag != _OID or not value.held:
        raise ValueError("no object identifier")
    numbers, number = [], 0
    for byte in value.held:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _time(value: _Value) -> datetime:
    if value.tag not in (_UTC_TIME, _TIME):
        raise ValueError("no time")
    text = value.held.decode("ascii")
    if value.tag == _UTC_TIME:
        text = ("20" if int(text[:2]) < 50 else "19") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _text(value: _Value) -> str:
    return value.held.decode(_TEXTS.get(value.tag, "latin-1"))


def _common_name(name: _Value) -> str:
    """The last common name of a distinguished name, as the most particular."""
    found = ""
    for part in _of(name, _SEQUENCE):
        for pair in _of(part, _SET):
            kind, value = _of(pair, _SEQUENCE)
            if _oid(kind) == _COMMON_NAME:
                found = _text(value)
    return found


def _key(info: _Value) -> tuple[str, int]:
    algorithm, key = _of(info, _SEQUENCE)
    kind, *parameters = _of(algorithm, _SEQUENCE)
    oid = _oid(kind)
    if oid in _RSA:
        modulus = _of(_values(key.held[1:])[0], _SEQUENCE)[0]
        return "RSA", int.from_bytes(modulus.held, "big").bit_length()
    if oid == _EC:
        return "EC", _CURVES.get(_oid(parameters[0]), 0) if parameters and parameters[0].tag == _OID else 0
    if oid == _DSA and parameters:
        return "DSA", int.from_bytes(_of(parameters[0], _SEQUENCE)[0].held, "big").bit_length()
    return _EDWARDS.get(oid, (oid, 0))


def _digest(algorithm: _Value) -> str:
    kind, *parameters = _of(algorithm, _SEQUENCE)
    oid = _oid(kind)
    if oid != _PSS:
        return _SIGNATURES.get(oid, oid)
    # RSASSA-PSS-params (RFC 4055): the digest stands behind the tag [0]; where it is not said, it is SHA-1.
    for one in _of(parameters[0], _SEQUENCE) if parameters else ():
        if one.tag == 0xA0:
            digest = _oid(_of(_values(one.held)[0], _SEQUENCE)[0])
            return _DIGESTS.get(digest, digest)
    return "SHA1"


def _names(extensions: _Value) -> tuple[str, ...]:
    for extension in _of(_values(extensions.held)[0], _SEQUENCE):
        kind, *_, value = _of(extension, _SEQUENCE)
        if _oid(kind) == _ALTERNATIVE_NAMES and value.tag == _OCTETS:
            held = _of(_values(value.held)[0], _SEQUENCE)
            return tuple(
                str(ip_address(one.held)) if one.tag == _ADDRESS else one.held.decode("ascii")
                for one in held
                if one.tag in (_DNS_NAME, _ADDRESS)
            )
    return ()


def certificate(der: bytes) -> Certificate:
    """Read a certificate; ``ValueError`` where it is none."""
    try:
        return _certificate(der)
    except (IndexError, OverflowError) as fault:
        raise ValueError("no certificate") from fault


def _certificate(der: bytes) -> Certificate:
    (outer,) = _values(der)
    signed, algorithm, _ = _of(outer, _SEQUENCE)
    fields = _of(signed, _SEQUENCE)
    if fields[0].tag == _VERSION:
        fields = fields[1:]
    _, _, issuer, validity, subject, info, *rest = fields
    begins, ends = (_time(one) for one in _of(validity, _SEQUENCE))
    names = next((_names(one) for one in rest if one.tag == _EXTENSIONS), ())
    key, bits = _key(info)
    return Certificate(
        subject=_common_name(subject) or (names[0] if names else ""),
        issuer=_common_name(issuer),
        not_before=begins,
        not_after=ends,
        key=key,
        bits=bits,
        digest=_digest(algorithm),
        names=names,
        self_issued=subject.whole == issuer.whole,
    )
