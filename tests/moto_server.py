"""A moto server as AWS would answer: what it does not know is refused with 400, not with 500, which SDKs ask again and again."""

import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

Start = Callable[..., Any]


class Refusing:
    """The server, whose own faults are refusals."""

    def __init__(self) -> None:
        self._server = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        """WSGI."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response("400 Bad Request" if status.startswith("5") else status, headers, exc_info)

        answer: Iterable[bytes] = self._server(environ, start)
        return answer


if __name__ == "__main__":
    run_simple("127.0.0.1", int(sys.argv[1]), Refusing(), threaded=True)
