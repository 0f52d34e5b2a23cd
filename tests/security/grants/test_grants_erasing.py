"""An erase ends grants both ways: who had access is told, and the one who stays keeps a whole diary (req-32)."""

from uuid import UUID

import pytest

from nutshell.common import errors
from nutshell.vault.models import Errand, Grant, GrantReceived, Keyring
from nutshell.vault.sharing import erasing, grantee
from nutshell.vault.types import Change
from security.grants.sharing import NOVEMBER, run_errands, share
from security.grants.test_grants_forged import WRITE, written_by
from security.people_and_vaults import MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)


def names(subject: UUID) -> list[str]:
    """Tables of sharing that still name the subject, in a column or inside a blob."""
    found = []
    for kind in (Grant, GrantReceived, Keyring, Errand):
        for row in kind.objects.all().values():
            blobs = [bytes(value) for value in row.values() if isinstance(value, bytes | memoryview)]
            if subject in row.values() or any(subject.bytes in one for one in blobs):
                found.append(kind.__name__)
    return found


def test_req_32_every_grantee_reads_that_the_owner_is_gone(alice: Person) -> None:
    people = [share(alice, new_person()) for _ in range(3)]
    people[0].end()
    assert erasing.end_all(alice.subject) == 2
    told = {row.subject_id: row.state for row in GrantReceived.objects.all()}
    assert [told[one.grantee.subject] for one in people] == ["revoked", "erased", "erased"]
    assert {row.owner_id for row in GrantReceived.objects.filter(state="erased")} == {erasing.NOBODY}
    assert not Grant.objects.exists()


def test_a_grantee_who_erases_leaves_the_owner_a_whole_diary(alice: Person) -> None:
    one, bob = share(alice, new_person(), WRITE), share(alice, new_person(), NOVEMBER)
    written_by(one, one.keys(), b"by dana")
    erasing.end_all(one.grantee.subject)
    GrantReceived.objects.filter(subject_id=one.grantee.subject).delete()
    assert names(one.grantee.subject) == []
    assert alice.read(TUESDAY) == b"by dana"
    alice.write(MONDAY, b"toast")
    run_errands(alice)
    assert alice.read(TUESDAY) == b"by dana"
    assert bob.vault().read([TUESDAY])[0].content == b"by dana"
    assert one.row.state == "erased"


def test_leaving_and_expiring_are_finished_by_the_owners_next_request(alice: Person) -> None:
    one = share(alice, new_person(), WRITE)
    keys = one.keys()
    written_by(one, keys, b"by dana")
    grantee.leave(one.grantee.subject, one.grantee.bundle, one.grant_id, alice.subject)
    assert alice.read(TUESDAY) == b"by dana"
    with pytest.raises(errors.NotFound):
        one.keys()
    assert run_errands(alice) == 1
    alice.write(MONDAY, b"after")
    assert one.vault(keys).read([MONDAY])[0].content is None
    with pytest.raises(errors.Conflict):
        one.vault(keys).write([Change(MONDAY, 0, b"late")])


def test_two_people_accept_at_once_and_one_of_them_gets_it(alice: Person) -> None:
    from nutshell.vault.sharing import owner

    bob, dana = new_person(), new_person()
    grant_id, secret = owner.offer(alice.subject, alice.bundle, NOVEMBER, "either")
    grantee.accept(bob.subject, bob.bundle, grant_id, secret)
    with pytest.raises(errors.NotFound):
        grantee.accept(dana.subject, dana.bundle, grant_id, secret)
    run_errands(alice)
    assert GrantReceived.objects.get().subject_id == bob.subject
    assert run_errands(alice) == 0


def test_an_errand_that_is_cut_off_is_done_by_the_next_request(alice: Person, monkeypatch) -> None:
    from nutshell.vault.sharing import owner, rows

    bob = new_person()
    grant_id, secret = owner.offer(alice.subject, alice.bundle, NOVEMBER, "Bob")
    grantee.accept(bob.subject, bob.bundle, grant_id, secret)
    with monkeypatch.context() as broken:
        broken.setattr(rows, "drop_errand", lambda *_: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            run_errands(alice)
    assert rows.grant_of(alice.subject, grant_id).state == "accepted"
    assert run_errands(alice) == 1
    assert rows.grant_of(alice.subject, grant_id).state == "active"
