"""Who can write the tables forges no grant, no keyring and no manifest (inv-I16, inv-I18, req-23)."""

import msgspec
import pytest

from nutshell.common import errors
from nutshell.envelope import keyrings, offers, signing, statements
from nutshell.vault.keys import OwnerKeys
from nutshell.vault.models import Grant, GrantReceived, Keyring, Shelf, Subject
from nutshell.vault.people import packed_public
from nutshell.vault.records import Vault
from nutshell.vault.sharing import grantee, owner, rings, rows
from nutshell.vault.store import RaceLost
from nutshell.vault.types import Address, Change
from security.grants.sharing import NOVEMBER, Shared, offered, opened, run_errands, share
from security.people_and_vaults import MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)
WRITE = msgspec.structs.replace(NOVEMBER, mode="write", purpose="family")


def test_inv_i16_a_public_key_that_was_exchanged_in_the_records_gets_nothing(alice: Person) -> None:
    """Alice seals to the keys that came with the proof, not to those that a table names."""
    bob, mallory = new_person(), new_person()
    alice.write(MONDAY, b"oats")
    grant_id, secret = offered(alice)
    grantee.accept(bob.subject, bob.bundle, grant_id, secret)
    Subject.objects.filter(subject_id=bob.subject).update(public=packed_public(mallory.bundle))
    run_errands(alice)
    row = rows.grant_of(alice.subject, grant_id)
    keys = grantee.open_ring(grantee.own_hand(bob.subject, bob.bundle), row)
    assert opened(Vault(alice.subject, bob.subject, keys), MONDAY) == b"oats"
    grantee.forget()
    with pytest.raises(errors.Forbidden):  # the key store asks for Bob's own signature
        grantee.open_ring(grantee.own_hand(bob.subject, mallory.bundle), row)


@pytest.mark.parametrize("forger", ["without the secret", "with another's keys"])
def test_req_23_a_false_acceptance_is_dropped_and_the_offer_stands(alice: Person, forger: str) -> None:
    bob, mallory = new_person(), new_person()
    grant_id, secret = offered(alice)
    row = rows.grant_of(alice.subject, grant_id)
    if forger == "without the secret":
        grantee.accept(mallory.subject, mallory.bundle, grant_id, bytes(32))
    else:
        grantee.accept(bob.subject, bob.bundle, grant_id, secret)
        proof = offers.proof(secret, bytes(row.statement), bob.subject, packed_public(bob.bundle))
        public = packed_public(mallory.bundle)
        false = offers.Acceptance(offers.FORMAT, grant_id, bob.subject, public, proof)
        errand = rows.errands_of(alice.subject)[0]
        errand.payload = offers.sign_acceptance(mallory.bundle.signing, false)
        type(errand).objects.filter(errand_id=errand.errand_id).update(payload=errand.payload)
    run_errands(alice)
    assert rows.grant_of(alice.subject, grant_id).state == "offered"
    grantee.accept(bob.subject, bob.bundle, grant_id, secret)
    run_errands(alice)
    assert rows.grant_of(alice.subject, grant_id).state == "active"


def test_inv_i18_a_statement_that_somebody_else_signed_is_refused(alice: Person) -> None:
    mallory = new_person()
    one = share(alice, new_person())
    wide = msgspec.structs.replace(
        keyrings.read_grant(signing.public_of(alice.bundle.signing), bytes(one.row.statement)), mode="write"
    )
    Grant.objects.update(statement=keyrings.sign_grant(mallory.bundle.signing, wide))
    with pytest.raises(errors.Tampered):
        one.keys()


def test_inv_i18_a_forged_keyring_is_refused(alice: Person) -> None:
    one = share(alice, new_person())
    row = Keyring.objects.get()
    false = keyrings.seal_keyring(bytes(32), alice.subject, one.grant_id, keyrings.Keyring(1, row.version, []))
    Keyring.objects.update(sealed=false)
    with pytest.raises(errors.Tampered):
        one.keys()


