"""From a request's bytes or form to an input type: every field is judged, each with one sentence.

Raises errors.Malformed for what cannot be read at all, errors.InvalidInput for what can but is not
right, errors.TooLarge beyond a megabyte; nothing else.
"""

import json
import math
import unicodedata
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date, time
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec import inspect

from nutshell.common import clock, errors, ids

from . import sentences as say
from .inputs import LogFood, LogMany, QuickAdd
from .numbers import UNCLEAR, UnclearError, parse_number

MOST_BYTES = 1_000_000
MOST_DEPTH = 12
MOST_FIELDS = 2_000
_SHOWN = 60
_ALLOWED_CONTROLS = frozenset("\n\r\t")
_PAGE_FIELDS = frozenset({"csrfmiddlewaretoken", "act", "tab", "next"})

_Input = TypeVar("_Input", bound=msgspec.Struct)


class FormData(Protocol):
    """What of Django's QueryDict is used."""

    def getlist(self, key: str) -> list[str]: ...
    def keys(self) -> Iterable[str]: ...


# ── JSON ─────────────────────────────────────────────────────────────────────


def parse_json(kind: type[_Input], body: bytes, most: int = MOST_BYTES) -> _Input:
    """A JSON object of at most so many bytes as `kind`. Fields that `kind` does not have are refused by name."""
    return judged(kind, _object(body, most), strict=True)


def parse_log(body: bytes) -> LogFood | QuickAdd:
    """What the entries' address takes: a food to log, or a quick add where no food is named."""
    raw = _object(body)
    return judged(LogFood, raw, strict=True) if "food_id" in raw else judged(QuickAdd, raw, strict=True)


def _object(body: bytes, most: int = MOST_BYTES) -> dict[str, Any]:
    if len(body) > most:
        raise errors.TooLarge
    try:
        raw = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise errors.Malformed from error
    if not isinstance(raw, dict) or _depth(raw) > MOST_DEPTH:
        raise errors.Malformed
    if len(raw) > MOST_FIELDS:
        raise errors.TooLarge
    return raw


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise errors.InvalidInput({_shown(_repeated(name for name, _ in pairs)): say.TWICE})
    return found


def _repeated(names: Iterable[str]) -> str:
    """The first name that comes again. One pass: a megabyte holds a hundred thousand names."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    raise ValueError("no name comes twice")


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _depth(value: Any, level: int = 1) -> int:
    if level > MOST_DEPTH:
        return level
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return max((_depth(one, level + 1) for one in inner), default=level)


# ── forms and queries ────────────────────────────────────────────────────────


def parse_form(kind: type[_Input], data: FormData) -> _Input:
    """A page's form as `kind`. What a page adds for itself is passed over; numbers may be "1,5" or "1/2"."""
    return judged(kind, written_fields(kind, data), strict=False)


def parse_several(data: FormData, foods: Sequence[str]) -> LogMany:
    """Foods of one form: `amount-<food>` and `unit-<food>` for each; `meal`, `time` and `once` for all of them.

    What is wrong with a food is named by its field.
    """
    if not foods:
        raise errors.InvalidInput({"take": say.NO_FOOD})
    shared = {name: text for name, text in written_fields(LogFood, data).items() if name in ("meal", "time", "key")}
    entries: list[LogFood] = []
    wrong: dict[str, str] = {}
    for food in foods:
        own = {name: texts[-1] for name in _OF_ONE if (texts := data.getlist(f"{name}-{food}"))}
        try:
            entries.append(judged(LogFood, {"food_id": food, **shared, **own}, strict=False))
        except errors.InvalidInput as error:
            wrong |= {f"{name}-{food}" if name in _OF_ONE else name: text for name, text in error.fields.items()}
    if wrong:
        raise errors.InvalidInput(dict(islice(wrong.items(), _SHOWN)))
    return LogMany(entries=tuple(entries), key=entries[0].key)


_OF_ONE = ("amount", "unit")


def parse_query(kind: type[_Input], data: FormData) -> _Input:
    """An address's query as `kind`. Unknown parameters are refused by name."""
    names = {**{name: name for name in kind.__struct_fields__}, **getattr(kind, "form_names", {})}
    unknown = _unknown(data.keys(), names)
    if unknown:
        raise errors.InvalidInput(unknown)
    return parse_form(kind, data)


