import pytest
from tests.keystore import key_store, node

from nutshell.accounts import middleware

__all__ = ["key_store", "node"]


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Answers are not held back, but where a test measures their time."""
    if "measures" not in request.fixturenames:
        monkeypatch.setattr(middleware, "EVEN_SECONDS", 0.001)


@pytest.fixture
def measures() -> None:
    """Asked for by tests that measure times."""
