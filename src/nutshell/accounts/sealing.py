"""Sealing one's account, opening it in a session, and what a new password or a reset needs while it is sealed."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext

from nutshell.common import errors
from nutshell.common.texts import N_
from nutshell.vault import factors, sealed
from nutshell.vault import keys as vault_keys
from nutshell.vault import queries as vault_queries
from nutshell.vault.factors import Way
from nutshell.vault.keys import OwnerBundle

from . import brought, contacts, guesses, ledger, mail, policy, signing_in, staged
from .models import User
from .sessions import SessionStore
from .types import Actor, SealedState, SealedWay

TRIES = 3
MARK = "recovery_mark"
"""Where a session keeps the hash of a code that was shown and not typed back yet."""
RESET_VIEWS = frozenset(("account_reset_password_from_key", "headless:app:account:reset_password"))
CODE_FIELD = brought.CODE
CODE_NEEDED = N_("This account is sealed. Give its recovery code, then a new password.")
CODE_WRONG = N_("This recovery code does not open the account. Check it and try again.")

_NOT_SHOWN = N_("Make a recovery code first, and write it down.")
_NOT_THE_CODE = N_("This is not the code that was shown. Check what you wrote down.")
_NOT_THE_PASSWORD = N_("This is not your password.")
_GIVE_ONE = N_("Give your password or your recovery code.")
_WEAK = N_("Your password is short, or you have none. Set one of at least 15 characters first.")
_NOT_THE_PASSKEY = N_("This passkey does not open the account. Use your password or your recovery code.")
_NO_KEY = N_("This passkey brought no key. Use your password or your recovery code.")
_PASSKEYS_FULL = N_("Eight passkeys open your account already. Stop them first.")
_ALREADY = N_("Your account is sealed already.")
_NOT_SEALED = N_("Your account is not sealed.")


def is_sealed(user: User) -> bool:
    return user.subject_id is not None and vault_queries.is_sealed(user.subject_id)


_NOT_OPENED = {CODE_FIELD: CODE_WRONG, "password": _NOT_THE_PASSWORD, brought.PRF: _NOT_THE_PASSKEY}

# ---------- sealing ----------


def state_of(actor: Actor) -> SealedState:
    """Whether the account is sealed, and what opens it. Also for a session that has not opened it."""
    user = User.objects.get(pk=actor.user_id)
    if user.subject_id is None or not vault_queries.is_sealed(user.subject_id):
        return SealedState(False, actor.keys is not None, [])
    ways = [SealedWay(kind, made_at) for kind, made_at in vault_queries.personal_slots(user.subject_id)]
    return SealedState(True, not actor.sealed, ways)


def new_code(request: HttpRequest) -> str:
    """A recovery code to write down. It opens nothing before it is typed back; the session keeps a hash of it.

    Raises SignedOut.
    """
    code = factors.new_recovery_code()
    way = factors.by_recovery_code(code)
    assert way is not None
    store = _store(request)
    store[MARK] = base64.b64encode(sealed.mark_of(way)).decode()
    store.save()
    return code


def seal(request: HttpRequest, actor: Actor, typed: str, password: str) -> None:
    """From now on only this password and this code open the account. Raises InvalidInput, Conflict."""
    subject, bundle = policy.owner_of(actor)
    user = User.objects.get(pk=actor.user_id)
    if vault_queries.is_sealed(subject):
        raise errors.Conflict(_ALREADY)
    sealed.seal(subject, bundle, ways_of(request, user, typed, password))
    spend_mark(_store(request))
    _tell("account-sealed", user)


def ways_of(request: HttpRequest, user: User, typed: str, password: str) -> list[Way]:
    """This password and the code that was shown last, typed back. Raises InvalidInput."""
    code = _typed_back(request, typed)
    _check_strong(user, password)
    return [factors.by_password(password), code]


def keep_code(request: HttpRequest, actor: Actor, typed: str) -> None:
    """In a sealed account: the code shown last opens it from now on, and the one before does not."""
    subject, bundle = _sealed_owner(actor)
    sealed.replace(subject, bundle, _typed_back(request, typed))
    spend_mark(_store(request))
    _tell("recovery-code-made", User.objects.get(pk=actor.user_id))


def add_passkey(actor: Actor, prf: str) -> None:
    """In a sealed account: this passkey opens it, too. Raises InvalidInput, Conflict."""
    subject, bundle = _sealed_owner(actor)
    way = brought.passkey_in(prf)
    if way is None:
        raise errors.InvalidInput({brought.PRF: _NO_KEY})
    if _passkeys(subject) >= sealed.MOST_PASSKEYS:
        raise errors.InvalidInput({brought.PRF: _PASSKEYS_FULL})
    sealed.add(subject, bundle, way)
    _tell("passkey-key-added", User.objects.get(pk=actor.user_id))


def stop_passkeys(actor: Actor) -> None:
    """No passkey opens the account any more; they go on signing in. Raises Conflict."""
    subject, bundle = _sealed_owner(actor)
    if _passkeys(subject):
        sealed.drop_kind(subject, bundle, "passkey")
        _tell("passkey-key-removed", User.objects.get(pk=actor.user_id))


def passkey_opens(user: User) -> bool:
    """Whether a passkey's own key opens this sealed account."""
    return user.subject_id is not None and is_sealed(user) and _passkeys(user.subject_id) > 0


