"""Whose account it is, and which regions it can use."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from collectors.api import ACCOUNT, Answer, Api, Call, Place
from collectors.collector import Fact, aws_collector
from collectors.readings import Reading, Text, Unread
from collectors.resolving import Scope

IDENTITY = Api("sts", "GetCallerIdentity", "Account Arn", where=ACCOUNT)
REGIONS = Api("ec2", "DescribeRegions", "Regions{RegionName OptInStatus}", {"AllRegions": True}, where=ACCOUNT)
WHOSE = Call(IDENTITY, "", {}).key
"""Key of the reading that says whose account it is; where it is ``Unread``, so is everything."""
USABLE = ("opt-in-not-required", "opted-in")
_NUMBER = re.compile(r"[0-9]{12}")


@dataclass(frozen=True)
class Account(Fact):
    """The account that was scanned."""

    id: str
    partition: str
    regions: tuple[str, ...]
    """Those that it can use, sorted."""
    not_opted_in: tuple[str, ...] = ()
    """Those that nobody switched on for it: AWS answers no call there."""


@aws_collector(IDENTITY, REGIONS)
def account(at: Place, identity: Answer, regions: Answer) -> Account:
    """Who the credentials belong to, and where they can be used."""
    usable, not_opted_in = usable_regions(regions)
    return Account(str(identity["Account"]), at.partition, usable, not_opted_in)


CHOSEN = "declared:aws_regions"
"""Key of the reading that holds the regions that the operator chose, as a JSON list; without one all usable ones count."""


def scope_of(readings: Mapping[str, Reading]) -> Scope | Unread:
    """Whose readings these are, of the answers to ``IDENTITY`` and ``REGIONS``; ``Unread`` where even that is not known."""
    who = readings.get(WHOSE, Unread("was not asked"))
    if not isinstance(who, Text):
        return who if isinstance(who, Unread) else Unread("AWS does not say whose account it is")
    try:
        identity = json.loads(who.text)
        number, partition = str(identity["Account"]), str(identity["Arn"]).split(":")[1]
    except (ValueError, LookupError, TypeError, RecursionError):
        number, partition = "", ""
    if not _NUMBER.fullmatch(number):
        return Unread(f"not understood: the answer of {IDENTITY.permission}")
    return Scope(number, partition, _regions(readings))


def _regions(readings: Mapping[str, Reading]) -> tuple[str, ...] | Unread:
    """Where to ask; ``Unread`` where that is nowhere, since nothing that is asked nowhere is not there."""
    key = CHOSEN if CHOSEN in readings else Call(REGIONS, "", REGIONS.parameters).key
    told = readings.get(key, Unread("was not asked"))
    if not isinstance(told, Text):
        return told if isinstance(told, Unread) else Unread("AWS does not say which regions there are")
    try:
        answer = json.loads(told.text)
        regions = list(dict.fromkeys(answer)) if key == CHOSEN else list(usable_regions(answer)[0])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Unread(f"not understood: the regions that {key.partition(' ')[0]} names")
    if not regions or not isinstance(answer, list if key == CHOSEN else dict) or not all(map(_is_name, regions)):
        return Unread(f"not understood: the regions that {key.partition(' ')[0]} names")
    return tuple(regions)


def _is_name(region: object) -> bool:
    return isinstance(region, str) and region != ""


def usable_regions(answer: Answer) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions that an account can use, and those that nobody switched on; each sorted. A region counts as usable
    unless AWS says that the account has not opted in.
    """
    status = {one["RegionName"]: one.get("OptInStatus", USABLE[0]) for one in answer["Regions"]}
    usable = sorted(name for name, told in status.items() if told in USABLE)
    return tuple(usable), tuple(sorted(set(status) - set(usable)))
