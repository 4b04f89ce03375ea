"""AWS accounts as targets: whose credentials, which roles, and what is read of them."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import botocore.exceptions
from botocore.credentials import RefreshableCredentials

from agent import __version__
from agent.config import AwsAccount, AwsAccounts, Target
from agent.errors import ConfigError
from agent.gather import AWS_ACCOUNT
from agent.scan import Plan
from collectors.api import ACCOUNT, Api, Call
from collectors.aws.account import IDENTITY, REGIONS
from collectors.aws.known_accounts import DECLARED
from collectors.collector import ApiCollector, Platform
from collectors.readings import Answers, Reading, Text, Unread
from collectors.snapshot import Snapshot
from collectors.transports.aws.account import AccountReader
from collectors.transports.aws.asking import Asking
from collectors.transports.aws.clients import Clients
from collectors.transports.aws.refusals import Refusal, reading_of

_ASSUME = Api("sts", "AssumeRole", "Credentials", where=ACCOUNT)


def take(plan: Plan, target: Target) -> Snapshot:
    """Read an account: each call that the chosen checks need, once. What cannot be seen is ``Unread``; a profile that
    does not exist is a ``ConfigError``.
    """
    begun = time.monotonic()
    taken_at = datetime.now(UTC)
    collectors = [
        one for one in plan.catalogue.collectors_for(plan.checks, Platform.AWS) if isinstance(one, ApiCollector)
    ]
    clients = _clients(target, collectors)
    credentials = credentials_of(clients, target)
    if isinstance(credentials, Unread):
        answers = Answers({identity_key(): credentials})
    else:
        asking = Asking(clients, credentials, seconds=target.time_limit, rate=target.aws.calls_per_second)
        answers = AccountReader(asking.read, target.aws.regions).read(collectors)
    readings: dict[str, Reading] = {**answers, DECLARED: declared(plan.aws)}
    return Snapshot(
        target.name,
        Platform.AWS,
        taken_at,
        readings,
        target.asset_kind or AWS_ACCOUNT,
        time.monotonic() - begun,
        answers.seconds,
    )


def declared(accounts: AwsAccounts) -> Text:
    """What the operator lists, as the reading that goes with every account."""
    return Text(json.dumps({"own": list(accounts.own_accounts), "trusted": dict(accounts.trusted_accounts)}))


def credentials_of(clients: Clients, target: Target) -> Any:
    """What the account is asked with: boto3's own credentials, then one role after the other. ``Unread`` where there are none."""
    try:
        credentials: Any = clients.session.get_credentials()
    except botocore.exceptions.BotoCoreError as fault:
        return Unread(f"no AWS credentials: {str(fault).splitlines()[0][:200]}")
    if credentials is None:
        return Unread("no AWS credentials: boto3 finds none (a profile, AWS_ACCESS_KEY_ID, or the machine's role)")
    for role in (*target.aws.via, *([target.aws.role] if target.aws.role else [])):
        own = role == target.aws.role
        credentials = assumed(clients, credentials, role, target.aws, external_id=target.aws.external_id if own else "")
        if isinstance(credentials, Unread):
            break
    return credentials


def assumed(clients: Clients, credentials: Any, role: str, settings: AwsAccount, *, external_id: str) -> Any:
    """The credentials of a role, made anew before they expire. ``Unread`` where it may not be assumed."""
    parameters = {"RoleArn": role, "RoleSessionName": settings.session_name}
    if external_id:
        parameters["ExternalId"] = external_id
    call = Call(_ASSUME, "", {})

    def fresh() -> dict[str, str]:
        given = clients.once(call, parameters, credentials)["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    try:
        return RefreshableCredentials.create_from_metadata(fresh(), refresh_using=fresh, method="assume-role")
    except Refusal as refused:
        reading = reading_of(call, refused)
        told = reading.reason if isinstance(reading, Unread) else str(refused)
        return Unread(f"{role} could not be assumed: {told}")
    except botocore.exceptions.BotoCoreError as fault:
        return Unread(f"{role} could not be assumed: {type(fault).__name__}")


def identity_key() -> str:
    """The key of the reading that says whose account it is; where it is ``Unread``, so is everything."""
    return Call(IDENTITY, "", {}).key


def _clients(target: Target, collectors: list[ApiCollector]) -> Clients:
    calls = [call for one in collectors for call in one.calls]
    try:
        return Clients(target.aws.profile or None, [IDENTITY, REGIONS, *calls], f"wispwatch/{__version__}")
    except botocore.exceptions.BotoCoreError as fault:
        raise ConfigError(
            f"{target.name}: {str(fault).splitlines()[0]}; `aws configure list-profiles` tells which there are"
        ) from fault
