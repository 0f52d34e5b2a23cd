"""Adding to a day: search as you type, recents, favourites, quick add, and the act itself."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.catalog import names as food_names
from nutshell.common import errors as failures
from nutshell.common import ids
from nutshell.common.aims import InForce
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.diary import actions as diary_actions
from nutshell.diary import meals
from nutshell.diary import queries as diary
from nutshell.diary.addresses import INDEX, day_address
from nutshell.diary.types import FoodView, Found, Written
from nutshell.gate import Purpose
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import day as day_page
from . import errors, portions, words
from .frame import Visitor, page, see_other
from .measures import in_kcal

TABS = ("search", "recent", "favourites", "quick")
MOST_HITS = 20
QUICK_FIELDS = ("name", "energy", "protein", "carb", "fat")
REPEAT = "repeat|"
Titled = list[tuple[str, Sequence[Found]]]
"""Groups of hits, each with its title."""
FoodOf = Callable[[str], FoodView]


def today_add(request: HttpRequest, who: Visitor) -> HttpResponse:
    response = see_other("add", who.today())
    response["Location"] += f"?{request.GET.urlencode()}" if request.GET else ""
    return response


def add(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    return _add_page(request, who, date, request.GET)


def _add_page(
    request: HttpRequest, who: Visitor, date: Day, asked: QueryDict, wrong: InvalidInput | None = None
) -> HttpResponse:
    """`asked`: what the address (or, after bad input, the form) says: meal, time, tab, q, open, amount, unit."""
    tab = asked.get("tab", "search")
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        groups = [] if tab == "quick" else _groups(vault, who, date, tab, asked)
    context = {
        "day": day_page.shown_day(who, date), "meal_choices": day_page.meal_choices(who),
        "add": add_of(who, date, tab, asked, day_page.url_of(date)), "query": query_of(asked), "groups": groups,
        "empty_text": gettext("Foods you log show up here."),
        "quick": {name: asked.get(name, "") for name in QUICK_FIELDS},
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/add_food.html", "today", context, 422 if wrong else 200)


def hits(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    """Only the list, while somebody types."""
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_READ) as vault:
        groups = _groups(vault, who, date, "search", request.GET)
    context = {"groups": groups, "query": query_of(request.GET), "errors": {}, "once": str(ids.new_id())}
    return render(request, "web/parts/hits.html", {**context, "empty_text": gettext("Foods you log show up here.")})


def query_of(asked: QueryDict) -> str:
    return forms.parse_form(forms.SearchQuery, asked).q.strip()


def meal_of(who: Visitor, asked: QueryDict) -> str:
    wanted = asked.get("meal", "")
    known = [meal for meal, _name in day_page.meal_choices(who)]
    return wanted if wanted in known else meals.meal_at(who.look.minute())


def time_of(who: Visitor, date: Day, asked: QueryDict) -> str:
    """The time asked for; now, on the running day."""
    now = who.look.minute()
    return asked.get("time", f"{now // 60:02d}:{now % 60:02d}" if date == who.today() else "")[:5]


def add_of(who: Visitor, date: Day, tab: str, asked: QueryDict, day_url: str) -> dict[str, Any]:
    url, meal = f"{day_url}/add", meal_of(who, asked)
    time = time_of(who, date, asked)
    same = urlencode({"meal": meal, "time": time})
    names = {
        "search": gettext("Search"), "recent": gettext("Recent"), "favourites": gettext("Favourites"),
        "quick": gettext("Quick"),
    }  # fmt: skip
    return {
        "meal": {"id": meal, "name": dict(day_page.meal_choices(who))[meal]}, "time": time, "tab": tab, "url": url,
        "day_url": day_url, "post_url": f"{day_url}/entries", "hits_url": f"{day_url}/hits", "change_open": False,
        "several_url": f"{day_url}/several?{same}",
        "tabs": [{"id": one, "name": names[one], "url": f"{url}?{same}&tab={one}"} for one in TABS],
    }  # fmt: skip


# ---------- hits ----------


def _groups(vault: OpenVault, who: Visitor, date: Day, tab: str, asked: QueryDict) -> list[dict[str, Any]]:
    found = found_in(vault, who, date, tab, query_of(asked))
    return groups_of(who, date, found, asked, day_page.url_of(date), partial(diary.food, vault))


def groups_of(
    who: Visitor, date: Day, found: Titled, asked: QueryDict, day_url: str, food_of: FoodOf
) -> list[dict[str, Any]]:
    """`food_of`: gives a food that is opened in place."""
    opened = asked.get("open") or asked.get("food") or ""
    if opened and all(one.food_id != opened for _title, some in found for one in some):
        food = food_of(opened)
        extra = Found(food.id, food.name, food.source, "", food.kcal_per_100g, food.portions, food.known, food.of)
        found = [(gettext("Chosen"), [extra]), *found]
    return [
        {"title": title, "hits": [_hit(who, date, one, opened, asked, day_url, food_of) for one in some]}
        for title, some in found
        if some
    ]


def found_in(vault: OpenVault, who: Visitor, date: Day, tab: str, query: str) -> Titled:
    if tab == "recent":
        return [(gettext("Recent"), diary.recents(vault))]
    if tab == "favourites":
        return [(gettext("Favourites"), diary.favourites(vault))]
    if tab == "helps":
        return [(gettext("Rich in what this day lacks"), diary.gap_helpers(day_page.seen(vault, who, date), 8))]
    found = diary.search(vault, query, MOST_HITS)
    yours = [one for one in found if one.group != "catalog"]
    return [(gettext("Yours"), yours), (gettext("Food tables"), [one for one in found if one.group == "catalog"])]


def usual(one: Found) -> tuple[float, str]:
    """Amount and unit (a portion's id or a weight) that a + adds."""
    if one.usual:
        return one.usual.amount, one.usual.portion_id or one.usual.unit
    first = next(iter(one.portions), None)
    return (first.usual, first.id) if first else (100.0, "g")


def _hit(
    who: Visitor, date: Day, one: Found, opened: str, asked: QueryDict, day_url: str, food_of: FoodOf
) -> dict[str, Any]:
    amount, unit = usual(one)
    meal, time = meal_of(who, asked), time_of(who, date, asked)
    same = {"meal": meal, "time": time, "tab": asked.get("tab", "search"), "q": query_of(asked)}
    food_url = reverse("food", args=[one.food_id])
    hit = {
        "name": food_names.quiet(one.name, one.food_id),
        "source": tag_of(one),
        "url": f"{food_url}?{urlencode({'day': date.isoformat(), 'meal': meal})}",
    }
    open_url = f"{day_url}/add?{urlencode({**same, 'open': one.food_id})}"
    if one.food_id == opened:
        portion = _portion(who, date, one, food_of(opened), asked, open_url)
        return {**hit, "line": _habit(one), "portion": {**portion, "post_url": f"{day_url}/entries"}}
    line, energy = usual_line(one, amount, unit)
    return {
        **hit, "line": line, "energy": energy, "favourite": one.favourite,
        "pick": f"{one.food_id}|{amount:g}|{unit}", "open_url": open_url, **_known(one),
    }  # fmt: skip


def usual_line(one: Found, amount: float, unit: str) -> tuple[str, float | None]:
    """What a + adds, in words, and its kcal."""
    grams = portions.grams_of(one.portions, amount, unit)
    name = next((serving.name for serving in one.portions if serving.id == unit), None)
    energy = one.usual.kcal if one.usual else None
    if energy is None and one.kcal_per_100g is not None:
        energy = one.kcal_per_100g * grams / 100
    return words.amount(amount, unit, name, grams), energy


def _known(one: Found) -> dict[str, Any]:
    """How much is known of a food of the tables or a label; not repeated for what is eaten anyway."""
    if one.known is None or one.usual:
        return {"of": None}
    return {"known": one.known, "of": one.of, "known_width": words.width(one.known / one.of)}


def tag_of(one: Found) -> str:
    return (
        "" if one.usual else {"sr28": "USDA", "mine": gettext("Yours")}.get(one.food_id.partition(":")[0], one.source)
    )


def _habit(one: Found) -> str:
    if not one.usual or not one.usual.count:
        return gettext("You have not logged this yet.")
    last = words.of_ordinal(one.usual.last)
    told = gettext("You had this %(n)d times, last on %(day)s.")
    return told % {"n": one.usual.count, "day": words.long_date(last)}


def _portion(who: Visitor, date: Day, one: Found, food: FoodView, asked: QueryDict, open_url: str) -> dict[str, Any]:
    amount, unit = amount_asked(asked, usual(one))
    grams = portions.grams_of(food.portions, amount, unit)
    meal = meal_of(who, asked)
    meal_name = dict(day_page.meal_choices(who))[meal]
    return {
        "food": food.id, "meal": meal, "time": time_of(who, date, asked), "boost": True, "enter": True,
        "amount": asked.get("amount") or words.typed(amount),
        "button_short": gettext("Add"), "button_long": gettext("Add to %(meal)s") % {"meal": meal_name},
        "choices": portions.choices(food.portions, amount, unit, open_url),
        "units": portions.units(who.look, food.portions, unit),
        "per_gram": portions.per_gram(who.look, food), "preview": portions.preview(food, grams),
    }  # fmt: skip


def amount_asked(asked: QueryDict, usual: tuple[float, str]) -> tuple[float, str]:
    """Amount and unit of an address, where it gives good ones."""
    try:
        wish = forms.parse_form(forms.LogFood, _as_wish(asked))
    except InvalidInput:
        return usual
    return wish.amount, asked.get("unit", "g")


def _as_wish(asked: QueryDict) -> QueryDict:
    return QueryDict(urlencode({"food": "any:0", "amount": asked.get("amount", ""), "unit": asked.get("unit", "g")}))


# ---------- the act ----------


def entries(request: HttpRequest, who: Visitor, date: Day) -> HttpResponse:
    """Log what a one-tap button, a portion form or the quick form sent."""
    try:
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.DIARY_WRITE) as vault:
            vault.read([day_address(date), INDEX, *targets.addresses()])
            done = _logged(vault, who, date, request.POST)
    except InvalidInput as wrong:
        return _add_page(request, who, date, asked_again(request.POST), wrong)
    return day_page.did(date, done.act)


