"""`nutshell register`: what it writes is the inventory, whole, and names no secret of a setting."""

import csv
import io

import pytest

from nutshell.compliance import inventory
from nutshell.ops import command


def written(capsys: pytest.CaptureFixture[str], *line: str) -> str:
    assert command.main(["register", *line]) == 0
    return capsys.readouterr().out


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_data_map_has_every_field_document_and_file(capsys: pytest.CaptureFixture[str]) -> None:
    rows, known = table(written(capsys, "map", "--csv")), inventory.load()
    there = {(one["what it lies in"], one["field"]) for one in rows}
    assert there == (
        {(one.name, field.name) for one in known.tables for field in one.fields}
        | {(name, field) for name, fields in known.documents.items() for field in fields}
        | {(name, "") for name in known.files}
    )
    assert all(one["purpose"] and one["ground"] and one["kind"] for one in rows)
    session = next(one for one in rows if one["what it lies in"] == "session")
    assert session["days"] == "30"


def test_the_register_of_processing_has_every_purpose_that_is_personal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUTSHELL_DPO_NAME", "Ingrid <Holm>")
    monkeypatch.setenv("NUTSHELL_DPO_EMAIL", "dpo@example.org")
    known = inventory.load()
    rows = table(written(capsys, "processing"))
    assert [one["purpose"] for one in rows] == [
        one.what for one in known.purposes.values() if one.basis != "no personal data"
    ]
    listed = {name for one in rows for name in one["tables"].split(", ")}
    assert listed == {one.name for one in known.tables if one.purpose != "operation"}
    assert all(all(one.values()) for one in rows)
    page = written(capsys, "processing", "--html")
    assert "Ingrid &lt;Holm&gt; &lt;dpo@example.org&gt;" in page
    assert page.count("<tr>") == len(rows) + 1


def test_the_processors_are_those_that_are_set_and_no_password_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [one["in use"] for one in table(written(capsys, "processors"))] == ["yes"] + ["no"] * 6
    monkeypatch.setenv("NUTSHELL_SMTP_URL", "smtps://olga:hunter2@mail.example.org:465")
    monkeypatch.setenv("NUTSHELL_MAIL_FROM", "nutshell@example.org")
    text = written(capsys, "processors")
    assert {one["who"]: one["in use"] for one in table(text)}["the mail server"] == "mail.example.org"
    assert "hunter2" not in text + written(capsys, "processors", "--html")
