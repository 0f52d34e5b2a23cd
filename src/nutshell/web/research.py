"""Studies: a researcher's pages. Participants stand there by pseudonym and nothing else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import policy
from nutshell.catalog.nutrients import NUTRIENTS
from nutshell.common.errors import InvalidInput, NotFound
from nutshell.grants import queries as grants
from nutshell.studies import actions, queries, team
from nutshell.studies.types import Approval, Draft

from . import errors
from .frame import Visitor, page, see_other

STATES = {"draft": _("Not open yet"), "open": _("Takes people"), "closed": _("Takes nobody new")}
PARTS = {
    "accepted": _("Begins soon"), "active": _("Takes part"), "paused": _("Paused"), "revoked": _("Withdrew"),
    "expired": _("Over"), "left": _("Given up"), "erased": _("Gone"),
}  # fmt: skip
RELEASES = {
    "queued": _("Waits"), "running": _("Is being built"), "done": _("Built"), "failed": _("Failed. Order another."),
    "few": _("Not built: fewer than five people were left"),
    "altered": _("What stands here is not what was built, so it is not handed out"),
    "taken-back": _("Taken back: somebody inside withdrew and asked for it to be erased"),
}  # fmt: skip
WISHES = {
    "keep": _("earlier releases may be kept"), "erase": _("asks you to erase earlier releases"), "": "",
}  # fmt: skip


def _typed(sent: QueryDict) -> dict[str, Any]:
    names = ("title", "protocol", "contact", "first_day", "last_day")
    return {**{name: sent.get(name, "") for name in names}, "nutrients": sent.getlist("nutrient")}


def study_new(request: HttpRequest, who: Visitor) -> HttpResponse:
    policy.check_fresh(request)
    if request.method != "POST":
        return _form(request, _typed(request.POST))
    try:
        study_id = actions.found(who.actor, _draft(request.POST))
    except InvalidInput as wrong:
        return _form(request, _typed(request.POST), wrong)
    messages.success(request, gettext("The study is made. It opens when its approval and its text are there."))
    return see_other("research", study_id)


def study_change(request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    """Before it is opened."""
    draft = queries.view_of(queries.mine(who.actor, study_id)).draft
    if request.method != "POST":
        typed = {
            "title": draft.title, "protocol": draft.protocol, "contact": draft.contact, "nutrients": draft.nutrients,
            "first_day": draft.first_day.isoformat(), "last_day": draft.last_day.isoformat(),
        }  # fmt: skip
        return _form(request, typed)
    try:
        actions.change(who.actor, study_id, _draft(request.POST))
    except InvalidInput as wrong:
        return _form(request, _typed(request.POST), wrong)
    return see_other("research", study_id)


def _draft(sent: QueryDict) -> Draft:
    wish = forms.parse_form(forms.WriteStudy, sent)
    return Draft(wish.title, wish.protocol, wish.contact, wish.nutrients, wish.first_day, wish.last_day)


def _form(request: HttpRequest, typed: dict[str, Any], wrong: InvalidInput | None = None) -> HttpResponse:
    chosen = set(typed["nutrients"])
    context = {
        "typed": typed, "errors": errors.fields_of(wrong) if wrong else {},
        "nutrients": [
            {"id": one.id, "name": one.name, "unit": one.unit, "chosen": one.id in chosen} for one in NUTRIENTS
        ],
    }  # fmt: skip
    return page(request, "web/study_new.html", "access", context, 422 if wrong else 200)


def research(request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    return _page(request, who, study_id)


def _page(request: HttpRequest, who: Visitor, study_id: UUID, wrong: InvalidInput | None = None) -> HttpResponse:
    row = queries.mine(who.actor, study_id)
    view, sent = queries.view_of(row), request.POST
    link = request.build_absolute_uri(reverse("study", args=[view.id]))
    listed = queries.participants(who.actor, study_id)
    context = {
        "study": view, "state_text": STATES[view.state], "link": link,
        "participants": [_participant(one) for one in listed.people], "few": listed.few,
        "releases": _releases(who, study_id), "recipient": sent.get("recipient", row.recipient),
        "approval": {"number": sent.get("number", view.approval.number), "on": sent.get("on", _iso(view.approval.on)),
                     "document": sent.get("document", view.approval.document)},
        "team": _team(who, study_id),
        "text": sent.get("text", view.text), "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/research.html", "access", context, 422 if wrong else 200)


def _team(who: Visitor, study_id: UUID) -> dict[str, Any]:
    """Who runs it, whom I may end, and whom I could name."""
    there = team.colleagues(who.actor, study_id)
    founder = any(one.founder and one.mine for one in there)
    rows = [
        {"id": str(one.id), "name": one.name or gettext("Somebody"), "founder": one.founder, "mine": one.mine,
         "ends": not one.founder and (founder or one.mine)}
        for one in there
    ]  # fmt: skip
    known = {one.id for one in there}
    free = [one for one in grants.peers(who.actor) if one.subject not in known] if founder else []
    return {"rows": rows, "founder": founder, "could_be": [{"id": str(one.subject), "name": one.name} for one in free]}


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""


def _participant(one: Any) -> dict[str, Any]:
    return {
        "pseudonym": one.pseudonym, "state_text": PARTS[one.state], "window": one.window, "version": one.version,
        "wish_text": WISHES[one.wish], "runs": one.state in ("active", "paused", "accepted"),
    }  # fmt: skip


def _releases(who: Visitor, study_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "number": one.number, "state": one.state, "state_text": RELEASES[one.state], "done": one.done,
            "total": one.total, "participants": one.participants, "rows": one.rows, "hash": one.hash, "by": one.by,
            "at": who.look.local(one.built_at or one.ordered_at), "kb": one.bytes / 1000,
            "running": one.state in ("queued", "running"),
        }
        for one in queries.releases(who.actor, study_id)
    ]  # fmt: skip


def release_list(request: HttpRequest, who: Visitor, study_id: UUID) -> HttpResponse:
    """The ledger of releases alone, for a page that waits for one."""
    study = queries.view_of(queries.mine(who.actor, study_id))
    return page(request, "web/parts/releases.html", "access", {"study": study, "releases": _releases(who, study_id)})


def research_act(request: HttpRequest, who: Visitor, study_id: UUID, act: str) -> HttpResponse:
    """One of the page's forms. Raises NotFound for another act."""
    try:
        told = _acted(request, who, study_id, act)
    except InvalidInput as wrong:
        return _page(request, who, study_id, wrong)
    messages.success(request, told)
    left = act == "remove" and request.POST.get("researcher") == str(who.actor.subject)
    return see_other("studies") if left else see_other("research", study_id)


