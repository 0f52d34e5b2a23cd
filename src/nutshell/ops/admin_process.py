"""The operators' console: a WSGI server (gunicorn) that is reached by mutual TLS only, with an operator's certificate.

Web processes take granian, which is quicker and does not say who called. Here it is the certificate that says who
somebody is: the server's own connection is asked for it, so no header and no proxy is believed.
"""

import hashlib
import os
import ssl
from collections.abc import Callable, Iterable
from typing import Any

from gunicorn.app.base import BaseApplication

from nutshell.common.errors import ConfigurationError

from .certificates import OPERATORS
from .config import Config
from .logs import logging_config

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
CERTIFICATE = "nutshell.certificate"
"""In the WSGI environment: SHA-256 of the caller's certificate. Headers cannot set it, theirs begin with HTTP_."""


def serve(config: Config, address: str, port: int) -> None:
    """Serve until a signal ends this process. Raises ConfigurationError if a certificate file is missing."""
    for path in _files(config).values():
        if not path.is_file():
            raise ConfigurationError(f"The certificate file {path} is missing, so nothing is served.")
    _Console(config, f"{address}:{port}").run()


def _files(config: Config) -> dict[str, Any]:
    names = {"certfile": "console.crt", "keyfile": "console.key", "ca_certs": f"{OPERATORS}.crt"}
    return {setting: config.pki / name for setting, name in names.items()}


def _logging() -> dict[str, Any]:
    """gunicorn writes the text of exceptions; our formatter does not."""
    found = logging_config()
    own = {"gunicorn.error": {"level": "ERROR", "handlers": [], "propagate": True}}
    return {**found, "loggers": {**found["loggers"], **own}}


class _Console(BaseApplication):  # type: ignore[misc]
    def __init__(self, config: Config, place: str) -> None:
        self._files, self._place = _files(config), place
        super().__init__()

    def load_config(self) -> None:
        chosen = {
            "bind": self._place,
            "worker_class": "gthread",
            "threads": 4,
            "timeout": 120,
            "cert_reqs": ssl.CERT_REQUIRED,
            "ssl_context": _tls,
            "control_socket_disable": True,
            "errorlog": None,
            "logconfig_dict": _logging(),
            **{setting: str(path) for setting, path in self._files.items()},
        }
        for setting, value in chosen.items():
            self.cfg.set(setting, value)

    def load(self) -> Application:
        """Runs in the worker."""
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nutshell.settings")
        from django.core.wsgi import get_wsgi_application

        return _saying_who(get_wsgi_application())


def _tls(_config: Any, default: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
    """Made for each connection: a renewed certificate is taken up by itself."""
    context = default()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _saying_who(application: Application) -> Application:
    def asked(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[CERTIFICATE] = hashlib.sha256(environ["gunicorn.socket"].getpeercert(binary_form=True)).digest()
        return application(environ, start_response)

    return asked
