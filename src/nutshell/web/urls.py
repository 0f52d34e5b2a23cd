"""This door's routes. Everything asks for a sign-in unless its name stands in PUBLIC."""

from datetime import date

from django.urls import URLPattern, path, register_converter

from nutshell.common import clock

from . import (
    access,
    add,
    aims,
    archive,
    caseload,
    clients,
    clinics,
    close,
    consent,
    contacts,
    day,
    disclosures,
    entry,
    food,
    foods,
    frozen,
    joining,
    language,
    ledger,
    macros,
    nutrients,
    officer,
    public,
    rekeying,
    research,
    sealing,
    sent,
    settings,
    several,
    sharing,
    studies,
    their_report,
    their_targets,
    theirs,
    trends,
    you,
)
from .frame import ACT, BOTH, READ, View, private, signed_in
from .frame import public as for_everybody

PUBLIC = frozenset(
    ("home", "privacy", "security", "receipt", "receipt_file", "robots", "security_txt", "manifest", "language")
)
BEFORE_KEYS = frozenset(("consent", "consent_withdraw", "unlock"))
"""Open to the signed-in who have no keys yet, or have not opened them."""
FROZEN = frozenset(("frozen", "account_export", "requests", "disagree"))
"""Open to the signed-in whose account is frozen, too."""


