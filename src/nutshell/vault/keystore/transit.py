"""The KMS as a transit key of OpenBao (or Vault), over mutual TLS 1.3.

The key is derived: what a value is bound to is the context that its key is derived from, so OpenBao itself opens
nothing under another one. A token lives 15 minutes, cannot be renewed and reaches this one key's encrypt and decrypt;
a new one is asked for before it ends. Making a version of the key is not this role's right (`ops.openbao`).
"""

import base64
import http.client
import re
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import msgspec

from nutshell.common import errors
from nutshell.common.errors import ConfigurationError
from nutshell.common.kms_address import OpenBao
from nutshell.envelope.errors import NotOpened, UnknownFormat

from . import tls
from .kms import KIND_BITS, VERSION_LENGTH, Bound, kind_of, packed_version, wrapped_version

KIND = 1
SERVER_NAME = "kms.nutshell.internal"
"""DNS name in OpenBao's certificate where the installation's own CA made it. Another CA's must be for the host."""
ROLE = "key-store"
"""Name of the certificate role that the key store signs in to."""

SECONDS = 2.0
"""For a connection and for each answer. A node waits ten seconds for the key store, so both tries fit into that."""
LONGEST_ANSWER = 4 * 1024 * 1024
AT_ONCE = 200
"""OpenBao refuses JSON with more than 1,000 strings in it: 249 of these."""
IDLE_KEPT = 16
_CIPHERTEXT = re.compile(r"vault:v([1-9][0-9]{0,6}):([A-Za-z0-9+/]+={0,2})")


@dataclass(frozen=True)
class Answer:
    """Status and body; `body` is {} where there was none that could be read."""

    status: int
    body: Mapping[str, Any]


class Api:
    """OpenBao's HTTP API for one certificate role: pooled connections, and a token that is always fresh."""

    def __init__(self, host: str, port: int, files: tls.Files, role: str, own_ca: bool) -> None:
        """Connects on first use. Raises ConfigurationError if a file is missing or they do not fit together."""
        self._place, self._role = (host, port), role
        self._name = SERVER_NAME if own_ca else host
        self._context = tls.Renewing(files, server=False)
        self._lock, self._signing_in = Lock(), Lock()
        self._idle: list[_Connection] = []
        self._token, self._fresh_until = "", 0.0

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Under /v1/. Raises errors.Unavailable where nobody answers in time, or not this role."""
        answer = self._send(method, path, body, self._fresh_token())
        if answer.status == 403:
            answer = self._send(method, path, body, self._fresh_token(instead_of=self._token))
        if answer.status >= 500 or answer.status in (403, 429):
            raise errors.Unavailable
        return answer

    def _fresh_token(self, instead_of: str | None = None) -> str:
        if not self._signing_in.acquire(timeout=SECONDS):
            raise errors.Unavailable  # whoever signs in waits for an answer: a queue behind them would never end
        try:
            if time.monotonic() >= self._fresh_until or self._token == instead_of:
                self._sign_in()
            return self._token
        finally:
            self._signing_in.release()

    def _sign_in(self) -> None:
        answer = self._send("POST", "auth/cert/login", {"name": self._role}, "")
        try:
            token, lives = answer.body["auth"]["client_token"], int(answer.body["auth"]["lease_duration"])
        except (KeyError, TypeError, ValueError):
            raise errors.Unavailable from None
        self._token, self._fresh_until = str(token), time.monotonic() + lives * 2 / 3

    def _send(self, method: str, path: str, body: object, token: str) -> Answer:
        """All that is asked may be asked again: once more if a connection that lay idle has gone."""
        connection = self._pooled()
        try:
            if connection is not None:
                try:
                    return self._once(connection, method, path, body, token)
                except TimeoutError:
                    raise
                except (OSError, http.client.HTTPException):
                    pass
            return self._once(self._new(), method, path, body, token)
        except (OSError, http.client.HTTPException, msgspec.MsgspecError):
            raise errors.Unavailable from None

    def _once(self, connection: "_Connection", method: str, path: str, body: object, token: str) -> Answer:
        try:
            headers = {"X-Vault-Request": "true", **({"X-Vault-Token": token} if token else {})}
            connection.request(method, f"/v1/{path}", None if body is None else msgspec.json.encode(body), headers)
            answer = connection.getresponse()
            content = answer.read(LONGEST_ANSWER + 1)
            if len(content) > LONGEST_ANSWER:
                raise http.client.IncompleteRead(content[:0])
            found = Answer(answer.status, msgspec.json.decode(content, type=dict[str, Any]) if content else {})
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return found

    def _new(self) -> "_Connection":
        return _Connection(*self._place, self._context.current(), self._name)

    def _pooled(self) -> "_Connection | None":
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, connection: "_Connection") -> None:
        with self._lock:
            if len(self._idle) < IDLE_KEPT:
                self._idle.append(connection)
                return
        connection.close()


class _Connection(http.client.HTTPConnection):
    """TLS to whoever has the certificate for this name, wherever it listens. No proxy of the environment is asked."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, name: str) -> None:
        super().__init__(host, port, timeout=SECONDS)
        self._context, self._name = context, name

    def connect(self) -> None:
        super().connect()
        plain = self.sock
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=self._name)
        except BaseException:
            plain.close()
            raise


