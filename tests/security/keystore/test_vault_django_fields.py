"""Model fields that seal on the way in: found by equality where allowed, ciphertext in the table."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection, models
from django.test.utils import isolate_apps

from nutshell.common import errors
from nutshell.vault import fields
from nutshell.vault.djangofields import LookupField, SealedTextField

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("node")]


@pytest.fixture
def guests():
    with isolate_apps("nutshell.audit"):

        class Guest(models.Model):
            email = LookupField(domain="email", unique=True)
            name = SealedTextField(null=True)

            class Meta:
                app_label = "audit"

        with connection.schema_editor() as editor:
            editor.create_model(Guest)
        yield Guest.objects
        with connection.schema_editor() as editor:
            editor.delete_model(Guest)


def stored(guests):
    with connection.cursor() as cursor:
        return cursor.execute(f"SELECT email, name FROM {guests.model._meta.db_table}").fetchone()


def test_values_are_plain_in_the_object_and_sealed_in_the_table(guests):
    guests.create(email="alice@example.org", name="Alice")
    found = guests.get()
    assert (found.email, found.name) == ("alice@example.org", "Alice")
    email, name = stored(guests)
    assert b"alice" not in bytes(email)
    assert b"Alice" not in bytes(name)
    assert fields.open_lookup("email", email) == "alice@example.org"


def test_a_lookup_field_is_found_by_equality_and_by_nothing_else(guests):
    guests.create(email="alice@example.org", name=None)
    assert guests.get(email="alice@example.org").name is None
    assert guests.filter(email__in=["bob@example.org", "alice@example.org"]).count() == 1
    assert not guests.filter(email="bob@example.org").exists()
    assert not guests.filter(email__in=[]).exists()
    assert guests.filter(email__isnull=True).count() == 0
    for lookup in ("contains", "startswith", "iexact", "gt"):
        with pytest.raises(FieldError):
            guests.filter(**{f"email__{lookup}": "alice"})


def test_an_update_seals_too(guests):
    guests.create(email="alice@example.org")
    guests.update(email="alice@example.net", name="Al")
    assert guests.get(email="alice@example.net").name == "Al"


def test_a_value_from_another_column_is_refused(guests):
    guests.create(email="alice@example.org", name="Alice")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {guests.model._meta.db_table} SET name = email")
    with pytest.raises(errors.Tampered):
        guests.get()


def test_it_can_be_written_into_a_migration():
    _, path, args, kwargs = LookupField(domain="email", unique=True).deconstruct()
    assert (path, kwargs["domain"]) == ("nutshell.vault.djangofields.LookupField", "email")
    assert LookupField(*args, **kwargs).unique
