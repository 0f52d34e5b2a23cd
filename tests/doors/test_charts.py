"""Chart geometry and the writing of numbers."""

import math

import pytest
from django.template import Context, Template
from django.utils import translation

from nutshell.web import charts
from nutshell.web.templatetags import nutshell as words


def shown(source: str, **context: object) -> str:
    return Template("{% load nutshell %}" + source).render(Context(context))


def test_energy_bar_fills_up_to_the_target_and_hatches_what_macros_do_not_explain() -> None:
    bar = charts.energy_bar([("protein", 400), ("carb", 800), ("fat", 400)], eaten=2000, target=2500)
    assert [(s.kind, s.x, s.width) for s in bar.segments] == [
        ("protein", "0%", "16%"),
        ("carb", "16%", "32%"),
        ("fat", "48%", "16%"),
        ("unknown", "64%", "16%"),
    ]
    assert bar.target_x == ""


def test_energy_bar_over_target_grows_its_scale_and_marks_the_target() -> None:
    bar = charts.energy_bar([("carb", 2500)], eaten=2500, target=2000)
    assert bar.target_x == "80%"
    assert bar.segments[0].width == "100%"


def test_energy_bar_of_an_empty_day_has_no_segments() -> None:
    assert charts.energy_bar([], eaten=0, target=2000).segments == ()


def test_macros_that_say_more_than_the_energy_are_scaled_into_it() -> None:
    bar = charts.energy_bar([("fat", 900), ("protein", 300)], eaten=600, target=1200)
    assert [s.width for s in bar.segments] == ["37.5%", "12.5%"]


def test_target_stands_at_two_thirds_of_every_row() -> None:
    bar = charts.target_bar(50, 100, 120)
    assert bar is not None
    assert (bar.width, bar.band_x, bar.band_width, bar.cut, bar.over) == ("33.33%", "66.67%", "13.33%", False, False)


def test_above_the_upper_limit_is_over_and_above_150_percent_is_cut() -> None:
    bar = charts.target_bar(400, 100, 350)
    assert bar is not None
    assert bar.over
    assert bar.cut
    assert bar.width == "100%"


def test_without_target_there_is_no_bar() -> None:
    assert charts.target_bar(5, None, None) is None


@pytest.mark.parametrize(("coverage", "common", "hatch"), [(1.0, 1.0, ""), (0.84, 0.84, "mostly"), (0.3, 0.84, "full")])
def test_hatch_tells_a_rows_own_gap_from_the_days(coverage: float, common: float, hatch: str) -> None:
    bar = charts.target_bar(5, 10, None, coverage, common)
    assert bar is not None
    assert bar.hatch == hatch


def test_an_unknown_amount_is_fully_hatched() -> None:
    bar = charts.target_bar(None, 10, None)
    assert bar is not None
    assert (bar.width, bar.hatch) == ("0%", "full")


def test_ticks_are_round_and_reach_the_top() -> None:
    assert charts.round_ticks(2310, 3) == [0, 1000, 2000, 3000]
    assert charts.round_ticks(0.9) == [0, 0.25, 0.5, 0.75, 1.0]
    assert charts.round_ticks(0) == [0, 1]
    assert charts.round_ticks(math.inf) == [0, 1]


def test_an_incomplete_day_is_solid_then_hatched_and_an_empty_one_hatched() -> None:
    days = [charts.DayValue(1000, complete=False), charts.DayValue(None, complete=False), charts.DayValue(0.0)]
    part, empty, zero = charts.day_bars(days, band=(2000, 2200)).bars
    assert part.y
    assert part.gap_y
    assert (empty.y, bool(empty.gap_y)) == ("", True)
    assert (zero.y, zero.gap_y) == ("", "")


def test_a_line_breaks_over_unknown_days() -> None:
    chart = charts.line([charts.DayValue(v) for v in (1, 2, None, 3, 4)])
    assert len(chart.paths) == 2
    assert len(chart.dots) == 4


def test_a_year_has_no_dots_and_at_most_five_labels() -> None:
    chart = charts.line([charts.DayValue(float(i)) for i in range(365)])
    assert chart.dots == ()
    assert [index for _, _, index in chart.marks] == [0, 91, 182, 273, 364]


def test_a_chart_of_nothing_still_draws() -> None:
    assert charts.line([charts.DayValue(None), charts.DayValue(None)]).paths == ()
    assert charts.day_bars([]).bars == ()


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0.0, "0"), (0.324, "0.32"), (0.996, "1.0"), (13.94, "13.9"), (99.96, "100"), (1639.4, "1,639")],
)
def test_decimals_follow_the_size(amount: float, text: str) -> None:
    assert words.grams(amount) == text


def test_nan_and_none_are_unknown_and_zero_is_not() -> None:
    assert "unknown" in words.grams(float("nan"))
    assert "unknown" in words.grams({"amount": None, "coverage": 0.0})
    assert words.grams({"amount": 0.0, "coverage": 1.0}) == "0"


def test_a_partial_sum_is_at_least() -> None:
    assert '<span class="vh">at least </span>5.0' in words.grams({"amount": 5, "coverage": 0.5})


def test_energy_in_kj_and_units_with_a_narrow_space() -> None:
    assert words.energy(100, "kJ") == "418"
    assert words.with_unit(13.9, "mg") == "13.9\u202fmg"
    assert words.percent(0.84) == "84\u202f%"
    assert words.goal(18.0, "mg") == "18\u202fmg"
    assert words.goal(2.4, "µg") == "2.4\u202fµg"


def test_numbers_follow_the_language() -> None:
    with translation.override("de"):
        assert words.whole(2057) == "2.057"
    assert words.whole(2057) == "2,057"


def test_matches_are_marked_and_everything_is_escaped() -> None:
    assert shown("{{ n|marked:q }}", n="Greek <b> yogurt", q="YOG <") == (
        "Greek <mark>&lt;</mark>b&gt; <mark>yog</mark>urt"
    )


@pytest.mark.parametrize(
    ("name", "query", "wanted"),
    [
        ("Goat cheese with oat", "oat", "Goat cheese with <mark>oat</mark>"),
        ("Egg, whole", "eggs", "<mark>Egg</mark>, whole"),
        ("Snacks, Kellogg's", "kelloggs", "Snacks, <mark>Kellogg&#x27;s</mark>"),
        ("Müsli", "müs", "<mark>Müs</mark>li"),
        ("Bread", "", "Bread"),
    ],
)
def test_what_the_search_matched_is_marked_and_nothing_inside_words(name: str, query: str, wanted: str) -> None:
    assert shown("{{ n|marked:q }}", n=name, q=query) == wanted
