"""A client of a clinic: what they share, their team, notes, emergencies, invitations; and new clients."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import policy
from nutshell.clinics import clients, emergencies, held, keys, members, notes, queries
from nutshell.clinics.keys import Acting
from nutshell.clinics.types import Asked, ClientView, NewClient
from nutshell.common.errors import InvalidInput, NotFound, TooLarge
from nutshell.erasure import clinics as erasing

from . import errors
from .access_people import COLLECTIONS, named
from .clinics import frame_of, link_of, sent
from .frame import Visitor, page, see_other
from .look import initials

MOST_TABLE = 200_000
"""Bytes of a table that is sent."""
STATES = {
    "listed": _("Not asked yet"), "invited": _("Invited: waits for an answer"), "active": _("Shares with the clinic"),
    "paused": _("Paused by the client"), "ended": _("Shares no more"), "held": _("No account: held by the clinic"),
}  # fmt: skip
VERDICTS = {"justified": _("was justified"), "not-justified": _("was not justified")}


def client(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> HttpResponse:
    return _page(request, who, keys.acting(who.actor, clinic), client)


def _page(
    request: HttpRequest, who: Visitor, acting: Acting, client: UUID, wrong: InvalidInput | None = None
) -> HttpResponse:
    view = queries.client(acting, client)
    context = {
        **frame_of(acting, "caseload"), "client": _shown(who, view),
        "team": _team(acting, view), "notes": _notes(who, acting, view),
        "emergencies": [_emergency(who, one) for one in view.emergencies],
        "errors": errors.fields_of(wrong) if wrong else {}, "text": request.POST.get("text", ""),
    }  # fmt: skip
    return page(request, "web/client.html", "clinics", context, 422 if wrong else 200)


def _shown(who: Visitor, view: ClientView) -> dict[str, Any]:
    diary = "diary" in view.collections and view.open_to_me
    return {
        "id": view.id, "name": view.name, "group": view.group, "initials": initials(view.name), "state": view.state,
        "state_text": STATES[view.state], "sees": named(view.collections),
        "edits": named(view.edits), "emergency": view.allows_emergency, "open": view.open_to_me,
        "until": who.look.wall(view.until) if view.until else None,
        "diary_url": reverse("their_day", args=[view.owner, who.today()]) if diary and view.owner else "",
        "report_url": reverse("their_report", args=[view.owner]) if diary and view.owner else "",
        "trends_url": reverse("their_trends", args=[view.owner]) if diary and view.owner else "",
        "targets_url": reverse("their_targets", args=[view.owner]) if diary and "targets" in view.collections else "",
        "on_team": view.open_to_me or view.state not in ("active", "held"), "in_force": view.state == "active",
        "takes_notes": view.state in ("active", "held", "listed", "invited"),
        "may_ask": view.state in ("listed", "invited", "ended", "held"),
        "may_hold": view.state in ("listed", "invited", "ended"), "held": view.state == "held",
    }  # fmt: skip


def _typed(request: HttpRequest) -> dict[str, Any]:
    """The form of an invitation, as it was sent or as it is offered first."""
    had = request.POST
    chosen = had.getlist("collection") or ["diary", "targets"]
    return {
        "collections": [{"id": id_, "name": name, "chosen": id_ in chosen} for id_, name in COLLECTIONS],
        "mode": had.get("mode", "read"), "first_day": had.get("first_day", ""), "email": had.get("email", ""),
        "emergency": "emergency" in had,
    }  # fmt: skip


def _team(acting: Acting, view: ClientView) -> list[dict[str, Any]]:
    found = [one for one in members.members(acting) if one.subject and one.role != "assistant"]
    return [
        {"id": one.subject, "name": one.name or gettext("Somebody"), "chosen": one.subject in view.team}
        for one in found
    ]  # fmt: skip


def _notes(who: Visitor, acting: Acting, view: ClientView) -> list[dict[str, Any]] | None:
    """None where they are not open to me."""
    if acting.role == "assistant" or (view.team and acting.member not in view.team):
        return None
    found = notes.of_client(acting, view.id)
    return [{"text": one.text, "name": one.by_name, "at": who.look.wall(one.at)} for one in found]


def _emergency(who: Visitor, one: Any) -> dict[str, Any]:
    return {
        "id": one.id, "name": one.member_name or gettext("Somebody"), "reason": one.reason,
        "began": who.look.wall(one.began), "until": who.look.wall(one.until), "reviewer": one.reviewer_name,
        "verdict": VERDICTS.get(one.verdict or "", ""), "comment": one.comment,
        "mine": one.member == who.subject, "open": one.verdict is None,
    }  # fmt: skip


# ---------- acts ----------


def client_act(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID, act: str) -> HttpResponse:
    """One of the page's forms. Raises NotFound for another act."""
    acting = keys.acting(who.actor, clinic)
    try:
        _ACTS.get(act, _unknown)(request, who, clinic, client)
    except InvalidInput as wrong:
        return _page(request, who, acting, client, wrong)
    messages.success(request, str(_DONE[act]))
    return see_other("clinic", clinic) if act == "remove" else see_other("client", clinic, client)


