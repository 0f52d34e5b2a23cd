"""Another's diary, under their grant: a day, its nutrients and, for whom they let write, adding, changing, removing.

It never looks like one's own. Each request enters the gate at most once, so the owner reads one line for each look.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from nutshell import forms, gate
from nutshell.common import errors, ids
from nutshell.common.aims import InForce
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.diary import actions as diary_actions
from nutshell.diary import meals
from nutshell.diary import queries as diary
from nutshell.diary.addresses import day_address, last_days
from nutshell.diary.types import Written
from nutshell.diary.views import DayView
from nutshell.gate import Purpose
from nutshell.grants import actions as grants
from nutshell.targets import queries as targets
from nutshell.vault.types import OpenVault

from . import access_people, add, contacts, entry, nutrients, sent, trends
from . import day as day_page
from . import errors as failures
from .frame import READ, Visitor, page, see_other
from .owners import owner_of

TABS = ("search", "quick")
"""Recents and favourites are the owner's own and are not shared."""


@dataclass(frozen=True)
class Guest:
    """Somebody in another's diary. `who` calls meals by their usual names: the owner's stand in the profile."""

    who: Visitor
    subject: UUID
    writes: bool

    def url(self, date: Day) -> str:
        return reverse("their_day", args=[self.subject, date])


def _guest(who: Visitor, subject: UUID) -> Guest:
    """Raises NotFound for a stranger and for one's own diary, NoLongerShared."""
    look = msgspec.structs.replace(who.look, meals=meals.NAMES)
    return Guest(replace(who, look=look), subject, gate.reaches(who.actor, subject, Purpose.DIARY_WRITE))


def _writer(who: Visitor, subject: UUID) -> Guest:
    guest = _guest(who, subject)
    if not guest.writes:
        raise errors.NotFound
    return guest


def _frame(guest: Guest, date: Day) -> dict[str, Any]:
    """What every page of theirs says."""
    return {
        "theirs": True, "writes": guest.writes, "owner": owner_of(guest.who, guest.subject),
        "day": _shown_day(guest, date), "meal_choices": day_page.meal_choices(guest.who),
    }  # fmt: skip


def _shown_day(guest: Guest, date: Day) -> dict[str, Any]:
    """As of one's own, but it and its neighbours are theirs."""
    shown = day_page.shown_day(guest.who, date) | {"url": guest.url(date)}
    for name, step in (("previous", -1), ("next", 1)):
        shown[name] = {**shown[name], "url": guest.url(day_page.neighbour(date, step))}
    return shown


# ---------- looking ----------


def people(request: HttpRequest, who: Visitor) -> HttpResponse:
    grants.run_errands(who.actor)
    context = access_people.shared_with(who) | {"sent": sent.waiting(who)} | contacts.of_others(who)
    return page(request, "web/people.html", "access", context)


