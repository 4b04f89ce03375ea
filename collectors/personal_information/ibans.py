"""International bank account numbers (ISO 13616): a country, two check digits, and as much as the country says.

Tiers: high beside a word of banks, medium elsewhere; a check of 1 in 97 and the length leave little to chance. In small letters or with
hyphens, as sums and other names are written too: medium beside its own word, nothing elsewhere.
"""

import re

from collectors.personal_information.finding import Finding
from collectors.personal_information.keywords import IBAN, TRANSFER, any_of
from collectors.personal_information.sightings import Kind, Tier
from collectors.personal_information.surroundings import Surroundings

LENGTHS = {
    country: size
    for size, countries in {
        15: b"NO",
        16: b"BE",
        18: b"DK FI FO GL NL FK",
        19: b"MK SI",
        20: b"AT BA EE KZ LT LU MN XK",
        21: b"CH HR LI LV",
        22: b"BG BH CR DE GB GE IE ME RS VA",
        23: b"AE GI IL IQ OM SO TL",
        24: b"AD CZ ES MD PK RO SA SE SK TN VG",
        25: b"LY PT ST",
        26: b"IS TR",
        27: b"BI DJ FR GR IT MC MR SM",
        28: b"AL AZ BY CY DO GT HU LB NI PL SV",
        29: b"BR EG PS QA UA",
        30: b"JO KW MU YE",
        31: b"MT SC",
        32: b"LC",
        33: b"RU",
    }.items()
    for country in countries.split()
}
"""How long a number is, by country: the registry that SWIFT keeps (https://www.swift.com/standards/data-standards/iban)."""
_PUBLISHED = frozenset(
    (
        b"DE89370400440532013000",
        b"GB29NWBK60161331926819",
        b"GB82WEST12345698765432",
        b"FR1420041010050500013M02606",
        b"NL91ABNA0417164300",
        b"BE68539007547034",
        b"CH9300762011623852957",
        b"ES9121000418450200051332",
        b"IT60X0542811101000000123456",
        b"AT611904300234573201",
        b"NO9386011117947",
        b"SE4550000000058398257466",
        b"DK5000400440116243",
        b"FI2112345600000785",
        b"PL61109010140000071219812874",
        b"GR1601101250000000012300695",
        b"IE29AIBK93115212345678",
        b"PT50000201231234567890154",
        b"LU280019400644750000",
    )
)
"""Examples of that registry and of the articles that everyone copies."""
_BLANKS = rb"[ -]|\xc2\xa0"
_BLANK = re.compile(_BLANKS)
_WRITTEN = {
    country: re.compile(rb"[A-Za-z]{2}[0-9]{2}(?:(?:%s)?[A-Za-z0-9]){%d}(?![A-Za-z0-9])" % (_BLANKS, length - 4))
    for country, length in LENGTHS.items()
}
_GROUPS = re.compile(rb"(?:[A-Za-z0-9]{4}([ -]|\xc2\xa0))(?:[A-Za-z0-9]{4}\1)*[A-Za-z0-9]{1,4}|[A-Za-z0-9]+|[A-Z0-9 ]+")
_MIXED = re.compile(rb"[A-Z][^a-z]*[a-z]|[a-z][^A-Z]*[A-Z]")
_VALUES = {code: str(code - 55) for code in range(65, 91)} | {code: chr(code) for code in range(48, 58)}


def is_iban(number: bytes) -> bool:
    """Whether the check digits fit, and it is none of the published examples. Without spaces."""
    turned = number[4:] + number[:4]
    return int("".join(_VALUES[code] for code in turned)) % 97 == 1 and number not in _PUBLISHED


def judged(around: Surroundings, start: int) -> Finding | None:
    """Judge what begins like one."""
    written = _WRITTEN.get(around.text[start : start + 2].upper())
    match = written.match(around.text, start) if written else None
    if match is None or _MIXED.search(match[0]) or not _GROUPS.fullmatch(match[0]):
        return None
    if not is_iban(_BLANK.sub(b"", match[0]).upper()):
        return None
    end = match.end()
    words = around.words(start, end)
    if match[0].islower() or b"-" in match[0]:
        return Finding(Kind.FINANCIAL_ACCOUNT, Tier.MEDIUM, start, end) if any_of(IBAN, words) else None
    tier = Tier.HIGH if any_of(TRANSFER, words) else Tier.MEDIUM
    return Finding(Kind.FINANCIAL_ACCOUNT, tier, start, end)
