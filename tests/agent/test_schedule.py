from agent.daemon.schedule import Job, Schedule

HOUR = 3600.0


def schedule(*jobs: Job, now: float = 0.0, last: dict[str, float] | None = None, draw: float = 0.0) -> Schedule:
    made = Schedule(lambda: draw)
    made.plan(jobs, now, last)
    return made


def test_a_target_that_was_never_scanned_is_due_at_once() -> None:
    made = schedule(Job("web", HOUR))
    assert made.wait(0) == 0
    assert made.take(0) == ["web"]


def test_what_runs_is_not_started_a_second_time() -> None:
    made = schedule(Job("web", 10))
    made.take(0)
    assert made.wait(5) is None
    assert made.take(25) == []
    made.done("web")
    assert made.take(25) == ["web"]


def test_times_do_not_drift_when_scans_take_long_and_start_late() -> None:
    made = schedule(Job("web", 10))
    starts = []
    now = 0.0
    while now < 100:
        now += made.wait(now) or 0.0
        now += 0.7  # always late
        assert made.take(now) == ["web"]
        starts.append(now)
        now += 2.3  # and it takes time
        made.done("web")
    assert [round(start, 1) for start in starts] == [0.7 + 10 * index for index in range(len(starts))]


def test_what_was_missed_in_sleep_is_run_once_and_soon() -> None:
    made = schedule(Job("web", 10))
    made.take(0)
    made.done("web")
    assert made.wait(1000.5) == 0
    assert made.take(1000.5) == ["web"]
    made.done("web")
    assert made.take(1000.6) == []
    assert round(made.wait(1000.5) or 0, 1) == 9.5  # back on the grid


def test_a_splay_delays_each_start_and_never_by_more_than_half_an_interval() -> None:
    made = schedule(Job("web", 100, splay=20), draw=0.5)
    made.take(0)
    made.done("web")
    assert made.wait(0) == 110
    assert made.take(109.9) == []
    assert made.take(110) == ["web"]
    made.done("web")
    assert made.wait(110) == 100  # 210: the splay of one time does not add to the next
    wide = schedule(Job("web", 10, splay=300), draw=1.0)
    wide.take(0)
    wide.done("web")
    assert wide.wait(0) == 15


def test_a_restart_keeps_the_rhythm_and_catches_up_what_was_missed() -> None:
    recent = schedule(Job("web", HOUR), now=1000, last={"web": 400})
    assert recent.wait(1000) == HOUR - 600
    overdue = schedule(Job("web", HOUR), now=10000, last={"web": 400})
    assert overdue.wait(10000) == 0
    future = schedule(Job("web", HOUR), now=1000, last={"web": 90000})  # the clock was wrong
    assert future.wait(1000) == 0


def test_a_new_plan_keeps_what_stays_and_drops_what_goes() -> None:
    made = schedule(Job("web", 10), Job("db", 10))
    made.take(0)
    made.plan([Job("web", 10), Job("new", 50)], 3)
    assert made.take(3) == ["new"]  # web still runs
    made.done("db")
    made.done("web")
    assert made.wait(3) == 7


def test_hurry_runs_everything_now_and_keeps_the_grid() -> None:
    made = schedule(Job("web", 100))
    made.take(0)
    made.done("web")
    made.hurry(30)
    assert made.take(30) == ["web"]
    made.done("web")
    assert made.wait(30) == 70


def test_the_longest_overdue_is_first_and_nothing_is_due_without_jobs() -> None:
    made = schedule(Job("slow", 100), Job("quick", 10), now=0, last={"slow": 0, "quick": 0})
    assert made.take(100) == ["quick", "slow"]
    assert schedule().wait(0) is None
