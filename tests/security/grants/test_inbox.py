"""The inbox: who did not sign, who shares nothing, what comes again or late, is filed for nobody (inv-I18)."""

from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from django.db.models import F

from nutshell.common import clock, errors
from nutshell.envelope import inbox as envelope
from nutshell.envelope import keyrings
from nutshell.erasure.schema import Schema
from nutshell.vault import store
from nutshell.vault.models import Errand, Grant, GrantReceived, InboxItem, Subject
from nutshell.vault.sharing import grantee, inbox, rings, rows
from security.grants.sharing import Shared, run_errands, share
from security.people_and_vaults import Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)


@pytest.fixture
def one(alice: Person) -> Shared:
    return share(alice, new_person())


def send(sender: Person, to: Person, payload: bytes = b"bread") -> InboxItem:
    peer = inbox.peers(sender.subject, sender.bundle)[to.subject]
    item_id = inbox.send(sender.subject, sender.bundle, peer, "food", payload)
    return InboxItem.objects.get(item_id=item_id)


def filed(person: Person) -> list[bytes]:
    run_errands(person)
    return [item.payload for item in inbox.waiting(person.subject, person.bundle)]


def put(row: InboxItem) -> None:
    """As whoever can write tables puts a row in, and asks for it to be filed."""
    item = envelope.Item(
        row.subject_id, row.writer_id, row.item_id, bytes(row.sealed_key), bytes(row.sealed), bytes(row.signature)
    )
    with store.writing(row.subject_id) as writing:
        rows.put_item(writing, item)
        rows.add_errand(writing, row.subject_id, rows.FILE, row.item_id.bytes)


def test_both_ends_of_a_grant_send_and_the_server_holds_no_word_of_it(one: Shared) -> None:
    row = send(one.owner, one.grantee, b"sourdough")
    assert b"sourdough" not in bytes(row.sealed) + bytes(row.sealed_key)
    send(one.grantee, one.owner, b"oats")
    assert (filed(one.grantee), filed(one.owner)) == ([b"sourdough"], [b"oats"])
    assert (InboxItem.objects.count(), Errand.objects.filter(kind="file").count()) == (0, 0)


def test_inv_i18_what_somebody_else_signed_is_dropped(one: Shared) -> None:
    mallory = new_person()
    peer = inbox.peers(one.grantee.subject, one.grantee.bundle)[one.owner.subject]
    sent = msgspec.msgpack.encode(inbox.Sent(1, "food", int(clock.now().timestamp()), b"forged"))
    for writer in (one.grantee.subject, mallory.subject):
        item = envelope.seal(peer.public.sealing, mallory.bundle.signing, one.owner.subject, writer, uuid4(), sent)
        with store.writing(one.owner.subject) as writing:
            rows.put_item(writing, item)
            rows.add_errand(writing, one.owner.subject, rows.FILE, item.item_id.bytes)
    assert filed(one.owner) == []
    assert (InboxItem.objects.count(), Errand.objects.filter(kind="file").count()) == (0, 0)


def test_inv_i18_keys_that_a_table_names_verify_no_item_and_get_none(one: Shared) -> None:
    """Mallory's keys stand beside Bob's name in the records, and his grant is said to be somebody else's."""
    mallory = new_person()
    Subject.objects.filter(subject_id=one.grantee.subject).update(
        public=msgspec.msgpack.encode(mallory.bundle.public())
    )
    send(one.owner, one.grantee, b"for bob alone")
    row = InboxItem.objects.get()
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, it does not open
        envelope.open_(mallory.bundle.sealing, b"x" * 32, row)
    assert filed(one.grantee) == [b"for bob alone"]
    GrantReceived.objects.update(owner_id=mallory.subject)
    assert inbox.peers(one.grantee.subject, one.grantee.bundle) == {}


def test_a_diary_is_not_passed_off_as_somebody_elses(one: Shared) -> None:
    """Alice signs a grant in Xenia's name over her own secret, and somebody puts it into Xenia's rows."""
    xenia, alice, bob = new_person(), one.owner, one.grantee
    (held,) = rings.in_force(alice.subject, alice.bundle)
    key = keyrings.ring_key(held.grant_key, held.secret)
    ring = keyrings.Keyring(keyrings.FORMAT, held.statement.version, [])
    sealed = keyrings.seal_keyring(key, xenia.subject, one.grant_id, ring)
    false = msgspec.structs.replace(held.statement, owner=xenia.subject, keyring_hash=keyrings.keyring_hash(sealed))
    signed, mine = keyrings.sign_grant(alice.bundle.signing, false), bob.bundle.public().sealing
    with store.writing(xenia.subject) as writing:
        rows.put_keyring(writing, xenia.subject, one.grant_id, false.version, sealed)
    to_bob = keyrings.seal_grant_key(mine, xenia.subject, one.grant_id, bob.subject, held.grant_key)
    GrantReceived.objects.update(owner_id=xenia.subject, sealed_grant_key=to_bob)
    Grant.objects.filter(grant_id=one.grant_id).update(subject_id=xenia.subject, statement=signed)
    row = rows.grant_of(xenia.subject, one.grant_id)
    grantee.forget()
    with pytest.raises(errors.Tampered):
        grantee.open_ring(grantee.own_hand(bob.subject, bob.bundle), row)


def test_inv_i18_what_was_filed_once_is_not_filed_again(one: Shared) -> None:
    row = send(one.owner, one.grantee)
    assert filed(one.grantee) == [b"bread"]
    put(row)
    assert filed(one.grantee) == [b"bread"]
    (item,) = inbox.waiting(one.grantee.subject, one.grantee.bundle)
    inbox.settle(one.grantee.subject, one.grantee.bundle, item.item_id)
    put(row)
    assert filed(one.grantee) == []
    row.item_id = uuid4()
    put(row)
    assert filed(one.grantee) == []


def test_an_item_serves_its_receiver_only_and_as_it_was_sent(one: Shared) -> None:
    other = share(one.owner, new_person())
    row = send(one.owner, one.grantee)
    row.subject_id = other.grantee.subject
    put(row)
    assert filed(other.grantee) == []
    InboxItem.objects.update(signature=F("sealed"))
    assert filed(one.grantee) == []


def test_what_is_late_or_comes_after_the_end_is_dropped(one: Shared) -> None:
    row = send(one.owner, one.grantee)
    with clock.moved_to(clock.now() + inbox.KEPT + timedelta(hours=1)):
        assert filed(one.grantee) == []
    put(row)
    one.end()
    assert filed(one.grantee) == []
    assert InboxItem.objects.count() == 0


def test_an_erase_takes_what_waits_for_somebody_and_what_they_sent(one: Shared) -> None:
    send(one.owner, one.grantee)
    send(one.grantee, one.owner)
    schema = Schema("records")
    found = [rows for rows in schema.of_subject(one.owner.subject) if rows.table == "inbox"]
    assert {rows.column for rows in found} == {"subject_id", "writer_id"}
