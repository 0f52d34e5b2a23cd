"""Geometry of charts and bars, as text for SVG attributes. Pure: no Django, no colours, no words.

All lengths are user units of the given `width` and `height`, or percentages of a bar ("63.5%").
They are text, because templates would write numbers in the reader's language ("63,5").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

BAR_TOP = 1.5
"""A nutrient bar ends at 150 % of its target."""


def _n(value: float) -> str:
    """At most two decimals, none when whole."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(share: float) -> str:
    return f"{_n(100 * min(max(share, 0.0), 1.0))}%"


# ---------- bars ----------


@dataclass(frozen=True)
class Segment:
    """One part of a bar: `kind` is "protein", "carb", "fat", "alcohol" or "unknown"."""

    kind: str
    x: str
    width: str
    first: bool


@dataclass(frozen=True)
class EnergyBar:
    """The make-up of eaten energy; `target_x` is set only when the target is passed."""

    segments: tuple[Segment, ...]
    target_x: str


def energy_bar(parts: Sequence[tuple[str, float]], eaten: float, target: float | None) -> EnergyBar:
    """Make-up of `eaten` kcal from `parts` (kind, kcal) on a scale that ends at the target, or at
    what was eaten when that is more. What the parts do not explain is hatched as "unknown"."""
    scale = max(eaten, target or 0.0, 1.0)
    named = [(kind, kcal) for kind, kcal in parts if kcal > 0]
    total = sum(kcal for _, kcal in named)
    fit = min(1.0, eaten / total) if total else 1.0
    shares = [(kind, kcal * fit / scale) for kind, kcal in named]
    gap = eaten / scale - sum(share for _, share in shares)
    if gap > 0.01:
        shares.append(("unknown", gap))
    over = target is not None and eaten > target
    return EnergyBar(tuple(_in_a_row(shares)), _percent(target / scale) if over and target else "")


def _in_a_row(shares: Sequence[tuple[str, float]]) -> list[Segment]:
    start = 0.0
    row: list[Segment] = []
    for kind, share in shares:
        row.append(Segment(kind, _percent(start), _percent(share), first=not row))
        start += share
    return row


@dataclass(frozen=True)
class TargetBar:
    """One nutrient against its target on a scale of 0 to 150 %; the target stands at `TICK_X`."""

    width: str
    cut: bool
    over: bool
    band_x: str
    band_width: str
    hatch: str


TICK_X = _percent(1 / BAR_TOP)


def target_bar(
    amount: float | None, minimum: float | None, maximum: float | None, coverage: float = 1.0, common: float = 1.0
) -> TargetBar | None:
    """Bar of `amount` against `minimum` (or, without one, `maximum`), all in the nutrient's unit.

    None when there is no target. `coverage` is the row's known share, `common` the day's: the
    hatch is "mostly" where the row lacks only what the whole day lacks, "full" where it knows less.
    """
    target = minimum or maximum
    if not target:
        return None
    share = (amount or 0.0) / target / BAR_TOP
    band = _band(target, maximum if minimum else None)
    unknown = amount is None
    return TargetBar(
        width=_percent(share),
        cut=share > 1,
        over=bool(maximum and amount and amount > maximum),
        band_x=band[0],
        band_width=band[1],
        hatch=_hatch(0.0 if unknown else coverage, common),
    )


def _band(target: float, maximum: float | None) -> tuple[str, str]:
    if not maximum or maximum <= target:
        return "", ""
    return TICK_X, _percent(min(maximum / target / BAR_TOP, 1.0) - 1 / BAR_TOP)


def _hatch(coverage: float, common: float) -> str:
    if coverage >= 0.9995:
        return ""
    return "mostly" if coverage >= common - 0.02 else "full"


# ---------- charts ----------


@dataclass(frozen=True)
class Tick:
    """A grid line at height `y` for the amount `value`; `text_y` is the baseline of its label."""

    y: str
    text_y: str
    value: float


@dataclass(frozen=True)
class DayBar:
    """One day: a solid part (`y`, `height`), a hatched part (`gap_y`, `gap_height`), "" where absent."""

    x: str
    width: str
    middle: str
    y: str
    height: str
    gap_y: str
    gap_height: str
    today: bool
    label: tuple[str, str]


@dataclass(frozen=True)
class DaysChart:
    """Bars by day with `left`, `base` and `right` edges, ticks, and the reference band."""

    width: str
    height: str
    left: str
    base: str
    right: str
    tick_x: str
    label_y: tuple[str, str]
    band_y: str
    band_height: str
    ticks: tuple[Tick, ...]
    bars: tuple[DayBar, ...]


@dataclass(frozen=True)
class DayValue:
    """A day's amount (None: nothing logged), whether it is complete, and its two-line label."""

    amount: float | None
    complete: bool = True
    label: tuple[str, str] = ("", "")
    today: bool = False


def round_ticks(top: float, at_most: int = 4) -> list[float]:
    """Zero and up to `at_most` round steps (1, 2, 2.5 or 5 times a power of ten) that reach `top`."""
    if top <= 0 or not math.isfinite(top):
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(top / at_most))
    step = next(power * m for m in (1, 2, 2.5, 5, 10, 20) if power * m * at_most >= top * 0.999)
    return [step * i for i in range(math.ceil(top / step - 0.001) + 1)]


@dataclass(frozen=True)
class _Frame:
    """Maps amounts to heights: `base` is the y of zero, `scale` units per amount."""

    base: float
    scale: float

    def y(self, amount: float) -> float:
        return self.base - amount * self.scale


