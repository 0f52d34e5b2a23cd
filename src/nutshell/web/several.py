"""Adding several foods in one act (feat-L4): tick what was found, search on, set the amounts, add them all.

One form holds everything, so that ticks and amounts outlive a search without script and stand in no address.
Rows that are shown say so (`shown`): a shown food that is not ticked (`take`) any more is not chosen any more.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.catalog import names as food_names
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.diary import actions as diary_actions
from nutshell.diary import queries as diary
from nutshell.diary.addresses import INDEX, day_address
from nutshell.diary.types import MAX_ENTRIES, UNITS, Found
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import add as add_page
from . import day as day_page
from . import errors, portions, words
from .frame import Visitor, page

TABS = ("search", "recent", "favourites")


@dataclass(frozen=True)
class Choice:
    """The foods that are chosen, in the order of choosing, and what was typed."""

    foods: tuple[str, ...]
    typed: QueryDict

    def amount(self, one: Found) -> tuple[str, str]:
        """Amount, as typed, and unit: those of the form, else the usual ones."""
        amount, unit = add_page.usual(one)
        if unit not in UNITS and unit not in {serving.id for serving in one.portions}:
            amount, unit = (one.usual and one.usual.grams) or 100.0, "g"
        asked = self.typed.get(f"amount-{one.food_id}"), self.typed.get(f"unit-{one.food_id}")
        return asked[0] or words.typed(amount), asked[1] or unit


def choice_of(sent: QueryDict) -> Choice:
    shown, taken, dropped = set(sent.getlist("shown")), sent.getlist("take"), set(sent.getlist("drop"))
    kept = [food for food in sent.getlist("have") if food not in shown or food in taken]
    return Choice(tuple(food for food in dict.fromkeys([*kept, *taken]) if food not in dropped)[:MAX_ENTRIES], sent)


def several(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    if request.method != "POST":
        return _several_page(request, who, date, request.GET)
    if request.POST.get("act") != "add":
        return _several_page(request, who, date, request.POST)
    try:
        return _add_all(who, date, request.POST)
    except InvalidInput as wrong:
        return _several_page(request, who, date, request.POST, wrong)


def _add_all(who: Visitor, date: Day, sent: QueryDict) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
        vault.read([day_address(date), INDEX, *targets.addresses()])
        choice = choice_of(sent)
        wish = forms.parse_several(_with_amounts(vault, choice), choice.foods)
        aims = targets.to_keep(vault, date)
        done = diary_actions.log_many(vault, date, [one.entry() for one in wish.entries], aims, wish.key)
    return day_page.did(date, done.act)


def _with_amounts(vault: OpenVault, choice: Choice) -> QueryDict:
    """What was sent; a food that was ticked a moment ago has its usual amount."""
    whole = choice.typed.copy()
    for one in diary.chosen(vault, choice.foods):
        whole[f"amount-{one.food_id}"], whole[f"unit-{one.food_id}"] = choice.amount(one)
    return whole


# ---------- the page ----------


def _several_page(
    request: HttpRequest, who: Visitor, date: Day, sent: QueryDict, wrong: InvalidInput | None = None
) -> HttpResponse:
    tab = sent.get("tab") if sent.get("tab") in TABS else "search"
    choice = choice_of(sent)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        found = add_page.found_in(vault, who, date, tab, add_page.query_of(sent))
        chosen = diary.chosen(vault, choice.foods)
    sentences = errors.fields_of(wrong) if wrong else {}
    meal = add_page.meal_of(who, sent)
    groups = [{"title": title, "hits": [_hit(one, choice) for one in some]} for title, some in found if some]
    context = {
        "day": day_page.shown_day(who, date), "meal_choices": day_page.meal_choices(who),
        "add": _addresses(date, tab, meal, add_page.time_of(who, date, sent)),
        "query": add_page.query_of(sent), "groups": groups,
        "chosen": [_chosen(who, one, choice, sentences) for one in chosen], "errors": sentences,
    }  # fmt: skip
    return page(request, "web/several.html", "today", context, 422 if wrong else 200)


def _addresses(date: Day, tab: str, meal: str, time: str) -> dict[str, Any]:
    names = {"search": gettext("Search"), "recent": gettext("Recent"), "favourites": gettext("Favourites")}
    return {
        "url": reverse("several", args=[date]), "day_url": day_page.url_of(date), "meal": meal, "time": time,
        "tab": tab,
        "one_url": f"{reverse('add', args=[date])}?meal={meal}",
        "tabs": [{"id": one, "name": names[one]} for one in TABS],
    }  # fmt: skip


def _hit(one: Found, choice: Choice) -> dict[str, Any]:
    amount, unit = add_page.usual(one)
    line, energy = add_page.usual_line(one, amount, unit)
    return {
        "id": one.food_id, "name": food_names.quiet(one.name, one.food_id), "line": line, "energy": energy,
        "source": add_page.tag_of(one), "favourite": one.favourite, "taken": one.food_id in choice.foods,
    }  # fmt: skip


def _chosen(who: Visitor, one: Found, choice: Choice, sentences: dict[str, str]) -> dict[str, Any]:
    amount, unit = choice.amount(one)
    return {
        "id": one.food_id, "name": food_names.short(one.name, one.food_id), "amount": amount,
        "full_name": one.name, "units": portions.units(who.look, one.portions, unit),
        "wrong": sentences.get(f"amount-{one.food_id}") or sentences.get(f"unit-{one.food_id}"),
    }  # fmt: skip
