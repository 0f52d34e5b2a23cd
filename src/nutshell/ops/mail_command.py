"""`nutshell test-mail`: does mail go out?"""

from argparse import ArgumentParser
from contextlib import suppress

from nutshell.common.errors import ConfigurationError

from .command import Arguments, django_as
from .config import is_email


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("address", metavar="EMAIL", help="who shall get it")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.conf import settings
    from django.core.mail import send_mail
    from django.db import DatabaseError

    from nutshell.operators.actions import tell

    from .mail import explained

    if not settings.NUTSHELL.smtp_url:
        raise ConfigurationError("No mail server is set: set NUTSHELL_SMTP_URL and NUTSHELL_MAIL_FROM.")
    if not is_email(arguments.address):
        raise ConfigurationError("That is not an e-mail address.")
    try:
        send_mail("Nutshell can send mail", "This mail shows that it works.", None, [arguments.address])
    except OSError as failure:
        raise ConfigurationError(explained(failure, settings.NUTSHELL)) from None
    with suppress(DatabaseError):  # before the first start there is no trail
        tell("mail-tested")
    print(f"Sent to {arguments.address}.")
