"""Settings: how to sign in, look and units, who the person is, what they aim at."""

from datetime import date
from typing import Any
from zoneinfo import available_timezones

import msgspec
from allauth.mfa.models import Authenticator
from django.conf import settings as configured
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nutshell import forms, gate
from nutshell.accounts import actions as accounts_actions
from nutshell.accounts import queries as accounts
from nutshell.catalog.types import Nutrient
from nutshell.common.aims import Aim
from nutshell.common.errors import InvalidInput
from nutshell.diary import meals
from nutshell.gate import Purpose
from nutshell.targets import actions as target_actions
from nutshell.targets import queries as targets
from nutshell.targets.energy import FORMULA_SOURCES, age_in_months
from nutshell.targets.types import Activity, BmrFormula, Condition, EnergyBudget, Profile, Sex, TargetSettings
from nutshell.targets.types import Source as References

from . import errors, rows, words
from . import look as looks
from .frame import Visitor, page, see_other
from .look import Look
from .measures import CM_PER_INCH, INCHES_PER_FOOT, KG_PER_LB, in_cm, in_kcal, in_kg

CARDS = (("week", _("Last 7 days")), ("water", _("Water")), ("note", _("Note")))
LANGUAGES = (("en", "English (US)"), ("en-gb", "English (UK)"))
"""Languages that all sentences are there in."""
REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
COOKIE_SECONDS = 365 * 24 * 3600


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
    hidden = _hidden(request.POST) if wrong else profile.hidden_cards
    energy = next((aim.minimum for aim in aims.aims if aim.nutrient == "208"), None)
    context = {
        "sign_in": _sign_in(request, who), "profile_line": _profile_line(who, profile),
        "targets_line": _targets_line(who, energy), "choices": _choices(profile, request.POST),
        "cards": [{"id": id_, "name": name, "on": id_ not in hidden} for id_, name in CARDS],
        "meals_text": request.POST.get("meals", "\n".join(who.look.names)),
        "errors": errors.fields_of(wrong) if wrong else {},
    }  # fmt: skip
    return page(request, "web/settings.html", "settings", context, 422 if wrong else 200)


def _sign_in(request: HttpRequest, who: Visitor) -> dict[str, Any]:
    kinds = list(Authenticator.objects.filter(user_id=who.actor.user_id).values_list("type", flat=True))
    return {
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN), "has_password": request.user.has_usable_password(),
        "second": Authenticator.Type.TOTP in kinds, "email": accounts.email_of(who.actor.user_id),
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
    feet, inches = _feet_and_inches(cm)
    return f"{feet}\u202fft {words.number(inches, 1)}\u202fin"


