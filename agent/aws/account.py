"""One account: every call that the chosen checks need, once."""

import difflib
import json
import time
from datetime import UTC, datetime

import botocore.exceptions

from agent import __version__
from agent.aws.credentials import NoCredentials, credentials_of
from agent.aws.settings import AwsAccount, AwsAccounts
from agent.config import Target
from agent.errors import ConfigError
from agent.gather import AWS_ACCOUNT
from agent.plan import Plan
from collectors.api import Api
from collectors.aws.account import IDENTITY, REGIONS, WHOSE, scope_of
from collectors.aws.known_accounts import DECLARED
from collectors.aws.organization import CALLS
from collectors.collector import ApiCollector, Platform
from collectors.readings import Answers, Reading, Text, Unread
from collectors.resolving import Scope
from collectors.snapshot import Snapshot
from collectors.transports.aws.account import AccountReader
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.clients import GLOBAL_REGIONS, Clients, shared


def take(plan: Plan, target: Target) -> Snapshot:
    """Read an account, which is called by its number where the target has no name. What cannot be seen is ``Unread``; a profile
    or a region that does not exist is a ``ConfigError``.
    """
    begun = time.monotonic()
    taken_at = datetime.now(UTC)
    collectors = collectors_of(plan)
    clients = clients_of(plan, target)
    _refuse_unknown_regions(clients, target)
    credentials = credentials_of(clients, target.aws)
    if isinstance(credentials, NoCredentials):
        answers = Answers({WHOSE: Unread(credentials.reason)})
    else:
        asking = Asking(clients, credentials, seconds=target.time_limit, rate=target.aws.calls_per_second)
        reader = AccountReader(asking.read, target.aws.regions, target.time_limit, asking.turn)
        answers = reader.read(collectors)
    readings: dict[str, Reading] = {**answers, DECLARED: declared(plan.aws)}
    scope = scope_of(readings)
    number = scope.account if isinstance(scope, Scope) else "aws"
    return Snapshot(
        target.name or number,
        Platform.AWS,
        taken_at,
        readings,
        target.asset_kind or AWS_ACCOUNT,
        time.monotonic() - begun,
        answers.seconds,
    )


def _refuse_unknown_regions(clients: Clients, target: Target) -> None:
    """Nothing is there in a region that nobody knows: that must not look like an empty one."""
    session = clients.session
    known = [one for name in session.get_available_partitions() for one in session.get_available_regions("ec2", name)]
    for region in target.aws.regions:
        if region not in known:
            close = difflib.get_close_matches(region, known, 1)
            remedy = f"did you mean {close[0]}?" if close else "update boto3 where it is a new one"
            raise ConfigError(f"{target.name}: aws.regions: boto3 knows no region {region}; {remedy}")


def collectors_of(plan: Plan) -> list[ApiCollector]:
    """The collectors that the chosen checks need."""
    wanted = plan.catalogue.collectors_for(plan.checks, Platform.AWS)
    return [one for one in wanted if isinstance(one, ApiCollector)]


def declared(accounts: AwsAccounts) -> Text:
    """What the operator lists, as the reading that goes with every account."""
    return Text(json.dumps({"own": list(accounts.own_accounts), "trusted": dict(accounts.trusted_accounts)}))


def clients_of(plan: Plan, target: Target) -> Clients:
    """The clients of a target's profile, which accounts that are scanned at the same time share. ``ConfigError`` where there
    is no such profile.
    """
    calls: list[Api] = [IDENTITY, REGIONS, *CALLS, *(call for one in collectors_of(plan) for call in one.calls)]
    try:
        return shared(target.aws.profile or None, calls, f"wispwatch/{__version__}", _near(target.aws))
    except botocore.exceptions.BotoCoreError as fault:
        told = str(fault).splitlines()[0]
        raise ConfigError(f"{target.name}: {told}; `aws configure list-profiles` tells which there are") from fault


def _near(settings: AwsAccount) -> str:
    """A region of the partition that the configuration is about, where it names one: China's is not asked in Virginia."""
    roles = [role.split(":")[1] for role in (settings.role, *settings.via) if role.count(":") >= 5]
    return next(iter(settings.regions), "") or next((GLOBAL_REGIONS.get(one, "") for one in roles), "")
