"""Who can write the `accounts` and `records` tables gets nothing out of a study that nobody agreed to."""

import base64
import csv
import io
import zipfile
from contextlib import suppress
from uuid import UUID, uuid4

import msgspec
import pyrage
import pytest
from tests.doors.api.test_studies_api import DAY, OUTSIDE, Phone, joined, ok, opened, released

from nutshell.common import clock, errors
from nutshell.envelope import statements
from nutshell.envelope.signing import new_private, public_of
from nutshell.studies import releases
from nutshell.studies.consents import Ordered
from nutshell.studies.models import Enrolment, Order, Release, Study
from nutshell.vault import signed
from nutshell.vault.models import Subject
from nutshell.vault.people import public_of as public_of_row

pytestmark = pytest.mark.django_db(databases=["default", "records"])
Phones = dict[str, Phone]
Key = pyrage.x25519.Identity


def id_of(path: str) -> UUID:
    return UUID(path.rpartition("/")[2])


def held(rosa: Phone, path: str, key: Key) -> list[str]:
    """Pseudonyms of those that a new release holds; nobody where it is refused altogether."""
    if rosa("POST", f"{path}/releases").status_code != 202:
        return []
    with suppress(errors.NutshellError):
        releases.build_next()
    answer = rosa("GET", f"{path}/releases/{Release.objects.count()}")
    if answer.status_code != 200:
        return []
    archive = zipfile.ZipFile(io.BytesIO(pyrage.decrypt(base64.b64decode(answer.json()["archive"]), [key])))
    return sorted({row["pseudonym"] for row in csv.DictReader(io.StringIO(archive.read("data.csv").decode()))})


def test_more_nutrients_in_the_table_than_a_participant_signed_release_nothing(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    joined(at["alice"], path)
    Study.objects.filter(id=id_of(path)).update(nutrients="208 203 401 606")
    assert held(at["rosa"], path, key) == []


def test_wider_days_in_an_enrolment_than_its_participant_signed_release_no_other_day(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    joined(at["alice"], path)
    Enrolment.objects.update(last_day="2026-12-31")
    days = {row["day"] for row in released(at["rosa"], path, key)[0]}
    assert days <= {DAY}
    assert OUTSIDE not in days


def test_an_enrolment_that_names_another_person_releases_nothing_of_either(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    hers, his = joined(at["alice"], path), joined(at["bob"], path)
    Enrolment.objects.filter(pseudonym=hers["pseudonym"]).update(subject_id=at["bob"].subject)
    assert held(at["rosa"], path, key) == [his["pseudonym"]]


def test_an_enrolment_with_the_grant_of_another_releases_nothing_under_it(at: Phones, key: Key) -> None:
    """Alice withdrew; her row is pointed at Bob's grant, which is in force."""
    path = opened(at["rosa"], key)
    hers, his = joined(at["alice"], path), joined(at["bob"], path)
    ok(at["alice"]("DELETE", f"{path}/part", {"wish": "keep"}))
    Enrolment.objects.filter(pseudonym=his["pseudonym"]).delete()
    Enrolment.objects.filter(pseudonym=hers["pseudonym"]).update(grant_id=his["grant_id"])
    assert held(at["rosa"], path, key) == []


def test_a_consent_that_somebody_altered_releases_nothing_of_that_person(at: Phones, key: Key) -> None:
    path = opened(at["rosa"], key)
    hers, his = joined(at["alice"], path), joined(at["bob"], path)
    theirs = Enrolment.objects.get(pseudonym=his["pseudonym"]).consent
    Enrolment.objects.filter(pseudonym=hers["pseudonym"]).update(consent=theirs)
    assert held(at["rosa"], path, key) == [his["pseudonym"]]


def test_a_study_that_was_given_to_another_founder_releases_nothing(at: Phones, key: Key) -> None:
    """Mallory writes herself into the row, and orders as its founder: nobody agreed to her."""
    path = opened(at["rosa"], key)
    joined(at["alice"], path)
    Study.objects.filter(id=id_of(path)).update(founder_id=at["mallory"].subject)
    assert held(at["mallory"], path, key) == []


def test_a_study_that_was_given_the_keys_of_another_study_releases_none_of_its_people(at: Phones, key: Key) -> None:
    rosas, mallorys = opened(at["rosa"], key), opened(at["mallory"], key)
    joined(at["alice"], rosas)
    subject = Study.objects.get(id=id_of(rosas)).subject_id
    Study.objects.filter(id=id_of(rosas)).update(subject_id=UUID(int=1))
    Study.objects.filter(id=id_of(mallorys)).update(subject_id=subject)
    Enrolment.objects.update(study_id=id_of(mallorys))
    assert held(at["mallory"], mallorys, key) == []


@pytest.mark.parametrize("when", ["before it is ordered", "after it was ordered"])
def test_a_recipient_that_somebody_put_in_its_place_gets_no_release(at: Phones, key: Key, when: str) -> None:
    path, mallorys = opened(at["rosa"], key), Key.generate()
    joined(at["alice"], path)
    if when == "before it is ordered":
        Study.objects.update(recipient=str(mallorys.to_public()))
    at["rosa"]("POST", f"{path}/releases")
    Study.objects.update(recipient=str(mallorys.to_public()))
    with suppress(errors.NutshellError):
        releases.build_next()
    for release in Release.objects.exclude(sealed=b""):
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(bytes(release.sealed), [mallorys])


@pytest.mark.parametrize("change", ["another study's", "another release's", "altered"])
def test_an_order_is_good_for_its_own_release_alone(at: Phones, key: Key, change: str) -> None:
    path, other = opened(at["rosa"], key), opened(at["mallory"], key)
    joined(at["alice"], path)
    ok(at["rosa"]("POST", f"{path}/releases"), 202)
    first = Release.objects.get()
    if change == "another study's":
        Release.objects.update(study_id=id_of(other))
    elif change == "altered":
        *kept, last = bytes(first.ordered.statement)
        Order.objects.update(statement=bytes((*kept, last ^ 1)))
    else:
        assert releases.build_next()
        ok(at["rosa"]("POST", f"{path}/releases"), 202)
        Order.objects.filter(release__number=2).update(statement=bytes(first.ordered.statement))
    with pytest.raises(errors.Tampered):
        releases.build_next()
    waiting = Release.objects.order_by("-number")[0]
    assert (waiting.state, bytes(waiting.sealed)) == ("failed", b"")


def test_a_founders_key_that_was_replaced_in_the_records_orders_nothing(at: Phones, key: Key) -> None:
    """Mallory's key stands as Rosa's, and Mallory signs an order as Rosa: the study names the key of before."""
    path, mallorys, release = opened(at["rosa"], key), new_private(), uuid4()
    grant = joined(at["alice"], path)["grant_id"]
    row, rosa = Subject.objects.get(subject_id=at["rosa"].subject), UUID(at["rosa"].subject)
    public = msgspec.structs.replace(public_of_row(bytes(row.public)), signing=public_of(mallorys))
    Subject.objects.filter(subject_id=rosa).update(public=msgspec.msgpack.encode(public))
    details = msgspec.msgpack.encode(Ordered(str(Key.generate().to_public()), [UUID(grant).bytes]))
    order = statements.sign(mallorys, "release-order", rosa, release.bytes, 0, details)
    Release.objects.create(id=release, study_id=id_of(path), number=1, total=1, ordered_at=clock.now())
    Order.objects.create(release_id=release, subject_id=rosa, statement=order)
    assert signed.details_of(rosa, "release-order", release, order) == details
    with pytest.raises(errors.Tampered):
        releases.build_next()
    assert Release.objects.get().state == "failed"
