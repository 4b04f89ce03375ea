"""Whose credentials: boto3's own chain, then one role after the other. Nothing is stored."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import botocore.exceptions
from botocore.credentials import RefreshableCredentials

from agent.aws.settings import AwsAccount
from collectors.api import ACCOUNT, Api, Call
from collectors.transports.aws.clients import Clients
from collectors.transports.aws.refusals import Refusal, reading_of, refusal

ASSUME = Api("sts", "AssumeRole", "Credentials", where=ACCOUNT)
_WAITS = (0.5, 1.0, 2.0)
"""Seconds."""


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """There are none; everything that they were for is unseen."""

    reason: str


def credentials_of(clients: Clients, settings: AwsAccount) -> Any:
    """What an account is asked with: botocore's credentials, or ``NoCredentials``."""
    try:
        credentials: Any = clients.session.get_credentials()
        if credentials is not None:
            credentials.get_frozen_credentials()  # made now, so that no call is blamed for them
    except botocore.exceptions.BotoCoreError as fault:
        return NoCredentials(f"no AWS credentials: {str(fault).splitlines()[0][:200]}")
    except botocore.exceptions.ClientError as fault:
        return NoCredentials(
            f"no AWS credentials: {fault.operation_name} was answered with {refusal(fault.response).code}"
        )
    except Exception as fault:  # noqa: BLE001 - boto3's own chain runs programs and reads files of anybody's
        return NoCredentials(f"no AWS credentials: {type(fault).__name__}")
    if credentials is None:
        return NoCredentials(
            "no AWS credentials: boto3 finds none (a profile, AWS_ACCESS_KEY_ID, or the machine's role)"
        )
    for role in (*settings.via, *([settings.role] if settings.role else [])):
        credentials = assumed(clients, credentials, role, settings)
        if isinstance(credentials, NoCredentials):
            break
    return credentials


def assumed(clients: Clients, credentials: Any, role: str, settings: AwsAccount) -> Any:
    """The credentials of a role, made anew before they expire; ``NoCredentials`` where it may not be assumed.

    The external id goes with every role: one whose trust policy does not ask for it does not mind.
    """
    parameters = {"RoleArn": role, "RoleSessionName": settings.session_name}
    if settings.external_id:
        parameters["ExternalId"] = settings.external_id
    call = Call(ASSUME, "", {})

    def fresh() -> dict[str, str]:
        given = clients.once(call, parameters, credentials)["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    try:
        first = _patiently(fresh)
        return RefreshableCredentials.create_from_metadata(first, refresh_using=fresh, method="assume-role")
    except Refusal as refused:
        reading = reading_of(call, refused)
        return NoCredentials(f"{role} could not be assumed: {getattr(reading, 'reason', refused.code)}")
    except (botocore.exceptions.BotoCoreError, LookupError, AttributeError) as fault:
        return NoCredentials(f"{role} could not be assumed: {type(fault).__name__}")


def _patiently(fresh: Callable[[], dict[str, str]]) -> dict[str, str]:
    """Ask again where that may help: a whole account depends on it."""
    for wait in _WAITS:
        try:
            return fresh()
        except Refusal as refused:
            if not refused.passing:
                raise
            time.sleep(wait)
    return fresh()
