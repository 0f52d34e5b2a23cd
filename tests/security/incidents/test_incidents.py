"""The register of incidents: clocks from stored moments, a timeline that tells of edits, acts that are real."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail

from nutshell.accounts import outbox, queries
from nutshell.accounts.models import Session, User
from nutshell.audit.models import AuditLeaf
from nutshell.audit.types import Finding, unpack
from nutshell.common import clock, errors
from nutshell.incidents import actions, clocks, committee, containment, notices, reports, scope, timeline, watching
from nutshell.incidents import queries as queries_of_incidents
from nutshell.incidents.models import AffectedRow, Incident, TimelineRow
from nutshell.operators.queries import stopped_purposes
from nutshell.ops.privileges import WEB, WORKER, _statements
from nutshell.vault.queries import open_by_server_slot
from security.incidents.conftest import OFFICERS, TEXTS

pytestmark = pytest.mark.django_db(databases=["default", "records"])
CLOCKS = clocks.read(None)


def verdicts(number=1, known=CLOCKS):
    return {one.clock.id: one.verdict for one in clocks.readings(timeline.record(number), known, clock.now())}


def later(**time):
    return clock.moved_to(clock.now() + timedelta(**time))


def decided(incident, question="people", choice="notify", against="chair"):
    """A quorum's decision; one role and the officer see it otherwise."""
    other = {"notify": "do-not-notify", "do-not-notify": "notify"}[choice]
    committee.advise(incident, "operator", OFFICERS, question, other, "My advice.")
    for role in ("chair", "security", "counsel"):
        said = other if role == against else choice
        committee.vote(incident, "operator", OFFICERS, question, role, f"{role} one", said, "Because.")
    return committee.decide(incident, "operator", question)


# ---------- clocks ----------


def test_a_clock_is_met_by_what_stands_in_the_timeline_and_by_when(incident):
    assert verdicts()["acknowledge"] == "running"
    with later(minutes=14):
        actions.acknowledge(incident, "operator", "Olga")
    with later(hours=100):
        assert verdicts()["acknowledge"] == "met"
        assert verdicts()["authority"] == "missed"


def test_moving_a_deadline_changes_the_verdict(incident, tmp_path):
    with later(minutes=14):
        actions.acknowledge(incident, "operator", "Olga")
    own = tmp_path / "clocks.toml"
    own.write_text(clocks.SHIPPED.read_text().replace("hours = 0.25", "hours = 0.2"))
    assert verdicts()["acknowledge"] == "met"
    assert verdicts(known=clocks.read(own))["acknowledge"] == "missed"


def test_the_authoritys_clock_stops_with_a_decision_and_peoples_starts_with_one(incident):
    assert "people" not in verdicts()
    decided(incident, "people")
    assert verdicts()["people"] == "running"
    decided(incident, "authority", "do-not-notify")
    assert "authority" not in verdicts()


def test_a_hold_moves_peoples_clock_and_no_notice_goes_out_before_its_end(incident):
    decided(incident)
    notices.draft(incident, "operator", "en", TEXTS)
    actions.hold(incident, "operator", "Police", clock.now() + timedelta(days=30), "Case 7")
    held = timeline.record(1)
    with later(days=20):
        assert (verdicts()["people"], verdicts()["authority"]) == ("running", "missed")
        with pytest.raises(errors.Conflict, match="conflict"):
            notices.send(held, "operator", OFFICERS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[clock]]\nid = 'x'", "missing required field"),
        (clocks.SHIPPED.read_text().replace("hours = 0.25", "hours = 0"), "hours must be more than 0"),
        (clocks.SHIPPED.read_text().replace('"dpo"', '"boss"'), "nobody is boss"),
        (clocks.SHIPPED.read_text() * 2, "stands there twice"),
    ],
)
def test_clocks_that_cannot_be_read_are_told_in_one_sentence(tmp_path, text, said):
    (tmp_path / "clocks.toml").write_text(text)
    with pytest.raises(errors.ConfigurationError) as told:
        clocks.read(tmp_path / "clocks.toml")
    assert said in told.value.sentence


# ---------- the timeline ----------


def test_every_entry_has_its_leaf_and_an_untouched_timeline_is_whole(incident):
    actions.acknowledge(incident, "operator", "Olga")
    bodies = [unpack(bytes(leaf.body)) for leaf in AuditLeaf.objects.exclude(body=None)]
    assert [body.reason for body in bodies if body.kind == "incident"] == ["declared", "acknowledged"]
    assert timeline.broken() == []


