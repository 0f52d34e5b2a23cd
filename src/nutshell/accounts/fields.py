"""Sealed stand-ins for two fields of allauth's tables, which keep their text columns.

Each tells Django's migrations that it is the field allauth declared, so that no migration is due for either.
"""

import base64
import json
from typing import Any

from django.db import models
from django.db.models.lookups import In

from nutshell.vault import fields


def _text(sealed: bytes) -> str:
    return base64.b64encode(sealed).decode()


class SealedEmailField(models.EmailField):
    """An address, sealed deterministically: found by equality of the normalised (lower-case) address only."""

    DOMAIN = "email"

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.EmailField", args, kwargs

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> str | None:
        return None if value is None else fields.open_lookup(self.DOMAIN, base64.b64decode(value))

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else _text(fields.seal_lookup(self.DOMAIN, str(value)))

    def get_lookup(self, lookup_name: str) -> Any:
        return {"exact": _Same, "in": _AnyOf, "isnull": super().get_lookup("isnull")}.get(lookup_name)


class _AnyOf(In):
    """One of several addresses, under whichever version of the key each is stored."""

    def get_prep_lookup(self) -> list[str]:
        domain = SealedEmailField.DOMAIN
        return [_text(sealed) for address in self.rhs for sealed in fields.lookups(domain, str(address))]

    def get_db_prep_lookup(self, value: Any, _connection: Any) -> Any:
        return "%s", list(value)


class _Same(_AnyOf):
    lookup_name = "exact"

    def get_prep_lookup(self) -> list[str]:
        self.rhs = [self.rhs]
        return super().get_prep_lookup()


class SealedJSONField(models.JSONField):
    """A document that stands in its JSON column as one sealed string. Nothing in it can be queried."""

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        table = self.model._meta.db_table
        sealed = None if value is None else _text(fields.seal_text(table, self.attname, "", json.dumps(value)))
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        stored = super().from_db_value(value, expression, connection)
        if stored is None:
            return None
        return json.loads(fields.open_text(self.model._meta.db_table, self.attname, "", base64.b64decode(stored)))
