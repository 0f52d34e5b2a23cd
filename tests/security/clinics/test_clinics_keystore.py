"""The key store gives secrets of a clinic's clients to its acting members, while their memberships live (inv-I14)."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from nutshell.common import clock, errors
from nutshell.common.ids import new_id
from nutshell.envelope import statements
from nutshell.vault.keystore import erasing
from nutshell.vault.keystore.models import OwnLeaf, Secret
from nutshell.vault.keystore.types import GrantSecret
from nutshell.vault.sharing import rings
from security.clinics.people import Clinic, new_clinic, shared
from security.grants.sharing import share
from security.keystore_in_process import InProcess
from security.people_and_vaults import Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)


@pytest.fixture
def clinic(keystore: InProcess) -> Clinic:
    return new_clinic()


@pytest.fixture
def dora(clinic: Clinic) -> Person:
    return new_person()


@pytest.fixture
def grant(clinic: Clinic, dora: Person) -> UUID:
    return shared(dora, clinic)


def gets(by: Person, grant_id: UUID) -> bool:
    leaves = OwnLeaf.objects.count()
    got = rings.fetched(by.subject, by.bundle, [grant_id])[0] is not None
    assert OwnLeaf.objects.count() == leaves + got
    return got


def test_a_membership_that_reaches_diaries_fetches_for_the_clinic_and_no_other_person_does(
    clinic: Clinic, grant: UUID
) -> None:
    ada, ben, cleo, erik, stranger = (new_person() for _ in range(5))
    for person, role in ((ada, "administrator"), (ben, "clinician"), (cleo, "assistant")):
        clinic.take(person, role)
    new_clinic().take(erik, "administrator")
    assert [gets(one, grant) for one in (ada, ben, cleo, erik, stranger)] == [True, True, False, False, False]


def test_a_membership_that_ended_or_expired_fetches_nothing(clinic: Clinic, grant: UUID) -> None:
    ben, erik = new_person(), new_person()
    membership = clinic.take(ben, "clinician")
    clinic.take(erik, "clinician", int((clock.now() + timedelta(hours=1)).timestamp()))
    assert (gets(ben, grant), gets(erik, grant)) == (True, True)
    clinic.end(membership)
    assert not gets(ben, grant)
    with clock.moved_to(clock.now() + timedelta(hours=2)):
        assert not gets(erik, grant)


def test_a_demotion_leaves_nothing_of_the_membership_before(clinic: Clinic, grant: UUID) -> None:
    ben = new_person()
    before = clinic.take(ben, "clinician")
    clinic.take(ben, "assistant")
    clinic.end(before)
    assert not gets(ben, grant)


@pytest.mark.parametrize("who", ["clinic", "member", "client"])
def test_inv_i21_nothing_is_fetched_from_the_moment_that_an_erase_begins(
    keystore: InProcess, clinic: Clinic, dora: Person, grant: UUID, who: str
) -> None:
    ben = new_person()
    clinic.take(ben, "clinician")
    erasing.begin_as_operator(keystore._core, {"clinic": clinic, "member": ben, "client": dora}[who].subject)
    try:
        assert not gets(ben, grant)
    except errors.NotFound:
        assert who == "member"


@pytest.mark.parametrize("who", ["clinic", "member"])
def test_an_erase_takes_the_secrets_of_all_memberships_along(keystore: InProcess, clinic: Clinic, who: str) -> None:
    ben = new_person()
    membership = clinic.take(ben, "clinician")
    erasing.begin_as_operator(keystore._core, {"clinic": clinic, "member": ben}[who].subject)
    erasing.shred(keystore._core, {"clinic": clinic, "member": ben}[who].subject)
    assert not Secret.objects.filter(secret_id=membership.bytes).exists()


def wish(by: Person, kind: str, target: bytes, grantee: Person, acts: bool) -> bytes:
    details = msgspec.msgpack.encode(GrantSecret(grantee.subject, 0, acts))
    return statements.sign(by.bundle.signing, kind, by.subject, target, int(clock.now().timestamp()), details)


def test_nobody_but_a_clinic_lets_another_fetch_for_them(keystore: InProcess) -> None:
    """Carol shares with Alice. Alice's grant to Bob says `acts`: what Carol granted is not Alice's to pass on."""
    alice, bob, carol = new_person(), new_person(), new_person()
    carols, id_ = share(carol, alice), new_id().bytes
    with pytest.raises(errors.Forbidden):
        keystore.put_grant(alice.subject, id_, wish(alice, "grant-secret", id_, bob, True))
    assert not gets(bob, carols.grant_id)
    keystore.put_grant(alice.subject, id_, wish(alice, "grant-secret", id_, bob, False))
    assert not gets(bob, carols.grant_id)


def test_another_end_makes_nobody_act_for_a_clinic_nor_ends_that(
    keystore: InProcess, clinic: Clinic, grant: UUID
) -> None:
    ben, cleo = new_person(), new_person()
    bens, cleos = clinic.take(ben, "clinician"), clinic.take(cleo, "assistant")
    keystore.move_grant_end(clinic.subject, cleos.bytes, wish(clinic, "grant-end", cleos.bytes, cleo, True))
    keystore.move_grant_end(clinic.subject, bens.bytes, wish(clinic, "grant-end", bens.bytes, ben, False))
    assert (gets(ben, grant), gets(cleo, grant)) == (True, False)


def test_inv_i20_no_member_makes_destroys_or_leaves_what_is_the_clinics_or_a_clients(
    keystore: InProcess, clinic: Clinic, dora: Person, grant: UUID
) -> None:
    ben = new_person()
    membership = clinic.take(ben, "clinician")
    now, id_ = int(clock.now().timestamp()), new_id().bytes
    for by in (ben, Person(clinic.subject, ben.bundle), Person(dora.subject, ben.bundle)):
        with pytest.raises(errors.Forbidden):
            keystore.put_grant(clinic.subject, id_, wish(by, "grant-secret", id_, ben, True))
        moved = wish(by, "grant-end", membership.bytes, ben, True)
        with pytest.raises(errors.Forbidden):
            keystore.move_grant_end(clinic.subject, membership.bytes, moved)
        for act, kind in ((keystore.destroy, "destroy"), (keystore.leave, "leave")):
            with pytest.raises(errors.Forbidden):
                act(grant.bytes, statements.sign(by.bundle.signing, kind, by.subject, grant.bytes, now))
    assert gets(ben, grant)


def test_the_wish_that_made_a_membership_makes_it_no_second_time(
    keystore: InProcess, clinic: Clinic, grant: UUID
) -> None:
    ben, id_ = new_person(), new_id()
    made = wish(clinic, "grant-secret", id_.bytes, ben, True)
    keystore.put_grant(clinic.subject, id_.bytes, made)
    assert gets(ben, grant)
    now = int(clock.now().timestamp())
    keystore.leave(id_.bytes, statements.sign(ben.bundle.signing, "leave", ben.subject, id_.bytes, now))
    for again in (made, wish(clinic, "grant-secret", id_.bytes, ben, True)):
        with pytest.raises((errors.Forbidden, errors.Conflict)):
            keystore.put_grant(clinic.subject, id_.bytes, again)
    assert not gets(ben, grant)
