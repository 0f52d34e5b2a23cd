"""Changes: making accounts, giving consent, tokens, ending sessions, sweeping, and removing somebody's rows."""

import base64
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.common.ids import new_id
from nutshell.common.texts import N_
from nutshell.vault import actions as vault
from nutshell.vault import fields, people
from nutshell.vault import queries as vault_queries
from nutshell.vault import sessions as vault_sessions
from nutshell.vault.keys import TokenKeys, pack_token_keys

from . import addresses, consents, guesses, invitations, ledger, mail, names, outbox, password_rules, policy, scopes
from .models import CacheEntry, Consent, Session, Token, User
from .types import Actor, ConsentText, NewToken, Swept, TokenInfo

UNVERIFIED_KEPT = timedelta(hours=24)
LONGEST_NAME = 100
MOST_TOKENS = 50
"""Tokens that an account may have at a time: each is a secret in the key store and a line in the owner's list."""
TOKEN_PREFIX = "nutshell_"  # noqa: S105 - how every token's text begins


# ---------- accounts ----------


def create_user(email: str, password: str | None = None) -> User:
    """An account whose address the operator vouches for. Without a password, a reset by mail sets the first one.

    Raises InvalidInput for a bad address or password, Conflict when the address has an account.
    """
    email = _checked_email(email)
    if EmailAddress.objects.filter(email=email).exists():
        raise errors.Conflict(N_("This address has an account."))
    user = User()
    user.typed_email = email
    if password is None:
        user.set_unusable_password()
    else:
        _check_password(password, user)
        user.set_password(password)
    with transaction.atomic():
        user.save()
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        addresses.bind(user, email)
    return user


def unlock(user: User) -> None:
    """The operator's word that it is really this person who guessed wrong a hundred times."""
    for email in EmailAddress.objects.filter(user=user).values_list("email", flat=True):
        guesses.forgive(guesses.of_password(email))
    guesses.forgive(guesses.of_factors(user.pk))
    audit.record("unlocked", user.subject_id, "operator")


def disable(email: str) -> UUID | None:
    """This account signs in nowhere; its sessions, log-ins that wait for a factor, and tokens end. Whose it is, None
    before consent. Raises NotFound, Conflict if it was so already.

    It reads no more of an account than the role of the operators' console may.
    """
    user_id, subject = _set_active(email, False)
    Session.objects.filter(user_id=user_id).delete()
    Token.objects.filter(user_id=user_id).delete()
    return subject


def enable(email: str) -> UUID | None:
    """It may sign in again. Raises NotFound, Conflict if it was so already."""
    return _set_active(email, True)[1]


def _set_active(email: str, active: bool) -> tuple[int, UUID | None]:
    found = EmailAddress.objects.filter(email=email.lower(), verified=True)
    row = found.values_list("user_id", "user__subject_id").first()
    if row is None:
        raise errors.NotFound
    if not User.objects.filter(pk=row[0], is_active=not active).update(is_active=active):
        raise errors.Conflict(N_("This account can sign in already.") if active else N_("It is disabled already."))
    return row


def invite(email: str) -> str:
    """The secret part of a link to sign up with this address, without a code. Raises InvalidInput, Conflict."""
    return invitations.make(_checked_email(email))


def _checked_email(email: str) -> str:
    try:
        validate_email(email)
    except ValidationError:
        raise errors.InvalidInput({"email": N_("This is not an e-mail address.")}) from None
    return email.lower()


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as wrong:
        raise errors.InvalidInput({"password": wrong.messages[0]}) from None
    user.short_password = not password_rules.is_long(password)


def set_display_name(user: User, name: str) -> None:
    """How this person wants to be called, "" for not at all. Raises InvalidInput for what is no name."""
    user.display_name = names.checked(name)
    user.save(update_fields=["display_name"])


def _checked_name(name: str) -> str:
    name = name.strip()
    if len(name) > LONGEST_NAME or not name or not name.isprintable():
        raise errors.InvalidInput({"name": N_("A name has 1 to 100 characters.")})
    return name


def set_preferences(user: User, language: str, theme: str) -> None:
    """What pages need before a vault is open. `theme` is "", "light" or "dark"."""
    user.language, user.theme = language, theme
    user.save(update_fields=["language", "theme"])


