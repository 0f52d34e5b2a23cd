"""Weeks of activity: counted in the trail, told once to the security officer, and looked at by somebody."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.db import connection, transaction
from tests.security.incidents.conftest import OFFICERS

from nutshell.activity import actions, measuring, queries
from nutshell.activity.models import WeekRow
from nutshell.activity.types import span_of, week_of
from nutshell.audit import actions as audit
from nutshell.audit import queries as trail
from nutshell.audit.models import AuditLeaf
from nutshell.common import clock, errors
from nutshell.common.errors import ConfigurationError

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK, NEXT = "2026-W47", MONDAY + timedelta(days=7, hours=2)
MEASURES = measuring.read(None)
At = Callable[[datetime], None]


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """It is this moment now."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.fixture(autouse=True)
def _monday(at: At) -> None:
    mail.outbox.clear()
    at(MONDAY + timedelta(hours=1))


def record(kind: str, subject: UUID | None, actor: str, times: int = 1) -> None:
    with transaction.atomic():
        for _ in range(times):
            audit.record(kind, subject, actor)


def made(at: At, moment: datetime = NEXT) -> int:
    at(moment)
    return actions.make(MEASURES, OFFICERS, "eat.example.org")


def lines() -> dict[str, tuple[str, int, bool]]:
    return {line.measure: (line.who, line.count, line.over) for line in queries.week(WEEK).review.lines}


def test_who_reads_many_people_is_over_and_reading_ones_own_is_not(at: At) -> None:
    nosy, quiet, me = (str(uuid4()) for _ in range(3))
    for _ in range(101):
        record("access", uuid4(), nosy)
    record("access", uuid4(), quiet, 150)
    record("access", UUID(me), me, 500)
    assert made(at) == 1
    assert lines()["people-read"] == (nosy, 101, True)
    assert lines()["reads"] == (quiet, 150, False)
    assert queries.weeks()[0] == (WEEK, 1, False)


def test_refused_log_ins_exports_fetches_and_operators_are_counted(at: At) -> None:
    attacked, leaver = uuid4(), uuid4()
    record("login-refused", attacked, "person", 31)
    record("export", leaver, str(leaver), 2)
    record("operator-refused", None, "console", 6)
    record("operator-act", None, "operator:7", 3)
    made(at)
    assert lines()["log-ins-refused"] == (str(attacked), 31, True)
    assert lines()["exports"] == (str(leaver), 2, False)
    assert lines()["operators-refused"] == ("", 6, True)
    assert lines()["operator-acts"] == ("operator:7", 3, False)
    assert queries.week(WEEK).review.totals["export"] == 2


def test_a_week_is_reviewed_once_and_the_security_officer_told_without_names(at: At) -> None:
    for _ in range(101):
        record("access", uuid4(), str(UUID(int=7)))
    assert [made(at) for _ in range(2)] == [1, 0]
    (told,) = mail.outbox
    assert told.to == ["security@example.org"]
    assert told.subject == f"Activity of {WEEK} at eat.example.org: 1 over what is usual"
    assert "OVER" in told.body
    assert "101 of 100 usual: different people whose diaries one person read" in told.body


def test_what_was_before_and_after_the_week_does_not_count(at: At) -> None:
    somebody = uuid4()
    second, end = timedelta(seconds=1), MONDAY + timedelta(days=7)
    for moment in (MONDAY - second, MONDAY, end - second, end):
        at(moment)
        record("export", somebody, str(somebody))
    made(at)
    assert lines()["exports"][1] == 2


