"""The access ledger: who read or changed what, when, under which grant. A page of its own, and files to take along."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms
from nutshell.common import clock
from nutshell.common.clock import Day
from nutshell.common.errors import InvalidInput
from nutshell.gate import queries
from nutshell.gate.types import LedgerLine, LedgerWish
from nutshell.grants import queries as grants

from . import errors, words
from .access_people import NAMES, PURPOSES
from .frame import Visitor, page
from .look import initials

LATEST = 20
A_PAGE = 50
TOLD = "told"
KINDS = (
    ("", _("Everything")), ("read", _("Looks")), ("change", _("Changes by others")), ("refused", _("Refusals")),
    ("log-in", _("Sign-ins")), ("grant", _("Sharing")), ("security", _("Ways to sign in, and apps")),
    ("data", _("Consents and data")), ("clinic", _("Clinics")), ("keys", _("Keys that were handed out")),
)  # fmt: skip


def latest(who: Visitor) -> list[dict[str, Any]]:
    """What the page "Who can see what" shows of it: the last lines, by day."""
    return _by_day(who, queries.ledger(who.actor, LedgerWish(kind=TOLD, limit=LATEST)).lines)


def ledger(request: HttpRequest, who: Visitor) -> HttpResponse:
    """One page of lines. Bad filters come back with a sentence each, and no lines."""
    try:
        asked, told = _asked(request), dict[str, str]()
    except InvalidInput as wrong:
        asked, told = forms.LedgerQuery(), errors.fields_of(wrong)
    found = queries.ledger(who.actor, _wish(who, asked, A_PAGE))
    context = {
        "days": [] if told else _by_day(who, found.lines), "filter": _filter(request, who), "errors": told,
        "older_url": _url(request, "ledger", before=found.next) if found.next and not told else "",
        "csv_url": _url(request, "ledger_file", format="csv"), "json_url": _url(request, "ledger_file", format="json"),
        "is_first": not asked.before, "first_url": _url(request, "ledger"),
    }  # fmt: skip
    return page(request, "web/ledger.html", "access", context, 422 if told else 200)


def _asked(request: HttpRequest) -> forms.LedgerQuery:
    query = request.GET.copy()
    query.pop("format", None)
    return forms.parse_query(forms.LedgerQuery, query)


def _wish(who: Visitor, asked: forms.LedgerQuery, limit: int) -> LedgerWish:
    """Days are those of the person's calendar."""
    until = asked.last + timedelta(days=1) if asked.last else None
    since, until_moment = _start(who, asked.first), _start(who, until)
    return LedgerWish(asked.who, asked.kind or TOLD, since, until_moment, asked.grant, asked.before, limit)


def _start(who: Visitor, day: Day | None) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(who.look.zone)) if day else None


def _filter(request: HttpRequest, who: Visitor) -> dict[str, Any]:
    """The form, with what was chosen."""
    known = {str(one.grantee): one.name or one.label for one in grants.given(who.actor) if one.grantee}
    people = [("", gettext("Everybody")), ("me", gettext("You")), *known.items(), ("machine", gettext("Machines"))]
    chosen = {name: request.GET.get(name, "") for name in ("who", "kind", "from", "to")}
    return {
        "who": [{"id": id_, "name": name, "chosen": id_ == chosen["who"]} for id_, name in people],
        "kinds": [{"id": id_, "name": name, "chosen": id_ == chosen["kind"]} for id_, name in KINDS],
        "first": chosen["from"], "last": chosen["to"], "is_on": any(chosen.values()),
    }  # fmt: skip


def _url(request: HttpRequest, name: str, **more: object) -> str:
    kept = {key: value for key in ("who", "kind", "from", "to", "grant") if (value := request.GET.get(key))}
    query = urlencode({**kept, **more})
    return reverse(name) + (f"?{query}" if query else "")


# ---------- files ----------


