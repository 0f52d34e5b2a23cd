"""The diary's helpers and a catalog for generated tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "rooms" / "diary"))

from nutshell.catalog import queries as catalog
from nutshell.catalog.build import build


@pytest.fixture(scope="session")
def sr28(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("catalog"))
    catalog.use(path)
    return path
