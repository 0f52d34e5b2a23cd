"""The key store gives a grant's secret to its two people only, each time at a fresh signed wish (inv-I14, inv-I20)."""

from datetime import timedelta

import msgspec
import pytest

from nutshell.common import clock, errors
from nutshell.envelope import statements
from nutshell.vault.keystore import grants
from nutshell.vault.keystore.models import OwnLeaf, Secret
from nutshell.vault.keystore.types import GrantSecret, ids_hash
from nutshell.vault.sharing import rings
from security.grants.sharing import Shared, share
from security.keystore_in_process import InProcess
from security.people_and_vaults import Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)


@pytest.fixture
def one(alice: Person) -> Shared:
    return share(alice, new_person())


def signed(by: Person, target: bytes, kind: str = "fetch-grants", late: int = 0) -> bytes:
    now = int(clock.now().timestamp()) - late
    return statements.sign(by.bundle.signing, kind, by.subject, target, now)


def test_the_two_of_them_fetch_it_and_a_stranger_reads_none(one: Shared) -> None:
    for person in (one.owner, one.grantee):
        assert rings.fetched(person.subject, person.bundle, [one.grant_id])[0] is not None
    charlie = new_person()
    assert rings.fetched(charlie.subject, charlie.bundle, [one.grant_id]) == [None]


def test_inv_i14_each_secret_that_is_handed_out_has_one_leaf_and_a_refused_one_none(one: Shared) -> None:
    charlie = new_person()
    before = OwnLeaf.objects.count()
    rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id])
    rings.fetched(charlie.subject, charlie.bundle, [one.grant_id])
    assert OwnLeaf.objects.count() == before + 1
    assert OwnLeaf.objects.last().subject_id == one.owner.subject


def test_a_wish_serves_once_and_not_later(keystore: InProcess, one: Shared) -> None:
    ids = [one.grant_id.bytes]
    wish = signed(one.grantee, ids_hash(ids))
    assert keystore.fetch_grants(one.grantee.subject, ids, wish)[0] is not None
    for used in (wish, signed(one.grantee, ids_hash(ids), late=grants.FRESH + 5)):
        with pytest.raises(errors.Forbidden):
            keystore.fetch_grants(one.grantee.subject, ids, used)


def test_nobody_fetches_for_somebody_else_or_without_a_wish_for_just_this(keystore: InProcess, one: Shared) -> None:
    ids, charlie = [one.grant_id.bytes], new_person()
    for by, wish in (
        (one.grantee, signed(charlie, ids_hash(ids))),
        (one.grantee, signed(one.grantee, ids_hash([bytes(16)]))),
        (one.grantee, signed(one.grantee, ids_hash(ids), "leave")),
        (one.grantee, b"nothing"),
    ):
        with pytest.raises(errors.Forbidden):
            keystore.fetch_grants(by.subject, ids, wish)
    with pytest.raises(errors.NotFound):  # as any node fetches openers
        keystore.fetch(one.owner.subject, one.grant_id.bytes, "errand")


def test_inv_i20_only_the_two_destroy_it(keystore: InProcess, one: Shared) -> None:
    charlie, id_ = new_person(), one.grant_id.bytes
    for act, wish in (
        (keystore.destroy, signed(charlie, id_, "destroy")),
        (keystore.destroy, signed(one.grantee, id_, "destroy")),
        (keystore.leave, signed(charlie, id_, "leave")),
        (keystore.leave, signed(one.owner, id_, "leave")),
    ):
        with pytest.raises(errors.Forbidden):
            act(id_, wish)
    keystore.leave(id_, signed(one.grantee, id_, "leave"))
    assert not Secret.objects.filter(secret_id=id_).exists()


def test_a_grant_secret_needs_its_owners_signature(keystore: InProcess, alice: Person) -> None:
    charlie = new_person()
    with pytest.raises(errors.Forbidden):
        keystore.put_grant(alice.subject, bytes(16), signed(charlie, bytes(16), "grant-secret"))
    with pytest.raises(errors.Malformed):
        keystore.put_grant(alice.subject, bytes(16), signed(alice, bytes(16), "grant-secret"))


def test_an_end_is_kept_by_the_key_store_itself(keystore: InProcess, alice: Person) -> None:
    from security.grants.sharing import NOVEMBER

    until = int((clock.now() + timedelta(hours=1)).timestamp())
    one = share(alice, new_person(), msgspec.structs.replace(NOVEMBER, expires_at=until))
    assert rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id])[0] is not None
    with clock.moved_to(clock.now() + timedelta(hours=2)):
        assert rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id]) == [None]


def moved(keystore: InProcess, by: Person, one: Shared, ends_at: int, late: int = 0, grantee=None) -> None:
    details = msgspec.msgpack.encode(GrantSecret(grantee or one.grantee.subject, ends_at))
    when = int(clock.now().timestamp()) - late
    wish = statements.sign(by.bundle.signing, "grant-end", by.subject, one.grant_id.bytes, when, details)
    keystore.move_grant_end(by.subject, one.grant_id.bytes, wish)


def is_open(one: Shared) -> bool:
    return rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id]) != [None]


def test_inv_i20_an_end_moves_at_the_owners_fresh_wish_only(keystore: InProcess, one: Shared) -> None:
    charlie, soon = new_person(), int((clock.now() + timedelta(hours=1)).timestamp())
    for by, late, grantee in (
        (one.grantee, 0, None), (charlie, 0, None), (one.owner, grants.FRESH + 5, None),
        (one.owner, 0, charlie.subject),
    ):  # fmt: skip
        with pytest.raises((errors.Forbidden, errors.NotFound)):
            moved(keystore, by, one, soon, late, grantee)
    assert Secret.objects.get(secret_id=one.grant_id.bytes).ends_at is None
    moved(keystore, one.owner, one, soon)
    with clock.moved_to(clock.now() + timedelta(hours=2)):
        assert not is_open(one)
        with pytest.raises(errors.NotFound):  # what has ended is not opened again
            moved(keystore, one.owner, one, soon + 100_000)
    moved(keystore, one.owner, one, 0)
    with clock.moved_to(clock.now() + timedelta(hours=2)):
        assert is_open(one)


def test_a_wish_for_another_end_serves_once(keystore: InProcess, one: Shared) -> None:
    details = msgspec.msgpack.encode(GrantSecret(one.grantee.subject, 0))
    now = int(clock.now().timestamp())
    wish = statements.sign(one.owner.bundle.signing, "grant-end", one.owner.subject, one.grant_id.bytes, now, details)
    keystore.move_grant_end(one.owner.subject, one.grant_id.bytes, wish)
    with pytest.raises(errors.Forbidden):
        keystore.move_grant_end(one.owner.subject, one.grant_id.bytes, wish)


def test_opening_very_many_is_limited_and_the_limit_passes(keystore: InProcess, one: Shared, monkeypatch) -> None:
    monkeypatch.setattr(grants, "limiter", grants.Limiter())
    monkeypatch.setattr(grants, "MOST", 3)
    for _ in range(3):
        rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id])
    with pytest.raises(errors.TooMany):
        rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id])
    rings.fetched(one.owner.subject, one.owner.bundle, [one.grant_id])
    monkeypatch.setattr(grants, "WINDOW", 0.0)
    rings.fetched(one.grantee.subject, one.grantee.bundle, [one.grant_id])
