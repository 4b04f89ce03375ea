"""One call to one reading: at its pace, page after page, again where that may help, within its time."""

import json
import random
import socket
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import botocore.exceptions
from botocore.paginate import Paginator
from botocore.parsers import ResponseParserError

from collectors.api import Api, Call
from collectors.kept import kept
from collectors.readings import NOT_OFFERED, Absent, Reading, Text, Unread
from collectors.transports.aws.clients import Clients
from collectors.transports.aws.pace import BRISK, GENTLE, Pace
from collectors.transports.aws.refusals import Refusal, reading_of
from collectors.transports.aws.sending import LARGEST, TooLargeError

MOST_PAGES = 2000
LARGEST_ANSWER = 256 << 20
"""Bytes of all pages of a call together, as they came."""
_TRIES = 6
_TRIES_OF_A_LOST_LINE = 2
_DEAD_AFTER = 2
_DEAD_REGION_AFTER = 3
_MOST_WAITS = 30
_FIRST_WAIT = 0.3
_LONGEST_WAIT = 10.0
_LOST = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError, ResponseParserError)
_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.SSOError,
    botocore.exceptions.TokenRetrievalError,
)


class OutOfTimeError(Exception):
    """The time for the account is over."""


class _DeadError(Exception):
    """Nobody answers there: the message says who and why."""


