"""Whatever is sent: an input type, or one of the closed errors with a sentence for each field (req-38)."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as some

from nutshell import forms
from nutshell.common import errors
from nutshell.forms import sentences
from nutshell.forms.numbers import UNCLEAR

KINDS: list[Any] = [
    forms.LogFood, forms.LogMany, forms.QuickAdd, forms.ChangeEntry, forms.CopyEntries, forms.MoveEntries,
    forms.RemoveEntries, forms.ReorderEntries, forms.CompleteDay, forms.DayNote, forms.LogWater, forms.SetFavourite,
    forms.KeepRepeat, forms.OwnFood, forms.TrendQuery, forms.SearchQuery, forms.MakeToken, forms.GiveConsent,
    forms.CloseAccount, forms.ProfileInput, forms.TargetsInput,
]  # fmt: skip
EVERY_FIELD = sorted({name for kind in KINDS for name in kind.__struct_fields__})
SAID = {text for name, text in vars(sentences).items() if name.isupper() and isinstance(text, str)} | {UNCLEAR}

scalars = (
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=30)
    | some.sampled_from(["sr28:01123", "1/2", "1,5", "2026-11-23", "07:40", "diary:read", "\x00", "g", "NaN", "∞", "٣"])
)  # fmt: skip
values = some.recursive(
    scalars, lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=5), inner, max_size=3)
)
names = some.sampled_from(EVERY_FIELD) | some.text(max_size=8)


def judge(parse: Any, *arguments: Any) -> None:
    """Parses; whatever is no closed error fails the test."""
    try:
        made = parse(*arguments)
    except errors.InvalidInput as refused:
        said = set(refused.fields.values())
    except (errors.Malformed, errors.TooLarge):
        said = {next(iter(SAID))}
    else:
        said = SAID
        for method in ("entry", "edit", "repeat"):
            getattr(made, method, str)()
    assert said
    assert said <= SAID


@settings(max_examples=400, deadline=None)
@given(some.sampled_from(KINDS), some.dictionaries(names, values, max_size=8))
def test_any_json_object_is_taken_or_refused_with_sentences(kind: Any, raw: dict[str, Any]) -> None:
    judge(forms.parse_json, kind, json.dumps(raw).encode())


@settings(max_examples=200, deadline=None)
@given(some.sampled_from(KINDS), some.binary(max_size=80))
def test_any_bytes_are_taken_or_refused(kind: Any, body: bytes) -> None:
    judge(forms.parse_json, kind, body)


@settings(max_examples=400, deadline=None)
@given(
    some.sampled_from(KINDS),
    some.lists(some.tuples(names, scalars.map(lambda value: str(value).encode("utf-8", "replace"))), max_size=8),
)
def test_any_page_form_or_query_is_taken_or_refused_with_sentences(kind: Any, pairs: list[tuple[str, bytes]]) -> None:
    sent = QueryDict(urlencode([(name.encode("utf-8", "replace"), value) for name, value in pairs]))
    judge(forms.parse_form, kind, sent)
    judge(forms.parse_query, kind, sent)
    judge(forms.parse_food_form, sent)
    judge(forms.parse_profile_form, sent)
    judge(forms.parse_targets_form, sent)


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_refuses_what_it_does_not_know(kind: Any) -> None:
    with pytest.raises(errors.InvalidInput) as caught:
        forms.parse_json(kind, b'{"no-such-field": 1}')
    assert caught.value.fields["no-such-field"] == sentences.UNKNOWN
