"""The published vectors: each has one declared outcome, for Nutshell's envelope and for a stranger's decryptor."""

import json
from pathlib import Path
from typing import Any

import pytest

from nutshell.envelope import errors

from . import decryptor, make, ours

VECTORS = [one for path in sorted(Path(__file__).parent.glob("*.json")) for one in json.loads(path.read_text())]
pytestmark = pytest.mark.usefixtures("full_argon2")
READERS = {
    "nutshell": (ours.KINDS, (errors.NotOpened, errors.UnknownFormat)),
    "stranger": (decryptor.KINDS, (decryptor.NotOpened, decryptor.UnknownFormat)),
}


def outcome(reader: str, vector: dict[str, Any]) -> str:
    kinds, refusals = READERS[reader]
    inputs = {k: bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for k, v in vector["inputs"].items()}
    try:
        return f"opens to {kinds[vector['kind']](inputs).hex()}"
    except refusals as refusal:
        return f"refused: {type(refusal).__name__}"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_a_vector_has_its_declared_outcome(reader: str, vector: dict[str, Any]) -> None:
    assert outcome(reader, vector) == vector["outcome"]


def test_every_kind_of_vector_is_covered_with_both_outcomes() -> None:
    opening = {one["kind"] for one in VECTORS if one["outcome"].startswith("opens")}
    assert opening == set(ours.KINDS) == set(decryptor.KINDS)
    refusing = {one["kind"] for one in VECTORS if one["outcome"].startswith("refused")}
    assert opening - refusing == {"addresses", "collection_key", "tombstone", "clinic_proof"}


def test_the_script_makes_the_same_vectors_but_for_random_bytes() -> None:
    made = {(one["name"], one["kind"]) for build in make.FILES.values() for one in build()}
    assert made == {(one["name"], one["kind"]) for one in VECTORS}
