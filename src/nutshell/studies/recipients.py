"""The age key that releases are encrypted to: everybody may read it, and only what a researcher entered is used."""

import logging

from . import published, publishing
from .models import Study

log = logging.getLogger(__name__)


def keep(study: Study, recipient: str) -> None:
    """Published, so that neither another nor an older one takes its place."""
    study.recipient = recipient
    publishing.again(study, "recipient", recipient=recipient)


def entered(study: Study) -> str:
    """The key, "" where there is none and where another stands in its place. Raises Tampered."""
    recipient = published.signed_of(study).recipient
    if recipient != study.recipient:
        log.error("the key that a study's releases are encrypted to is not the one that was entered")
        return ""
    return recipient
