"""The committee: who is there, votes by role, the officer's advice, and what follows from a quorum of votes."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from nutshell.common import errors
from nutshell.common.officers import QUORUM, ROLES, VOTERS, Officers

from . import timeline
from .actions import checked_text
from .types import Choice, Entry, Question, Record, Severity


def meet(record: Record, actor: str, present: Sequence[str], severity: str) -> Entry:
    """A meeting sets the severity. Raises InvalidInput without a quorum of voters, or for a role that there is not."""
    strange = [role for role in present if role not in (*ROLES, "dpo")]
    if strange:
        raise errors.InvalidInput({"present": f"There is no {strange[0]} in the committee."})
    if severity not in get_args(Severity):
        raise errors.InvalidInput({"severity": f"severity must be one of {', '.join(get_args(Severity))}."})
    if len(set(present).intersection(VOTERS)) < QUORUM:
        raise errors.InvalidInput({"present": f"{QUORUM} members with a vote make a quorum."})
    return timeline.add(record.id, "met", actor, present=sorted(set(present)), severity=severity)


def vote(
    record: Record, actor: str, officers: Officers, question: str, role: str, who: str, choice: str, why: str
) -> Entry:
    """One vote for each role, by its holder or a deputy (`who`, their name); until it is decided a later one counts.

    Raises InvalidInput for a stranger, a role without a vote, an unknown question or choice; Conflict once decided.
    """
    record = timeline.fresh(record)
    _check_question(question)
    if role not in VOTERS:
        raise errors.InvalidInput({"role": f"These roles vote: {', '.join(VOTERS)}."})
    if who not in [person.name for person in officers.of(role)]:
        raise errors.InvalidInput({"who": f"{who} neither holds the role {role} nor is a deputy of it."})
    _check_choice(choice)
    _check_undecided(record, question)
    said = {"question": question, "role": role, "who": who, "choice": choice, "reason": checked_text("reason", why)}
    return timeline.add(record.id, "vote", actor, **said)


def advise(record: Record, actor: str, officers: Officers, question: str, choice: str, why: str) -> Entry:
    """The data-protection officer's advice (GDPR art. 39), before it is decided. Raises InvalidInput, Conflict."""
    record = timeline.fresh(record)
    _check_question(question)
    _check_choice(choice)
    _check_undecided(record, question)
    if not officers.dpo:
        raise errors.InvalidInput(
            {"dpo": "No data-protection officer is named: set NUTSHELL_DPO_NAME and NUTSHELL_DPO_EMAIL."}
        )
    said = {"question": question, "choice": choice, "who": officers.dpo[0].name, "reason": checked_text("reason", why)}
    return timeline.add(record.id, "advice", actor, **said)


def _check_question(question: str) -> None:
    if question not in get_args(Question):
        raise errors.InvalidInput({"question": f"What is decided is one of {', '.join(get_args(Question))}."})


def _check_choice(choice: str) -> None:
    if choice not in get_args(Choice):
        raise errors.InvalidInput({"choice": f"A vote is one of {', '.join(get_args(Choice))}."})


def _check_undecided(record: Record, question: str) -> None:
    if record.decision(question):
        raise errors.Conflict("This is decided.")


def votes(record: Record, question: str) -> dict[str, Entry]:
    """The last vote of each role."""
    return {entry.said["role"]: entry for entry in record.of("vote") if entry.said["question"] == question}


def advice(record: Record, question: str) -> Entry | None:
    given = [entry for entry in record.of("advice") if entry.said["question"] == question]
    return given[-1] if given else None


def decide(record: Record, actor: str, question: str) -> Entry:
    """What the votes say, with names, reasons and everybody who dissents, the officer too. A tie tells.

    Raises Conflict without a quorum, without the officer's advice, or once it is decided.
    """
    record = timeline.fresh(record)
    _check_question(question)
    _check_undecided(record, question)
    cast, advised = votes(record, question), advice(record, question)
    if len(cast) < QUORUM:
        raise errors.Conflict(f"{len(cast)} roles have voted: {QUORUM} make a quorum.")
    if advised is None:
        raise errors.Conflict("The data-protection officer's advice comes first: `nutshell incident advise`.")
    counts = Counter(entry.said["choice"] for entry in cast.values())
    choice: Choice = "notify" if counts["notify"] >= counts["do-not-notify"] else "do-not-notify"
    return timeline.add(
        record.id,
        "decided",
        actor,
        question=question,
        choice=choice,
        votes=[_said(entry) for entry in cast.values()],
        dissent=[_said(entry) for entry in (*cast.values(), advised) if entry.said["choice"] != choice],
    )


def _said(entry: Entry) -> dict[str, str]:
    said = {"who": entry.said["who"], "role": entry.said.get("role", "dpo"), "choice": entry.said["choice"]}
    return {**said, "reason": entry.said["reason"]}