def _feet_and_inches(cm: float) -> tuple[int, float]:
    inches = round(cm / CM_PER_INCH, 1)
    return int(inches // INCHES_PER_FOOT), round(inches % INCHES_PER_FOOT, 1)


def _weight_text(look: Look, kg: float | None) -> str:
    if kg is None:
        return ""
    return f"{words.number(kg / KG_PER_LB, 1)}\u202flb" if look.measures == "us" else f"{words.number(kg, 1)}\u202fkg"


def _targets_line(who: Visitor, kcal: float | None) -> str:
    if kcal is None:
        return gettext("No energy target yet")
    unit, factor = rows.in_unit("kcal", who.look.energy)
    return gettext("%(amount)s %(unit)s a day") % {"amount": words.number(kcal * factor, 0), "unit": unit}


def _choices(profile: Profile, sent: QueryDict) -> list[dict[str, Any]]:
    zones = sorted({profile.zone, "UTC", *(zone for zone in available_timezones() if zone.startswith(REGIONS))})
    hours = [(f"{hour:02d}:00:00", f"{hour:02d}:00") for hour in range(7)]
    offered = (
        ("language", gettext("Language"), profile.language, list(LANGUAGES)),
        ("theme", gettext("Theme"), profile.theme, list(_THEMES)),
        ("energy_unit", gettext("Energy"), profile.energy_unit, [("kcal", "kcal"), ("kJ", "kJ")]),
        ("measures", gettext("Weights and lengths"), profile.measures, list(_MEASURES)),
        ("zone", gettext("Time zone"), profile.zone, [(zone, zone.replace("_", " ")) for zone in zones]),
        ("day_start", gettext("The day starts at"), f"{profile.day_start:%H:%M:%S}", hours),
    )  # fmt: skip
    return [
        {"name": name, "label": label, "value": sent.get(name, value), "options": options}
        for name, label, value, options in offered
    ]


_THEMES = (("system", _("As the device")), ("light", _("Light")), ("dark", _("Dark")))
_MEASURES = (("metric", _("Metric")), ("us", _("US")))


def _save_look(request: HttpRequest, who: Visitor) -> HttpResponse:
    sent = request.POST.copy()
    sent.setlist("hidden_cards", _hidden(sent))
    sent["shortcuts"] = "1" if "keys" in sent else "0"
    _check_language(sent)
    profile = _save_profile(request, who, sent)
    response = see_other("settings")
    response.set_cookie(
        configured.LANGUAGE_COOKIE_NAME, profile.language, max_age=COOKIE_SECONDS, secure=True, httponly=True,
        samesite=configured.LANGUAGE_COOKIE_SAMESITE,
    )  # fmt: skip
    messages.success(request, gettext("Saved."))
    return response


def _hidden(sent: QueryDict) -> list[str]:
    """Cards whose box is not ticked."""
    return [name for name, _card in CARDS if name not in sent.getlist("card")]


def _check_language(sent: QueryDict) -> None:
    if "language" in sent and sent["language"] not in dict(LANGUAGES):
        raise InvalidInput({"language": "This language is not known."})


def _save_profile(request: HttpRequest, who: Visitor, sent: QueryDict) -> Profile:
    """Keep what a form changed of the profile, and what pages need of it in the session."""
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.PROFILE_WRITE) as vault:
        vault.read(targets.addresses())
        before = targets.profile(vault)
        profile = _with_own_names(forms.parse_profile_form(sent, before))
        target_actions.save_profile(vault, profile, who.today())
    looks.keep(request, profile)
    accounts_actions.set_preferences(request.user, profile.language, _plain_theme(profile))
    return profile


def _with_own_names(profile: Profile) -> Profile:
    """A meal name that is only the translation of a usual one is kept as the usual one."""
    usual = {gettext(name): name for name in meals.NAMES}
    return msgspec.structs.replace(profile, meals=tuple(usual.get(name, name) for name in profile.meals))


def _plain_theme(profile: Profile) -> str:
    return "" if profile.theme == "system" else profile.theme


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
    Activity.NONE: _("None counted"), Activity.SEDENTARY: _("Mostly sitting"), Activity.LIGHT: _("Light"),
    Activity.MODERATE: _("Moderate"), Activity.VERY: _("Very active"),
}  # fmt: skip


def profile(request: HttpRequest, who: Visitor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _profile_page(request, who)
    try:
        sent = in_cm(in_kg(request.POST, who.look, ("weight",)), who.look, "feet", "inches", "height")
        _save_profile(request, who, sent)
    except InvalidInput as wrong:
        return _profile_page(request, who, wrong)
    messages.success(request, gettext("Saved. Targets from today on follow."))
    return see_other("settings")


def _profile_page(request: HttpRequest, who: Visitor, wrong: InvalidInput | None = None) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.PROFILE_READ) as vault:
        now = targets.profile(vault)
    told = errors.fields_of(wrong) if wrong else {}
    fields = _as_typed(_profile_fields(who.look, now), request.POST, told)
    return page(request, "web/profile.html", "settings", {"fields": fields, "errors": told}, 422 if wrong else 200)


Fields = list[dict[str, Any]]


