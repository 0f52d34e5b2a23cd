"""The diary's helpers and a catalog for generated tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "rooms" / "diary"))

from tests.catalogs import built

from nutshell.catalog import queries as catalog


@pytest.fixture(scope="session")
def sr28() -> Path:
    path = built()
    catalog.use(path)
    return path
