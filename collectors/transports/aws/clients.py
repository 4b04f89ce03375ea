"""One boto3 client a service, whatever the account and the region.

A client for each region and account is what costs: seconds and hundreds of megabytes. botocore lets a handler choose the
region of an endpoint, and the region and the credentials of a signature, call by call; so one client asks for all.
"""

import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import boto3
import botocore.exceptions
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.paginate import PaginatorModel

from collectors.api import Api, Call
from collectors.transports.aws.models import Pruned
from collectors.transports.aws.refusals import Refusal, refusal
from collectors.transports.aws.sending import Sender
from collectors.transports.aws.shapes import unknown_fields

GLOBAL_REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
"""Where what is global to a partition is asked."""
_NO_KEY = "-"
_OWN = {"sts": frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"})}
"""What boto3's own credentials and ours need."""

_ACCOUNT_OF_AN_ADDRESS = re.compile(r"(?<=://)\d{12}\.((?:\d{1,3}\.){3}\d{1,3})(?=[:/]|$)")
"""Some services put the account before the name of their endpoint; an address has no names below it."""


@dataclass(frozen=True, slots=True)
class _Asking:
    region: str
    credentials: Any


class Clients:
    """The clients of one profile of boto3's configuration (or none), for the calls that are declared. Many threads may ask."""

    def __init__(self, profile: str | None, calls: Iterable[Api], agent: str = "wispwatch", near: str = "") -> None:
        """``near``: a region of the partition that is asked; the profile's own where nothing is given.
        ``botocore.exceptions.ProfileNotFound`` where there is no such profile.
        """
        operations: dict[str, frozenset[str]] = dict(_OWN)
        for api in calls:
            named = {api.operation, *([api.prepare] if api.prepare else [])}
            operations[api.service] = operations.get(api.service, frozenset()) | named
        core = botocore.session.Session(profile=profile)
        core.register_component("data_loader", Pruned(operations, core.get_component("data_loader").search_paths))
        self.session = boto3.session.Session(botocore_session=core)
        self.partition = _partition(self.session, near or self.session.region_name or "us-east-1")
        self._sender = Sender(core)
        self._config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            parameter_validation=False,
            user_agent=f"{agent} Botocore/{botocore.__version__}",  # botocore makes its own anew for each call, twice
        )
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._pages: dict[str, Any] = {}
        self._unknown: dict[Api, str] = {}
        self._now = threading.local()

    @property
    def home(self) -> str:
        """The region of what is global."""
        return GLOBAL_REGIONS.get(self.partition, self.session.region_name or "us-east-1")

    def once(self, call: Call, parameters: Mapping[str, Any], credentials: Any, *, operation: str = "") -> Any:
        """Ask once, one page: the answer. ``Refusal`` where AWS refuses; other exceptions of botocore where there is none."""
        client = self._client(call.api.service)
        with self._asking(_Asking(call.region or self.home, _current(credentials))):
            try:
                return getattr(client, xform_name(operation or call.api.operation))(**parameters)
            except botocore.exceptions.ClientError as fault:
                raise refusal(fault.response) from fault

    def pagination(self, api: Api) -> Mapping[str, Any] | None:
        """How a call's pages follow each other; None where it has one only."""
        if api.first_page:
            return None
        if api.pages is not None:
            return {"input_token": api.pages[0], "output_token": api.pages[1], "result_key": "_"}
        with self._lock:
            if api.service not in self._pages:
                loader = self.session._session.get_component("data_loader")  # noqa: SLF001 - boto3 hides its core
                try:
                    self._pages[api.service] = PaginatorModel(loader.load_service_model(api.service, "paginators-1"))
                except botocore.exceptions.UnknownServiceError:
                    self._pages[api.service] = PaginatorModel({"pagination": {}})
        try:
            found: Mapping[str, Any] = self._pages[api.service].get_paginator(api.operation)
        except ValueError:
            return None
        return found

    def shape_of(self, api: Api) -> Any:
        """What AWS' service model says an answer looks like."""
        return self._client(api.service).meta.service_model.operation_model(api.operation).output_shape

    def unknown(self, api: Api) -> str:
        """What this version of boto3 does not know of a call: the call itself, a parameter or a field that is kept; empty where it
        knows all. It leaves out of an answer the fields that it does not know, and they would look as if AWS had not set them.
        """
        if api not in self._unknown:
            self._unknown[api] = self._missing(api)
        return self._unknown[api]

    def _missing(self, api: Api) -> str:
        model = self._client(api.service).meta.service_model
        for name in (api.operation, *([api.prepare] if api.prepare else [])):
            if name not in model.operation_names:
                return name
        operation = model.operation_model(api.operation)
        given = operation.input_shape.members if operation.input_shape is not None else {}
        fields = unknown_fields(api.mask, operation.output_shape)
        made = {"Secrets"} if api.redact is not None else set()  # what stands there in place of values
        wanted = [*(name for name in api.parameters if name not in given), *fields]
        return next((name for name in wanted if name.rpartition(".")[2] not in made), "")

    def offers(self, service: str, region: str) -> bool:
        """Whether this version of boto3 knows the service in a region."""
        return region in self.session.get_available_regions(service, self.partition)

    @contextmanager
    def _asking(self, asking: _Asking) -> Iterator[None]:
        self._now.asking = asking
        try:
            yield
        finally:
            del self._now.asking

    def _client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service) or self._made(service)
                self._clients[service] = client
        return client

    def _made(self, service: str) -> Any:
        # Placeholders: each call is signed with the credentials of its own account.
        client = self.session.client(
            service, region_name=self.home, config=self._config, aws_access_key_id="-", aws_secret_access_key=_NO_KEY
        )
        name = client.meta.service_model.service_id.hyphenize()
        events = client.meta.events
        events.register_first(f"before-endpoint-resolution.{name}", self._choose_region)
        events.register_last(f"before-call.{name}", self._choose_signature)
        model = client.meta.service_model
        # Older versions of botocore speak the one protocol that the model names.
        speaks_json = "json" in (getattr(model, "resolved_protocol", None) or model.metadata["protocol"])
        events.register_last(f"before-send.{name}", partial(self._sender.send, speaks_json=speaks_json))
        return client

    def _choose_region(self, builtins: dict[str, Any], **_: Any) -> None:
        if "AWS::Region" in builtins:
            builtins["AWS::Region"] = self._now.asking.region

    def _choose_signature(self, params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        params["url"] = _ACCOUNT_OF_AN_ADDRESS.sub(r"\1", params["url"])
        signing = context.setdefault("signing", {})
        signing.setdefault("region", self._now.asking.region)
        signing["request_credentials"] = self._now.asking.credentials
        context["client_region"] = self._now.asking.region


def _current(credentials: Any) -> Credentials:
    """Credentials for one signature. They may have to be made anew, by calls of their own: what is refused then is not the
    call that they are for.
    """
    try:
        return Credentials(*credentials.get_frozen_credentials()[:3])
    except (Refusal, botocore.exceptions.ClientError) as refused:
        code = refused.code if isinstance(refused, Refusal) else refused.response.get("Error", {}).get("Code", "")
        raise botocore.exceptions.CredentialRetrievalError(provider=credentials.method, error_msg=code) from refused


def _partition(session: Any, region: str) -> str:
    try:
        return str(session.get_partition_for_region(region))
    except botocore.exceptions.UnknownRegionError:
        return "aws"


_shared: "WeakValueDictionary[tuple[Any, ...], Clients]" = WeakValueDictionary()
_sharing = threading.Lock()


def shared(profile: str | None, calls: Iterable[Api], agent: str, near: str = "") -> Clients:
    """The clients of a profile for these calls: the ones that are in use already, or new ones. They go when nobody uses them,
    since a hundred megabytes of service models are much for a daemon at rest.
    """
    asked = tuple(calls)
    variables = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
    key = (profile, frozenset(map(id, asked)), agent, near, variables)
    with _sharing:
        found = _shared.get(key)
        if found is None:
            found = _shared[key] = Clients(profile, asked, agent, near)
        return found
