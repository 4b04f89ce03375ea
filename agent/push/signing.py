"""Signatures for Amazon Managed Service for Prometheus: version 4, of the service ``aps``, made by botocore.

https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-onboard-ingest-metrics-remote-write.html
"""

from collections.abc import Mapping
from typing import Any

import botocore.exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from agent import __version__
from agent.aws.credentials import NoCredentials, credentials_of
from agent.aws.settings import AwsAccount
from agent.push.errors import NoIdentityError
from agent.push.settings import Sigv4
from collectors.transports.aws.clients import Clients

SERVICE = "aps"
_SIGNED = frozenset(["authorization", "x-amz-date", "x-amz-security-token"])


class Signing:
    """Signs requests to one address. Credentials are asked for at the first, and made anew by botocore before they end."""

    def __init__(self, url: str, settings: Sigv4) -> None:
        self._url = url
        self._settings = settings
        self._credentials: Any = None

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers to add. ``NoIdentityError`` says why there are no credentials."""
        if self._credentials is None:
            self._credentials = self._found()
        request = AWSRequest("POST", self._url, dict(headers), body)
        try:
            SigV4Auth(self._credentials.get_frozen_credentials(), SERVICE, self._settings.region).add_auth(request)
        except Exception as fault:  # to make them anew runs whatever boto3's configuration names
            self._credentials = None
            raise NoIdentityError(f"no AWS credentials: {type(fault).__name__}") from fault
        return {name: str(told) for name, told in request.headers.items() if name.lower() in _SIGNED}

    def _found(self) -> Any:
        settings = self._settings
        try:
            clients = Clients(settings.profile or None, [], f"wispwatch/{__version__}", settings.region)
        except botocore.exceptions.BotoCoreError as fault:
            raise NoIdentityError(f"no AWS credentials: {str(fault).splitlines()[0][:200]}") from fault
        account = AwsAccount(profile=settings.profile, role=settings.role, external_id=settings.external_id)
        credentials = credentials_of(clients, account)
        if isinstance(credentials, NoCredentials):
            raise NoIdentityError(credentials.reason)
        return credentials