def _logged(vault: OpenVault, who: Visitor, date: Day, sent: QueryDict) -> Written:
    pick = sent.get("pick", "")
    if pick.startswith(REPEAT):
        return _log_due(vault, date, pick.removeprefix(REPEAT))
    return log(vault, date, wish_of(who, date, sent), targets.to_keep(vault, date))


def wish_of(who: Visitor, date: Day, sent: QueryDict) -> forms.LogFood | forms.QuickAdd:
    """What a one-tap button, a portion form or the quick form asks for. Raises InvalidInput, Malformed."""
    if sent.get("pick"):
        return _picked(who, date, sent["pick"], sent)
    if "food" in sent:
        return forms.parse_form(forms.LogFood, sent)
    return forms.parse_form(forms.QuickAdd, in_kcal(sent, who.look, ("energy",)))


def log(vault: OpenVault, date: Day, wish: forms.LogFood | forms.QuickAdd, aims: InForce | None) -> Written:
    """`aims`: those to keep with a day that has none yet; None where the writer does not know them."""
    if isinstance(wish, forms.QuickAdd):
        return diary_actions.quick_add(vault, date, wish.entry(), aims, wish.key)
    return diary_actions.log(vault, date, wish.entry(), aims, wish.key)


def _picked(who: Visitor, date: Day, pick: str, sent: QueryDict) -> forms.LogFood:
    """A tap without a time is for now, on the running day."""
    time = time_of(who, date, sent) or None
    try:
        return forms.LogFood.picked(pick, sent.get("meal") or "snacks", time, sent.get("once"))
    except ValueError:
        raise failures.Malformed from None


def _log_due(vault: OpenVault, date: Day, repeat_id: str) -> Written:
    wanted = forms.parse_id(repeat_id)
    due = [one for one in diary.repeats(vault) if one.id == wanted]
    if not due:
        raise failures.NotFound
    return diary_actions.log_repeats(vault, date, due, targets.to_keep(vault, date))


def asked_again(sent: QueryDict) -> QueryDict:
    """The add page with what was typed: the quick form, or the food opened."""
    again = sent.copy()
    again["tab"] = "search" if "food" in sent else "quick"
    return again
