"""The age key that releases are encrypted to: everybody may read it, and only what its researcher entered is used."""

import logging

from nutshell.common import errors
from nutshell.vault import fields

from .models import Study

log = logging.getLogger(__name__)


def keep(study: Study, recipient: str) -> None:
    """Store it, with a seal for this study's row that nobody makes who can only write tables."""
    study.recipient, study.recipient_seal = recipient, fields.seal_text("study", "recipient", str(study.id), recipient)
    study.save(update_fields=["recipient", "recipient_seal"])


def entered(study: Study) -> str:
    """The key, "" where there is none and where another stands in its place."""
    if not study.recipient:
        return ""
    try:
        sealed = fields.open_text("study", "recipient", str(study.id), bytes(study.recipient_seal))
    except errors.Tampered:
        sealed = ""
    if sealed != study.recipient:
        log.error("the key that a study's releases are encrypted to is not the one that was entered")
        return ""
    return sealed
