"""Who works here: the organization's list of people, with their accounts and devices."""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from collectors.collector import Fact, Platform, collector
from collectors.organization.rows import Fault, Row, RowError, rows, same
from collectors.sources import Register

_COLUMNS = {
    "person": ("person", "employee", "email", "user", "name"),
    "status": ("status", "state", "employment_status"),
    "start": ("start", "start_date", "hired", "hire_date", "from"),
    "end": ("end", "end_date", "left_on", "termination_date", "until"),
    "admin": ("admin", "administrator", "is_admin"),
    "devices": ("devices", "device", "hosts", "assets"),
    "accounts": ("accounts", "account", "logins", "login", "user_names", "usernames"),
    "ssh_keys": ("ssh_keys", "ssh_key", "keys", "key", "fingerprints", "fingerprint"),
}
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")
_ACTIVE = frozenset({"active", "current", "employed", "leave", "on leave"})
_LEFT = frozenset({"left", "former", "gone", "departed", "terminated", "inactive"})


@dataclass(frozen=True)
class Person:
    """One line of the roster. A person who came back may have several."""

    name: str
    active: bool = True
    """What the status column says; dates are judged by ``works_on``."""
    start: date | None = None
    """First day of work, where the roster tells."""
    end: date | None = None
    """Last day of work, where the roster tells."""
    admin: bool = False
    """Whether the person may administer systems."""
    devices: tuple[str, ...] = ()
    """Names of machines that this person answers for."""
    accounts: tuple[str, ...] = ()
    """User names of this person."""
    ssh_keys: tuple[str, ...] = ()
    """Fingerprints of this person's SSH keys, as ``ssh-keygen -l`` prints them."""

    def works_on(self, day: date) -> bool:
        """Whether the person works here on a day. A last day that has passed counts, even where the status was left."""
        return (self.start is None or self.start <= day) and not self.left_by(day)

    def left_by(self, day: date) -> bool:
        """Whether the person has left; one who is still to come has not."""
        return not self.active or (self.end is not None and self.end < day)


@dataclass(frozen=True)
class Roster(Fact):
    """The people of the organization, those who left among them."""

    people: tuple[Person, ...] = ()
    columns: frozenset[str] = frozenset()
    """The columns that the register has: where ``admin``, ``accounts``, ``start`` ... are not among them, the people's
    fields of that name say nothing."""
    faults: tuple[Fault, ...] = ()
    """Lines that were not understood; ``about`` is the person."""

    def working_on(self, day: date) -> dict[str, Person]:
        """Everyone who works here on a day, once: name in the form of ``rows.same`` to the line that says so."""
        return {same(person.name): person for person in self.people if person.works_on(day)}

    def holders(self, account: str) -> tuple[Person, ...]:
        """Every line of the people that a user name belongs to, whatever its case; also their lines that do not name it,
        for a person who came back has several.
        """
        return tuple(line for name in self._names.get(same(account), ()) for line in self._lines[name])

    def key_holders(self, fingerprint: str) -> tuple[Person, ...]:
        """Every line of the people to whom a key belongs, also their lines that do not name it."""
        names = dict.fromkeys(same(one.name) for one in self.people if fingerprint in one.ssh_keys)
        return tuple(line for name in names for line in self._lines[name])

    def keepers(self, host: str) -> tuple[Person, ...]:
        """The lines that name a machine. A name without a domain is that of any domain; case is ignored."""
        return tuple(one for one in self.people if any(_same_host(host, device) for device in one.devices))

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for person in self.people:
            for account in person.accounts:
                names = found.setdefault(same(account), [])
                names.extend(() if same(person.name) in names else (same(person.name),))
        return found

    @cached_property
    def _lines(self) -> dict[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for person in self.people:
            found.setdefault(same(person.name), []).append(person)
        return found


@collector(Register("roster"), platform=Platform.ORGANIZATION)
def roster(text: str) -> Roster:
    """Columns ``person`` and ``status`` (active or left); where they are kept, ``start``, ``end`` (YYYY-MM-DD), ``admin``
    (yes or no), ``devices``, ``accounts`` and ``ssh_keys`` (several, apart by spaces).
    """
    table = rows(text, _COLUMNS, ("person", "status"))
    people, faults = table.understood(_person, "person")
    return Roster(people, table.columns, faults)


def _same_host(one: str, other: str) -> bool:
    first, second = one.casefold().rstrip("."), other.casefold().rstrip(".")
    if "." in first and "." in second:
        return first == second
    return first.partition(".")[0] == second.partition(".")[0]


def _person(row: Row) -> Person:
    status = row.needed("status").casefold()
    if status not in _ACTIVE | _LEFT:
        raise RowError("status must be active or left")
    keys = tuple(word.rstrip("=") for word in row.words("ssh_keys"))
    if not all(_FINGERPRINT.fullmatch(key) for key in keys):
        raise RowError("ssh_keys must be fingerprints as ssh-keygen -l prints them, SHA256:...")
    start, end = row.day("start"), row.day("end")
    if start and end and end < start:
        raise RowError("end is before start: mend one of them")
    return Person(
        name=row.needed("person"),
        active=status in _ACTIVE,
        start=start,
        end=end,
        admin=row.flag("admin"),
        devices=row.words("devices"),
        accounts=row.words("accounts"),
        ssh_keys=keys,
    )
