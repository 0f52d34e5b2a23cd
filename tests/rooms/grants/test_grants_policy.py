"""When a grant's state may change, and what terms are allowed."""

from datetime import date
from pathlib import Path

import pytest

from nutshell.common import errors
from nutshell.grants import policy
from nutshell.grants.types import TEXT_VERSION, Change, Terms

DIARY = Terms(("diary",))


def test_the_picture_in_the_docs_is_the_table() -> None:
    assert policy.diagram() in Path("docs/grants.md").read_text()


def test_what_ended_stays_ended() -> None:
    after = {one.after for one in policy.TRANSITIONS} - {one.before for one in policy.TRANSITIONS}
    assert after == {"declined", "withdrawn", "expired", "revoked", "left", "erased"}
    assert {one.before for one in policy.TRANSITIONS} == set(policy.OPEN)


@pytest.mark.parametrize(("act", "state"), [("pause", "paused"), ("revoke", "offered"), ("accept", "active")])
def test_check_and_can_agree(act: policy.Act, state: str) -> None:
    assert not policy.can(act, state)
    with pytest.raises(errors.Conflict):
        policy.check_can(act, state)
    for before in policy.states_before(act):
        policy.check_can(act, before)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms(()), "collections"),
        (Terms(("index",)), "collections"),
        (Terms(("nothing",)), "collections"),
        (Terms(("notes",)), "collections"),
        (Terms(("profile",), mode="write"), "mode"),
        (Terms(("diary",), date(2026, 11, 2), date(2026, 11, 1)), "last_day"),
    ],
)
def test_terms_that_make_no_sense_are_refused_at_their_field(terms: Terms, field: str) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        policy.check_terms(terms, closed=("notes",))
    assert set(refused.value.fields) == {field}


def test_what_an_active_grant_allows() -> None:
    assert policy.allows(DIARY, "diary", writes=False)
    assert not policy.allows(DIARY, "diary", writes=True)
    assert not policy.allows(DIARY, "notes", writes=False)
    both = Terms(("diary", "targets", "foods"), mode="write")
    assert policy.allows(both, "diary", writes=True)
    assert policy.allows(both, "targets", writes=True)
    assert not policy.allows(both, "foods", writes=True)
    assert policy.editable(both) == ("diary", "targets")


@pytest.mark.parametrize("text", ["1", "clinic/0b6f2d3c-0000-4000-8000-000000000000/1", "study", ""])
def test_a_grant_on_an_older_text_does_not_come_to_mean_more(text: str) -> None:
    """Its owner read that the diary and the notes can be changed, and no word of targets."""
    before = Terms(("diary", "targets"), mode="write", text=text)
    assert policy.allows(before, "targets", writes=False)
    assert not policy.allows(before, "targets", writes=True)
    after = Change(before.collections, None, None).of(before)
    assert policy.allows(after, "targets", writes=True)
    assert policy.widened(before, after) == {"mode"}
    assert "targets" not in policy.editable(before)
    with pytest.raises(errors.Conflict):
        policy.check_confirmed(before, after, frozenset())
    policy.check_confirmed(before, after, frozenset(("mode",)))


def test_a_change_keeps_the_client_that_a_clinics_text_names() -> None:
    client = "clinic/0b6f2d3c-0000-4000-8000-000000000000"
    before = Terms(("diary",), purpose="clinic", text=f"{client}/1")
    assert Change(("diary",), None, None).of(before).text == f"{client}/{TEXT_VERSION}"