def test_an_older_keyring_with_its_older_statement_is_another_version_and_reads_no_more(alice: Person) -> None:
    one = share(alice, new_person())
    old = Grant.objects.values("statement", "version").get(), Keyring.objects.values("sealed", "version").get()
    alice.write(MONDAY, b"oats")
    one.end()
    Grant.objects.update(**old[0], state="active")
    Keyring.objects.create(subject_id=alice.subject, grant_id=one.grant_id, **old[1])
    with pytest.raises(errors.NotFound):
        one.keys()


def test_the_grant_key_of_another_person_opens_nothing(alice: Person) -> None:
    one, other = share(alice, new_person()), share(alice, new_person())
    theirs = GrantReceived.objects.get(grant_id=other.grant_id).sealed_grant_key
    GrantReceived.objects.filter(grant_id=one.grant_id).update(sealed_grant_key=theirs)
    with pytest.raises(errors.Tampered):
        one.keys()


def written_by(one, keys, content: bytes) -> None:
    vault = Vault(one.owner.subject, one.grantee.subject, keys, frozenset(("diary",)))
    vault.write([Change(TUESDAY, vault.read([TUESDAY])[0].version, content)])


def test_inv_i18_a_manifest_by_a_reader_is_refused(alice: Person) -> None:
    """A reader has the shelf key. Neither their own key nor a certificate of their own making signs a manifest."""
    one = share(alice, new_person())
    keys = one.keys()
    keys.certificate = statements.sign(
        one.grantee.bundle.signing, "certify-writer", alice.subject, signing.public_of(keys.signing), 0, b"x" * 16
    )
    written_by(one, keys, b"forged")
    with pytest.raises(errors.Tampered):
        alice.read(TUESDAY)


def test_inv_i18_a_writer_whose_grant_ended_signs_no_manifest(alice: Person) -> None:
    one = share(alice, new_person(), WRITE)
    keys = one.keys()
    written_by(one, keys, b"by dana")
    assert alice.read(TUESDAY) == b"by dana"
    one.end()
    assert alice.read(TUESDAY) == b"by dana"
    generation = Shelf.objects.filter(subject_id=alice.subject).order_by("generation").first().generation
    with pytest.raises(errors.Conflict):
        written_by(one, keys, b"afterwards")
    shelf = Vault(alice.subject, one.grantee.subject, keys)._shelf("diary", "2026-11")
    row = Shelf.objects.get(subject_id=alice.subject, tag=shelf.tag, generation=generation)
    signature = signing.sign(keys.signing, "manifest", b"whatever")
    Shelf.objects.filter(pk=row.pk).update(signer=keys.certificate, signature=signature)
    with pytest.raises(errors.Tampered):
        alice.read(TUESDAY)


def test_inv_i18_whose_writing_ended_reads_on_and_signs_no_manifest(alice: Person) -> None:
    """Dana may only read now. She has the new keys of the shelf, and still her old certificate."""
    one = share(alice, new_person(), WRITE)
    certificate = one.keys().certificate
    written_by(one, one.keys(), b"by dana")
    owner.change(alice.subject, alice.bundle, one.row, NOVEMBER)
    assert one.keys().certificate == b""
    assert (alice.read(TUESDAY), opened(one.vault(), TUESDAY)) == (b"by dana", b"by dana")
    shelf = Shelf.objects.filter(subject_id=alice.subject, shared=True)
    assert {bytes(row.signer) for row in shelf} == {b""}
    keys = one.keys()
    keys.certificate = certificate
    written_by(one, keys, b"afterwards")
    with pytest.raises(errors.Tampered):
        alice.read(TUESDAY)


TARGETS, PROFILE = Address("targets", "", "targets"), Address("profile", "", "profile")


def signed_past_the_gate(one: Shared, address: Address) -> None:
    """With the keys that the grant gave and a row written by hand: what the gate would say is not asked."""
    vault = Vault(one.owner.subject, one.grantee.subject, one.keys(), frozenset((address.collection,)))
    vault.write([Change(address, vault.read([address])[0].version, b"by dana")])


