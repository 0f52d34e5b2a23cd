"""`nutshell register`: what it writes is the inventory, whole, and names no secret of a setting."""

import csv
import io
import re
import zlib

import pytest

from nutshell import __version__
from nutshell.compliance import inventory
from nutshell.ops import command, register_command


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


# ---------- as PDF ----------


def printed(capsysbinary: pytest.CaptureFixture[bytes], name: str) -> tuple[int, bytes]:
    """How many pages, and the texts on them as the core fonts spell them."""
    assert command.main(["register", name, "--pdf"]) == 0
    written = capsysbinary.readouterr().out
    assert written.startswith(b"%PDF-")
    streams = re.findall(rb"stream\n(.*?)\nendstream", written, re.DOTALL)
    return written.count(b"/Type /Page\n"), b"".join(map(zlib.decompress, streams))


def test_each_page_of_a_pdf_has_the_names_of_its_columns_and_its_number(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    pages, texts = printed(capsysbinary, "map")
    assert pages > 10
    assert texts.count(b"(what it lies in)") == pages
    assert f"page {pages} of ) Tj ({pages})".encode() in texts
    assert f"Nutshell {__version__}".encode() in texts


def test_a_pdf_shows_umlauts_and_says_once_what_is_the_same_in_all_rows(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUTSHELL_DPO_NAME", "Jürgen Weiß")
    monkeypatch.setenv("NUTSHELL_DPO_EMAIL", "dpo@example.org")
    _, texts = printed(capsysbinary, "processing")
    assert texts.count("Jürgen Weiß".encode("latin-1")) == 1


def test_a_letter_that_a_pdf_cannot_show_is_named_and_nothing_is_written(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUTSHELL_DPO_NAME", "Łucja")
    monkeypatch.setenv("NUTSHELL_DPO_EMAIL", "dpo@example.org")
    assert command.main(["register", "processing", "--pdf"]) == 1
    told = capsysbinary.readouterr()
    assert (told.out, "letter Ł" in told.err.decode()) == (b"", True)


def test_without_its_writer_a_pdf_is_refused_with_what_to_install(
    capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register_command, "find_spec", lambda _name: None)
    assert command.main(["register", "map", "--pdf"]) == 1
    assert b"install nutshell[pdf]" in capsysbinary.readouterr().err
