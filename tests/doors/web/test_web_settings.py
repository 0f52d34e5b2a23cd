"""Settings, profile, targets, macros: a name, units everywhere, a zone that is asked for, grams before they count."""

import re
from pathlib import Path

import pytest
from django.test import Client
from tests.doors.web.people import (
    ALICE,
    EGG,
    OATS,
    PASSPHRASE,
    agree,
    browser,
    day_url,
    entry_urls,
    field,
    log,
    text_of,
)
from tests.doors.web.test_web_pages import OF_A_DAY, PLAIN

import nutshell
from nutshell.accounts.models import User
from nutshell.common import clock
from nutshell.forms import sentences as say
from nutshell.targets import policy
from nutshell.web import measures
from nutshell.web.look import Look

pytestmark = pytest.mark.django_db(databases=["default", "records"])
ABOUT = {"birth_date": "1992-03-14", "sex": "female", "height": "168", "weight": "62", "activity": "light"}
LOOK = {"card": ["water", "week", "note"], "keys": "on"}
RATIO = {"0-mode": "ratio", "0-ratio-protein": "30", "0-ratio-carbohydrate": "40", "0-ratio-fat": "30"}
THIN = "\u202f"


def words_of(page: str) -> str:
    """What is read: without tags, scripts and the country names of time zones."""
    page = re.sub(r"<(script|option|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", page))


def summary_of(page: str) -> str:
    return words_of(re.search(r'<div class="summary".*?</div>', page, re.DOTALL)[0])


def table_of(page: str) -> str:
    return words_of(re.search(r'id="follows".*?</section>', page, re.DOTALL)[0])


# ---------- a name ----------


def test_a_display_name_stands_where_the_address_stood_and_goes_again(alice: Client) -> None:
    assert f'<bdi class="cut">{ALICE}</bdi>' in text_of(alice.get(day_url()))
    assert alice.post("/settings/name", {"display_name": "  Alice Lindqvist "}).status_code == 303
    for url in (day_url(), "/you", "/settings", "/trends"):
        page = text_of(alice.get(url))
        assert '<bdi class="cut">Alice Lindqvist</bdi>' in page, url
        assert ">AL</span>" in page, url
    assert ALICE not in text_of(alice.get("/you"))
    assert field(text_of(alice.get("/settings")), "display_name") == "Alice Lindqvist"
    assert alice.post("/settings/name", {"display_name": ""}).status_code == 303
    assert f'<bdi class="cut">{ALICE}</bdi>' in text_of(alice.get("/you"))


@pytest.mark.parametrize(
    "name",
    [
        "x" * 61,
        "a\nb",
        "a\0b",
        "a\u0007b",
        "a\u202eb",
        "a\u2066b",
        "a\u200fb",
        "\u200d",
        "a\u2028b",
        "a\u200bb",
        "\ufffd",
    ],
)
def test_what_is_no_name_is_refused_and_not_kept(alice: Client, name: str) -> None:
    alice.post("/settings/name", {"display_name": "Alice"})
    refused = alice.post("/settings/name", {"display_name": name})
    assert refused.status_code == 422
    assert 'href="#f-display_name"' in text_of(refused)
    assert User.objects.get().display_name == "Alice"


@pytest.mark.parametrize(
    "name", ["Zoë", "李小龍", "O'Brien-Smith", "\u0645\u06cc\u200c\u062e\u0648", "Ann 🌰", "<b>Al</b>", "x" * 60]
)
def test_names_of_all_scripts_are_names(alice: Client, name: str) -> None:
    assert alice.post("/settings/name", {"display_name": name}).status_code == 303
    assert User.objects.get().display_name == name
    assert "<b>Al" not in text_of(alice.get("/you"))


def test_a_name_set_elsewhere_shows_on_the_you_page(alice: Client) -> None:
    other = browser()
    other.post("/account/login/", {"login": ALICE, "password": PASSPHRASE})
    assert ALICE in text_of(other.get("/you"))
    alice.post("/settings/name", {"display_name": "Alice"})
    assert ALICE not in text_of(other.get("/you"))


