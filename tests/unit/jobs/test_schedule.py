"""The worker's schedule."""

from nutshell.jobs.actions import Schedule
from nutshell.jobs.types import Task


def schedule_of(*tasks: Task) -> tuple[Schedule, list[float]]:
    now = [0.0]
    return Schedule(tasks, clock=lambda: now[0]), now


def test_a_task_runs_at_the_start_and_again_when_it_is_due():
    runs: list[str] = []
    schedule, now = schedule_of(Task("sweep", 60, lambda: runs.append("sweep")))
    schedule.run_due()
    now[0] = 59
    schedule.run_due()
    assert runs == ["sweep"]
    now[0] = 60
    schedule.run_due()
    assert runs == ["sweep", "sweep"]


def test_a_failing_task_does_not_stop_the_others_and_is_tried_again(caplog):
    runs: list[str] = []

    def fails() -> None:
        runs.append("failed")
        raise ValueError("alice@example.org")

    schedule, now = schedule_of(Task("bad", 10, fails), Task("good", 10, lambda: runs.append("good")))
    schedule.run_due()
    now[0] = 10
    schedule.run_due()
    assert runs == ["failed", "good", "failed", "good"]
    assert "ValueError" in caplog.text
    assert "alice" not in caplog.text


def test_the_schedule_tells_how_each_task_is_while_one_runs():
    seen = []
    schedule, _ = schedule_of(
        Task("first", 10, lambda: 1 / 0),
        Task("second", 20, lambda: seen.extend(schedule.states)),
        Task("third", 30, int),
    )
    schedule.run_due()
    first, second, third = seen
    assert (first.failure, first.finished_at is not None) == ("ZeroDivisionError", True)
    assert (second.started_at is not None, second.finished_at) == (True, None)
    assert (third.every, third.started_at, third.failure) == (30, None, "")
    assert [state.failure for state in schedule.states] == ["ZeroDivisionError", "", ""]