class DayConverter:
    """A day between 1900 and 2199 in an address; anything else is an address where nothing is."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> clock.Day:
        return clock.parse_day(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")


def _route(where: str, view: View, name: str, methods: tuple[str, ...] = READ) -> URLPattern:
    if name in FROZEN:
        return path(where, signed_in(view, methods, even_frozen=True), name=name)
    wrap = for_everybody if name in PUBLIC else signed_in if name in BEFORE_KEYS else private
    return path(where, wrap(view, methods), name=name)


_DAY = "day/<day:date>"
_CLINIC = "clinics/<uuid:clinic>"
_THEIRS = "people/<uuid:subject>/day/<day:date>"
_ENTRY = f"{_DAY}/entries/<uuid:entry_id>"

urlpatterns = [
    _route("", public.home, "home"),
    _route("privacy", public.privacy, "privacy"),
    _route("security", public.security, "security"),
    _route("robots.txt", public.robots, "robots"),
    _route(".well-known/security.txt", public.security_txt, "security_txt"),
    _route("manifest.webmanifest", public.manifest, "manifest"),
    _route("language", language.chosen, "language", ACT),
    _route("today", day.today, "today"),
    _route("today/add", add.today_add, "today_add"),
    _route(_DAY, day.day, "day"),
    _route(f"{_DAY}/", day.with_slash, "day_with_slash"),
    _route(f"{_DAY}/add", add.add, "add"),
    _route(f"{_DAY}/hits", add.hits, "hits"),
    _route(f"{_DAY}/entries", add.entries, "entries", ACT),
    _route(_ENTRY, entry.entry, "entry", BOTH),
    _route(f"{_DAY}/chosen", day.chosen, "chosen", ACT),
    _route(f"{_DAY}/copy", day.copy, "copy"),
    _route(f"{_DAY}/order", day.order, "order", ACT),
    _route(f"{_DAY}/several", several.several, "several", BOTH),
    _route(f"{_DAY}/complete", day.complete, "complete", ACT),
    _route(f"{_DAY}/water", day.water, "water", ACT),
    _route(f"{_DAY}/note", day.note, "note", ACT),
    _route(f"{_DAY}/changes", day.changes, "changes"),
    _route("today/nutrients", nutrients.today, "nutrients"),
    _route(f"{_DAY}/nutrients", nutrients.nutrients, "day_nutrients"),
    _route("undo/<day:date>/<uuid:act>", day.undo, "undo", ACT),
    _route("trends", trends.trends, "trends"),
    _route("foods", foods.foods, "foods"),
    _route("foods/new", food.new, "food_new", BOTH),
    _route("foods/repeats/<uuid:repeat_id>/stop", foods.repeat_stop, "repeat_stop", ACT),
    _route("foods/<str:food_id>", food.food, "food"),
    _route("foods/<str:food_id>/edit", food.edit, "food_edit", BOTH),
    _route("foods/<str:food_id>/favourite", food.favourite, "favourite", ACT),
    _route("foods/<str:food_id>/send", sent.send, "food_send", BOTH),
    _route("foods/<str:food_id>/copy", food.copy, "food_copy", ACT),
    _route("you", you.you, "you"),
    _route("keyboard", you.keyboard, "keyboard"),
    _route("access", access.access, "access"),
    _route("access/share", sharing.share_new, "share_new", BOTH),
    _route("access/stop", sharing.stop_all, "stop_all", BOTH),
    _route("access/ledger", ledger.ledger, "ledger"),
    _route("access/ledger/file", ledger.file, "ledger_file"),
    _route("access/disclosures", disclosures.disclosures, "disclosures"),
    _route("access/disclosures/file", disclosures.file, "disclosures_file"),
    _route("access/closed", sharing.closed, "closed", ACT),
    _route("access/grants/<uuid:grant_id>/change", sharing.grant_change, "grant_change", BOTH),
    _route("access/grants/<uuid:grant_id>/<str:act>", sharing.grant_act, "grant_act", ACT),
    _route("invited/<uuid:grant_id>/<str:secret>", sharing.invited, "invited", BOTH),
    _route("people/grants/<uuid:grant_id>/leave", sharing.leave, "leave", ACT),
    _route("people/sent/<uuid:item_id>/<str:act>", sent.answer, "sent_answer", ACT),
    _route("people", theirs.people, "people"),
    _route("people/contacts/<uuid:contact_id>/<str:act>", contacts.contact_act, "contact_act", ACT),
    _route("settings/sealed/contacts/<uuid:contact_id>/stop", contacts.contact_stop, "contact_stop", ACT),
    _route(_THEIRS, theirs.day, "their_day"),
    _route("people/<uuid:subject>/report", their_report.their_report, "their_report"),
    _route("people/<uuid:subject>/trends", trends.their_trends, "their_trends"),
    _route("people/<uuid:subject>/targets", their_targets.their_targets, "their_targets"),
    _route("people/<uuid:subject>/targets/change", aims.their_aims, "their_aims", BOTH),
    _route("people/<uuid:subject>/targets/macros", macros.their_macros, "their_macros", BOTH),
    _route(f"{_THEIRS}/complete", theirs.complete, "their_complete", ACT),
    _route(f"{_THEIRS}/note", theirs.note, "their_note", BOTH),
    _route(f"{_THEIRS}/nutrients", theirs.their_nutrients, "their_nutrients"),
    _route(f"{_THEIRS}/add", theirs.add_page, "their_add"),
    _route(f"{_THEIRS}/hits", theirs.hits, "their_hits"),
    _route(f"{_THEIRS}/entries", theirs.entries, "their_entries", ACT),
    _route(f"{_THEIRS}/entries/<uuid:entry_id>", theirs.their_entry, "their_entry", BOTH),
    _route(f"{_THEIRS}/undo/<uuid:act>", theirs.undo, "their_undo", ACT),
    _route("studies", studies.studies, "studies"),
    _route("studies/new", research.study_new, "study_new", BOTH),
    _route("studies/<uuid:study_id>", studies.study, "study"),
    _route("studies/<uuid:study_id>/approval", studies.approval_file, "approval_file"),
    _route("studies/<uuid:study_id>/part", studies.take_part, "take_part", BOTH),
    _route("studies/<uuid:study_id>/part/copy", studies.consent_copy, "consent_copy"),
    _route("studies/<uuid:study_id>/part/<str:act>", studies.study_act, "study_act", ACT),
    _route("studies/<uuid:study_id>/run", research.research, "research"),
    _route("studies/<uuid:study_id>/run/change", research.study_change, "study_change", BOTH),
    _route("studies/<uuid:study_id>/run/releases", research.release_list, "release_list"),
    _route("studies/<uuid:study_id>/run/releases/<int:number>", research.release_file, "release_file"),
    _route("studies/<uuid:study_id>/run/<str:act>", research.research_act, "research_act", ACT),
    _route("clinics", clinics.clinics, "clinics"),
    _route("clinics/new", clinics.clinic_new, "clinic_new", BOTH),
    _route("clinics/members/<uuid:grant>/<str:secret>", clinics.member_asked, "member_asked", BOTH),
    _route("clinics/join/<uuid:invitation>/<str:secret>", joining.join, "clinic_join", BOTH),
    _route(_CLINIC, caseload.clinic, "clinic"),
    _route(f"{_CLINIC}/members", clinics.clinic_members, "clinic_members"),
    _route(f"{_CLINIC}/members/invite", clinics.member_invite, "member_invite", BOTH),
    _route(f"{_CLINIC}/members/<uuid:grant>/<str:act>", clinics.member_act, "member_act", ACT),
    _route(f"{_CLINIC}/ledger", clinics.clinic_ledger, "clinic_ledger"),
    _route(f"{_CLINIC}/close", clinics.clinic_close, "clinic_close", BOTH),
    _route(f"{_CLINIC}/clients/new", clients.client_new, "client_new", BOTH),
    _route(f"{_CLINIC}/clients/table", clients.clients_table, "clients_table", BOTH),
    _route(f"{_CLINIC}/clients/<uuid:client>", clients.client, "client"),
    _route(f"{_CLINIC}/clients/<uuid:client>/ask", clients.client_ask, "client_ask", BOTH),
    _route(f"{_CLINIC}/clients/<uuid:client>/emergency", clients.client_emergency, "client_emergency", BOTH),
    _route(f"{_CLINIC}/clients/<uuid:client>/<str:act>", clients.client_act, "client_act", ACT),
    _route(f"{_CLINIC}/<str:act>", clinics.clinic_act, "clinic_act", ACT),
    _route("access/clinical-notes", joining.clinical_notes, "clinical_notes"),
    _route("access/tokens/new", access.token_new, "token_new", BOTH),
    _route("access/tokens/<uuid:token_id>/stop", access.token_stop, "token_stop", ACT),
    _route("access/sessions/end", access.sessions_end, "sessions_end", ACT),
    _route("access/sessions/<uuid:session_id>/end", access.session_end, "session_end", ACT),
    _route("settings", settings.settings, "settings", BOTH),
    _route("settings/profile", settings.profile, "settings_profile", BOTH),
    _route("settings/targets", aims.aims, "settings_targets", BOTH),
    _route("settings/targets/undo", aims.undo, "targets_undo", ACT),
    _route("settings/macros", macros.macros, "settings_macros", BOTH),
    _route("settings/sealed", sealing.sealed_account, "sealed_account", BOTH),
    _route("settings/new-keys", rekeying.new_keys, "new_keys", BOTH),
    _route("settings/name", settings.name, "settings_name", ACT),
    _route("settings/keys", settings.keys, "settings_keys", ACT),
    _route("consent/<slug:document>", consent.consent, "consent", BOTH),
    _route("consent/<slug:document>/withdraw", consent.withdraw, "consent_withdraw", BOTH),
    _route("unlock", sealing.unlock, "unlock", BOTH),
    _route("account/close", close.account_close, "account_close", BOTH),
    _route("account/frozen", frozen.frozen, "frozen", BOTH),
    _route("account/requests", officer.requests, "requests", BOTH),
    _route("account/requests/disagree", officer.disagree, "disagree", ACT),
    _route("account/restrict", frozen.restrict, "restrict", BOTH),
    _route("account/export", archive.account_export, "account_export", BOTH),
    _route("account/import", archive.account_import, "account_import", BOTH),
    _route("account/receipt/<str:text>", close.receipt, "receipt"),
    _route("account/receipt/<str:text>/file", close.receipt_file, "receipt_file"),
]
