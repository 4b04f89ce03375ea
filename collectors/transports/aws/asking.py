"""One call to one reading: at its pace, page after page, again where that may help, within its time."""

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.exceptions
from botocore.paginate import Paginator
from botocore.parsers import ResponseParserError

from collectors.api import Api, Call
from collectors.kept import kept
from collectors.readings import NOT_OFFERED, Absent, Reading, Text, Unread
from collectors.transports.aws.clients import Clients
from collectors.transports.aws.pace import BRISK, GENTLE, Pace
from collectors.transports.aws.refusals import Refusal, reading_of
from collectors.transports.aws.sending import TooLargeError
from collectors.transports.aws.shapes import misfit

MOST_PAGES = 2000
LARGEST_ANSWER = 256 << 20
"""Bytes of all pages of a call together, as they came."""
_TRIES = 6
_TRIES_OF_A_LOST_LINE = 2
_DEAD_AFTER = 2
"""Calls of a service, or of one of its operations, that nobody answered in a row."""
_DEAD_REGION_AFTER = 2
"""Services in a row."""
_HOPELESS_AFTER = 3
"""Calls of a service in a row that AWS refused to the last try: from then on each is tried once."""
_NOT_ASKED_AFTER = 20
"""Such calls: from then on none is made."""
_MOST_WAITS = 30
FIRST_WAIT = 0.3
LONGEST_WAIT = 10.0
LONGEST_PAUSE = 30.0
"""What AWS may ask us to wait; one who asks for more is not waited for."""
_LOST = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError, ResponseParserError)
_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.CredentialRetrievalError,
    botocore.exceptions.SSOError,
    botocore.exceptions.TokenRetrievalError,
)


_Lane = tuple[str, ...]
"""A region, a service in it, or an operation of the service: who may be dead."""


class OutOfTimeError(Exception):
    """The time for the account is over."""


class _NoAnswerError(Exception):
    """There is none, and the message says why."""


