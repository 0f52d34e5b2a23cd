"""Alice's diary over a vault in memory, with the whole of SR28."""

from datetime import date
from pathlib import Path

import pytest
from diary_vault import DiaryVault

from nutshell.catalog import queries as catalog
from nutshell.catalog.build import build
from nutshell.common.clock import Day


@pytest.fixture(scope="session", autouse=True)
def sr28(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = build(tmp_path_factory.mktemp("catalog"))
    catalog.use(path)
    return path


@pytest.fixture
def alice() -> DiaryVault:
    return DiaryVault()


@pytest.fixture
def monday() -> Day:
    return Day(date(2026, 11, 23))
