from collections.abc import Iterator
from pathlib import Path

import pytest

from nutshell.vault import installation
from security.keystore_in_process import InProcess, started
from security.people_and_vaults import Person, new_person


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[InProcess]:
    before = installation._client, installation._held
    client = InProcess(started(tmp_path))
    installation.configure(client)
    yield client
    installation._client, installation._held = before


@pytest.fixture
def alice(keystore: InProcess) -> Person:
    return new_person()
