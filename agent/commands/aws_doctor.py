"""``wispwatch doctor --aws``: who asks an account, where, and which of the permissions that the checks need are missing."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

import click

from agent.aws.account import collectors_of
from agent.config import Config, Target
from agent.discover import Catalogue
from agent.errors import UsageError
from agent.plan import Plan, plan
from agent.printable import printable
from agent.scanning.many import members_of
from agent.scanning.scan import take
from collectors.api import Api
from collectors.aws.account import IDENTITY, REGIONS, WHOSE, scope_of
from collectors.readings import Reading, Text, Unread
from collectors.resolving import Scope

_UNSEEN = 4


def tell_account(config: Config, catalogue: Catalogue, target: Target) -> int:
    """Ask an account (or each of an organization's) everything that a scan would. 4 where a permission is missing."""
    if target.kind != "aws":
        raise UsageError(
            f"--target {target.name}: is of kind {target.kind}; only an AWS account is asked for permissions"
        )
    chosen = plan(config, catalogue)
    if target.aws.organization:
        chosen, targets = members_of(chosen, target)
        click.echo(f"{len(targets)} accounts of the organization")
    else:
        targets = [target]
    return max([_tell(chosen, one) for one in targets], default=0)


def _tell(chosen: Plan, target: Target) -> int:
    taken = take(chosen, target)
    scope = scope_of(taken.readings)
    click.echo(f"Account {printable(taken.asset, 100)}")
    if not isinstance(scope, Scope):
        click.echo(f"  Nothing can be seen: {printable(scope.reason, 300)}")
        return _UNSEEN
    click.echo(f"  Asked as {printable(_who(taken.readings), 200)}")
    if isinstance(scope.regions, Unread):
        click.echo(f"  Regions: unknown, {printable(scope.regions.reason, 200)}; name them with aws.regions")
    else:
        click.echo(f"  Regions: {printable(', '.join(scope.regions))}")
    needed = [IDENTITY, REGIONS, *(call for one in collectors_of(chosen) for call in one.calls)]
    calls = {f"{call.service}:{call.operation}": call for call in needed}
    missing, other, seen = _sorted_out(taken.readings, calls)
    untried = sorted({action for call in calls.values() for action in call.permissions} - set(missing) - seen)
    for action in sorted(missing):
        click.echo(f"  Missing: {action} ({printable(missing[action], 200)})")
    for reason, count in other.most_common():
        click.echo(f"  Not seen, {count} times: {printable(reason, 250)}")
    click.echo(f"  {len(seen)} permissions work, {len(missing)} are missing, {len(untried)} were not needed here")
    for action in untried:
        click.echo(f"  Not tried: {action} (nothing here asks for it)")
    return _UNSEEN if missing else 0


def _sorted_out(
    readings: Mapping[str, Reading], calls: Mapping[str, Api]
) -> tuple[dict[str, str], Counter[str], set[str]]:
    """Missing permissions and why, other reasons not to see and how often, and the permissions that work."""
    missing: dict[str, str] = {}
    other: Counter[str] = Counter()
    seen: set[str] = set()
    for call, reading in _answers(readings, calls):
        if not isinstance(reading, Unread):
            seen.update(call.permissions)
        elif reading.reason.startswith("needs "):
            action, _, why = reading.reason.removeprefix("needs ").partition(" ")
            missing[action] = why.strip("()") or "no policy allows it"
        else:
            other[reading.reason] += 1
    return missing, other, seen - set(missing)


def _answers(readings: Mapping[str, Reading], calls: Mapping[str, Api]) -> Iterator[tuple[Api, Reading]]:
    for key, reading in readings.items():
        name = ":".join(key.partition(" ")[0].split(":")[2:])
        if name in calls:
            yield calls[name], reading


def _who(readings: Mapping[str, Reading]) -> str:
    reading = readings[WHOSE]
    return str(json.loads(reading.text).get("Arn", "")) if isinstance(reading, Text) else "nobody"
