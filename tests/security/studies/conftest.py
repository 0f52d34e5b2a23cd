"""Rosa runs a study; Alice and Bob may take part in it; Mallory has an account too, and more besides."""

from collections.abc import Callable

import pyrage
import pytest
from django.test import Client
from tests.doors.api.conftest import Person, person, the_catalog
from tests.doors.api.test_studies_api import Phone
from tests.doors.web.people import ALICE, agree, new_account
from tests.keystore import key_store, node

from nutshell.studies import policy
from nutshell.vault.sharing import grantee

__all__ = ["key_store", "node", "person", "the_catalog"]


@pytest.fixture
def at(node: object, person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in ("rosa", "alice", "bob", "mallory")}


@pytest.fixture
def key() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def alice(node: object, db: None) -> Client:  # a browser
    client = new_account(ALICE)
    agree(client)
    return client


@pytest.fixture(autouse=True)
def few_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Releases of one and two people; of how many there must be, tests/doors/api/test_studies_few.py."""
    monkeypatch.setattr(policy, "FEW", 1)
