"""Time zones to choose from, and which one a newcomer probably lives in."""

from functools import lru_cache
from importlib.resources import files
from zoneinfo import available_timezones

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation.trans_real import parse_accept_lang_header

from nutshell.targets.types import NO_ZONE

UTC = "Etc/UTC"
"""UTC as somebody's choice; the other name of it, NO_ZONE, is what nobody chose."""
_REGIONS = (
    "Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"
)  # fmt: skip
_WHERE_MOST_LIVE = {
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent",
}  # fmt: skip
"""Countries of several zones of which nearly everybody lives in one. In the others nobody knows: no guess."""


def offered(current: str) -> list[tuple[str, str]]:
    """(name, text) for a list to choose from; that nothing is chosen yet stands first as long as it is so."""
    names = {UTC, *(zone for zone in available_timezones() if zone.startswith(_REGIONS))}
    unset = [(NO_ZONE, gettext("Not chosen yet: UTC"))] if current == NO_ZONE else []
    others = {current} - names - {NO_ZONE}
    return [*unset, (UTC, "UTC"), *((name, name.replace("_", " ")) for name in sorted({*names, *others} - {UTC}))]


def chosen(name: str) -> str:
    """What a form says, as it is kept: what is no zone is no choice."""
    return name if name in available_timezones() else NO_ZONE


def guess(request: HttpRequest) -> str:
    """By the first region that the browser's languages name ("de-AT"), where that region has one zone."""
    languages = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    regions = (language.rpartition("-")[2].upper() for language, _weight in languages if "-" in language)
    region = next(regions, "")
    return _WHERE_MOST_LIVE.get(region) or _of_countries().get(region, NO_ZONE)


@lru_cache(maxsize=1)
def _of_countries() -> dict[str, str]:
    """Zone of each country that has just one, from the time zone database's own list."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t")[0:3:2] for line in lines if not line.startswith("#")]
    countries = [country for country, _zone in pairs]
    return {country: zone for country, zone in pairs if countries.count(country) == 1}
