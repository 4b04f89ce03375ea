"""What a configuration says of AWS accounts that AWS would not take, told before anything is asked. Pure."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.config import AwsAccount, AwsAccounts

_NUMBER = re.compile(r"[0-9]{12}")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_ROLE_NAME = re.compile(r"[\w+=,.@/-]+", re.ASCII)
REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-[0-9]+")
_SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_EXTERNAL = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_CHOICE = re.compile(r"[0-9]{12}|r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|tag:[^=]+=.*")
_DIGITS = "is no number of an account: it has twelve digits, zeros at its beginning among them"


def faults_of_account(place: str, settings: "AwsAccount") -> Iterator[str]:
    """How an account, or an organization, is reached; ``place`` is where the settings stand."""
    roles = {f"via[{index}]": role for index, role in enumerate(settings.via)}
    for name, role in {**roles, **({"role": settings.role} if settings.role else {})}.items():
        if not ROLE.fullmatch(role):
            yield f"{place}.{name}: {role!r} is no ARN of a role such as arn:aws:iam::222222222222:role/wispwatch"
    for index, region in enumerate(settings.regions):
        if not REGION.fullmatch(region):
            yield f"{place}.regions[{index}]: {region!r} is no region such as us-east-1"
    if not _SESSION.fullmatch(settings.session_name):
        yield f"{place}.session_name: {settings.session_name!r} must be 2 to 64 letters, digits and _+=,.@-"
    if settings.external_id and not _EXTERNAL.fullmatch(settings.external_id):
        yield f"{place}.external_id: must be at least two letters, digits and _+=,.@:/-"
    if not 0 < settings.calls_per_second < math.inf:
        yield f"{place}.calls_per_second: must be a number that is more than 0"
    yield from _organization(place, settings) if settings.organization else _alone(place, settings)


def _organization(place: str, settings: "AwsAccount") -> Iterator[str]:
    if not _ROLE_NAME.fullmatch(settings.member_role):
        yield f"{place}.member_role: {settings.member_role!r} must be the name of a role, not its ARN"
    for name, chosen in (("include", settings.include), ("exclude", settings.exclude)):
        for index, one in enumerate(chosen):
            if not _CHOICE.fullmatch(one):
                yield (
                    f"{place}.{name}[{index}]: {one!r} is no account (twelve digits), no organizational unit (ou-...) and "
                    "no tag (tag:NAME=VALUE)"
                )


def _alone(place: str, settings: "AwsAccount") -> Iterator[str]:
    for name in ("include", "exclude", "member_role"):
        if getattr(settings, name) != getattr(type(settings), name, ()):
            yield f"{place}.{name}: is about the accounts of an organization; add organization: true"


def faults_of_accounts(accounts: "AwsAccounts") -> Iterator[str]:
    """What the operator lists."""
    for index, number in enumerate(accounts.own_accounts):
        if not _NUMBER.fullmatch(number):
            yield f"aws.own_accounts[{index}]: {number!r} {_DIGITS}"
    for number in accounts.trusted_accounts:
        if not _NUMBER.fullmatch(number):
            yield f"aws.trusted_accounts.{number}: {_DIGITS}"


def faults_of_names(names: Sequence[str], kinds: Mapping[str, str]) -> Iterator[str]:
    """Targets that are called as a member of another target will be; ``kinds`` are those of the targets that have members."""
    for index, name in enumerate(names):
        above, _, member = name.rpartition("/")
        if kinds.get(above) == "aws" and _NUMBER.fullmatch(member):
            what = f"an account of the organization {above!r} is called"
        elif kinds.get(above) == "fleet":
            what = f"a host of the fleet {above!r} may be called"
        else:
            continue
        yield f"targets[{index}].name: {name!r} is what {what}; choose another"