@pytest.mark.parametrize("address", [TARGETS, PROFILE], ids=lambda address: address.collection)
@pytest.mark.parametrize("text", ["1", "2", "clinic/0b6f2d3c-0000-4000-8000-000000000000/1", "targets/x", ""])
def test_who_writes_signs_only_what_the_text_of_the_grant_lets_write(
    alice: Person, address: Address, text: str
) -> None:
    """An older text said "the diary and notes", and no text says the profile: the keys to read it sign nothing."""
    alice.write(address, b"Alice's")
    both = msgspec.structs.replace(
        WRITE, collections=["diary", "targets", "profile"], text_version=text, first_day="", last_day=""
    )
    one = share(alice, new_person(), both)
    signed_past_the_gate(one, address)
    if (address, text) == (TARGETS, "2"):
        assert alice.read(address) == b"by dana"
    else:
        with pytest.raises(errors.Tampered):
            alice.read(address)


def test_a_certificate_for_the_diary_signs_no_targets(alice: Person) -> None:
    """Two grants of one person: the one that lets write names the diary alone, the other only reads the targets."""
    alice.write(TARGETS, b"Alice's")
    dana = new_person()
    writes = share(alice, dana, msgspec.structs.replace(WRITE, text_version="2"))
    reads = share(alice, dana, msgspec.structs.replace(NOVEMBER, collections=["targets"], text_version="2"))
    keys = reads.keys()
    keys.certificate = writes.keys().certificate
    vault = Vault(alice.subject, dana.subject, keys, frozenset(("targets",)))
    vault.write([Change(TARGETS, vault.read([TARGETS])[0].version, b"by dana")])
    with pytest.raises(errors.Tampered):
        alice.read(TARGETS)


def test_what_a_writer_signed_stays_when_the_grant_loses_the_collection(alice: Person) -> None:
    alice.write(TARGETS, b"Alice's")
    both = msgspec.structs.replace(WRITE, collections=["diary", "targets"], text_version="2")
    one = share(alice, new_person(), both)
    signed_past_the_gate(one, TARGETS)
    owner.change(alice.subject, alice.bundle, one.row, msgspec.structs.replace(WRITE, text_version="2"))
    assert alice.read(TARGETS) == b"by dana"


def test_who_may_write_from_now_on_is_certified_by_the_keys_that_the_key_store_knows(alice: Person) -> None:
    """A table that names Mallory's signing key beside Bob's sealing key makes her no writer."""
    bob, mallory = new_person(), new_person()
    one = share(alice, bob)
    false = msgspec.structs.replace(bob.bundle.public(), signing=mallory.bundle.public().signing)
    Subject.objects.filter(subject_id=bob.subject).update(public=msgspec.msgpack.encode(false))
    owner.change(alice.subject, alice.bundle, one.row, WRITE)
    certified = statements.verify(signing.public_of(alice.bundle.signing), "certify-writer", one.keys().certificate)
    assert certified.target == signing.public_of(bob.bundle.signing)
    written_by(one, one.keys(), b"by bob")
    assert alice.read(TUESDAY) == b"by bob"


def test_what_was_prepared_on_old_terms_does_not_write_them_back(alice: Person) -> None:
    """A device that was about to renew the keyrings while another narrowed a grant starts again."""
    one = share(alice, new_person(), msgspec.structs.replace(NOVEMBER, collections=["diary", "notes"]))
    plan = rings.Plan(alice.subject, alice.bundle)
    prepared = [(old, *plan.ring(old)) for old in rings.in_force(alice.subject, alice.bundle)]
    owner.change(alice.subject, alice.bundle, one.row, NOVEMBER)
    with pytest.raises(RaceLost):
        plan.store(prepared, None)
    assert one.keys().grant.collections == ["diary"]


def test_taking_the_mark_of_sharing_off_a_shelf_is_noticed_at_log_in(alice: Person) -> None:
    from nutshell.vault import actions

    share(alice, new_person())
    actions.reseal_root(alice.subject, alice.bundle)
    Shelf.objects.filter(subject_id=alice.subject, shared=True).update(shared=False, signer=None, signature=None)
    assert {problem.kind for problem in actions.open_at_login(alice.subject).problems} == {"unshared"}
    assert OwnerKeys(alice.bundle).certificate == b""