def _unknown(_request: HttpRequest, _who: Visitor, _clinic: UUID, _client: UUID) -> None:
    raise NotFound


def client_ask(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> HttpResponse:
    """Ask a client to share. The link is in the one answer and nowhere else."""
    policy.check_fresh(request)
    acting = keys.acting(who.actor, clinic)
    view = queries.client(acting, client)
    if request.method != "POST":
        return _ask_page(request, who, acting, view)
    try:
        wish = forms.parse_form(forms.AskClient, request.POST)
        made = clients.invite(who.actor, clinic, client, _asked(acting, wish))
    except InvalidInput as wrong:
        return _ask_page(request, who, acting, view, wrong=wrong)
    return _ask_page(request, who, acting, view, sent(view.name, acting, wish.email, link_of("clinic_join", made)))


def _ask_page(
    request: HttpRequest, who: Visitor, acting: Acting, view: ClientView, made: dict[str, str] | None = None,
    wrong: InvalidInput | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        **frame_of(acting, "caseload"), "client": _shown(who, view), "made": made, "asked": _typed(request),
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/client_ask.html", "clinics", context, 422 if wrong else 200)


def _asked(acting: Acting, wish: forms.AskFor) -> Asked:
    first = wish.first_day.isoformat() if wish.first_day else ""
    return Asked(acting.name, tuple(wish.collections), wish.mode, first, wish.emergency)


def _edit(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    wish = forms.parse_form(forms.DescribeClient, request.POST)
    clients.edit(who.actor, clinic, client, wish.name, wish.group)


def _set_team(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    clients.set_team(who.actor, clinic, client, frozenset(forms.parse_form(forms.SetTeam, request.POST).team))


def _note(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    notes.write(who.actor, clinic, client, forms.parse_form(forms.WriteNote, request.POST).text)


def client_emergency(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> HttpResponse:
    policy.check_fresh(request)
    acting = keys.acting(who.actor, clinic)
    if request.method == "POST":
        try:
            wish = forms.parse_form(forms.OpenInEmergency, request.POST)
            emergencies.begin(who.actor, clinic, client, wish.reason)
        except InvalidInput as wrong:
            return _emergency_page(request, who, acting, client, wrong)
        messages.success(request, gettext("Opened for four hours. The client was told."))
        return see_other("client", clinic, client)
    return _emergency_page(request, who, acting, client)


def _emergency_page(
    request: HttpRequest, who: Visitor, acting: Acting, client: UUID, wrong: InvalidInput | None = None
) -> HttpResponse:
    context = {
        **frame_of(acting, "caseload"), "client": _shown(who, queries.client(acting, client)),
        "reason": request.POST.get("reason", ""), "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/client_emergency.html", "clinics", context, 422 if wrong else 200)


def _review(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    emergency = forms.parse_id(request.POST.get("emergency", ""))
    sent_ = request.POST.copy()
    sent_.pop("emergency", None)
    wish = forms.parse_form(forms.ReviewEmergency, sent_)
    emergencies.review(who.actor, clinic, client, emergency, wish.verdict, wish.comment)


def _hold(_request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    held.make(who.actor, clinic, client)


def _drop(request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    policy.check_fresh(request)
    erasing.remove_profile(who.actor, clinic, client)


def _remove(_request: HttpRequest, who: Visitor, clinic: UUID, client: UUID) -> None:
    clients.remove(who.actor, clinic, client)


_ACTS: dict[str, Callable[[HttpRequest, Visitor, UUID, UUID], None]] = {
    "edit": _edit, "team": _set_team, "note": _note, "review": _review,
    "hold": _hold, "drop": _drop, "remove": _remove,
}  # fmt: skip
_DONE = {
    "edit": _("Kept."), "team": _("Kept. It holds from the next request on."),
    "note": _("Kept. The client reads it, too."),
    "review": _("Kept. The client reads it, too."),
    "hold": _("The clinic keeps a diary for them now."), "drop": _("Erased. Nothing of it can be opened any more."),
    "remove": _("Taken off the list, with what was noted."),
}  # fmt: skip


# ---------- new clients ----------


def client_new(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    """One client on the list."""
    acting = keys.acting(who.actor, clinic)
    if request.method != "POST":
        return _new_page(request, acting)
    try:
        wish = forms.parse_form(forms.DescribeClient, request.POST)
        made = clients.add(who.actor, clinic, [NewClient(wish.name, wish.group)])
    except InvalidInput as wrong:
        return _new_page(request, acting, wrong)
    messages.success(request, gettext("On the list. Ask them to share, or keep a diary for them."))
    return see_other("client", clinic, made[0])


def clients_table(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    """Several clients from a CSV file, each of whom is asked for the same. All or none."""
    policy.check_fresh(request)
    acting = keys.acting(who.actor, clinic)
    if request.method != "POST":
        return _table_page(request, acting)
    try:
        wish = forms.parse_form(forms.AskFor, request.POST)
        found = forms.read_table(_sent_file(request))
        made = clients.add_and_invite(who.actor, clinic, found, _asked(acting, wish))
    except InvalidInput as wrong:
        return _table_page(request, acting, wrong)
    links = [
        sent(one.name, acting, one.email, link_of("clinic_join", new)) for one, new in zip(found, made, strict=True)
    ]
    return page(request, "web/clients_asked.html", "clinics", {**frame_of(acting, "caseload"), "links": links})


def _sent_file(request: HttpRequest) -> bytes:
    """Raises TooLarge."""
    file = request.FILES.get("table")
    if file is None:
        return b""
    if (file.size or 0) > MOST_TABLE:
        raise TooLarge
    return bytes(file.read())


def _table_page(request: HttpRequest, acting: Acting, wrong: InvalidInput | None = None) -> HttpResponse:
    told = errors.fields_of(wrong) if wrong else {}
    lines = [(name.removeprefix("line_"), text) for name, text in told.items() if name.startswith("line_")]
    context = {
        **frame_of(acting, "caseload"), "asked": _typed(request), "errors": told,
        "lines": [{"number": number, "text": text} for number, text in lines],
    }  # fmt: skip
    return page(request, "web/clients_table.html", "clinics", context, 422 if wrong else 200)


def _new_page(request: HttpRequest, acting: Acting, wrong: InvalidInput | None = None) -> HttpResponse:
    context = {
        **frame_of(acting, "caseload"), "typed": {one: request.POST.get(one, "") for one in ("name", "group")},
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/client_new.html", "clinics", context, 422 if wrong else 200)
