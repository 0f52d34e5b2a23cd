"""req-27: a node that opens server slots in bulk is frozen after N people; other nodes and grants go on."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest
from tests.keystore import KeyStoreProcess

from nutshell.audit.types import unpack
from nutshell.common import clock, errors
from nutshell.ops import certificates
from nutshell.vault.keystore import erasing, leaves, limits, service, subjects
from nutshell.vault.keystore import requests as ask
from nutshell.vault.keystore.models import AlarmRow, NodeRow, Opening
from nutshell.vault.keystore.types import ALL_NODES, MOST_GRANTS, GrantSecret, ids_hash
from security.keystore.conftest import Person

LIMIT = 5


@pytest.fixture
def core(core):
    return replace(core, openings=LIMIT)


@pytest.fixture
def crowd(core):
    return [enrolled(core) for _ in range(LIMIT + 3)]


def enrolled(core):
    person = Person()
    subjects.create(core, person.subject, person.public, 1)
    subjects.put(core, person.subject, slot(person), "server", None)
    return person


def slot(person):
    return person.subject.bytes


def opened(core, node, *people, reason="login"):
    wanted = [ask.Wanted(person.subject, slot(person)) for person in people]
    return service.perform(core, node, ask.FetchMany(wanted, reason))


def refused(core, node, *people):
    with pytest.raises(errors.Unavailable):
        opened(core, node, *people)
    return True


def told():
    return [unpack(row.body) for row in leaves.own_leaves(0, 1000)]


def test_req_27_a_node_that_fetches_in_bulk_is_frozen_at_n_people(core, crowd, clock):
    for person in crowd[:LIMIT]:
        opened(core, "node-1", person)
        clock.move(seconds=1)
    assert refused(core, "node-1", crowd[LIMIT])
    assert refused(core, "node-1", crowd[0])  # also whom it had before
    clock.move(hours=3)
    assert refused(core, "node-1", crowd[0])  # and until an operator says otherwise
    assert opened(core, "node-2", crowd[0])


def test_one_request_for_more_than_the_limit_hands_out_nothing(core, crowd):
    assert refused(core, "node-1", *crowd)
    assert [leaf.kind for leaf in told()] == ["node-frozen"]


def test_a_freeze_is_one_leaf_and_one_alarm_on_the_log_at_once(core, crowd, caplog):
    assert refused(core, "node-1", *crowd)
    assert refused(core, "node-1", *crowd)
    (leaf,) = told()
    assert (leaf.kind, leaf.actor, leaf.reason, leaf.references) == ("node-frozen", "key-store", "limit", (b"node-1",))
    assert [record.getMessage().startswith("ALARM: node-1 ") for record in caplog.records].count(True) == 1
    assert [(row.kind, row.node, row.told) for row in AlarmRow.objects.all()] == [("node-frozen", "node-1", False)]


def test_a_frozen_node_gets_no_secret_of_any_kind(core, crowd, clock):
    limits.freeze(core, "node-1")
    new = (ask.PutSecret(crowd[0].subject, bytes(16), "token", None), ask.CreateSubject(uuid4(), b"", 1))
    for request in (*new, ask.EpochOf(clock().date()), ask.Installation("pepper")):
        with pytest.raises(errors.Unavailable):
            service.perform(core, "node-1", request)
    assert service.perform(core, "node-1", ask.ErasingList()) == []


def test_every_operation_that_gives_a_node_something_secret_stops_for_a_frozen_one():
    secret = {ask.PutSecret, ask.FetchMany, ask.PutGrant, ask.FetchGrants, ask.EpochOf, ask.Installation}
    assert not secret & ask.HARMLESS
    assert set(ask.ROLES) >= ask.HARMLESS


def test_signing_in_again_and_again_is_limited_for_that_person_and_freezes_nobody(core, crowd, clock):
    for number in range(limits.SELF):
        opened(core, f"node-{number % 2 + 1}", crowd[0])
    with pytest.raises(errors.TooMany):
        opened(core, "node-1", crowd[0])
    assert opened(core, "node-1", crowd[1])
    clock.move(seconds=61)
    assert opened(core, "node-1", crowd[0])


def test_the_minute_slides(core, crowd, clock):
    for person in crowd[:LIMIT]:
        opened(core, "node-1", person)
    clock.move(seconds=59)
    assert refused(core, "node-1", crowd[LIMIT])
    limits.unfreeze(core, "node-1")
    for person in crowd[:LIMIT]:
        opened(core, "node-1", person)
    clock.move(seconds=61)
    assert opened(core, "node-1", crowd[LIMIT])


def test_the_normal_grows_by_one_limit_a_day_and_no_faster(core, crowd, clock):
    tenth_of_a_day = 144
    for _ in range(tenth_of_a_day):
        Opening.objects.all().delete()
        opened(core, "node-1", *crowd[:LIMIT])
        clock.move(minutes=1)
    normal = NodeRow.objects.get(name="node-1").normal
    assert 0.09 < normal / LIMIT < 0.1
    clock.move(days=3)
    opened(core, "node-1", crowd[0])
    assert NodeRow.objects.get(name="node-1").normal < 0.06 * normal  # forgotten again


def test_what_was_normal_lifts_the_limit(core, crowd, clock):
    opened(core, "node-1", crowd[0])
    NodeRow.objects.update(normal=2.7)
    assert opened(core, "node-1", *crowd[: LIMIT + 2])
    assert refused(core, "node-1", *crowd)


def test_tokens_and_other_slots_that_open_nothing_alone_do_not_count(core, crowd):
    ids = [uuid4().bytes for _ in crowd]
    for person, id_ in zip(crowd, ids, strict=True):
        subjects.put(core, person.subject, id_, "token", None)
    wanted = [ask.Wanted(person.subject, id_) for person, id_ in zip(crowd, ids, strict=True)]
    assert len(service.perform(core, "node-1", ask.FetchMany(wanted, "token"))) == len(crowd)


def test_the_operator_freezes_and_unfreezes_with_one_leaf_each(core, crowd):
    assert service.perform(core, "operator", ask.Freeze("node-1"))
    assert not service.perform(core, "operator", ask.Freeze("node-1"))
    assert refused(core, "node-1", crowd[0])
    assert service.perform(core, "operator", ask.Unfreeze("node-1"))
    assert not service.perform(core, "operator", ask.Unfreeze("node-1"))
    assert [(leaf.kind, leaf.actor, leaf.references) for leaf in told()] == [
        ("node-frozen", "operator", (b"node-1",)),
        ("node-unfrozen", "operator", (b"node-1",)),
    ]
    assert opened(core, "node-1", crowd[0])


def test_all_nodes_are_frozen_at_once_also_those_never_seen(core, crowd):
    service.perform(core, "operator", ask.Freeze(ALL_NODES))
    for node in ("node", "node-1", "node-77", "worker"):
        assert refused(core, node, crowd[0])
    service.perform(core, "operator", ask.Unfreeze(ALL_NODES))
    assert opened(core, "node-77", crowd[0])


@pytest.mark.parametrize("name", ["node", "node-1", "worker"])
def test_no_machine_may_unfreeze(core, name):
    for request in (ask.Unfreeze(name), ask.Freeze(name), ask.Nodes()):
        with pytest.raises(errors.Forbidden):
            service.perform(core, name, request)


def test_openings_of_an_erased_person_are_gone(core, crowd):
    opened(core, "node-1", crowd[0])
    erasing.begin_as_operator(core, crowd[0].subject)
    erasing.shred(core, crowd[0].subject)
    assert not Opening.objects.exists()


def test_what_counts_no_more_is_swept(core, crowd, clock):
    opened(core, "node-1", crowd[0])
    clock.move(seconds=61)
    service.sweep(core)
    assert not Opening.objects.exists()


# ---------- the process itself ----------


def granted(client, professional):
    """A new person's grant to this one, made at its owner's signed wish: its id."""
    owner, id_ = Person(), uuid4().bytes
    client.create_subject(owner.subject, owner.public, 1)
    wish = msgspec.msgpack.encode(GrantSecret(professional.subject, 0))
    client.put_grant(owner.subject, id_, owner.signed("grant-secret", id_, wish))
    return id_


def test_req_27_a_professional_with_200_clients_reads_all_while_a_thief_is_frozen(tmp_path):
    certificates.ensure(tmp_path / "pki", "localhost", nodes=2)
    process = KeyStoreProcess(tmp_path, openings=LIMIT).start()
    professional, setting_up = Person(), process.client("node")
    setting_up.create_subject(professional.subject, professional.public, 1)
    ids = [granted(setting_up, professional) for _ in range(200)]
    everybody = [Person() for _ in range(4 * LIMIT)]
    for person in everybody:
        setting_up.create_subject(person.subject, person.public, 1)
        setting_up.put_secret(person.subject, slot(person), "server")
    before = len(setting_up.own_leaves(0))
    with ThreadPoolExecutor() as threads:
        theft = threads.submit(stolen, process.client("node-1"), everybody)
        read = [all_of(process.client("node-2"), professional, ids) for _ in range(5)]
    assert theft.result() == LIMIT
    assert [sum(one is not None for one in got) for got in read] == [200] * 5
    assert len(setting_up.own_leaves(0, 1000)) + len(setting_up.own_leaves(1000)) - before == 5 * 200 + LIMIT + 1
    assert all_of(process.client("node-2"), professional, ids) == read[0]
    with pytest.raises(errors.Unavailable):  # signed or not: a frozen node gets nothing
        all_of(process.client("node-1"), professional, ids)
    process.stop()


def all_of(client, person, ids):
    signed = person.signed("fetch-grants", ids_hash(ids), not_before=int(clock.now().timestamp()))
    return client.fetch_grants(person.subject, ids, signed)


def stolen(client, everybody):
    """How many people somebody with this node's certificate gets who asks for one after the other."""
    got = 0
    for person in everybody:
        with suppress(errors.Unavailable):
            client.fetch(person.subject, slot(person), "login")
            got += 1
    return got


