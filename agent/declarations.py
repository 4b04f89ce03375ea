"""What the operator declares about an asset and no scanner can know, given to the sources that ask about it.

Today that is where personal information lies. An asset about which nothing is declared is ``Unread``: the checks are
``unknown`` and say how to declare it. One that is declared to hold none is ``Absent``.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from collectors.host.personal_information import PLACES
from collectors.readings import Absent, Reading, Unread
from collectors.sources import Declared, Source

UNDECLARED = Unread(
    "it is not declared where personal information lies on this asset: name the places under"
    " personal_information.places in the configuration, or the asset under personal_information.none_on"
)
_MOST = 100


@dataclass(frozen=True)
class Place:
    """A folder or file that holds personal information."""

    path: str
    """Absolute, without patterns."""
    asset: str = "*"
    """Pattern of the assets where it is."""
    readers: tuple[str, ...] | None = None
    """Accounts and groups that need it for their job; root always may. Where nothing is given, that is ``unknown``."""


@dataclass(frozen=True)
class PersonalInformation:
    """Where personal information lies, as 17.02 defines it."""

    places: tuple[Place, ...] = ()
    none_on: tuple[str, ...] = ()
    """Patterns of assets that hold none."""

    def on(self, asset: str) -> tuple[str, ...] | Absent | Unread:
        """What ``PLACES`` is asked about an asset: path and readers of each place in turn."""
        here = [place for place in self.places if fnmatchcase(asset, place.asset)]
        if here:
            return tuple(word for place in here for word in (_path(place), _readers(place)))
        if any(fnmatchcase(asset, pattern) for pattern in self.none_on):
            return Absent("personal information (none is declared here)")
        return UNDECLARED

    def faults(self) -> list[str]:
        """What cannot be asked, one sentence each."""
        found = []
        for index, place in enumerate(self.places):
            at = f"personal_information.places[{index}]"
            if not place.path.startswith("/") or ".." in PurePosixPath(place.path).parts:
                found.append(f"{at}.path: {place.path!r} is no absolute path such as /srv/clients")
            elif any(mark in place.path for mark in "*?[") or not place.path.isprintable():
                found.append(f"{at}.path: {place.path!r} must be one path, without patterns; name each place")
            found += [
                f"{at}.readers: {name!r} is no name of an account or a group"
                for name in place.readers or ()
                if not name or "," in name or not name.isprintable()
            ]
        if len(self.places) > _MOST:
            found.append(f"personal_information.places: more than {_MOST}; name the folders above them")
        return found


def _path(place: Place) -> str:
    return str(PurePosixPath(place.path))


def _readers(place: Place) -> str:
    return "-" if place.readers is None else ",".join(("root", *place.readers))


def bound(
    sources: Iterable[Source], declared: tuple[str, ...] | Absent | Unread
) -> tuple[list[Source], dict[str, Reading]]:
    """The sources to ask, with what is declared; and the readings of those that need not be asked."""
    asked: list[Source] = []
    readings: dict[str, Reading] = {}
    for source in sources:
        if not isinstance(source, Declared):
            asked.append(source)
        elif source.name == PLACES.name and isinstance(declared, tuple):
            asked.append(replace(source, arguments=declared))
        else:
            readings[source.key] = UNDECLARED if isinstance(declared, tuple) else declared
    return asked, readings
