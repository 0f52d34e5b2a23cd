"""The operators' console from outside: an operator with the certificate and the app that the command handed over."""

import re
import ssl
import time
from pathlib import Path
from typing import Any

import httpx
from allauth.mfa.totp.internal import auth as totp
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from tests.stack import Stack


class Operator:
    """Made by `nutshell admin add NAME`. `http` shows the certificate; nobody has signed in yet."""

    def __init__(self, stack: Stack, name: str, url: str = "", folder: Path | None = None) -> None:
        self.stack, self.name = stack, name
        self.url = url or f"https://localhost:{stack.environ['NUTSHELL_ADMIN_PORT']}"
        self.pem = (folder or stack.data) / f"{name}.pem"
        done = stack.command("admin", "add", name)
        assert done.returncode == 0, done.stderr
        self.take(done.stdout)
        self.factor = re.search(r"secret=(\w+)", done.stdout)[1]  # type: ignore[index]

    def take(self, said: str) -> None:
        """The certificate out of the file that the command names."""
        path, passphrase = (re.search(words, said)[1] for words in (r"days: (.*)", r"shown once: (\w+ .*)"))  # type: ignore[index]
        key, certificate, _ = pkcs12.load_key_and_certificates(Path(path).read_bytes(), passphrase.encode())
        assert key is not None
        assert certificate is not None
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[union-attr]
        self.pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        self.http = client(self.stack, self.url, self.pem)

    def code(self) -> str:
        """The one that the app shows."""
        return code_of(self.factor, int(time.time()) // 30)

    def sign_in(self) -> "Operator":
        answer = self.post("/sign-in", code=self.code())
        assert (answer.status_code, answer.headers.get("location")) == (302, "/"), answer.text[-800:]
        return self

    def with_certificate(self, pem: Path, **cookies: str) -> "Operator":
        """The same person's app at a browser with another certificate, or with other cookies."""
        other = Operator.__new__(Operator)
        other.__dict__.update(self.__dict__, http=client(self.stack, self.url, pem, cookies=cookies))
        return other

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def post(self, path: str, **form: str) -> httpx.Response:
        """With the token of the form, as the page has it."""
        if "__Host-operator-csrf" not in self.http.cookies:
            self.http.get("/sign-in")
        token = self.http.cookies.get("__Host-operator-csrf", "")
        return self.http.post(path, data={"csrfmiddlewaretoken": token, **form}, headers={"Origin": self.url})


def client(stack: Stack, url: str, pem: Path | None = None, **options: Any) -> httpx.Client:
    """Trusts the installation's CA; shows the certificate in this file, if any."""
    context = ssl.create_default_context(cafile=stack.ca)
    if pem:
        context.load_cert_chain(pem)
    return httpx.Client(base_url=url, verify=context, timeout=15, **options)


def code_of(secret: str, step: int) -> str:
    return str(totp.format_hotp_value(totp.hotp_value(secret, step)))