class Asking:
    """Asks with one account's credentials. Many threads may use it."""

    def __init__(self, clients: Clients, credentials: Any, *, seconds: float, rate: float = GENTLE) -> None:
        self._clients = clients
        self._credentials = credentials
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._rate = rate
        self._lock = threading.Lock()
        self._paces: dict[_Lane, Pace] = {}
        self._lost: Counter[_Lane] = Counter()
        self._heard: dict[_Lane, float] = {}
        self._given_up: Counter[_Lane] = Counter()
        self._taken: Counter[_Lane] = Counter()
        """Turns that were taken for calls which are not made yet."""

    def turn(self, call: Call) -> float:
        """Take a turn for a call that is to be read: the seconds until it comes. One who reads earlier asks too fast; one who
        takes no turn waits for it while it reads.
        """
        try:
            self._refuse_the_dead(call)
        except _NoAnswerError:
            return 0.0  # it is not asked
        wait = self._pace(call).take()
        with self._lock:
            self._taken[_service(call)] += 1
        return wait

    def read(self, call: Call) -> Reading:
        """Ask, and understand nothing but whether there is an answer. Never raises."""
        permission = call.api.permission
        where = f" in {call.region}" if call.region else ""
        try:
            answer = self._whole(call)
            if answer or call.api.may_be_empty:
                return Text(json.dumps(answer, default=_plain))
        except Refusal as refused:
            return reading_of(call, refused)
        except OutOfTimeError:
            return Unread(
                f"no answer within {self._seconds:g} seconds: the time for the account was over before {permission}"
            )
        except _NoAnswerError as fault:
            return Unread(str(fault))
        except TooLargeError as fault:
            return Unread(f"the answer of {permission}{where} has more than {fault} bytes")
        except _CREDENTIALS as fault:
            return Unread(f"no AWS credentials: {_first_line(fault)}")
        except botocore.exceptions.PaginationError:
            return Unread(f"the pages of {permission}{where} do not end")
        except botocore.exceptions.EndpointConnectionError as fault:
            if not self._offered(call, fault):
                return Absent(f"{NOT_OFFERED}called {call.api.service}{where}")
            return Unread(f"{permission}{where} could not be asked: no connection")
        except _LOST as fault:
            return Unread(f"{permission}{where} was not answered ({type(fault).__name__})")
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is no answer
            return Unread(f"{permission}{where} could not be asked ({type(fault).__name__})")
        return Unread(f"not understood: the answer of {permission}{where} is empty")

    def _whole(self, call: Call) -> Any:
        if unknown := self._clients.unknown(call.api):
            raise _NoAnswerError(
                f"boto3 {boto3.__version__} is too old for {call.api.permission}: it does not know {unknown}"
            )
        pagination = self._clients.pagination(call.api)
        if pagination is None:
            return self._kept(call, self._patiently(call, call.parameters))
        asked: set[str] = set()

        def ask(**given: Any) -> Any:
            page = json.dumps(given, sort_keys=True, default=str)
            if page in asked:
                raise botocore.exceptions.PaginationError(message="a page that was there before")
            asked.add(page)
            return self._patiently(call, given)

        whole: Any = {}
        size = 0
        for number, page in enumerate(Paginator(ask, dict(pagination), None).paginate(**call.parameters), 1):
            size += _length(page)
            if number > MOST_PAGES:
                raise botocore.exceptions.PaginationError(message="too many pages")
            if size > LARGEST_ANSWER:
                raise TooLargeError(LARGEST_ANSWER)
            whole = merged(whole, self._kept(call, page))
        return whole

    def _kept(self, call: Call, page: Any) -> Any:
        if _length(page) == 0 and call.api.keep:
            raise ResponseParserError("an answer without a body")
        api: Api = call.api
        wrong = misfit(page, self._clients.shape_of(api), None if api.redact is not None else api.mask)
        if wrong:
            where = f" in {call.region}" if call.region else ""
            raise _NoAnswerError(f"not understood: {wrong} in the answer of {api.permission}{where} is not of its type")
        return kept(api.redact(page) if api.redact is not None else page, api.mask)

    def _patiently(self, call: Call, parameters: Mapping[str, Any]) -> Any:
        """Ask for one page, again where that may help."""
        tries, waits, begun = 0, 0, None
        while True:
            at = self._await_turn(call)
            # Of the first try: when many wait for one operation, their second tries begin together, and nobody else is heard.
            begun = at if begun is None else begun
            tries += 1
            try:
                answer = self._clients.once(call, parameters, self._credentials)
            except Refusal as refused:
                self._heard_from(call)
                if refused.code in call.api.prepare_on and waits < _MOST_WAITS:
                    waits, tries = waits + 1, tries - 1
                    self._prepare(call, waits)
                    continue
                self._again(call, refused, tries)
            except _LOST as fault:
                if not self._offered(call, fault):
                    raise
                if tries >= _TRIES_OF_A_LOST_LINE or not self._worth_another(call, fault):
                    self._lose(call, begun)
                    raise
                self._wait(tries)
            else:
                self._heard_from(call)
                with self._lock:
                    self._given_up.pop(_service(call), None)
                return answer

    def _again(self, call: Call, refused: Refusal, tries: int) -> None:
        """Wait for another try, or raise what was refused."""
        lane = _service(call)
        if not refused.passing:
            raise refused
        if refused.throttled:
            self._pace(call).slow_down()
        with self._lock:
            hopeless = self._given_up[lane] >= _HOPELESS_AFTER
            over = hopeless or tries >= _TRIES or (refused.after or 0.0) > LONGEST_PAUSE
            self._given_up[lane] += over
        if over:
            raise refused
        self._wait(tries, refused.after)

    def _prepare(self, call: Call, waits: int) -> None:
        """Have the answer made ready, and give AWS a moment."""
        api = call.api
        own = Api(api.service, api.prepare, api.keep, where=api.where)
        try:
            self._patiently(Call(own, call.region, {}), {})
        except Refusal as refused:
            refused.permission = own.permission
            raise
        self._sleep(min(0.2 * waits, 2.0))

    # Turns and lost lines

    def _pace(self, call: Call) -> Pace:
        lane = _service(call)
        with self._lock:
            if lane not in self._paces:
                self._paces[lane] = Pace(self._rate * BRISK.get(call.api.service, 1.0))
            return self._paces[lane]

    def _await_turn(self, call: Call) -> float:
        """When the turn came."""
        self._refuse_the_dead(call)
        self._sleep(0.0 if self._has_turn(call) else self._pace(call).take())
        return time.monotonic()

    def _has_turn(self, call: Call) -> bool:
        """Whether a turn was taken before. Whose call of the service it was for makes no difference."""
        lane = _service(call)
        with self._lock:
            has = self._taken[lane] > 0
            self._taken[lane] -= has
        return has

    def _refuse_the_dead(self, call: Call) -> None:
        where = f" in {call.region}" if call.region else ""
        region, service, operation = _lanes(call)
        with self._lock:
            if self._lost[service] >= _DEAD_AFTER:
                raise _NoAnswerError(f"{call.api.service} does not answer{where}")
            if self._lost[operation] >= _DEAD_AFTER:
                raise _NoAnswerError(f"{call.api.permission} is not answered{where}")
            if self._given_up[service] >= _NOT_ASKED_AFTER:
                raise _NoAnswerError(
                    f"throttled, or failing: {call.api.service}{where} refused {_NOT_ASKED_AFTER} calls in a row, and was not asked for"
                    f" {call.api.permission} any more"
                )
            if region not in self._heard and self._lost[region] >= _DEAD_REGION_AFTER:
                raise _NoAnswerError(f"nothing answers{where or ' in the home region'}")

    def _heard_from(self, call: Call) -> None:
        now = time.monotonic()
        with self._lock:
            for lane in _lanes(call):
                self._heard[lane] = now
                self._lost.pop(lane, None)

    def _lose(self, call: Call, begun: float) -> None:
        """Nobody answered. Who answered somebody else in the meantime is not dead."""
        with self._lock:
            region, service, operation = _lanes(call)
            self._lost[region] += not self._lost[service]
            for lane in (service, operation):
                self._lost[lane] += self._heard.get(lane, 0.0) < begun

    def _worth_another(self, call: Call, fault: BaseException) -> bool:
        """A name that is not there, and one who takes all his time and has never answered: no."""
        late = isinstance(fault, botocore.exceptions.ReadTimeoutError | botocore.exceptions.ConnectTimeoutError)
        return not _no_such_name(fault) and not (late and _service(call) not in self._heard)

    def _offered(self, call: Call, fault: BaseException) -> bool:
        """Whether there should be somebody to answer."""
        return not _no_such_name(fault) or self._clients.offers(call.api.service, call.region or self._clients.home)

    def _wait(self, tries: int, after: float | None = None) -> None:
        """Longer after each try, and by chance, so that not all ask again at once."""
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2**tries)
        self._sleep(after if after is not None else random.uniform(longest / 3, longest))  # noqa: S311 - no secret

    def _sleep(self, seconds: float) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0 or seconds > left:
            raise OutOfTimeError
        if seconds > 0:
            time.sleep(seconds)


def merged(first: Any, second: Any) -> Any:
    """Two pages as one: lists one after the other, mappings field by field, and of anything else the later. The first is
    made longer, not copied: of a thousand pages that would be a thousand copies.
    """
    if isinstance(first, list) and isinstance(second, list):
        first.extend(second)
        return first
    if isinstance(first, dict) and isinstance(second, dict):
        for name, value in second.items():
            first[name] = merged(first[name], value) if name in first else value
        return first
    return second


def _lanes(call: Call) -> tuple[_Lane, _Lane, _Lane]:
    return (call.region,), _service(call), (call.region, call.api.service, call.api.operation)


def _service(call: Call) -> _Lane:
    return (call.region, call.api.service)


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
