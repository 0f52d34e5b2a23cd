"""People who come from outside: a browser with cookies and a phone with tokens, over HTTPS, to the running product."""

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx
from tests.stack import Stack

PASSPHRASE = "tinsel orbit maple quarrel"
OATS, EGG, BANANA = "sr28:08120", "sr28:01123", "sr28:09040"
APP = "/api/auth/app/v1"
API = "/api/v1"


class Browser:
    """Cookies, forms with their token, and no redirect that is not asked for."""

    def __init__(self, stack: Stack, **headers: str) -> None:
        self.http = stack.client(headers={"Origin": stack.url, **headers})

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> httpx.Response:
        return self.http.post(path, data={"csrfmiddlewaretoken": self.form_token(), **(form or {})}, **options)

    def form_token(self) -> str:
        if "__Host-csrf" not in self.http.cookies:
            self.http.get("/account/login/")
        return self.http.cookies.get("__Host-csrf", "")

    def sign_in(self, email: str, password: str = PASSPHRASE) -> httpx.Response:
        return self.post("/account/login/", {"login": email, "password": password})

    def agree(self) -> httpx.Response:
        return self.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": "UTC"})


class Phone:
    """Calls the API with one credential."""

    def __init__(self, stack: Stack, **headers: str) -> None:
        self.http = stack.client(headers=headers)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        if body is None:
            return self.http.request(method, API + path, headers=headers)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.http.request(
            method, API + path, content=content, headers={"Content-Type": "application/json", **headers}
        )


def forget_limits(stack: Stack) -> None:
    """All people of these tests come from one address, which may sign in thirty times a minute."""
    path = stack.data / "accounts.sqlite3"
    if not path.exists():
        return  # a product on PostgreSQL, where few sign in
    with closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.execute("DELETE FROM cache")


@dataclass
class Person:
    """Somebody with an account that the operator made; `browser` is signed in, `app` has a session, `phone` a token."""

    stack: Stack
    email: str
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        made = self.stack.command("user", "add", self.email, text=PASSPHRASE + "\n")
        assert made.returncode == 0, made.stderr
        forget_limits(self.stack)
        self.browser = Browser(self.stack, **self.headers)
        answer = self.browser.sign_in(self.email)
        assert answer.status_code in (302, 303), answer.text[:500]
        self._proved = time.monotonic()

    def stay_fresh(self) -> None:
        """Say the password again where the last time is minutes ago: some acts want that."""
        if time.monotonic() - self._proved > 120:
            answer = self.browser.post("/account/reauthenticate/", {"password": PASSPHRASE})
            assert answer.status_code in (302, 303), answer.text[:500]
            self._proved = time.monotonic()

    def agree(self) -> "Person":
        assert self.browser.agree().status_code == 303
        return self

    @property
    def cookie(self) -> str:
        return self.browser.http.cookies["__Host-session"]

    @property
    def app(self) -> Phone:
        """The API by the session: an app holds the same secret in a header."""
        return Phone(self.stack, **{"X-Session-Token": self.cookie, **self.headers})

    def token(self, *scopes: str, name: str = "Phone") -> str:
        deadline = time.monotonic() + 15
        wanted = {"name": name, "scopes": list(scopes or ("all",))}
        made = self.app("POST", "/tokens", wanted)
        while made.status_code == 503 and time.monotonic() < deadline:  # a part was killed just before and comes back
            time.sleep(0.5)
            made = self.app("POST", "/tokens", wanted)
        assert made.status_code == 201, made.text
        return str(made.json()["token"])

    def phone(self, *scopes: str) -> Phone:
        return Phone(self.stack, Authorization=f"Bearer {self.token(*scopes)}", **self.headers)
