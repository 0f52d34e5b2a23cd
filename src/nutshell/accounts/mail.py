"""Mail that this room writes itself; allauth's own mails have templates of their own.

What changes who can open an account or a diary is told to its owner by mail, in their language: a subject line without
anybody's name, and nothing from the diary.
"""

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from nutshell.common.texts import N_

from . import outbox
from .models import User

RECEIPT_NAME = "nutshell-receipt.bin"
NOTICES = {
    "account-sealed": (
        N_("Your account was sealed"),
        N_("Your Nutshell account was sealed. From now on only your own password, recovery code or passkeys open it."),
    ),
    "account-unsealed": (
        N_("Your account was unsealed"),
        N_("Your Nutshell account was unsealed. The server can open it again without you."),
    ),
    "keys-renewed": (
        N_("You have new keys"),
        N_(
            "New keys were made for your Nutshell account. All other devices were signed out; apps and trusted "
            "contacts ended. If that was not you, reset your password and write to support at once."
        ),
    ),
    "grant-renewed": (
        N_("Somebody you share with has new keys"),
        N_(
            "Somebody who sees something of yours made new keys for their account. Compare fingerprints with them "
            "again, on the page Who can see what."
        ),
    ),
    "recovery-code-made": (
        N_("A new recovery code was made"),
        N_("A new recovery code was made for your Nutshell account. The one before opens nothing any more."),
    ),
    "recovery-code-used": (
        N_("Your recovery code was used"),
        N_("Your recovery code was used to open your Nutshell account. Make a new one if others may have seen it."),
    ),
    "passkey-key-added": (
        N_("A passkey opens your sealed account"),
        N_("From now on a passkey opens your sealed Nutshell account."),
    ),
    "passkey-key-removed": (
        N_("Passkeys do not open your sealed account any more"),
        N_("No passkey opens your sealed Nutshell account any more."),
    ),
    "token-made": (
        N_("An app was given access"),
        N_("A token was made: an app or script that holds it reaches what you chose for it."),
    ),
    "export": (
        N_("Your data was exported"),
        N_(
            "A file with everything of your Nutshell account was made for a device that is signed in as you. If that "
            "was not you, change your password and make new keys under Settings, New keys."
        ),
    ),
    "import": (
        N_("Data was imported"),
        N_("What a file holds was brought into your Nutshell account."),
    ),
    "grant-offered": (
        N_("You made an invitation"),
        N_("An invitation to see something of yours was made. Whoever has its link can accept it, for seven days."),
    ),
    "grant-accepted": (
        N_("Your invitation was accepted"),
        N_("An invitation of yours was accepted. What you chose opens to that person with your next page."),
    ),
    "grant-changed": (
        N_("What you share was changed"),
        N_("What somebody can see of yours, or until when, was changed."),
    ),
    "grant-ended": (
        N_("Access was ended"),
        N_("Access to what you shared has ended, or an invitation of yours was declined."),
    ),
    "contact-asked": (
        N_("Somebody trusts you with their account"),
        N_("Somebody named you as a trusted contact. Accept or decline under What others share with you."),
    ),
    "contact-started": (
        N_("A recovery of your account has begun"),
        N_(
            "A trusted contact began the recovery of your Nutshell account. If you did not ask for it, stop it under "
            "Settings, Sealed account, before the days that you set are over."
        ),
    ),
    "contact-lapsed": (
        N_("A trusted contact of yours is none any more"),
        N_("A trusted contact of yours unsealed or closed their own account, so they can help no more. Name another."),
    ),
    "contact-stopped": (
        N_("A recovery was stopped"),
        N_("The recovery that you had begun for somebody was stopped by them."),
    ),
    "contact-used": (
        N_("Your account was recovered with your trusted contact"),
        N_(
            "A trusted contact's code opened your account. Make new keys under Settings, New keys, so that this code "
            "is worth nothing any more, and name a contact again."
        ),
    ),
    "study-joined": (
        N_("You take part in a study"),
        N_("From now on a study reads what you agreed to. You can pause or withdraw on its page at any moment."),
    ),
    "clinic-joined": (
        N_("You share with a clinic"),
        N_("From now on a clinic can open what you agreed to. You can change or end that at any moment."),
    ),
    "emergency-opened": (
        N_("Your diary was opened in an emergency"),
        N_(
            "Somebody of a clinic that you share with opened your diary without being on your team, and said why. The "
            "reason stands in your ledger. It ends by itself after four hours, and somebody else of the clinic looks "
            "at it."
        ),
    ),
    "member-accepted": (
        N_("Somebody accepted to belong to your clinic"),
        N_("An invitation to your clinic was accepted. It is completed when you open the clinic's page."),
    ),
    "member-left": (
        N_("You do not belong to a clinic any more"),
        N_("Your membership of a clinic has ended: nothing of its clients opens for you any more."),
    ),
    "removal-taken-back": (
        N_("Your account stays"),
        N_("The removal of your Nutshell account was taken back. What you share is open again as it was."),
    ),
    "restricted": (
        N_("Your account is frozen"),
        N_(
            "You restricted what is done with your data: it is kept, and nothing of it opens for anybody until you "
            "lift that."
        ),
    ),
    "restriction-lifted": (
        N_("Your account is not frozen any more"),
        N_("The restriction of your Nutshell account was lifted. What you share is open again as it was."),
    ),
    "request-answered": (
        N_("The data-protection officer answered you"),
        N_("Your request to the data-protection officer has an answer. Sign in and read it under Access."),
    ),
    "request-extended": (
        N_("Your request takes longer"),
        N_(
            "The data-protection officer needs more time for your request. Sign in and read why, and until when, under "
            "Access."
        ),
    ),
    "share-ended": (
        N_("Something is no longer shared with you"),
        N_("What somebody shared with you has ended: their next page will not open."),
    ),
}
"""Kind → subject line and sentence. Passwords, addresses and ways to sign in have mails of allauth's."""


