"""Whatever a valid person and choice: aims are finite, ordered, and make and take the same bytes."""

from datetime import date, timedelta
from math import isfinite

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from nutshell.common.aims import Aims
from nutshell.targets import actions, policy, queries, stored
from nutshell.targets.types import (
    Activity,
    BmrFormula,
    ByGrams,
    ByRatio,
    ByReference,
    Condition,
    Keto,
    Limits,
    Profile,
    Sex,
    Source,
    TargetHistory,
    TargetSettings,
)

DAY = date(2026, 11, 23)


def number(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False)


def may_be_pregnant(profile: Profile) -> bool:
    young = profile.birth_date is not None and DAY.year - profile.birth_date.year < 10
    return profile.sex is not Sex.MALE and not young


births = st.integers(0, 120 * 365).map(lambda days: DAY - timedelta(days=days))
profiles = st.builds(
    Profile,
    sex=st.none() | st.sampled_from(Sex),
    birth_date=st.none() | births,
    height=st.none() | number(30, 280),
    weight=st.none() | number(1, 650),
    body_fat=st.none() | number(2, 75),
    condition=st.sampled_from(Condition),
    activity=st.sampled_from(Activity),
).filter(lambda profile: profile.condition is Condition.NONE or may_be_pregnant(profile))
macros = st.one_of(
    st.just(ByReference()),
    st.builds(ByRatio, number(1, 100), number(0, 100), number(0, 100)),
    st.builds(ByGrams, number(0, 3000), number(0, 3000), number(0, 3000)),
    st.builds(Keto, number(0, 100), number(0.5, 4)),
)
limits = st.lists(
    st.builds(Limits, st.sampled_from(["208", "203", "401", "304", "601"]), number(0, 50), number(50, 9000)),
    unique_by=lambda limit: limit.nutrient,
).map(tuple)
choices = st.builds(
    TargetSettings,
    source=st.sampled_from(Source),
    limits=limits,
    macros=macros,
    formula=st.sampled_from(BmrFormula),
    own_bmr=number(200, 6000),
    activity_factor=st.none() | number(0, 2.5),
    thermic_effect=st.booleans(),
    goal_weight=st.none() | number(1, 650),
    rate=number(-1.5, 1.5),
    own_budget=st.none() | number(300, 15000),
)
FAMILIES = ("DRI", "EFSA", "own")


def family(origin: str) -> str:
    return next((name for name in FAMILIES if origin.startswith(name)), origin)


@settings(max_examples=150, deadline=None)
@given(profiles, choices)
def test_aims_are_finite_ordered_and_named_once(profile: Profile, chosen: TargetSettings) -> None:
    policy.check_profile(profile, DAY)
    policy.check_settings(chosen)
    found = queries.aims(profile, chosen, DAY, 7)
    assert len({aim.nutrient for aim in found.aims}) == len(found.aims)
    for aim in found.aims:
        values = [value for value in (aim.minimum, aim.maximum) if value is not None]
        assert values, aim
        assert all(isfinite(value) and value >= 0 for value in values), aim
        assert (aim.minimum is None) == (aim.origin == ""), aim
        assert (aim.maximum is None) == (aim.maximum_origin == ""), aim
        if len(values) == 2 and family(aim.origin) == family(aim.maximum_origin) and not aim.supplement_only:
            assert values[0] <= values[1], aim


@settings(max_examples=100, deadline=None)
@given(profiles, choices)
def test_a_budget_adds_up_and_a_deficit_stops_at_the_least(profile: Profile, chosen: TargetSettings) -> None:
    found = queries.budget(profile, chosen, DAY)
    assert (found.total is None) == bool(found.missing)
    if found.total is None or found.expenditure is None:
        return
    assert isfinite(found.total)
    if chosen.own_budget is None:
        assert abs(found.total - sum(part.kcal for part in found.parts)) < 1e-6
        assert found.total >= min(found.expenditure, 1200.0) - 1e-6


@settings(max_examples=100, deadline=None)
@given(profiles, choices)
def test_profile_history_and_aims_survive_their_bytes(profile: Profile, chosen: TargetSettings) -> None:
    history = actions.continued(TargetHistory(), DAY, profile.facts, chosen)
    assert stored.unpack(stored.pack(profile), Profile) == profile
    assert stored.unpack(stored.pack(history), TargetHistory) == history
    found = queries.aims_in_force(history, DAY)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Aims) == found


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 20), profiles, choices), min_size=1, max_size=6))
def test_no_save_ever_changes_a_day_before_it(saves: list[tuple[int, Profile, TargetSettings]]) -> None:
    history = TargetHistory()
    for offset, profile, chosen in saves:
        day = DAY + timedelta(days=offset)
        last = history.periods[-1].from_day if history.periods else day
        first = history.periods[0].from_day if history.periods else day
        untouched = [first + timedelta(days=step) for step in range((min(day, last) - first).days)]
        before = [queries.aims_in_force(history, past) for past in untouched]
        history = actions.continued(history, day, profile.facts, chosen)
        assert [queries.aims_in_force(history, past) for past in untouched] == before
        days = [period.from_day for period in history.periods]
        assert days == sorted(set(days))
        versions = [period.version for period in history.periods]
        assert versions == sorted(set(versions))
