"""No request of anybody may hold a process up: bodies that cost the square of their length, answers held back."""

import time

import pytest
from tests.doors.accounts.people import App, browser

from nutshell.accounts.password_rules import KnownValidator
from nutshell.common import errors
from nutshell.forms.parsing import parse_log

SECONDS = 2.0


@pytest.mark.parametrize("password", ["a" + "1" * 60_000 + "bcdefgh", "correcthorse" * 40_000 + "x"])
def test_a_password_of_a_megabyte_is_refused_without_being_judged(password: str) -> None:
    started = time.monotonic()
    KnownValidator().validate(password)
    assert time.monotonic() - started < SECONDS


@pytest.mark.django_db
@pytest.mark.usefixtures("node")
def test_nobody_signs_up_with_a_password_that_takes_minutes_to_judge() -> None:
    started = time.monotonic()
    answer = App().ask("POST", "/auth/signup", {"email": "new@example.org", "password": "a" + "1" * 60_000 + "bcdefg"})
    assert (answer.status_code, time.monotonic() - started < SECONDS) == (400, True)


def test_a_repeated_field_is_found_in_one_pass() -> None:
    names = ",".join(f'"a{number}":0' for number in range(40_000))
    started = time.monotonic()
    with pytest.raises(errors.InvalidInput) as refused:
        parse_log(f'{{{names},"z":0,"z":1}}'.encode())
    assert list(refused.value.fields) == ["z"]
    assert time.monotonic() - started < SECONDS


@pytest.mark.django_db
@pytest.mark.usefixtures("node", "measures")
def test_answers_that_look_for_no_account_are_not_held_back() -> None:
    """A form from another site, and nonsense, are counted by no limit: held back, four a second stop a process."""
    strange = browser()
    strange.handler.enforce_csrf_checks = True
    App().ask("POST", "/auth/password/request", {"email": "?"})
    started = time.monotonic()
    for _ in range(4):
        assert strange.post("/account/signup/", {"email": "new@example.org"}).status_code == 403
        assert App().ask("POST", "/auth/password/request", {"email": "?"}).status_code == 400
    assert time.monotonic() - started < 8 * 0.2
