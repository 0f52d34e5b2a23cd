"""The texts that people agree to, by document and version. A text that anybody agreed to is never edited: a
change is a new version. Each has a summary first and the whole below (layered notice, GDPR articles 7, 9 and 13).
"""

import hashlib

from django.utils import translation
from django.utils.translation import gettext

from nutshell.common import errors
from nutshell.common.texts import N_

from .types import ConsentText

HEALTH_DATA = "health-data"
ENGLISH = "en"

_HEALTH_DATA_1 = ConsentText(
    HEALTH_DATA,
    "1",
    "Keeping your health data",
    "What you eat and measure says much about your health. Nutshell keeps it for you, encrypted, and for nobody "
    "else. You can have all of it removed, at any time, on the page where you are now.",
    "What is kept. The foods and drinks you log with their amounts and times, your notes, foods of your "
    "own, what you tell about yourself (such as birth date, sex, height, weight, pregnancy), your targets, and "
    "later measurements and exercise if you enter them. This is data about health (GDPR article 9), so it is kept "
    "only with your explicit consent.\n\n"
    "What for. To show you your diary, its nutrients and how they compare with your targets. Not for advertising, "
    "not for profiling, not for research, and no decision about you is made with it by a machine.\n\n"
    "Who can read it. You, after you signed in. Whoever you grant access yourself, for as long as you say; a new "
    "account has granted nobody. Every access by somebody else stands in a list that you can see.\n\n"
    "How it is protected. Everything is encrypted before it reaches the database, with keys made for you alone now. "
    "These keys are protected by a separate key store. While your account can be recovered without you (which is how "
    "it starts, so that losing a password does not lose your diary), the operator's machines are able to open your "
    "keys; the rules and records of the key store stand against misuse, not mathematics alone. Whoever changed the "
    "program itself could see what people do who sign in from then on.\n\n"
    "How long. Until you remove it or your account. Removing destroys your keys at once; copies in backups cannot be "
    "opened any more when the last backup of the key store from before is gone, after seven days unless the operator "
    "names another time. You get a receipt.\n\n"
    "Where. On the machines of the operator of this installation. Looking up a food does not leave them.\n\n"
    "Your rights. You may see, correct and remove your data yourself, ask for a copy, restrict or object to its use, "
    "and complain to a data-protection authority. The data-protection officer's name and address stand on the privacy "
    "page.\n\n"
    "Saying no, or no longer. You are free to refuse; then Nutshell cannot keep a diary for you. You may withdraw "
    "at any time in as few steps as it took to agree. What was done before stays lawful; your health data is then "
    "removed as described above.",
)

TEXTS = (_HEALTH_DATA_1,)
"""All versions of all documents, the oldest first."""


def current() -> list[ConsentText]:
    """The version in force of every document."""
    return list({text.document: text for text in TEXTS}.values())


def text_of(document: str, version: str) -> ConsentText:
    """The text in force. Raises NotFound for an unknown document, Conflict for a version that is not in force."""
    found = next((text for text in current() if text.document == document), None)
    if found is None:
        raise errors.NotFound
    if found.version != version:
        raise errors.Conflict(N_("This text has changed. Read it again before you agree."))
    return found


def parts_of(text: ConsentText) -> list[tuple[str, str]]:
    """The whole text as headings, each with its paragraph."""
    parted = (paragraph.partition(". ") for paragraph in text.text.split("\n\n"))
    return [(heading, rest) for heading, _dot, rest in parted]


def worded(text: ConsentText) -> ConsentText:
    """The text in the language in force. A translation that anybody agreed to is never edited either."""
    return ConsentText(text.document, text.version, gettext(text.title), gettext(text.summary), gettext(text.text))


def hash_of(text: ConsentText, language: str = ENGLISH) -> bytes:
    """SHA-256 of all that was shown in that language: what the consent keeps as proof of the wording."""
    with translation.override(language):
        shown = worded(text)
    return hashlib.sha256("\n\n".join((shown.title, shown.summary, shown.text)).encode()).digest()
