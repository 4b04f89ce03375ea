"""Instances of EC2 that run, in one account: chosen by their tags, called by their ``Name`` or else by their id."""

import difflib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import botocore.exceptions

from agent import __version__
from agent.aws.credentials import NoCredentials, credentials_of
from agent.aws.settings import AwsAccount
from agent.errors import InventoryError
from agent.inventories.listed import Listed, fault_of_name
from agent.inventories.settings import Ec2, Fleet
from agent.printable import printable
from agent.ssh.settings import SshSettings
from collectors.api import Api, Call
from collectors.readings import Absent, Text, Unread
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.clients import Clients

INSTANCES = Api(
    "ec2",
    "DescribeInstances",
    "Reservations{Instances{InstanceId PrivateIpAddress PublicIpAddress Ipv6Address Tags{Key Value}}}",
)
_SECONDS = 120.0
_RATE = 20.0
_MOST_FILTERS = 50
"""EC2 takes 200 (its documentation of ``DescribeInstances``); the tags are looked at once more here, with their values."""


@dataclass(frozen=True)
class _Instance:
    id: str
    address: str
    tags: Mapping[str, str]


def hosts(fleet: Fleet) -> list[Listed]:
    """The instances, region by region in the order of their ids. ``UnreachableError`` where they cannot be listed, with the
    permission that is missing where that is why.
    """
    chosen = [one for one in _instances(fleet.ec2) if _has_tags(one, fleet.ec2)]
    taken = Counter([*(one.tags.get("Name", "") for one in chosen), *(one.id for one in chosen)])
    return [_listed(one, taken, fleet.ec2) for one in chosen]


def _instances(settings: Ec2) -> Iterator[_Instance]:
    clients = _clients(settings)
    regions = settings.regions or tuple(filter(None, [clients.session.region_name]))
    if not regions:
        raise InventoryError("the profile has no region: name regions under ec2")
    _refuse_unknown_regions(clients, regions)
    credentials = credentials_of(clients, AwsAccount(profile=settings.profile))
    if isinstance(credentials, NoCredentials):
        raise InventoryError(credentials.reason)
    asking = Asking(clients, credentials, seconds=_SECONDS, rate=_RATE)
    filters = [{"Name": "instance-state-name", "Values": ["running"]}]
    filters += [{"Name": "tag-key", "Values": [key]} for key in list(settings.tags)[:_MOST_FILTERS]]
    for region in dict.fromkeys(regions):
        match asking.read(Call(INSTANCES, region, {"Filters": filters})):
            case Text(text):
                found = [one for held in json.loads(text).get("Reservations", ()) for one in held.get("Instances", ())]
                yield from sorted((_instance(one, settings) for one in found), key=lambda one: one.id)
            case Absent(what):
                raise InventoryError(f"the instances in {region} cannot be listed: {what}")
            case Unread(reason):
                raise InventoryError(f"the instances in {region} cannot be listed: {reason}")


def _clients(settings: Ec2) -> Clients:
    try:
        near = next(iter(settings.regions), "")
        return Clients(settings.profile or None, [INSTANCES], f"wispwatch/{__version__}", near)
    except botocore.exceptions.BotoCoreError as fault:
        told = str(fault).splitlines()[0]
        raise InventoryError(f"{told}; `aws configure list-profiles` tells which there are") from fault


def _refuse_unknown_regions(clients: Clients, regions: Sequence[str]) -> None:
    """Nothing is there in a region that nobody knows: that must not look like an empty one."""
    session = clients.session
    known = [one for name in session.get_available_partitions() for one in session.get_available_regions("ec2", name)]
    for region in regions:
        if region not in known:
            close = difflib.get_close_matches(region, known, 1)
            remedy = f"did you mean {close[0]}?" if close else "update boto3 where it is a new one"
            raise InventoryError(f"boto3 knows no region {region}; {remedy}")


def _instance(one: Mapping[str, Any], settings: Ec2) -> _Instance:
    tags = {str(tag["Key"]): str(tag.get("Value", "")) for tag in one.get("Tags", ())}
    if settings.address == "public":
        return _Instance(str(one["InstanceId"]), str(one.get("PublicIpAddress") or ""), tags)
    return _Instance(str(one["InstanceId"]), str(one.get("PrivateIpAddress") or one.get("Ipv6Address") or ""), tags)


def _has_tags(one: _Instance, settings: Ec2) -> bool:
    return all(key in one.tags and fnmatchcase(one.tags[key], value) for key, value in settings.tags.items())


def _listed(one: _Instance, taken: Mapping[str, int], settings: Ec2) -> Listed:
    """Whoever may tag an instance chooses its name: one that is not its alone, or no name, is not taken."""
    own = one.tags.get("Name", "")
    name = own if own and taken[own] == 1 and not fault_of_name(own) else one.id
    groups = tuple(f"tag:{printable(f'{key}={value}')}" for key, value in one.tags.items())
    fault = "" if one.address else f"the instance {one.id} has no {settings.address} address"
    return Listed(name, groups, SshSettings(host=one.address), fault=fault, place=one.id)