# ---------- a time zone ----------


def test_the_day_page_says_that_it_is_in_utc_until_a_zone_is_chosen(newcomer: Client) -> None:
    agree(newcomer, zone="")
    assert 'href="/settings#f-zone"' in text_of(newcomer.get(day_url()))
    settings = text_of(newcomer.get("/settings"))
    assert '<option value="UTC" selected>Not chosen yet: UTC</option>' in settings
    newcomer.post("/settings", {**LOOK, "zone": "Europe/Oslo"})
    assert "#f-zone" not in text_of(newcomer.get(day_url()))
    assert "Not chosen yet" not in text_of(newcomer.get("/settings"))


def test_who_lives_by_utc_can_say_so(newcomer: Client) -> None:
    agree(newcomer, zone="Etc/UTC")
    assert "#f-zone" not in text_of(newcomer.get(day_url()))


@pytest.mark.parametrize(
    ("languages", "zone"),
    [
        ("de-AT,de;q=0.9", "Europe/Vienna"),
        ("en-GB", "Europe/London"),
        ("de-DE,en;q=0.5", "Europe/Berlin"),
        ("de,en-GB;q=0.5", "Europe/London"),
        ("en-US,en;q=0.9", "UTC"),
        ("zh-Hans-CN", "Asia/Shanghai"),
        ("", "UTC"),
        ("xx-ZZ, ;;;, \u00e9", "UTC"),
        ("*", "UTC"),
    ],
)
def test_the_consent_page_guesses_the_zone_by_the_region_of_the_browsers_language(
    newcomer: Client, languages: str, zone: str
) -> None:
    page = text_of(newcomer.get("/consent/health-data", headers={"accept-language": languages}))
    assert re.search(r'<select[^>]*name="zone" data-zone', page)
    assert re.findall(r'<option value="([^"]+)" selected>', page) == [zone]


def test_a_zone_stays_chosen_when_the_box_was_forgotten(newcomer: Client) -> None:
    refused = newcomer.post("/consent/health-data", {"version": "1", "zone": "Asia/Tokyo"})
    page = text_of(refused)
    assert refused.status_code == 422
    assert '<option value="Asia/Tokyo" selected>' in page
    assert "data-zone" not in page


def test_a_day_is_made_of_an_instant_by_the_clock_alone() -> None:
    """Nobody else turns moments into days: `.date()` of a moment forgets where the person is."""
    rooms = ("accounts", "api", "diary", "erasure", "forms", "gate", "targets", "web")
    files = [path for room in rooms for path in (Path(nutshell.__file__).parent / room).rglob("*.py")]
    assert len(files) > 50
    made = [
        path.name
        for path in files
        if re.search(r"\.date\(\)|date\.today\(|fromtimestamp\([^)]*\)\.date", path.read_text())
    ]
    assert made == []


# ---------- units ----------


def as_us(client: Client, energy: str = "kJ") -> None:
    assert client.post("/settings", {**LOOK, "measures": "us", "energy_unit": energy}).status_code == 303


def test_a_person_who_chose_kj_and_us_units_reads_no_kcal_kg_cm_or_ml(alice: Client) -> None:
    alice.post("/settings/profile", ABOUT)
    alice.post("/settings/targets", {"goal_weight": "58", "rate": "-0.5", "own_bmr": "1400"})
    as_us(alice)
    log(alice)
    log(alice, EGG, "2", "1")
    alice.post(f"{day_url()}/entries", {"name": "Cake", "energy": "1000", "meal": "snacks"})
    alice.post(f"{day_url()}/water", {"add": "236.6"})
    pages = [*PLAIN, "/settings/macros", *(day_url() + rest for rest in OF_A_DAY)]
    pages += entry_urls(text_of(alice.get(day_url())))
    metric = re.compile(r"[\d\s](kcal|kg|cm|ml)\b")
    for url in pages:
        if url in ("/privacy", "/security", "/consent/health-data"):
            continue
        read = words_of(text_of(alice.get(url, follow=True)))
        found = {read[max(0, hit.start() - 30) : hit.end() + 20] for hit in metric.finditer(read)}
        assert {text for text in found if "US: lb" not in text and "Metric: kg" not in text} == set(), url


