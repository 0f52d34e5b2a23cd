"""What people do in a browser, in short."""

import re
from datetime import date, timedelta
from typing import Any

from django.test import Client

from nutshell.accounts import actions
from nutshell.common import clock

ALICE, BOB = "alice@example.org", "bob@example.org"
PASSPHRASE = "tinsel orbit maple quarrel"
OATS, EGG, BANANA = "sr28:08120", "sr28:01123", "sr28:09040"


def browser() -> Client:
    """A browser that came over HTTPS by way of the proxy; it sees errors as people do."""
    return Client(
        SERVER_NAME="localhost",
        headers={"host": "localhost", "x-forwarded-proto": "https"},
        raise_request_exception=True,
    )


def new_account(email: str) -> Client:
    actions.create_user(email, PASSPHRASE)
    client = browser()
    client.post("/account/login/", {"login": email, "password": PASSPHRASE})
    return client


def agree(client: Client, zone: str = "UTC") -> Any:
    return client.post("/consent/health-data", {"version": "1", "agree": "health-data", "zone": zone})


def reauthenticate(client: Client) -> None:
    client.post("/account/reauthenticate/", {"password": PASSPHRASE})


def today() -> date:
    return clock.utc_day()


def day_url(back: int = 0) -> str:
    return f"/day/{(today() - timedelta(days=back)).isoformat()}"


def log(client: Client, food: str = OATS, amount: str = "50", unit: str = "g", back: int = 0, **more: str) -> Any:
    """Log a food by the portion form."""
    sent = {"food": food, "amount": amount, "unit": unit, "meal": "breakfast", **more}
    return client.post(f"{day_url(back)}/entries", sent)


def text_of(response: Any) -> str:
    return response.content.decode()


def entry_urls(page: str) -> list[str]:
    """Addresses of the entries of a day page, in order."""
    return re.findall(r'<a class="name" href="(/day/[\d-]+/entries/[0-9a-f-]+)"', page)


def undo_urls(page: str) -> list[str]:
    return re.findall(r'action="(/undo/[^"]+)"', page)


def field(page: str, name: str) -> str:
    """The value of a page's first input of this name."""
    return re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)[1]
