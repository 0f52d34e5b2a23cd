"""A grant's buttons do what they say: an act that no button has ends nothing."""

import re

import pytest
from django.test import Client
from tests.doors.api.conftest import the_catalog
from tests.doors.web.people import agree, new_account, text_of
from tests.doors.web.test_web_sharing import diary_of, shared
from tests.keystore import key_store, node

from nutshell.vault.sharing import grantee

__all__ = ["key_store", "node", "the_catalog"]
pytestmark = pytest.mark.django_db(databases=["default", "records"])


def somebody(name: str) -> Client:
    client = new_account(f"{name}@example.org")
    agree(client)
    return client


def test_an_unknown_act_on_a_grant_is_not_found_and_ends_nothing(node: object, db: None) -> None:
    grantee.forget()
    alice, bob = somebody("alice"), somebody("bob")
    shared(alice, bob)
    stop = re.search(r'action="(/access/grants/[^"]+)/stop"', text_of(alice.get("/access")))[1]
    for act in ("", "x", "Stop", "revoke", "%00"):
        assert alice.post(f"{stop}/{act}").status_code == 404, act
    assert bob.post(f"{stop}/stop").status_code == 404
    assert bob.get(diary_of(alice)).status_code == 200
