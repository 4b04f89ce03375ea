"""A moto server as AWS would answer: what it does not know is refused with 400, not with 500, which SDKs ask again and again."""

import contextlib
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

Start = Callable[..., Any]
_CODE = "NotImplementedByMoto"
_SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")


class Refusing:
    """The server, whose own faults are refusals in the form of the service's protocol.

    The first request to a service is answered before the next: moto reads the service's model for it, and would read it
    again for each region that a scan asks at that moment.
    """

    def __init__(self) -> None:
        self._server = DomainDispatcherApplication(create_backend_app)
        self._first: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._answered: set[str] = set()

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """WSGI."""
        begun: list[tuple[str, list[tuple[str, str]], Any]] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
            begun.append((status, headers, exc_info))
            return lambda _: None

        found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
        place = f"{found and found[1]} {environ['PATH_INFO'][:4]}"  # some services share a name, and no path
        try:
            with contextlib.nullcontext() if place in self._answered else self._first[place]:
                body = list(self._server(environ, start))
        except Exception:  # noqa: BLE001 - whatever moto does not know
            return refused(environ, start_response)
        finally:
            self._answered.add(place)
        status, headers, exc_info = begun[-1]
        if status.startswith("5"):
            return refused(environ, start_response)
        start_response(status, headers, exc_info)
        return body


def refused(environ: dict[str, Any], start_response: Start) -> list[bytes]:
    """An error in the form that botocore reads for this kind of request."""
    found = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = found[1] if found else ""
    error = f"<Error><Code>{_CODE}</Code><Message>not implemented</Message></Error>"
    if service == "ec2":
        kind, body = "text/xml", f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>"
    elif "x-www-form-urlencoded" in environ.get("CONTENT_TYPE", ""):
        kind, body = "text/xml", f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>"
    elif service in {"s3", "cloudfront"}:
        kind, body = "text/xml", error
    else:
        kind, body = "application/json", f'{{"__type": "{_CODE}", "message": "not implemented"}}'
    headers = [("Content-Type", kind), ("x-amzn-errortype", _CODE), ("Content-Length", str(len(body)))]
    start_response("400 Bad Request", headers)
    return [body.encode()]


class Silent(WSGIRequestHandler):
    """Nobody reads what it would tell of each request."""

    def log_request(self, *_: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    # It is given a socket that listens, as the number of its descriptor: a port that is told could be taken until it is bound.
    make_server("127.0.0.1", 0, Refusing(), threaded=True, request_handler=Silent, fd=int(sys.argv[1])).serve_forever()
