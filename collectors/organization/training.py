"""Who was trained in what, and when: the organization's own records."""

from dataclasses import dataclass
from datetime import date

from collectors.collector import Fact, Platform, collector
from collectors.organization.rows import Fault, Row, RowError, rows, same
from collectors.sources import Register

_COLUMNS = {
    "person": ("person", "employee", "trainee", "participant", "email", "user", "name"),
    "course": ("course", "training", "module", "topic", "title"),
    "date": ("date", "completed_on", "completion_date", "completed", "date_completed", "trained_on"),
    "result": ("result", "outcome", "status"),
}
_DONE = frozenset({"", "passed", "pass", "complete", "completed", "done", "attended", "yes"})
_NOT_DONE = frozenset({"failed", "fail", "incomplete", "enrolled", "in progress", "not started", "overdue", "no"})


@dataclass(frozen=True)
class Trained:
    """One person finished one course on one day."""

    person: str
    course: str
    on: date


@dataclass(frozen=True)
class Training(Fact):
    """The training register: courses that were finished."""

    records: tuple[Trained, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Lines that were not understood; ``about`` is the person."""

    def of(self, person: str) -> tuple[Trained, ...]:
        """The records of a person, whatever the case and spacing of the name."""
        return tuple(record for record in self.records if same(record.person) == same(person))


@collector(Register("training"), platform=Platform.ORGANIZATION)
def training(text: str) -> Training:
    """Columns ``person``, ``course``, ``date`` (YYYY-MM-DD), and ``result`` where courses can be failed: a row whose result
    says that the course was not finished is no record.
    """
    records, faults = rows(text, _COLUMNS, ("person", "course", "date")).understood(_record, "person")
    return Training(records, faults)


def _record(row: Row) -> Trained | None:
    result = row.cells.get("result", "").casefold()
    if result in _NOT_DONE:
        return None
    if result not in _DONE:
        raise RowError("result must say passed, completed, failed or enrolled")
    return Trained(row.needed("person"), row.needed("course"), row.needed_day("date"))
