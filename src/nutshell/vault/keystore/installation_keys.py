"""Keys of the whole installation. Nodes may hold some of them; the signing ones never leave."""

import msgspec

from nutshell.common import errors
from nutshell.envelope import kdf, signing
from nutshell.envelope.errors import EnvelopeError

from . import leaves, storage
from .core import Core, Wrapped, atomic
from .models import InstallationKey
from .types import CONSOLE_NAMES, MEMORY_NAMES, SIGNING_NAMES, SigningName


def ensure(core: Core) -> None:
    """Make version 1 of every key that has none: the first start of an installation."""
    with atomic():
        for name in MEMORY_NAMES + SIGNING_NAMES:
            if not InstallationKey.objects.filter(name=name).exists():
                key = signing.new_private() if name in SIGNING_NAMES else kdf.new_key()
                InstallationKey.objects.create(name=name, version=1, wrapped=core.wrap(key, "installation", name, 1))


def fetch(core: Core, role: str, name: str) -> dict[int, bytes]:
    """All versions of a key that nodes may hold, by version. Leaves one leaf."""
    if name not in (CONSOLE_NAMES if role == "admin" else MEMORY_NAMES):
        raise errors.Forbidden
    with atomic():
        leaves.append(core, "installation-fetch", role, None, name, b"")
    return _versions(core, name)


def sign(core: Core, name: SigningName, payload: bytes) -> tuple[int, bytes]:
    """Ed25519 by the newest version, over the statement context of `name`: that version, and the signature.

    For statements that the key store made itself: no request reaches this with bytes of its own.
    """
    keys = _versions(core, name)
    newest = max(keys)
    return newest, signing.sign(keys[newest], name, payload)


def public_keys(core: Core, name: SigningName) -> dict[int, bytes]:
    """Of every version, former ones too: what they signed is checked for good."""
    former = InstallationKey.objects.filter(name=name, wrapped=b"").values_list("version", "public")
    now = {version: signing.public_of(key) for version, key in _versions(core, name).items()}
    return {version: bytes(public) for version, public in former} | now


def rotate(core: Core) -> dict[str, int]:
    """A new version of every signing key; of the former ones the public half stays, and nothing else. The versions.

    Leaves one leaf. Receipts and checkpoints of before verify as they did.
    """
    with atomic():
        versions: dict[str, int] = {name: _renewed(core, name) for name in SIGNING_NAMES}
        leaves.append(core, "signing-rotated", "operator", None, "operator", msgspec.msgpack.encode(versions))
    storage.scrub()
    return versions


def _renewed(core: Core, name: SigningName) -> int:
    former = _versions(core, name)
    for version, key in former.items():
        row = InstallationKey.objects.filter(name=name, version=version)
        row.update(public=signing.public_of(key), wrapped=b"")
    newest = max(former) + 1
    wrapped = core.wrap(signing.new_private(), "installation", name, newest)
    InstallationKey.objects.create(name=name, version=newest, wrapped=wrapped)
    return newest


def _versions(core: Core, name: str) -> dict[int, bytes]:
    rows = list(InstallationKey.objects.filter(name=name).exclude(wrapped=b""))
    try:
        keys = core.unwrap_many([Wrapped(row.wrapped, "installation", (name, row.version)) for row in rows])
        return {row.version: key for row, key in zip(rows, keys, strict=True)}
    except EnvelopeError:
        raise errors.Tampered from None
