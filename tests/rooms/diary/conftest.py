"""Alice's diary over a vault in memory, with the whole of SR28."""

from datetime import date
from pathlib import Path

import pytest
from diary_vault import DiaryVault
from tests.catalogs import built

from nutshell.catalog import queries as catalog
from nutshell.common.clock import Day


@pytest.fixture(scope="session", autouse=True)
def sr28() -> Path:
    path = built()
    catalog.use(path)
    return path


@pytest.fixture
def alice() -> DiaryVault:
    return DiaryVault()


@pytest.fixture
def monday() -> Day:
    return Day(date(2026, 11, 23))
