"""`nutshell test-mail`: does mail go out?"""

from argparse import ArgumentParser

from nutshell.common.errors import ConfigurationError

from .command import Arguments, django_as


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("address", metavar="EMAIL", help="who shall get it")
    parser.set_defaults(run=_run)


def _run(arguments: Arguments) -> None:
    django_as("cli")
    from django.core.mail import send_mail

    try:
        send_mail("Nutshell can send mail", "This mail shows that it works.", None, [arguments.address])
    except OSError as failed:
        raise ConfigurationError(f"The mail could not be sent: {type(failed).__name__}: {failed}") from None
    print(f"Sent to {arguments.address}.")