class Asking:
    """Asks with one account's credentials. Many threads may use it."""

    def __init__(self, clients: Clients, credentials: Any, *, seconds: float, rate: float = GENTLE) -> None:
        self._clients = clients
        self._credentials = credentials
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._rate = rate
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str], Pace] = {}
        self._lost: dict[tuple[str, str], int] = {}
        self._heard: set[str] = set()

    def read(self, call: Call) -> Reading:
        """Ask, and understand nothing but whether there is an answer. Never raises."""
        permission = call.api.permission
        where = f" in {call.region}" if call.region else ""
        try:
            answer = self._whole(call)
        except Refusal as refused:
            return reading_of(call, refused)
        except OutOfTimeError:
            return Unread(
                f"no answer within {self._seconds:g} seconds: the time for the account was over before {permission}"
            )
        except _DeadError as fault:
            return Unread(str(fault))
        except TooLargeError:
            return Unread(f"the answer of {permission}{where} has more than {LARGEST} bytes")
        except _CREDENTIALS as fault:
            return Unread(f"no AWS credentials: {_first_line(fault)}")
        except botocore.exceptions.PaginationError:
            return Unread(f"the pages of {permission}{where} do not end")
        except botocore.exceptions.EndpointConnectionError as fault:
            if _no_such_name(fault) and not self._clients.offers(call.api.service, call.region or self._clients.home):
                return Absent(f"{NOT_OFFERED}called {call.api.service}{where}")
            return Unread(f"{permission}{where} could not be asked: no connection")
        except _LOST as fault:
            return Unread(f"{permission}{where} was not answered ({type(fault).__name__})")
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is no answer
            return Unread(f"{permission}{where} could not be asked ({type(fault).__name__})")
        if not answer and not call.api.may_be_empty:
            return Unread(f"not understood: the answer of {permission}{where} is empty")
        return Text(json.dumps(answer, default=_plain))

    def _whole(self, call: Call) -> Any:
        pagination = self._clients.pagination(call.api)
        if pagination is None:
            return self._kept(call, self._patiently(call, call.parameters))
        pages = Paginator(lambda **given: self._patiently(call, given), dict(pagination), None)
        whole: Any = {}
        size = 0
        for number, page in enumerate(pages.paginate(**call.parameters), 1):
            size += _length(page)
            if number > MOST_PAGES:
                raise botocore.exceptions.PaginationError(message="too many pages")
            if size > LARGEST_ANSWER:
                raise TooLargeError
            whole = merged(whole, self._kept(call, page))
        return whole

    def _kept(self, call: Call, page: Any) -> Any:
        if _length(page) == 0 and call.api.keep:
            raise ResponseParserError("an answer without a body")
        api: Api = call.api
        return kept(api.redact(page) if api.redact is not None else page, api.mask)

    def _patiently(self, call: Call, parameters: Mapping[str, Any]) -> Any:
        """Ask for one page, again where that may help."""
        tries, waits = 0, 0
        while True:
            self._await_turn(call)
            tries += 1
            try:
                answer = self._clients.once(call, parameters, self._credentials)
            except Refusal as refused:
                self._heard_from(call)
                if refused.code in call.api.prepare_on and waits < _MOST_WAITS:
                    waits, tries = waits + 1, tries - 1
                    self._prepare(call, waits)
                    continue
                if not refused.passing or tries >= _TRIES:
                    raise
                if refused.throttled:
                    self._pace(call).slow_down()
                self._wait(tries, refused.after)
            except _LOST as fault:
                if tries >= _TRIES_OF_A_LOST_LINE or _no_such_name(fault):
                    self._lose(call)
                    raise
                self._wait(tries)
            else:
                self._heard_from(call)
                return answer

    def _prepare(self, call: Call, waits: int) -> None:
        """Have the answer made ready, and give AWS a moment."""
        self._await_turn(call)
        self._clients.once(call, {}, self._credentials, operation=call.api.prepare)
        self._sleep(min(0.2 * waits, 2.0))

    # Turns and lost lines

    def _pace(self, call: Call) -> Pace:
        lane = (call.api.service, call.region)
        with self._lock:
            if lane not in self._paces:
                self._paces[lane] = Pace(self._rate * BRISK.get(call.api.service, 1.0))
            return self._paces[lane]

    def _await_turn(self, call: Call) -> None:
        lane = (call.api.service, call.region)
        with self._lock:
            if self._lost.get(lane, 0) >= _DEAD_AFTER:
                raise _DeadError(f"{call.api.service} does not answer{f' in {call.region}' if call.region else ''}")
            dead = sum(lost > 0 and region == call.region for (_, region), lost in self._lost.items())
            if dead >= _DEAD_REGION_AFTER and call.region not in self._heard:
                raise _DeadError(f"nothing answers in {call.region or 'the home region'}")
        self._sleep(self._pace(call).take())

    def _heard_from(self, call: Call) -> None:
        with self._lock:
            self._heard.add(call.region)
            self._lost.pop((call.api.service, call.region), None)

    def _lose(self, call: Call) -> None:
        lane = (call.api.service, call.region)
        with self._lock:
            self._lost[lane] = self._lost.get(lane, 0) + 1

    def _wait(self, tries: int, after: float | None = None) -> None:
        """Longer after each try, and by chance, so that not all ask again at once."""
        longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2**tries)
        self._sleep(after if after is not None else random.uniform(longest / 3, longest))  # noqa: S311 - no secret

    def _sleep(self, seconds: float) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0 or seconds > left:
            raise OutOfTimeError
        if seconds > 0:
            time.sleep(seconds)


def merged(first: Any, second: Any) -> Any:
    """Two pages as one: lists one after the other, mappings field by field, and of anything else the later."""
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        names = dict.fromkeys((*first, *second))
        return {
            name: merged(first[name], second[name]) if name in first and name in second else {**first, **second}[name]
            for name in names
        }
    return second


def _length(page: Any) -> int:
    """Bytes of a page as it came; -1 where AWS did not say."""
    told = page.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("content-length", "")
    return int(told) if str(told).isdigit() else -1


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "replace")
    return str(value)


def _first_line(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0][:200]


def _no_such_name(fault: BaseException) -> bool:
    """Whether the name of an endpoint does not exist; one that cannot be looked up now is another matter."""
    seen: BaseException | None = fault
    for _ in range(8):
        if seen is None:
            return False
        if isinstance(seen, socket.gaierror):
            return seen.errno == socket.EAI_NONAME
        inner = getattr(seen, "kwargs", {}).get("error") if hasattr(seen, "kwargs") else None
        seen = inner if isinstance(inner, BaseException) else (seen.__cause__ or seen.__context__)
    return False
