"""What is wanted of a cloud account: calls of its API, as data.

``Api`` declares a call, ``Items`` what to ask it of, and ``Of`` takes a parameter from the item. ``Row``, ``Rows`` and
``Batch`` are other ways to one item's answer: from a listing that was made anyway, or asked for many items at once. Each
distinct call is made once per account and region, whoever needs it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from string import Formatter
from typing import Any

from collectors.kept import Mask, mask

Answer = Mapping[str, Any]
"""What a call returned, as boto3 names its fields; times as ISO 8601, of each field only what was declared."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in AWS something is."""

    partition: str
    """``aws``, ``aws-us-gov`` or ``aws-cn``."""
    account: str
    """Its twelve digits."""
    region: str
    """Empty for what is global."""

    def arn(self, service: str, resource: str) -> str:
        """The name of a resource of this place, e.g. ``arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1``."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


class Item(dict[str, Any]):
    """One of several things that calls are made of: the fields of its entry in the listing, its name and its place."""

    __slots__ = ("arn", "at")

    def __init__(self, fields: Mapping[str, Any], arn: str, at: Place) -> None:
        super().__init__(fields)
        self.arn = arn
        self.at = at

    @property
    def region(self) -> str:
        """Where it is."""
        return self.at.region


@dataclass(frozen=True, slots=True)
class Of:
    """As a parameter: the item's field of this name; with dots for fields of fields."""

    name: str

    def value(self, item: Mapping[str, Any]) -> Any:
        """``KeyError`` where the item has no such field."""
        value: Any = item
        for part in self.name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise KeyError(self.name)
            value = value[part]
        return value


class Where(Enum):
    """In which region a call is asked."""

    REGION = "in every region"
    ACCOUNT = "once for the account"
    ITEM = "in the region of the item"


REGION, ACCOUNT, ITEM = Where


@dataclass(frozen=True, eq=False)
class Api:
    """One read-only call. The parser receives its ``Answer``, all pages as one.

    ``parameters`` may hold ``Of`` at any depth. An error whose code is in ``absent`` says that it is not there.
    """

    service: str
    """As boto3 names its client, e.g. ``elbv2``."""
    operation: str
    """As the API names it, e.g. ``DescribeLoadBalancers``."""
    keep: str
    """The fields of the answer that are kept: see ``collectors.kept``."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    """The error codes that say that the item itself is no longer there: it was deleted since it was listed."""
    where: "Where" = REGION
    """In which region it is asked."""
    action: str = ""
    """The permission that it takes, where that is not ``service:operation``."""
    pages: tuple[str, str] | None = None
    """Names of the token in the request and in the answer, where boto3 does not know that the call has pages."""
    first_page: bool = False
    """Whether its first page says enough, and no other is asked for."""
    redact: Callable[[Any], Any] | None = None
    """Made of the whole answer before anything is kept: it must leave out what may not leave the place it was found."""
    prepare: str = ""
    """Another operation of the service, without parameters, that makes the answer ready."""
    prepare_on: tuple[str, ...] = ()
    """The error codes that say that the answer is not ready."""
    may_be_empty: bool = False
    """Whether an answer without any of the kept fields says something; otherwise it is not understood."""
    also: tuple[str, ...] = ()
    """Permissions that the call takes besides its own."""
    mask: Mask = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "mask", mask(self.keep))

    @property
    def key(self) -> str:
        """How a declaration is named, e.g. ``api:s3:GetBucketPolicy {"Bucket": "<Name>"}``."""
        told = f" {_written(self.parameters)}" if self.parameters else ""
        return f"api:{self.service}:{self.operation}{told}"

    @property
    def regional(self) -> bool:
        """Whether each region is asked, whatever the item."""
        return self.where is REGION

    @property
    def permission(self) -> str:
        """The IAM action that it takes."""
        return self.action or f"{PREFIXES.get(self.service, self.service)}:{self.operation}"

    @property
    def permissions(self) -> tuple[str, ...]:
        """All IAM actions that it takes."""
        prepare = (f"{PREFIXES.get(self.service, self.service)}:{self.prepare}",) if self.prepare else ()
        return (self.permission, *prepare, *self.also)

    @property
    def calls(self) -> tuple["Api", ...]:
        """The declarations it rests on."""
        return (self,)


@dataclass(frozen=True, eq=False)
class Batch:
    """A call that takes many items at once. The parser receives the entry of its item, a ``Answer``.

    ``keys`` of the items go into the parameter ``into`` (a name, or a path such as ``Filters.0.Values``), ``most`` at a time;
    the answer's ``rows`` are told apart by their field ``key``.
    """

    api: Api
    into: str
    keys: Of
    rows: str
    key: str
    most: int = 100

    @property
    def calls(self) -> tuple[Api, ...]:
        """The declarations it rests on."""
        return (self.api,)


@dataclass(frozen=True, eq=False)
class Row:
    """The entry of a listing that is about the item; there is none: ``Absent``. The parser receives an ``Answer``."""

    listing: Api
    rows: str
    """Where the entries stand: field names with dots, lists gone through."""
    key: str
    """The entry's field (or fields of fields, with dots) that names the item."""
    of: Of
    """The item's field that names it."""

    @property
    def calls(self) -> tuple[Api, ...]:
        """The declarations it rests on."""
        return (self.listing,)


