"""The acts of `bench.sharing`, in a process with the settings of the running product. One line of JSON for each."""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

CLIENTS = 200


def told(name: str, seconds: float = 0.0, more: str = "") -> None:
    print(json.dumps({"name": name, "seconds": seconds, "more": more}), flush=True)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = act()
    return time.perf_counter() - begun, result


def main(people: int, days: int) -> None:
    import pyrage

    from nutshell import gate
    from nutshell.accounts.models import User
    from nutshell.common import clock
    from nutshell.common.clock import Day
    from nutshell.diary import queries as diary
    from nutshell.gate import Actor
    from nutshell.grants import actions as grants
    from nutshell.grants.types import Terms
    from nutshell.studies import actions, joining, queries
    from nutshell.studies.types import Approval, Draft, Window
    from nutshell.vault import queries as vaults

    def actor_of(user: User) -> Actor:
        assert user.subject_id is not None
        return Actor(user.pk, user.subject_id, "session", vaults.open_by_server_slot(user.subject_id, "consent"))

    today = clock.utc_day()
    window = Window(Day(today - timedelta(days=days - 1)), today)
    users = list(User.objects.exclude(subject_id=None).order_by("pk")[:people])
    rosa = actor_of(users[0])
    nutrients = ("208", "203", "205", "204", "291", "269", "307", "301", "303", "401")
    study = actions.found(rosa, Draft("Bench", "Bench", "Bench", nutrients, window.first_day, window.last_day))
    actions.approve(rosa, study, Approval("1", today, "Approved."))
    actions.word(rosa, study, "Text.")
    actions.set_recipient(rosa, study, str(pyrage.x25519.Identity.generate().to_public()))
    actions.open_(rosa, study)
    told("")
    joined, _ = timed(
        lambda: [_joined(users, number, actor_of, joining, study, window) for number in range(len(users))]
    )
    told(f"{len(users)} people take part", joined, f"{1000 * joined / len(users):.1f} ms each")
    actions.order(rosa, study)
    built, line = timed(lambda: _waited(queries, rosa, study))
    told(
        f"a release of {line.participants} people x {days} days", built, f"{line.rows} rows, {line.bytes / 1e6:.1f} MB"
    )
    clients = users[1 : 1 + CLIENTS]
    for user in clients:
        _share(actor_of(user), rosa, grants, Terms(("diary",), window.first_day, window.last_day))
    told("")
    opened, _ = timed(lambda: [_month(rosa, user.subject_id, gate, diary, today) for user in clients])
    told(
        f"a professional opens a month of {len(clients)} clients", opened, f"{1000 * opened / len(clients):.1f} ms each"
    )
    _clinic(rosa, [actor_of(user) for user in clients], gate, diary, today)
    alice = actor_of(users[1])
    grant = queries.my_enrolment(alice, study).grant_id
    ended, _ = timed(lambda: grants.revoke(alice, grant))
    told(f"ending a grant of {days} days", ended)


def _joined(users: Any, number: int, actor_of: Any, joining: Any, study: Any, window: Any) -> None:
    from nutshell.studies import queries
    from nutshell.studies.types import Read

    who = actor_of(users[number])
    shown = queries.study(who, study)
    joining.take_part(who, study, Read(shown.version, shown.terms), window)
    _bar("taking part", number + 1, len(users))


def _clinic(ada: Any, people: list[Any], gate: Any, diary: Any, today: Any) -> None:
    """A clinic whose clients these people become: its page, a month of each, the end of a membership."""
    from nutshell.caseload import queries as caseload
    from nutshell.clinics import clients, joining, keys, members
    from nutshell.clinics.types import Asked, NewClient
    from nutshell.grants import actions as grants
    from nutshell.grants.types import Terms
    from nutshell.vault.sharing import grantee

    clinic = members.found(ada, "Bench")
    asked = Asked("Bench", ("diary", "targets"), "write", "", False)
    made, sent = timed(
        lambda: clients.add_and_invite(ada, clinic, [NewClient(f"Client {n}") for n in range(len(people))], asked)
    )
    told(f"{len(people)} clients put on a list and asked", made, f"{1000 * made / len(people):.1f} ms each")
    terms = Terms(("diary", "targets"), mode="write")
    joined, _ = timed(
        lambda: [joining.join(who, new.id, new.secret, terms, False) for who, new in zip(people, sent, strict=True)]
    )
    told(f"{len(people)} clients join", joined, f"{1000 * joined / len(people):.1f} ms each")
    grantee.forget()
    first, page = timed(lambda: caseload.caseload(ada, clinic, today, 7))
    told(
        f"the page of {len(page.lines)} clients, first look of a day",
        first,
        f"{1000 * first / len(people):.1f} ms each",
    )
    again, _ = timed(lambda: caseload.caseload(ada, clinic, today, 7))
    told("the same page again within ten seconds", again, f"{1000 * again / len(people):.1f} ms each")
    grantee.forget()
    month, _ = timed(lambda: [_month(ada, one.subject, gate, diary, today) for one in people])
    told(f"a member opens a month of {len(people)} clients", month, f"{1000 * month / len(people):.1f} ms each")
    invited = members.invite(ada, clinic, "Somebody", "clinician")
    members.accept(people[0], invited.id, invited.secret)
    members.settle(keys.acting(ada, clinic))
    ended, _ = timed(lambda: members.leave(people[0], clinic))
    members.settle(keys.acting(ada, clinic))
    told("a member leaves", ended)
    renewed, _ = timed(lambda: [grants.run_errands(one) for one in people])
    told(f"the clinic's keys renewed by {len(people)} clients", renewed, f"{1000 * renewed / len(people):.1f} ms each")


def _share(owner: Any, with_: Any, grants: Any, terms: Any) -> None:
    made = grants.offer(owner, terms, "Bench")
    grants.accept(with_, made.id, made.secret)
    grants.run_errands(owner)


def _month(reader: Any, subject: Any, gate: Any, diary: Any, today: Any) -> None:
    first = today - timedelta(days=29)
    with gate.enter(reader, subject, gate.Purpose.DIARY_READ, f"{first}/{today}") as vault:
        diary.trends(vault, first, today, ("208", "203", "291"))


def _waited(queries: Any, rosa: Any, study: Any) -> Any:
    while True:
        (line,) = queries.releases(rosa, study)
        _bar("releasing", line.done, line.total)
        if line.state in ("done", "failed", "few"):
            return line
        time.sleep(0.25)


def _bar(name: str, done: int, of: int) -> None:
    if sys.stderr.isatty() or done == of:
        print(f"\r{name} [{'#' * (40 * done // max(of, 1)):40}] {done} of {of}", end="", file=sys.stderr, flush=True)
        if done == of:
            print(file=sys.stderr)


if __name__ == "__main__":
    django.setup(set_prefix=False)
    main(int(sys.argv[1]), int(sys.argv[2]))