def test_heights_and_weights_left_as_they_are_keep_their_exact_amounts(alice: Client) -> None:
    """Targets that did not change begin no new period."""
    alice.post("/settings/profile", ABOUT)
    alice.post("/settings/targets", {"goal_weight": "58.3", "own_budget": "1777", "min-255": "2345", "rate": "-0.4"})
    as_us(alice)
    for url in ("/settings/profile", "/settings/targets"):
        page = text_of(alice.get(url))
        names = re.findall(r'<input class="input"[^>]* name="([^"]+)"', page)
        same = {name: field(page, name) for name in names}
        same |= dict(re.findall(r'<select[^>]* name="([^"]+)".*?<option value="([^"]*)" selected', page, re.DOTALL))
        assert alice.post(url, same).status_code == 303
    alice.post("/settings", {**LOOK, "measures": "metric", "energy_unit": "kcal"})
    profile, targets = text_of(alice.get("/settings/profile")), text_of(alice.get("/settings/targets"))
    assert (field(profile, "height"), field(profile, "weight")) == ("168", "62")
    assert [field(targets, name) for name in ("goal_weight", "own_budget", "min-255", "rate")] == [
        "58.3", "1777", "2345", "-0.4",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "sent", "sentence", "place"),
    [
        ("/settings/profile", {"weight": "1434"}, "from 2.3 to 1,433 lb", "weight"),
        ("/settings/profile", {"feet": "9", "inches": "3"}, "from 1 ft to 9 ft 2 in", "feet"),
        ("/settings/profile", {"feet": "x", "inches": ""}, "from 1 ft to 9 ft 2 in", "feet"),
        ("/settings/targets", {"goal_weight": "2"}, "from 2.3 to 1,433 lb", "goal_weight"),
        ("/settings/targets", {"rate": "-3.4"}, "from -3.3 to 3.3 lb a week", "rate"),
        ("/settings/targets", {"own_budget": "1255"}, "from 1,256 to 62,760 kJ", "own_budget"),
        ("/settings/targets", {"own_bmr": "25105"}, "from 837 to 25,104 kJ", "own_bmr"),
        ("/settings/macros", {"0-mode": "keto", "0-keto-protein_per_kg": "1.82"}, "0.23 to 1.81 g per lb",
         "0-keto-protein_per_kg"),
    ],
)  # fmt: skip
def test_limits_are_told_in_the_persons_units_at_the_field(
    alice: Client, url: str, sent: dict[str, str], sentence: str, place: str
) -> None:
    as_us(alice)
    refused = alice.post(url, sent)
    page = text_of(refused)
    assert refused.status_code == 422
    assert sentence in summary_of(page)
    assert not re.search(r"\b(kg|cm|kcal)\b", summary_of(page))
    assert f'href="#f-{place}"' in page
    assert f'id="f-{place}"' in page


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("/settings/profile", {"weight": "2.3", "feet": "1", "inches": "0"}),
        ("/settings/profile", {"weight": "1433", "feet": "9", "inches": "2"}),
        ("/settings/targets", {"goal_weight": "1433", "rate": "-3.3", "own_budget": "1256", "own_bmr": "837"}),
        ("/settings/targets", {"goal_weight": "2.3", "rate": "3.3", "own_budget": "62760", "own_bmr": "25104"}),
        ("/settings/macros", {"0-mode": "keto", "0-keto-protein_per_kg": "1.81"}),
        ("/settings/macros", {"0-mode": "keto", "0-keto-protein_per_kg": "0.23"}),
    ],
)
def test_what_the_sentences_allow_is_allowed(alice: Client, url: str, sent: dict[str, str]) -> None:
    as_us(alice)
    assert alice.post(url, sent).status_code == 303