def file(request: HttpRequest, who: Visitor) -> HttpResponse:
    """All lines that the filter leaves, as a table or as JSON. Times carry their zone."""
    wish, zone = _wish(who, _asked(request), 0), ZoneInfo(who.look.zone)
    if request.GET.get("format") == "json":
        found = queries.ledger(who.actor, wish).lines
        lines = [msgspec.structs.replace(one, at=one.at.astimezone(zone)) for one in found]
        return _attached(msgspec.json.encode({"items": lines}), "application/json", "json")
    return _attached(queries.ledger_csv(who.actor, wish, zone), "text/csv; charset=utf-8; header=present", "csv")


def _attached(body: bytes, media: str, ending: str) -> HttpResponse:
    name = f'attachment; filename="nutshell-ledger-{clock.utc_day().isoformat()}.{ending}"'
    return HttpResponse(body, content_type=media, headers={"Content-Disposition": name})


# ---------- one line ----------


def _by_day(who: Visitor, lines: Iterable[LedgerLine]) -> list[dict[str, Any]]:
    days = groupby(lines, key=lambda line: who.look.date_of(line.at))
    return [{"title": _day_title(who, date), "rows": [_line(who, one) for one in some]} for date, some in days]


def _day_title(who: Visitor, date: Day) -> str:
    if date == who.today():
        return gettext("Today")
    if date == who.today() - timedelta(days=1):
        return gettext("Yesterday")
    return words.short_day(date) if date.year == who.today().year else f"{words.short_day(date)} {date.year}"


SAID = {
    "login": _("You signed in"), "login-refused": _("A sign-in was refused"), "logout": _("You signed out"),
    "session-ended": _("A device was signed out"), "step-up": _("You confirmed who you are"),
    "password-changed": _("Your password was changed"), "password-reset": _("Your password was reset"),
    "factor-added": _("A way to sign in was added"), "factor-removed": _("A way to sign in was removed"),
    "account-sealed": _("Your account was sealed"), "account-unsealed": _("Your account was unsealed"),
    "keys-renewed": _("You made new keys"),
    "passkey-key-added": _("A passkey was let open your sealed account"),
    "passkey-key-removed": _("Passkeys were stopped from opening your sealed account"),
    "recovery-code-made": _("A new recovery code was made"),
    "recovery-code-used": _("Your recovery code was used"),
    "address-changed": _("Your e-mail address was changed"), "token-made": _("A token was made"),
    "token-ended": _("A token was stopped"), "consent-given": _("You gave a consent"),
    "consent-withdrawn": _("You withdrew a consent"), "erase-ordered": _("You ordered the removal of everything"),
    "erase-taken-back": _("You took the removal back"), "restricted": _("You froze your account"),
    "restriction-lifted": _("You lifted the freeze of your account"), "keys-made": _("Your keys were made"),
    "export": _("Your data was exported"), "import": _("Data was imported"), "erase": _("Data was erased"),
    "grant-offered": _("You made an invitation"),
    "grant-made": _("Access was given"), "grant-ended": _("Access was ended"), "grant-paused": _("Access was paused"),
    "grant-renewed": _("Somebody you share with has new keys"),
    "grant-resumed": _("Access goes on"), "grant-changed": _("What is shared was changed"),
    "member-invited": _("Somebody was invited to a clinic"), "member-joined": _("Somebody joined a clinic"),
    "member-left": _("Somebody left a clinic"), "team-changed": _("The team of a client was changed"),
    "client-invited": _("A client was asked to share"),
    "copy-sent": _("You sent a copy of a food"), "study-release": _("You ordered a release of a study"),
    "study-researcher": _("You were made a researcher of a study, or are none any more"),
    "contact-named": _("You named a trusted contact"), "contact-removed": _("You removed a trusted contact"),
    "contact-started": _("A trusted contact began a recovery"), "contact-stopped": _("You stopped a recovery"),
    "contact-used": _("The code of a trusted contact opened the account"),
    "unlocked": _("Wrong guesses were forgiven"), "restored": _("A backup was restored"),
    "fetch": _("The key store handed out a key"),
}  # fmt: skip
_OPERATORS = {
    "account-disabled": _("An operator disabled your account"),
    "account-enabled": _("An operator let you sign in again"),
}
_REQUESTS = {
    "made": _("You asked the data-protection officer"), "read": _("Your request to the officer was read"),
    "extended": _("Your request to the officer takes longer"), "answered": _("The officer answered you"),
    "accepted": _("The officer accepted what you asked for"), "denied": _("The officer did not accept it"),
    "disagreed": _("You disagreed with the officer"), "rebutted": _("The officer answered your disagreement"),
}  # fmt: skip
_BY_REASON = {"operator-act": _OPERATORS, "request": _REQUESTS}
_BY_NAME = {
    "emergency-opened": _("%(name)s opened your diary in an emergency"),
    "emergency-reviewed": _("%(name)s looked at an emergency"),
    "clinical-note": _("%(name)s wrote a clinical note about you"),
}  # fmt: skip
_ENDS = {
    "revoked": _("You stopped it"), "withdrawn": _("You took it back"), "declined": _("It was declined"),
    "left": _("They gave it up"), "expired": _("It ran out"), "erased": _("Their account was erased"),
}  # fmt: skip
_REFUSED = frozenset(("login-refused", "access-refused"))


