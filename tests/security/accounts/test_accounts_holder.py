"""Who can only write tables does not become somebody else: rows cannot be put together anew (inv-I5, promise-P4)."""

import pytest

from nutshell.accounts import actions, consents, queries, signing_in
from nutshell.accounts.models import User
from nutshell.accounts.sessions import SessionStore
from nutshell.common import errors

pytestmark = pytest.mark.django_db(databases=["default", "records"])
PASSPHRASE = "a long passphrase of %s"


def person(name: str) -> User:
    user = actions.create_user(f"{name}@example.org", PASSPHRASE % name)
    actions.give_consent(user, "health-data", consents.current()[0].version)
    return user


def test_a_row_that_was_given_another_persons_subject_opens_nothing(key_store):
    alice, charlie = person("alice"), person("charlie")
    stolen = alice.subject_id
    User.objects.filter(pk=alice.pk).update(subject_id=None)
    User.objects.filter(pk=charlie.pk).update(subject_id=stolen)
    with pytest.raises(errors.Tampered):
        signing_in.open_vault(SessionStore(), User.objects.get(pk=charlie.pk))


def test_nor_does_it_with_the_holders_mark_copied_along(key_store):
    alice, charlie = person("alice"), person("charlie")
    User.objects.filter(pk=alice.pk).update(subject_id=None)
    User.objects.filter(pk=charlie.pk).update(subject_id=alice.subject_id, holder=alice.holder)
    with pytest.raises(errors.Tampered):
        signing_in.open_vault(SessionStore(), User.objects.get(pk=charlie.pk))


def test_a_new_consent_does_not_make_the_stolen_subject_ones_own(key_store):
    alice, charlie = person("alice"), person("charlie")
    User.objects.filter(pk=alice.pk).update(subject_id=None)
    User.objects.filter(pk=charlie.pk).update(subject_id=alice.subject_id, holder=None)
    actions.give_consent(User.objects.get(pk=charlie.pk), "health-data", consents.current()[0].version)
    with pytest.raises(errors.Tampered):
        signing_in.open_vault(SessionStore(), User.objects.get(pk=charlie.pk))


def test_a_password_hash_holds_in_its_own_row_only(key_store):
    alice, charlie = person("alice"), person("charlie")
    User.objects.filter(pk=alice.pk).update(password=charlie.password)
    assert not User.objects.get(pk=alice.pk).check_password(PASSPHRASE % "charlie")
    assert User.objects.get(pk=charlie.pk).check_password(PASSPHRASE % "charlie")


def test_the_owner_still_signs_in(key_store):
    alice = person("alice")
    store = SessionStore()
    signing_in.open_vault(store, queries.user(alice.pk))
    assert store.subject == alice.subject_id