def day(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    guest = _guest(who, subject)
    with gate.enter(who.actor, subject, Purpose.DIARY_READ, date.isoformat()) as vault:
        view = diary.day(vault, date, trends.shared_aims(vault, date), guest.who.look.names)
    url = guest.url(date) if guest.writes else ""
    context = _frame(guest, date)
    context["day"] |= {"is_empty": not view.entries, "complete": view.complete}
    shown = [meal for meal in view.meals if meal.entries or guest.writes]
    context |= {
        "sees_note": gate.reaches(who.actor, subject, Purpose.NOTES_READ),
        "targets_url": _targets_url(who, subject), "trends_url": reverse("their_trends", args=[subject]),
        "report_url": reverse("their_report", args=[subject]),
        "toast": _toast(request, guest, view), "energy": day_page.energy_of(view), "macros": day_page.macros_of(view),
        "meals": [day_page.meal_of(meal, url) for meal in shown],
    }  # fmt: skip
    return page(request, "web/theirs.html", "access", context)


def _targets_url(who: Visitor, subject: UUID) -> str:
    return reverse("their_targets", args=[subject]) if gate.reaches(who.actor, subject, Purpose.TARGETS_READ) else ""


def complete(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    """Mark their day complete, or not, under the writer's name."""
    wish = forms.parse_form(forms.CompleteDay, request.POST)
    guest = _guest(who, subject)
    with gate.enter(who.actor, subject, Purpose.DIARY_WRITE, date.isoformat()) as vault:
        done = diary_actions.set_complete(vault, date, wish.complete)
    return _did(guest, date, done)


def note(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    """The day's note, for whom notes are shared with; to change it takes notes shared for writing."""
    if request.method == "POST":
        return _keep_note(request, who, subject, date)
    with gate.enter(who.actor, subject, Purpose.NOTES_READ, date.isoformat()) as vault:
        kept = diary.note(vault, date)
    return _note_page(request, who, subject, date, (kept.text, kept.version) if kept else ("", 0))


def _keep_note(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    guest = _guest(who, subject)
    try:
        wish = forms.parse_form(forms.DayNote, request.POST)
        with gate.enter(who.actor, subject, Purpose.NOTES_WRITE, date.isoformat()) as vault:
            diary_actions.set_note(vault, date, wish.note, wish.version)
    except InvalidInput as wrong:
        typed = request.POST.get("note", ""), 0
        return _note_page(request, who, subject, date, typed, wrong)
    messages.success(request, gettext("Note saved."))
    return see_other("their_day", guest.subject, date)


def _note_page(
    request: HttpRequest,
    who: Visitor,
    subject: UUID,
    date: Day,
    kept: tuple[str, int],
    wrong: InvalidInput | None = None,
) -> HttpResponse:
    guest = _guest(who, subject)
    writes = gate.reaches(who.actor, subject, Purpose.NOTES_WRITE)
    shown = {"text": kept[0], "version": kept[1], "writes": writes}
    told = failures.fields_of(wrong) if wrong else {}
    context = {**_frame(guest, date), "note": shown, "errors": told}
    return page(request, "web/their_note.html", "access", context, 422 if wrong else 200)


def their_nutrients(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    guest, (length, complete) = _guest(who, subject), nutrients.span_of(request)
    trends_url = reverse("their_trends", args=[subject])
    first = Day(date - timedelta(days=length - 1))
    about = date.isoformat() if length == 1 else f"{first.isoformat()}/{date.isoformat()}"
    with gate.enter(who.actor, subject, Purpose.DIARY_READ, about) as vault:
        vault.read([day_address(one) for one in last_days(date, length)])
        aims = trends.shared_aims(vault, date)
        view = diary.day(vault, date, aims)
        report = nutrients.report_of(guest.who, vault, view, length, complete, aims, trends_url)
    report["known"] |= {"fill_url": ""}
    return page(request, "web/nutrients.html", "access", {**_frame(guest, date), **report})


# ---------- adding ----------


def add_page(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    return _add_page(request, _writer(who, subject), date, request.GET)


def _add_page(
    request: HttpRequest, guest: Guest, date: Day, asked: QueryDict, wrong: InvalidInput | None = None
) -> HttpResponse:
    tab = "quick" if asked.get("tab") == "quick" else "search"
    shown = add.add_of(guest.who, date, tab, asked, guest.url(date))
    shown["tabs"] = [one for one in shown["tabs"] if one["id"] in TABS]
    context = {
        **_frame(guest, date), "add": shown, **_hits(guest, date, asked, tab),
        "quick": {name: asked.get(name, "") for name in add.QUICK_FIELDS},
        "errors": failures.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/add_food.html", "access", context, 422 if wrong else 200)


def hits(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    """Only the list, while somebody types."""
    found = _hits(_writer(who, subject), date, request.GET, "search")
    return render(request, "web/parts/hits.html", {**found, "theirs": True, "errors": {}, "once": str(ids.new_id())})


def _hits(guest: Guest, date: Day, asked: QueryDict, tab: str) -> dict[str, Any]:
    """Of the food tables: nothing of the owner's is opened for a search."""
    query = add.query_of(asked)
    found = [(gettext("Food tables"), diary.search_tables(query, add.MOST_HITS))] if tab == "search" else []
    groups = add.groups_of(guest.who, date, found, asked, guest.url(date), diary.catalog_food) if found else []
    return {"query": query, "groups": groups, "empty_text": gettext("Search the food tables, or add quickly.")}


def entries(request: HttpRequest, who: Visitor, subject: UUID, date: Day) -> HttpResponse:
    """Log what a one-tap button, a portion form or the quick form sent, under the writer's name."""
    guest = _guest(who, subject)
    try:
        wish = add.wish_of(guest.who, date, request.POST)
        with gate.enter(who.actor, subject, Purpose.DIARY_WRITE, date.isoformat()) as vault:
            done = add.log(vault, date, wish, _to_keep(vault, date))
    except InvalidInput as wrong:
        return _add_page(request, _writer(who, subject), date, add.asked_again(request.POST), wrong)
    return _did(guest, date, done)


def _to_keep(vault: OpenVault, date: Day) -> InForce | None:
    """Targets for a day that has none yet; None for whom they are not shared with."""
    try:
        vault.read([day_address(date), targets.TARGETS])
        return targets.to_keep(vault, date)
    except errors.Forbidden:
        return None


# ---------- changing and taking back ----------


def their_entry(request: HttpRequest, who: Visitor, subject: UUID, date: Day, entry_id: UUID) -> HttpResponse:
    if request.method in READ:
        guest = _writer(who, subject)
        with gate.enter(who.actor, subject, Purpose.DIARY_READ, date.isoformat()) as vault:
            return _entry_page(request, guest, vault, date, entry_id)
    guest = _guest(who, subject)
    with gate.enter(who.actor, subject, Purpose.DIARY_WRITE, date.isoformat()) as vault:
        try:
            done = _changed(request, guest, vault, date, entry_id)
        except InvalidInput as wrong:
            return _entry_page(request, guest, vault, date, entry_id, wrong)
    return _did(guest, date, done)


def _changed(request: HttpRequest, guest: Guest, vault: OpenVault, date: Day, entry_id: UUID) -> Written:
    if request.POST.get("act") == "delete":
        return diary_actions.remove(vault, date, [entry_id])
    wish = entry.changed(guest.who, request.POST)
    return diary_actions.change(vault, date, entry_id, wish.edit(), wish.version, wish.key)


def _entry_page(
    request: HttpRequest, guest: Guest, vault: OpenVault, date: Day, entry_id: UUID, wrong: InvalidInput | None = None
) -> HttpResponse:
    found = diary.entry(vault, date, entry_id)
    shown = entry.entry_of(guest.who, date, found, entry.servings_of(vault, found))
    url = guest.url(date)
    shown |= {"url": f"{url}/entries/{entry_id}", "day_url": url, "food_url": "", "is_first": True, "is_last": True}
    return entry.drawn(request, "access", shown, {**_frame(guest, date), "weekdays": []}, wrong)


def _did(guest: Guest, date: Day, done: Written) -> HttpResponse:
    response = see_other("their_day", guest.subject, date)
    response["Location"] += f"?did={done.act}"
    return response


def _toast(request: HttpRequest, guest: Guest, view: DayView) -> dict[str, str] | None:
    """What the guest just did there; they can take it back at once."""
    mine = [one for one in diary.entry_changes(view.day) if one.by == guest.who.subject]
    found = day_page.news(request, mine)
    if found is None:
        return None
    undo_url = reverse("their_undo", args=[guest.subject, view.date, found.id])
    return {"text": day_page.told(guest.who, found), "undo_url": undo_url if found.undoable else ""}


def undo(request: HttpRequest, who: Visitor, subject: UUID, date: Day, act: UUID) -> HttpResponse:
    guest = _guest(who, subject)
    with gate.enter(who.actor, subject, Purpose.DIARY_WRITE, date.isoformat()) as vault:
        diary_actions.undo_own(vault, date, act)
    messages.success(request, gettext("Undone."))
    return see_other("their_day", guest.subject, date)
