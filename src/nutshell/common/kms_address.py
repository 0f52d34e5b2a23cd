"""Where the KMS is: `file`, `openbao://HOST:PORT/MOUNT/KEY`, or a PKCS#11 URI (RFC 7512). Pure; nothing is opened."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True)
class File:
    """The key file that NUTSHELL_KMS_KEY names."""


@dataclass(frozen=True)
class OpenBao:
    """A transit key of OpenBao (or Vault): its API's host and port, the mount's path and the key's name."""

    host: str
    port: int
    mount: str
    key: str


@dataclass(frozen=True)
class Pkcs11:
    """A key on a token: the module's path, the token's label, the key's label without its version, the PIN's file."""

    module: Path
    token: str
    label: str
    pin: Path


Address = File | OpenBao | Pkcs11

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


def parse(text: str) -> Address:
    """Raises ValueError with the end of a sentence that begins with the setting's name."""
    if text == "file":
        return File()
    scheme = text.partition(":")[0]
    if scheme == "openbao":
        return _openbao(text)
    if scheme == "pkcs11":
        return _pkcs11(text)
    raise ValueError("must be file, openbao://HOST:PORT/MOUNT/KEY or a pkcs11: address")


def _openbao(text: str) -> OpenBao:
    url, wrong = urlsplit(text), ValueError("must read openbao://HOST:PORT/MOUNT/KEY")
    try:
        port = url.port
    except ValueError:
        raise wrong from None
    path = url.path.split("/")
    words = len(path) == 3 and all(_WORD.fullmatch(word) for word in path[1:])
    if not (url.hostname and port and words) or url.query or url.fragment or url.username is not None:
        raise wrong
    return OpenBao(url.hostname, port, path[1], path[2])


def _pkcs11(text: str) -> Pkcs11:
    path, _, query = text.removeprefix("pkcs11:").partition("?")
    about, how = _attributes(path, ";"), _attributes(query, "&")
    if "pin-value" in how or "pin-value" in about:
        raise ValueError("must not hold a PIN: put it into a file and name that in pin-source")
    if set(about) != {"token", "object"} or set(how) != {"module-path", "pin-source"}:
        raise ValueError("must read pkcs11:token=TOKEN;object=KEY?module-path=/PATH&pin-source=file:/PATH")
    module, pin = Path(how["module-path"]), Path(how["pin-source"].removeprefix("file:"))
    if not (module.is_absolute() and pin.is_absolute()):
        raise ValueError("must name its module and its PIN's file by whole paths")
    return Pkcs11(module, about["token"], about["object"], pin)


def _attributes(text: str, between: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(between) if part]
    found = {name: unquote(value) for name, _, value in pairs if value}
    if len(found) != len(pairs):
        raise ValueError("must give each attribute of its pkcs11: address once, with a value")
    return found
