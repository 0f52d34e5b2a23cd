"""A frozen account opens for no clinic and no study either, and for nobody in an emergency."""

from collections.abc import Callable

import pyrage
import pytest
from tests.doors.api.conftest import Person
from tests.doors.api.test_clinics_api import REASON, client_of, clinic_of, day_of, joined
from tests.doors.api.test_sharing_api import shared
from tests.doors.api.test_studies_api import DAY, EGG, Phone, ok, opened, released
from tests.doors.api.test_studies_api import joined as takes_part
from tests.doors.api.test_studies_few import many

from nutshell.common import errors
from nutshell.operators import actions as operators
from nutshell.operators.types import MACHINE
from nutshell.studies import releases
from nutshell.vault.sharing import grantee

pytestmark = pytest.mark.django_db(databases=["default", "records"])


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    grantee.forget()


def test_a_clinic_opens_nothing_of_a_frozen_client_not_even_in_an_emergency(person: Callable[[str], Person]) -> None:
    ada, dora = (Phone(person(name).consent()) for name in ("ada", "dora"))
    where = clinic_of(ada)
    client = client_of(ada, where)
    ok(dora("POST", f"/diary/{DAY}/entries", EGG), 201)
    joined(ada, client, dora, emergency=True)
    before = ada("GET", f"{where}/caseload").json()
    assert ada("GET", day_of(dora)).status_code == 200
    ok(dora("PUT", "/account/restriction"))
    assert ada("GET", day_of(dora)).status_code == 403
    assert ada("GET", f"{where}/caseload").json() != before
    ada("POST", f"{client}/emergencies", {"reason": REASON})
    assert ada("GET", day_of(dora)).status_code == 403
    ok(dora("DELETE", "/account/restriction"), 204)
    assert ada("GET", day_of(dora)).status_code == 200
    assert ada("GET", f"{where}/caseload").json() == before


def test_a_study_gets_nothing_of_a_frozen_participant(person: Callable[[str], Person]) -> None:
    rosa, key = Phone(person("rosa").consent()), pyrage.x25519.Identity.generate()
    path = opened(rosa, key)
    people = many(person, 5)
    for phone in people:
        takes_part(phone, path)
    ok(rosa("POST", f"{path}/releases"), 202)
    ok(people[0]("PUT", "/account/restriction"))
    assert releases.build_next()
    (line,) = ok(rosa("GET", f"{path}/releases"))["items"]
    assert (line["state"], line["rows"]) == ("few", 0)
    ok(people[0]("DELETE", "/account/restriction"), 204)
    assert len(released(rosa, path, key)[0]) == 5


def test_grants_for_one_purpose_are_stopped_for_everybody_and_no_others(person: Callable[[str], Person]) -> None:
    ada, bob, dora = (Phone(person(name).consent()) for name in ("ada", "bob", "dora"))
    where = clinic_of(ada)
    ok(dora("POST", f"/diary/{DAY}/entries", EGG), 201)
    joined(ada, client_of(ada, where), dora, emergency=True)
    shared(dora, bob, purpose="care")
    his = f"/people/{dora.subject}/diary/{DAY}"

    def statuses() -> list[int]:
        return [phone("GET", path).status_code for phone, path in ((ada, day_of(dora)), (bob, his))]

    assert statuses() == [200, 200]
    assert operators.stop_purpose("care", MACHINE)
    assert statuses() == [200, 503]
    assert operators.stop_purpose("clinic-emergency", MACHINE)
    assert statuses() == [503, 503]
    assert ada("GET", f"{where}/caseload").status_code == 503
    assert dora("GET", f"/diary/{DAY}").status_code == 200
    assert not operators.stop_purpose("care", MACHINE)
    for purpose in ("care", "clinic-emergency"):
        assert operators.allow_purpose(purpose, MACHINE)
    assert statuses() == [200, 200]


def test_a_study_gets_nothing_while_grants_for_studies_are_stopped(person: Callable[[str], Person]) -> None:
    rosa, key = Phone(person("rosa").consent()), pyrage.x25519.Identity.generate()
    path = opened(rosa, key)
    for phone in many(person, 5):
        takes_part(phone, path)
    ok(rosa("POST", f"{path}/releases"), 202)
    operators.stop_purpose("study", MACHINE)
    with pytest.raises(errors.Unavailable):
        releases.build_next()
    (line,) = ok(rosa("GET", f"{path}/releases"))["items"]
    assert (line["state"], line["rows"]) == ("failed", 0)
    operators.allow_purpose("study", MACHINE)
    assert len(released(rosa, path, key)[0]) == 5
