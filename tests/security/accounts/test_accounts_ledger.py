"""What the owner's ledger says about the account: log-ins, refused ones, passwords, factors, tokens, consents."""

import pytest
from tests.doors.accounts.people import ALICE, OTHER_PASSPHRASE, PASSPHRASE, App, browser, log_in

from nutshell.accounts import actions, consents, queries
from nutshell.audit import queries as audit

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]


def test_the_ledger_tells_what_happened_to_the_account() -> None:
    app = App()
    app.sign_up()
    user = queries.user_by_email(ALICE)
    actions.give_consent(user, consents.HEALTH_DATA, consents.current()[0].version)
    actor = queries.app_session_actor(app.token)
    log_in(browser())
    log_in(browser(), password="not " + PASSPHRASE)
    made = actions.make_token(actor, "My script", ["all"])
    actions.end_token(actor, made.info.id)
    body = {"current_password": PASSPHRASE, "new_password": OTHER_PASSPHRASE}
    app.ask("POST", "/account/password/change", body)
    entries = audit.search(user.subject_id, actor.keys.ledger, lambda _body: True).entries
    told = [entry.kind for entry in reversed(entries)]
    expected = ["consent-given", "login", "login-refused", "token-made", "token-ended", "password-changed"]
    assert [kind for kind in told if kind in expected] == expected
    assert {entry.actor for entry in entries} == {str(user.subject_id)}
