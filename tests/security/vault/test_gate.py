"""The gate: who comes in, with what reach; absent and forbidden read alike."""

from uuid import uuid4

import pytest

from nutshell import gate
from nutshell.common import errors
from nutshell.gate import Actor, Purpose, policy
from nutshell.vault import actions, queries
from nutshell.vault.types import COLLECTIONS, Address, Change, OpenVault
from security.people_and_vaults import EGG, MONDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases="__all__")
INDEX = Address("index", "", "index")


def session(person: Person) -> Actor:
    return Actor(1, person.subject, "session", person.bundle)


def token(person: Person, *scopes: str) -> Actor:
    collections = policy.collections_of(scopes)
    made = actions.add_token_slot(person.subject, person.bundle, collections, None)
    keys = queries.open_token_slot(person.subject, made.slot_id, made.secret)
    return Actor(1, person.subject, "token", keys, frozenset(scopes))


def write(vault: OpenVault, address: Address) -> None:
    vault.change([address], lambda _: [b"x"])


def test_an_owner_writes_and_reads_through_the_gate(alice: Person) -> None:
    with gate.enter(session(alice), owner=alice.subject, purpose=Purpose.DIARY_WRITE) as vault:
        write(vault, MONDAY)
        assert (vault.subject, vault.author) == (alice.subject, alice.subject)
    with gate.enter(session(alice), owner=alice.subject, purpose=Purpose.DIARY_READ) as vault:
        assert vault.read([MONDAY])[0].content == b"x"


def test_somebody_elses_data_and_nobodys_data_are_the_same_answer(alice: Person) -> None:
    bob = new_person()
    for owner in (bob.subject, uuid4(), None):
        with pytest.raises(errors.NotFound), gate.enter(session(alice), owner=owner, purpose=Purpose.DIARY_READ):
            pass


def test_without_consent_there_is_nothing_to_open() -> None:
    nobody = Actor(1, None, "session")
    with pytest.raises(errors.ConsentRequired), gate.enter(nobody, owner=None, purpose=Purpose.DIARY_READ):
        pass


def test_a_reading_purpose_writes_nothing_but_the_owners_index(alice: Person) -> None:
    with gate.enter(session(alice), owner=alice.subject, purpose=Purpose.DIARY_READ) as vault:
        with pytest.raises(errors.Forbidden):
            vault.write([Change(MONDAY, 0, b"x")])
        write(vault, INDEX)


def test_a_writing_purpose_writes_only_its_collection_and_what_belongs_to_it(alice: Person) -> None:
    with gate.enter(session(alice), owner=alice.subject, purpose=Purpose.FOODS_WRITE) as vault:
        write(vault, EGG)
        write(vault, INDEX)
        with pytest.raises(errors.Forbidden):
            write(vault, MONDAY)


@pytest.mark.parametrize(
    ("scopes", "allowed", "refused"),
    [
        (["diary:read"], [Purpose.DIARY_READ, Purpose.NOTES_READ], [Purpose.DIARY_WRITE, Purpose.FOODS_READ]),
        (["diary:write"], [Purpose.DIARY_READ, Purpose.DIARY_WRITE], [Purpose.TARGETS_WRITE, Purpose.PROFILE_READ]),
        (["foods:write"], [Purpose.FOODS_WRITE], [Purpose.DIARY_READ, Purpose.INDEX_WRITE]),
        (["all"], list(Purpose), []),
    ],
)
def test_a_tokens_scopes_say_what_it_may(
    alice: Person, scopes: list[str], allowed: list[Purpose], refused: list[Purpose]
) -> None:
    actor = token(alice, *scopes)
    for purpose in allowed:
        with gate.enter(actor, owner=alice.subject, purpose=purpose):
            pass
    for purpose in refused:
        with pytest.raises(errors.Forbidden), gate.enter(actor, owner=alice.subject, purpose=purpose):
            pass


def test_a_tokens_keys_reach_no_further_even_if_its_row_says_all(alice: Person) -> None:
    """Scopes are enforced by keys: somebody who edits the token's row gains nothing."""
    actor = token(alice, "foods:write")
    forged = Actor(1, alice.subject, "token", actor.keys, frozenset(("all",)))
    with (
        gate.enter(forged, owner=alice.subject, purpose=Purpose.DIARY_READ) as vault,
        pytest.raises(errors.Forbidden),
    ):
        vault.read([MONDAY])


def test_every_collection_has_a_purpose_to_read_and_one_to_write_it() -> None:
    assert {(one.collection, one.writes) for one in Purpose} == {(c, w) for c in COLLECTIONS for w in (True, False)}
