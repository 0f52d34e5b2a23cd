"""People with real keys in the real key store, and clients that call the API as an app would."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from tests.catalogs import built
from tests.keystore import key_store, node  # noqa: F401 - fixtures

from nutshell.accounts import actions as accounts
from nutshell.accounts import consents, queries, signing_in
from nutshell.accounts.models import User
from nutshell.accounts.sessions import SessionStore
from nutshell.catalog import queries as catalog


@pytest.fixture(scope="session", autouse=True)
def the_catalog() -> None:
    catalog.use(built())


class Person:
    """Somebody with an account and, after consent, keys; `calls` sends requests with a token of all scopes."""

    def __init__(self, name: str) -> None:
        self.user: User = accounts.create_user(f"{name}@example.org", f"a long passphrase of {name}")
        self.client = Client(headers={"accept": "application/json"})

    def consent(self) -> "Person":
        accounts.give_consent(self.user, "health-data", consents.current()[0].version)
        return self

    def session(self) -> SessionStore:
        store = SessionStore()
        store["_auth_user_id"] = str(self.user.pk)
        store["_auth_user_backend"] = "allauth.account.auth_backends.AuthenticationBackend"
        store["_auth_user_hash"] = self.user.get_session_auth_hash()
        store["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        store.begin("personal", "")
        signing_in.open_vault(store, self.user)
        store.save()
        return store

    def token(self, *scopes: str) -> str:
        actor = queries.app_session_actor(str(self.session().session_key))
        return accounts.make_token(actor, "phone", scopes or ("all",), None).text


class Caller:
    """Calls the API with one credential."""

    def __init__(self, **headers: str) -> None:
        self.client = Client(headers=headers)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        content = {"data": body, "content_type": "application/json"} if body is not None else {}
        return self.client.generic(method, f"/api/v1{path}", headers=headers, **_raw(content))


def _raw(content: dict[str, Any]) -> dict[str, Any]:
    import json

    if content and not isinstance(content["data"], bytes | str):
        content["data"] = json.dumps(content["data"])
    return content


@pytest.fixture
def person(db: None, key_store: object) -> Callable[[str], Person]:  # noqa: F811
    return Person


@pytest.fixture
def alice(person: Callable[[str], Person]) -> Person:
    return person("alice").consent()


@pytest.fixture
def api(alice: Person) -> Iterator[Caller]:
    """Alice's phone: a token with all scopes."""
    return Caller(authorization=f"Bearer {alice.token()}")


pytestmark = pytest.mark.django_db(databases=["default", "records"])