def delete_user(user: User) -> None:
    """Remove every row of this person in `accounts` that belongs to this room. Keys and records go before it."""
    with transaction.atomic():
        for email in EmailAddress.objects.filter(user=user).values_list("email", flat=True):
            guesses.forgive(guesses.of_password(email))
        guesses.forgive(guesses.of_factors(user.pk))
        guesses.forgive(guesses.of_recovery(user.pk))
        user.delete()


# ---------- consent ----------


def give_consent(user: User, document: str, version: str, language: str = consents.ENGLISH) -> None:
    """Keep that this person agreed to the text in that language, and for health data make the subject and its keys.
    May be repeated.

    Raises NotFound for an unknown document, Conflict when the text has changed or another request is at it.
    The session gets its keys with its next request.
    """
    text = consents.text_of(document, version)
    if document == consents.HEALTH_DATA:
        _make_keys(user)
    _keep_consent(user, text, language)


def agree_again(user: User, document: str, language: str) -> None:
    """The same by whoever takes the withdrawal of a consent back: the keys are there."""
    text = next(one for one in consents.current() if one.document == document)
    _keep_consent(user, text, language)


def _keep_consent(user: User, text: ConsentText, language: str) -> None:
    document, version = text.document, text.version
    given = {"version": version, "text_hash": consents.hash_of(text, language), "given_at": clock.now()}
    with transaction.atomic():
        Consent.objects.filter(user=user, document=document, withdrawn_at=None).exclude(version=version).update(
            withdrawn_at=clock.now()
        )
        _, is_new = Consent.objects.get_or_create(user=user, document=document, withdrawn_at=None, defaults=given)
        if is_new:
            ledger.tell("consent-given", user, reason=document)


def _make_keys(user: User) -> None:
    """Keys first, then the pseudonym on the user: a crash in between leaves an empty subject that nobody names.

    Of two requests the first one's stays.
    """
    user.refresh_from_db(fields=["subject_id"])
    if user.subject_id is not None and vault_queries.is_sealed(user.subject_id):
        return  # there are keys; the person alone opens them
    subject = user.subject_id or new_id()
    mark = people.holder_mark(vault.create_person(subject), user.anchor)
    User.objects.filter(pk=user.pk, subject_id=None).update(subject_id=subject, holder=mark)
    user.refresh_from_db(fields=["subject_id", "holder"])


def withdraw_consent(user: User, document: str) -> None:
    """Keep that the consent ended. What it was given for is removed by the erasure room. Raises NotFound."""
    with transaction.atomic():
        given = Consent.objects.filter(user=user, document=document, withdrawn_at=None)
        if not given.update(withdrawn_at=clock.now()):
            raise errors.NotFound
        ledger.tell("consent-withdrawn", user, reason=document)


def forget_keys_of(subject: UUID) -> None:
    """A subject is erased and its account stays: all sessions end, because each carries the subject's keys."""
    Session.objects.filter(user__subject_id=subject).delete()


# ---------- sessions ----------


def end_session(user_id: int, id_: UUID) -> None:
    """Sign out one device. Raises NotFound for one that is not this person's."""
    if not Session.objects.filter(user_id=user_id, public_id=id_).delete()[0]:
        raise errors.NotFound
    ledger.tell("session-ended", User.objects.get(pk=user_id))


def end_other_sessions(user_id: int, keep: bytes) -> int:
    """Sign out all devices but the one whose session has this handle. How many."""
    ended = Session.objects.filter(user_id=user_id).exclude(handle=keep).delete()[0]
    if ended:
        ledger.tell("session-ended", User.objects.get(pk=user_id))
    return ended


def end_all_sessions() -> int:
    """After a restore: everybody signs in anew."""
    return Session.objects.all().delete()[0]


def end_sessions_of(user: User) -> int:
    """The operator's word: sign out all devices of this person. How many."""
    with transaction.atomic():
        ended = Session.objects.filter(user=user).delete()[0]
        if ended:
            audit.record("session-ended", user.subject_id, "operator")
    return ended


def void_password(user: User) -> bool:
    """The operator's word: this password signs in no more, until a reset by mail sets another; sessions end.

    False for a sealed account, whose password is its key: the server cannot replace it.
    """
    if user.subject_id is not None and vault_queries.is_sealed(user.subject_id):
        return False
    user.set_unusable_password()
    with transaction.atomic():
        user.save(update_fields=["password"])
        end_sessions_of(user)
    return True


