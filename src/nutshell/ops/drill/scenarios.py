"""The attacks, each carried out for real, and what is then done about all of them."""

import hashlib
import os
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from django.db import connections

from nutshell.accounts import actions as accounts
from nutshell.accounts import queries
from nutshell.accounts.models import Session, User
from nutshell.common import clock, errors
from nutshell.common.errors import ConfigurationError, NutshellError
from nutshell.common.officers import VOTERS
from nutshell.erasure import actions as erasure
from nutshell.incidents import actions, clocks, committee, containment, notices, reports, scope, timeline
from nutshell.incidents.types import PARTS, Reading
from nutshell.ops.backup import actions as backup
from nutshell.ops.backup import keys, restored
from nutshell.vault.queries import open_by_server_slot

from . import SCENARIOS
from .people import ENTRY, Someone, ate, share, someone
from .place import Place, deliver_mail

ACTOR = "operator"
FEW = timedelta(minutes=5)


class Attacked(NamedTuple):
    """What happened: the incident's number, where to look for readers, what is done, and what must then be true."""

    number: int
    window: scope.Window
    acts: tuple[tuple[str, str], ...]
    holds: Callable[[], bool]
    expected: int
    """People who must be in the scope."""
    later: tuple[tuple[str, str], ...] = ()
    """What is done once the scope is known."""


def _around(actor: str = "", everybody: bool = False) -> scope.Window:
    return scope.Window(clock.now() - FEW, clock.now() + FEW, actor, everybody)


def _declared(summary: str, **content: str) -> int:
    return actions.declare(ACTOR, {"summary": summary, **content}).number


def _refused(act: Callable[[], object], *kinds: type[NutshellError]) -> bool:
    try:
        act()
    except kinds:
        return True
    return False


# ---------- what happens ----------


def _stolen_backup(place: Place) -> Attacked:
    for name in ("alice", "bob"):
        someone(name, "de" if name == "bob" else "en")
    made = backup.back_up(place.config, _quiet)
    keys.make(place.folder / "thief.key")
    taken = place.folder / "taken"
    opened = not _refused(
        lambda: backup.verify(place.config, place.folder / "backups", place.folder / "thief.key", made, _quiet),
        ConfigurationError,
    )
    number = _declared("A disk with backups is stolen.", keys_exposed="none: sealed to a key that is elsewhere",
                       readable="no" if not opened else "yes", systems=taken.name)  # fmt: skip
    _keep_hashes(place, number)
    return Attacked(number, _around(everybody=True), (("rotate-kms", ""), ("end-sessions", "")), lambda: not opened, 2)


def _keep_hashes(place: Place, number: int) -> None:
    for path in sorted((place.folder / "backups").rglob("*.age")):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        actions.keep_evidence(timeline.record(number), ACTOR, path.name, sha256)


def _stolen_laptop(_place: Place) -> Attacked:
    dana, alice, bob = someone("dana"), someone("alice"), someone("bob", "de")
    share(alice, dana)
    share(bob, dana)
    thief = dana.actor()
    _signed_in(dana)
    if ate(alice, thief) != [ENTRY]:
        raise ConfigurationError("The rehearsal's clinician did not reach the diary.")
    number = _declared("A clinician's laptop is stolen, signed in.", systems="laptop of a clinician", readable="yes")

    def holds() -> bool:
        signed_in = Session.objects.filter(user=dana.user).exists()
        return not signed_in and not User.objects.get(pk=dana.user.pk).is_active

    acts = (("end-sessions", dana.email), ("disable", dana.email))
    return Attacked(number, _around(str(dana.subject)), acts, holds, 1)


def _signed_in(person: Someone) -> None:
    from nutshell.accounts.sessions import SessionStore

    store = SessionStore()
    store["_auth_user_id"] = str(person.user.pk)
    store.save(must_create=True)


def _compromised_node(place: Place) -> Attacked:
    people = [someone(f"person{number}") for number in range(4)]
    place.work()
    start = clock.now()
    opened = sum(_opens(people) for _ in range(2))
    for number in range(8):
        if _refused(lambda: someone(f"more{number}"), errors.Unavailable):  # noqa: B023 - called at once
            break
    place.work()
    numbers = list(timeline.numbers())
    if not numbers:
        raise ConfigurationError(f"The key store's limit declared no incident ({opened} openings).")
    acts = (("freeze", "node-1"), ("freeze-all", ""), ("rotate-kms", ""), ("end-sessions", ""))
    window = scope.Window(start - FEW, clock.now() + FEW, "node-1")
    return Attacked(numbers[0], window, acts, lambda: _opens(people) == 0, len(people), (("unfreeze", "all"),))