class Rows(Row):
    """All entries of a listing that are about the item, possibly none. The parser receives ``tuple[Answer, ...]``."""


ApiSource = Api | Batch | Row


class _Names(Formatter):
    """Makes a name of texts only: of anything else in its place, nobody knows what it names."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        """``TypeError`` where it is no text."""
        if not isinstance(value, str):
            raise TypeError("a name is no text")
        return super().format_field(value, format_spec)


_NAMES = _Names()


@dataclass(frozen=True, eq=False)
class Items:
    """What to ask about: the entries of a listing, each once.

    ``named`` makes an item's name, as ``str.format`` does, of the item's fields and ``partition``, ``account``, ``region``.
    """

    listing: Api
    rows: str | Callable[[Any], Iterable[Any]]
    """Where the entries stand (field names with dots, lists gone through), or a pure function that finds them. An entry that
    is a text, not a mapping, becomes the field ``value``."""
    named: str
    of: "Items | None" = None
    """Where the listing itself is asked of items; theirs is then the field ``parent``."""
    region: str = ""
    """The field by which an entry tells its region; one of a global listing that does not is asked about at home. Where the
    listings of several regions name the same entry, it counts once."""

    def found(self, answer: Any, at: Place, parent: Item | None) -> Iterator[Item]:
        """The items of one answer. Raises whatever it does not understand."""
        entries = rows_of(answer, self.rows) if isinstance(self.rows, str) else self.rows(answer)
        for entry in entries:
            fields = dict(entry) if isinstance(entry, Mapping) else {"value": entry}
            if parent is not None:
                fields["parent"] = parent
            home = parent.region if parent is not None else at.region
            region = str(fields.get(self.region) or "") if self.region else home
            place = Place(at.partition, at.account, region)
            told = {**fields, "partition": at.partition, "account": at.account, "region": region}
            yield Item(fields, _NAMES.format(self.named, **told), place)

    @property
    def chain(self) -> tuple["Items", ...]:
        """Itself and those it is asked of, the outermost first."""
        return (*(self.of.chain if self.of is not None else ()), self)


def rows_of(answer: Any, path: str) -> Iterator[Any]:
    """The entries at a path of field names; lists are gone through, and a field that is not there has none."""
    if isinstance(answer, list):
        for one in answer:
            yield from rows_of(one, path)
    elif not path:
        if answer is not None:
            yield answer
    elif isinstance(answer, Mapping):
        name, _, rest = path.partition(".")
        if name in answer:
            yield from rows_of(answer[name], rest)


@dataclass(frozen=True, slots=True)
class Call:
    """A declared call with its parameters, at one place."""

    api: Api
    region: str
    """Where it is asked; empty for the region that global services have."""
    parameters: Mapping[str, Any]
    key: str = field(init=False, repr=False, compare=False)
    """How a snapshot names it: region, call and parameters. Made once, since it is looked up many times."""

    def __post_init__(self) -> None:
        told = f" {_written(self.parameters)}" if self.parameters else ""
        object.__setattr__(self, "key", f"aws:{self.region or 'global'}:{self.api.service}:{self.api.operation}{told}")


def call_of(api: Api, at: Place, item: Item | None = None) -> Call:
    """A declaration asked of an item, or of a place. ``KeyError`` where the item lacks a field. Besides the item's own,
    parameters can be ``account`` and ``region``.
    """
    where = {REGION: at.region, ACCOUNT: "", ITEM: item.region if item is not None else ""}
    fields = {"account": at.account, "region": at.region, **(item or {})}
    return Call(api, where[api.where], _filled(api.parameters, fields))


def batched(batch: Batch, at: Place, items: Sequence[Item]) -> list[tuple[Call, list[str]]]:
    """The calls that ask of all items, and the keys that each asks of."""
    keys = sorted({str(batch.keys.value(item)) for item in items})
    chunks = [keys[start : start + batch.most] for start in range(0, len(keys), batch.most)]
    return [(_with_keys(batch, at, chunk), chunk) for chunk in chunks]


def _with_keys(batch: Batch, at: Place, keys: list[str]) -> Call:
    made = call_of(batch.api, at)
    parameters = json.loads(json.dumps(made.parameters))
    *path, last = batch.into.split(".")
    into: Any = parameters
    for part in path:
        into = into[int(part)] if isinstance(into, list) else into[part]
    into[last] = keys
    return Call(made.api, made.region, parameters)


def _filled(value: Any, item: Mapping[str, Any]) -> Any:
    if isinstance(value, Of):
        return value.value(item)
    if isinstance(value, Mapping):
        return {name: _filled(one, item) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(one, item) for one in value]
    return value


_WRITER = json.JSONEncoder(sort_keys=True, default=lambda of: f"<{of.name}>")


def _written(value: Any) -> str:
    return _WRITER.encode(value)


PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "s3control": "s3",
}
"""The prefix of a service's permissions, where it is not what boto3 calls the service."""
