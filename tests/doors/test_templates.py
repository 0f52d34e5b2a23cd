"""Every template renders with the example its README gives, is free of inline code, and leaves no text untranslated."""

import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from importlib.resources import files
from types import ModuleType
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest
from django.template.loader import get_template
from django.test import RequestFactory, override_settings
from django.urls import include, path
from django.utils import translation

from nutshell.web import charts

ROOT = files("nutshell.web") / "templates"
README = (ROOT / "README.md").read_text()
DAY_PAGE_LIMIT = 30_000


def _sections() -> dict[str, str]:
    """Title of each section of the README that has a Python block → the block."""
    parts = re.split(r"^## (.+)$", README, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    blocks = {title: re.search(r"```python\n(.*?)```", text, re.DOTALL) for title, text in pairs}
    return {title: block.group(1) for title, block in blocks.items() if block}


def examples() -> dict[str, dict[str, Any]]:
    """Template name → its documented example."""
    sections = _sections()
    names: dict[str, Any] = {"date": date, "datetime": datetime, "charts": charts}
    exec(sections.pop("Shared values"), names)
    return {title: eval(block, names) for title, block in sections.items()}


def documented_urls() -> ModuleType:
    """The README's table of names and addresses as a URL configuration."""
    rows = re.findall(r"^\| (\w+) \| (/\S*) \|$", README, flags=re.MULTILINE)
    urls = ModuleType("documented_urls")
    own = [
        path(address.lstrip("/").replace("<iso>", "<str:iso>"), lambda request: None, name=name)
        for name, address in rows
    ]
    urls.urlpatterns = [*own, path("", include("allauth.urls"))]
    return urls


EXAMPLES = examples()
STATIC_PAGES = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"]


class CodeForm(forms.Form):
    code = forms.CharField()


class LoginForm(forms.Form):
    login = forms.EmailField()
    password = forms.CharField(widget=forms.PasswordInput)
    remember = forms.BooleanField(required=False)


class SignupForm(forms.Form):
    email = forms.EmailField()
    password1 = forms.CharField(widget=forms.PasswordInput)
    suggested_passphrase = "harbour violin seventeen moss"


class PasskeyForm(forms.Form):
    name = forms.CharField()
    passwordless = forms.BooleanField(required=False)
    credential = forms.JSONField(widget=forms.HiddenInput)


class SignupPasskeyForm(forms.Form):
    name = forms.CharField(required=False)
    credential = forms.JSONField(widget=forms.HiddenInput)


class CredentialForm(forms.Form):
    credential = forms.JSONField(widget=forms.HiddenInput)


class EmailForm(forms.Form):
    email = forms.EmailField()


class PasswordForm(forms.Form):
    oldpassword = forms.CharField(widget=forms.PasswordInput)
    password1 = forms.CharField(widget=forms.PasswordInput)


KEY = {
    "pk": 1,
    "created_at": datetime(2026, 8, 1, tzinfo=UTC),
    "last_used_at": None,
    "wrap": {"name": "Phone", "is_passwordless": True},
}
ADDRESS = {"email": "alice@example.org", "verified": False, "primary": True}
OPTIONS = {"request_options": {"publicKey": {"challenge": "AAAA"}}, "creation_options": {"publicKey": {}}}
CODE = {"email": "alice@example.org", "can_resend": True, "can_change": True}
WRONG_LOGIN = {"login": "alice", "password": ""}
CODES = {"can_view_codes": True, "can_download_codes": True, "can_generate_codes": True}


class Authenticators(dict[str, Any]):
    """What allauth's MFA index gets: a dict whose recovery codes can count themselves."""

    class Codes:
        get_unused_codes = ("1234 5678", "8765 4321")

    def __init__(self) -> None:
        super().__init__(totp=True, webauthn=[KEY], recovery_codes=self.Codes())


def allauth_pages() -> dict[str, dict[str, Any]]:
    """Template name → a context as allauth gives it."""
    door = {
        "signup_url": "/signup/",
        "login_url": "/login/",
        "signup_by_passkey_url": "/signup/passkey/",
        "PASSKEY_LOGIN_ENABLED": True,
        "PASSKEY_SIGNUP_ENABLED": True,
    }
    alternatives = [{"url": "/reauthenticate/", "description": "Use your password"}]
    two = {"MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"], "js_data": OPTIONS}
    confirm = {**CODE, "verify_form": CodeForm(), "change_form": EmailForm()}
    return {
        "account/login.html": {**door, "form": LoginForm(WRONG_LOGIN)},
        "account/signup.html": {**door, "form": SignupForm()},
        "account/signup_by_passkey.html": {**door, "form": EmailForm()},
        "account/signup_closed.html": {},
        "account/account_inactive.html": {},
        "account/verification_sent.html": {},
        "account/verified_email_required.html": {},
        "account/password_reset.html": {**door, "form": EmailForm()},
        "account/password_reset_done.html": {},
        "account/password_reset_from_key.html": {"form": PasswordForm(), "action_url": "/reset/"},
        "account/password_reset_from_key_done.html": {},
        "account/request_login_code.html": {**door, "form": EmailForm(), "request_login_code_url": "/code/"},
        "account/email_confirm.html": {"confirmation": {"key": "k", "email_address": ADDRESS}, "can_confirm": True},
        "account/confirm_login_code.html": confirm,
        "account/confirm_email_verification_code.html": confirm,
        "account/confirm_password_reset_code.html": {**confirm, "can_change": False},
        "account/reauthenticate.html": {"form": PasswordForm(), "reauthentication_alternatives": alternatives},
        "account/password_change.html": {"form": PasswordForm({"oldpassword": ""})},
        "account/password_set.html": {"form": PasswordForm()},
        "account/logout.html": {},
        "account/email.html": {
            "form": EmailForm(),
            "emailaddresses": [ADDRESS],
            "can_add_email": True,
            "emailaddress_radios": [{"id": "r0", "checked": True, "emailaddress": ADDRESS}],
        },
        "account/email_change.html": {
            "form": EmailForm(),
            "current_emailaddress": ADDRESS,
            "new_emailaddress": ADDRESS,
        },
        "mfa/index.html": {**two, "authenticators": Authenticators(), "is_mfa_enabled": True},
        "mfa/authenticate.html": {**two, "form": CodeForm(), "webauthn_form": CredentialForm()},
        "mfa/trust.html": {
            "form": forms.Form(),
            "trust_from": datetime(2026, 11, 1, tzinfo=UTC),
            "trust_until": datetime(2026, 11, 15, tzinfo=UTC),
        },
        "mfa/reauthenticate.html": {"form": CodeForm(), "reauthentication_alternatives": alternatives},
        "mfa/totp/activate_form.html": {
            "form": CodeForm(),
            "totp_svg": '<?xml version="1.0"?><svg viewBox="0 0 29 29"><path d="M4,4H5V5H4z"/></svg>',
        },
        "mfa/totp/deactivate_form.html": {"form": forms.Form()},
        "mfa/recovery_codes/index.html": {**CODES, "unused_codes": ["1234 5678", "8765 4321"]},
        "mfa/recovery_codes/generate.html": {"form": forms.Form(), "unused_code_count": 2},
        "mfa/webauthn/authenticator_list.html": {"authenticators": [KEY]},
        "mfa/webauthn/add_form.html": {"form": PasskeyForm(), "js_data": OPTIONS},
        "mfa/webauthn/signup_form.html": {"form": SignupPasskeyForm(), "js_data": OPTIONS},
        "mfa/webauthn/reauthenticate.html": {"form": CredentialForm(), "js_data": OPTIONS},
        "mfa/webauthn/edit_form.html": {"form": PasskeyForm()},
        "mfa/webauthn/authenticator_confirm_delete.html": {"authenticator": KEY},
    }