def _frame(top: float, height: float, above: float, below: float) -> _Frame:
    return _Frame(height - below, (height - above - below) / top)


def _ticks(values: Sequence[float], frame: _Frame) -> tuple[Tick, ...]:
    return tuple(Tick(_n(frame.y(v)), _n(frame.y(v) + 4), v) for v in values)


def day_bars(
    days: Sequence[DayValue], band: tuple[float, float] | None = None, width: float = 280, height: float = 150
) -> DaysChart:
    """Bars of amounts by day. `band` is the reference range (low, high) in the same unit; the
    hatch of an incomplete or empty day reaches its lower edge."""
    known = [d.amount for d in days if d.amount is not None]
    top = max([*known, *(band or ()), 1.0])
    values = [value for value in round_ticks(top, 3) if value <= top]
    left, below = 38.0, 32.0
    frame = _frame(top, height, 20.0, below)
    step = (width - left) / max(len(days), 1)
    reach = frame.y(band[0] if band else top)
    bars = tuple(_day_bar(day, left + i * step, step, frame, reach) for i, day in enumerate(days))
    low, high = (frame.y(band[0]), frame.y(band[1])) if band else (0.0, 0.0)
    return DaysChart(
        width=_n(width),
        height=_n(height),
        left=_n(left),
        base=_n(frame.base),
        right=_n(width),
        tick_x=_n(left - 6),
        label_y=(_n(frame.base + 15), _n(frame.base + 28)),
        band_y=_n(high) if band else "",
        band_height=_n(low - high),
        ticks=_ticks(values, frame),
        bars=bars,
    )


def _day_bar(day: DayValue, start: float, step: float, frame: _Frame, reach: float) -> DayBar:
    wide = step * 0.58
    top = frame.base if day.amount is None else frame.y(day.amount)
    hatched = (day.amount is None or not day.complete) and top > reach
    return DayBar(
        x=_n(start + (step - wide) / 2),
        width=_n(wide),
        middle=_n(start + step / 2),
        y=_n(top) if day.amount else "",
        height=_n(frame.base - top),
        gap_y=_n(reach) if hatched else "",
        gap_height=_n(top - reach),
        today=day.today,
        label=day.label,
    )


@dataclass(frozen=True)
class Dot:
    x: str
    y: str
    complete: bool


@dataclass(frozen=True)
class LineChart:
    """A line that breaks over unknown days. `paths` are SVG path texts, one a run of known days;
    `dots` are drawn when there are few days. `marks` are (x, anchor, index of the day) for labels."""

    width: str
    height: str
    left: str
    base: str
    right: str
    tick_x: str
    label_y: str
    band_y: str
    band_height: str
    max_y: str
    ticks: tuple[Tick, ...]
    paths: tuple[str, ...]
    dots: tuple[Dot, ...]
    marks: tuple[tuple[str, str, int], ...]


def line(
    days: Sequence[DayValue],
    band: tuple[float, float] | None = None,
    limit: float | None = None,
    width: float = 640,
    height: float = 200,
) -> LineChart:
    """A line of amounts by day, zero-based. `band` is the reference range, `limit` an upper limit
    (drawn only when the data come near it), both in the amounts' unit."""
    known = [d.amount for d in days if d.amount is not None]
    limit = limit if limit and known and max(known) > 0.6 * limit else None
    values = round_ticks(max([*known, *(band or ()), limit or 0.0, 1e-9]) if known or band else 1.0)
    left, below = 64.0, 28.0
    frame = _frame(values[-1], height, 26.0, below)
    step = (width - left - 10) / max(len(days) - 1, 1)
    points = [None if d.amount is None else (left + 5 + i * step, frame.y(d.amount)) for i, d in enumerate(days)]
    few = len(days) <= 45
    dots = [Dot(_n(p[0]), _n(p[1]), d.complete) for p, d in zip(points, days, strict=True) if p and few]
    low, high = (frame.y(band[0]), frame.y(band[1])) if band else (0.0, 0.0)
    return LineChart(
        width=_n(width),
        height=_n(height),
        left=_n(left),
        base=_n(frame.base),
        right=_n(width),
        tick_x=_n(left - 6),
        label_y=_n(frame.base + 21),
        band_y=_n(high) if band else "",
        band_height=_n(low - high),
        max_y=_n(frame.y(limit)) if limit else "",
        ticks=_ticks(values, frame),
        paths=tuple(_runs(points)),
        dots=tuple(dots),
        marks=_marks(len(days), left + 5, step),
    )


def _runs(points: Sequence[tuple[float, float] | None]) -> list[str]:
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(f"{_n(point[0])} {_n(point[1])}")
    return [f"M{run[0]}" + "".join(f"L{p}" for p in run[1:]) for run in runs if len(run) > 1]


def _marks(count: int, start: float, step: float, at_most: int = 5) -> tuple[tuple[str, str, int], ...]:
    """Places of up to `at_most` day labels, the first and the last day among them."""
    if count < 2:
        return tuple((_n(start), "start", i) for i in range(count))
    wanted = min(count, at_most)
    chosen = sorted({round(i * (count - 1) / (wanted - 1)) for i in range(wanted)})
    anchors = {0: "start", count - 1: "end"}
    return tuple((_n(start + i * step), anchors.get(i, "middle"), i) for i in chosen)