def test_the_next_week_reads_on_from_there_and_misses_nothing(at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    somebody, started = uuid4(), list[int]()
    record("export", somebody, str(somebody), 40)
    at(NEXT - timedelta(hours=2, minutes=30))
    record("export", somebody, str(somebody))
    at(NEXT - timedelta(hours=1))
    record("export", somebody, str(somebody), 3)
    made(at)
    numbered = trail.numbered
    monkeypatch.setattr(trail, "numbered", lambda first: started.append(first) or numbered(first))
    assert made(at, NEXT + timedelta(days=7)) == 1
    assert AuditLeaf.objects.filter(id__lt=started[0]).count() >= 39
    later = queries.week("2026-W48").review
    assert later.totals["export"] == 3


def test_weeks_in_which_no_worker_ran_are_made_up_for(at: At) -> None:
    somebody = uuid4()
    made(at)
    for weeks in range(1, 4):
        at(MONDAY + timedelta(days=7 * weeks, hours=5))
        record("export", somebody, str(somebody), weeks)
    assert made(at, NEXT + timedelta(days=21)) == 3
    assert [one.week for one in queries.weeks()] == ["2026-W50", "2026-W49", "2026-W48", WEEK]
    found = [queries.week(f"2026-W{number}").review.totals for number in (48, 49, 50)]
    assert found == [{"export": 1}, {"export": 2}, {"export": 3}]


def test_too_early_no_week_is_made_twice_and_none_before_it_settled(at: At) -> None:
    assert made(at, MONDAY + timedelta(minutes=30)) == 1
    assert queries.weeks()[0].week == "2026-W45"  # the week that ended half an hour ago still gets leaves


def test_an_altered_trail_is_told_and_not_counted(at: At) -> None:
    record("export", uuid4(), "x")
    row = AuditLeaf.objects.exclude(body=None).last()
    assert row is not None
    AuditLeaf.objects.filter(pk=row.pk).update(body=bytes(row.body)[:-1] + b"\x01")
    with pytest.raises(errors.Tampered):
        made(at)
    assert not WeekRow.objects.exists()


def test_somebody_looks_once_with_a_word_and_the_trail_says_who(at: At) -> None:
    made(at)
    with pytest.raises(errors.InvalidInput):
        actions.look(WEEK, "  ", "operator:7")
    actions.look(WEEK, "Nothing but the audit of the ward.", "operator:7")
    assert queries.week(WEEK)[1:] == ("operator:7", "Nothing but the audit of the ward.")
    with pytest.raises(errors.Conflict):
        actions.look(WEEK, "Me too.", "operator:8")
    with pytest.raises(errors.NotFound):
        actions.look("2020-W01", "Nothing.", "operator:7")
    told = [body for body in trail.bodies({"operator-act"}) if body.reason == "activity-reviewed"]
    assert [(body.actor, body.references) for body in told] == [("operator:7", (WEEK.encode(),))]


def test_of_a_week_before_there_was_anything_nobody_is_told(at: At) -> None:
    at(NEXT)
    record("export", uuid4(), "x")
    assert made(at) == 1
    assert mail.outbox == []


def test_a_week_that_nobody_looked_at_is_said_with_the_next(at: At) -> None:
    record("export", uuid4(), "x")
    made(at)
    mail.outbox.clear()
    at(NEXT)
    record("export", uuid4(), "x")
    made(at, NEXT + timedelta(days=7))
    assert f"Nobody has looked at {WEEK} yet." in mail.outbox[0].body


def test_pseudonyms_and_words_lie_sealed(at: At) -> None:
    somebody, word = uuid4(), f"zq{secrets.token_hex(6)}"
    record("token-made", somebody, str(somebody), 11)
    made(at)
    actions.look(WEEK, word, "operator:7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM activity_week")
        stored = repr(cursor.fetchall())
    assert not [one for one in (somebody.hex, str(somebody), word) if one in stored]
    WeekRow.objects.filter(week=WEEK).update(week="2026-W01")
    with pytest.raises(errors.Tampered):
        queries.week("2026-W01")


def test_an_operator_has_other_numbers_for_some(at: At, tmp_path: Path) -> None:
    ward = str(uuid4())
    own = tmp_path / "measures.toml"
    shipped = '[[measure]]\nid = "reads"\nwhat = "looks"\nkinds = ["access"]\nper = "actor"\nmost = 1\n'
    own.write_text(f'{shipped}of = {{ "{ward}" = 9 }}\n')
    for actor in (ward, str(uuid4())):
        record("access", uuid4(), actor, 5)
    at(NEXT)
    found, _ = actions.count(span_of(WEEK), measuring.read(own))
    assert [(line.who == ward, line.count, line.most) for line in found.over()] == [(False, 5, 1)]


@pytest.mark.parametrize(
    "text",
    ['[[measure]]\nid = "x"\nwhat = "x"\nkinds = ["nothing"]\nper = "actor"\nmost = 1\n',
     '[[measure]]\nid = "x"\nwhat = "x"\nkinds = ["export"]\nper = "moon"\nmost = 1\n', "[[measure", "x = 1\n"],
)  # fmt: skip
def test_measures_that_cannot_be_counted_are_told_in_one_sentence(tmp_path: Path, text: str) -> None:
    own = tmp_path / "measures.toml"
    own.write_text(text)
    with pytest.raises(ConfigurationError):
        measuring.read(own)


@pytest.mark.parametrize("week", ["2026-W54", "2026-48", "x", "", "2026-W", "-W1", "99999-W01"])
def test_what_is_no_week_is_told(week: str) -> None:
    with pytest.raises(errors.InvalidInput):
        span_of(week)


def test_a_week_begins_on_monday() -> None:
    assert span_of("2026-W01").since == datetime(2025, 12, 29, tzinfo=UTC)
    assert week_of(datetime(2026, 12, 31, 23, tzinfo=UTC)) == "2026-W53"