def pages() -> dict[str, dict[str, Any]]:
    frame = {
        name: EXAMPLES["web/you.html"][name] for name in ("person", "units", "theme", "officer", "share", "errors")
    }
    others = {name: {**frame, **context} for name, context in allauth_pages().items()}
    return {**EXAMPLES, **others, **{name: {} for name in STATIC_PAGES}}


def request() -> HttpRequest:
    return RequestFactory().get("/")


def render(name: str, **changes: Any) -> str:
    with override_settings(ROOT_URLCONF=documented_urls()):
        return get_template(name).render({**pages()[name], **changes}, request())


NAMES = sorted(pages())


@pytest.mark.parametrize("name", NAMES)
def test_every_template_renders_with_its_documented_example(name: str) -> None:
    assert "<h1" in render(name) or name in ("web/parts/hits.html", "web/parts/releases.html")


@pytest.mark.parametrize("name", NAMES)
def test_no_page_holds_inline_script_or_style(name: str) -> None:
    html = render(name)
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    scripts = re.findall(r"<script\b[^>]*>", html)
    assert [tag for tag in scripts if "src=" not in tag and 'type="application/json"' not in tag] == []
    assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


@pytest.mark.parametrize("name", NAMES)
def test_every_form_that_changes_something_carries_the_csrf_token(name: str) -> None:
    forms_found = re.findall(r'<form\b[^>]*method="post".*?</form>', render(name), re.DOTALL)
    assert [form for form in forms_found if "csrfmiddlewaretoken" not in form] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_id_stands_twice_in_a_page(name: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', render(name))
    assert sorted(ids) == sorted(set(ids))


def test_every_page_template_has_an_example() -> None:
    skeletons = {"base", "frame", "sheet", "head", "door", "page", "page_passkey", "open_page", "plain"}
    found = {f"web/{item.name}" for item in (ROOT / "web").iterdir() if item.name.endswith(".html")}
    assert found - {f"web/{name}.html" for name in skeletons} <= set(EXAMPLES)


def test_the_day_page_stays_small() -> None:
    assert len(render("web/day.html").encode()) <= DAY_PAGE_LIMIT


def test_unknown_amounts_are_said_and_hatched_and_zero_is_written() -> None:
    html = render("web/day.html")
    assert '<i class="swatch hatched" aria-hidden="true"></i><span class="vh">unknown</span>' in html
    assert '<span class="vh">at least </span>87' in html
    assert '<td class="num m">0</td>' in html


def test_energy_follows_the_chosen_unit() -> None:
    html = render("web/day.html", units={"energy": "kJ"})
    assert "<b>8,606</b> of 8,996 kJ" in html
    assert "kcal" not in re.sub(r"(?s)<figure.*?</figure>", "", html)


def test_numbers_follow_the_language_but_geometry_does_not() -> None:
    with translation.override("de"):
        html = render("web/day.html")
    assert "13,9" in html
    assert not re.search(r'(?:width|height|x|y|d|cx|cy)="[^"]*\d,\d[^"]*%?"', html)


class Words(HTMLParser):
    """Collects text and the attributes that people read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.skip = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skip += tag in ("script", "title")
        self.found += [value or "" for name, value in attrs if name in ("aria-label", "placeholder", "data-leave")]

    def handle_endtag(self, tag: str) -> None:
        self.skip -= tag in ("script", "title")

    def handle_data(self, data: str) -> None:
        if not self.skip:
            self.found.append(data)


UNTRANSLATED = {
    "Nutshell",
    "A",
    "X",
    "Z",
    "G",
    "N",
    "R",
    "S",
    "T",
    "J",
    "K",
    "E",
    "C",
    "M",
    "Del",
    "Enter",
    "Esc",
    "?",
    "g",
    "kcal",
    "h",
}


def _literal_words(source: str) -> list[str]:
    """Words a template holds outside its tags and variables."""
    source = re.sub(r"(?s){% comment.*?endcomment %}|{#.*?#}", " ", source)
    source = re.sub(r"(?s){% block (\w+_attributes|main_class|add_url) %}.*?{% endblock %}", " ", source)
    source = re.sub(r"(?s){% blocktranslate.*?{% endblocktranslate %}", " ", source)
    source = re.sub(r"(?s){%.*?%}|{{.*?}}", " ", source)
    words = Words()
    words.feed(source)
    return [word for text in words.found for word in re.findall(r"[A-Za-z]{1,}", text) if word not in UNTRANSLATED]


def _templates(folder: Any = ROOT) -> list[Any]:
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    inner = [found for entry in entries if entry.is_dir() for found in _templates(entry)]
    return inner + [entry for entry in entries if entry.name.endswith(".html")]


@pytest.mark.parametrize("template", _templates(), ids=lambda entry: entry.name)
def test_no_text_stands_outside_the_translation_tags(template: Any) -> None:
    source = template.read_text()
    assert _literal_words(source) == []
