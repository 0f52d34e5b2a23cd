"""Settings: how to sign in, look and units, who the person is, what they aim at."""

from datetime import date
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from nutshell import forms, gate
from nutshell.accounts import actions as accounts_actions
from nutshell.accounts import queries as accounts
from nutshell.accounts import sealing
from nutshell.common.aims import Aims
from nutshell.common.errors import InvalidInput
from nutshell.common.languages import LANGUAGES
from nutshell.diary import meals
from nutshell.gate import Purpose
from nutshell.targets import actions as target_actions
from nutshell.targets import queries as targets
from nutshell.targets.energy import age_in_months
from nutshell.targets.types import NO_ZONE, Activity, Condition, Profile, Sex

from . import errors, fields, words, zones
from . import look as looks
from .frame import Visitor, page, see_other
from .look import Look
from .measures import (
    energy_unit,
    feet_and_inches,
    in_cm,
    in_kg,
    untouched,
    weight_unit,
)

CARDS = (("week", _("Last 7 days")), ("water", _("Water")), ("note", _("Note")))


# ---------- the settings page ----------


def settings(request: HttpRequest, who: Visitor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _settings_page(request, who)
    try:
        return _save_look(request, who)
    except InvalidInput as wrong:
        return _settings_page(request, who, wrong)


def _settings_page(request: HttpRequest, who: Visitor, wrong: InvalidInput | None = None) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.TARGETS_READ) as vault:
        vault.read(targets.addresses())
        profile, aims = targets.profile(vault), targets.in_force(vault, who.today())
    looks.named(request, who.look)
    hidden = _hidden(request.POST) if "zone" in request.POST else profile.hidden_cards
    energy = next((aim.minimum for aim in aims.aims if aim.nutrient == "208"), None)
    told = errors.fields_of(wrong, who.look) if wrong else {}
    context = {
        "sign_in": _sign_in(request, who), "profile_line": _profile_line(who, profile),
        "targets_line": _targets_line(who, energy), "macros_line": _macros_line(aims),
        "name": fields.as_typed([_name_field(request)], request.POST, told)[0],
        "choices": fields.as_typed(_choices(profile), request.POST, told), "no_zone": profile.zone == NO_ZONE,
        "cards": [{"id": id_, "name": name, "on": id_ not in hidden} for id_, name in CARDS],
        "meals_text": request.POST.get("meals", "\n".join(who.look.names)), "errors": told,
    }  # fmt: skip
    return page(request, "web/settings.html", "settings", context, 422 if wrong else 200)


def _name_field(request: HttpRequest) -> fields.Field:
    hint = gettext("How you want to be called. Without one, pages show your e-mail address to you.")
    name = request.user.display_name
    return {"name": "display_name", "label": gettext("Display name"), "value": name, "hint": hint, "longest": 60}


def name(request: HttpRequest, who: Visitor) -> HttpResponse:
    """How the person wants to be called; an empty field takes the name away."""
    try:
        wish = forms.parse_form(forms.SetName, request.POST)
        accounts_actions.set_display_name(request.user, wish.display_name or "")
    except InvalidInput as wrong:
        return _settings_page(request, who, wrong)
    looks.named(request, who.look)
    messages.success(request, gettext("Saved."))
    return see_other("settings")


def _sign_in(request: HttpRequest, who: Visitor) -> dict[str, Any]:
    return {
        **accounts.ways_in(request.user), "email": accounts.email_of(who.actor.user_id),
        "sealed": sealing.is_sealed(request.user),
        "sessions": len(accounts.sessions(who.actor.user_id, request.session.handle)),
    }  # fmt: skip