def _opens(people: list[Someone]) -> int:
    return sum(not _refused(person.actor, errors.Unavailable) for person in people)


def _leaked_token(_place: Place) -> Attacked:
    alice = someone("alice")
    token = accounts.make_token(alice.actor(), "an app", ["diary:read"]).text
    if ate(alice, queries.token_actor(token)) != [ENTRY]:
        raise ConfigurationError("The rehearsal's token did not reach the diary.")
    number = _declared("A token stands in a public repository.", readable="yes", systems="API")

    def holds() -> bool:
        return _refused(lambda: queries.token_actor(token), errors.SignedOut)

    return Attacked(number, _around("node-1"), (("end-tokens", alice.email),), holds, 1)


def _insider(place: Place) -> Attacked:
    canary, alice = someone("nobody"), someone("alice")
    place.client("worker").add_canary(canary.subject)
    place.advance(minutes=2)
    open_by_server_slot(canary.subject, "job")
    place.work()
    numbers = list(timeline.numbers())
    if not numbers:
        raise ConfigurationError("The canary declared no incident.")

    def holds() -> bool:
        return _refused(lambda: open_by_server_slot(alice.subject, "job"), errors.Unavailable)

    window = scope.Window(clock.now() - timedelta(hours=1), clock.now() + FEW, "node-1")
    later = (("unfreeze", "node-1"), ("new-passwords", ""))
    acts = (("freeze", "node-1"), ("rotate-kms", ""), ("rotate-signing", ""))
    return Attacked(numbers[0], window, acts, holds, 1, later)


def _ransomware(place: Place) -> Attacked:
    alice, carol = someone("alice"), someone("carol")
    made = backup.back_up(place.config, _quiet)
    erasure.close_account(carol.subject, carol.actor().keys)
    backup.tidy(place.config)
    aware = clock.now()
    place.stop_key_store()
    connections.close_all()
    _encrypt(place)
    backup.restore(place.config, place.folder / "backups", place.folder / "backup.key", made, _quiet)
    place.start_key_store()
    erasure.prepare_start()
    restored.tell(place.config)
    number = _declared("The databases were encrypted.", nature="availability", aware_at=aware.isoformat(),
                       occurred_at=aware.isoformat(), readable="no", measures=f"Restored to {made}.")  # fmt: skip

    def holds() -> bool:
        back = ate(alice, alice.actor()) == [ENTRY]
        return back and carol.subject not in queries.subjects()

    return Attacked(number, _around(everybody=True), (("end-sessions", ""), ("rotate-kms", "")), holds, 1)


def _encrypt(place: Place) -> None:
    """Noise in place of the databases; then what an operator does: it is moved aside."""
    for path in place.data.glob("*.sqlite3*"):
        path.write_bytes(secrets.token_bytes(max(path.stat().st_size, 4096)))
        os.replace(path, place.folder / f"{path.name}.encrypted")


def _mail_down(place: Place) -> Attacked:
    found = _stolen_backup(place)
    deliver_mail(place, works=False)
    place.work()
    return found


ATTACKS: dict[str, Callable[[Place], Attacked]] = {
    "stolen-backup": _stolen_backup, "stolen-laptop": _stolen_laptop, "compromised-node": _compromised_node,
    "leaked-token": _leaked_token, "insider": _insider, "ransomware": _ransomware, "mail-down": _mail_down,
    "absent-chair": _stolen_backup,
}  # fmt: skip


def _quiet(_step: str, _share: float) -> None:
    """Nothing is said about how far a backup is."""


# ---------- what is done ----------


def rehearse(name: str, place: Place) -> int:
    """The attack and all that follows; 1 if a clock was missed or something did not hold. Prints what came of it."""
    print(f"{name}: {SCENARIOS[name]}", flush=True)
    attacked = ATTACKS[name](place)
    held = _contain(place, attacked)
    _meet(place, attacked.number)
    in_scope = _look(place, attacked)
    _decide(place, attacked.number, absent="chair" if name == "absent-chair" else "")
    _tell(place, attacked.number, mail_returns=name == "mail-down")
    _close(place, attacked.number)
    return _judge(place, attacked, held, in_scope, name)


def _contain(place: Place, attacked: Attacked) -> bool:
    place.advance(minutes=8)
    actions.acknowledge(timeline.record(attacked.number), ACTOR, "Olga")
    place.advance(minutes=20)
    done = [_carried_out(place, attacked.number, act, about) for act, about in attacked.acts]
    return all(done) and attacked.holds()