# ---------- tokens ----------


def make_token(actor: Actor, name: str, wanted: Iterable[str], expires_at: datetime | None = None) -> NewToken:
    """An API token of this session's person, with keys for its scopes only. Its text is in the answer and nowhere else.

    Raises ConsentRequired without keys, InvalidInput for a bad name, scope or end, or one token too many.
    """
    subject, bundle = policy.owner_of(actor)
    name, granted = _checked_name(name), scopes.checked(wanted)
    if expires_at is not None and expires_at <= clock.now():
        raise errors.InvalidInput({"expires": N_("A token's end lies in the future.")})
    if Token.objects.filter(user_id=actor.user_id).count() >= MOST_TOKENS:
        raise errors.InvalidInput({"name": N_("You have fifty tokens. Stop one of them first.")})
    slot_id, secret = vault.add_token_slot(subject, bundle, scopes.collections_of(granted), expires_at)
    row = Token(user_id=actor.user_id, subject_id=subject, slot_id=slot_id, name=name, expires_at=expires_at)
    row.scopes, row.created_at, row.handle = " ".join(sorted(granted)), clock.now(), fields.handle("token", secret)
    row.epoch = clock.utc_day()
    keys = vault_queries.open_token_slot(subject, slot_id, secret)
    row.session_slot = token_session(secret, row.epoch, subject, keys)
    with transaction.atomic():
        row.save(force_insert=True)
        ledger.tell("token-made", row.user, references=(row.id.bytes,))
    mail.notify(actor.user_id, "token-made")
    return NewToken(info_of(row), _text_of(secret))


def token_session(secret: bytes, epoch: date, subject: UUID, keys: TokenKeys) -> bytes:
    """What opens a token without the key store for the rest of its day: the subject (16 bytes), then its keys."""
    return vault_sessions.seal(secret, epoch, subject.bytes + pack_token_keys(keys))


def info_of(token: Token) -> TokenInfo:
    granted = frozenset(token.scopes.split())
    return TokenInfo(token.id, token.name, granted, token.created_at, token.used_on, token.expires_at)


def _text_of(secret: bytes) -> str:
    return TOKEN_PREFIX + base64.urlsafe_b64encode(secret).decode().rstrip("=")


def end_token(actor: Actor, id_: UUID) -> None:
    """It answers nobody from the next request on, and its keys are destroyed. Raises NotFound, ConsentRequired."""
    subject, bundle = policy.owner_of(actor)
    token = Token.objects.filter(id=id_, user_id=actor.user_id).select_related("user").first()
    if token is None:
        raise errors.NotFound
    with transaction.atomic():
        Token.objects.filter(id=id_).delete()
        ledger.tell("token-ended", token.user, references=(id_.bytes,))
    vault.remove_slot(subject, bundle, bytes(token.slot_id))


def end_tokens_of(user: User) -> list[bytes]:
    """The operator's word: no token of this person answers any more. The ids of their secrets, to be destroyed."""
    with transaction.atomic():
        rows = Token.objects.filter(user=user)
        slots = [bytes(slot) for slot in rows.values_list("slot_id", flat=True)]
        for id_ in rows.values_list("id", flat=True):
            audit.record("token-ended", user.subject_id, "operator", references=(id_.bytes,))
        rows.delete()
    return slots


# ---------- sweeping ----------


def sweep() -> Swept:
    """What the worker does every few minutes: remove whatever is over. May be repeated at any time."""
    now = clock.now()
    return Swept(
        sessions=Session.objects.filter(ends_at__lte=now).delete()[0],
        tokens=Token.objects.filter(expires_at__lte=now).delete()[0],
        invitations=invitations.sweep(),
        unverified=_sweep_unverified(now),
        guesses=guesses.sweep(),
        mails=outbox.sweep(),
        cache=CacheEntry.objects.filter(expires__lte=now).delete()[0],
    )


def _sweep_unverified(now: datetime) -> int:
    """Accounts whose address nobody confirmed within a day. They never had keys."""
    old = User.objects.filter(created_at__lt=now - UNVERIFIED_KEPT, subject_id=None)
    stale = old.exclude(emailaddress__verified=True)
    for user in stale:
        delete_user(user)
    return len(stale)
