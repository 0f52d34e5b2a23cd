"""How long sessions last, with a key store whose clock moves along."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.doors.accounts.people import ALICE, BOB, PASSPHRASE, App, browser, is_signed_in, log_in, sign_up
from tests.security.keystore_in_process import InProcess, started

from nutshell.accounts import actions, consents, queries
from nutshell.accounts.models import Session, User
from nutshell.common import clock, errors
from nutshell.vault import installation
from nutshell.vault.keystore.models import Epoch

pytestmark = [pytest.mark.django_db(databases=["default", "records", "keys"]), pytest.mark.usefixtures("keystore")]


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[InProcess]:
    before = installation._client, installation._held
    client = InProcess(started(tmp_path))
    installation.configure(client)
    yield client
    installation._client, installation._held = before


def consenting(email: str = ALICE) -> App:
    """An app whose person has keys, signed in."""
    app = App()
    app.sign_up(email)
    user = queries.user_by_email(email)
    actions.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    queries.app_session_actor(app.token)
    return app


def test_a_personal_session_slides_with_its_use_and_ends_after_seven_idle_days() -> None:
    client = browser()
    sign_up(client)
    with clock.moved_to(clock.now() + timedelta(days=6)):
        assert is_signed_in(client)
    with clock.moved_to(clock.now() + timedelta(days=12)):
        assert is_signed_in(client)
    with clock.moved_to(clock.now() + timedelta(days=19, hours=1)):
        assert not is_signed_in(client)


def test_a_personal_session_ends_after_thirty_days_whatever_its_use() -> None:
    client = browser()
    sign_up(client)
    for day in range(3, 30, 3):
        with clock.moved_to(clock.now() + timedelta(days=day)):
            assert is_signed_in(client)
    with clock.moved_to(clock.now() + timedelta(days=30, hours=1)):
        assert not is_signed_in(client)


@pytest.mark.parametrize("kind", ["clinic", "admin"])
def test_a_clinic_or_admin_session_ends_after_fifteen_idle_minutes(kind: str) -> None:
    sign_up(browser())
    User.objects.update(session_kind=kind)
    client = browser()
    log_in(client)
    for minutes in (10, 20, 30):
        with clock.moved_to(clock.now() + timedelta(minutes=minutes)):
            assert is_signed_in(client)
    with clock.moved_to(clock.now() + timedelta(minutes=46)):
        assert not is_signed_in(client)


def test_a_session_used_on_another_day_is_sealed_under_that_days_epoch() -> None:
    app = consenting()
    before = Session.objects.get(user__isnull=False)
    with clock.moved_to(clock.now() + timedelta(days=1)):
        keys = queries.app_session_actor(app.token).keys
    after = Session.objects.get(user__isnull=False)
    assert after.epoch == before.epoch + timedelta(days=1)
    assert bytes(after.sealed) != bytes(before.sealed)
    with clock.moved_to(clock.now() + timedelta(days=1, hours=1)):
        assert queries.app_session_actor(app.token).keys == keys


def test_the_sweep_removes_what_is_over_and_nobody_who_verified() -> None:
    sign_up(browser())
    browser().post("/account/signup/", {"email": BOB, "password1": PASSPHRASE})
    actions.invite("dana@example.org")
    with clock.moved_to(clock.now() + timedelta(days=31)):
        swept = actions.sweep()
    assert (swept.unverified, swept.invitations) == (1, 1)
    assert Session.objects.count() == 0
    assert [user.pk for user in User.objects.all()] == [queries.user_by_email(ALICE).pk]


def test_a_session_whose_epoch_is_gone_is_signed_out_and_never_a_server_error() -> None:
    client, app = browser(), consenting()
    log_in(client)
    Epoch.objects.all().delete()
    installation.configure(installation.client())
    with clock.moved_to(clock.now() + timedelta(days=1)):
        page = client.get("/account/email/")
        assert (page.status_code, page.url) == (302, "/account/login/?next=/account/email/")
        with pytest.raises(errors.SignedOut):
            queries.app_session_actor(app.token)
        assert app.ask("GET", "/auth/session").status_code in (401, 410)