@pytest.mark.parametrize("act", ["edit", "delete-last", "delete-first", "swap", "time", "incident-gone"])
def test_a_timeline_tells_of_every_edit(incident, act):
    actions.acknowledge(incident, "operator", "Olga")
    actions.tell(incident, "operator", "processors", "by telephone")
    rows = list(TimelineRow.objects.order_by("sequence"))
    one = TimelineRow.objects.filter(pk=rows[1].pk)
    if act == "edit":
        one.update(sealed=rows[1].sealed[:-1] + bytes([rows[1].sealed[-1] ^ 1]))
    elif act == "time":
        one.update(at=rows[1].at - timedelta(hours=1))
    elif act == "swap":
        one.update(sealed=rows[2].sealed, hash=rows[2].hash)
    elif act == "incident-gone":
        Incident.objects.all().delete()
        TimelineRow.objects.all().delete()
    else:
        rows[-1 if act == "delete-last" else 0].delete()
    assert timeline.broken()


def test_one_altered_timeline_hides_no_other_and_is_declared_once(incident, mailed):
    actions.declare("operator", {"summary": "A laptop is gone."})
    TimelineRow.objects.filter(incident_id=incident.id).update(hash=bytes(32))
    register = queries_of_incidents.register(CLOCKS, clock.now())
    assert [(record.number, record.state, bool(found)) for record, found in register] == [
        (2, "open", True), (1, "altered", False),
    ]  # fmt: skip
    assert len(reports.register(CLOCKS, clock.now()).splitlines()) == 3
    with later(minutes=13):
        assert watching.remind(CLOCKS, OFFICERS, "diary.example") == 1
        assert watching.remind(CLOCKS, OFFICERS, "diary.example") == 0
    assert timeline.record(3).content["systems"] == "timeline 1"
    assert list(timeline.numbers()) == [3, 2, 1]
    assert watching.declare_findings([Finding("truncated", 3)]) == 1


def test_an_entry_that_was_put_in_with_the_right_keys_has_no_leaf(incident):
    actions.acknowledge(incident, "operator", "Olga")
    AuditLeaf.objects.order_by("-id").first().delete()
    assert [one.code for one in timeline.broken()] == ["not-in-trail"]


def test_on_postgresql_nobody_who_serves_may_change_an_entry_and_web_processes_see_none():
    for role in (WEB, WORKER):
        assert "REVOKE UPDATE, DELETE ON incident, incident_entry FROM {role}" in _statements("default", role)
    assert any("REVOKE ALL" in one and "incident_entry" in one for one in _statements("default", WEB))


def test_what_a_record_says_lies_sealed(incident):
    actions.acknowledge(incident, "operator", "Olga Unmistakable")
    assert not any(b"Unmistakable" in bytes(row.sealed) for row in TimelineRow.objects.all())


def test_a_closed_incident_takes_lessons_and_no_actions(incident, operator):
    with pytest.raises(errors.Conflict):
        actions.close(incident, "operator", "Over.")
    containment.carry_out(incident, "operator", operator, "end-sessions")
    actions.contain(timeline.record(1), "operator")
    for question in ("authority", "people"):
        decided(incident, question, "do-not-notify")
    actions.close(timeline.record(1), "operator", "Over.")
    with pytest.raises(errors.Conflict):
        containment.carry_out(incident, "operator", operator, "end-sessions")
    assert verdicts()["lessons"] == "running"
    actions.learn(incident, "operator", "Lock the shelf.", "Olga", "2027-01-31")
    assert verdicts()["lessons"] == "met"


