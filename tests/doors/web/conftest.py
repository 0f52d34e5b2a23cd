"""Alice in a browser, with the real key store, vault and catalog. No part of the product is replaced."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from tests.catalogs import built
from tests.doors.web.people import ALICE, BOB, agree, new_account
from tests.keystore import key_store, node

from nutshell.catalog import queries as catalog

__all__ = ["key_store", "node"]


@pytest.fixture(scope="session", autouse=True)
def sr28() -> Path:
    path = built()
    catalog.use(path)
    return path


@pytest.fixture(autouse=True)
def nobodys_language() -> Iterator[None]:
    """A page leaves its language to its thread; the next test must not find it."""
    yield
    translation.deactivate()


@pytest.fixture
def newcomer(node: object, db: None) -> Client:
    """Signed in, before consent."""
    return new_account(ALICE)


@pytest.fixture
def alice(newcomer: Client) -> Client:
    agree(newcomer)
    return newcomer


@pytest.fixture
def bob(node: object, db: None) -> Client:
    client = new_account(BOB)
    agree(client)
    return client