def _profile_line(who: Visitor, profile: Profile) -> str:
    parts = []
    if profile.birth_date:
        parts.append(gettext("%(n)d years") % {"n": age_in_months(profile.birth_date, who.today()) // 12})
    if profile.sex:
        parts.append(str(_SEXES[profile.sex]))
    parts += [text for text in (_height_text(who.look, profile.height), _weight_text(who.look, profile.weight)) if text]
    return ", ".join(parts) or gettext("Nothing told yet")


def _height_text(look: Look, cm: float | None) -> str:
    if cm is None:
        return ""
    if look.measures != "us":
        return f"{words.number(cm, 0)}\u202fcm"
    feet, inches = feet_and_inches(cm)
    return f"{feet}\u202fft {words.number(inches, 1)}\u202fin"


def _weight_text(look: Look, kg: float | None) -> str:
    if kg is None:
        return ""
    unit, factor = weight_unit(look)
    return f"{words.number(kg * factor, 1)}\u202f{unit}"


def _targets_line(who: Visitor, kcal: float | None) -> str:
    if kcal is None:
        return gettext("No energy target yet")
    unit, factor = energy_unit(who.look)
    return gettext("%(amount)s %(unit)s a day") % {"amount": words.number(kcal * factor, 0), "unit": unit}


def _macros_line(aims: Aims) -> str:
    """Today's protein, carbohydrate and fat, as far as they are aimed at."""
    found = {aim.nutrient: aim for aim in aims.aims}
    named = (("203", gettext("protein")), ("205", gettext("carbs")), ("net-carbs", gettext("net carbs")),
             ("204", gettext("fat")))  # fmt: skip
    told = [
        f"{words.number(amount, 0)}\u202fg {name}"
        for nutrient, name in named
        if nutrient in found and (amount := found[nutrient].minimum or found[nutrient].maximum) is not None
    ]
    return ", ".join(told) or gettext("Follow the reference")


def _choices(profile: Profile) -> fields.Fields:
    hours = [(f"{hour:02d}:00:00", f"{hour:02d}:00") for hour in range(7)]
    zone_hint = gettext("Decides when your day begins.")
    language_hint = gettext("Names of foods and portions stay English, as their table has them.")
    return [
        fields.choice("language", gettext("Language"), profile.language, LANGUAGES, language_hint),
        fields.choice("theme", gettext("Theme"), profile.theme, _THEMES),
        fields.choice("energy_unit", gettext("Energy"), profile.energy_unit, (("kcal", "kcal"), ("kJ", "kJ"))),
        fields.choice("measures", gettext("Weights and lengths"), profile.measures, _MEASURES),
        fields.choice("zone", gettext("Time zone"), profile.zone, zones.offered(profile.zone), zone_hint),
        fields.choice("day_start", gettext("The day starts at"), f"{profile.day_start:%H:%M:%S}", hours),
    ]


_THEMES = (("system", _("As the device")), ("light", _("Light")), ("dark", _("Dark")))
_MEASURES = (("metric", _("Metric: kg, cm, ml")), ("us", _("US: lb, ft and in, fl oz")))


def _save_look(request: HttpRequest, who: Visitor) -> HttpResponse:
    sent = request.POST.copy()
    sent.setlist("hidden_cards", _hidden(sent))
    sent["shortcuts"] = "1" if "keys" in sent else "0"
    _save_profile(request, who, sent)
    messages.success(request, gettext("Saved."))
    return see_other("settings")


def _hidden(sent: QueryDict) -> list[str]:
    """Cards whose box is not ticked."""
    return [name for name, _card in CARDS if name not in sent.getlist("card")]


def _save_profile(request: HttpRequest, who: Visitor, sent: QueryDict) -> Profile:
    """Keep what a form changed of the profile, and what pages need of it in the session."""
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.PROFILE_WRITE) as vault:
        vault.read(targets.addresses())
        before = targets.profile(vault)
        profile = _with_own_names(forms.parse_profile_form(sent, before))
        target_actions.save_profile(vault, profile, who.today())
    looks.keep(request, profile)
    return profile


def _with_own_names(profile: Profile) -> Profile:
    """A meal name that is only the translation of a usual one is kept as the usual one."""
    usual = {gettext(name): name for name in meals.NAMES}
    return msgspec.structs.replace(profile, meals=tuple(usual.get(name, name) for name in profile.meals))


def keys(request: HttpRequest, who: Visitor) -> HttpResponse:
    """Single-key shortcuts on or off, from the sheet that lists them."""
    _save_profile(request, who, QueryDict(f"shortcuts={int(request.POST.get('keys') == 'on')}"))
    return see_other("today")


# ---------- who the person is ----------

_SEXES = {Sex.FEMALE: _("Female"), Sex.MALE: _("Male")}
_CONDITIONS = {
    Condition.NONE: _("None"), Condition.FIRST_TRIMESTER: _("Pregnant, months 1 to 3"),
    Condition.SECOND_TRIMESTER: _("Pregnant, months 4 to 6"), Condition.THIRD_TRIMESTER: _("Pregnant, months 7 to 9"),
    Condition.LACTATING_EARLY: _("Breastfeeding, first six months"),
    Condition.LACTATING_LATE: _("Breastfeeding, after six months"),
}  # fmt: skip
_ACTIVITIES = {
    Activity.NONE: _("None counted"), Activity.SEDENTARY: _("Mostly sitting"),
    Activity.LIGHT: pgettext_lazy("activity", "Light"),
    Activity.MODERATE: _("Moderate"), Activity.VERY: _("Very active"),
}  # fmt: skip


def profile(request: HttpRequest, who: Visitor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _profile_page(request, who)
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.PROFILE_READ) as vault:
        now = targets.profile(vault)
    try:
        _save_profile(request, who, _in_metric(who.look, request.POST, now))
    except InvalidInput as wrong:
        return _profile_page(request, who, wrong)
    messages.success(request, gettext("Saved. Targets from today on follow."))
    return see_other("settings")


def _in_metric(look: Look, typed: QueryDict, now: Profile) -> QueryDict:
    sent = in_cm(in_kg(typed, look, ("weight",)), look, "feet", "inches", "height")
    sent = untouched(sent, typed, fields.shown_amounts([_weight_field(look, now)]))
    feet_as_shown = {one["name"]: one["value"] for one in fields.height(look, now.height)}
    if now.height is not None and feet_as_shown == {name: typed.get(name) for name in feet_as_shown}:
        sent["height"] = repr(now.height)
    return sent


def _profile_page(request: HttpRequest, who: Visitor, wrong: InvalidInput | None = None) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.PROFILE_READ) as vault:
        now = targets.profile(vault)
    told = errors.fields_of(wrong, who.look) if wrong else {}
    if who.look.measures == "us" and "height" in told:
        told["feet"] = told.pop("height")
    shown = fields.as_typed(_profile_fields(who.look, now), request.POST, told)
    return page(request, "web/profile.html", "settings", {"fields": shown, "errors": told}, 422 if wrong else 200)


def _profile_fields(look: Look, now: Profile) -> fields.Fields:
    born = now.birth_date.isoformat() if isinstance(now.birth_date, date) else ""
    sexes = [("", gettext("Not said")), *((str(sex), name) for sex, name in _SEXES.items())]
    conditions = [(str(one), name) for one, name in _CONDITIONS.items()]
    activities = [(str(one), name) for one, name in _ACTIVITIES.items()]
    return [
        {"name": "birth_date", "label": gettext("Born"), "value": born, "type": "date"},
        fields.choice("sex", gettext("Sex for the reference values"), now.sex or "", sexes),
        *fields.height(look, now.height),
        _weight_field(look, now),
        fields.number("body_fat", gettext("Body fat"), now.body_fat, "%", gettext("Only one formula needs it.")),
        fields.choice("condition", gettext("Pregnancy or breastfeeding"), str(now.condition), conditions),
        fields.choice("activity", gettext("Activity on an ordinary day"), str(now.activity), activities),
    ]


def _weight_field(look: Look, now: Profile) -> fields.Field:
    return fields.weight(look, "weight", gettext("Weight"), now.weight)
