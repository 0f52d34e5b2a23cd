"""A grantee opens exactly what is granted, and nothing that was written after an end (inv-I8, inv-I12)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from nutshell.accounts import leaving_subjects
from nutshell.accounts.types import Actor
from nutshell.common import errors
from nutshell.envelope.offers import Terms
from nutshell.gate.actions import enter
from nutshell.gate.types import Purpose
from nutshell.vault.models import Grant, GrantReceived, Keyring
from nutshell.vault.records import Vault
from nutshell.vault.sharing import errands, owner
from nutshell.vault.sharing.grantee import RingKeys
from nutshell.vault.types import Address, Change
from security.grants.sharing import NOVEMBER, Shared, opened, run_errands, share
from security.people_and_vaults import DECEMBER, EGG, MONDAY, TUESDAY, Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)
DAYS = [date(2026, 10, 30) + timedelta(days=step) for step in (0, 1, 2, 20, 31, 33, 62)]
PLACES = [Address("diary", f"{day:%Y-%m}", day.isoformat()) for day in DAYS]
PLACES += [Address("notes", f"{day:%Y-%m}", day.isoformat()) for day in DAYS[:3]] + [EGG]
WINDOWS = [("", ""), ("2026-11-01", "2026-11-30"), ("2026-10-31", ""), ("", "2026-11-19")]

writes = some.tuples(some.just("write"), some.integers(0, len(PLACES) - 1))
grants = some.tuples(
    some.just("grant"),
    some.sets(some.sampled_from(["diary", "notes", "foods"]), min_size=1),
    some.sampled_from(WINDOWS),
)
ends = some.tuples(some.just("end"), some.integers(0, 2))
KINDS = some.sets(some.sampled_from(["diary", "notes", "foods"]), min_size=1)
MODES, ENDS = some.sampled_from(["read", "write"]), some.sampled_from([0, 4_000_000_000])
changes = some.tuples(some.just("change"), some.integers(0, 2), KINDS, some.sampled_from(WINDOWS), MODES, ENDS)


def reaches(terms: Terms, address: Address) -> bool:
    inside = terms.first_day <= address.name and (not terms.last_day or address.name <= terms.last_day)
    return address.collection in terms.collections and (not address.month or inside)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=some.lists(some.one_of(writes, writes, grants, ends, changes), min_size=3, max_size=10))
def test_inv_i8_what_opens_equals_what_is_granted(keystore: object, history: list[tuple]) -> None:
    alice, bob = new_person(), new_person()
    contents: dict[Address, bytes] = {}
    live: list[Shared] = []
    ended: list[tuple[RingKeys, set[bytes]]] = []
    for number, (what, *about) in enumerate(history):
        if what == "write":
            contents[PLACES[about[0]]] = f"content {number}".encode()
            alice.write(PLACES[about[0]], contents[PLACES[about[0]]])
            run_errands(alice)
        elif what == "grant":
            live.append(share(alice, bob, Terms(sorted(about[0]), *about[1], "read", "friend", "1", 0)))
        elif live and what == "end":
            one = live.pop(about[0] % len(live))
            ended.append((one.keys(), set(contents.values())))
            one.end()
        elif live:
            place = about[0] % len(live)
            live[place] = changed(live[place], *about[1:])
        for one in live:
            vault = one.vault()
            seen = {address: opened(vault, address) for address in PLACES}
            assert seen == {at: contents.get(at) if reaches(one.terms, at) else None for at in PLACES}
            assert bool(one.keys().certificate) == (one.terms.mode == "write")
            assert one.row.ends_at == (ENDLESS if one.terms.expires_at else None)
            if one.terms.mode == "write" and reaches(one.terms, PLACES[3]):
                contents[PLACES[3]] = f"theirs {number}".encode()
                vault.write([Change(PLACES[3], vault.read([PLACES[3]])[0].version, contents[PLACES[3]])])
        assert {at: alice.read(at) for at in PLACES} == {at: contents.get(at) for at in PLACES}
        for keys, known in ended:
            vault = Vault(alice.subject, bob.subject, keys, frozenset())
            assert {opened(vault, address) for address in PLACES} <= {None, *known}


ENDLESS = datetime.fromtimestamp(4_000_000_000, UTC)


def changed(one: Shared, names: set[str], window: tuple[str, str], mode: str, ends: int) -> Shared:
    terms = Terms(sorted(names), *window, mode, "friend", "1", ends)
    owner.change(one.owner.subject, one.owner.bundle, one.row, terms)
    return Shared(one.owner, one.grantee, one.grant_id, terms)


def test_a_token_opens_a_month_and_the_keyring_follows_with_the_owners_next_request(alice: Person) -> None:
    one = share(alice, new_person(), Terms(["diary"], "", "", "read", "friend", "1", 0))
    long_ago = Address("diary", "2019-05", "2019-05-05")
    alice.write(long_ago, b"asparagus")
    assert opened(one.vault(), long_ago) is None
    assert errands.run_errands(alice.subject, alice.bundle) == 1
    assert opened(one.vault(), long_ago) == b"asparagus"


def test_inv_i12_req_22_an_old_backup_of_the_records_brings_nothing_new(alice: Person) -> None:
    """Every row that the grant had is put back after it ended: its secret is gone, and with it the keyring."""
    alice.write(MONDAY, b"before")
    one = share(alice, new_person())
    backup = [list(kind.objects.all().values()) for kind in (Grant, Keyring, GrantReceived)]
    held = one.keys()
    one.end()
    alice.write(MONDAY, b"after")
    alice.write(TUESDAY, b"new")
    for kind, values in zip((Grant, Keyring, GrantReceived), backup, strict=True):
        kind.objects.all().delete()
        kind.objects.bulk_create([kind(**value) for value in values])
    with pytest.raises(errors.NotFound):
        one.keys()
    assert {opened(one.vault(held), address) for address in (MONDAY, TUESDAY)} == {None}


def test_the_days_of_a_span_hold_for_single_records_and_for_whole_shelves(alice: Person) -> None:
    terms = Terms(["diary"], "2026-11-24", "2026-12-24", "write", "family", "1", 0)
    for address in (MONDAY, TUESDAY, DECEMBER):
        alice.write(address, address.name.encode())
    one = share(alice, new_person(), terms)
    vault = one.vault()
    assert opened(vault, MONDAY) is None
    assert [sheet.content for sheet in vault.read_shelf("diary", "2026-11")] == [b"2026-11-24"]
    assert one.vault().versions([MONDAY, TUESDAY]) == [0, 1 + vault.read([TUESDAY])[0].version - 1]
    with pytest.raises(errors.Forbidden):
        vault.write([Change(MONDAY, 1, b"not mine")])
    assert alice.read(MONDAY) == b"2026-11-23"


def test_a_reader_writes_nothing(alice: Person) -> None:
    one = share(alice, new_person())
    with pytest.raises(errors.Forbidden):
        one.vault().write([Change(MONDAY, 0, b"mine")])
    assert NOVEMBER.mode == "read"


def test_inv_i21_whose_erase_has_not_finished_is_shown_to_no_grantee(alice: Person) -> None:
    bob = new_person()
    alice.write(MONDAY, b"eggs")
    share(alice, bob, NOVEMBER)
    actor = Actor(7, bob.subject, "session", bob.bundle)
    with enter(actor, alice.subject, Purpose.DIARY_READ) as vault:
        assert vault.read([MONDAY])[0].content == b"eggs"
    leaving_subjects.keep_out(lambda: {alice.subject})
    try:
        with pytest.raises(errors.NotFound), enter(actor, alice.subject, Purpose.DIARY_READ):
            pass
    finally:
        leaving_subjects.keep_out(None)
