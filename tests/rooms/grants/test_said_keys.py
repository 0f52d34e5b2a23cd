"""Keys in words, to be compared by voice."""

import secrets

import pytest

from nutshell.accounts.passphrases import said, words


def digits_of(text: str) -> int:
    number = 0
    for word in text.split():
        number = number * len(words()) + words().index(word)
    return number


def test_ten_words_say_just_one_key_of_128_bits() -> None:
    for key in (bytes(16), b"\xff" * 16, *(secrets.token_bytes(16) for _ in range(200))):
        shown = " ".join(key.hex()[at : at + 4] for at in range(0, 32, 4))
        assert (len(said(shown).split()), digits_of(said(shown))) == (10, int.from_bytes(key))


def test_what_is_no_key_is_not_said() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        said("no key at all")