def _passkeys(subject: UUID) -> int:
    return sum(kind == "passkey" for kind, _at in vault_queries.personal_slots(subject))


def unseal(actor: Actor) -> None:
    """The server can open the account again; the recovery code opens nothing more. Raises Conflict."""
    subject, bundle = _sealed_owner(actor)
    sealed.unseal(subject, bundle)
    contacts.end_all(subject, bundle)
    _tell("account-unsealed", User.objects.get(pk=actor.user_id))


def _sealed_owner(actor: Actor) -> tuple[UUID, OwnerBundle]:
    subject, bundle = policy.owner_of(actor)
    if not vault_queries.is_sealed(subject):
        raise errors.Conflict(_NOT_SEALED)
    return subject, bundle


def _typed_back(request: HttpRequest, typed: str) -> Way:
    """The code, if it is the one that this session was shown last. Raises InvalidInput."""
    mark = _store(request).get(MARK)
    if not mark:
        raise errors.InvalidInput({CODE_FIELD: _NOT_SHOWN})
    way = factors.by_recovery_code(typed)
    if way is None or not sealed.is_new_code(way, base64.b64decode(mark)):
        raise errors.InvalidInput({CODE_FIELD: _NOT_THE_CODE})
    return way


def spend_mark(store: SessionStore) -> None:
    """The code that was shown serves once."""
    store.pop(MARK, None)
    store.save()


def _check_strong(user: User, password: str) -> None:
    """Whoever has all that the server has may guess at a sealed account's password: it must stand alone."""
    if user.short_password or not user.has_usable_password():
        raise errors.InvalidInput({"password": _WEAK})
    if not policy.password_proves(user.pk, password):
        raise errors.InvalidInput({"password": _NOT_THE_PASSWORD})


def _store(request: HttpRequest) -> SessionStore:
    store = signing_in.session_of(request)
    if store is None:
        raise errors.SignedOut
    return store


def _tell(kind: str, user: User, reason: str = "") -> None:
    with transaction.atomic():
        ledger.tell(kind, user, reason=reason)
    mail.notify(user.pk, kind)


# ---------- opening ----------


def open_(request: HttpRequest, password: str | None, code: str | None, prf: str | None) -> None:
    """Open a sealed account into a session that signed in without its key. Raises InvalidInput, TooMany, Conflict."""
    if prf:
        _open_into(_store(request), _user_of(_store(request)), brought.passkey_in(prf), brought.PRF)
    elif code:
        open_by_code(request, code)
    elif password:
        open_by_password(request, password)
    else:
        raise errors.InvalidInput({"password": _GIVE_ONE})


def open_by_password(request: HttpRequest, password: str) -> None:
    """Open the account into a session that signed in without a key. Raises InvalidInput."""
    store = _store(request)
    user = _user_of(store)
    if not policy.password_proves(user.pk, password):
        raise errors.InvalidInput({"password": _NOT_THE_PASSWORD})
    _open_into(store, user, factors.by_password(password), "password")


def open_by_code(request: HttpRequest, typed: str) -> None:
    """The same by the recovery code. Raises InvalidInput, TooMany."""
    store = _store(request)
    user = _user_of(store)
    way = _counted(user, typed)
    _open_into(store, user, way, CODE_FIELD)
    guesses.forgive(guesses.of_recovery(user.pk))
    _tell("recovery-code-used", user, "opened")


