"""An installation with a real key store process, two people in it, and everybody whom an incident needs."""

from dataclasses import replace

import pytest
from tests.keystore import KeyStoreProcess, key_store, node

from nutshell.accounts import actions as accounts
from nutshell.accounts.models import User
from nutshell.common.officers import ROLES, Officers, Person
from nutshell.incidents import actions
from nutshell.incidents.types import Record

__all__ = ["key_store", "node"]

DPO = Person("Dora", "dora@example.org")
OFFICERS = Officers(
    (DPO,),
    (Person("Sam Security", "security@example.org"),),
    (Person("Pia Privacy", "privacy@example.org"),),
    {
        role: (Person(f"{role} one", f"{role}@example.org"), Person(f"{role} two", f"{role}2@example.org"))
        for role in ROLES
    },
)
TEXTS = {
    "happened": "A copy was taken.",
    "consequences": "None known.",
    "measures": "Keys changed.",
    "advice": "Nothing.",
}


@pytest.fixture
def people(node: object, db: None) -> list[User]:
    """Alice reads English, Bob German. Both have keys."""
    made = [accounts.create_user(f"{name}@example.org", "tinsel orbit maple quarrel") for name in ("alice", "bob")]
    for user, language in zip(made, ("en", "de"), strict=True):
        accounts.give_consent(user, "health-data", "1")
        accounts.set_preferences(user, language, "")
    return made


@pytest.fixture
def incident(people: list[User]) -> Record:
    return actions.declare("operator", {"summary": "A backup is gone."})


@pytest.fixture
def operator(key_store: KeyStoreProcess) -> object:
    return key_store.client("operator")


@pytest.fixture
def mailed(settings: object) -> None:
    """There is a mail server: what is sent waits for the worker."""
    settings.NUTSHELL = replace(settings.NUTSHELL, smtp_url="smtps://mail.example")
