"""Ada runs a clinic; Ben is a clinician, Cleo an assistant; Dora and Erik are clients; Mallory has an account, too."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.doors.api.conftest import Person, person, the_catalog
from tests.doors.api.test_studies_api import Phone
from tests.keystore import key_store, node

from nutshell.vault import installation
from nutshell.vault.sharing import grantee
from security.keystore_in_process import InProcess, started

__all__ = ["key_store", "node", "person", "the_catalog"]
NAMES = ("ada", "ben", "cleo", "dora", "erik", "mallory")


@pytest.fixture
def at(node: object, person: Callable[[str], Person]) -> dict[str, Phone]:
    grantee.forget()
    return {name: Phone(person(name).consent()) for name in NAMES}


@pytest.fixture
def keystore(tmp_path: Path) -> Iterator[InProcess]:
    before = installation._client, installation._held
    client = InProcess(started(tmp_path))
    installation.configure(client)
    grantee.forget()
    yield client
    installation._client, installation._held = before
