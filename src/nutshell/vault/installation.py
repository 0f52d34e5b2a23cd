"""Installation keys and epoch secrets of this process: fetched from the key store when first needed, memory only."""

from datetime import date, timedelta
from threading import Lock
from typing import NamedTuple, Protocol

from nutshell.common import clock, errors

from .keystore.client import KeyStoreClient
from .keystore.types import InstallationName

KEPT = timedelta(days=7)
"""How long after its day an epoch secret may be used."""


class Source(Protocol):
    """What this module needs of a KeyStoreClient."""

    def installation(self, name: InstallationName) -> dict[int, bytes]: ...

    def epoch(self, day: date) -> bytes: ...


class VersionedKey(NamedTuple):
    """One version of an installation key; 32 bytes."""

    version: int
    key: bytes

    def __repr__(self) -> str:
        return f"<key, version {self.version}>"


class Installation:
    """The keys of one installation, cached. Safe for threads."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = Lock()
        self._keys: dict[InstallationName, dict[int, bytes]] = {}
        self._epochs: dict[date, bytes] = {}

    def versions(self, name: InstallationName) -> dict[int, bytes]:
        with self._lock:
            if name not in self._keys:
                self._keys[name] = self._source.installation(name)
            return self._keys[name]

    def epoch(self, day: date) -> bytes:
        """Raises errors.NotFound for a day whose secret is destroyed, was never made, or is still to come."""
        oldest = clock.utc_day() - KEPT
        with self._lock:
            for past in [held for held in self._epochs if held < oldest]:
                del self._epochs[past]
            if day < oldest:
                raise errors.NotFound
            if day not in self._epochs:
                self._epochs[day] = self._source.epoch(day)
            return self._epochs[day]


_client: KeyStoreClient | None = None
_held: Installation | None = None
_changing = Lock()


def configure(client: KeyStoreClient) -> None:
    """Use this client from now on, and forget all keys held."""
    global _client, _held
    with _changing:
        _client, _held = client, Installation(client)


def client() -> KeyStoreClient:
    """This process's client of the key store, made from the settings on first use."""
    if _client is None:
        configure(_from_settings())
    if _client is None:
        raise errors.Unavailable
    return _client


def _from_settings() -> KeyStoreClient:
    from django.conf import settings

    config = settings.NUTSHELL
    if config.keys_address is None:
        raise errors.ConfigurationError("NUTSHELL_KEYS_ADDRESS is missing: where is the key store?")
    name = {"web": config.node, "admin": "admin"}.get(config.role, "worker")
    return KeyStoreClient.of_installation(config.keys_address, config.pki, name)


def _installation() -> Installation:
    if _held is None:
        client()
    if _held is None:
        raise errors.Unavailable
    return _held


def epoch(day: date) -> bytes:
    """The 32-byte epoch secret of a UTC day. NotFound when it is gone, Unavailable without the key store."""
    return _installation().epoch(day)


def newest(name: InstallationName) -> VersionedKey:
    """The version that seals now."""
    versions = _installation().versions(name)
    version = max(versions)
    return VersionedKey(version, versions[version])


def versions(name: InstallationName) -> list[VersionedKey]:
    """All versions, the newest first."""
    held = _installation().versions(name)
    return [VersionedKey(version, held[version]) for version in sorted(held, reverse=True)]


def key(name: InstallationName, version: int) -> bytes:
    """Raises errors.Tampered for a version that does not exist."""
    found = _installation().versions(name).get(version)
    if found is None:
        raise errors.Tampered
    return found
