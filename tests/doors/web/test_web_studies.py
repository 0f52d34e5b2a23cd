"""A researcher's pages: the committee's document, who is listed, and what the form of a participant carries."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.doors.web.people import agree, new_account, text_of, today

from nutshell.studies.models import ApprovalFile, Study

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node")]
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def somebody(name: str) -> Client:
    client = new_account(f"{name}@example.org")
    agree(client)
    return client


@pytest.fixture
def rosa() -> Client:
    return somebody("rosa")


@pytest.fixture
def draft(rosa: Client) -> str:
    day = today().isoformat()
    sent = {"title": "Eggs", "protocol": "x", "contact": "Rosa", "first_day": day, "last_day": day, "nutrient": ["208"]}
    return rosa.post("/studies/new", sent)["Location"].removesuffix("/run")


def upload(client: Client, path: str, content: bytes, name: str = "approval.pdf") -> Any:
    return client.post(f"{path}/run/file", {"file": SimpleUploadedFile(name, content)})


def opened(rosa: Client, path: str) -> None:
    for act, sent in (
        ("approval", {"number": "EC 1", "on": "2026-10-01", "document": "Yes."}), ("text", {"text": "We read."}),
        ("state", {"state": "open"}),
    ):  # fmt: skip
        assert rosa.post(f"{path}/run/{act}", sent).status_code == 303, act


def test_the_committees_document_is_uploaded_and_saved_by_whoever_may_read_the_study(rosa: Client, draft: str) -> None:
    alice = somebody("alice")
    assert upload(rosa, draft, PDF).status_code == 303
    assert rosa.get(f"{draft}/approval").content == PDF
    assert alice.get(f"{draft}/approval").status_code == 404
    opened(rosa, draft)
    assert "Document (PDF)" in text_of(alice.get(draft))
    answer = alice.get(f"{draft}/approval")
    assert (answer.content, answer["Content-Type"]) == (PDF, "application/pdf")
    assert answer["Content-Disposition"] == 'attachment; filename="ethics-approval.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert upload(rosa, draft, PDF + PDF).status_code == 409
    assert alice.get(f"{draft}/approval").content == PDF


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<script>alert(1)</script>",
        b"%PDF-1.7 no end",
        b" %PDF-1.7\n%%EOF",
        PDF[:-6] + b"x" * 1_000_000 + b"%%EOF",
    ],
    ids=["empty", "a page", "no end", "no beginning", "too large"],
)
def test_what_is_no_pdf_is_not_kept_whatever_it_is_called(rosa: Client, draft: str, content: bytes) -> None:
    answer = upload(rosa, draft, content)
    assert answer.status_code == 422
    assert re.search("Choose a (PDF file|file of at most 1 MB)", text_of(answer))
    assert not ApprovalFile.objects.exists()
    assert bytes(Study.objects.get().file_hash) == b""


def test_no_file_is_told_so(rosa: Client, draft: str) -> None:
    assert rosa.post(f"{draft}/run/file", {"file": "text"}).status_code == 422
    assert rosa.post(f"{draft}/run/file", {}).status_code == 422


def test_a_document_alone_opens_no_study(rosa: Client, draft: str) -> None:
    upload(rosa, draft, PDF)
    rosa.post(f"{draft}/run/text", {"text": "We read."})
    assert rosa.post(f"{draft}/run/state", {"state": "open"}).status_code == 422
    assert Study.objects.get().state == "draft"


def test_the_form_carries_the_hash_of_what_stands_above_it(rosa: Client, draft: str) -> None:
    alice, day = somebody("alice"), today().isoformat()
    opened(rosa, draft)
    page = text_of(alice.get(f"{draft}/part"))
    terms = re.search(r'name="terms" value="([0-9a-f]{64})"', alice.get(f"{draft}/part").content.decode())
    assert "We read." in page
    assert terms
    rosa.post(f"{draft}/run/text", {"text": "We read more."})
    sent = {"version": "1", "terms": terms[1], "first_day": day, "last_day": day}
    for version in ("1", "2"):
        assert alice.post(f"{draft}/part", {**sent, "version": version}).status_code == 409


def test_fewer_than_five_are_not_listed(rosa: Client, draft: str) -> None:
    opened(rosa, draft)
    assert "Nobody is listed before there are five" in text_of(rosa.get(f"{draft}/run"))