def written_fields(kind: type[msgspec.Struct], data: FormData) -> dict[str, Any]:
    """The form's texts by field, lists for fields that take several."""
    keys = list(data.keys())
    if len(keys) > MOST_FIELDS:
        raise errors.TooLarge
    raw: dict[str, Any] = {}
    own = {name: name for name in kind.__struct_fields__}
    for written, field in {**own, **getattr(kind, "form_names", {})}.items():
        texts = data.getlist(written) if written in keys else []
        if not texts:
            continue
        several = isinstance(_fields(kind)[field].shape, inspect.VarTupleType | inspect.ListType)
        raw[field] = texts if several else texts[-1]
    return raw


# ── judging ──────────────────────────────────────────────────────────────────


class _Field(NamedTuple):
    """A field as it is judged: msgspec's type, the shape inside, whether null is allowed, its sentence."""

    kind: Any
    shape: inspect.Type
    nullable: bool
    sentence: str
    required: bool


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, _Field]:
    info = inspect.type_info(kind)
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return {field.name: _field(field, types[field.name]) for field in getattr(info, "fields", ())}


def _field(field: inspect.Field, kind: Any) -> _Field:
    shape, nullable, sentence = _shape(field.type)
    return _Field(kind, shape, nullable, sentence or _sentence(field.name, shape), field.required)


def judged(kind: type[_Input], raw: Mapping[str, Any], *, strict: bool) -> _Input:
    """`kind` of raw values, or errors.InvalidInput with a sentence for every field that is not right."""
    wrong = _unknown(raw, _fields(kind))
    given: dict[str, Any] = {}
    for name, field in _fields(kind).items():
        if name not in raw and not field.required:
            continue
        try:
            value = _value(name, field, raw, strict)
        except _Wrong as error:
            wrong[_form_name(kind, name, strict)] = error.sentence
            continue
        except errors.InvalidInput as error:
            wrong |= error.fields
            continue
        if value is not _ABSENT:
            given[name] = value
    if wrong:
        raise errors.InvalidInput(wrong)
    return kind(**given)


def _unknown(names: Iterable[str], known: Container[str]) -> dict[str, str]:
    """The first of the names that are not known: whoever sends thousands is not sent them all back."""
    return {_shown(name): say.UNKNOWN for name in islice((name for name in names if name not in known), _SHOWN)}


def _form_name(kind: type[msgspec.Struct], name: str, strict: bool) -> str:
    """The name that the sender used."""
    names: dict[str, str] = getattr(kind, "form_names", {})
    return name if strict else next((written for written, field in names.items() if field == name), name)


class _Wrong(Exception):  # noqa: N818 - never leaves this file
    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


_ABSENT = object()


def _value(name: str, field: _Field, raw: Mapping[str, Any], strict: bool) -> Any:
    """The field's value, _ABSENT where its default holds. Raises _Wrong."""
    value = raw.get(name, _ABSENT)
    if isinstance(value, str) and not strict:
        value = _from_text(value, field.shape, field.nullable, field.sentence)
    if value is _ABSENT:
        if field.required:
            raise _Wrong(say.NEEDED)
        return _ABSENT
    _check_texts(value)
    _judge_each(name, field.shape, value, strict)
    try:
        converted = msgspec.convert(value, field.kind, strict=strict or not isinstance(value, list))
    except (msgspec.ValidationError, ValueError, OverflowError, TypeError, RecursionError) as error:
        raise _Wrong(field.sentence) from error
    return _checked(converted)


def _judge_each(name: str, shape: inspect.Type, value: Any, strict: bool) -> None:
    """Judges the objects of a list one by one: their fields are named `entries.0.amount`."""
    if not (isinstance(shape, inspect.VarTupleType) and isinstance(shape.item_type, inspect.StructType)):
        return
    wrong: dict[str, str] = {}
    for place, one in enumerate(value if isinstance(value, list) else ()):
        try:
            judged(shape.item_type.cls, one if isinstance(one, dict) else {}, strict=strict)
        except errors.InvalidInput as error:
            wrong |= {f"{name}.{place}.{inner}": sentence for inner, sentence in error.fields.items()}
    if wrong:
        raise errors.InvalidInput(dict(list(wrong.items())[:_SHOWN]))


