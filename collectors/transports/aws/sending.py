"""The last step of a call: over the wire, with bounds on the time and the size of an answer.

botocore reads an answer whole, however long it is and however slowly it comes. Here a body larger than ``LARGEST`` or slower
than ``SECONDS`` ends the call, and so does one that is shorter than AWS said. Connections are botocore's own, one pool an
endpoint, and one TLS context for all.
"""

import json
import os
import re
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from botocore.parsers import ResponseParserError
from botocore.utils import get_environ_proxies

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
SECONDS = 60.0
LARGEST = 64 << 20
_CHUNK = 1 << 16
_ROOT = re.compile(rb"<([A-Za-z][\w:.-]*)")
_ENDPOINTS = 64
"""Those whose connections are kept: more than are asked at once, and few enough for the limit of open files."""


class TooLargeError(Exception):
    """An answer of more bytes than this."""


class _Session(URLLib3Session):  # type: ignore[misc]  # botocore has no types
    """botocore's connections, to more endpoints than the ten that urllib3 keeps."""

    def _get_pool_manager_kwargs(self, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = super()._get_pool_manager_kwargs(num_pools=_ENDPOINTS, **more)
        return made


class Sender:
    """Sends what botocore has signed. Many threads may use it."""

    def __init__(self, core: Any) -> None:
        self._verify = core.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._sessions: dict[tuple[tuple[str, str], ...], URLLib3Session] = {}
        self._proxies: dict[tuple[str, str], dict[str, str]] = {}
        """By scheme and host; looking them up costs as much as signing."""
        self._lock = threading.Lock()
        self.sent: dict[str, int] = {}
        """Requests so far, by service."""

    def send(self, request: AWSPreparedRequest, event_name: str, *, speaks_json: bool, **_: Any) -> AWSResponse:
        """A handler of ``before-send``: what it returns is the answer."""
        service = event_name.split(".")[1]
        session = self._session(service, request.url)
        request.stream_output = True  # the body is ours to read
        answer = session.send(request)
        body = _bounded(answer, request.url)
        if answer.status_code < 300 and not _spoken(body, speaks_json=speaks_json):
            raise ResponseParserError("what was answered is not AWS' language")
        answer._content = body  # noqa: SLF001 - where botocore keeps a body that was read
        answer.headers["Content-Length"] = str(len(body))  # whatever was said, or not said
        return answer

    def _session(self, service: str, url: str) -> URLLib3Session:
        host = urlsplit(url)[:2]
        with self._lock:
            self.sent[service] = self.sent.get(service, 0) + 1
            proxies = self._proxies.get(host)
            if proxies is None:
                proxies = self._proxies[host] = get_environ_proxies(url)
            key = tuple(sorted(proxies.items()))
            if key not in self._sessions:
                self._sessions[key] = _Session(
                    verify=self._verify,
                    proxies=proxies,
                    timeout=(CONNECT_SECONDS, READ_SECONDS),
                    max_pool_connections=32,
                )
            return self._sessions[key]


def _spoken(body: bytes, *, speaks_json: bool) -> bool:
    """Whether a body is what AWS would send. botocore makes an empty answer of JSON that is none, and of a page for people."""
    if not speaks_json:
        root = _ROOT.search(body[:4096])
        return root is None or root.group(1).lower() != b"html"
    try:
        json.loads(body or b"{}")
    except ValueError:
        return False
    return True


def _bounded(answer: Any, url: str) -> bytes:
    """The body. It is read as it comes: to wait for a whole part would be to wait as long as somebody sends a byte at times."""
    deadline = time.monotonic() + SECONDS
    said = answer.headers.get("Content-Length", "")
    body = bytearray()
    try:
        # urllib3 1 has no read1, and the answer of the standard library below it has.
        read = getattr(answer.raw, "read1", None) or answer.raw._fp.read1  # noqa: SLF001
        while chunk := read(_CHUNK):
            body += chunk
            if len(body) > LARGEST or time.monotonic() > deadline:
                break
        else:
            answer.raw.release_conn()
            if said.isdigit() and int(said) != len(body):
                raise EOFError(f"{len(body)} of {said} bytes")  # noqa: TRY301 - as if the connection had ended
            return bytes(body)
    except Exception as fault:
        answer.raw.close()
        raise ConnectionClosedError(endpoint_url=url, error=fault) from fault
    answer.raw.close()  # what is not read whole cannot be used again
    if len(body) > LARGEST:
        raise TooLargeError(LARGEST)
    raise ReadTimeoutError(endpoint_url=url)