def _line(who: Visitor, line: LedgerLine) -> dict[str, Any]:
    name = (line.name or gettext("Somebody")) if line.by == "person" else ""
    return {
        "initials": initials(who.look.name) if line.by == "me" else initials(name), "me": line.by == "me",
        "icon": "server" if line.by == "machine" else "", "refused": line.kind in _REFUSED,
        "text": _text(line, name),
        "more": " · ".join(_more(line)), "time": f"{who.look.local(line.at):%H:%M}",
        "day_url": _changes_url(line),
    }  # fmt: skip


def _text(line: LedgerLine, name: str) -> str:
    if line.collection:
        return _opened(line, name)
    if line.kind in _BY_NAME:
        return str(_BY_NAME[line.kind]) % {"name": name or gettext("You")}
    if line.kind in _BY_REASON:
        return str(_BY_REASON[line.kind].get(line.reason, line.reason))
    return str(SAID.get(line.kind, line.kind))


def _opened(line: LedgerLine, name: str) -> str:
    told = {"name": name, "what": str({"notes": _("Notes"), **NAMES}.get(line.collection, line.collection)).lower()}
    if line.kind == "access-refused":
        wish = gettext("%(name)s was refused your %(what)s")
        return (gettext("%(name)s may not change your %(what)s, and was refused") if line.writes else wish) % told
    if line.writes:
        return gettext("%(name)s opened your %(what)s to change it") % told
    return gettext("%(name)s opened your %(what)s") % told


def _more(line: LedgerLine) -> list[str]:
    """The days that somebody looked at (sealed to the owner until here), and under which grant."""
    about = (
        list(line.about)
        if line.kind in _BY_NAME
        else [gettext(" to ").join(map(_day, one.split("/"))) for one in line.about]
    )
    ends = str(_ENDS[line.reason]) if line.kind == "grant-ended" and line.reason in _ENDS else ""
    purpose = str(dict(PURPOSES).get(line.purpose, "")) if line.collection else ""
    grant = gettext("Grant: %(label)s") % {"label": line.label} if line.grant and line.label else ""
    return [text for text in (*about, ends, grant, purpose) if text]


def _day(text: str) -> str:
    try:
        date = clock.parse_day(text)
    except ValueError:
        return text
    return words.short_day(date)


def _changes_url(line: LedgerLine) -> str:
    """Where the owner reads and undoes what was changed."""
    if line.kind != "access" or not line.writes or line.collection != "diary" or len(line.about) != 1:
        return ""
    try:
        return reverse("changes", args=[clock.parse_day(line.about[0])])
    except ValueError:
        return ""