def _as_typed(fields: Fields, sent: QueryDict, told: dict[str, str]) -> Fields:
    return [
        {**one, "value": sent.get(one["name"], one["value"]), "error": told.get(one["name"], "")} for one in fields
    ]  # fmt: skip


def _profile_fields(look: Look, now: Profile) -> Fields:
    born = now.birth_date.isoformat() if isinstance(now.birth_date, date) else ""
    return [
        {"name": "birth_date", "label": gettext("Born"), "value": born, "type": "date"},
        {"name": "sex", "label": gettext("Sex for the reference values"), "value": now.sex or "",
         "options": [("", gettext("Not said")), *((str(sex), name) for sex, name in _SEXES.items())]},
        *_height_fields(look, now.height),
        _weight_field(look, "weight", gettext("Weight"), now.weight),
        _number_field("body_fat", gettext("Body fat"), now.body_fat, "%", gettext("Only one formula needs it.")),
        {"name": "condition", "label": gettext("Pregnancy or breastfeeding"), "value": str(now.condition),
         "options": [(str(one), name) for one, name in _CONDITIONS.items()]},
        {"name": "activity", "label": gettext("Activity on an ordinary day"), "value": str(now.activity),
         "options": [(str(one), name) for one, name in _ACTIVITIES.items()]},
    ]  # fmt: skip


def _height_fields(look: Look, cm: float | None) -> Fields:
    if look.measures != "us":
        return [_number_field("height", gettext("Height"), cm, "cm")]
    feet, inches = _feet_and_inches(cm) if cm is not None else (None, None)
    return [
        _number_field("feet", gettext("Height, feet"), feet, gettext("ft")),
        _number_field("inches", gettext("Height, inches"), inches, gettext("in")),
    ]


def _weight_field(look: Look, name: str, label: str, kg: float | None, hint: str = "") -> dict[str, Any]:
    us = look.measures == "us"
    value = None if kg is None else round(kg / KG_PER_LB, 1) if us else kg
    return _number_field(name, label, value, gettext("lb") if us else "kg", hint)


def _number_field(name: str, label: str, value: float | None, unit: str = "", hint: str = "") -> dict[str, Any]:
    shown = {"name": name, "label": label, "value": words.typed(value), "unit": unit, "hint": hint}
    return {**shown, "inputmode": "decimal"}


# ---------- what they aim at ----------

ENERGY_FIELDS = ("own_budget", "own_bmr", "min-208", "max-208")
WEIGHT_FIELDS = ("goal_weight", "rate")


def aims(request: HttpRequest, who: Visitor) -> HttpResponse:
    if request.method in ("GET", "HEAD"):
        return _aims_page(request, who)
    try:
        sent = in_kg(in_kcal(request.POST, who.look, ENERGY_FIELDS), who.look, WEIGHT_FIELDS)
        with gate.enter(who.actor, owner=who.subject, purpose=Purpose.TARGETS_WRITE) as vault:
            wish = forms.parse_targets_form(sent, targets.settings(vault))
            target_actions.save_settings(vault, wish, who.today())
    except InvalidInput as wrong:
        return _aims_page(request, who, wrong)
    messages.success(request, gettext("Saved. They count from today on."))
    return see_other("settings_targets")


def _aims_page(request: HttpRequest, who: Visitor, wrong: InvalidInput | None = None) -> HttpResponse:
    with gate.enter(who.actor, owner=who.subject, purpose=Purpose.TARGETS_READ) as vault:
        vault.read(targets.addresses())
        facts, now = targets.profile(vault).facts, targets.settings(vault)
    told = errors.fields_of(wrong) if wrong else {}
    reference = targets.aims(facts, msgspec.structs.replace(now, limits=()), who.today())
    context = {
        "budget": _budget(targets.budget(facts, now, who.today())),
        "fields": _as_typed(_aim_fields(who.look, now), request.POST, told),
        "groups": _aim_groups(who.look, now, {aim.nutrient: aim for aim in reference.aims}, request.POST),
        "errors": told,
    }
    return page(request, "web/targets.html", "settings", context, 422 if wrong else 200)


