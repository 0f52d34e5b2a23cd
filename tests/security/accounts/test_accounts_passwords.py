"""req-36, promise-P3: what passwords are taken, and how they are kept."""

import base64

import pytest
from django.contrib.auth.hashers import get_hasher, make_password
from tests.doors.accounts.people import ALICE, PASSPHRASE, App, browser, is_signed_in, log_in, sign_up

from nutshell.accounts import passphrases, password_rules, queries
from nutshell.accounts.models import User
from nutshell.vault import fields, passwords

pytestmark = [pytest.mark.django_db(databases=["default", "records"]), pytest.mark.usefixtures("node", "full_argon2")]

REFUSED = {
    "fourteen characters": "abcdefghijklm9",
    "empty": "",
    "one": "x",
    "fifteen of one character": "aaaaaaaaaaaaaaa",
    "a common one repeated": "passwordpassword",
    "a common one in capitals repeated": "PassWordPASSword",
    "a common one with digits after it": "iloveyou1234567890",
    "a run of digits": "0123456789012345",
    "a run of letters": "abcdefghijklmnop",
    "a row of keys": "qwertyuiopasdfgh",
    "two alternating": "abababababababab",
    "the service's name": "nutshellnutshell",
    "the service's name and a year": "nutshell-2026-2026",
    "her address": ALICE,
    "her address and a digit": ALICE + "1",
    "her name and the service": "alice nutshell 42",
    "a NUL": "tinsel orbit\0maple quarrel",
    "over a thousand characters": "tinsel orbit maple" * 56,
}
TAKEN = {
    "fifteen characters": "krumhorn-vase 7",
    "words": PASSPHRASE,
    "lower case only": "tinselorbitmaplequarrel",
    "digits only, not a run": "8271640395512846",
    "a common one beside many digits of one's own": "sunshine 8271640395",
    "sixty-four characters": "tinsel orbit maple quarrel velvet harbour onion sketch umbrella",
    "a thousand characters": ("tinsel orbit maple quarrel velvet " * 30)[:1000],
    "Unicode": "źdźbło gżegżółka chrząszcz",
    "emoji and spaces": "🦔 runs under the 🌉 at night",
    "Chinese": "春眠不覺曉處處聞啼鳥夜來風雨聲花",
    "spaces at its ends": "  tinsel orbit maple  ",
}


@pytest.mark.parametrize("password", REFUSED.values(), ids=REFUSED.keys())
def test_a_bad_password_is_refused_at_both_doors(password: str) -> None:
    page = browser().post("/account/signup/", {"email": ALICE, "password1": password})
    assert page.status_code == 200
    answer = App().ask("POST", "/auth/signup", {"email": ALICE, "password": password})
    assert answer.status_code == 400
    assert not User.objects.exists()


@pytest.mark.parametrize("password", TAKEN.values(), ids=TAKEN.keys())
def test_a_good_password_signs_up_and_in(password: str) -> None:
    if len(password) < password_rules.ALONE:
        pytest.fail("the table is wrong")
    sign_up(browser(), password=password)
    client = browser()
    log_in(client, password=password)
    assert is_signed_in(client)


def test_the_same_letters_typed_another_way_are_the_same_password() -> None:
    sign_up(browser(), password="Café crème à la carte")
    client = browser()
    log_in(client, password="Cafe\u0301 cre\u0300me a\u0300 la carte")
    assert is_signed_in(client)


def test_nothing_of_a_password_is_cut_off() -> None:
    sign_up(browser(), password=TAKEN["a thousand characters"])
    for wrong in (TAKEN["a thousand characters"][:-1], TAKEN["a thousand characters"] + "x"):
        client = browser()
        log_in(client, password=wrong)
        assert not is_signed_in(client)


def test_what_is_stored_is_argon2id_sealed_under_the_pepper() -> None:
    sign_up(browser())
    stored = queries.user_by_email(ALICE).password
    prefix, _version, sealed = stored.split("$")
    assert prefix == "sealed"
    assert b"argon2" not in base64.b64decode(sealed)
    phc = passwords._opened(stored)
    assert phc.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert get_hasher() is not None
    assert make_password(PASSPHRASE) != make_password(PASSPHRASE)
    assert fields is not None


def test_a_suggestion_is_long_enough_known_to_nobody_and_never_the_same() -> None:
    offered = {passphrases.suggest() for _ in range(200)}
    assert len(offered) == 200
    assert min(map(len, offered)) >= password_rules.ALONE
    assert len(set(passphrases.words())) == 7776
    assert passphrases.entropy_bits() > 64
    assert browser().get("/account/signup/").context["form"].suggested_passphrase not in offered