class Transit:
    """A `Kms`. A wrapped value is the version as u32, and then OpenBao's own ciphertext."""

    def __init__(self, address: OpenBao, api: Api) -> None:
        """Asks at once whether the key is there. Raises ConfigurationError with one sentence if not."""
        self._api = api
        self._path = f"{address.mount}/{{}}/{address.key}"
        try:
            self.wrap(b"nutshell", b"probe")
        except (errors.Unavailable, NotOpened):
            raise ConfigurationError(
                "OpenBao at %(host)s:%(port)s does not let the key store use its key %(key)s.",
                host=address.host,
                port=address.port,
                key=f"{address.mount}/{address.key}",
            ) from None

    @property
    def version(self) -> int:
        """What OpenBao wraps with now. It alone knows, so it is asked."""
        return wrapped_version(self.wrap(b"nutshell", b"probe"))

    def wrap(self, secret: bytes, bound_to: bytes) -> bytes:
        return self.wrap_many([(secret, bound_to)])[0]

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        return self.unwrap_many([(wrapped, bound_to)])[0]

    def wrap_many(self, secrets: Sequence[Bound]) -> list[bytes]:
        items = [{"plaintext": _base64(secret), "context": _base64(bound_to)} for secret, bound_to in secrets]
        return [_packed(text) for text in self._many("encrypt", "ciphertext", items)]

    def unwrap_many(self, wrapped: Sequence[Bound]) -> list[bytes]:
        items = [{"ciphertext": _unpacked(value), "context": _base64(bound_to)} for value, bound_to in wrapped]
        return [base64.b64decode(text) for text in self._many("decrypt", "plaintext", items)]

    def new_version(self, now: datetime) -> int:  # noqa: ARG002
        """errors.Conflict: this role may not make one, and one that OpenBao's operator made is in use already."""
        raise errors.Conflict

    def superseded(self, before: datetime) -> list[int]:  # noqa: ARG002
        """None that this role could remove: `ops.openbao` does it with the operator's certificate."""
        return []

    def remove(self, version: int) -> None:  # noqa: ARG002
        raise ValueError("versions of a transit key are removed by OpenBao's operator")

    def _many(self, act: str, wanted: str, items: Sequence[Mapping[str, str]]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(items), AT_ONCE):
            found += self._batch(act, wanted, items[start : start + AT_ONCE])
        return found

    def _batch(self, act: str, wanted: str, items: Sequence[Mapping[str, str]]) -> list[str]:
        answer = self._api.ask("POST", self._path.format(act), {"batch_input": items})
        data = answer.body.get("data") or {}
        results = data.get("batch_results") if isinstance(data, dict) else None
        if not isinstance(results, list) or len(results) != len(items):
            raise errors.Unavailable  # no key, no mount: nothing that says that a value was altered
        if any(not isinstance(one, dict) or one.get("error") or wanted not in one for one in results):
            raise NotOpened
        return [str(one[wanted]) for one in results]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _packed(text: str) -> bytes:
    found = _CIPHERTEXT.fullmatch(text)
    if found is None:
        raise errors.Unavailable
    return packed_version(KIND << KIND_BITS | int(found[1])) + base64.b64decode(found[2])


def _unpacked(wrapped: bytes) -> str:
    if len(wrapped) <= VERSION_LENGTH:
        raise NotOpened
    number = wrapped_version(wrapped) - (KIND << KIND_BITS)
    if kind_of(wrapped) != KIND or number == 0:  # OpenBao would take 0 for another way of saying 1
        raise UnknownFormat
    return f"vault:v{number}:{_base64(wrapped[VERSION_LENGTH:])}"
