"""Who works here: the organization's list of people, with their accounts and devices."""

from dataclasses import dataclass
from datetime import date

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
}
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

    def works_on(self, day: date) -> bool:
        """Whether the person works here on a day. A last day that has passed counts, even where the status was left."""
        begun = self.start is None or self.start <= day
        return self.active and begun and (self.end is None or day <= self.end)


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


@collector(Register("roster"), platform=Platform.ORGANIZATION)
def roster(text: str) -> Roster:
    """Columns ``person`` and ``status`` (active or left); where they are kept, ``start``, ``end`` (YYYY-MM-DD), ``admin``
    (yes or no), ``devices`` and ``accounts`` (several, apart by spaces).
    """
    table = rows(text, _COLUMNS, ("person", "status"))
    people, faults = table.understood(_person, "person")
    return Roster(people, table.columns, faults)


def _person(row: Row) -> Person:
    status = row.needed("status").casefold()
    if status not in _ACTIVE | _LEFT:
        raise RowError("status must be active or left")
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
    )