def _carried_out(place: Place, number: int, act: str, about: str) -> bool:
    entry = containment.carry_out(timeline.record(number), ACTOR, place.client("operator"), act, about)
    print(f"  {act}: {entry.said['result']}")
    return bool(entry.said["done"])


def _meet(place: Place, number: int) -> None:
    place.advance(hours=3)
    committee.meet(timeline.record(number), ACTOR, ["dpo", *VOTERS, "scribe"], "high")


def _look(place: Place, attacked: Attacked) -> int:
    place.advance(hours=14)
    record = timeline.record(attacked.number)
    said = scope.compute(record, ACTOR, place.client("worker"), attacked.window).said
    actions.tell(record, ACTOR, "processors", "by telephone")
    print(f"  scope: {said['subjects']} people, {said['openings']} openings {said['by_collection']}")
    for act, about in attacked.later:
        _carried_out(place, attacked.number, act, about)
    return int(said["subjects"])


def _decide(place: Place, number: int, absent: str) -> None:
    """Whoever is absent has a deputy; the officer sees one question otherwise, which stays in the minutes."""
    place.advance(hours=12)
    officers, record = place.config.officers, timeline.record(number)
    for question, advice in (("authority", "notify"), ("people", "do-not-notify")):
        committee.advise(record, ACTOR, officers, question, advice, "By what is known now.")
        for role in VOTERS[:3]:
            who = officers.of(role)[1 if role == absent else 0].name
            committee.vote(record, ACTOR, officers, question, role, who, "notify", "Whoever is concerned should know.")
        said = committee.decide(record, ACTOR, question).said
        dissent = ", ".join(one["who"] for one in said["dissent"])
        print(f"  {question}: {said['choice']}" + (f"; against it: {dissent}" if dissent else ""))


TEXTS = {
    "en": ("Somebody may have had your data.", "Somebody may know what you ate.", "We changed keys.", "Sign in anew."),
    "de": ("Jemand hatte vielleicht deine Daten.", "Jemand weiß vielleicht, was du aßest.",
           "Wir haben Schlüssel gewechselt.", "Melde dich neu an."),
}  # fmt: skip


def _tell(place: Place, number: int, mail_returns: bool) -> None:
    record, officers = timeline.record(number), place.config.officers
    factors = {"nature": "food", "recipient": "unknown", "acquired": "not known", "mitigated": "keys changed"}
    actions.assess(record, ACTOR, factors, low=False)
    place.advance(hours=20)
    reports.keep(record, ACTOR, reports.report(timeline.record(number), officers))
    actions.tell(record, ACTOR, "authority", "receipt 7")
    for language, parts in TEXTS.items():
        notices.draft(record, ACTOR, language, dict(zip(PARTS, parts, strict=True)))
    notices.send(timeline.record(number), ACTOR, officers)
    place.advance(hours=3)
    if mail_returns:
        deliver_mail(place, works=True)
        place.advance(hours=2)
    print(f"  notices: {notices.counts(record)}")


def _close(place: Place, number: int) -> None:
    place.advance(hours=5)
    record = timeline.record(number)
    actions.contain(record, ACTOR)
    actions.close(record, ACTOR, "Everybody knows, and nothing is open.")
    place.advance(days=3)
    actions.learn(record, ACTOR, "Rehearse again.", "Sam Security", (clock.utc_day() + timedelta(days=30)).isoformat())


def _judge(place: Place, attacked: Attacked, held: bool, in_scope: int, name: str) -> int:
    record = timeline.record(attacked.number)
    readings = clocks.readings(record, clocks.read(place.config.incident_clocks), clock.now())
    for reading in readings:
        print(f"  {_said(reading)}")
    place.work()
    whole = not timeline.broken()
    wrong = [
        *(f"clock {reading.clock.id} was missed" for reading in readings if reading.verdict != "met"),
        *([] if held else ["an act did not do what it is for"]),
        *([] if in_scope >= attacked.expected else ["somebody is missing in the scope"]),
        *([] if whole else ["the timeline is not whole"]),
        *([] if name != "mail-down" or _told_of_mail(attacked.number) else ["nobody was told that no mail goes out"]),
    ]
    print(f"  {'; '.join(wrong) or 'all clocks met, and everything held'}", flush=True)
    return int(bool(wrong))


def _told_of_mail(number: int) -> bool:
    return any(entry.said["clock"] == "mail" for entry in timeline.record(number).of("reminded"))


def _said(reading: Reading) -> str:
    due = f"{reading.due:%m-%d %H:%M}" if reading.due else "-"
    done = f"{reading.met_at:%m-%d %H:%M}" if reading.met_at else "-"
    return f"{reading.verdict:8} {reading.clock.id:14} due {due}, done {done}"
