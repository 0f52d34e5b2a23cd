"""TLS 1.3 with certificates on both ends. A peer's common name says what it is."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import cast

from nutshell.common.errors import ConfigurationError

from .requests import role_of

SERVER_NAME = "keys.nutshell.internal"
"""DNS name in the key store's own certificate."""


@dataclass(frozen=True)
class Files:
    """The private CA, and this process's certificate and key (PEM)."""

    ca: Path
    certificate: Path
    key: Path

    def check(self) -> None:
        """Raises ConfigurationError if one is missing: there is no TLS without all three."""
        for path in (self.ca, self.certificate, self.key):
            if not path.is_file():
                raise ConfigurationError("The key store's connections need %(path)s.", path=str(path))


def files(folder: Path, name: str) -> Files:
    """Where the certificate of a tier lies in the installation's folder of certificates."""
    return Files(folder / "ca.crt", folder / f"{name}.crt", folder / f"{name}.key")


class Renewing:
    """A TLS context that is made anew when its files change, for the connections after that."""

    def __init__(self, files: Files, server: bool) -> None:
        files.check()
        self._files = files
        self._server = server
        self._lock = Lock()
        self._stamp = self._stamps()
        self._context = _context(files, server)

    def current(self) -> ssl.SSLContext:
        with self._lock:
            stamp = self._stamps()
            if stamp != self._stamp:
                self._renew(stamp)
            return self._context

    def _renew(self, stamp: tuple[int, ...]) -> None:
        try:
            self._context = _context(self._files, self._server)
        except (OSError, ConfigurationError):
            return  # half written: the one in use stays until the new pair fits
        self._stamp = stamp

    def _stamps(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in (self._files.ca, self._files.certificate, self._files.key))
        except OSError:
            return ()


def _context(files: Files, server: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    try:
        context.load_verify_locations(files.ca)
        context.load_cert_chain(files.certificate, files.key)
    except (OSError, ssl.SSLError):
        raise ConfigurationError("The certificates of the key store's connections do not fit together.") from None
    check(context, server)
    return context


def check(context: ssl.SSLContext, server: bool) -> None:
    """Raises ConfigurationError unless the other end must prove who it is."""
    loose = context.verify_mode != ssl.CERT_REQUIRED or context.minimum_version != ssl.TLSVersion.TLSv1_3
    if loose or not context.cert_store_stats()["x509_ca"] or (not server and not context.check_hostname):
        raise ConfigurationError("The key store takes TLS 1.3 with verified certificates on both ends only.")


def name_of(peer: ssl.SSLSocket) -> str | None:
    """The peer's name in its certificate, if it has a role; None for any other, which is served nothing."""
    subject = cast(tuple[tuple[tuple[str, str], ...], ...], (peer.getpeercert() or {}).get("subject", ()))
    names = [value for part in subject for key, value in part if key == "commonName"]
    return names[0] if len(names) == 1 and role_of(names[0]) else None
