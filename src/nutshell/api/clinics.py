"""Clinics: as a member, and as a client. All of it takes a session, never a bearer token."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest

from nutshell import forms
from nutshell.accounts import mail, policy
from nutshell.caseload import queries as caseload_queries
from nutshell.caseload.types import Caseload
from nutshell.clinics import clients, emergencies, held, joining, keys, members, notes, queries
from nutshell.clinics.types import Asked, AskedOf, ClientView, NewClient, NewInvitation
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.erasure import clinics as erasing
from nutshell.gate import ledger as ledgers
from nutshell.gate.types import Actor, LedgerLine, LedgerWish
from nutshell.grants.types import Terms

from . import shapes
from .requests import day_from, id_from
from .routing import Reply, Route


def _link(kind: str, made: NewInvitation) -> str:
    return f"{settings.NUTSHELL.origin}/clinics/{kind}/{made.id}/{made.secret}"


def _asked(clinic_name: str, wish: forms.AskFor) -> Asked:
    first = wish.first_day.isoformat() if wish.first_day else ""
    return Asked(clinic_name, tuple(wish.collections), wish.mode, first, wish.emergency)


# ---------- clinics and members ----------


def mine(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.Clinics(members.memberships(caller)))


def found(request: HttpRequest, caller: Actor) -> Reply:
    wish = forms.parse_json(forms.NameClinic, request.body)
    policy.check_fresh(request)
    return Reply(shapes.Made(str(members.found(caller, wish.name))), 201)


def read(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    acting = keys.acting(caller, id_from(clinic))
    altered = members.settle(acting)
    return Reply(shapes.Clinic(str(acting.clinic), acting.name, acting.role, members.members(acting), altered))


def rename(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    members.rename(caller, id_from(clinic), forms.parse_json(forms.NameClinic, request.body).name)
    return Reply(None, 204)


def close(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    policy.check_fresh(request)
    erasing.close(caller, id_from(clinic))
    return Reply(None, 204)


def invite(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    wish = forms.parse_json(forms.InviteMember, request.body)
    policy.check_fresh(request)
    acting = keys.acting(caller, id_from(clinic))
    link = _link("members", members.invite(caller, acting.clinic, wish.label, wish.role))
    mailed = mail.send_clinic_invitation(wish.email, acting.name, link) if wish.email else False
    return Reply(shapes.ClinicLink(link, mailed), 201)


def set_role(request: HttpRequest, caller: Actor, clinic: str, grant: str) -> Reply:
    wish = forms.parse_json(forms.ChangeMember, request.body)
    policy.check_fresh(request)
    return Reply(shapes.Made(str(members.set_role(caller, id_from(clinic), id_from(grant), wish.role))))


def end_member(request: HttpRequest, caller: Actor, clinic: str, grant: str) -> Reply:
    members.end(caller, id_from(clinic), id_from(grant))
    return Reply(None, 204)


def leave(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    members.leave(caller, id_from(clinic))
    return Reply(None, 204)


def member_asked(request: HttpRequest, caller: Actor, grant: str, secret: str) -> Reply:
    clinic, role = members.invited(caller, id_from(grant), secret)
    return Reply(shapes.MemberAsked(str(clinic.subject_id), clinic.name, role))


def member_accept(request: HttpRequest, caller: Actor, grant: str, secret: str) -> Reply:
    members.accept(caller, id_from(grant), secret)
    return Reply(None, 202)


def member_decline(request: HttpRequest, caller: Actor, grant: str, secret: str) -> Reply:
    members.decline(caller, id_from(grant), secret)
    return Reply(None, 204)


def ledger(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    acting = keys.acting(caller, id_from(clinic))
    found = ledgers.lines(acting.clinic_actor(), acting.clinic, acting.bundle(), LedgerWish(limit=200))
    return Reply(shapes.ClinicLedger([_line(one) for one in found.lines]))


def _line(one: LedgerLine) -> shapes.ClinicAct:
    return shapes.ClinicAct(one.at, one.kind, one.actor, one.name, one.reason)


# ---------- clients ----------


def client_list(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    return Reply(shapes.ClientList(queries.clients(keys.acting(caller, id_from(clinic)))))


def add_client(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    wish = forms.parse_json(forms.DescribeClient, request.body)
    made = clients.add(caller, id_from(clinic), [NewClient(wish.name, wish.group)])
    return Reply(shapes.Made(str(made[0])), 201)


def invite_table(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    wish = forms.parse_json(forms.InviteTable, request.body)
    policy.check_fresh(request)
    acting, found = keys.acting(caller, id_from(clinic)), forms.read_table(wish.table.encode())
    made = clients.add_and_invite(caller, acting.clinic, found, _asked(acting.name, wish))
    told = [_told(acting.name, one, new) for one, new in zip(found, made, strict=True)]
    return Reply(shapes.InvitedClients(told), 201)


def _told(clinic: str, one: NewClient, made: NewInvitation) -> shapes.InvitedClient:
    link = _link("join", made)
    mailed = mail.send_clinic_invitation(one.email, clinic, link) if one.email else False
    return shapes.InvitedClient(str(made.client), one.name, link, mailed)


def client(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    return Reply(queries.client(keys.acting(caller, id_from(clinic)), id_from(client)))


def edit_client(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    wish = forms.parse_json(forms.DescribeClient, request.body)
    clients.edit(caller, id_from(clinic), id_from(client), wish.name, wish.group)
    return Reply(None, 204)


def set_team(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    wish = forms.parse_json(forms.SetTeam, request.body)
    clients.set_team(caller, id_from(clinic), id_from(client), frozenset(wish.team))
    return Reply(None, 204)


def remove_client(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    clients.remove(caller, id_from(clinic), id_from(client))
    return Reply(None, 204)


def ask(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    wish = forms.parse_json(forms.AskClient, request.body)
    policy.check_fresh(request)
    acting = keys.acting(caller, id_from(clinic))
    link = _link("join", clients.invite(caller, acting.clinic, id_from(client), _asked(acting.name, wish)))
    mailed = mail.send_clinic_invitation(wish.email, acting.name, link) if wish.email else False
    return Reply(shapes.ClinicLink(link, mailed), 201)


def note_list(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    return Reply(shapes.ClinicalNotes(notes.of_client(keys.acting(caller, id_from(clinic)), id_from(client))))


def write_note(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    text = forms.parse_json(forms.WriteNote, request.body).text
    return Reply(shapes.Made(str(notes.write(caller, id_from(clinic), id_from(client), text))), 201)


def emergency(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    wish = forms.parse_json(forms.OpenInEmergency, request.body)
    policy.check_fresh(request)
    return Reply(shapes.Made(str(emergencies.begin(caller, id_from(clinic), id_from(client), wish.reason))), 201)


def review(request: HttpRequest, caller: Actor, clinic: str, client: str, emergency: str) -> Reply:
    wish = forms.parse_json(forms.ReviewEmergency, request.body)
    place = id_from(clinic), id_from(client), id_from(emergency)
    emergencies.review(caller, *place, wish.verdict, wish.comment)
    return Reply(None, 204)


def hold(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    return Reply(shapes.Made(str(held.make(caller, id_from(clinic), id_from(client)))), 201)


def drop_profile(request: HttpRequest, caller: Actor, clinic: str, client: str) -> Reply:
    policy.check_fresh(request)
    erasing.remove_profile(caller, id_from(clinic), id_from(client))
    return Reply(None, 204)


def caseload(request: HttpRequest, caller: Actor, clinic: str) -> Reply:
    last = day_from(request.GET["last"], "last") if "last" in request.GET else Day(clock.utc_day())
    return Reply(caseload_queries.caseload(caller, id_from(clinic), last))


# ---------- as a client ----------


def asked(request: HttpRequest, caller: Actor, invitation: str, secret: str) -> Reply:
    return Reply(joining.asked(caller, id_from(invitation), secret))


def join(request: HttpRequest, caller: Actor, invitation: str, secret: str) -> Reply:
    wish = forms.parse_json(forms.JoinClinic, request.body)
    policy.check_fresh(request)
    terms = Terms(wish.collections, wish.first_day, wish.last_day, wish.mode, expires_at=_end_of(wish.until))
    grant = erasing.join(caller, id_from(invitation), secret, terms, wish.emergency, wish.take_over)
    return Reply(shapes.Made(str(grant)), 201)


def _end_of(day: Day | None) -> datetime | None:
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None


def decline(request: HttpRequest, caller: Actor, invitation: str, secret: str) -> Reply:
    joining.decline(caller, id_from(invitation), secret)
    return Reply(None, 204)


def about_me(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.ClinicalNotes(notes.about_me(caller)))


_ONE = "/clinics/{clinic}"
_CLIENT = f"{_ONE}/clients/{{client}}"
ROUTES = (
    Route("GET", "/clinics", mine, "Clinics that I belong to", "session", answers=shapes.Clinics),
    Route("POST", "/clinics", found, "Found a clinic. Needs a fresh log-in", "session", takes=forms.NameClinic,
          answers=shapes.Made, status=201),
    Route("GET", _ONE, read, "A clinic and its members", "session", answers=shapes.Clinic),
    Route("PATCH", _ONE, rename, "Give it another name", "session", takes=forms.NameClinic, status=204),
    Route("DELETE", _ONE, close, "Close it: all that it keeps is erased. Needs a fresh log-in", "session", status=204),
    Route("POST", f"{_ONE}/members", invite, "Invite a member. Needs a fresh log-in", "session",
          takes=forms.InviteMember, answers=shapes.ClinicLink, status=201),
    Route("PATCH", f"{_ONE}/members/{{grant}}", set_role, "Another role: another membership. Needs a fresh log-in",
          "session", takes=forms.ChangeMember, answers=shapes.Made),
    Route("DELETE", f"{_ONE}/members/{{grant}}", end_member, "End a membership", "session", status=204),
    Route("DELETE", f"{_ONE}/membership", leave, "Leave it", "session", status=204),
    Route("GET", f"{_ONE}/ledger", ledger, "Who did what in the clinic, the last 200 acts", "session",
          answers=shapes.ClinicLedger),
    Route("GET", "/clinic-members/{grant}/{secret}", member_asked, "What an invitation to a clinic says", "session",
          answers=shapes.MemberAsked),
    Route("POST", "/clinic-members/{grant}/{secret}", member_accept, "Accept; an administrator's keys complete it",
          "session", status=202),
    Route("DELETE", "/clinic-members/{grant}/{secret}", member_decline, "Decline", "session", status=204),
    Route("GET", f"{_ONE}/clients", client_list, "Its clients", "session", answers=shapes.ClientList),
    Route("POST", f"{_ONE}/clients", add_client, "A new client on the list", "session", takes=forms.DescribeClient,
          answers=shapes.Made, status=201),
    Route("POST", f"{_ONE}/clients/table", invite_table, "Several clients, each asked. Needs a fresh log-in", "session",
          takes=forms.InviteTable, answers=shapes.InvitedClients, status=201),
    Route("GET", _CLIENT, client, "A client", "session", answers=ClientView),
    Route("PUT", _CLIENT, edit_client, "What the clinic calls them", "session", takes=forms.DescribeClient, status=204),
    Route("DELETE", _CLIENT, remove_client, "Off the list", "session", status=204),
    Route("PUT", f"{_CLIENT}/team", set_team, "Who may open what they share", "session", takes=forms.SetTeam,
          status=204),
    Route("POST", f"{_CLIENT}/invitations", ask, "Ask them to share. Needs a fresh log-in", "session",
          takes=forms.AskClient, answers=shapes.ClinicLink, status=201),
    Route("GET", f"{_CLIENT}/notes", note_list, "Clinical notes", "session", answers=shapes.ClinicalNotes),
    Route("POST", f"{_CLIENT}/notes", write_note, "Write one", "session", takes=forms.WriteNote, answers=shapes.Made,
          status=201),
    Route("POST", f"{_CLIENT}/emergencies", emergency, "Open it in an emergency. Needs a fresh log-in", "session",
          takes=forms.OpenInEmergency, answers=shapes.Made, status=201),
    Route("PATCH", f"{_CLIENT}/emergencies/{{emergency}}", review, "Say what you make of it", "session",
          takes=forms.ReviewEmergency, status=204),
    Route("POST", f"{_CLIENT}/profile", hold, "Keep a diary for a client without an account", "session",
          answers=shapes.Made, status=201),
    Route("DELETE", f"{_CLIENT}/profile", drop_profile, "Erase it. Needs a fresh log-in", "session", status=204),
    Route("GET", f"{_ONE}/caseload", caseload, "Who logged, and how they keep to their targets, in 14 days", "session",
          answers=Caseload, query=(("last", "string", "the last day, YYYY-MM-DD"),)),
    Route("GET", "/clinic-invitations/{invitation}/{secret}", asked, "What a clinic asks me for", "session",
          answers=AskedOf),
    Route("POST", "/clinic-invitations/{invitation}/{secret}", join, "Share with it. Needs a fresh log-in", "session",
          takes=forms.JoinClinic, answers=shapes.Made, status=201),
    Route("DELETE", "/clinic-invitations/{invitation}/{secret}", decline, "Decline", "session", status=204),
    Route("GET", "/clinical-notes", about_me, "What clinics noted about me", "session", answers=shapes.ClinicalNotes),
)  # fmt: skip
