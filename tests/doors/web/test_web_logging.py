"""A day is logged through forms, from the first sign-in on, with no script."""

import pytest
from django.test import Client
from tests.doors.web.people import agree, day_url, log, text_of

pytestmark = pytest.mark.django_db(databases=["default", "records"])


def test_alice_signs_in_agrees_and_logs_her_breakfast(newcomer: Client) -> None:
    first = newcomer.get("/today")
    assert first.status_code == 303
    assert first.url.startswith("/consent/health-data?next=")
    page = newcomer.get(first.url)
    assert "May" in text_of(page) or page.status_code == 200
    assert agree(newcomer).status_code == 303
    day = newcomer.get("/today", follow=True)
    assert "Nothing here yet" in text_of(day)
    done = log(newcomer)
    assert done.status_code == 303
    shown = text_of(newcomer.get(done.url))
    assert "oats" in shown.lower(), shown
    assert "50" in shown
