"""The diary's helpers and a catalog for generated tests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "rooms" / "diary"))

from nutshell.catalog import queries as catalog  # noqa: E402
from nutshell.catalog.build import build  # noqa: E402


@pytest.fixture(scope="session")
def sr28(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = build(tmp_path_factory.mktemp("catalog"))
    catalog.use(path)
    yield path
