"""Known answers, compared when a process starts: an envelope that was changed or replaced fails closed.

The figures were computed once with pyca/cryptography and are public: key 00 01 … 1f, nonce 00 01 … 0b.
"""

from collections.abc import Callable

from nutshell.common.errors import ConfigurationError

from . import aead, kdf, padding, siv
from .context import context
from .errors import NotOpened

_KEY = bytes(range(32))
_PLAIN = b"known"
_BOUND = context("self-test", 1)
_SEALED = bytes.fromhex("0101000102030405060708090a0b2c6cb96cab78d4e77132f8b2589100f73f238894bd")
_FOUND = bytes.fromhex("01029de7d547fad1b54ea29ce38d606eaf31a82205cfa4")
_DERIVED = bytes.fromhex("fc8963fbca86213e7a8fa08ee7e42e14dbf7349b02e057aec519aae0a121f7e1")
_MAC = bytes.fromhex("45d948e0507ec829dff33c5440d649aa6152353e32fffc46ad9a276de23418f8")
_DIGEST = bytes.fromhex("2edb6ed2c6ed52d37e57d06f626442ec801012107c0c16011c020399175a8753")
_WRONG = "The encryption of this program does not give its known answers (%(part)s), so Nutshell does not start."


def check() -> None:
    """Takes 0.1 ms. Raises ConfigurationError, which ends the start, where one answer is not the known one."""
    for part, holds in _PARTS.items():
        if not holds():
            raise ConfigurationError(_WRONG, part=part)


def _opens() -> bool:
    return aead.open_(_KEY, _SEALED, _BOUND) == _PLAIN


def _seals() -> bool:
    first, second = (aead.seal(_KEY, _PLAIN, _BOUND) for _ in range(2))
    return first != second and _PLAIN not in first and aead.open_(_KEY, first, _BOUND) == _PLAIN


def _refuses() -> bool:
    """One changed bit, another key or another context opens nothing."""
    changed = _SEALED[:-1] + bytes((_SEALED[-1] ^ 1,))
    tries = ((_KEY, changed, _BOUND), (_KEY[::-1], _SEALED, _BOUND), (_KEY, _SEALED, _BOUND + b"1"))
    return all(_not_opened(*one) for one in tries)


def _not_opened(key: bytes, sealed: bytes, bound_to: bytes) -> bool:
    try:
        aead.open_(key, sealed, bound_to)
    except NotOpened:
        return True
    return False


def _pads() -> bool:
    padded = padding.pad(_PLAIN)
    return len(padded) == padding.SMALLEST and padding.unpad(padded) == _PLAIN


def _answers(function: Callable[..., bytes], known: bytes, *arguments: object) -> bool:
    return function(*arguments) == known


_PARTS: dict[str, Callable[[], bool]] = {
    "opening": _opens,
    "sealing": _seals,
    "refusing": _refuses,
    "padding": _pads,
    "lookups": lambda: _answers(siv.seal, _FOUND, _KEY, _PLAIN, _BOUND),
    "derived keys": lambda: _answers(kdf.derive, _DERIVED, _KEY, "self-test", 1),
    "keyed hashes": lambda: _answers(kdf.mac, _MAC, _KEY, "self-test", 1),
    "hashes": lambda: _answers(kdf.digest, _DIGEST, "self-test", 1),
    "comparing": lambda: kdf.equal(_KEY, _KEY) and not kdf.equal(_KEY, _KEY[::-1]),
}
