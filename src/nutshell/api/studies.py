"""Studies: as their researcher, and as a participant. All of it takes a session, never a bearer token."""

import base64

from django.http import HttpRequest

from nutshell import forms
from nutshell.accounts import policy
from nutshell.gate.types import Actor
from nutshell.studies import actions, joining, queries, team
from nutshell.studies.types import Approval, Copy, Draft, Read, StudyView, Taking, Window

from . import shapes
from .requests import day_from, id_from
from .routing import Reply, Route

PDF = "application/pdf"
SAVED_PDF = {
    "Content-Disposition": 'attachment; filename="ethics-approval.pdf"', "X-Content-Type-Options": "nosniff",
}  # fmt: skip
"""Saved, never shown here: somebody else made it."""


def _draft(wish: forms.WriteStudy) -> Draft:
    return Draft(wish.title, wish.protocol, wish.contact, wish.nutrients, wish.first_day, wish.last_day)


def _window(wish: forms.StudyWindow) -> Window:
    return Window(wish.first_day, wish.last_day)


# ---------- as a researcher ----------


def founded(request: HttpRequest, caller: Actor) -> Reply:
    return Reply(shapes.StudyLists(queries.founded(caller), queries.takings(caller)))


def found(request: HttpRequest, caller: Actor) -> Reply:
    wish = forms.parse_json(forms.WriteStudy, request.body)
    policy.check_fresh(request)
    study_id = actions.found(caller, _draft(wish))
    return Reply(queries.study(caller, study_id), 201)


def read(request: HttpRequest, caller: Actor, study: str) -> Reply:
    return Reply(queries.study(caller, id_from(study)))


def change(request: HttpRequest, caller: Actor, study: str) -> Reply:
    actions.change(caller, id_from(study), _draft(forms.parse_json(forms.WriteStudy, request.body)))
    return Reply(None, 204)


def approve(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.EnterApproval, request.body)
    actions.approve(caller, id_from(study), Approval(wish.number, wish.on, wish.document))
    return Reply(None, 204)


def attach(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.AttachFile, request.body, forms.MOST_WITH_FILE)
    actions.attach(caller, id_from(study), wish.content)
    return Reply(None, 204)


def approval_file(request: HttpRequest, caller: Actor, study: str) -> Reply:
    return Reply(queries.approval_file(caller, id_from(study)), headers=SAVED_PDF, media=PDF)


def word(request: HttpRequest, caller: Actor, study: str) -> Reply:
    version = actions.word(caller, id_from(study), forms.parse_json(forms.WordConsent, request.body).text)
    return Reply(shapes.StudyVersion(version), 201)


def set_state(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.SetStudyState, request.body)
    (actions.open_ if wish.state == "open" else actions.close)(caller, id_from(study))
    return Reply(None, 204)


def set_recipient(request: HttpRequest, caller: Actor, study: str) -> Reply:
    policy.check_fresh(request)
    actions.set_recipient(caller, id_from(study), forms.parse_json(forms.SetRecipient, request.body).recipient)
    return Reply(None, 204)


def researchers(request: HttpRequest, caller: Actor, study: str) -> Reply:
    return Reply(shapes.Researchers(team.colleagues(caller, id_from(study))))


def name_researcher(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.NameResearcher, request.body)
    policy.check_fresh(request)
    team.name(caller, id_from(study), wish.researcher)
    return Reply(shapes.Researchers(team.colleagues(caller, id_from(study))), 201)


def remove_researcher(request: HttpRequest, caller: Actor, study: str, researcher: str) -> Reply:
    """Without a fresh proof: to end somebody must be quick."""
    team.remove(caller, id_from(study), id_from(researcher))
    return Reply(None, 204)


def participants(request: HttpRequest, caller: Actor, study: str) -> Reply:
    found = queries.participants(caller, id_from(study))
    return Reply(shapes.Participants(list(found.people), found.few))


def write(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.WriteMessage, request.body)
    actions.write(caller, id_from(study), wish.pseudonym, wish.text)
    return Reply(None, 204)


def releases(request: HttpRequest, caller: Actor, study: str) -> Reply:
    return Reply(shapes.Releases(queries.releases(caller, id_from(study))))


def order(request: HttpRequest, caller: Actor, study: str) -> Reply:
    policy.check_fresh(request)
    return Reply(shapes.ReleaseOrdered(actions.order(caller, id_from(study))), 202)


def archive(request: HttpRequest, caller: Actor, study: str, number: str) -> Reply:
    sealed = queries.archive(caller, id_from(study), int(number) if number.isdecimal() and len(number) < 9 else 0)
    return Reply(shapes.Archive(base64.b64encode(sealed).decode()))


# ---------- as a participant ----------


