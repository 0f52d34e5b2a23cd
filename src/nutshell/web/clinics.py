"""Clinics: my clinics, the caseload, members and roles, what happened."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.accounts import mail, policy
from nutshell.clinics import emergencies, keys, members
from nutshell.clinics import policy as rules
from nutshell.clinics.keys import Acting
from nutshell.clinics.types import NewInvitation
from nutshell.common.errors import InvalidInput, NotFound
from nutshell.erasure import clinics as erasing
from nutshell.gate import ledger as ledgers
from nutshell.gate.types import LedgerWish

from . import errors
from .frame import Visitor, page, see_other
from .ledger import SAID
from .look import initials

ROLES = {
    "administrator": _("Administrator"), "clinician": _("Clinician"), "assistant": _("Assistant"),
}  # fmt: skip
ROLES_TOLD = (
    ("administrator", _("Members, roles and everything below")),
    ("clinician", _("Opens diaries of clients, writes in them and clinical notes")),
    ("assistant", _("Keeps the list of clients and invites them; opens no diary")),
)
STATES = {"offered": _("Invited"), "accepted": _("Accepted, being completed"), "active": "", "paused": _("Paused")}
DONE = {"name": _("Kept."), "leave": _("You belong to this clinic no more.")}
LINES = 100


def frame_of(acting: Acting, place: str) -> dict[str, Any]:
    """What every page of a clinic says: its name, my role, where else there is."""
    opens = acting.role != "assistant"
    tabs = [("caseload", "clinic", _("Clients")), ("members", "clinic_members", _("Members and roles"))]
    if acting.role == "administrator":
        tabs.append(("ledger", "clinic_ledger", _("What happened")))
    return {
        "clinic": {
            "id": acting.clinic, "name": acting.name, "role": ROLES[acting.role], "opens": opens,
            "administers": acting.role == "administrator",
            "tabs": [
                {"name": name, "url": reverse(to, args=[acting.clinic]), "here": id_ == place} for id_, to, name in tabs
            ],
        }
    }  # fmt: skip


def told_of(altered: int) -> dict[str, int]:
    """The band above the page, where something is not as it was left."""
    return {"altered": altered} if altered else {}


def link_of(kind: str, made: NewInvitation) -> str:
    return f"{settings.NUTSHELL.origin}{reverse(kind, args=[made.id, made.secret])}"


def sent(name: str, acting: Acting, email: str | None, link: str) -> dict[str, str]:
    """An invitation as it is shown this once."""
    mailed = bool(email) and mail.send_clinic_invitation(email or "", acting.name, link)
    return {"name": name, "link": link, "mailed_to": (email or "") if mailed else ""}


# ---------- mine ----------


def clinics(request: HttpRequest, who: Visitor) -> HttpResponse:
    found = [
        {"name": one.name, "role": ROLES[one.role] if one.role else "", "url": reverse("clinic", args=[one.clinic]),
         "waits": one.role is None}
        for one in members.memberships(who.actor)
    ]  # fmt: skip
    return page(request, "web/clinics.html", "clinics", {"clinics": found})


def clinic_new(request: HttpRequest, who: Visitor) -> HttpResponse:
    policy.check_fresh(request)
    if request.method != "POST":
        return page(request, "web/clinic_new.html", "clinics", {"name": ""})
    try:
        made = members.found(who.actor, forms.parse_form(forms.NameClinic, request.POST).name)
    except InvalidInput as wrong:
        typed = {"name": request.POST.get("name", ""), "errors": errors.fields_of(wrong)}
        return page(request, "web/clinic_new.html", "clinics", typed, 422)
    messages.success(request, gettext("The clinic is founded. Invite its members and clients."))
    return see_other("clinic_members", made)


def clinic_act(request: HttpRequest, who: Visitor, clinic: UUID, act: str) -> HttpResponse:
    """Another name, or leaving."""
    if act == "name":
        try:
            members.rename(who.actor, clinic, forms.parse_form(forms.NameClinic, request.POST).name)
        except InvalidInput as wrong:
            return _members_page(request, who, clinic, wrong)
    elif act == "leave":
        members.leave(who.actor, clinic)
    else:
        raise NotFound
    messages.success(request, str(DONE[act]))
    return see_other("clinics") if act == "leave" else see_other("clinic_members", clinic)


def clinic_close(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    """Cannot be undone, so it is asked once more, of whom has just proved who they are."""
    policy.check_fresh(request)
    acting = keys.acting(who.actor, clinic)
    rules.check_role(acting.role, "administrator")
    if request.method != "POST":
        return page(request, "web/clinic_close.html", "clinics", frame_of(acting, "members"))
    erasing.close(who.actor, clinic)
    messages.success(request, gettext("The clinic is erased, with all that it kept."))
    return see_other("clinics")


# ---------- members ----------


def clinic_members(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    return _members_page(request, who, clinic)


def _members_page(request: HttpRequest, who: Visitor, clinic: UUID, wrong: InvalidInput | None = None) -> HttpResponse:
    acting = keys.acting(who.actor, clinic)
    altered = members.settle(acting)
    context = {
        **frame_of(acting, "members"), **told_of(altered), "roles": list(ROLES.items()), "roles_told": ROLES_TOLD,
        "members": [_member(one, who) for one in members.members(acting)],
        "name": request.POST.get("name", acting.name), "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/clinic_members.html", "clinics", context, 422 if wrong else 200)


def _member(one: Any, who: Visitor) -> dict[str, Any]:
    name = one.name or gettext("Somebody")
    return {
        "id": str(one.grant), "name": name, "initials": initials(name), "role": one.role, "role_text": ROLES[one.role],
        "state_text": STATES[one.state], "me": one.subject == who.subject, "is_member": one.subject is not None,
    }  # fmt: skip


def member_invite(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    """The link is in the one answer and nowhere else."""
    policy.check_fresh(request)
    acting = keys.acting(who.actor, clinic)
    rules.check_role(acting.role, "administrator")
    if request.method != "POST":
        return _invite_page(request, acting)
    try:
        wish = forms.parse_form(forms.InviteMember, request.POST)
        made = members.invite(who.actor, clinic, wish.label, wish.role)
    except InvalidInput as wrong:
        return _invite_page(request, acting, wrong=wrong)
    return _invite_page(request, acting, sent(wish.label, acting, wish.email, link_of("member_asked", made)))


def _invite_page(
    request: HttpRequest, acting: Acting, made: dict[str, str] | None = None, wrong: InvalidInput | None = None
) -> HttpResponse:
    context = {
        **frame_of(acting, "members"), "made": made, "roles": list(ROLES.items()),
        "typed": {name: request.POST.get(name, "") for name in ("label", "email", "role")},
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/member_invite.html", "clinics", context, 422 if wrong else 200)


def member_act(request: HttpRequest, who: Visitor, clinic: UUID, grant: UUID, act: str) -> HttpResponse:
    if act == "end":
        members.end(who.actor, clinic, grant)
        messages.success(request, gettext("Ended. Their next request is refused."))
    elif act == "role":
        policy.check_fresh(request)
        members.set_role(who.actor, clinic, grant, forms.parse_form(forms.ChangeMember, request.POST).role)
        messages.success(request, gettext("Kept."))
    else:
        raise NotFound
    return see_other("clinic_members", clinic)


def member_asked(request: HttpRequest, who: Visitor, grant: UUID, secret: str) -> HttpResponse:
    """What the link of an invitation to belong to a clinic opens."""
    clinic, role = members.invited(who.actor, grant, secret)
    if request.method != "POST":
        told = dict(ROLES_TOLD)[role]
        asked = {"name": clinic.name, "role": ROLES[role], "told": told}
        return page(request, "web/member_asked.html", "clinics", {"asked": asked})
    if request.POST.get("act") == "decline":
        members.decline(who.actor, grant, secret)
        messages.success(request, gettext("Declined."))
        return see_other("clinics")
    members.accept(who.actor, grant, secret)
    messages.success(request, gettext("Accepted. It opens when an administrator of the clinic has looked in."))
    return see_other("clinics")


# ---------- what happened ----------


def clinic_ledger(request: HttpRequest, who: Visitor, clinic: UUID) -> HttpResponse:
    """The clinic's own ledger; administrators only."""
    acting = keys.acting(who.actor, clinic)
    found = ledgers.lines(acting.clinic_actor(), acting.clinic, acting.bundle(), LedgerWish(limit=LINES))
    lines = [
        {"at": who.look.wall(one.at), "text": TOLD.get(one.kind) or SAID.get(one.kind, one.kind),
         "name": one.name or gettext("Somebody")}
        for one in found.lines
        if one.by == "person"
    ]  # fmt: skip
    waiting = [
        {"name": client.name, "reason": one.reason, "url": reverse("client", args=[clinic, client.id])}
        for client, one in emergencies.waiting(acting)
    ]
    context = {**frame_of(acting, "ledger"), "lines": lines, "waiting": waiting}
    return page(request, "web/clinic_ledger.html", "clinics", context)


TOLD = {
    "emergency-opened": _("opened a client in an emergency"), "emergency-reviewed": _("looked at an emergency"),
    "clinical-note": _("wrote a clinical note"), "member-invited": _("invited a member"),
    "member-joined": _("joined, or gave another role"), "member-left": _("left, or ended a membership"),
    "team-changed": _("changed the team of a client"), "client-invited": _("asked a client to share"),
    "access": _("opened records of the clinic"),
}  # fmt: skip
"""After the name of who did it."""