def test_water_beyond_the_limit_is_told_in_fluid_ounces(alice: Client) -> None:
    as_us(alice)
    assert "at most 338 fl oz" in text_of(alice.post(f"{day_url()}/water", {"add": "10001"}))


def test_every_sentence_that_names_a_metric_unit_has_its_other_one() -> None:
    us, kj = Look(measures="us"), Look(energy="kJ")
    for sentence in (*vars(say).values(), *policy.SENTENCES.values()):
        if not isinstance(sentence, str):
            continue
        if re.search(r"\b(kg|cm|ml)\b", sentence):
            assert not re.search(r"\b(kg|cm|ml)\b", measures.told(sentence, us)), sentence
        if "kcal" in sentence:
            assert "kJ" in measures.told(sentence, kj), sentence


def test_theme_and_language_are_those_of_the_person_on_every_page(alice: Client) -> None:
    alice.post("/settings", {**LOOK, "theme": "dark", "language": "en-gb"})
    places = ("/account/email/", "/account/2fa/", "/account/password/change/", "/account/reauthenticate/")
    for url in (*PLAIN, *places, "/settings/macros", "/nowhere", "/account/logout/"):
        page = text_of(alice.get(url, follow=True))
        assert '<html lang="en-gb" data-theme="dark">' in page, url


# ---------- macros ----------


def test_grams_are_shown_before_they_are_kept(alice: Client) -> None:
    alice.post("/settings/profile", ABOUT)
    alice.post("/settings/targets", {"own_budget": "2000", "rate": "0"})
    shown = alice.post("/settings/macros", {**RATIO, "act": "show"})
    assert shown.status_code == 200
    told = table_of(text_of(shown))
    assert f"150{THIN}g" in told
    assert f"200{THIN}g" in told
    assert f"67{THIN}g" in told
    assert "not saved yet" in told
    assert f"150{THIN}g" not in table_of(text_of(alice.get("/settings/macros")))
    assert alice.post("/settings/macros", RATIO).status_code == 303
    assert f"150{THIN}g" in table_of(text_of(alice.get("/settings/macros")))
    assert f"150{THIN}g protein, 200{THIN}g carbs, 67{THIN}g fat" in text_of(alice.get("/settings"))
    log(alice)
    assert f" / 150{THIN}g" in text_of(alice.get(day_url()))


def test_grams_and_keto_say_what_follows(alice: Client) -> None:
    alice.post("/settings/profile", ABOUT)
    alice.post("/settings/targets", {"own_budget": "2000", "rate": "0"})
    grams = {"0-mode": "grams", "0-grams-protein": "100", "0-grams-carbohydrate": "200", "0-grams-fat": "60"}
    told = table_of(text_of(alice.post("/settings/macros", {**grams, "act": "show"})))
    assert "Together 1,740 kcal. Your energy target is 2,000 kcal." in told
    keto = {"0-mode": "keto", "0-keto-net_carbohydrate": "25", "0-keto-protein_per_kg": "1.5"}
    told = table_of(text_of(alice.post("/settings/macros", {**keto, "act": "show"})))
    assert f"at most 25{THIN}g" in told
    assert f"Protein 19{THIN}% of the energy 93{THIN}g" in told