def preview(request: HttpRequest, caller: Actor, study: str) -> Reply:
    window = Window(*(day_from(request.GET.get(name, ""), name) for name in ("first_day", "last_day")))
    return Reply(shapes.Preview(joining.preview(caller, id_from(study), window)))


def taking(request: HttpRequest, caller: Actor, study: str) -> Reply:
    return Reply(queries.taking(caller, id_from(study)))


def take_part(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.TakePart, request.body)
    policy.check_fresh(request)
    joining.take_part(caller, id_from(study), Read(wish.version, wish.terms), _window(wish))
    return Reply(queries.taking(caller, id_from(study)), 201)


def pause(request: HttpRequest, caller: Actor, study: str) -> Reply:
    wish = forms.parse_json(forms.SetPaused, request.body)
    (joining.pause if wish.paused else joining.resume)(caller, id_from(study))
    return Reply(None, 204)


def withdraw(request: HttpRequest, caller: Actor, study: str) -> Reply:
    joining.withdraw(caller, id_from(study), forms.parse_json(forms.Withdraw, request.body).wish)
    return Reply(queries.taking(caller, id_from(study)))


def copy(request: HttpRequest, caller: Actor, study: str) -> Reply:
    return Reply(queries.copy(caller, id_from(study)))


_SPAN = (("first_day!", "string", "first day"), ("last_day!", "string", "last day"))
ROUTES = (
    Route("GET", "/studies", founded, "Studies that I run, and those that I take part in", "session",
          answers=shapes.StudyLists),
    Route("POST", "/studies", found, "Found a study. Needs a fresh log-in", "session", takes=forms.WriteStudy,
          answers=StudyView, status=201),
    Route("GET", "/studies/{study}", read, "What a study is about", "session", answers=StudyView),
    Route("PUT", "/studies/{study}", change, "Change it, before it is opened", "session", takes=forms.WriteStudy,
          status=204),
    Route("PUT", "/studies/{study}/approval", approve, "Enter the ethics approval", "session",
          takes=forms.EnterApproval, status=204),
    Route("PUT", "/studies/{study}/approval/file", attach, "Its document: a PDF of at most 1 MB, Base64", "session",
          takes=forms.AttachFile, status=204),
    Route("GET", "/studies/{study}/approval/file", approval_file, "The approval's document, to save", "session",
          media=PDF),
    Route("POST", "/studies/{study}/texts", word, "A new version of what participants agree to", "session",
          takes=forms.WordConsent, answers=shapes.StudyVersion, status=201),
    Route("PATCH", "/studies/{study}", set_state, "Open it, or close it to new people", "session",
          takes=forms.SetStudyState, status=204),
    Route("PUT", "/studies/{study}/recipient", set_recipient,
          "The age key that releases are encrypted to. Needs a fresh log-in", "session", takes=forms.SetRecipient,
          status=204),
    Route("GET", "/studies/{study}/researchers", researchers, "Who runs it", "session", answers=shapes.Researchers),
    Route("POST", "/studies/{study}/researchers", name_researcher,
          "As its founder: let somebody with whom I share run it, too. Needs a fresh log-in", "session",
          takes=forms.NameResearcher, answers=shapes.Researchers, status=201),
    Route("DELETE", "/studies/{study}/researchers/{researcher}", remove_researcher,
          "End that at once: as its founder, or one's own", "session", status=204),
    Route("GET", "/studies/{study}/participants", participants, "Who takes part, by pseudonym", "session",
          answers=shapes.Participants),
    Route("POST", "/studies/{study}/messages", write, "Write to a participant", "session", takes=forms.WriteMessage,
          status=204),
    Route("GET", "/studies/{study}/releases", releases, "The release ledger, with progress", "session",
          answers=shapes.Releases),
    Route("POST", "/studies/{study}/releases", order, "Order a release. Needs a fresh log-in", "session",
          answers=shapes.ReleaseOrdered, status=202),
    Route("GET", "/studies/{study}/releases/{number}", archive, "A built release, encrypted (age)", "session",
          answers=shapes.Archive),
    Route("GET", "/studies/{study}/preview", preview, "Just what would be sent of me", "session",
          answers=shapes.Preview, query=_SPAN),
    Route("GET", "/studies/{study}/part", taking, "My part in it", "session", answers=Taking),
    Route("POST", "/studies/{study}/part", take_part, "Take part. Needs a fresh log-in", "session",
          takes=forms.TakePart, answers=Taking, status=201),
    Route("PATCH", "/studies/{study}/part", pause, "Pause, or go on", "session", takes=forms.SetPaused, status=204),
    Route("DELETE", "/studies/{study}/part", withdraw, "Withdraw", "session", takes=forms.Withdraw, answers=Taking),
    Route("GET", "/studies/{study}/part/copy", copy, "The signed copy of my consent", "session", answers=Copy),
)  # fmt: skip