def test_more_than_500_grants_in_one_request_are_refused(tmp_path):
    process = KeyStoreProcess(tmp_path).start()
    professional = Person()
    client = process.client()
    client.create_subject(professional.subject, professional.public, 1)
    assert all_of(client, professional, [uuid4().bytes for _ in range(MOST_GRANTS)]) == [None] * MOST_GRANTS
    with pytest.raises(errors.Malformed):
        all_of(client, professional, [uuid4().bytes for _ in range(MOST_GRANTS + 1)])
    process.stop()


def test_req_27_a_restart_forgives_neither_the_count_nor_the_freeze(tmp_path):
    certificates.ensure(tmp_path / "pki", "localhost", nodes=2)
    process = KeyStoreProcess(tmp_path, openings=LIMIT).start()
    everybody = [Person() for _ in range(LIMIT + 1)]
    first = process.client("node-1")
    for person in everybody:
        first.create_subject(person.subject, person.public, 1)
        first.put_secret(person.subject, slot(person), "server")
    for person in everybody[: LIMIT - 1]:
        first.fetch(person.subject, slot(person), "login")
    process.kill()
    process.start()
    first, got = process.client("node-1"), LIMIT - 1
    for person in everybody[LIMIT - 1 :]:
        try:
            first.fetch(person.subject, slot(person), "login")
            got += 1
        except errors.Unavailable:
            break
    assert got == LIMIT
    log = process.stop()
    assert "ALARM: node-1 " in log
    process.start()
    with pytest.raises(errors.Unavailable):
        process.client("node-1").fetch(everybody[0].subject, slot(everybody[0]), "login")
    assert process.client("node-2").fetch(everybody[0].subject, slot(everybody[0]), "login")
    assert process.client("operator").unfreeze("node-1")
    assert process.client("node-1").fetch(everybody[0].subject, slot(everybody[0]), "login")
    process.stop()
    with sqlite3.connect(process.database) as database:
        assert database.execute("SELECT count(*) FROM node WHERE frozen_since IS NOT NULL").fetchone() == (0,)


def test_a_certificate_with_another_name_is_served_nothing(tmp_path):
    certificates.ensure(tmp_path / "pki", "localhost")
    process = KeyStoreProcess(tmp_path).start()
    with pytest.raises(errors.Unavailable):
        process.client("web").erasing_list()
    process.stop()
