"""`nutshell incident …`: the register, what is done about an incident, what is decided, who is told; and drills."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from nutshell.common import clock
from nutshell.common.errors import ConfigurationError
from nutshell.common.officers import VOTERS
from nutshell.incidents.types import CONTENT, FACTORS, PARTS

from .command import Arguments, django_as
from .config import Config
from .key_store import client, require

if TYPE_CHECKING:
    from nutshell.incidents.types import Record

ACTOR = "operator"
OTHERWISE = ("summary", "subjects", "records", "countries")
"""Of the record's content: what has arguments of other forms."""
TEXTS = tuple(name for name in CONTENT if name not in OTHERWISE)


def configure(parser: ArgumentParser) -> None:
    choices = parser.add_subparsers(metavar="ACTION", required=True)
    _declare(_added(choices, "declare", "declare an incident", _run_declare))
    _added(choices, "list", "all incidents with their clocks", _run_list)
    show = _added(choices, "show", "one incident: record, clocks, timeline", _run_show)
    _number(show)
    show.add_argument("--json", action="store_true", help="as JSON")
    _added(choices, "verify", "compare all timelines with the audit trail", _run_verify)
    _act(_added(choices, "act", "contain, assess, hold, keep evidence: whatever is done", _run_act))
    _scope(_added(choices, "scope", "compute who is concerned from the audit trail", _run_scope))
    _vote(_added(choices, "vote", "one vote of a member of the committee", _run_vote))
    _advise(_added(choices, "advise", "the data-protection officer's advice", _run_advise))
    decide = _added(choices, "decide", "what the votes say", _run_decide)
    _number(decide)
    _question(decide)
    _notice(_added(choices, "notice", "draft a notice to people, show it, or send it", _run_notice))
    report = _added(choices, "report", "the next phase of the authority's report", _run_report)
    _number(report)
    report.add_argument("--json", action="store_true", help="as JSON")
    close = _added(choices, "close", "close a contained and decided incident", _run_close)
    _number(close)
    close.add_argument("reason", metavar="REASON")
    _added(choices, "register", "all incidents as CSV", _run_register)
    drill = _added(choices, "drill", "rehearse on an installation made for it: one scenario, or all", _run_drill)
    drill.add_argument("scenario", metavar="SCENARIO", nargs="?", help="its name; `list` names all")


def _added(choices: Any, name: str, help_: str, run: Callable[[Arguments], int | None]) -> ArgumentParser:
    added: ArgumentParser = choices.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
    added.set_defaults(run=run)
    return added


def _number(parser: ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", type=int)


def _question(parser: ArgumentParser) -> None:
    parser.add_argument("question", metavar="QUESTION", choices=("authority", "people"), help="authority or people")


def _content(parser: ArgumentParser) -> None:
    for name in TEXTS:
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="TEXT")
    parser.add_argument("--subjects", type=int, metavar="COUNT", help="how many people")
    parser.add_argument("--records", type=int, metavar="COUNT")
    parser.add_argument("--countries", metavar="DE=120,US=4")


def _said(arguments: Arguments) -> dict[str, Any]:
    """What was given of the record's content."""
    found = {name: getattr(arguments, name) for name in (*TEXTS, "subjects", "records")}
    countries = _counted(arguments.countries) if arguments.countries else None
    return {name: value for name, value in {**found, "countries": countries}.items() if value is not None}


def _counted(text: str) -> dict[str, int]:
    """Raises ConfigurationError."""
    try:
        return {code: int(count) for part in text.split(",") for code, count in (part.split("="),)}
    except ValueError:
        raise ConfigurationError("Countries read DE=120,US=4.") from None


def _declare(parser: ArgumentParser) -> None:
    parser.add_argument("summary", metavar="SUMMARY", help="one sentence")
    _content(parser)