def _open_into(store: SessionStore, user: User, way: Way | None, field: str) -> None:
    subject = _sealed_subject(user)
    opened = sealed.open_(subject, sealed.waiting(subject, way), "recovery") if way else None
    if opened is None:
        raise errors.InvalidInput({field: _NOT_OPENED[field]})
    signing_in.hold(store, user, opened)
    store.save()


def _counted(user: User, typed: str) -> Way | None:
    """A code to try, after counting the try. Raises TooMany when there were a hundred wrong ones."""
    if not guesses.take(guesses.of_recovery(user.pk)):
        raise errors.TooMany
    return factors.by_recovery_code(typed)


def _user_of(store: SessionStore) -> User:
    user = User.objects.filter(pk=int(store[SESSION_KEY]), is_active=True).first()
    if user is None:
        raise errors.SignedOut
    return user


def _sealed_subject(user: User) -> UUID:
    staged.catch_up(user)
    if user.subject_id is None or not vault_queries.is_sealed(user.subject_id):
        raise errors.Conflict(_NOT_SEALED)
    return user.subject_id


# ---------- new passwords ----------


@contextmanager
def password_follows(request: HttpRequest, user: User, password: str) -> Iterator[None]:
    """Around storing a new password: its slot is made and opened before, the old one's dropped after.

    If storing fails, the new slot goes again. Raises Sealed when neither this session nor a recovery code gave keys.
    """
    if user.subject_id is None or not is_sealed(user):
        yield
        return
    subject, bundle, way = user.subject_id, _keys_for(request, user), factors.by_password(password)
    slot_id = sealed.add(subject, bundle, way)
    try:
        yield
    except BaseException:
        sealed.drop(subject, bundle, {slot_id})
        raise
    for _again in range(TRIES):
        if not User.objects.filter(pk=user.pk, password=user.password).exists():
            return  # another change was stored after this one, and does the rest
        with suppress(errors.Conflict):
            _stand_alone(subject, bundle, way, slot_id)
            return contacts.use_up(subject, bundle) if _is_reset(request) else None
    raise errors.Conflict


def _stand_alone(subject: UUID, bundle: OwnerBundle, way: Way, slot_id: bytes) -> None:
    """Only this password's slot stays; made again where another change at the same time dropped it."""
    there = sealed.ids_of(subject, "password")
    kept = slot_id if slot_id in there else sealed.add(subject, bundle, way)
    sealed.drop(subject, bundle, there - {kept}, instead={kept})


def _keys_for(request: HttpRequest, user: User) -> OwnerBundle:
    """A reset goes by the recovery code alone, whatever session it came with. Raises Sealed."""
    if _is_reset(request):
        user_id, bundle = getattr(request, "recovered", (None, None))
        if user_id == user.pk and isinstance(bundle, OwnerBundle):
            return bundle
        raise errors.Sealed
    store = signing_in.session_of(request) or getattr(request, "session", None)
    if isinstance(store, SessionStore) and store.subject == user.subject_id and store.keys_packed:
        return vault_keys.unpack_bundle(store.keys_packed)
    raise errors.Sealed


def check_reset(request: HttpRequest, user: Any) -> None:
    """A reset of a sealed account: the recovery code must open it before a new password is looked at.

    The keys wait on the request until the password is stored. Raises ValidationError.
    """
    if not isinstance(user, User) or not _is_reset(request) or not is_sealed(user):
        return
    if getattr(request, "recovered", None) is not None:
        return
    typed = brought.text_in(request, CODE_FIELD)
    if not typed:
        raise ValidationError(gettext(CODE_NEEDED), code="recovery_code_required")
    bundle = _recovered(user, typed)
    if bundle is None:
        raise ValidationError(gettext(CODE_WRONG), code="recovery_code_wrong")
    request.recovered = user.pk, bundle
    _tell("recovery-code-used", user, "reset")


def _recovered(user: User, typed: str) -> OwnerBundle | None:
    """By the recovery code, or by the code that a trusted contact told."""
    way, subject = _counted(user, typed), _sealed_subject(user)
    opened = sealed.open_(subject, sealed.waiting(subject, way), "recovery") if way else None
    if opened is None and way is not None:
        opened = contacts.recovered(subject, way)
    if opened is None:
        return None
    signing_in.check_holder(user, opened)
    guesses.forgive(guesses.of_recovery(user.pk))
    return opened.bundle


def _is_reset(request: HttpRequest) -> bool:
    found = request.resolver_match
    return found is not None and found.view_name in RESET_VIEWS
