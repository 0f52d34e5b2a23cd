"""Model fields whose values are sealed in the database and plain in the object."""

from typing import Any

from django.db import models
from django.db.models.lookups import In

from . import fields


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]
    """A text, sealed for its table and column. Not searchable; two equal texts look different.

    Bound to table and column, not to the row, whose key is not known yet when it is inserted. Where a row's
    key is known beforehand, use `fields.seal_text` with a BinaryField instead: then swapped rows are noticed.
    """

    def get_default(self) -> Any:
        """A BinaryField would make empty bytes of an empty text."""
        default = super().get_default()
        return "" if default == b"" else default

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> str | None:
        return None if value is None else fields.open_text(self.model._meta.db_table, self.attname, "", bytes(value))

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else fields.seal_text(self.model._meta.db_table, self.attname, "", str(value))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        sealed = value if prepared else self.get_prep_value(value)
        return None if sealed is None else connection.Database.Binary(sealed)

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))


class LookupField(SealedTextField):
    """A normalised text that can be found by equality (`exact`, `in`) and by nothing else.

    `domain` names what it is ("email"): fields of one domain can be compared with each other.
    """

    def __init__(self, *args: Any, domain: str, **kwargs: Any) -> None:
        self.domain = domain
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "domain": self.domain}

    def from_db_value(self, value: Any, _expression: object, _connection: object) -> str | None:
        return None if value is None else fields.open_lookup(self.domain, bytes(value))

    def get_prep_value(self, value: Any) -> bytes | None:
        return None if value is None else fields.seal_lookup(self.domain, str(value))

    def get_lookup(self, lookup_name: str) -> Any:
        """Raises nothing itself: Django refuses lookups that are None here."""
        return {"exact": _Same, "in": _AnyOf, "isnull": super().get_lookup("isnull")}.get(lookup_name)


class _AnyOf(In):
    """Equal to one of several texts, under whichever version of the key each is stored."""

    def get_prep_lookup(self) -> list[bytes]:
        domain = self.lhs.output_field.domain
        return [sealed for text in self.rhs for sealed in fields.lookups(domain, str(text))]

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [connection.Database.Binary(sealed) for sealed in value]


class _Same(_AnyOf):
    lookup_name = "exact"

    def get_prep_lookup(self) -> list[bytes]:
        self.rhs = [self.rhs]
        return super().get_prep_lookup()
