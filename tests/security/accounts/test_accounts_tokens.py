"""API tokens: made, used, listed, ended; found in one statement; useless without their secret or their keys."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from tests.doors.accounts.people import ALICE, BOB, App
from tests.security.keystore_in_process import InProcess, started

from nutshell.accounts import actions, consents, queries
from nutshell.accounts.models import Token
from nutshell.accounts.types import Actor
from nutshell.common import clock, errors
from nutshell.vault import installation
from nutshell.vault.keys import TokenKeys
from nutshell.vault.keystore.models import Epoch

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"])


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[InProcess]:
    before = installation._client, installation._held
    client = InProcess(started(tmp_path))
    installation.configure(client)
    yield client
    installation._client, installation._held = before


def owner(email: str) -> Actor:
    app = App()
    app.sign_up(email)
    user = queries.user_by_email(email)
    actions.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    return queries.app_session_actor(app.token)


@pytest.fixture
def alice(keystore: InProcess) -> Actor:
    return owner(ALICE)


def test_a_token_acts_for_its_owner_with_its_scopes_and_keys(alice: Actor) -> None:
    made = actions.make_token(alice, "My script", ["diary:read", "foods:write"])
    actor = queries.token_actor(made.text)
    assert (actor.user_id, actor.subject, actor.kind) == (alice.user_id, alice.subject, "token")
    assert actor.scopes == {"diary:read", "foods:write"}
    assert isinstance(actor.keys, TokenKeys)
    assert set(actor.keys.collections) == {"diary", "foods", "notes", "targets", "index"}
    assert made.text.startswith("nutshell_")
    assert made.text not in repr(made)


def test_a_token_in_use_costs_one_statement_and_no_call_to_the_key_store(alice: Actor, keystore: InProcess) -> None:
    made = actions.make_token(alice, "My script", ["all"])
    queries.token_actor(made.text)
    keystore.asked.clear()
    with CaptureQueriesContext(connections["default"]) as statements:
        queries.token_actor(made.text)
    assert len(statements) == 1
    assert keystore.asked == []


def test_on_another_day_its_lasting_slot_opens_once(alice: Actor, keystore: InProcess) -> None:
    made = actions.make_token(alice, "My script", ["all"])
    before = queries.token_actor(made.text)
    with clock.moved_to(clock.now() + timedelta(days=1)):
        keystore.asked.clear()
        after = queries.token_actor(made.text)
        assert [kind.__name__ for kind in keystore.asked].count("FetchMany") == 1
        keystore.asked.clear()
        assert queries.token_actor(made.text).keys == after.keys == before.keys
        assert keystore.asked == []
        assert queries.tokens(alice.user_id)[0].used_on == clock.utc_day()


def test_a_token_unused_for_long_opens_by_its_slot_though_its_epoch_is_gone(alice: Actor) -> None:
    made = actions.make_token(alice, "My script", ["all"])
    Epoch.objects.all().delete()
    with clock.moved_to(clock.now() + timedelta(days=40)):
        assert queries.token_actor(made.text).subject == alice.subject


def test_an_ended_token_is_refused_with_the_next_request(alice: Actor) -> None:
    made, other = (actions.make_token(alice, name, ["all"]) for name in ("One", "Other"))
    actions.end_token(alice, made.info.id)
    with pytest.raises(errors.SignedOut):
        queries.token_actor(made.text)
    assert [info.name for info in queries.tokens(alice.user_id)] == ["Other"]
    assert queries.token_actor(other.text).subject == alice.subject


def test_the_keys_of_an_ended_token_open_nothing_though_its_row_comes_back(alice: Actor) -> None:
    made = actions.make_token(alice, "My script", ["all"])
    row = Token.objects.get()
    actions.end_token(alice, made.info.id)
    row.save(force_insert=True)
    with clock.moved_to(clock.now() + timedelta(days=1)), pytest.raises(errors.SignedOut):
        queries.token_actor(made.text)


def test_a_token_ends_by_its_date(alice: Actor) -> None:
    made = actions.make_token(alice, "My script", ["all"], clock.now() + timedelta(minutes=5))
    queries.token_actor(made.text)
    with clock.moved_to(clock.now() + timedelta(minutes=6)):
        with pytest.raises(errors.SignedOut):
            queries.token_actor(made.text)
        assert queries.tokens(alice.user_id) == []
        assert actions.sweep().tokens == 1


def test_nobody_ends_the_token_of_another(alice: Actor) -> None:
    made = actions.make_token(alice, "My script", ["all"])
    with pytest.raises(errors.NotFound):
        actions.end_token(owner(BOB), made.info.id)
    assert queries.token_actor(made.text).subject == alice.subject


def test_a_token_makes_and_ends_no_tokens(alice: Actor) -> None:
    made = actions.make_token(alice, "My script", ["all"])
    actor = queries.token_actor(made.text)
    with pytest.raises(errors.Forbidden):
        actions.make_token(actor, "Another", ["all"])
    with pytest.raises(errors.Forbidden):
        actions.end_token(actor, made.info.id)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nutshell_",
        "nutshell_" + "A" * 43,
        "nutshell_" + "A" * 42,
        "nutshell_é" * 9,
        "Bearer",
        "nutshell_" + "A" * 10_000,
    ],
)
def test_what_is_no_token_is_refused(alice: Actor, text: str) -> None:
    with pytest.raises(errors.SignedOut):
        queries.token_actor(text)


def test_a_token_whose_row_was_swapped_with_anothers_opens_nothing(alice: Actor) -> None:
    hers, his = (actions.make_token(person, "x", ["all"]) for person in (alice, owner(BOB)))
    row = Token.objects.get(id=hers.info.id)
    Token.objects.filter(id=his.info.id).update(
        session_slot=row.session_slot, slot_id=row.slot_id, subject_id=row.subject_id
    )
    with pytest.raises(errors.NutshellError):
        queries.token_actor(his.text)


@pytest.mark.parametrize("scopes", [[], ["everything"], ["diary"], ["diary:delete"], ["all", "x:read"]])
def test_unknown_scopes_are_refused(alice: Actor, scopes: list[str]) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.make_token(alice, "My script", scopes)


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\0b", "a\nb"])
def test_bad_names_are_refused(alice: Actor, name: str) -> None:
    with pytest.raises(errors.InvalidInput):
        actions.make_token(alice, name, ["all"])
