"""A search for what must not be readable: a text in every form in which a file could hold it."""

import base64
import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LARGEST_INFLATED = 4_000_000
_STREAMS = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


class Hit(NamedTuple):
    where: str
    what: str
    form: str


def forms_of(text: str) -> dict[str, bytes]:
    """The same text as raw, percent, base64 (three alignments, both alphabets), hex and UTF-16."""
    raw = text.encode()
    found = {
        "raw": raw,
        "upper case": raw.upper(),
        "lower case": raw.lower(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "reversed": raw[::-1],
    }
    for shift in range(3):
        found |= {f"base64+{shift}{name}": part for name, part in _base64_parts(raw, shift)}
    return found


def _base64_parts(raw: bytes, shift: int) -> Iterator[tuple[str, bytes]]:
    """The signs of base64 that this text alone decides, when `shift` bytes stand before it."""
    first, last = (shift * 8 + 5) // 6, (shift + len(raw)) * 8 // 6
    for name, encode in (("", base64.b64encode), (" url", base64.urlsafe_b64encode)):
        yield name, encode(b"\0" * shift + raw)[first:last]


def number_forms(number: float) -> dict[str, bytes]:
    """A number as text and as eight bytes, in both orders. Four bytes would be met by chance."""
    return {
        **forms_of(repr(number)),
        "double, big end first": struct.pack(">d", number),
        "double, little end first": struct.pack("<d", number),
    }


Needles = dict[str, dict[str, bytes]]


def needles(texts: dict[str, str], numbers: dict[str, float] | None = None) -> Needles:
    return {
        **{name: forms_of(text) for name, text in texts.items()},
        **{name: number_forms(number) for name, number in (numbers or {}).items()},
    }


def search(content: bytes, wanted: Needles, where: str) -> list[Hit]:
    """Every needle in these bytes and in every gzip or zlib stream that begins anywhere in them."""
    hits = [Hit(where, *hit) for hit in _plain(content, wanted)]
    for start, inner in _inflated(content):
        hits += [Hit(f"{where} inflated at {start}", *hit) for hit in _plain(inner, wanted)]
    return hits


def _plain(content: bytes, wanted: Needles) -> Iterator[tuple[str, str]]:
    for what, forms in wanted.items():
        for form, part in forms.items():
            if part in content:
                yield what, form


def _inflated(content: bytes) -> Iterator[tuple[int, bytes]]:
    for sign in _STREAMS:
        at = content.find(sign)
        while at >= 0:
            inner = _inflate(content[at : at + LARGEST_INFLATED])
            if len(inner) >= 8:
                yield at, inner
            at = content.find(sign, at + 1)


def _inflate(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(content, LARGEST_INFLATED)
    except zlib.error:
        return b""


class Searched(NamedTuple):
    files: int
    size: int
    hits: list[Hit]


def search_folder(folder: Path, wanted: Needles, since: float = 0.0) -> Searched:
    """Every regular file below a folder, whatever it is called, that was written since then (seconds, epoch)."""
    files, size, hits = 0, 0, []
    for path in sorted(folder.rglob("*")):
        try:
            if not path.is_file() or path.stat().st_mtime < since:
                continue
            content = path.read_bytes()
        except FileNotFoundError:
            continue  # a journal that was removed while we looked
        files, size = files + 1, size + len(content)
        hits += search(content, wanted, str(path.relative_to(folder)))
    return Searched(files, size, hits)


def planted(text: str) -> dict[str, bytes]:
    """The text as a careless program could leave it: what the search must find, each form in noise."""
    raw = text.encode()
    return {
        "raw": raw,
        **{f"base64 after {n}": base64.b64encode(b"x" * n + raw + b"yz") for n in range(3)},
        **{f"base64url after {n}": base64.urlsafe_b64encode(b"x" * n + raw + b"yz") for n in range(3)},
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        "gzip": gzip.compress(b"some text before " + raw),
        "zlib": zlib.compress(b"some text before " + raw),
        "zlib, strong": zlib.compress(b"some text before " + raw, 9),
    }