def notify(user_id: int, kind: str) -> None:
    """Tell somebody of a change, at their own address."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    address = _address_of(user_id)
    if user is None or not address:
        return
    with translation.override(user.language or translation.get_language()):
        subject, told = (gettext(text) for text in NOTICES[kind])
        outbox.send(address, subject, f"{told}\n\n{_footer()}", user_id)


def notify_subject(subject: UUID, kind: str) -> None:
    """The same for whom only the pseudonym is known of."""
    user_id = User.objects.filter(subject_id=subject).values_list("pk", flat=True).first()
    if user_id is not None:
        notify(user_id, kind)


def notify_of_removal(user_id: int, due: datetime) -> None:
    """That an account is frozen, when it is removed, and how that is taken back."""
    user, address = User.objects.get(pk=user_id), _address_of(user_id)
    if not address:
        return
    with translation.override(user.language or translation.get_language()):
        body = gettext(
            "Your Nutshell account is frozen: nobody can open anything of it. On %(moment)s everything in it is "
            "erased.\n\nUntil then you can sign in and take that back, or have it erased at once:\n%(link)s"
        )
        told = body % {"moment": _moment(due), "link": f"{settings.NUTSHELL.origin}/account/frozen"}
        outbox.send(address, gettext("Your account will be removed"), f"{told}\n\n{_footer()}", user_id)


def _moment(moment: datetime) -> str:
    return date_format(moment.astimezone(UTC), gettext("j F Y, H:i e"))


class Remembered(NamedTuple):
    """Whom the last mail goes to, once no row names them any more."""

    address: str
    language: str


def address_to_remember(subject: UUID) -> Remembered | None:
    """None for a subject without an account, or an account without an address."""
    found = User.objects.filter(subject_id=subject).values_list("pk", "language").first()
    address = _address_of(found[0]) if found else ""
    return Remembered(address, found[1]) if found and address else None


def send_receipt(to: Remembered, receipt: bytes, final_at: datetime, key: str) -> None:
    """The last mail about an account or its data, with the signed receipt and the public key that checks it."""
    with translation.override(to.language or translation.get_language()):
        body = gettext(
            "Everything was erased. From %(moment)s on no backup is left that could open any of it.\n\n"
            "The attached file is your receipt. It holds nothing from your diary and does not name you. Keep it: with "
            "the command `nutshell receipt verify FILE --key %(key)s` anybody can check that it was not altered."
        )
        file = outbox.Attachment(RECEIPT_NAME, receipt)
        outbox.send(to.address, gettext("Your receipt"), body % {"moment": _moment(final_at), "key": key}, None, file)


def _address_of(user_id: int) -> str:
    found = EmailAddress.objects.filter(user_id=user_id, primary=True).first()
    return found.email if found else ""


def _footer() -> str:
    lines = (
        gettext("Who can see what: %(link)s") % {"link": f"{settings.NUTSHELL.origin}/access"},
        gettext("Was it not you? Sign in, end all other sessions, then change your password or passkeys."),
        gettext("This message holds nothing from your diary. We never ask for your password."),
    )
    return "\n\n".join(lines)


def send_invitation(user_id: int, address: str, link: str) -> bool:
    """An invitation to see something of somebody's diary: who asks, and the link. Whether it could be sent.

    Whether the address has an account here is not looked up, so that nothing can be told of it.
    """
    name = User.objects.get(pk=user_id).display_name or _address_of(user_id)
    subject = gettext("%(name)s wants to share a diary with you") % {"name": name}
    body = gettext(
        "%(name)s invites you to see parts of a food diary on Nutshell.\n\n"
        "Open this link to see what it is, and to accept or decline:\n%(link)s\n\n"
        "The link works once and for seven days. Whoever has it can accept: pass it to nobody."
    )
    return outbox.send(address, subject, body % {"name": name, "link": link}, user_id)


def send_clinic_invitation(address: str, clinic: str, link: str) -> bool:
    """A clinic invites a member or a client: who asks, and the link. Whether it could be sent."""
    subject = gettext("%(name)s invites you to Nutshell") % {"name": clinic}
    body = gettext(
        "%(name)s invites you.\n\n"
        "Open this link to see what it asks for, and to accept or decline:\n%(link)s\n\n"
        "The link works once and for seven days. Whoever has it can accept: pass it to nobody."
    )
    return outbox.send(address, subject, body % {"name": clinic, "link": link}, None)
