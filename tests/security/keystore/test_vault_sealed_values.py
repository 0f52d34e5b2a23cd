"""What `accounts` keeps: sealed fields, sealed password hashes, sealed sessions; all over the real key store."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from nutshell.common import clock, errors
from nutshell.envelope import kdf
from nutshell.envelope import passwords as argon2
from nutshell.vault import fields, installation, passwords, sessions

MAIL = "alice@example.org"
PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.usefixtures("node")


class Rotated:
    """The key store's answer after a rotation of the installation keys: a second version beside the first."""

    def __init__(self, real):
        self._real = real

    def installation(self, name):
        return {**self._real.installation(name), 2: kdf.derive(bytes(32), name)}

    def epoch(self, day):
        return self._real.epoch(day)


def rotated(node):
    installation._held = installation.Installation(Rotated(node))


def test_a_sealed_text_opens_in_its_own_place_only():
    sealed = fields.seal_text("user", "name", "7", "Alice")
    assert fields.open_text("user", "name", "7", sealed) == "Alice"
    assert b"Alice" not in sealed
    for place in (("user", "name", "8"), ("user", "city", "7"), ("guest", "name", "7")):
        with pytest.raises(errors.Tampered):
            fields.open_text(*place, sealed)


def test_no_flipped_bit_of_a_sealed_field_is_accepted():
    for seal, open_ in (
        (fields.seal_text("user", "name", "7", "Alice"), lambda sealed: fields.open_text("user", "name", "7", sealed)),
        (fields.seal_lookup("email", MAIL), lambda sealed: fields.open_lookup("email", sealed)),
    ):
        for bit in range(len(seal) * 8):
            altered = bytearray(seal)
            altered[bit // 8] ^= 1 << bit % 8
            with pytest.raises(errors.Tampered):
                open_(bytes(altered))
        with pytest.raises(errors.Tampered):
            open_(b"")


def test_equal_texts_look_alike_in_a_lookup_and_nowhere_else():
    assert fields.seal_lookup("email", MAIL) == fields.seal_lookup("email", MAIL)
    assert fields.seal_lookup("email", MAIL) != fields.seal_lookup("phone", MAIL)
    assert fields.seal_text("user", "email", "7", MAIL) != fields.seal_text("user", "email", "7", MAIL)
    assert fields.open_lookup("email", fields.seal_lookup("email", MAIL)) == MAIL


def test_after_a_rotation_old_values_open_and_are_still_found(node):
    text, mail, handle = (
        fields.seal_text("user", "name", "7", "Alice"),
        fields.seal_lookup("email", MAIL),
        fields.handle("token", b"t"),
    )
    rotated(node)
    assert fields.open_text("user", "name", "7", text) == "Alice"
    assert fields.seal_text("user", "name", "7", "Alice")[0] == 2
    assert fields.lookups("email", MAIL)[1:] == [mail]
    assert fields.handles("token", b"t")[1:] == [handle]


def test_a_password_matches_in_every_unicode_form_and_no_other_does():
    stored = passwords.sealed_hash("Cafe\u0301 ﬁne and long enough")
    assert passwords.matches("Caf\u00e9 fine and long enough", stored)
    assert not passwords.matches("Cafe fine and long enough", stored)
    assert not passwords.needs_upgrade(stored)


def test_a_stolen_password_row_gives_nothing_to_guess_against():
    """inv-I6 for login passwords: no PHC string, salt or parameters without the pepper."""
    stored = passwords.sealed_hash(PASSWORD)
    assert "argon2" not in stored
    assert passwords.sealed_hash(PASSWORD) != stored
    for altered in (stored[:-4] + "AAA=", stored.replace("$1$", "$9$"), argon2.hashed(PASSWORD.encode()), "", "!"):
        with pytest.raises(errors.Tampered):
            passwords.matches(PASSWORD, altered)


def test_a_stolen_password_row_does_not_open_with_another_key_stores_pepper(own_process):
    stored = passwords.sealed_hash(PASSWORD)
    installation.configure(own_process.client())
    with pytest.raises(errors.Tampered):
        passwords.matches(PASSWORD, stored)


def test_a_hash_under_an_old_pepper_matches_and_asks_for_an_upgrade(node):
    stored = passwords.sealed_hash(PASSWORD)
    rotated(node)
    assert passwords.matches(PASSWORD, stored)
    assert passwords.needs_upgrade(stored)


def test_argon2_runs_stay_within_the_memory_budget(monkeypatch):
    running, most = [], []
    usual = argon2.hashed

    def counted(password):
        running.append(1)
        most.append(len(running))
        try:
            return usual(password)
        finally:
            running.pop()

    monkeypatch.setattr(argon2, "hashed", counted)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(passwords.sealed_hash, [PASSWORD] * 12))
    assert 1 <= max(most) <= passwords.AT_ONCE


def test_a_session_opens_with_its_secret_on_its_day():
    secret, today = sessions.new_secret(), clock.utc_day()
    blob = sessions.seal(secret, today, b"bundle")
    assert sessions.open_(secret, today, blob) == b"bundle"
    assert secret not in blob
    assert sessions.handle_of(secret) not in blob
    for wrong in (sessions.new_secret(), b"", secret[:31]):
        with pytest.raises(errors.SignedOut):
            sessions.open_(wrong, today, blob)
    with pytest.raises(errors.SignedOut):
        sessions.open_(secret, today - timedelta(days=1), blob)


def test_a_session_needs_the_epoch_secret_of_its_day(own_process):
    """inv-I6: with cookie, row and every other key, but another epoch secret, nothing opens."""
    installation.configure(own_process.client())
    secret, today = sessions.new_secret(), clock.utc_day()
    blob = sessions.seal(secret, today, b"bundle")
    with sqlite3.connect(own_process.database) as database:
        database.execute("DELETE FROM epoch")
    installation.configure(own_process.client())
    with pytest.raises(errors.SignedOut):
        sessions.open_(secret, today, blob)


def test_a_held_epoch_is_forgotten_after_its_seventh_day():
    today = clock.utc_day()
    secret = sessions.new_secret()
    blob = sessions.seal(secret, today, b"bundle")
    with clock.moved_to(clock.now() + timedelta(days=7)):
        assert sessions.open_(secret, today, blob) == b"bundle"
    with clock.moved_to(clock.now() + timedelta(days=8)), pytest.raises(errors.SignedOut):
        sessions.open_(secret, today, blob)
    assert installation._held._epochs == {}


def test_without_the_key_store_a_session_is_unavailable_not_signed_out(own_process):
    client = own_process.client()
    own_process._clients.clear()
    own_process.kill()
    installation.configure(client)
    with pytest.raises(errors.Unavailable):
        sessions.open_(sessions.new_secret(), clock.utc_day(), b"")


def test_installation_keys_are_fetched_once(node):
    before = len(node.own_leaves(0))
    installation.configure(node)
    for _ in range(3):
        fields.seal_text("user", "name", "7", "Alice")
    assert len(node.own_leaves(0)) == before + 1