@pytest.mark.parametrize(
    "content",
    [
        {"severity": "huge"}, {"aware_at": "yesterday"}, {"aware_at": "2199-01-01T00:00+00:00"},
        {"aware_at": "2026-01-01"},
        {"subjects": -1}, {"countries": {"de": 1}}, {"cause": "x" * 5_000}, {"cause": "a\x00b"}, {"colour": "red"},
        {"summary": " "},
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_nothing_is_written(node, db, content):
    with pytest.raises(errors.InvalidInput):
        actions.declare("operator", {"summary": "Something.", **content})
    assert not Incident.objects.exists()
    assert not TimelineRow.objects.exists()


# ---------- the committee ----------


def test_a_quorum_decides_and_dissent_is_kept_with_names_and_reasons(incident):
    said = decided(incident).said
    assert said["choice"] == "notify"
    assert {one["who"] for one in said["dissent"]} == {"Dora", "chair one"}
    assert {one["reason"] for one in said["dissent"]} == {"My advice.", "Because."}


def test_two_votes_are_no_quorum_and_a_deputy_and_holder_have_one_vote_together(incident):
    committee.advise(incident, "operator", OFFICERS, "people", "notify", "Tell.")
    for role, who in (("chair", "chair one"), ("chair", "chair two"), ("counsel", "counsel one")):
        committee.vote(incident, "operator", OFFICERS, "people", role, who, "notify", "Because.")
    with pytest.raises(errors.Conflict):
        committee.decide(timeline.record(1), "operator", "people")


def test_nothing_is_decided_without_the_officers_advice(incident):
    for role in ("chair", "security", "counsel"):
        committee.vote(incident, "operator", OFFICERS, "people", role, f"{role} one", "notify", "Because.")
    with pytest.raises(errors.Conflict):
        committee.decide(timeline.record(1), "operator", "people")


@pytest.mark.parametrize(
    ("question", "role", "who", "choice"),
    [("people", "scribe", "scribe one", "notify"), ("people", "chair", "Dora", "notify"),
     ("lunch", "chair", "chair one", "notify"), ("people", "chair", "chair one", "perhaps")],
)  # fmt: skip
def test_nobody_votes_who_may_not_or_on_what_is_not_asked(incident, question, role, who, choice):
    with pytest.raises(errors.InvalidInput):
        committee.vote(incident, "operator", OFFICERS, question, role, who, choice, "Because.")
    assert len(timeline.record(1).entries) == 1


# ---------- containment ----------


def test_a_frozen_node_gets_no_secret_and_the_timeline_says_so(incident, operator, people, key_store):
    done = containment.carry_out(incident, "operator", operator, "freeze", "node")
    try:
        assert (done.said["result"], done.said["done"]) == ("node is frozen.", True)
        with pytest.raises(errors.Unavailable):
            open_by_server_slot(people[0].subject_id, "job")
    finally:
        operator.unfreeze("node")


def test_grants_of_one_purpose_are_stopped_and_allowed_again(incident, operator):
    done = containment.carry_out(incident, "operator", operator, "stop-grants", "care")
    assert (done.said["done"], stopped_purposes()) == (True, {"care"})
    assert containment.carry_out(incident, "operator", operator, "allow-grants", "care").said["done"]
    assert stopped_purposes() == frozenset()
    wrong = containment.carry_out(incident, "operator", operator, "stop-grants", "everything")
    assert (wrong.said["done"], stopped_purposes()) == (False, frozenset())


def test_sessions_passwords_and_accounts_really_end(incident, operator, people):
    alice = people[0]
    now = clock.now()
    Session.objects.create(handle=b"h" * 32, user=alice, kind="personal", epoch=clock.utc_day(), sealed=b"",
                           started_at=now, used_at=now, ends_at=now)  # fmt: skip
    containment.carry_out(incident, "operator", operator, "new-passwords", "alice@example.org")
    assert not Session.objects.exists()
    assert not User.objects.get(pk=alice.pk).has_usable_password()
    containment.carry_out(incident, "operator", operator, "disable", "bob@example.org")
    assert not queries.user_by_email("bob@example.org").is_active


def test_an_act_that_fails_is_written_down_as_failed_and_meets_no_clock(incident, operator):
    entry = containment.carry_out(incident, "operator", operator, "disable", "nobody@example.org")
    assert entry.said["done"] is False
    assert verdicts()["contain"] == "running"
    assert not any("@" in str(one.said) for one in timeline.record(1).entries)


# ---------- scope ----------


def test_the_scope_counts_what_a_node_opened_also_what_is_still_in_the_key_store(incident, people, key_store):
    open_by_server_slot(people[0].subject_id, "job")
    window = scope.Window(clock.now() - timedelta(minutes=5), clock.now() + timedelta(minutes=5), "node")
    said = scope.compute(incident, "operator", key_store.client("worker"), window).said
    concerned = {row.subject_id: row.openings for row in AffectedRow.objects.all()}
    assert people[0].subject_id in concerned
    assert (said["by_collection"], said["subjects"]) == ({"all": len(concerned)}, len(concerned))


def test_of_a_stolen_copy_everybody_is_concerned_and_an_erased_person_leaves_the_scope(incident, people, key_store):
    window = scope.Window(clock.now() - timedelta(days=1), clock.now(), "", everybody=True)
    assert scope.compute(incident, "operator", key_store.client("worker"), window).said["subjects"] == 2
    from nutshell.erasure.schema import Schema

    for rows in Schema("default").of_subject(people[0].subject_id):
        if rows.table == "incident_affected":
            Schema("default").delete(rows)
    assert [row.subject_id for row in AffectedRow.objects.all()] == [people[1].subject_id]


# ---------- notices ----------


@pytest.fixture
def concerned(incident, people, key_store):
    window = scope.Window(clock.now() - timedelta(days=1), clock.now(), "", everybody=True)
    scope.compute(incident, "operator", key_store.client("worker"), window)
    notices.draft(incident, "operator", "en", TEXTS)
    notices.draft(incident, "operator", "de", {**TEXTS, "happened": "Eine Kopie wurde gestohlen."})
    return timeline.record(1)


def test_each_is_told_in_their_language_and_the_clock_is_met_when_the_mails_are_out(concerned, mailed):
    with pytest.raises(errors.Conflict):
        notices.send(concerned, "operator", OFFICERS)
    decided(concerned)
    notices.send(timeline.record(1), "operator", OFFICERS)
    assert notices.counts(concerned) == {"waiting": 2}
    assert verdicts()["people"] == "running"
    outbox.send_due()
    notices.track()
    assert notices.counts(concerned) == {"sent": 2}
    assert verdicts()["people"] == "met"
    by_address = {sent.to[0]: sent for sent in mail.outbox}
    assert "Eine Kopie wurde gestohlen." in by_address["bob@example.org"].body
    assert "Was du tun kannst" in by_address["bob@example.org"].body
    assert "dora@example.org" in by_address["alice@example.org"].body


def test_a_notice_that_the_outbox_gave_up_is_not_taken_for_sent(concerned, mailed):
    decided(concerned)
    notices.send(timeline.record(1), "operator", OFFICERS)
    from nutshell.accounts.models import OutgoingMail

    OutgoingMail.objects.all().delete()
    with later(days=2):
        notices.track()
        assert notices.counts(concerned) == {"unconfirmed": 2}
        assert verdicts()["people"] == "running"


# ---------- reminders, and what declares itself ----------


def test_a_clock_reminds_once_and_escalates_to_everybody_once(incident, mailed):
    with later(minutes=13):
        assert watching.remind(CLOCKS, OFFICERS, "diary.example") == 1
        assert watching.remind(CLOCKS, OFFICERS, "diary.example") == 0
    with later(minutes=16):
        assert watching.remind(CLOCKS, OFFICERS, "diary.example") == 1
    told = [entry.said for entry in timeline.record(1).of("reminded")]
    assert [(one["clock"], one["stage"]) for one in told] == [("acknowledge", "soon"), ("acknowledge", "missed")]
    assert told[0]["people"] == ["Sam Security"]
    assert len(told[1]["people"]) == len(OFFICERS.everybody())


def test_a_mail_server_that_is_down_is_told_at_the_terminal(incident, mailed, caplog):
    outbox.queue("a@example.org", "x", "y", None)
    with later(minutes=16):
        watching.remind((), OFFICERS, "diary.example")
    assert any(
        "ALARM: " in line.getMessage() and "no mail has gone out" in line.getMessage() for line in caplog.records
    )


def test_findings_of_the_trail_declare_one_incident(node, db):
    assert watching.declare_findings([Finding("truncated", 3)]) == 1
    assert watching.declare_findings([Finding("truncated", 3)]) == 0
    assert timeline.record(1).content["nature"] == "integrity"


# ---------- what is handed in ----------


def test_the_report_says_what_is_not_known_and_counts_its_phases(incident):
    first = reports.report(incident, OFFICERS)
    reports.keep(incident, "operator", first)
    assert (first["phase"], first["cause"], first["subjects"]) == (1, "not known yet", "not known yet")
    actions.correct(incident, "operator", {"cause": "A lorry was robbed."})
    second = reports.report(timeline.record(1), OFFICERS)
    assert (second["phase"], second["cause"]) == (2, "A lorry was robbed.")


def test_the_register_is_csv_and_no_cell_is_a_formula(node, db):
    actions.declare("operator", {"summary": "=1+1"})
    head, row = reports.register(CLOCKS, clock.now()).splitlines()
    assert head.startswith("number,state,summary")
    assert row.startswith("1,open,'=1+1,high")
    assert Path(str(clocks.SHIPPED)).exists()
