"""What a server answered, kept word for word to be given again: whoever is measured then waits for no moto.

Only for who asks and changes nothing. An answer is known by all of its request but what says when it was made, by which
program, and how it was signed.
"""

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Key = tuple[Any, ...]
_CREDENTIAL = re.compile(r"Credential=([^/,]+)/\d+/([^/,]+)/([^/,]+)/aws4_request")
_PASSING = frozenset(
    (
        *("authorization", "date", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"),
        *("user-agent", "x-amz-user-agent", "x-amzn-trace-id", "amz-sdk-invocation-id", "amz-sdk-request"),
        *("accept-encoding", "connection", "content-length"),
    )
)
"""Headers that are other each time, or told by the rest: whose key signed, for which region and service, is in the key."""


@dataclass(frozen=True)
class Kept:
    """An answer that can be given again."""

    asked: Any
    """The request as it was understood, so that nobody has to understand it again."""
    status: int
    wire: bytes
    """Head and body as they are sent."""


class Memory:
    """The last answer to each request. It listens first, and gives again from ``give`` on. Many threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Key, Kept] = {}
        self.giving = False
        self.given: Counter[tuple[str, str, str]] = Counter()
        """Answers that were given again, by service, operation and region."""
        self.missed: Counter[tuple[str, str, str]] = Counter()
        """Requests that nobody had made before, in the same way."""

    def give(self) -> None:
        """Listen no more, give again what was heard, and count from here on."""
        with self._lock:
            self.giving = True
            self.given.clear()
            self.missed.clear()

    def known(self, key: Key | None) -> Kept | None:
        """What is given again, if anything is."""
        return self._kept.get(key) if self.giving and key is not None else None

    def heard(self, key: Key | None, kept: Kept) -> None:
        """The server has answered: keep it, or count that it had to be asked. The later answer is the one that is kept, since
        a report that is not ready at first is ready then.
        """
        with self._lock:
            if self.giving:
                self.missed[_name(kept)] += 1
            elif key is not None and kept.status < 500:
                self._kept[key] = kept

    def gave(self, kept: Kept) -> None:
        """An answer was given again."""
        with self._lock:
            self.given[_name(kept)] += 1


def key_of(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Key | None:
    """What tells a request from all others; None where nobody signed it, since it does not say whose answer it is."""
    signed = _CREDENTIAL.search(headers.get("authorization", ""))
    if signed is None:
        return None
    rest = frozenset(one for one in headers.items() if one[0] not in _PASSING)
    return (*signed.groups(), method, path, rest, body)


def _name(kept: Kept) -> tuple[str, str, str]:
    return kept.asked.service, kept.asked.operation, kept.asked.region
