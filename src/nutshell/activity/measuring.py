"""Counting a week. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from nutshell.audit.types import KINDS, Body
from nutshell.common import tomls
from nutshell.common.errors import ConfigurationError

from .types import Line, Measure, Review, Span

SHIPPED = files("nutshell.activity") / "measures.toml"
PER = ("actor", "subject", "all")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    measure: list[Measure]


def read(own: Path | None) -> tuple[Measure, ...]:
    """The operator's own measures, else those shipped. Raises ConfigurationError with one sentence."""
    found = tomls.read(own, SHIPPED, _File).measure
    for one in found:
        if one.per not in PER or set(one.kinds) - set(KINDS) or one.most < 0:
            raise ConfigurationError(f"{own}: measure {one.id} counts nothing that the trail has.")
    return tuple(found)


def review(span: Span, bodies: Iterable[Body], measures: Sequence[Measure]) -> Review:
    """`bodies` may be of any time; those outside of the week do not count."""
    totals, counted = Counter[str](), [_Count(measure) for measure in measures]
    for body in bodies:
        if span.since <= body.moment() < span.until:
            totals[body.kind] += 1
            for one in counted:
                one.add(body)
    return Review(span.week, dict(sorted(totals.items())), [line for one in counted for line in one.lines()])


class _Count:
    """One measure over a week."""

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self.leaves = Counter[str]()
        self.people: dict[str, set[str]] = defaultdict(set)

    def add(self, body: Body) -> None:
        subject = str(body.subject or "")
        if body.kind not in self.measure.kinds or (self.measure.others_only and body.actor == subject):
            return
        who = {"actor": body.actor, "subject": subject, "all": ""}[self.measure.per]
        self.leaves[who] += 1
        if self.measure.different:
            self.people[who].add(subject)

    def lines(self) -> list[Line]:
        """All that is over, the highest first; the highest alone where none is."""
        counts = {who: len(self.people[who]) if self.measure.different else n for who, n in self.leaves.items()}
        found = sorted((self._line(who, count) for who, count in counts.items()), key=lambda line: -line.count)
        return [line for line in found if line.over] or found[:1]

    def _line(self, who: str, count: int) -> Line:
        return Line(self.measure.id, who, count, self.measure.of.get(who, self.measure.most))
