"""17.04(8): education and training of employees."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase

from checks.attested import attested
from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import Fault, may_be_about, same
from collectors.organization.training import Trained, Training
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_ANN = Person("Ann Lee", start=date(2020, 3, 1))
_NEW = Person("Bo Ray", start=date(2025, 12, 1))
_KEPT = frozenset({"person", "status", "start"})


def _training(*records: tuple[str, date], faults: tuple[Fault, ...] = ()) -> Training:
    return Training(tuple(Trained(person, "Security basics", on) for person, on in records), faults)


def _people(*people: Person) -> Roster:
    return Roster(people, _KEPT)


def _verdict(untrained: Iterable[str], training: Training, roster: Roster, reason: str) -> Verdict | None:
    """What people without a record mean: a fail, or ``unknown`` where a line that is not understood may be about them."""
    missing = list(untrained)
    told = [(f"register {name}, ", fact.faults) for name, fact in (("training", training), ("roster", roster))]
    clear = [one for one in missing if not any(may_be_about(faults, one) for _, faults in told)]
    if clear:
        return failed(reason, people=clear)
    # A faulty line of the roster may be someone who is not counted; one of the training only hides a record.
    register, faults = next(((name, faults) for name, faults in told[0 if missing else 1 :] if faults), ("", ()))
    return unknown(f"{register}{faults[0]}") if faults else None


@check(
    "17.04(8)",
    severity=HIGH,
    passes=[(_training(("ann lee", date(2025, 9, 1))), _people(_ANN, Person("Gone", active=False)), _NOW)],
    fails=[
        (_training(), _people(_ANN), _NOW),
        (_training(("Ann Lee", date(2024, 9, 1))), _people(_ANN), _NOW),
        given(_training(("Ann Lee", date(2025, 9, 1))), _people(_ANN), _NOW, course="*privacy*"),
    ],
)
def everyone_on_the_roster_is_trained(
    training: Training, roster: Roster, moment: Moment, *, months: int = 12, course: str = "*", new_days: int = 30
) -> Verdict:
    """Everyone who works here has finished a training within the last twelve months.

    Why: 17.04(8) asks for the education of employees; what was learned once fades, and the threats change.
    Fix: train the people that are named, and add a line for each to the training register: person, course, date.
    Settings:
        months: how long a training counts; a year, since the program is to be reviewed annually.
        course: which courses count, a pattern with * and ? (case is ignored); every course, since names are yours.
        new_days: days after the start for which new people are left to their own check; the same 30 as there.
    """
    today = moment.at.date()
    working = roster.working_on(today)
    if not working:
        fault = f": {roster.faults[0]}" if roster.faults else ""
        return unknown(f"the register roster names no one who works here{fault}")
    due = {
        name: person
        for name, person in working.items()
        if not (person.start and (today - person.start).days <= new_days)
    }
    since = months_before(today, months)
    untrained = [
        person.name
        for person in due.values()
        if not any(since <= record.on <= today for record in counting(training, person, course))
    ]
    if verdict := _verdict(untrained, training, roster, f"not trained within {months} months"):
        return verdict
    if not due:
        return not_applicable(f"everyone started within the last {new_days} days")
    return passed(people=len(due), since=since)


@check(
    "17.04(8)",
    severity=MEDIUM,
    passes=[(_training(("Bo Ray", date(2025, 12, 20))), _people(_ANN, _NEW), _NOW)],
    fails=[
        (_training(), _people(_ANN, _NEW), _NOW),
        (_training(("Bo Ray", date(2026, 1, 10))), _people(_NEW), _NOW),
    ],
    not_applicable=[(_training(), _people(_ANN), _NOW)],
)
def new_people_are_trained_soon(
    training: Training, roster: Roster, moment: Moment, *, days: int = 30, course: str = "*", months: int = 12
) -> Verdict:
    """Everyone who started here within the last year was trained soon after.

    Why: 17.04(8) asks for employees to be trained; a person who handles records for months before is not.
    Fix: make the training a part of the first weeks, and add its line to the training register.
    Settings:
        days: days from the first day of work to the training; 30, so that a monthly course reaches everyone.
        course: which courses count, a pattern with * and ? (case is ignored); every course, since names are yours.
        months: how far back a start is looked at; a year. A training so long before the start counts as well.
    """
    today = moment.at.date()
    working = roster.working_on(today).values()
    soon = timedelta(days=days)
    new = [person for person in working if person.start and person.start >= months_before(today, months)]
    late = [
        person.name
        for person in new
        if person.start
        and person.start + soon < today
        and not any(
            months_before(person.start, months) <= record.on <= person.start + soon
            for record in counting(training, person, course)
        )
    ]
    if verdict := _verdict(late, training, roster, f"not trained within {days} days of the start"):
        return verdict
    if undated := [person.name for person in working if not person.start]:
        return unknown("the register roster has no start for some people: fill in the column start", people=undated)
    if not new:
        return not_applicable(f"no one started within the last {months} months")
    return passed(people=len(new))


@check(
    "17.04(8)",
    severity=LOW,
    passes=[(_training(("Ann Lee", date(2025, 9, 1))), _NOW)],
    fails=[(_training(), _NOW), (_training(("Ann Lee", date(2026, 9, 1))), _NOW)],
)
def training_records_are_there_and_of_the_past(training: Training, moment: Moment) -> Verdict:
    """The training register is not empty and records nothing that is still to come.

    Why: a record of the future was not written when the training was done, and so proves nothing.
    Fix: correct the dates of the records that are named, and enter a training when it is finished.
    """
    # The organization may be ahead of the clock of the scanner, which is UTC.
    tomorrow = moment.at.date() + timedelta(days=1)
    future = [f"{record.person}, {record.on}" for record in training.records if record.on > tomorrow]
    if future:
        return failed("records of the future", records=future)
    if training.faults:
        return unknown(f"register training, {training.faults[0]}", faults=len(training.faults))
    if not training.records:
        return failed("the training register is empty")
    return passed(records=len(training.records), last=max(record.on for record in training.records))


training_is_attested = attested(
    "17.04(8)",
    "the_training_is_attested",
    "Someone answers for the training of employees.",
    why="the records tell who sat through a course; that it covers the proper use of the system and the importance of "
    "the information is for a person to state.",
    fix="Review what the courses teach, then add a line to the register of attestations: control 17.04(8), statement, "
    "owner, date, expires.",
    severity=MEDIUM,
    module=__name__,
)


def counting(training: Training, person: Person, course: str) -> Iterable[Trained]:
    """The records of a person in courses that fit a pattern with * and ?, whatever the case."""
    return (one for one in training.of(person.name) if fnmatchcase(same(one.course), course.casefold()))


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier; the first of the next month where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1)
