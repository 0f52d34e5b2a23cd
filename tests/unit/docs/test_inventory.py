"""Every stored field is classified: the register of processing is made of this (GDPR articles 5 and 30)."""

import pytest
from tests.unit.docs import inventory

from nutshell.compliance import inventory as stored
from nutshell.compliance import retention


def test_every_column_of_every_table_is_classified_and_nothing_else_is() -> None:
    known, live = inventory.classified("table"), inventory.tables()
    assert {name: sorted(columns) for name, columns in known.items()} == {
        name: sorted(columns) for name, columns in live.items()
    }


def test_every_field_of_every_sealed_document_is_classified_and_nothing_else_is() -> None:
    assert inventory.classified("document") == inventory.documents()


def test_classes_forms_and_retentions_are_of_the_closed_lists() -> None:
    found = inventory.load()
    for name, rows in found["table"].items():
        assert (rows["kept"] in found["kept"], rows["purpose"] in found["purpose"]) == (True, True), name
        for field, cell in rows.items():
            if field not in inventory.WHOLE:
                sensitivity, form, purpose = cell
                assert (sensitivity in inventory.SENSITIVITIES, form in inventory.FORMS) == (True, True), (
                    f"{name}.{field}"
                )
                assert purpose, f"{name}.{field}"


@pytest.mark.parametrize("sensitivity", ["health", "identity"])
def test_nothing_of_health_or_identity_lies_in_clear(sensitivity: str) -> None:
    tables = inventory.load()["table"]
    cells = [(f"{name}.{field}", cell) for name, rows in tables.items() for field, cell in rows.items()]
    forms = {field: cell[1] for field, cell in cells if isinstance(cell, list) and cell[0] == sensitivity}
    assert {field for field, form in forms.items() if form != "sealed"} == set()
    assert forms


def test_keys_lie_sealed_but_for_a_column_that_is_never_written() -> None:
    tables = inventory.load()["table"]
    cells = [(f"{name}.{field}", cell) for name, rows in tables.items() for field, cell in rows.items()]
    clear = {field for field, cell in cells if isinstance(cell, list) and cell[0] == "key" and cell[1] != "sealed"}
    assert clear == {"account_emailconfirmation.key"}


def test_every_purpose_class_and_time_is_used_and_nothing_is_personal_without_a_ground() -> None:
    found, live = inventory.load(), stored.load()
    assert {rows["kept"] for rows in found["table"].values()} == set(found["kept"])
    assert {table.purpose for table in live.tables} == set(live.purposes)
    for table in live.tables:
        personal = {field.sensitivity for field in table.fields} - {"technical", "key"}
        assert not personal or live.purposes[table.purpose].basis != "no personal data", table.name


def test_every_time_has_somebody_who_enforces_it() -> None:
    """A table that is kept for days, and that nobody sweeps, is kept for good."""
    swept = [table for one in retention.SWEEPS for table in one.tables]
    others = (*retention.BY_KEY_STORE, *retention.BY_ERASURE, *retention.BY_ARCHIVES)
    assert sorted([*swept, *others]) == sorted(stored.load().timed())
    databases = {table.name: table.database for table in stored.load().tables}
    assert {databases[name] for name in retention.BY_KEY_STORE} == {"keys"}
    assert "keys" not in {databases[name] for name in swept}
