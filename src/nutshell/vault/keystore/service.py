"""The key store as an object: one request in, one answer out. What a role may ask is decided here, for all."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import DatabaseError

from nutshell.common import errors

from . import (
    alarms,
    canaries,
    contacts,
    epochs,
    erasing,
    grants,
    installation_keys,
    leaves,
    limits,
    restores,
    rotation,
    subjects,
    trail,
)
from . import requests as ask
from .core import Core
from .types import Pin

log = logging.getLogger(__name__)

Handler = Callable[[Core, str, Any], object]
"""Takes the name in the peer's certificate: its role, for web processes with a number."""


HANDLERS: dict[type[ask.Request], Handler] = {
    ask.CreateSubject: lambda core, _, r: subjects.create(core, r.subject, r.public, r.bundle_version),
    ask.PutSecret: lambda core, _, r: subjects.put(core, r.subject, r.secret_id, r.kind, r.ends_at),
    ask.FetchMany: lambda core, role, r: subjects.fetch(
        core, role, [(one.subject, one.secret_id) for one in r.wanted], r.reason
    ),
    ask.PutGrant: lambda core, _, r: grants.put(core, r.subject, r.secret_id, r.statement),
    ask.MoveGrantEnd: lambda core, _, r: grants.move_end(core, r.subject, r.secret_id, r.statement),
    ask.RenewGrant: lambda core, _, r: grants.renew(core, r.subject, r.secret_id, r.statement),
    ask.RenewKeys: lambda core, _, r: subjects.renew(core, r.subject, r.statement, r.accepted),
    ask.PutContact: lambda core, _, r: contacts.put(core, r.subject, r.secret_id, r.statement),
    ask.StartContact: lambda core, _, r: contacts.start(core, r.secret_id, r.statement),
    ask.StopContact: lambda core, _, r: contacts.stop(core, r.secret_id, r.statement),
    ask.FetchContact: lambda core, role, r: contacts.fetch(core, role, r.secret_id, r.statement),
    ask.FetchGrants: lambda core, role, r: grants.fetch(core, role, r.by, r.secret_ids, r.statement),
    ask.Leave: lambda core, _, r: grants.leave(core, r.secret_id, r.statement),
    ask.SetPin: lambda core, role, r: restores.set_pin(
        core, role, r.what, r.subject, r.statement, r.expected_version, Pin(r.version, r.hash)
    ),
    ask.Destroy: lambda core, _, r: subjects.destroy(core, r.secret_id, r.statement),
    ask.DestroyAsOperator: lambda core, _, r: subjects.destroy_as_operator(core, r.secret_id),
    ask.BeginErase: lambda core, _, r: erasing.begin(core, r.subject, r.statement),
    ask.BeginEraseAsOperator: lambda core, _, r: erasing.begin_as_operator(core, r.subject),
    ask.Shred: lambda core, _, r: erasing.shred(core, r.subject),
    ask.FinishErase: lambda core, _, r: erasing.finish(core, r.subject, r.rows),
    ask.ErasingList: lambda _core, _, _r: erasing.erasing(),
    ask.TombstonesAfter: lambda core, _, r: core.tombstones.after(r.line, r.limit),
    ask.IsErased: lambda core, _, r: erasing.erased(core, r.subjects),
    ask.EpochOf: lambda core, _, r: epochs.epoch(core, r.day),
    ask.Installation: lambda core, role, r: installation_keys.fetch(core, role, r.name),
    ask.ReceiptOf: lambda core, _, r: erasing.receipt(core, r.subject),
    ask.TrailState: lambda _core, _, _r: trail.state(),
    ask.GrowTrail: lambda core, _, r: trail.grow(core, r.size, r.leaves),
    ask.PublicKeys: lambda core, _, r: installation_keys.public_keys(core, r.name),
    ask.OwnLeaves: lambda _core, _, r: leaves.own_leaves(r.after, r.limit),
    ask.Rotate: lambda core, _, _r: rotation.begin(core),
    ask.RotateSigning: lambda core, _, _r: installation_keys.rotate(core),
    ask.Rewrap: lambda core, _, r: rotation.rewrap(core, r.limit),
    ask.Sweep: lambda core, _, _r: sweep(core),
    ask.Freeze: lambda core, _, r: limits.freeze(core, r.node, r.by),
    ask.Unfreeze: lambda core, _, r: limits.unfreeze(core, r.node, r.by),
    ask.Nodes: lambda core, _, _r: limits.states(core),
    ask.Alarms: lambda _core, _, _r: alarms.waiting(),
    ask.AlarmsTold: lambda _core, _, r: alarms.told(r.ids),
    ask.CanariesWanted: lambda core, _, _r: canaries.wanted(core),
    ask.AddCanary: lambda core, _, r: canaries.add(core, r.subject),
    ask.BeginRestore: lambda core, _, r: restores.begin(core, r.restore, r.to, r.size, r.peaks),
    ask.MarkRestored: lambda _core, _, r: restores.mark(r.restore, [(one.subject, one.found) for one in r.marks]),
    ask.EndRestore: lambda _core, _, r: restores.end(r.restore),
}


def prepare(core: Core) -> None:
    """What must be done before the first request: tombstones replayed, ended things gone, keys there."""
    erasing.replay(core)
    sweep(core)
    installation_keys.ensure(core)
    limits.load(core)
    canaries.load(core)


def sweep(core: Core) -> int:
    """Destroy what has come to its end, here and in the KMS. How much that was."""
    return epochs.sweep(core) + erasing.sweep(core) + limits.sweep(core) + rotation.forget_old_versions(core)


def answer(core: Core, name: str, frame: bytes) -> bytes:
    """The packed answer to a packed request. Never raises, and never says more than a closed code."""
    try:
        return _packed("", perform(core, name, ask.request_decoder.decode(frame)))
    except msgspec.MsgspecError:
        return _packed(errors.Malformed.code)
    except errors.NutshellError as refused:
        return _packed(refused.code)
    except DatabaseError:
        log.error("the keys database does not answer")
        return _packed(errors.Unavailable.code)
    except Exception as unexpected:
        # Only the kind of it: a traceback's frames hold keys.
        log.error("an operation failed: %s", type(unexpected).__name__)
        return _packed(errors.Unavailable.code)


def perform(core: Core, name: str, request: ask.Request) -> object:
    """Do it, if the one with this name may. Raises errors of the closed list."""
    if type(request) not in ask.HARMLESS and ask.role_of(name) not in ask.OVERSEERS:
        limits.check(core, name)
    if ask.role_of(name) not in ask.ROLES.get(type(request), ()):
        raise errors.Forbidden
    return HANDLERS[type(request)](core, name, request)


def _packed(code: str, value: object = None) -> bytes:
    return ask.encode((code, value))
