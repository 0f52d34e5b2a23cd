"""A passkey in software: an ES256 key that answers WebAuthn challenges as a phone would."""

import base64
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData
from tests.doors.accounts.people import HOST


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _rp_hash() -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(HOST.encode())
    return digest.finalize()


class Passkey:
    """One credential. Verifies its user (UP and UV) whenever it is asked."""

    FLAGS = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV

    def __init__(self, origin: str = f"https://{HOST}") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._id = secrets.token_bytes(16)
        self._origin = origin
        self._user = ""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer creation options (`publicKey`)."""
        self._user = options["publicKey"]["user"]["id"]
        attested = AttestedCredentialData.create(
            bytes(16), self._id, ES256.from_cryptography_key(self._key.public_key())
        )
        flags = self.FLAGS | AuthenticatorData.FLAG.AT
        data = AuthenticatorData.create(_rp_hash(), flags, 0, attested)
        client = self._client("webauthn.create", options)
        response = {
            "clientDataJSON": _text(client),
            "attestationObject": _text(AttestationObject.create("none", data, {})),
        }
        return self._credential(response, {"credProps": {"rk": True}})

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer request options (`publicKey`)."""
        data = AuthenticatorData.create(_rp_hash(), self.FLAGS, 0)
        client = self._client("webauthn.get", options)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(client)
        signature = self._key.sign(bytes(data) + digest.finalize(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": _text(client),
            "authenticatorData": _text(bytes(data)),
            "signature": _text(signature),
            "userHandle": self._user,
        }
        return self._credential(response, {})

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return CollectedClientData.create(kind, options["publicKey"]["challenge"], self._origin)

    def _credential(self, response: dict[str, str], extensions: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": _text(self._id),
            "rawId": _text(self._id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": response,
            "clientExtensionResults": extensions,
        }


def as_json(credential: dict[str, Any]) -> str:
    return json.dumps(credential)
