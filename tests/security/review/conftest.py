"""What a reader of the code tried: every test here was an attack that worked once."""

from pathlib import Path

import pytest
from tests.catalogs import built
from tests.keystore import key_store, node

from nutshell.accounts import middleware
from nutshell.catalog import queries as catalog

__all__ = ["key_store", "node"]


@pytest.fixture(scope="session", autouse=True)
def the_catalog() -> Path:
    path = built()
    catalog.use(path)
    return path


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Answers are not held back, but where a test measures their time."""
    if "measures" not in request.fixturenames:
        monkeypatch.setattr(middleware, "EVEN_SECONDS", 0.001)


@pytest.fixture
def measures() -> None:
    """Asked for by tests that measure times."""