def _budget(found: EnergyBudget) -> dict[str, Any]:
    rows_ = [{"name": gettext(part.name), "why": gettext(part.source), "kcal": part.kcal} for part in found.parts]
    note = " ".join(gettext(sentence) for sentence in found.warnings)
    return {"rows": rows_ if found.total is not None else [], "total": found.total, "note": note}


def _aim_fields(look: Look, now: TargetSettings) -> Fields:
    unit, factor = rows.in_unit("kcal", look.energy)
    effect = [("0", gettext("No")), ("1", gettext("Yes, a tenth of what you eat"))]
    return [
        {"name": "source", "label": gettext("Reference values"), "value": str(now.source),
         "options": [(str(one), one.value) for one in References]},
        {"name": "formula", "label": gettext("At rest by"), "value": str(now.formula),
         "options": [(str(one), gettext(FORMULA_SOURCES[one])) for one in BmrFormula]},
        _energy_field("own_bmr", gettext("Your own figure at rest"), now.own_bmr, unit, factor),
        _number_field("activity_factor", gettext("Your own activity factor"), now.activity_factor, "",
                      gettext("0.2 adds a fifth of the rest. Empty: by your activity.")),
        {"name": "thermic_effect", "label": gettext("Add what digesting takes"), "value": str(int(now.thermic_effect)),
         "options": effect},
        _weight_field(look, "goal_weight", gettext("Weight you aim at"), now.goal_weight),
        _weight_field(look, "rate", gettext("Weight a week"), now.rate, gettext("Minus to lose.")),
        _energy_field("own_budget", gettext("Your own energy target"), now.own_budget, unit, factor),
    ]  # fmt: skip


def _energy_field(name: str, label: str, kcal: float | None, unit: str, factor: float) -> dict[str, Any]:
    return _number_field(name, label, None if kcal is None else round(kcal * factor, 1), unit)


def _aim_groups(look: Look, now: TargetSettings, reference: dict[str, Aim], sent: QueryDict) -> list[dict[str, Any]]:
    own = {limit.nutrient: limit for limit in now.limits}
    return [
        {
            "name": rows.group_name(name),
            "open": any(one.id in own for one in some),
            "rows": [_aim_row(look, one, reference.get(one.id), own.get(one.id), sent) for one in some],
        }
        for name, some in rows.in_groups()
    ]


def _aim_row(look: Look, nutrient: Nutrient, aim: Aim | None, own: Any, sent: QueryDict) -> dict[str, Any]:
    unit, factor = rows.in_unit(nutrient.unit, look.energy)
    kept = {"min": own.minimum if own else None, "max": own.maximum if own else None}
    shown = {
        side: sent.get(f"{side}-{nutrient.id}", words.typed(None if value is None else round(value * factor, 4)))
        for side, value in kept.items()
    }
    return {
        "id": nutrient.id, "name": words.name_of(nutrient), "unit": unit, "reference": _reference(aim, factor),
        "minimum": shown["min"], "maximum": shown["max"],
    }  # fmt: skip


def _reference(aim: Aim | None, factor: float) -> str:
    """ "75 to 2,000, DRI RDA and DRI UL"."""
    if aim is None:
        return gettext("no reference")
    sides = [(aim.minimum, aim.origin), (aim.maximum, aim.maximum_origin)]
    amounts = [words.number(amount * factor, 1) for amount, _origin in sides if amount is not None]
    origins = dict.fromkeys(rows.origin_text(origin) for amount, origin in sides if amount is not None)
    if aim.minimum is None:
        amounts = [gettext("at most %(amount)s") % {"amount": amounts[0]}]
    return f"{gettext(' to ').join(amounts)}, {gettext(' and ').join(origins)}"