def test_other_macros_hold_on_the_days_of_the_week_that_are_ticked(alice: Client) -> None:
    alice.post("/settings/profile", ABOUT)
    grams = {"1-mode": "grams", "1-grams-protein": "120", "1-grams-carbohydrate": "300", "1-grams-fat": "50"}
    today = clock.utc_day()
    days = [str(today.weekday()), str((today.weekday() + 2) % 7)]
    assert alice.post("/settings/macros", {**RATIO, **grams, "1-day": days}).status_code == 303
    log(alice)
    log(alice, OATS, back=-1)
    assert f" / 120{THIN}g" in text_of(alice.get(day_url()))
    assert f" / 120{THIN}g" not in text_of(alice.get(day_url(-1)))
    assert f" / 120{THIN}g" in text_of(alice.get(day_url(-2)))
    page = text_of(alice.get("/settings/macros"))
    assert len(re.findall(r'name="1-day" value="\d" checked', page)) == 2
    assert 'name="2-mode"' in page, "room for one more plan"
    assert alice.post("/settings/macros", {**RATIO, **grams}).status_code == 303
    assert f" / 120{THIN}g" not in text_of(alice.get(day_url()))


@pytest.mark.parametrize(
    "sent",
    [
        {"0-mode": "x"},
        {},
        {"0-mode": "ratio"},
        {**RATIO, "0-ratio-fat": "-1"},
        {**RATIO, "0-ratio-fat": "nan"},
        {**RATIO, "0-ratio-fat": "101"},
        {"0-mode": "ratio", "0-ratio-protein": "0", "0-ratio-carbohydrate": "0", "0-ratio-fat": "0"},
        {"0-mode": "grams", "0-grams-protein": "1e9", "0-grams-carbohydrate": "1", "0-grams-fat": "1"},
        {"0-mode": "keto", "0-keto-net_carbohydrate": "101"},
        {"0-mode": "keto", "0-keto-protein_per_kg": "0.1"},
        {**RATIO, "1-day": "7"},
        {**RATIO, "1-day": "x", "1-mode": "reference"},
        {**RATIO, "1-day": "0"},
        {**RATIO, "1-day": "0", "1-mode": "reference", "2-day": "0", "2-mode": "reference"},
    ],
)
@pytest.mark.parametrize("act", ["", "show"])
def test_macros_that_cannot_be_are_said_so_and_not_kept(alice: Client, sent: dict[str, str], act: str) -> None:
    before = text_of(alice.get("/settings"))
    refused = alice.post("/settings/macros", {**sent, "act": act})
    page = text_of(refused)
    assert refused.status_code == 422
    assert summary_of(page).strip()
    for place in re.findall(r'href="#(f-[^"]+)"', page):
        assert f'id="{place}"' in page, place
    macros = re.compile(r"settings/macros.*?</li>", re.DOTALL)
    assert macros.findall(text_of(alice.get("/settings"))) == macros.findall(before)


def test_parts_that_do_not_add_up_are_told(alice: Client) -> None:
    alice.post("/settings/targets", {"own_budget": "2000", "rate": "0"})
    sent = {**RATIO, "0-ratio-fat": "20", "act": "show"}
    assert f"add up to 90{THIN}%" in table_of(text_of(alice.post("/settings/macros", sent)))


def test_without_an_energy_target_the_page_says_what_is_needed(alice: Client) -> None:
    page = text_of(alice.post("/settings/macros", {**RATIO, "act": "show"}))
    assert "your energy target, which is not known yet" in table_of(page)
    assert re.search(r'id="follows".*?href="/settings/profile"', page, re.DOTALL)
    grams = {"0-mode": "grams", "0-grams-protein": "100", "0-grams-carbohydrate": "200", "0-grams-fat": "60"}
    assert "Together 1,740 kcal." in table_of(text_of(alice.post("/settings/macros", {**grams, "act": "show"})))


def test_who_is_still_typing_is_told_what_is_open_and_has_made_no_mistake(alice: Client) -> None:
    sent = {"0-mode": "grams", "0-grams-protein": "100", "act": "show"}
    answer = alice.post("/settings/macros", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Fill in every field" in table_of(text_of(answer))
    assert alice.post("/settings/macros", {**sent, "act": ""}, headers={"HX-Request": "true"}).status_code == 422
