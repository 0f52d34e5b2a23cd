"""Mail that this room writes itself; allauth's own mails have templates of their own."""

import logging

from django.core.mail import EmailMessage
from django.utils.translation import gettext

from . import queries

log = logging.getLogger("nutshell.accounts")


def send_invitation(user_id: int, address: str, link: str) -> bool:
    """An invitation to see something of somebody's diary: who asks, and the link. Whether it could be sent.

    Whether the address has an account here is not looked up, so that nothing can be told of it.
    """
    user = queries.user(user_id)
    name = user.display_name or queries.email_of(user_id)
    subject = gettext("%(name)s wants to share a diary with you") % {"name": name}
    body = gettext(
        "%(name)s invites you to see parts of a food diary on Nutshell.\n\n"
        "Open this link to see what it is, and to accept or decline:\n%(link)s\n\n"
        "The link works once and for seven days. Whoever has it can accept: pass it to nobody."
    )
    try:
        return bool(EmailMessage(subject, body % {"name": name, "link": link}, to=[address]).send())
    except OSError as failure:  # smtplib's errors are such, too
        log.error("an invitation could not be mailed: %s", type(failure).__name__)
        return False
