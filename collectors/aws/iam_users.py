"""IAM's credential report: what each user, and the root user, can enter with, and when that was last done.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html. AWS makes it anew every four hours, so
what it says may be as old as that. It does not tell of credentials for single services (CodeCommit, SES, Bedrock).
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors.api import ACCOUNT, Answer, Api, Item, Items, Place
from collectors.aws.resource import Resource
from collectors.collector import aws_collector

CREDENTIALS = Api(
    "iam",
    "GetCredentialReport",
    "Content",
    where=ACCOUNT,
    prepare="GenerateCredentialReport",
    prepare_on=("ReportNotPresent", "ReportExpired", "ReportInProgress"),
)
_ROOT = "<root_account>"
_NEVER = ("N/A", "no_information", "not_supported")


def _rows(report: Answer) -> Iterator[Mapping[str, str]]:
    """A row with too many or too few fields (no user name should make one) keeps its place, so that it is not understood
    alone.
    """
    table = csv.DictReader(io.StringIO(report["Content"]))
    for number, row in enumerate(table, 1):
        whole = None not in row and None not in row.values()
        yield row if whole else {"user": "", "arn": f"row {number} of the credential report"}


def _users(report: Answer) -> Iterator[Mapping[str, str]]:
    return (row for row in _rows(report) if row["user"] != _ROOT)


USERS = Items(CREDENTIALS, _users, "{arn}")


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """An access key that exists."""

    active: bool = True
    rotated: datetime
    """When it was made, or changed."""
    used: datetime | None = None
    """When it last signed a request; None: never since AWS looks."""

    @property
    def seen(self) -> datetime:
        """The last sign of life: its use, or else its making."""
        return self.used or self.rotated


@dataclass(frozen=True, kw_only=True)
class IamUser(Resource):
    """A user of IAM and its credentials."""

    name: str
    password: bool = False
    """Whether a password opens the console to it."""
    password_set: datetime | None = None
    """When the password was last set; None without one."""
    password_used: datetime | None = None
    """When somebody last signed in with it; None: never since AWS looks."""
    mfa: bool = False
    keys: tuple[AccessKey, ...] = ()

    @property
    def active_keys(self) -> tuple[AccessKey, ...]:
        """Those that AWS takes."""
        return tuple(key for key in self.keys if key.active)

    @property
    def ways_in(self) -> tuple[str, ...]:
        """What it can enter with, in words; none where it cannot."""
        keys = len(self.active_keys)
        told = ("password" if self.password else "", f"{keys} access key{'s' * (keys > 1)}" if keys else "")
        return tuple(filter(None, told))


@aws_collector(each=USERS)
def iam_user(row: Item) -> IamUser:
    """A user that was made after the report does not stand in it."""
    return IamUser(
        arn=row.arn,
        name=row["user"],
        password=_flag(row["password_enabled"]),
        password_set=_moment(row["password_last_changed"]),
        password_used=_moment(row["password_last_used"]),
        mfa=_flag(row["mfa_active"]),
        keys=_keys(row),
    )


@dataclass(frozen=True, kw_only=True)
class RootUse(Resource):
    """When somebody last acted as the root user; None: never since AWS looks."""

    password_used: datetime | None = None
    key_used: datetime | None = None


@aws_collector(CREDENTIALS)
def root_use(at: Place, report: Answer) -> RootUse:
    """The report has a row for the root user, always."""
    del at
    row = next(row for row in _rows(report) if row["user"] == _ROOT)
    used = [key.used for key in _keys(row) if key.used is not None]
    return RootUse(password_used=_moment(row["password_last_used"]), key_used=max(used, default=None))


def _keys(row: Mapping[str, Any]) -> tuple[AccessKey, ...]:
    """A key that was made inactive still has the date of its making; there is none where the report gives no date."""
    return tuple(filter(None, (_key(row, f"access_key_{number}") for number in (1, 2))))


def _key(row: Mapping[str, Any], name: str) -> AccessKey | None:
    active, rotated = _flag(row[f"{name}_active"]), _moment(row[f"{name}_last_rotated"])
    if rotated is None:
        if active:
            raise ValueError("an active key without a date")
        return None
    return AccessKey(active=active, rotated=rotated, used=_moment(row[f"{name}_last_used_date"]))


def _flag(text: str) -> bool:
    return {"true": True, "false": False}[text.casefold()]


def _moment(text: str) -> datetime | None:
    if text in _NEVER:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a date without a time zone")
    return at
