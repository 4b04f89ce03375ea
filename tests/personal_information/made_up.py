"""Numbers that fit the rules and are nobody's, put together from parts so that no such number stands in a file of this project; and
what is said of a text that holds them.
"""

from itertools import pairwise

from collectors.personal_information.digits import luhn
from collectors.personal_information.engine import Engine
from collectors.personal_information.examination import Examination
from collectors.personal_information.hyperscan_engine import HyperscanEngine
from collectors.personal_information.plain_engine import PlainEngine
from collectors.personal_information.sightings import Kind, Sighting, Tier

ENGINES: dict[str, Engine] = {"hyperscan": HyperscanEngine(), "plain": PlainEngine()}
AREA, GROUP, SERIAL = "5" + "29", "4" + "7", "83" + "16"


def social_security(delimiter: str = "-", area: str = AREA, group: str = GROUP, serial: str = SERIAL) -> str:
    return delimiter.join((area, group, serial))


def card(first: str = "4539", size: int = 16, *, body: str = "728163940527183640", passes: bool = True) -> str:
    """A number of an issuer; its check digit fits, or is the one after."""
    start = (first + body)[: size - 1]
    fitting = next(digit for digit in "0123456789" if luhn((start + digit).encode()))
    return start + (fitting if passes else str((int(fitting) + 1) % 10))


def grouped(number: str, sizes: tuple[int, ...] = (4, 4, 4, 4), delimiter: str = " ") -> str:
    places = [sum(sizes[:index]) for index in range(len(sizes) + 1)]
    return delimiter.join(number[start:end] for start, end in pairwise(places))


def routing(start: str = "0110" + "7593") -> str:
    total = sum(int(digit) * weight for digit, weight in zip(start, (3, 7, 1, 3, 7, 1, 3, 7), strict=True))
    return start + str(-total % 10)


def entry(number: str = "4709" + "318625", checked: str = "", name: str = "BROWN MARY") -> str:
    """A record of a file for the Automated Clearing House, in which an account is paid to."""
    paid = (checked or routing()) + number.ljust(17) + "0000012500" + "EMP0042".ljust(15) + name.ljust(22)
    return f"622{paid}  0011075930000001"


def iban(country: str = "DE", body: str = "370502990123456789") -> str:
    digits = "".join(str(int(letter, 36)) for letter in body + country + "00")
    return f"{country}{98 - int(digits) % 97:02}{body}"


def seen(text: str | bytes, engine: str = "hyperscan") -> tuple[Sighting, ...]:
    """Everything that is told of a text."""
    examination = Examination(ENGINES[engine])
    examination.feed(text if isinstance(text, bytes) else text.encode())
    return examination.end()


def tiers(text: str | bytes) -> dict[Kind, Tier]:
    """How sure it is, by kind; by both engines."""
    found, plainly = seen(text), seen(text, "plain")
    assert found == plainly
    return {one.kind: one.tier for one in found}


def count(text: str | bytes, kind: Kind) -> int:
    """How many of a kind are told."""
    return sum(one.count for one in seen(text) if one.kind is kind)
