"""All accounts of an organization as targets: which there are, which are chosen, and how each is reached."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from agent.aws.account import clients_of
from agent.aws.credentials import NoCredentials, credentials_of
from agent.config import Target
from agent.errors import UnreachableError
from agent.plan import Plan
from collectors.api import Api, Call, Item, Place, call_of
from collectors.aws.account import IDENTITY, scope_of
from collectors.aws.organization import MEMBERS, MEMBERS_BELOW, TAGS, UNITS_BELOW
from collectors.readings import Absent, Text, Unread
from collectors.transports.aws.asking import Asking

_NUMBER = re.compile(r"\d{12}")
_DEEPEST = 6
"""Units below units: AWS allows five."""


def members_of(plan: Plan, target: Target) -> tuple[Plan, list[Target]]:
    """The accounts that a target of kind ``organization`` stands for, each a target; and the plan, which then knows all of
    the organization's accounts as its own. ``UnreachableError`` where they cannot be listed: nothing may be left out silently.
    """
    clients = clients_of(plan, target)
    credentials = credentials_of(clients, target.aws)
    if isinstance(credentials, NoCredentials):
        raise UnreachableError(credentials.reason)
    asking = Asking(clients, credentials, seconds=target.time_limit, rate=target.aws.calls_per_second)
    directory = _Directory(asking)
    scope = scope_of({Call(IDENTITY, "", {}).key: asking.read(Call(IDENTITY, "", {}))})
    if isinstance(scope, Unread):
        raise UnreachableError(scope.reason)
    listed = directory.ask(MEMBERS)["Accounts"]
    if not any(str(one["Id"]) == scope.account for one in listed):
        raise UnreachableError(
            "the accounts of the organization cannot be listed: AWS lists others than the one that asks"
        )
    numbers = [str(one["Id"]) for one in listed if one.get("State", one.get("Status")) == "ACTIVE"]
    named = [one for one in target.aws.include if _NUMBER.fullmatch(one)]  # not left out where AWS does not list it
    chosen = directory.chosen([*dict.fromkeys((*numbers, *named))], target.aws.include, target.aws.exclude)
    if not chosen:
        raise UnreachableError("no active account of the organization is chosen: look at aws.include and aws.exclude")
    own = tuple(dict.fromkeys((*plan.aws.own_accounts, *(str(one["Id"]) for one in listed))))
    known = replace(plan, aws=replace(plan.aws, own_accounts=own))
    return known, [_member(target, number, scope.account, scope.partition) for number in chosen]


def _member(target: Target, number: str, home: str, partition: str) -> Target:
    """One account as a target. The account that lists them all is asked with the credentials that list them."""
    settings = replace(target.aws, organization=False)
    if number != home:
        before = (*target.aws.via, *([target.aws.role] if target.aws.role else []))
        role = f"arn:{partition}:iam::{number}:role/{target.aws.member_role}"
        settings = replace(settings, via=before, role=role)
    return replace(target, name=f"{target.name}/{number}", aws=settings)


class _Directory:
    """What AWS Organizations knows, each question once."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._below: dict[str, frozenset[str]] = {}
        self._tags: dict[str, frozenset[str]] = {}

    def ask(self, api: Api, **fields: str) -> Any:
        """An answer; ``UnreachableError`` where there is none."""
        reading = self._asking.read(call_of(api, Place("", "", ""), Item(fields, "", Place("", "", ""))))
        match reading:
            case Text(text):
                return json.loads(text)
            case Absent(what):
                raise UnreachableError(f"the account belongs to no organization: {what}")
            case Unread(reason):
                raise UnreachableError(f"the accounts of the organization cannot be listed: {reason}")

    def chosen(self, numbers: list[str], include: Iterable[str], exclude: Iterable[str]) -> list[str]:
        """The accounts that are included (all where nothing is) and not excluded, sorted."""
        included = [self._matcher(words) for words in include]
        excluded = [self._matcher(words) for words in exclude]
        return sorted(
            number
            for number in numbers
            if (not included or any(fits(number) for fits in included)) and not any(fits(number) for fits in excluded)
        )

    def _matcher(self, words: str) -> Callable[[str], bool]:
        if _NUMBER.fullmatch(words):
            return lambda number: number == words
        if words.startswith("tag:"):
            return lambda number: words.removeprefix("tag:") in self._tags_of(number)
        below = self._accounts_below(words, 0)
        return lambda number: number in below

    def _accounts_below(self, unit: str, depth: int) -> frozenset[str]:
        if unit not in self._below:
            found = {str(one["Id"]) for one in self.ask(MEMBERS_BELOW, parent=unit)["Accounts"]}
            if depth < _DEEPEST:
                for one in self.ask(UNITS_BELOW, parent=unit)["OrganizationalUnits"]:
                    found |= self._accounts_below(str(one["Id"]), depth + 1)
            self._below[unit] = frozenset(found)
        return self._below[unit]

    def _tags_of(self, number: str) -> frozenset[str]:
        if number not in self._tags:
            tags = self.ask(TAGS, id=number)["Tags"]
            self._tags[number] = frozenset(f"{tag['Key']}={tag['Value']}" for tag in tags)
        return self._tags[number]
