"""Changes: operators and their sessions, and what operators do to accounts. Each leaves one leaf in the trail."""

import re
import secrets
from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q

from nutshell.accounts import actions as accounts
from nutshell.accounts import guesses
from nutshell.accounts.sessions import LIMITS
from nutshell.audit import actions as audit
from nutshell.common import clock, errors
from nutshell.common.texts import N_
from nutshell.jobs.types import TaskState
from nutshell.vault import fields

from . import second_factor
from .models import Operator, OperatorSession, StoppedPurpose, WorkerReport
from .types import MACHINE, Act, NewOperator, named

_NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
SESSION = "operator-session"
WRONG_CODE = N_("This code is not right, or it was used before. Type the one that the app shows now.")
NO_ACCOUNT = N_("No account has this address.")


def tell(act: Act, actor: str = MACHINE, subject: UUID | None = None, reference: bytes = b"") -> None:
    """One leaf, which commits or falls with the caller's transaction. `actor`: see `types.named`."""
    audit.record("operator-act", subject, actor, reason=act, references=(reference,) if reference else ())


# ---------- operators ----------


def check_name(name: str) -> None:
    """Raises InvalidInput for what is no name of an operator."""
    if not _NAME.fullmatch(name):
        raise errors.InvalidInput({"name": N_("A name has 1 to 30 small letters, digits or dashes: olga.")})


def add(name: str, fingerprint: bytes) -> NewOperator:
    """An account of the console for whoever holds the certificate with this SHA-256. Raises InvalidInput, Conflict."""
    check_name(name)
    secret = second_factor.new_secret()
    operator = Operator(name=name, fingerprint=fingerprint)
    operator.factor = second_factor.sealed(operator, secret)
    try:
        with transaction.atomic():
            operator.save(force_insert=True)
            tell("operator-added", reference=operator.id.bytes)
    except IntegrityError:
        raise errors.Conflict(N_("There is an operator of this name.")) from None
    return NewOperator(operator.id, secret)


def certify(name: str, fingerprint: bytes) -> None:
    """Another certificate instead of the one before, whose sessions end. Raises NotFound."""
    operator = _named(name)
    secret = second_factor.opened(operator)
    operator.fingerprint = fingerprint
    operator.factor = second_factor.sealed(operator, secret)
    with transaction.atomic():
        OperatorSession.objects.filter(operator=operator).delete()
        operator.save(update_fields=["fingerprint", "factor"])
        tell("operator-certified", reference=operator.id.bytes)


def remove(name: str) -> None:
    """The account and its sessions: the certificate opens nothing from the next request on. Raises NotFound."""
    id_ = _named(name).id
    with transaction.atomic():
        guesses.forgive(_guessed(id_))
        Operator.objects.filter(pk=id_).delete()
        tell("operator-removed", reference=id_.bytes)


def _named(name: str) -> Operator:
    found = Operator.objects.filter(name=name).first()
    if found is None:
        raise errors.NotFound
    return found


# ---------- signing in ----------


def sign_in(operator_id: UUID, code: str) -> str:
    """The secret of a new session. Raises InvalidInput for a wrong code, TooMany after a hundred in a row."""
    operator = Operator.objects.get(pk=operator_id)
    if not guesses.take(_guessed(operator_id)):
        raise errors.TooMany
    if not second_factor.uses(operator, code):
        audit.record("operator-refused", None, named(operator_id))
        raise errors.InvalidInput({"code": WRONG_CODE})
    secret, now = secrets.token_urlsafe(32), clock.now()
    with transaction.atomic():
        guesses.forgive(_guessed(operator_id))
        OperatorSession.objects.create(
            handle=fields.handle(SESSION, secret.encode()), operator=operator, started_at=now, used_at=now
        )
        audit.record("operator-signed-in", None, named(operator_id))
    return secret


def _guessed(operator_id: UUID) -> str:
    return f"operator:{operator_id}"


def sweep() -> int:
    """Forget consoles whose time is over. How many."""
    kept, now = LIMITS["admin"], clock.now()
    over = Q(started_at__lte=now - kept.most) | Q(used_at__lte=now - kept.idle)
    return OperatorSession.objects.filter(over).delete()[0]


def sign_out(operator_id: UUID, secret: str) -> None:
    with transaction.atomic():
        mine = OperatorSession.objects.filter(operator_id=operator_id)
        if mine.filter(handle__in=fields.handles(SESSION, secret.encode())).delete()[0]:
            audit.record("operator-signed-out", None, named(operator_id))


# ---------- accounts ----------


def make_account(email: str, password: str) -> None:
    """By the command. Raises InvalidInput, Conflict."""
    with transaction.atomic():
        accounts.create_user(email, password)
        tell("account-made")


def invite(email: str, actor: str = MACHINE) -> str:
    """The secret part of an invitation's link. Raises InvalidInput, Conflict."""
    with transaction.atomic():
        secret = accounts.invite(email)
        tell("account-invited", actor)
    return secret


def disable(email: str, actor: str = MACHINE) -> None:
    """This account signs in nowhere; its sessions and tokens end. Raises NotFound, Conflict if it was so."""
    with transaction.atomic():
        tell("account-disabled", actor, accounts.disable(email))


def enable(email: str, actor: str = MACHINE) -> None:
    """It may sign in again. Raises NotFound, Conflict if it was so."""
    with transaction.atomic():
        tell("account-enabled", actor, accounts.enable(email))


# ---------- what a worker reports ----------


class Packed(msgspec.Struct, frozen=True):
    """What is kept of a report beside who and when."""

    tasks: list[TaskState]
    parts: dict[str, bool]


def report(worker: str, tasks: Sequence[TaskState], parts: Mapping[str, bool]) -> None:
    """What this worker says now, in place of what it said before."""
    text = msgspec.json.encode(Packed(list(tasks), dict(parts))).decode()
    WorkerReport.objects.update_or_create(worker=worker, defaults={"at": clock.now(), "packed": text})


def unpacked(row: WorkerReport) -> Packed:
    return msgspec.json.decode(row.packed, type=Packed)


# ---------- grants of one purpose ----------


def stop_purpose(purpose: str, by: str) -> bool:
    """No grant of this purpose opens anything, from the next request on. Whether it was not stopped before."""
    with transaction.atomic():
        _, made = StoppedPurpose.objects.get_or_create(name=purpose, defaults={"stopped_by": by})
        if made:
            tell("grants-stopped", by, reference=purpose.encode())
    return made


def allow_purpose(purpose: str, by: str) -> bool:
    """They open again what they did. Whether it was stopped."""
    with transaction.atomic():
        gone = bool(StoppedPurpose.objects.filter(name=purpose).delete()[0])
        if gone:
            tell("grants-allowed", by, reference=purpose.encode())
    return gone
