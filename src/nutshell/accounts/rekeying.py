"""New keys for a person: after somebody else may have had the old ones, or came back by a trusted contact.

All other devices, apps, passkeys' keys and trusted contacts end with it: what they hold is of the old keys.
"""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from nutshell.common import errors
from nutshell.vault import keys as vault_keys
from nutshell.vault import people, rekeying
from nutshell.vault import queries as vault_queries
from nutshell.vault.factors import Way

from . import actions, ledger, mail, policy, sealing, signing_in, staged
from .models import User
from .types import Actor


def renew(request: HttpRequest, actor: Actor, typed: str, password: str) -> None:
    """New keys; this session goes on with them. A sealed account needs its password, and the recovery code that was
    shown last, typed back: the old one opens nothing any more.

    Raises InvalidInput, Conflict, Tampered where the data is not as it was left.
    """
    subject, bundle = policy.owner_of(actor)
    user = User.objects.get(pk=actor.user_id)
    store = signing_in.session_of(request)
    if store is None:
        raise errors.SignedOut
    ways = _ways(request, user, subject, typed, password)
    actions.end_other_sessions(user.pk, store.handle)
    new = rekeying.renew(
        subject, bundle, ways, lambda fresh: people.holder_mark(fresh, user.anchor), staged.install_for(user)
    )
    store.hold(subject, vault_keys.pack_bundle(new))
    store.save()
    sealing.spend_mark(store)
    with transaction.atomic():
        ledger.tell("keys-renewed", user)
    mail.notify(user.pk, "keys-renewed")


def _ways(request: HttpRequest, user: User, subject: UUID, typed: str, password: str) -> list[Way | None]:
    if not vault_queries.is_sealed(subject):
        return [None]
    return [*sealing.ways_of(request, user, typed, password)]
