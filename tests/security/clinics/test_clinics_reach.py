"""inv-I8 with a clinic: whatever happened before, a member opens what is granted and allowed, and nothing else."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from nutshell import gate
from nutshell.accounts.types import Actor
from nutshell.clinics import clients, emergencies, joining, keys, members
from nutshell.clinics.types import Asked, NewClient
from nutshell.common import errors
from nutshell.gate import Purpose
from nutshell.grants import actions as grants
from nutshell.grants.types import Change, Terms
from nutshell.vault.sharing import grantee
from nutshell.vault.types import WRITABLE, Address
from security.people_and_vaults import Person, new_person

pytestmark = pytest.mark.django_db(databases=["default", "records", "keys"], transaction=True)
PLACES = {
    "diary": (Address("diary", "2026-11", "2026-11-23"), Purpose.DIARY_READ, Purpose.DIARY_WRITE),
    "foods": (Address("foods", "", "1f0e4c5e-0000-4000-8000-000000000001"), Purpose.FOODS_READ, Purpose.FOODS_WRITE),
}
MEMBERS, CLIENTS = ("ada", "ben", "cleo"), ("dora", "erik")
ASKED = Asked("Clinic", ("diary",), "read", "", True)

a_member, a_client = some.sampled_from(MEMBERS[1:]), some.sampled_from(CLIENTS)
acts = some.one_of(
    some.tuples(some.just("role"), a_member, some.sampled_from(["administrator", "clinician", "assistant", None])),
    some.tuples(some.just("share"), a_client, some.sets(some.sampled_from(sorted(PLACES)), min_size=1),
                some.sampled_from(["read", "write"]), some.booleans()),
    some.tuples(some.just("end"), a_client), some.tuples(some.just("pause"), a_client),
    some.tuples(some.just("resume"), a_client), some.tuples(some.just("write"), a_client),
    some.tuples(some.just("team"), a_client, some.sets(some.sampled_from(MEMBERS))),
    some.tuples(some.just("emergency"), a_client, a_member),
    some.tuples(some.just("narrow"), a_client, some.sampled_from(sorted(PLACES))),
)  # fmt: skip


@dataclass
class Client:
    """What should be so of one client."""

    person: Person
    actor: Actor
    number: UUID
    grant: UUID | None = None
    state: str = ""
    collections: frozenset[str] = frozenset()
    writes: bool = False
    emergency: bool = False
    team: frozenset[str] = frozenset()
    opened: set[str] = field(default_factory=set)
    contents: dict[str, bytes] = field(default_factory=dict)


class World:
    def __init__(self) -> None:
        self.people = {name: new_person() for name in (*MEMBERS, *CLIENTS)}
        self.actors = {
            name: Actor(number, one.subject, "session", one.bundle)
            for number, (name, one) in enumerate(self.people.items(), 1_000)
        }
        self.clinic = members.found(self.actors["ada"], "Clinic")
        self.roles: dict[str, str | None] = {"ada": "administrator", "ben": None, "cleo": None}
        numbers = clients.add(self.actors["ada"], self.clinic, [NewClient(name) for name in CLIENTS])
        self.clients = {
            name: Client(self.people[name], self.actors[name], number)
            for name, number in zip(CLIENTS, numbers, strict=True)
        }
        self.count = 0

    # ---------- what happens ----------

    def role(self, name: str, role: str | None) -> None:
        ada, subject = self.actors["ada"], self.people[name].subject
        now = next((one for one in members.members(keys.acting(ada, self.clinic)) if one.subject == subject), None)
        if now is not None and role is None:
            members.end(ada, self.clinic, now.grant)
        elif now is not None and role is not None:
            members.set_role(ada, self.clinic, now.grant, role)  # type: ignore[arg-type]
        elif role is not None:
            made = members.invite(ada, self.clinic, name, role)  # type: ignore[arg-type]
            members.accept(self.actors[name], made.id, made.secret)
            members.settle(keys.acting(ada, self.clinic))
        self.roles[name] = role

    def share(self, name: str, collections: set[str], mode: str, emergency: bool) -> None:
        one = self.clients[name]
        made = clients.invite(self.actors["ada"], self.clinic, one.number, ASKED)
        writes = mode == "write" and bool(collections & WRITABLE)
        terms = Terms(tuple(sorted(collections)), mode="write" if writes else "read")
        if one.state in ("active", "paused"):
            with pytest.raises(errors.Conflict):
                joining.join(one.actor, made.id, made.secret, terms, emergency)
            return
        one.grant = joining.join(one.actor, made.id, made.secret, terms, emergency)
        one.state, one.collections, one.writes, one.emergency = "active", frozenset(collections), writes, emergency

    def end(self, name: str) -> None:
        one = self.clients[name]
        if one.state in ("active", "paused") and one.grant:
            grants.revoke(one.actor, one.grant)
            one.state = "ended"

    def pause(self, name: str) -> None:
        one = self.clients[name]
        if one.state == "active" and one.grant:
            grants.pause(one.actor, one.grant)
            one.state = "paused"

    def resume(self, name: str) -> None:
        one = self.clients[name]
        if one.state == "paused" and one.grant:
            grants.resume(one.actor, one.grant)
            one.state = "active"

    def narrow(self, name: str, collection: str) -> None:
        one = self.clients[name]
        if one.state in ("active", "paused") and one.grant:
            grants.change(one.actor, one.grant, Change((collection,), None, None, mode="read"))
            one.collections, one.writes = frozenset((collection,)), False

    def write(self, name: str) -> None:
        self.count += 1
        one = self.clients[name]
        for collection, (place, *_) in PLACES.items():
            one.contents[collection] = f"{name} {self.count}".encode()
            one.person.write(place, one.contents[collection])

    def team(self, name: str, team: set[str]) -> None:
        chosen = frozenset(one for one in team if self.roles[one] in ("administrator", "clinician"))
        subjects = frozenset(self.people[one].subject for one in chosen)
        clients.set_team(self.actors["ada"], self.clinic, self.clients[name].number, subjects)
        self.clients[name].team = chosen

    def emergency(self, name: str, member: str) -> None:
        one = self.clients[name]
        may = self.roles[member] in ("administrator", "clinician") and one.state == "active" and one.emergency
        try:
            emergencies.begin(self.actors[member], self.clinic, one.number, "She could not speak.")
        except errors.NutshellError:
            assert not may or not one.team or member in one.team
        else:
            assert may
            one.opened.add(member)

    # ---------- what should be so ----------

    def may(self, member: str, one: Client, collection: str, writes: bool) -> bool:
        granted = one.state == "active" and collection in one.collections
        inside = not one.team or member in one.team
        allowed = inside or (not writes and one.emergency and member in one.opened)
        writable = not writes or (one.writes and collection in WRITABLE)
        return granted and allowed and writable and self.roles[member] in ("administrator", "clinician")

    def check(self) -> None:
        grantee.forget()
        for member in MEMBERS:
            for name, one in self.clients.items():
                for collection, (place, reading, writing) in PLACES.items():
                    content = self.opens(member, one, place, reading)
                    wanted = self.may(member, one, collection, False)
                    expected = one.contents.get(collection) if wanted else False
                    assert content == expected, (member, name, collection)
                    self.tries(member, one, collection, place, writing)
            self.check_caseload(member)
        for one in self.clients.values():
            for collection, (place, *_) in PLACES.items():
                assert one.person.read(place) == one.contents.get(collection)

    def opens(self, member: str, one: Client, place: Address, purpose: Purpose) -> bytes | bool | None:
        try:
            with gate.enter(self.actors[member], one.person.subject, purpose) as vault:
                return vault.read([place])[0].content
        except (errors.NotFound, errors.NoLongerShared):
            return False

    def tries(self, member: str, one: Client, collection: str, place: Address, purpose: Purpose) -> None:
        self.count += 1
        content = f"{member} {self.count}".encode()
        try:
            with gate.enter(self.actors[member], one.person.subject, purpose) as vault:
                vault.change([place], lambda _: [content])
        except (errors.NotFound, errors.NoLongerShared):
            assert not self.may(member, one, collection, True)
        else:
            assert self.may(member, one, collection, True)
            one.contents[collection] = content

    def check_caseload(self, member: str) -> None:
        """A clinic's page over all clients opens the same."""
        wanted = {one.number for one in self.clients.values() if self.may(member, one, "diary", False)}
        try:
            found = gate.enter_clients(self.actors[member], self.clinic, "diary", "x")
        except (errors.NotFound, errors.NoLongerShared, errors.Forbidden):
            assert self.roles[member] in (None, "assistant")
            return
        assert {one.client for one in found} == wanted


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=some.lists(acts, min_size=4, max_size=10))
@example(
    history=[
        ("role", "cleo", "clinician"), ("team", "dora", {"ben"}), ("emergency", "dora", "cleo"),
        ("team", "dora", {"ada"}),
        ("pause", "dora"), ("resume", "dora"), ("role", "ben", "assistant"), ("end", "dora"),
        ("share", "dora", {"diary"}, "read", False), ("write", "dora"), ("role", "cleo", None),
    ]
)  # fmt: skip
def test_inv_i8_with_a_clinic_what_opens_equals_what_is_granted_and_allowed(
    keystore: object, history: list[tuple]
) -> None:
    world = World()
    world.role("ben", "clinician")
    world.write("dora")
    world.share("dora", {"diary", "foods"}, "write", True)
    world.check()
    for what, *about in history:
        getattr(world, what)(*about)
        world.check()
