"""A mail for each change of how somebody signs in: whoever does it in their place cannot do it unnoticed."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client
from tests.doors.accounts.people import ALICE, OTHER_PASSPHRASE, PASSPHRASE, browser, reauthenticate, sign_up
from tests.doors.accounts.test_accounts_factors import with_totp

# Transactions end: mails about factors are sent when they do.
pytestmark = [
    pytest.mark.django_db(databases=["default", "records"], transaction=True),
    pytest.mark.usefixtures("node"),
]


def change_the_password(client: Client) -> None:
    sign_up(client)
    change = {"oldpassword": PASSPHRASE, "password1": OTHER_PASSPHRASE, "password2": OTHER_PASSPHRASE}
    client.post("/account/password/change/", change)


def switch_the_app_off(client: Client) -> None:
    with_totp(client)
    reauthenticate(client)
    client.post("/account/2fa/totp/deactivate/", {})


TOLD = {
    "Your password was changed": change_the_password,
    "Authenticator app switched on": with_totp,
    "Authenticator app switched off": switch_the_app_off,
}


@pytest.mark.parametrize("subject", TOLD)
def test_whoever_changes_how_somebody_signs_in_cannot_do_it_unnoticed(subject: str) -> None:
    act: Callable[[Client], object] = TOLD[subject]
    act(browser())
    assert [(one.to, one.subject) for one in mail.outbox if one.subject == subject] == [([ALICE], subject)]
