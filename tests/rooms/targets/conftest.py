"""Alice's facts and a vault of her own."""

from datetime import date

import pytest
from tests.rooms.targets.memory_vault import MemoryVault

from nutshell.targets.types import Profile, Sex


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def alice() -> Profile:
    return Profile(sex=Sex.FEMALE, birth_date=date(1990, 3, 4), height=168.0, weight=64.0)
