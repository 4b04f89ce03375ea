"""17.04(8): each machine has a person, and the person is trained. The organization's registers tell both."""

from datetime import UTC, date, datetime

from checks.check import check, given
from checks.training import counting, months_before
from checks.verdict import LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.host_name import HostName
from collectors.organization.roster import Person, Roster
from collectors.organization.rows import may_be_about
from collectors.organization.training import Trained, Training
from collectors.snapshot import Moment

_NOW = Moment(datetime(2026, 1, 15, tzinfo=UTC))
_KEPT = frozenset({"person", "status", "start", "devices"})
_ROSTER = Roster(
    (
        Person("Ann Lee", devices=("laptop-7", "web.example.com")),
        Person("Bo Ray", active=False, devices=("laptop-8",)),
        Person("Cy Poe", start=date(2026, 1, 5), devices=("laptop-9",)),
    ),
    _KEPT,
)
_TRAINED = Training((Trained("ann lee", "Basics", date(2025, 6, 1)),))
_NO_NAME = "the machine has no /etc/hostname: set one with `hostnamectl hostname NAME`"
_NO_COLUMN = "the register roster has no column devices: add one with the host names each person answers for"


@check(
    "17.04(8)",
    severity=LOW,
    passes=[(HostName("laptop-7.example.com"), _ROSTER, _NOW), (HostName("WEB"), _ROSTER, _NOW)],
    fails=[
        (HostName("laptop-1"), _ROSTER, _NOW),
        (HostName("laptop-8"), _ROSTER, _NOW),
        (HostName("web.example.org"), _ROSTER, _NOW),
    ],
)
def someone_on_the_roster_answers_for_this_machine(host: HostName | None, roster: Roster, moment: Moment) -> Verdict:
    """A person who works here has this machine among the devices of the roster.

    Why: the proper use of a computer can be taught to the one who has it; a machine of nobody is used by anybody.
    Fix: add the machine's host name to the column devices of the person who answers for it.
    """
    if host is None:
        return unknown(_NO_NAME)
    if "devices" not in roster.columns:
        return unknown(_NO_COLUMN)
    keepers = roster.keepers(host.name)
    working = [one.name for one in keepers if one.works_on(moment.at.date())]
    if working:
        return passed(host=host.name, people=working)
    if roster.faults:
        return unknown(f"register roster, {roster.faults[0]}")
    if keepers:
        return failed("nobody who works here answers for it", host=host.name, people=[one.name for one in keepers])
    return failed("nobody on the roster answers for it", host=host.name)


@check(
    "17.04(8)",
    severity=MEDIUM,
    passes=[(HostName("laptop-7"), _ROSTER, _TRAINED, _NOW)],
    fails=[
        (HostName("laptop-7"), _ROSTER, Training(), _NOW),
        given(HostName("laptop-7"), _ROSTER, _TRAINED, _NOW, months=6),
        given(HostName("laptop-9"), _ROSTER, _TRAINED, _NOW, new_days=5),
    ],
    not_applicable=[
        (HostName("laptop-1"), _ROSTER, _TRAINED, _NOW),
        (HostName("laptop-9"), _ROSTER, _TRAINED, _NOW),
    ],
)
def who_answers_for_this_machine_is_trained(
    host: HostName | None,
    roster: Roster,
    training: Training,
    moment: Moment,
    *,
    months: int = 12,
    course: str = "*",
    new_days: int = 30,
) -> Verdict:
    """Everyone who answers for this machine has finished a training within the last twelve months.

    Why: 17.04(8) asks for education on the proper use of the computer security system, which is the one they use.
    Fix: train the people that are named, and add a line for each to the training register: person, course, date.
    Settings:
        months: how long a training counts; a year, since the program is to be reviewed annually.
        course: which courses count, a pattern with * and ? (case is ignored); every course, since names are yours.
        new_days: days after the start for which new people are left to their own check; the same 30 as there.
    """
    if host is None:
        return unknown(_NO_NAME)
    if "devices" not in roster.columns:
        return unknown(_NO_COLUMN)
    today = moment.at.date()
    since = months_before(today, months)
    keepers = [one for one in roster.keepers(host.name) if one.works_on(today)]
    if not keepers:
        if roster.faults:
            return unknown(f"register roster, {roster.faults[0]}")
        return not_applicable("nobody who works here answers for it", host=host.name)
    due = [one for one in keepers if not (one.start and (today - one.start).days <= new_days)]
    untrained = [
        one.name for one in due if not any(since <= done.on <= today for done in counting(training, one, course))
    ]
    for name in untrained:
        if fault := may_be_about(training.faults, name):
            return unknown(f"register training, {fault}")
    if untrained:
        return failed(f"not trained within {months} months", host=host.name, people=untrained)
    if not due:
        return not_applicable(f"everyone who answers for it started within the last {new_days} days", host=host.name)
    return passed(host=host.name, people=[one.name for one in due], since=since)