def _acted(request: HttpRequest, who: Visitor, study_id: UUID, act: str) -> str:
    if act == "approval":
        wish = forms.parse_form(forms.EnterApproval, request.POST)
        actions.approve(who.actor, study_id, Approval(wish.number, wish.on, wish.document))
        return gettext("Kept.")
    if act == "file":
        sent = request.FILES.get("file")
        actions.attach(who.actor, study_id, sent.read() if sent else b"")
        return gettext("Kept.")
    if act == "text":
        actions.word(who.actor, study_id, forms.parse_form(forms.WordConsent, request.POST).text)
        return gettext("Kept as a new version.")
    if act == "message":
        message = forms.parse_form(forms.WriteMessage, request.POST)
        actions.write(who.actor, study_id, message.pseudonym, message.text)
        return gettext("Sent.")
    if act == "state":
        wanted = forms.parse_form(forms.SetStudyState, request.POST).state
        (actions.open_ if wanted == "open" else actions.close)(who.actor, study_id)
        return gettext("The study takes people now.") if wanted == "open" else gettext("The study takes nobody new.")
    if act == "remove":
        team.remove(who.actor, study_id, forms.parse_form(forms.NameResearcher, request.POST).researcher)
        return gettext("Removed. Their next request finds nothing.")
    if act not in ("recipient", "order", "name"):
        raise NotFound
    policy.check_fresh(request)
    if act == "name":
        team.name(who.actor, study_id, forms.parse_form(forms.NameResearcher, request.POST).researcher)
        return gettext("They run the study with you now.")
    if act == "recipient":
        actions.set_recipient(who.actor, study_id, forms.parse_form(forms.SetRecipient, request.POST).recipient)
        return gettext("Kept.")
    actions.order(who.actor, study_id)
    return gettext("Ordered. It is built in the background.")


def release_file(_request: HttpRequest, who: Visitor, study_id: UUID, number: int) -> HttpResponse:
    response = HttpResponse(queries.archive(who.actor, study_id, number), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="release-{number}.zip.age"'
    return response
