"""A shelf that vanished or went back is noticed at the next log-in and by the hour (inv-I4)."""

import pytest
from tests.doors.api.conftest import Caller

from nutshell.accounts import queries
from nutshell.accounts.sessions import SessionStore
from nutshell.accounts.signing_in import ALTERED, ROOT_AT, ROOT_SECONDS
from nutshell.common import clock
from nutshell.vault.models import Record, Root, Shelf

pytestmark = pytest.mark.django_db(databases=["default", "records"])
EGG = {"food_id": "sr28:01123", "amount": 100, "unit": "g"}


def told(store: SessionStore) -> int:
    return SessionStore(str(store.session_key)).get(ALTERED, 0)


def logged(alice) -> Caller:
    phone = Caller(authorization=f"Bearer {alice.token()}")
    assert phone("POST", "/diary/2026-11-23/entries", EGG).status_code == 201
    return phone


def test_a_log_in_seals_what_is_there_and_tells_nothing(alice):
    logged(alice)
    before = set(Root.objects.values_list("version", flat=True))
    assert told(alice.session()) == 0
    assert max(Root.objects.values_list("version", flat=True)) > max(before)


def test_a_vanished_month_is_told_at_the_next_log_in(alice):
    logged(alice)
    alice.session()
    Record.objects.all().delete()
    Shelf.objects.all().delete()
    assert told(alice.session()) == 1


def test_a_vanished_month_is_told_within_the_hour_of_a_session(alice):
    logged(alice)
    store = alice.session()
    Record.objects.all().delete()
    Shelf.objects.all().delete()
    queries.app_session_actor(str(store.session_key))
    assert told(store) == 0
    sealed_before = SessionStore(str(store.session_key))
    sealed_before[ROOT_AT] = clock.now().timestamp() - ROOT_SECONDS - 1
    sealed_before.save()
    queries.app_session_actor(str(store.session_key))
    assert told(store) == 1