def _shape(kind: inspect.Type) -> tuple[inspect.Type, bool, str]:
    """(the type inside, whether null is allowed, its sentence): unions with null or absence are looked through."""
    sentence = ""
    if isinstance(kind, inspect.Metadata):
        sentence = (kind.extra or {}).get("sentence", "")
        inner, nullable, deeper = _shape(kind.type)
        return inner, nullable, sentence or deeper
    if isinstance(kind, inspect.UnionType):
        nullable = any(isinstance(one, inspect.NoneType) for one in kind.types)
        real = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        inner, _, sentence = _shape(real[0])
        return inner, nullable, sentence
    return kind, isinstance(kind, inspect.NoneType), sentence


_BY_SHAPE: list[tuple[Any, str]] = [
    (inspect.FloatType, say.NUMBER),
    (inspect.IntType, say.NUMBER),
    (inspect.BoolType, say.TRUTH),
    (inspect.DateType, say.DATE),
    (inspect.TimeType, say.TIME),
    (inspect.StrType, say.TEXT),
    (inspect.UUIDType, say.ID),
    (inspect.LiteralType | inspect.EnumType, say.CHOICE),
    (inspect.VarTupleType | inspect.ListType, say.LIST),
]


def _sentence(name: str, shape: inspect.Type) -> str:
    by_shape = next((text for kind, text in _BY_SHAPE if isinstance(shape, kind)), say.OTHER)
    return say.BY_FIELD.get(name, by_shape)


def _from_text(text: str, shape: inspect.Type, nullable: bool, sentence: str) -> Any:
    """A form's text as the raw value its field takes. An empty one is null, or absent where there is no null."""
    if isinstance(shape, inspect.StrType) and (text.strip() or not nullable):
        return text.replace("\r\n", "\n")
    text = text.strip()
    if not text:
        return None if nullable else _ABSENT
    if isinstance(shape, inspect.FloatType):
        return _number(text, sentence)
    if isinstance(shape, inspect.IntType):
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    if isinstance(shape, inspect.BoolType):
        return {"1": True, "on": True, "yes": True, "true": True, "0": False, "no": False, "false": False}.get(
            text, text
        )
    return text


def _number(text: str, sentence: str) -> float:
    sign, digits = (-1.0, text[1:]) if text[:1] in "-\u2212" else (1.0, text)
    try:
        return sign * parse_number(digits)
    except UnclearError as error:
        raise _Wrong(UNCLEAR) from error
    except ValueError as error:
        raise _Wrong(sentence) from error


def _check_texts(value: Any) -> None:
    """Raises _Wrong for control characters, lone surrogates and what stands for bytes of no text, keys too."""
    if isinstance(value, str):
        if "\ufffd" in value:
            raise _Wrong(say.CONTROL)
        if not value.isprintable() and any(_forbidden(sign) for sign in value):
            raise _Wrong(say.CONTROL)
    elif isinstance(value, dict):
        for key, one in value.items():
            _check_texts(key)
            _check_texts(one)
    elif isinstance(value, list):
        for one in value:
            _check_texts(one)


def _forbidden(sign: str) -> bool:
    return sign not in _ALLOWED_CONTROLS and unicodedata.category(sign) in ("Cc", "Cs")


def _checked(value: Any) -> Any:
    """Days within the calendar, and no number that is not one (limits in types do not catch NaN)."""
    if isinstance(value, date):
        if not clock.FIRST_DAY <= value <= clock.LAST_DAY:
            raise _Wrong(say.DATE)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _Wrong(say.NUMBER)
    elif isinstance(value, str) and not isinstance(value, Enum):
        return unicodedata.normalize("NFC", value).strip()
    elif isinstance(value, time) and value.tzinfo is not None:
        raise _Wrong(say.TIME)
    return value


def _shown(name: str) -> str:
    """A sender's field name that is safe to send back."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in name[:_SHOWN])


# ── parts of an address ──────────────────────────────────────────────────────


def parse_day(text: str) -> clock.Day:
    """A day in an address: what is none is an address where nothing is. Raises errors.NotFound."""
    try:
        return clock.parse_day(text)
    except ValueError:
        raise errors.NotFound from None


def parse_id(text: str) -> UUID:
    """An id in an address. Raises errors.NotFound."""
    try:
        return ids.parse_id(text)
    except ValueError:
        raise errors.NotFound from None
