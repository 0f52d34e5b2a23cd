"""OpenBao from the operator's side: its files, the certificates for it, and versions of its key."""

from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any

from nutshell.common import errors
from nutshell.common.errors import ConfigurationError
from nutshell.common.kms_address import OpenBao
from nutshell.vault.keystore import tls
from nutshell.vault.keystore.transit import SERVER_NAME, Api
from nutshell.vault.keystore.types import BACKUPS_KEPT

from .certificates import Tier
from .config import Config, bracketed

TEMPLATES = Path(__file__).parent / "templates" / "openbao"
FOLDER = "/var/lib/openbao"
UNSEAL_KEY = "/etc/openbao/unseal.key"
OPERATOR = "operator"
TIERS = (Tier("kms", (SERVER_NAME,)), Tier("kms-client"))
"""OpenBao's own certificate, and the key store's for it, where the local CA certifies both."""


def tiers(config: Config) -> tuple[Tier, ...]:
    """Which of them this installation needs."""
    own = address(config) is not None and config.kms_ca is None and config.kms_certificate is None
    return TIERS if own else ()


def address(config: Config) -> OpenBao | None:
    """OpenBao's place, if one of the two KMS is there."""
    return next((one for one in (config.kms, config.kms_old) if isinstance(one, OpenBao)), None)


def openbao_files(config: Config, folder: str = FOLDER, unseal: str = UNSEAL_KEY) -> dict[str, str]:
    """Configuration, policies, set-up script and log rotation for the OpenBao that NUTSHELL_KMS names: text by name.

    `folder` and `unseal` are paths on OpenBao's machine. Without such a KMS there are none.
    """
    place = address(config)
    if place is None:
        return {}
    values = {
        "folder": folder,
        "unseal": unseal,
        "listen": f"{bracketed(place.host)}:{place.port}",
        "cluster": f"{bracketed(place.host)}:{place.port + 1}",
        "name": SERVER_NAME if config.kms_ca is None else bracketed(place.host),
        "port": str(place.port),
        "mount": place.mount,
        "key": place.key,
        "ca": f"{folder}/tls/ca.crt",
    }
    return {path.name: Template(path.read_text()).substitute(values) for path in sorted(TEMPLATES.iterdir())}


class KeyVersions:
    """The transit key's versions, with the operator's certificate. It can neither wrap nor unwrap."""

    def __init__(self, config: Config, place: OpenBao) -> None:
        files = tls.files(config.pki, OPERATOR)
        trusted = tls.Files(config.kms_ca or files.ca, files.certificate, files.key)
        self._api = Api(place.host, place.port, trusted, OPERATOR, own_ca=config.kms_ca is None)
        self._key = f"{place.mount}/keys/{place.key}"

    def rotate(self) -> None:
        """Make a version. Raises ConfigurationError if OpenBao does not let this certificate do so."""
        self._do("rotate", {})

    def forget(self, now: datetime) -> list[int]:
        """Destroy the versions that were superseded longer ago than backups live; which. Nothing may need them."""
        made = self._made()
        kept = [number for number in made if number + 1 not in made or made[number + 1] >= now - BACKUPS_KEPT]
        gone = [number for number in made if number < min(kept)]
        if gone:
            self._do("config", {"min_decryption_version": min(kept), "min_encryption_version": min(kept)})
            self._do("trim", {"min_available_version": min(kept)})
        return gone

    def _made(self) -> dict[int, datetime]:
        """When each version that is left was made, by number."""
        found: Any = self._ask("GET", "").get("data", {})
        return {int(number): _moment(made) for number, made in found.get("keys", {}).items()}

    def _do(self, what: str, values: dict[str, int]) -> None:
        self._ask("POST", f"/{what}", values)

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, object]:
        try:
            answer = self._api.ask(method, self._key + path, body)
        except errors.Unavailable:
            raise ConfigurationError("OpenBao does not answer, or not the operator's certificate.") from None
        if answer.status >= 400:
            raise ConfigurationError("OpenBao does not do this with its key: its log says why.")
        return dict(answer.body)


def _moment(made: object) -> datetime:
    """OpenBao gives unix seconds for a key that encrypts, for derived ones too."""
    return datetime.fromtimestamp(int(str(made)), UTC)
