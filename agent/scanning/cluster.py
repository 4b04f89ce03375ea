"""A scan on a cluster of ``dask.distributed``: its workers scan, this process puts the results together.

A worker that dies takes no result with it: the scheduler gives its targets to another. Whoever may send jobs to a cluster may
run anything there: off loopback TLS with certificates on both sides is required, and nothing else is spoken.
"""

import importlib
import ipaddress
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from agent import __version__
from agent.config import Config, Target
from agent.errors import ClusterError, UsageError
from agent.plan import Selection
from agent.scanning.elsewhere import Elsewhere, here_only

_PATIENCE = 15.0
"""Seconds in which the scheduler must answer."""
_RETRIES = 3


@dataclass(frozen=True)
class Cluster:
    """A cluster that can be given work."""

    pool: Elsewhere
    room: int
    """Targets that its workers can scan at the same time."""


@contextmanager
def cluster(address: str, config: Config, selection: Selection) -> Iterator[Cluster]:
    """A cluster, by the address of its scheduler: ``tcp+tls://HOST:PORT``, or ``tcp://`` on loopback.

    ``UsageError`` where the address or its certificates will not do, ``ClusterError`` where there is no such cluster, or its
    workers are of another version.
    """
    scheme, place = _place(address)
    files = config.cluster
    if scheme == "tls" and not all(vars(files).values()):
        raise UsageError(
            "--cluster: needs cluster.ca_file, cluster.certificate_file and cluster.key_file in the configuration"
        )
    try:
        library: Any = importlib.import_module("distributed")  # an extra, slow to import, and half without types
    except ImportError as fault:
        raise UsageError("--cluster: needs the extra: pip install 'wispwatch[cluster]'") from fault
    security = None
    if scheme == "tls":
        security = library.Security(
            require_encryption=True,
            tls_ca_file=str(files.ca_file),
            tls_client_cert=str(files.certificate_file),
            tls_client_key=str(files.key_file),
        )
    try:
        client: Any = library.Client(f"{scheme}://{place}", security=security, timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as fault:
        raise ClusterError(f"{address}: no cluster answers there ({str(fault).splitlines()[0][:200]})") from fault
    try:
        room = _room(address, client)
        scan = uuid.uuid4().hex
        executor = client.get_executor(pure=False, retries=_RETRIES)
        yield Cluster(Elsewhere(executor, config, selection, key=lambda name: f"{scan}-{name}"), room)
    finally:
        client.close(timeout=2)


def _place(address: str) -> tuple[str, str]:
    """Scheme and place as the library takes them."""
    parts = urlsplit(address)
    try:
        named = parts.hostname and parts.port
    except ValueError:
        named = None
    if parts.scheme not in {"tcp", "tls", "tcp+tls"} or not named or parts.path.strip("/"):
        raise UsageError(
            f"--cluster {address}: is no address of a scheduler such as tcp+tls://cluster.example.com:8786"
        )
    if parts.scheme == "tcp" and not _is_loopback(parts.hostname or ""):
        raise UsageError(f"--cluster {address}: off loopback a cluster needs TLS: tcp+tls://{parts.netloc}")
    return ("tcp" if parts.scheme == "tcp" else "tls"), parts.netloc


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _room(address: str, client: Any) -> int:
    """How much its workers do at a time; they must all be there and of this version."""
    threads: dict[str, int] = client.nthreads()
    if not threads:
        raise ClusterError(f"{address}: the cluster has no workers")
    for worker, version in client.run(_version, on_error="return").items():
        if version != __version__:
            told = version if isinstance(version, str) else f"none ({type(version).__name__})"
            raise ClusterError(f"{address}: the worker {worker} has wispwatch {told}, and this is {__version__}")
    return sum(threads.values())


def _version() -> str:
    """Runs on a worker."""
    return __version__


def refuse_what_is_here(targets: Sequence[Target]) -> None:
    """This machine is not what a worker would scan under its name: ``UsageError``."""
    for target in targets:
        if here_only(target):
            raise UsageError(
                f"--cluster: {target.name} is of kind {target.kind}, which on a worker would be the worker's machine;"
                " choose targets of kind ssh, fleet and aws with --target"
            )
