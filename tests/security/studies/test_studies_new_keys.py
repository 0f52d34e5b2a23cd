"""New keys of a participant and of a researcher: what they signed is signed anew, and the study goes on."""

from typing import Any

import pyrage
import pytest
from tests.doors.api.test_studies_api import Phone, joined, ok, opened, released

from nutshell.studies import releases
from nutshell.studies.consents import check_part
from nutshell.studies.models import Enrolment

pytestmark = pytest.mark.django_db(databases=["default", "records"])


def test_a_participant_with_new_keys_is_still_in_the_release(at: dict[str, Phone], key: Any) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    part = joined(alice, path)
    before = bytes(Enrolment.objects.get().consent)
    ok(alice("POST", "/account/keys", {}))
    assert bytes(Enrolment.objects.get().consent) != before
    assert check_part(Enrolment.objects.get()).pseudonym == part["pseudonym"]
    rows, _ = released(rosa, path, key)
    assert {row["pseudonym"] for row in rows} == {part["pseudonym"]}


def test_a_researcher_with_new_keys_goes_on_and_an_order_of_before_is_built(at: dict[str, Phone], key: Any) -> None:
    rosa, alice = at["rosa"], at["alice"]
    path = opened(rosa, key)
    joined(alice, path)
    ok(rosa("POST", f"{path}/releases"), 202)
    ok(rosa("POST", "/account/keys", {}))
    assert ok(rosa("GET", f"{path}/participants"))["items"]
    rows, _ = released_second(rosa, path, key)
    assert rows


def released_second(rosa: Phone, path: str, key: pyrage.x25519.Identity) -> Any:
    """The order from before the new keys, and one after it."""
    assert releases.build_next()
    first = ok(rosa("GET", f"{path}/releases/1"))
    assert first["archive"]
    return released(rosa, path, key)
