"""The last step of a call: over the wire, with bounds on the time and the size of an answer.

botocore reads an answer whole, however long it is and however slowly it comes. Here a body larger than ``LARGEST`` or slower
than ``SECONDS`` ends the call. Connections are botocore's own, one pool a service.
"""

import threading
import time
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
SECONDS = 60.0
LARGEST = 64 << 20
_CHUNK = 1 << 16


class TooLargeError(Exception):
    """An answer of more than ``LARGEST`` bytes."""


class Sender:
    """Sends what botocore has signed. Many threads may use it."""

    def __init__(self, core: Any) -> None:
        self._verify = core.get_config_variable("ca_bundle") or True
        self._sessions: dict[tuple[str, tuple[tuple[str, str], ...]], URLLib3Session] = {}
        self._proxies: dict[tuple[str, str], dict[str, str]] = {}
        """By scheme and host; looking them up costs as much as signing."""
        self._lock = threading.Lock()
        self.sent: dict[str, int] = {}
        """Requests so far, by service."""

    def send(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> AWSResponse:
        """A handler of ``before-send``: what it returns is the answer."""
        service = event_name.split(".")[1]
        session = self._session(service, request.url)
        request.stream_output = True  # the body is ours to read
        answer = session.send(request)
        answer._content = _bounded(answer, request.url)  # noqa: SLF001 - where botocore keeps a body that was read
        return answer

    def _session(self, service: str, url: str) -> URLLib3Session:
        host = urlsplit(url)[:2]
        with self._lock:
            self.sent[service] = self.sent.get(service, 0) + 1
            proxies = self._proxies.get(host)
            if proxies is None:
                proxies = self._proxies[host] = get_environ_proxies(url)
            key = (service, tuple(sorted(proxies.items())))
            if key not in self._sessions:
                self._sessions[key] = URLLib3Session(
                    verify=self._verify,
                    proxies=proxies,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    max_pool_connections=32,
                )
            return self._sessions[key]


def _bounded(answer: Any, url: str) -> bytes:
    deadline = time.monotonic() + SECONDS
    body = bytearray()
    try:
        for chunk in answer.raw.stream(_CHUNK):
            body += chunk
            if len(body) > LARGEST or time.monotonic() > deadline:
                break
        else:
            return bytes(body)
    except Exception as fault:
        answer.raw.close()
        raise ConnectionClosedError(endpoint_url=url, error=fault) from fault
    answer.raw.close()  # what is not read whole cannot be used again
    if len(body) > LARGEST:
        raise TooLargeError
    raise ReadTimeoutError(endpoint_url=url)