def _act(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("act", metavar="ACT", help=", ".join(ACTS))
    parser.add_argument("about", metavar="ABOUT", nargs="?", default="", help="a node, an address, a name")
    parser.add_argument("--text", metavar="TEXT", default="", help="a reference, a statement, a lesson")
    parser.add_argument("--until", metavar="MOMENT", help="of a hold or a lesson")
    parser.add_argument("--low", action="store_true", help="the assessment shows a low probability")
    for name in FACTORS:
        parser.add_argument(f"--factor-{name}", metavar="TEXT")
    _content(parser)


def _scope(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("--since", metavar="MOMENT", help="unset: a day before the operator was aware")
    parser.add_argument("--until", metavar="MOMENT", help="unset: now")
    parser.add_argument("--who", metavar="READER", default="", help="a node, an operator or a subject's id")
    parser.add_argument("--everybody", action="store_true", help="a copy was taken: all people are concerned")


def _vote(parser: ArgumentParser) -> None:
    _number(parser)
    _question(parser)
    parser.add_argument("choice", metavar="CHOICE", choices=("notify", "do-not-notify"), help="notify or do-not-notify")
    parser.add_argument("--role", required=True, choices=VOTERS, metavar="ROLE", help=", ".join(VOTERS))
    parser.add_argument("--who", metavar="NAME", help="unset: who holds the role; else a deputy")
    parser.add_argument("--reason", required=True, metavar="TEXT")


def _advise(parser: ArgumentParser) -> None:
    _number(parser)
    _question(parser)
    parser.add_argument("choice", metavar="CHOICE", choices=("notify", "do-not-notify"), help="notify or do-not-notify")
    parser.add_argument("--reason", required=True, metavar="TEXT")


def _notice(parser: ArgumentParser) -> None:
    _number(parser)
    parser.add_argument("what", choices=("draft", "show", "send"), metavar="WHAT", help="draft, show or send")
    parser.add_argument("--language", default="en", metavar="CODE")
    for name in PARTS:
        parser.add_argument(f"--{name}", metavar="TEXT")


def _loaded() -> Config:
    django_as("cli")
    from django.conf import settings

    config: Config = settings.NUTSHELL
    require(config)
    return config


def _record(arguments: Arguments) -> "Record":
    from nutshell.incidents import queries

    return queries.record(arguments.number)


def _moment(text: str, name: str) -> datetime:
    """Raises ConfigurationError."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment
    except ValueError:
        pass
    raise ConfigurationError(f"{name} reads 2026-11-27T14:05+00:00.")


# ---------- the register ----------


def _run_declare(arguments: Arguments) -> None:
    _loaded()
    from nutshell.incidents import actions

    made = actions.declare(ACTOR, {"summary": arguments.summary, **_said(arguments)})
    print(f"Incident {made.number} is declared. The clocks run: `nutshell incident show {made.number}`.")


def _run_list(_arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import clocks, queries

    found = queries.register(clocks.read(config.incident_clocks), clock.now())
    for record, readings in found:
        missed = [reading.clock.id for reading in readings if reading.verdict == "missed"]
        late = f"; missed: {', '.join(missed)}" if missed else ""
        said = "  ".join(record.content.get(name, "") for name in ("severity", "summary"))
        print(f"{record.number}  {record.state}  {said}{late}".rstrip())
    if not found:
        print("No incident was ever declared.")


def _run_show(arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import clocks, notices
    from nutshell.incidents.clocks import readings

    record = _record(arguments)
    found = readings(record, clocks.read(config.incident_clocks), clock.now())
    if arguments.json:
        print(msgspec.json.encode({"record": record, "clocks": found, "notices": notices.counts(record)}).decode())
        return
    print(f"Incident {record.number}, {record.state}")
    for name, value in sorted(record.content.items()):
        print(f"  {name.replace('_', ' ')}: {value}")
    print("Clocks")
    for reading in found:
        due = f"{reading.due:%Y-%m-%d %H:%M}" if reading.due else "-"
        print(f"  {reading.verdict:8} {due:16} {reading.clock.task} ({reading.clock.source})")
    print("Timeline")
    for entry in record.entries:
        print(
            f"  {entry.sequence:3} {entry.moment:%Y-%m-%d %H:%M:%S} {entry.actor:10} {entry.kind}: {_short(entry.said)}"
        )


def _short(said: dict[str, Any]) -> str:
    return "; ".join(f"{name} {value}" for name, value in said.items() if value not in ("", None))


def _run_verify(_arguments: Arguments) -> int:
    _loaded()
    from nutshell.incidents import timeline

    found = timeline.broken()
    for one in found:
        print(f"wrong: {one.code} (entry {one.sequence})")
    print("All timelines are whole." if not found else f"{len(found)} findings.")
    return 1 if found else 0


def _run_register(_arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import clocks, reports

    sys.stdout.write(reports.register(clocks.read(config.incident_clocks), clock.now()))


# ---------- what is done ----------

WORDS = ("acknowledged", "contained", "evidence", "correct", "assess", "met", "hold", "release", "told", "lesson")
"""Acts that only people do."""
DONE = ("freeze", "freeze-all", "unfreeze", "end-sessions", "end-tokens", "disable", "new-passwords", "rotate-kms")
ACTS = (*DONE, *WORDS)


def _run_act(arguments: Arguments) -> int:
    config = _loaded()
    from nutshell.incidents import containment

    record = _record(arguments)
    if arguments.act in containment.ACTS:
        operator = client(config, "operator")
        entry = containment.carry_out(record, ACTOR, operator, arguments.act, arguments.about)
        print(entry.said["result"])
        return 0 if entry.said["done"] else 1
    if arguments.act not in WORDS:
        raise ConfigurationError(f"There is no act {arguments.act}. There are: {', '.join(ACTS)}.")
    _by_hand(record, arguments)
    print(f"Written down in incident {record.number}.")
    return 0


def _by_hand(record: "Record", arguments: Arguments) -> None:
    from nutshell.incidents import actions, committee

    about, text = arguments.about, arguments.text
    do: dict[str, Callable[[], object]] = {
        "acknowledged": lambda: actions.acknowledge(record, ACTOR, about),
        "contained": lambda: actions.contain(record, ACTOR),
        "evidence": lambda: _keep(record, about),
        "correct": lambda: actions.correct(record, ACTOR, _said(arguments)),
        "assess": lambda: actions.assess(record, ACTOR, _factors(arguments), arguments.low),
        "met": lambda: committee.meet(record, ACTOR, about.split(","), arguments.severity or ""),
        "hold": lambda: actions.hold(record, ACTOR, about, _moment(arguments.until or "", "--until"), text),
        "release": lambda: actions.release(record, ACTOR),
        "told": lambda: actions.tell(record, ACTOR, about, text),
        "lesson": lambda: actions.learn(record, ACTOR, text, about, arguments.until or ""),
    }
    do[arguments.act]()


def _factors(arguments: Arguments) -> dict[str, str]:
    return {name: getattr(arguments, f"factor_{name}") or "" for name in FACTORS}


def _keep(record: "Record", name: str) -> None:
    """Raises ConfigurationError for a file that cannot be read."""
    import hashlib
    from pathlib import Path

    from nutshell.incidents import actions

    try:
        with Path(name).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as failed:
        raise ConfigurationError(f"{name} cannot be read: {failed.strerror}.") from None
    actions.keep_evidence(record, ACTOR, Path(name).name, sha256)


def _run_scope(arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import scope

    record = _record(arguments)
    since = _moment(arguments.since, "--since") if arguments.since else record.aware_at - timedelta(days=1)
    until = _moment(arguments.until, "--until") if arguments.until else clock.now()
    window = scope.Window(since.astimezone(UTC), until.astimezone(UTC), arguments.who, arguments.everybody)
    said = scope.compute(record, ACTOR, client(config, "worker"), window).said
    collections = ", ".join(f"{name}: {count}" for name, count in said["by_collection"].items())
    print(f"{said['subjects']} people, {said['openings']} openings. By collection: {collections or 'none'}.")


# ---------- what is decided ----------


def _run_vote(arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import committee

    holders = config.officers.of(arguments.role)
    who = arguments.who or (holders[0].name if holders else "")
    record, question, choice = _record(arguments), arguments.question, arguments.choice
    committee.vote(record, ACTOR, config.officers, question, arguments.role, who, choice, arguments.reason)
    print(f"The vote of {who} is written down.")


def _run_advise(arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import committee

    committee.advise(_record(arguments), ACTOR, config.officers, arguments.question, arguments.choice, arguments.reason)
    print("The advice is written down.")


def _run_decide(arguments: Arguments) -> None:
    _loaded()
    from nutshell.incidents import committee

    said = committee.decide(_record(arguments), ACTOR, arguments.question).said
    dissent = ", ".join(one["who"] for one in said["dissent"])
    print(f"Decided: {said['choice']}." + (f" Against it: {dissent}." if dissent else ""))


def _run_close(arguments: Arguments) -> None:
    _loaded()
    from nutshell.incidents import actions

    actions.close(_record(arguments), ACTOR, arguments.reason)
    print("Closed. Lessons are due in fourteen days.")


# ---------- who is told ----------


def _run_notice(arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import notices

    record = _record(arguments)
    if arguments.what == "draft":
        parts = {name: getattr(arguments, name) or "" for name in PARTS}
        notices.draft(record, ACTOR, arguments.language, parts)
        print("The draft is written down.")
    elif arguments.what == "show":
        print("\n\n".join(notices.written(record, arguments.language, config.officers)))
    else:
        counts = notices.send(record, ACTOR, config.officers).said["counts"]
        print(f"On their way: {counts.get('waiting', 0)}. Without an address: {counts.get('no-address', 0)}.")


def _run_report(arguments: Arguments) -> None:
    config = _loaded()
    from nutshell.incidents import reports

    record = _record(arguments)
    found = reports.report(record, config.officers)
    reports.keep(record, ACTOR, found)
    print(
        msgspec.json.encode(found).decode() if arguments.json else reports.as_text(found),
        end="\n" if arguments.json else "",
    )


# ---------- drills ----------


def _run_drill(arguments: Arguments) -> int:
    from . import drill

    if arguments.scenario == "list":
        print("\n".join(drill.SCENARIOS))
        return 0
    return drill.run(arguments.scenario)
