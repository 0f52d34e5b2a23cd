"""People at the two doors: a browser with cookies, and a phone app with its session token."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.core import mail
from django.test import Client

from nutshell.accounts import queries
from nutshell.common import errors

HOST = "localhost"
PASSPHRASE = "tinsel orbit maple quarrel"
OTHER_PASSPHRASE = "velvet harbour onion sketch"
ALICE, BOB, CHARLIE = "alice@example.org", "bob@example.org", "charlie@example.org"
APP = "/api/auth/app/v1"


def browser(**headers: str) -> Client:
    """A browser that came over HTTPS by way of the proxy."""
    return Client(SERVER_NAME=HOST, headers={"x-forwarded-proto": "https", **headers})


def last_code() -> str:
    """The one-time code of the newest mail."""
    return re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", mail.outbox[-1].body)[0]


def last_link() -> str:
    """The path of the link in the newest mail."""
    return re.search(r"https?://[^/\s]+(/\S+)", mail.outbox[-1].body)[1]


def sign_up(client: Client, email: str = ALICE, password: str = PASSPHRASE) -> Any:
    client.post("/account/signup/", {"email": email, "password1": password})
    return client.post("/account/confirm-email/", {"code": last_code()})


def log_in(client: Client, email: str = ALICE, password: str = PASSPHRASE) -> Any:
    return client.post("/account/login/", {"login": email, "password": password})


def reauthenticate(client: Client, password: str = PASSPHRASE) -> Any:
    return client.post("/account/reauthenticate/", {"password": password})


def is_signed_in(client: Client) -> bool:
    """Whether the browser's cookie acts for somebody: what every page of the product asks first."""
    cookie = client.cookies.get("__Host-session")
    try:
        queries.app_session_actor(cookie.value if cookie else "")
    except errors.SignedOut:
        return False
    return True


@dataclass
class App:
    """A phone app: JSON, and the newest session token in a header."""

    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, prefix: str = APP) -> Any:
        headers = {"x-forwarded-proto": "https", **self.headers}
        if self.token:
            headers["x-session-token"] = self.token
        client = Client(SERVER_NAME=HOST, headers=headers)
        data = "" if body is None else json.dumps(body)
        response = client.generic(method, prefix + path, data, content_type="application/json")
        answer = response.json() if response.content else {}
        self.token = answer.get("meta", {}).get("session_token") or self.token
        response.answer = answer
        return response

    def sign_up(self, email: str = ALICE, password: str = PASSPHRASE) -> Any:
        self.ask("POST", "/auth/signup", {"email": email, "password": password})
        return self.ask("POST", "/auth/email/verify", {"key": last_code()})

    def log_in(self, email: str = ALICE, password: str = PASSPHRASE) -> Any:
        return self.ask("POST", "/auth/login", {"email": email, "password": password})
